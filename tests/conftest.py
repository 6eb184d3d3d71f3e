"""What tests of several rooms share: stand-in main app and connector over real HTTP, and the people who use them."""

import gc
import os
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.test import TransactionTestCase
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from mainapp import breaker, versions
from mainapp.client import without_sections
from mainapp.http import connection as http_connections
from oauthbridge import throttle
from petstools import pet_types
from sandbox.server import SandboxServer
from tests import databases
from tests.browser import _lasting_chromium, chromium  # noqa: F401 - fixtures
from tests.playing import ClientApp, Connector, Person
from tests.run import ALIKE_ON_EACH

# On a busy machine an example may take any time to make or to run: neither says anything about the product.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("suite")

# PostgreSQL takes 100 connections in all, and every one of our requests at work holds one.
REQUESTS_AT_ONCE = 24


# What the migrations wrote there stays, as it does in production.
FILLED_BY_MIGRATIONS = {
    "django_migrations",
    "django_content_type",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
}


# Twelve thousand tests are there for good: the collector need not look through them again and again.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    # Rarer than usual: a thirtieth of all the time otherwise.
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


# So many rows of each table say that a rule holds; the others are edges.
ROWS_OF_THE_FAST = 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What TEST_SELECT asks for (`tests.run` sets it).

    stateful: only what PostgreSQL or Redis may change the outcome of: tests that use the database, and those marked
    `stateful`; none marked `once`. The others would do the same again. fast: of each table of cases the first rows.
    """
    select = os.environ.get("TEST_SELECT")
    if select == "stateful":
        kept = [item for item in items if _is_stateful(item)]
    elif select == "fast":
        rows: Counter[str] = Counter()
        kept = []
        for item in items:
            function = item.nodeid.partition("[")[0]
            rows[function] += 1
            if rows[function] <= ROWS_OF_THE_FAST:
                kept.append(item)
    else:
        rooms = tuple(f"tests/{room}/" for room in ALIKE_ON_EACH)
        if astray := [item.nodeid for item in items if item.nodeid.startswith(rooms) and _is_stateful(item)]:
            raise pytest.UsageError(f"Would not run on PostgreSQL (ALIKE_ON_EACH in tests/run.py): {astray[:3]}")
        return
    left = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in left])
    items[:] = kept


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """A file of which all is marked `once` is not even imported for the second run."""
    if os.environ.get("TEST_SELECT") != "stateful" or collection_path.suffix != ".py":
        return None
    return (
        re.search(r"^pytestmark = [^\]]*?mark\.once\b", collection_path.read_text(), re.MULTILINE) is not None or None
    )


def _is_stateful(item: pytest.Item) -> bool:
    if item.get_closest_marker("once"):
        return False
    marked = any(item.get_closest_marker(name) for name in ("django_db", "stateful"))
    return marked or not {"django_db_setup", "live_server"}.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def _empty_tables_quickly() -> Iterator[None]:
    """After a test that commits: Django's `flush` truncates every table and makes all permissions anew, half a second on
    PostgreSQL."""

    tables = set(connection.introspection.django_table_names(include_views=False)) - FILLED_BY_MIGRATIONS
    deletions = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in sorted(tables)]  # noqa: S608 - Django's names
    # PostgreSQL takes them all in one go.
    at_once = [f"DO $$ BEGIN {'; '.join(deletions)}; END $$"] if connection.vendor == "postgresql" else deletions

    def empty(_case: TransactionTestCase) -> None:
        # One transaction: foreign keys are checked at its end, so the order is all one.
        with transaction.atomic(), connection.cursor() as cursor:
            for deletion in at_once:
                cursor.execute(deletion)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(scope="session", autouse=True)
def _short_pauses() -> Iterator[None]:
    """Between attempts at the main app in this process; `tests/mainapp/test_retries.py` holds how long they are."""

    def uniform(least: float, most: float) -> float:
        return random.uniform(least, most) / 20

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mainapp.session.random", SimpleNamespace(uniform=uniform))
        yield


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """An SQLite file is there already: a copy of one that has been migrated."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An SQLite test database is a file: in memory all threads would share one connection and one transaction."""
    if connection.vendor == "sqlite":
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        databases.copy_migrated_file(file)
        test = {"NAME": str(file)}
    else:
        test = {"TEMPLATE": databases.migrated_database(os.environ["DATABASE_URL"])}
    for settings in (connections["default"].settings_dict, connections.settings["default"]):
        settings["CONN_MAX_AGE"] = 0
        settings["TEST"] |= test
        if connection.vendor != "sqlite":
            # A test database need not survive a power cut.
            settings["OPTIONS"] = {**settings.get("OPTIONS", {}), "options": "-c synchronous_commit=off"}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the tests are spread over processes, the one that spread them is the last."""
    if "postgres" in os.environ.get("DATABASE_URL", "") and not hasattr(session.config, "workerinput"):
        databases.drop_migrated_database(os.environ["DATABASE_URL"])


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """Throttles, connections to a stand-in that is gone and what was learned from it end with each test."""
    cache.clear()
    throttle._counts.cache_clear()
    throttle._redis_is_left_alone_until = 0.0
    yield
    while breaker._breakers:
        breaker._breakers.popitem()[1].end()
    while http_connections._pools:
        for idle in http_connections._pools.popitem()[1]._idle:
            idle.close()
    versions.seen.clear()
    without_sections.clear()
    pet_types.forget_near()
    cache.clear()


@pytest.fixture(scope="session")
def _lasting_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(environment="development") as server:
        yield server


@pytest.fixture
def sandbox(_lasting_sandbox: SandboxServer, settings: Settings) -> SandboxServer:
    """As new for each test: starting and stopping one takes longer than most tests. Who wants it away: `tests.ports.deaf_port`."""
    _lasting_sandbox.renew()
    settings.MAIN_APP_URL = _lasting_sandbox.url
    return _lasting_sandbox


class _Bounded:
    """The WSGI app, at most so many requests at work at a time."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._room = threading.BoundedSemaphore(REQUESTS_AT_ONCE)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with self._room:
            answer = self._app(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                getattr(answer, "close", lambda: None)()


@pytest.fixture(scope="session")
def _bounded_live_server(live_server: LiveServer) -> LiveServer:
    httpd: Any = live_server.thread.httpd
    httpd.set_app(_Bounded(httpd.get_app()))
    httpd.socket.listen(256)
    # The answer's head and body leave in two packets: with Nagle's algorithm each waits 40 ms for the client.
    httpd.RequestHandlerClass.disable_nagle_algorithm = True
    return live_server


@pytest.fixture
def connector(
    live_server: LiveServer, _bounded_live_server: LiveServer, sandbox: SandboxServer, settings: Settings
) -> Iterator[Connector]:
    """The real WSGI app on a port of its own, which is its public address and issuer too."""
    url = f"http://127.0.0.1:{live_server.thread.port}"
    settings.CONNECTOR_PUBLIC_URL = url
    settings.MCP_URL = f"{url}/mcp"
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "OIDC_ISS_ENDPOINT": url}
    settings.AUTHORIZE_LIMIT_PER_MINUTE = settings.TOKEN_FAILURE_LIMIT_PER_MINUTE = 100_000
    settings.REFRESH_LIMIT_PER_MINUTE = 100_000
    sandbox.connector_url = url
    with Connector(url) as connector:
        yield connector


@pytest.fixture
def client_app(connector: Connector) -> ClientApp:
    """The confidential client that `manage.py gpt_client` makes for a GPT."""
    return ClientApp.made_for_gpt(connector, "g-meo123")


@pytest.fixture
def person(sandbox: SandboxServer, connector: Connector) -> Iterator[Callable[..., Person]]:
    """`person()` is Emma, `person("mai")` somebody else; each has a browser of their own."""
    people: list[Person] = []

    def open_browser(key: str = "emma", **headers: str) -> Person:
        people.append(Person(sandbox, connector, key, headers))
        return people[-1]

    yield open_browser
    for each in people:
        each.browser.close()


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Move Django's clock: `travel(minutes=11)`; keywords of timedelta. The stand-in has a clock of its own."""

    def move(**by: float) -> None:
        before, shift = timezone.now, timedelta(**by)

        def now() -> datetime:
            return before() + shift

        monkeypatch.setattr(timezone, "now", now)

    return move
