"""Settings of Meo Connector: read from the environment here and nowhere else (names: docs/settings.md).

Bad values are collected while reading and reported by `connector.checks`; nothing in this file raises.
"""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from dotenv import load_dotenv

from connector.environment import Environment, entropy_bits
from connector.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

load_dotenv(BASE_DIR / ".env")
ENV = Environment(os.environ, development_secrets=VAR_DIR / "development-secrets.json")

ENVIRONMENT = ENV.name
VERSION = "2.1.0"
DEBUG = False

# --- Who we are, and whom we stand before ------------------------------------------------------
MAIN_APP_URL = ENV.url("MAIN_APP_URL", default="http://127.0.0.1:8080", of="the main app")
CONNECTOR_PUBLIC_URL = ENV.url("CONNECTOR_PUBLIC_URL", default="http://127.0.0.1:8000", of="this service")
MAIN_APP_USER_URL = ENV.url(
    "MAIN_APP_USER_URL", default=f"{MAIN_APP_URL}/admin/users/{{id}}", of="a person in the main app", needed=False
)
if "{id}" not in MAIN_APP_USER_URL:
    ENV.complain("MAIN_APP_USER_URL", "Set MAIN_APP_USER_URL to an address with {id} where the person's id belongs.")
# The GPT in OpenAI's store, for the front page.
GPT_URL = ENV.url("GPT_URL", default="", of="your GPT, https://chatgpt.com/g/g-…", needed=False)
SUPPORT_URL = ENV.url("SUPPORT_URL", default=MAIN_APP_URL, of="a page where people can write to you", needed=False)
# The owner's own words in place of ours on /terms and /support: plain text, "# " before a heading.
TERMS_TEXT = ENV.text_of_file("TERMS_FILE")
SUPPORT_TEXT = ENV.text_of_file("SUPPORT_FILE")
# The second door. Identifier and audience of its tokens at once, compared letter by letter: changing it costs every connection.
MCP_URL = f"{CONNECTOR_PUBLIC_URL}/mcp"
MCP_ALLOWED_ORIGINS = ENV.origins("MCP_ALLOWED_ORIGINS")
# Whose documents may name an MCP client (docs/security.md): `known` is oauthbridge.known_clients, the rest hosts and addresses;
# empty: none.
MCP_CLIENT_HOSTS = ENV.hosts("MCP_CLIENT_HOSTS", "known")
# Programs that register themselves (oauthbridge.registration): those on a person's own computer, none, or web apps too.
MCP_REGISTRATION = ENV.choice("MCP_REGISTRATION", ["loopback", "off", "open"], default="loopback")
MCP_CLIENT_PRIVATE_ADDRESSES = ENV.flag("MCP_CLIENT_PRIVATE_ADDRESSES", default=False)
MCP_CLIENT_CA_FILE = ENV.text("MCP_CLIENT_CA_FILE") or None
# What OpenAI gives who lists an app publicly, to prove that the domain is theirs (docs/mcp.md).
OPENAI_APPS_CHALLENGE = ENV.text("OPENAI_APPS_CHALLENGE")
if OPENAI_APPS_CHALLENGE and not re.fullmatch(r"[!-~]{1,500}", OPENAI_APPS_CHALLENGE):
    ENV.complain(
        "OPENAI_APPS_CHALLENGE", "Set OPENAI_APPS_CHALLENGE to the token alone, as OpenAI shows it: no spaces."
    )
    OPENAI_APPS_CHALLENGE = ""
CONNECTOR_API_KEY = ENV.secret("CONNECTOR_API_KEY", purpose="the main app knows this service by it")
CONNECTOR_API_KEY_FALLBACKS = ENV.older_secrets("CONNECTOR_API_KEY_FALLBACKS", newest="CONNECTOR_API_KEY")
HMAC_SHARED_SECRET = ENV.secret("HMAC_SHARED_SECRET", purpose="it signs the way to the main app's consent page")
ENCRYPTION_KEYS = ENV.encryption_keys()
SECRET_KEY = ENV.secret("SECRET_KEY", purpose="it signs staff sessions and cookies", least=50, least_bits=150)
SECRET_KEY_FALLBACKS = ENV.older_secrets("SECRET_KEY_FALLBACKS", newest="SECRET_KEY", least=50, least_bits=150)

OAUTH_CLIENT_ID = ENV.text("OAUTH_CLIENT_ID", "meo-gpt")
OAUTH_CLIENT_SECRET = ENV.text("OAUTH_CLIENT_SECRET")

# --- Bearer tokens of the FastAPI connector, honoured for a transition (docs/gpt/setup.md) ------
JWT_SECRET = ENV.text("JWT_SECRET")
if JWT_SECRET and len(JWT_SECRET.encode()) < 32:
    # RFC 7518 §3.2; the library refuses shorter keys, so the old tokens could not be checked at all.
    ENV.complain(
        "JWT_SECRET",
        "Unset JWT_SECRET: it has fewer than 32 bytes, and tokens signed with so short a key are not honoured.",
    )
JWT_ACCEPTED_UNTIL = ENV.day("JWT_ACCEPTED_UNTIL", needed_with="JWT_SECRET")

# --- Token rules (design.md) -------------------------------------------------------------------
AUTHORIZATION_REQUEST_SECONDS = ENV.number("AUTHORIZATION_REQUEST_SECONDS", 600, least=60, most=600)
AUTHORIZATION_CODE_SECONDS = ENV.number("AUTHORIZATION_CODE_SECONDS", 60, least=10, most=600)
ACCESS_TOKEN_SECONDS = ENV.number("ACCESS_TOKEN_SECONDS", 3600, least=60, most=86_400)
REFRESH_TOKEN_IDLE_DAYS = ENV.number("REFRESH_TOKEN_IDLE_DAYS", 90, least=1, most=365)
REFRESH_RETRY_SECONDS = ENV.number("REFRESH_RETRY_SECONDS", 60, least=0, most=300)
CONNECTION_MAX_DAYS = ENV.number("CONNECTION_MAX_DAYS", 365, least=1, most=1825)
CONNECTIONS_PER_CLIENT = ENV.number("CONNECTIONS_PER_CLIENT", 1, least=1, most=20)
# Every install of an app is the same public client: one for each of a person's machines.
MCP_CONNECTIONS_PER_CLIENT = ENV.number("MCP_CONNECTIONS_PER_CLIENT", 10, least=1, most=100)

# --- Towards the main app ----------------------------------------------------------------------
SSL_CERT_FILE = ENV.text("SSL_CERT_FILE") or None
MAIN_APP_CONNECT_TIMEOUT = ENV.number("MAIN_APP_CONNECT_TIMEOUT", 3, least=1, most=20)
MAIN_APP_READ_TIMEOUT = ENV.number("MAIN_APP_READ_TIMEOUT", 12, least=1, most=40)
MAIN_APP_POOL_SIZE = ENV.number("MAIN_APP_POOL_SIZE", 64, least=1, most=1000)
MAIN_APP_MAX_BODY_BYTES = ENV.number("MAIN_APP_MAX_BODY_BYTES", 5_000_000, least=10_000, most=50_000_000)
MAIN_APP_MAX_ATTEMPTS = ENV.number("MAIN_APP_MAX_ATTEMPTS", 3, least=1, most=5)
# So many failures among the last attempts open the breaker (mainapp.breaker); 0 turns it off.
MAIN_APP_BREAKER_FAILURES = ENV.number("MAIN_APP_BREAKER_FAILURES", 5, least=0, most=20)
MAIN_APP_BREAKER_PAUSE_SECONDS = ENV.number("MAIN_APP_BREAKER_PAUSE_SECONDS", 2, least=1, most=30)
TOOL_DEADLINE_SECONDS = ENV.number("TOOL_DEADLINE_SECONDS", 25, least=1, most=40)
PET_TYPES_CACHE_SECONDS = ENV.number("PET_TYPES_CACHE_SECONDS", 3600, least=1, most=86_400)
DEFAULT_TIME_ZONE = ENV.text("DEFAULT_TIME_ZONE", "Asia/Ho_Chi_Minh")

# --- Files that a model hands over -------------------------------------------------------------
FILE_DOWNLOAD_HOSTS = ENV.host_patterns(
    "FILE_DOWNLOAD_HOSTS", "files.oaiusercontent.com,sdmntpr*.oaiusercontent.com,oaisdmntpr*.blob.core.windows.net"
)
FILE_DOWNLOAD_PRIVATE_ADDRESSES = ENV.flag("FILE_DOWNLOAD_PRIVATE_ADDRESSES", default=False)
FILE_DOWNLOAD_TIMEOUT = ENV.number("FILE_DOWNLOAD_TIMEOUT", 12, least=1, most=30)
FILE_MAX_DOWNLOAD_BYTES = ENV.number("FILE_MAX_DOWNLOAD_BYTES", 20_000_000, least=100_000, most=100_000_000)
FILE_MAX_PIXELS_SIDE = ENV.number("FILE_MAX_PIXELS_SIDE", 4096, least=256, most=10_000)
FILE_DOWNLOAD_CA_FILE = ENV.text("FILE_DOWNLOAD_CA_FILE") or None
FILE_MAX_PICTURE_BYTES = ENV.number("FILE_MAX_PICTURE_BYTES", 9_500_000, least=10_000, most=10_000_000)
FILE_CONVERSION_MEMORY_BYTES = ENV.number(
    "FILE_CONVERSION_MEMORY_BYTES", 1_073_741_824, least=268_435_456, most=8_589_934_592
)
FILE_CONVERSION_CPU_SECONDS = ENV.number("FILE_CONVERSION_CPU_SECONDS", 10, least=1, most=30)
FILE_MAX_PDF_PAGES = ENV.number("FILE_MAX_PDF_PAGES", 5, least=1, most=20)

# --- Tool-call lines: written behind the call, with it, or not at all ---------------------------
TOOL_CALL_LOG = ENV.choice("TOOL_CALL_LOG", ["background", "inline", "off"], default="background")

# --- /metrics (docs/operations.md): off without a token ------------------------------------------
METRICS_TOKEN = ENV.text("METRICS_TOKEN")
if METRICS_TOKEN and ENV.is_production and (len(METRICS_TOKEN) < 32 or entropy_bits(METRICS_TOKEN) < 90):
    ENV.complain(
        "METRICS_TOKEN", "Set METRICS_TOKEN to a random value of 32 characters or more: this one is too easy to guess."
    )

# --- Zalo: each of its two products is off, its addresses 404, until it is named here ----------------
ZALO_OFFICIAL_ACCOUNTS = ENV.pairs("ZALO_OFFICIAL_ACCOUNTS")
ZALO_APP_ID = ENV.text("ZALO_APP_ID")
ZALO_APP_SECRET = ENV.text("ZALO_APP_SECRET")
ZALO_APP_SECRET_PROOF = ENV.flag("ZALO_APP_SECRET_PROOF", default=False)
ZALO_BOT_TOKEN = ENV.text("ZALO_BOT_TOKEN")
ZALO_BOT_WEBHOOK_SECRET = ENV.text("ZALO_BOT_WEBHOOK_SECRET")
# Whoever serves a stand-in of Zalo, or Zalo when it moves.
ZALO_API_URL = ENV.url("ZALO_API_URL", default="https://openapi.zalo.me", of="Zalo's OpenAPI", needed=False)
ZALO_OAUTH_URL = ENV.url("ZALO_OAUTH_URL", default="https://oauth.zaloapp.com", of="Zalo's sign-in", needed=False)
ZALO_BOT_URL = ENV.url(
    "ZALO_BOT_URL", default="https://bot-api.zaloplatforms.com", of="Zalo's Bot Platform", needed=False
)
if ZALO_OFFICIAL_ACCOUNTS and not (
    re.fullmatch(r"[0-9]{1,64}", ZALO_APP_ID) and re.fullmatch(r"[!-~]+", ZALO_APP_SECRET)
):
    ENV.complain(
        "ZALO_APP_ID",
        "Set ZALO_APP_ID and ZALO_APP_SECRET to those of the app that ZALO_OFFICIAL_ACCOUNTS are linked to.",
    )
    ZALO_OFFICIAL_ACCOUNTS = {}
if ZALO_BOT_TOKEN and not re.fullmatch(r"[A-Za-z0-9_-]+:[A-Za-z0-9_-]+", ZALO_BOT_TOKEN):
    ENV.complain(
        "ZALO_BOT_TOKEN", "Set ZALO_BOT_TOKEN to the bot's token as Zalo gave it, its number and secret with : between."
    )
    ZALO_BOT_TOKEN = ""
if ZALO_BOT_TOKEN and not re.fullmatch(r"[!-~]{8,256}", ZALO_BOT_WEBHOOK_SECRET):
    ENV.complain(
        "ZALO_BOT_WEBHOOK_SECRET",
        "Set ZALO_BOT_WEBHOOK_SECRET to 8 to 256 random characters: Zalo sends it with each event.",
    )
    ZALO_BOT_TOKEN = ""

# Where pictures lie that people send; not Zalo's word for it, but where they were seen (docs/zalo.md).
ZALO_PICTURE_HOSTS = ENV.host_patterns("ZALO_PICTURE_HOSTS", "*.zdn.vn,*.zadn.vn")

# --- Work that no request waits for: done by `manage.py db_worker`, or in development at once by who asks for it ------
TASK_QUEUE = ENV.choice(
    "TASK_QUEUE", ["database", "immediate"], default="database" if ENV.is_production else "immediate"
)
if ENV.is_production and TASK_QUEUE != "database":
    ENV.complain(
        "TASK_QUEUE", "Unset TASK_QUEUE: in production Zalo's events are answered within a moment, and worked on later."
    )
_QUEUES = {
    "database": "django_tasks_db.DatabaseBackend",
    "immediate": "django_tasks.backends.immediate.ImmediateBackend",
}
TASKS = {"default": {"BACKEND": _QUEUES[TASK_QUEUE]}}

# --- Traces (mainapp.spans): off without a collector's address ------------------------------------
TRACES_URL = ENV.url("TRACES_URL", default="", of="an OpenTelemetry collector", needed=False, private=True)
if TRACES_URL and not (find_spec("opentelemetry") and find_spec("opentelemetry.sdk")):
    ENV.complain("TRACES_URL", "Install requirements-traces.txt in place of requirements.txt, or unset TRACES_URL.")

# --- How long rows are kept (docs/security.md, /privacy) ---------------------------------------
SIGN_IN_RETENTION_DAYS = ENV.number("SIGN_IN_RETENTION_DAYS", 30, least=1, most=365)
TOOL_CALL_RETENTION_DAYS = ENV.number("TOOL_CALL_RETENTION_DAYS", 90, least=1, most=1000)
CONNECTION_RETENTION_DAYS = ENV.number("CONNECTION_RETENTION_DAYS", 365, least=1, most=3650)

# --- Throttles ---------------------------------------------------------------------------------
RATE_LIMIT_PER_MINUTE = ENV.number("RATE_LIMIT_PER_MINUTE", 60, least=1, most=100_000)
CALLS_IN_FLIGHT_PER_PERSON = ENV.number("CALLS_IN_FLIGHT_PER_PERSON", 3, least=1, most=100)
AUTHORIZE_LIMIT_PER_MINUTE = ENV.number("AUTHORIZE_LIMIT_PER_MINUTE", 30, least=1, most=100_000)
REFRESH_LIMIT_PER_MINUTE = ENV.number("REFRESH_LIMIT_PER_MINUTE", 30, least=1, most=100_000)
REGISTRATION_LIMIT_PER_MINUTE = ENV.number("REGISTRATION_LIMIT_PER_MINUTE", 20, least=1, most=100_000)
TOKEN_FAILURE_LIMIT_PER_MINUTE = ENV.number("TOKEN_FAILURE_LIMIT_PER_MINUTE", 30, least=1, most=100_000)
STAFF_LOGIN_LIMIT_PER_MINUTE = ENV.number("STAFF_LOGIN_LIMIT_PER_MINUTE", 5, least=1, most=1000)
# A code of an app beside the password (oauthbridge.second_factor): of everybody, or of who has set one up.
STAFF_SECOND_FACTOR = ENV.choice(
    "STAFF_SECOND_FACTOR", ["required", "offered"], default="required" if ENV.is_production else "offered"
)
if ENV.is_production and STAFF_SECOND_FACTOR != "required":
    ENV.complain("STAFF_SECOND_FACTOR", "Unset STAFF_SECOND_FACTOR: in production staff need a second factor.")
STAFF_REST_SECONDS = ENV.number("STAFF_REST_SECONDS", 1800, least=60, most=28_800)
# How many reverse proxies of ours stand in front: so many entries of X-Forwarded-For, from the right, are ours.
TRUSTED_PROXY_COUNT = ENV.number("TRUSTED_PROXY_COUNT", 1 if ENV.is_production else 0, least=0, most=10)

# --- gunicorn (gunicorn.conf.py) ---------------------------------------------------------------
BIND = ENV.text("BIND", "127.0.0.1:8000")
_bound = re.fullmatch(r"unix:/.+|(?:[A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})", BIND)
if _bound is None or int(_bound[1] or 0) > 65_535:
    ENV.complain("BIND", "Set BIND to an address and a port such as 127.0.0.1:8000, or to unix:/run/connector.sock.")
WEB_CONCURRENCY = ENV.number("WEB_CONCURRENCY", 2, least=1, most=64)
WEB_THREADS = ENV.number("WEB_THREADS", 15, least=1, most=500)

# --- Django ------------------------------------------------------------------------------------
_public = urlsplit(CONNECTOR_PUBLIC_URL)
# A health check on the machine itself asks by these names; for one that asks by address, ALLOWED_HOSTS adds it.
ALLOWED_HOSTS = [_public.hostname or "localhost", "localhost", "127.0.0.1", *ENV.items("ALLOWED_HOSTS")]
if not ENV.is_production:
    ALLOWED_HOSTS += ["[::1]", "testserver"]

INSTALLED_APPS = [
    "oauthbridge.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "oauth2_provider",
    "connector",
    "mainapp",
    "oauthbridge",
    "petstools",
    "chat",
    # Before chat.zalo, which takes their screen out of the admin.
    "django_tasks",
    "django_tasks_db",
    "chat.zalo",
    # Not in the image: the stand-in main app and the developers' programs, each with a command of its own.
    *(room for room in ("sandbox", "devtools") if (BASE_DIR / room).is_dir()),
]

MIDDLEWARE = [
    "connector.middleware.RequestLogMiddleware",
    # Before all that may answer: a browser hides even a 401 or 503 from a page that it was not told to show it to.
    "corsheaders.middleware.CorsMiddleware",
    "connector.middleware.OverloadMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "connector.middleware.PageSessionMiddleware",
    "connector.middleware.PageLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "connector.middleware.PageAuthenticationMiddleware",
    "connector.middleware.PageMessageMiddleware",
]

ROOT_URLCONF = "connector.urls"
WSGI_APPLICATION = "connector.wsgi.application"
APPEND_SLASH = False
# At the root of its address, whatever a server or a header says: Django need not find it out for each request.
FORCE_SCRIPT_NAME = ""
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oauthbridge.pages.support",
            ],
        },
    }
]

# DATABASE_URL leads to a pooler such as PgBouncer, in transaction mode or session mode.
DATABASE_POOLED = ENV.flag("DATABASE_POOLED", default=False)
DATABASES: dict[str, dict[str, Any]] = {"default": ENV.database(f"sqlite:///{VAR_DIR / 'connector.sqlite3'}")}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    VAR_DIR.mkdir(exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that reads and then writes must hold the write lock from its start, or two of them
        # meet in the middle and one fails: this is SQLite's stand-in for SELECT … FOR UPDATE.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # What is prepared, and who does without the health check: oauthbridge.compiled_queries.
    DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    # Nothing that outlives its transaction where each transaction has another session: prepared queries, cursors, SET.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLED
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = None if DATABASE_POOLED else 5

# Says that DATABASE_URL and REDIS_URL may go without TLS beyond the private network (a tunnel, a mesh).
UNENCRYPTED_STORES = ENV.flag("UNENCRYPTED_STORES", default=False)
REDIS_URL = ENV.redis_url("REDIS_URL", password=ENV.text("REDIS_PASSWORD"))
if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            # Before 2 the values were pickles.
            "KEY_PREFIX": "meo-connector-2",
            "OPTIONS": {
                # Not pickle, the library's default: whoever can write to Redis would run code here.
                "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                # Requests are served without Redis: throttles open, caches miss, both logged.
                "IGNORE_EXCEPTIONS": True,
                "SOCKET_CONNECT_TIMEOUT": 0.5,
                "SOCKET_TIMEOUT": 0.5,
            },
        }
    }
    DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
    SESSION_ENGINE = "oauthbridge.staff_sessions"
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "meo-connector"}}
    SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

AUTH_USER_MODEL = "oauthbridge.User"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Last, so that no person's password is ever made with it: for generated client secrets only.
    "oauthbridge.hashers.ClientSecretHasher",
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("vi", _("Vietnamese")), ("ru", _("Russian")), ("uk", _("Ukrainian"))]
# A name that no cookie can have: the pages about the service are kept by caches, which tell languages apart by Accept-Language.
LANGUAGE_COOKIE_NAME = ";"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
if not ENV.is_production:
    STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENV.is_production
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not ENV.is_production

# --- What a browser is told --------------------------------------------------------------------
SERVED_OVER_HTTPS = _public.scheme == "https"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.is_production else None
SECURE_SSL_REDIRECT = ENV.is_production
# A load balancer asks for health, and Prometheus for metrics, inside the network, host by host and without TLS. Addresses, and not
# marks of views: `check --deploy` wants Django's own middleware (security.W001), which knows of nothing else.
SECURE_REDIRECT_EXEMPT = [r"^health(/ready)?$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENV.is_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.is_production
SECURE_HSTS_PRELOAD = ENV.is_production
SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"
# __Host-: no other host of the same domain, the main app for one, can put these into a browser.
SESSION_COOKIE_NAME = "__Host-meo_staff" if SERVED_OVER_HTTPS else "meo_staff"
CSRF_COOKIE_NAME = "__Host-meo_form" if SERVED_OVER_HTTPS else "meo_form"
STAFF_BROWSER_COOKIE_NAME = "__Host-meo_staff_browser" if SERVED_OVER_HTTPS else "meo_staff_browser"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVED_OVER_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "connector.errors.forged_form"
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

# --- OAuth (django-oauth-toolkit) --------------------------------------------------------------
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauthbridge.Application"
OAUTH2_PROVIDER_GRANT_MODEL = "oauthbridge.Grant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauthbridge.AccessToken"  # noqa: S105
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauthbridge.RefreshToken"  # noqa: S105
# An MCP client in a browser: its calls, and the tokens of a public client. No cookies. What is published about both may be read from
# any page (oauthbridge.metadata).
CORS_ALLOWED_ORIGINS = MCP_ALLOWED_ORIGINS
# Addresses, and not marks of views: `/mcp/` is served by the view of `/mcp`, and is none that pages may use.
CORS_URLS_REGEX = r"/(?:mcp|oauth/token|oauth/revoke|oauth/register|register)\Z"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ["POST"]
CORS_ALLOW_HEADERS = [
    "Authorization",
    "Content-Type",
    "Last-Event-ID",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Session-Id",
]
CORS_EXPOSE_HEADERS = ["WWW-Authenticate", "MCP-Protocol-Version", "Retry-After", "X-Request-ID"]
CORS_PREFLIGHT_MAX_AGE = 3600

# The Actions door's; the MCP door's are in oauthbridge.scopes.
OAUTH_SCOPES = {"pets": "See and look after your pets on Meo Mai Moi"}
REDIRECT_URI_SCHEMES = ["https"] if ENV.is_production else ["https", "http"]
OAUTH2_PROVIDER = {
    "OAUTH2_VALIDATOR_CLASS": "oauthbridge.validator.BridgeValidator",
    "OIDC_ISS_ENDPOINT": CONNECTOR_PUBLIC_URL,
    "SCOPES_BACKEND_CLASS": "oauthbridge.scopes.DoorScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": ACCESS_TOKEN_SECONDS,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": AUTHORIZATION_CODE_SECONDS,
    "ACCESS_TOKEN_GENERATOR": "oauthbridge.tokens.access_token",
    "REFRESH_TOKEN_GENERATOR": "oauthbridge.tokens.refresh_token",
    "CLIENT_SECRET_HASHER": "meo_sha256",
    "ALLOWED_REDIRECT_URI_SCHEMES": REDIRECT_URI_SCHEMES,
    "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OAUTH2_GRANT_TYPES_SUPPORTED": ["authorization_code", "refresh_token"],
    "OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED": ["client_secret_post", "client_secret_basic", "none"],
    # Clients that call themselves by the address of a document about them.
    "CIMD_ENABLED": bool(MCP_CLIENT_HOSTS),
    "CIMD_METADATA_FETCHER": "oauthbridge.cimd.ClientDocumentFetcher",
    # oauthbridge.clients looks clients up; the library itself may make none.
    "CIMD_REGISTRATION_PERMISSION_CLASSES": [],
    "DCR_ENABLED": False,
    # Answered per client by BridgeValidator.is_pkce_required: demanded from public and MCP clients, honoured from all.
    "PKCE_REQUIRED": True,
    # Likewise: rotated, with reuse detection, for public clients only (RFC 9700 §4.14.2, design.md "Token rules").
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": ENV.is_production,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}

# --- Tools (Django REST framework) -------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oauthbridge.authentication.ConnectionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["oauthbridge.authentication.IsConnected"],
    "DEFAULT_RENDERER_CLASSES": ["petstools.answers.AnswerRenderer"],
    "DEFAULT_PARSER_CLASSES": ["petstools.inputs.ToolJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "petstools.views.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "STRICT_JSON": True,
}

# --- The schema that a GPT imports (drf-spectacular; petstools.schema) --------------------------
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Meo Mai Moi",
    "DESCRIPTION": "Look after a person's pets on Meo Mai Moi: profiles, vaccinations, medical records, weights, microchips, photos.",
    "VERSION": VERSION,
    # Enums stay where they are used, and fields keep the words that were written for the model.
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_PATCH": False,
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
}

LOG_LEVEL = ENV.choice("LOG_LEVEL", ["debug", "info", "warning", "error"], default="info").upper()
LOG_FORMAT = ENV.choice("LOG_FORMAT", ["json", "text"], default="json" if ENV.is_production else "text")
LOGGING = logging_config(LOG_LEVEL, json_lines=LOG_FORMAT == "json")
