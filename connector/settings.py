"""Draft: replaced within minutes."""
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "draft"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles", "connector", "petstools", "mainapp"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "connector.urls"
USE_TZ = True
MAIN_APP_URL = "http://127.0.0.1:8080"
CONNECTOR_PUBLIC_URL = "http://127.0.0.1:8000"
CONNECTOR_API_KEY = "draft-api-key"
HMAC_SHARED_SECRET = "draft-hmac-secret"
