"""`GET /health` (the FastAPI connector's shape) and `GET /health/ready`."""

import httpx
import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.utils import InterfaceError
from django.test import Client
from pytest_django import Settings

from connector import health, static_files
from mainapp import breaker
from sandbox.server import SandboxServer
from tests.playing import Connector


@pytest.fixture(autouse=True)
def _ask_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "_health", None)


def test_it_answers_in_the_old_shape(connector: Connector) -> None:
    answer = connector.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": configured.VERSION, "main_app_reachable": True}
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_still_answers_while_the_main_app_is_away(connector: Connector, sandbox: SandboxServer) -> None:
    sandbox.faults.replace({"outage": True})
    answer = connector.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "version": configured.VERSION, "main_app_reachable": False}


def test_many_questions_ask_the_main_app_once(connector: Connector, sandbox: SandboxServer) -> None:
    for _ in range(5):
        connector.get("/health")
    assert len(sandbox.requests.of("GET", "/api/version")) == 1


def test_head_is_answered_and_post_is_not(connector: Connector) -> None:
    assert httpx.head(f"{connector.url}/health").status_code == 200
    # Refused for its missing CSRF token before its method is looked at.
    assert connector.post("/health").status_code in (403, 405)


@pytest.mark.django_db
def test_it_is_ready_when_database_and_migrations_are(client: Client) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "ok", "cache": "ok", "migrations": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_it_is_not_ready_without_a_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away() -> None:
        raise error("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "database": "away", "cache": "ok", "migrations": "unknown"}


@pytest.fixture
def _one_migration_missing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", type(health._migrated)())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'oauthbridge'")


@pytest.mark.usefixtures("_one_migration_missing")
def test_it_is_not_ready_before_it_is_migrated(client: Client) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "pending"


@pytest.mark.django_db
def test_it_is_not_ready_without_static_files(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "No static files are collected: run `manage.py collectstatic --no-input`."
    monkeypatch.setattr(static_files, "problem", lambda: sentence)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["static_files"] == sentence


@pytest.mark.django_db
def test_it_is_ready_without_redis_but_says_so(client: Client, settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.2},
        }
    }
    answer = client.get("/health/ready")
    # Back before the fixtures that empty the cache run.
    del settings.CACHES
    cache.clear()
    assert answer.status_code == 200
    assert answer.json()["cache"] == "away"
