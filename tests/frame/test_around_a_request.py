"""What Django does before and after every request (`connector.apps`), in a process of its own: its test client connects it anew."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import django
django.setup()
import django.core.handlers.wsgi
from django.core.signals import request_finished, request_started
from django.db import connection
def names(signal):
    return sorted(each[1]().__name__ for each in signal.receivers)
print(names(request_started), names(request_finished))

from django.core.cache import caches
caches["default"].get("x")
request_finished.send(None)
assert caches["default"].get("x") is None

with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
connection.close_at = 0
request_started.send(None)
assert connection.connection is None, "a request is served on a connection that is too old"

with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
connection.close_at = 0
request_finished.send(None)
assert connection.connection is None, "a connection that is too old is kept after a request"
"""


def test_old_database_connections_are_closed_around_it_and_nothing_else_is_done() -> None:
    # On SQLite: the servers' databases of this run are made for its own process.
    servers = dict.fromkeys(("TEST_DATABASE_URL", "TEST_REDIS_URL"), "none")
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | servers
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['close_old_connections'] ['close_old_connections', 'reset_urlconf']\n"


@pytest.mark.parametrize("named", ["SCRIPT_NAME", "SCRIPT_URL", "REDIRECT_URL"])
def test_a_request_is_for_its_own_path_whatever_the_server_says(named: str) -> None:
    said: Any = {named: "/elsewhere/health"}

    assert RequestFactory().generic("GET", "/health", **said).path == "/health"
