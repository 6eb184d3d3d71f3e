"""Starting: everything works with no environment; production refuses what is missing, in sentences, and never half-starts."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.production import (
    ROOT,
    collect_static_files,
    complete_environment,
    machine_environment,
    refusals,
    settings_of,
)

DEMANDED = sorted(set(complete_environment()) - {"ENVIRONMENT"})


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=machine_environment() | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_with_no_environment_the_checks_pass() -> None:
    done = run("manage.py", "check", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_with_no_environment_it_is_development_on_sqlite_without_redis() -> None:
    with settings_of() as read:
        assert (read.ENVIRONMENT, read.DATABASES["default"]["ENGINE"], read.CACHES["default"]["BACKEND"]) == (
            "development",
            "django.db.backends.sqlite3",
            "django.core.cache.backends.locmem.LocMemCache",
        )


def test_gunicorn_refuses_an_empty_production_environment_naming_each_missing_value() -> None:
    done = run("-m", "gunicorn", ENVIRONMENT="production", BIND="127.0.0.1:0")
    assert done.returncode == 3
    lines = done.stderr.strip().splitlines()
    assert len(lines) == len(DEMANDED), done.stderr
    for name in DEMANDED:
        assert [line for line in lines if re.match(rf"Set {name}\b", line)], f"{name} is not named in:\n{done.stderr}"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", DEMANDED)
def test_production_refuses_when_one_value_is_missing(name: str) -> None:
    environment = complete_environment()
    del environment[name]
    (told,) = refusals(**environment)
    assert told.startswith(f"Set {name}")


@pytest.mark.parametrize("name", ["FILE_DOWNLOAD_PRIVATE_ADDRESSES", "MCP_CLIENT_PRIVATE_ADDRESSES"])
def test_production_refuses_what_only_tests_may_use(name: str) -> None:
    (told,) = refusals(**complete_environment(), **{name: "true"})
    assert told.startswith(f"Unset {name}")


def test_production_refuses_staff_without_a_second_factor() -> None:
    (told,) = refusals(**complete_environment(), STAFF_SECOND_FACTOR="offered")
    assert told.startswith("Unset STAFF_SECOND_FACTOR")


def test_bad_values_are_refused_in_development_too_each_in_a_line() -> None:
    bad = {
        "DEFAULT_TIME_ZONE": "Mars/Olympus",
        "RATE_LIMIT_PER_MINUTE": "many",
        "LOG_LEVEL": "loud",
        "WEB_THREADS": "abc",
        "WEB_CONCURRENCY": "0",
        "BIND": "everywhere",
        "OAUTH_CLIENT_SECRET": "letmein",
        "OPENAI_APPS_CHALLENGE": "openai-challenge: Zk3-abc",
    }
    done = run("-c", "import connector.wsgi", **bad)
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert len(lines) == len(bad), done.stderr
    assert [[name for name in bad if name in line] for line in sorted(lines)] == [[name] for name in sorted(bad)]


def test_gunicorn_refuses_bad_sizes_and_a_port_that_is_none_each_in_a_sentence() -> None:
    done = run("-m", "gunicorn", BIND="127.0.0.1:65536", WEB_THREADS="abc", WEB_CONCURRENCY="0")
    assert done.returncode == 3
    for name in ("WEB_THREADS", "WEB_CONCURRENCY"):
        assert f"Set {name} to a whole number from 1 to" in done.stderr
    assert "Set BIND to an address and a port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_word_for_the_processes_ends_the_start_and_check_says_it_in_a_sentence() -> None:
    """gunicorn reads this one while it is imported, before any line of ours (docs/settings.md)."""
    done = run("-m", "gunicorn", BIND="127.0.0.1:0", WEB_CONCURRENCY="two")
    assert done.returncode != 0
    assert "WEB_CONCURRENCY" in done.stderr
    checked = run("manage.py", "check", WEB_CONCURRENCY="two")
    assert "Set WEB_CONCURRENCY to a whole number from 1 to 64." in checked.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://u:p@db.example.com/x"),
        ("DATABASE_URL", "postgres://u:p@8.8.8.8/x?sslmode=prefer"),
        ("REDIS_URL", "redis://:p@cache.example.com:6379/0"),
    ],
)
def test_production_goes_beyond_the_private_network_under_tls_only(name: str, value: str) -> None:
    environment = complete_environment() | {name: value}
    (told,) = refusals(**environment)
    assert told.startswith(f"Set {name} with")

    assert refusals(**environment, UNENCRYPTED_STORES="true") == []


def test_the_private_network_needs_no_tls() -> None:
    for database, redis in (("postgres:5432", "redis"), ("10.0.0.7", "[fd00::7]"), ("db.internal", "127.0.0.1")):
        stores = {"DATABASE_URL": f"postgres://u:p@{database}/x", "REDIS_URL": f"redis://{redis}/0"}
        assert refusals(**complete_environment() | stores) == []


def test_the_refusal_shows_no_secret() -> None:
    environment = complete_environment() | {
        "DATABASE_URL": "mysql://u:hunter2hunter2@db/x",
        "SECRET_KEY": "guessable-guess",
    }
    done = run("-c", "import connector.wsgi", **environment)
    assert done.returncode == 3
    assert "hunter2" not in done.stderr
    assert "guessable" not in done.stderr


# --- A complete production environment ------------------------------------------------------------

PROBE = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
def seen(path, **extra):
    response = Client().get(path, **extra)
    return {"status": response.status_code, **{name.lower(): value for name, value in response.headers.items()}}
https = {"HTTP_HOST": "connector.example.com", "HTTP_X_FORWARDED_PROTO": "https"}
print(json.dumps({
    "https": seen("/health", **https),
    "plain": seen("/oauth/callback", HTTP_HOST="connector.example.com"),
    "health_on_the_machine": seen("/health", HTTP_HOST="127.0.0.1:8000"),
    "other_host": seen("/health", HTTP_HOST="evil.example.com"),
    "settings": {name: getattr(settings, name) for name in dir(settings) if name.startswith(("SESSION_", "CSRF_"))
                 and isinstance(getattr(settings, name), (str, bool, int, list))} | {"DEBUG": settings.DEBUG},
}))
"""


@pytest.fixture(scope="module")
def in_production() -> dict[str, dict[str, object]]:
    environment = complete_environment() | {
        "MAIN_APP_URL": "https://127.0.0.1:9",
        "DJANGO_SETTINGS_MODULE": "connector.settings",
    }
    done = run("-c", PROBE, **environment)
    assert done.returncode == 0, done.stderr
    probed: dict[str, dict[str, object]] = json.loads(done.stdout)
    return probed


def test_production_answers_behind_a_tls_proxy(in_production: dict[str, dict[str, object]]) -> None:
    answer = in_production["https"]
    assert answer["status"] == 200
    assert "max-age=31536000" in str(answer["strict-transport-security"])
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["x-frame-options"] == "DENY"
    assert answer["referrer-policy"] == "no-referrer"


def test_production_sends_plain_http_to_https(in_production: dict[str, dict[str, object]]) -> None:
    assert in_production["plain"]["status"] == 301
    assert in_production["plain"]["location"] == "https://connector.example.com/oauth/callback"


def test_production_health_can_be_asked_on_the_machine_without_tls(in_production: dict[str, dict[str, object]]) -> None:
    assert in_production["health_on_the_machine"]["status"] == 200


def test_production_refuses_other_hosts(in_production: dict[str, dict[str, object]]) -> None:
    assert in_production["other_host"]["status"] == 400


def test_production_cookies_are_secure(in_production: dict[str, dict[str, object]]) -> None:
    values = in_production["settings"]
    assert values["SESSION_COOKIE_SECURE"] is values["CSRF_COOKIE_SECURE"] is True
    assert values["SESSION_COOKIE_HTTPONLY"] is values["CSRF_COOKIE_HTTPONLY"] is True
    assert values["SESSION_COOKIE_SAMESITE"] == values["CSRF_COOKIE_SAMESITE"] == "Strict"
    assert values["SESSION_ENGINE"] == "oauthbridge.staff_sessions"
    assert values["CSRF_TRUSTED_ORIGINS"] == ["https://connector.example.com"]
    assert values["DEBUG"] is False


def test_django_finds_nothing_to_warn_of_in_production() -> None:
    collect_static_files()
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **complete_environment())
    assert done.returncode == 0, done.stderr


# --- .env -----------------------------------------------------------------------------------------


def test_the_example_environment_is_complete_and_harmless() -> None:
    """Copied to .env as it stands, it changes nothing; every name in it is read."""
    example = (ROOT / ".env.example").read_text()
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    commented = set(re.findall(r"^# ?([A-Z_]+)=", example, re.MULTILINE))
    settings = Path(ROOT / "connector" / "settings.py").read_text()
    names = given.keys() | commented
    assert names >= set(complete_environment())
    for name in names:
        assert f'"{name}"' in settings or name in ("DATABASE_URL", "ENCRYPTION_KEY", "ENVIRONMENT", *COMPOSE), name
    assert refusals(**given) == []


def test_doctor_shows_its_table_and_no_stack_trace_while_redis_is_away() -> None:
    # No vendor is asked about its document: that would leave the machine.
    nobody_else = {"MAIN_APP_URL": "http://127.0.0.1:1", "MCP_CLIENT_HOSTS": "localhost"}
    done = run("manage.py", "doctor", REDIS_URL="redis://127.0.0.1:1/0", **nobody_else)

    assert "Traceback" not in done.stdout + done.stderr
    assert "REDIS_URL" in done.stdout


COMPOSE = ("POSTGRES_PASSWORD", "SITE_ADDRESS")


def test_compose_pastes_no_password_into_an_address() -> None:
    """Whatever letters it has; and it starts from the names that .env.example has."""
    compose = (ROOT / "compose.yaml").read_text()
    assert not re.search(r"://[^/\s]*\$", compose)
    for name in set(re.findall(r"\$\{([A-Z_]+)", compose)):
        assert f"# {name}=" in (ROOT / ".env.example").read_text(), name
    assert re.search(r"--maxmemory-policy noeviction --requirepass", compose)


def test_the_tests_themselves_see_nothing_of_the_developers_environment() -> None:
    assert os.environ["PYTHON_DOTENV_DISABLED"] == "1"
    assert "SECRET_KEY" not in os.environ
