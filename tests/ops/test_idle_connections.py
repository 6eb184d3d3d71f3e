"""A database connection that a burst has opened does not stay open for good (`gunicorn.conf.py`)."""

import runpy
import time
from collections.abc import Iterator

import pytest
from django.db import close_old_connections, connection
from django.db.backends.signals import connection_created

from oauthbridge.models import Application
from tests.production import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stateful]


@pytest.fixture
def forked() -> Iterator[None]:
    before = connection_created.receivers[:]
    conf = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    conf["post_fork"](None, None)
    connection.close()
    yield
    connection.close()
    connection_created.receivers = before
    connection_created.sender_receivers_cache.clear()


def test_postgresql_ends_what_is_not_used_for_a_minute(forked: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to run out of")
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_session_timeout")
        assert cursor.fetchone() == ("1min",)


def test_who_finds_it_ended_connects_anew(forked: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to run out of")
    with connection.cursor() as cursor:
        cursor.execute("SET idle_session_timeout = '50ms'")
        cursor.execute("SELECT pg_backend_pid()")
        (first,) = cursor.fetchone()
    # As before every request.
    close_old_connections()
    time.sleep(0.3)
    assert not Application.objects.filter(pk=0).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (first,)
