"""The settings every test starts from: the product's own, read from an environment that holds nothing of the developer's.

No `.env`, no variable of the product. The suite runs on SQLite and without Redis, or on the servers that
TEST_DATABASE_URL and TEST_REDIS_URL name (`tests.run` sets them).
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
# Redis databases of their own for the tests, one for each process: a test may empty the one it uses.
FIRST_REDIS_DATABASE = 8
REDIS_DATABASES = 8


def product_variables() -> set[str]:
    """Every variable that the settings read."""
    settings = (ROOT / "connector" / "settings.py").read_text()
    return set(re.findall(r'ENV\.\w+\(\s*"([A-Z_]+)"', settings)) | {"ENVIRONMENT", "DATABASE_URL", "ENCRYPTION_KEY"}


def environment_of_tests() -> dict[str, str]:
    values = {"PYTHON_DOTENV_DISABLED": "1", "TOOL_CALL_LOG": "off"}
    if (url := os.environ.get("TEST_DATABASE_URL", "none")) != "none":
        # Two runs on one server at the same moment must not share a database; Django puts test_ before the name.
        run = os.environ.setdefault("TEST_RUN", str(os.getpid()))
        values["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/meo_connector_{run}"))
    if (url := os.environ.get("TEST_REDIS_URL", "none")) != "none":
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        database = FIRST_REDIS_DATABASE + worker % REDIS_DATABASES
        values["REDIS_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
    return values


for _name in product_variables():
    os.environ.pop(_name, None)
os.environ.update(environment_of_tests())

from connector.settings import *  # noqa: E402, F403 - only now is the environment what it must be

# Static files are looked for when they are asked for. Otherwise every `django.test.Client` would list all of them first, which took a
# third of the time of the tools' tests.
WHITENOISE_AUTOREFRESH = True
# Weak, and quick: the one that people's passwords are made with takes a tenth of a second on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]  # noqa: F405
