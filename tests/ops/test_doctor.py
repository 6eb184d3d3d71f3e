"""`manage.py doctor`: each line in each colour, for the real reason."""

import wsgiref.handlers
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.checks import Error
from django.db import connection as db
from django.db import models
from django.utils import timezone
from pytest_django import Settings

from connector import doctor
from connector.doctor import QUESTIONS, State
from oauthbridge import connections
from oauthbridge.models import Application, AuthorizationRequest, Connection, PendingRevocation
from petstools.files.conversion import seal
from petstools.retention import LAST_PRUNE
from sandbox.server import SandboxServer
from tests.oauth.storage import without_table
from tests.ops.conftest import Connected, Ran
from tests.playing import Connector
from tests.ports import deaf_port

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


@pytest.fixture
def healthy(
    sandbox: SandboxServer, connector: Connector, connected: Connect, manage: Manage, settings: Settings
) -> SandboxServer:
    """The main app of a service with nothing to complain about: migrated, a client, a connection, pruned."""
    # Vendors are asked in `tests/oauth/test_known_clients.py`, where their hosts are this machine.
    settings.MCP_CLIENT_HOSTS = ()
    connected("mai")
    manage("prune")
    return sandbox


@pytest.fixture
def line(manage: Manage, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[str, str, str]]:
    """`line("clock")`: (colour, what, repair) of that question now; the others are not asked, which takes time."""

    def ask(name: str) -> tuple[str, str, str]:
        with monkeypatch.context() as alone:
            alone.setattr(doctor, "QUESTIONS", [one for one in QUESTIONS if one[0] == name])
            (one,) = manage("doctor", "--json").json["findings"]
        return one["state"], one["what"], one["repair"]

    return ask


@pytest.fixture
def line_among_all(manage: Manage) -> Callable[[str], tuple[str, str, str]]:
    """The same of a whole run."""

    def ask(name: str) -> tuple[str, str, str]:
        (one,) = [found for found in manage("doctor", "--json").json["findings"] if found["name"] == name]
        return one["state"], one["what"], one["repair"]

    return ask


Line = Callable[[str], tuple[str, str, str]]


def test_when_all_is_well_every_line_is_green(healthy: SandboxServer, manage: Manage) -> None:
    ran = manage("doctor", "--json")

    colours = {one["name"]: (one["state"], one["what"]) for one in ran.json["findings"]}
    assert {name for name, (state, _what) in colours.items() if state != "green"} == set(), colours
    assert ran.json["healthy"] is True
    assert ran.code == 0
    assert list(colours) == [name for name, _look in QUESTIONS]


def test_it_changes_nothing(healthy: SandboxServer, manage: Manage) -> None:
    def everything() -> list[Any]:
        return [list(model._default_manager.order_by("pk").values()) for model in (Connection, PendingRevocation)]

    before = everything()
    asked = len(healthy.requests)

    manage("doctor")

    assert everything() == before
    assert all(one.method in ("GET", "HEAD") or "exchange" in one.path for one in list(healthy.requests)[asked:])


def test_the_table_shows_colour_name_and_repair(healthy: SandboxServer, manage: Manage) -> None:
    Application.objects.all().update(redirect_uris="")

    ran = manage("doctor")

    (row,) = [row for row in ran.out.splitlines() if " clients " in row]
    assert " red " in row
    assert "gpt_client" in row
    assert ran.code == 1


def test_yellow_alone_ends_with_0(healthy: SandboxServer, manage: Manage, line: Line) -> None:
    cache.delete(LAST_PRUNE)

    assert line("last prune")[0] == "yellow"
    assert manage("doctor").code == 0


# --- Line by line ---------------------------------------------------------------------------------


def test_settings_red(healthy: SandboxServer, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Error("Set HMAC_SHARED_SECRET: it signs.", obj="HMAC_SHARED_SECRET", id="connector.E001")
    monkeypatch.setattr(doctor, "run_checks", lambda: [problem])

    assert line("settings") == ("red", "1 problems", "HMAC_SHARED_SECRET: Set HMAC_SHARED_SECRET: it signs.")


def test_migrations_red(healthy: SandboxServer, line: Line) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    recorder = MigrationRecorder(db)
    (name,) = list(recorder.migration_qs.filter(app="petstools").order_by("-name").values_list("name", flat=True)[:1])
    recorder.record_unapplied("petstools", name)
    try:
        assert line("migrations") == ("red", "1 not applied", "Run: manage.py migrate")
    finally:
        recorder.record_applied("petstools", name)


@pytest.mark.parametrize(
    ("table", "name"), [(Connection, "key ring"), (PendingRevocation, "revocations"), (Application, "clients")]
)
def test_a_question_that_the_database_fails_hides_no_other(
    table: type[models.Model], name: str, healthy: SandboxServer, line_among_all: Line
) -> None:
    if db.vendor == "sqlite" and table is not PendingRevocation:
        pytest.skip("SQLite renames a table only where no other refers to it.")
    with without_table(table):
        state, what, _repair = line_among_all(name)
        assert (state, what.split(" (")[0]) == ("red", "the database failed")
        assert line_among_all("main app")[0] == "green"


def test_cache_yellow_while_redis_is_away(healthy: SandboxServer, line: Line, settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5},
        }
    }

    state, what, repair = line("cache")

    assert (state, what) == ("yellow", "away")
    assert "Start Redis" in repair
    assert line("last prune")[:2] == ("yellow", "not known")


def test_main_app_red_while_it_is_away(healthy: SandboxServer, line: Line, settings: Settings) -> None:
    with deaf_port() as nobody:
        settings.MAIN_APP_URL = f"http://127.0.0.1:{nobody}"

        assert line("main app")[:2] == ("red", "not reachable (Unreachable)")
        assert line("connector API key")[:2] == ("yellow", "can't be told (Unreachable)")
        assert line("clock")[:2] == ("yellow", "the main app does not tell its time")
        assert line("database")[0] == "green"


def test_main_app_red_under_maintenance(healthy: SandboxServer, line: Line) -> None:
    healthy.faults.outage = True

    assert line("main app")[:2] == ("red", "not reachable (Maintenance)")


def test_main_app_green_tells_its_version(healthy: SandboxServer, line: Line) -> None:
    assert line("main app") == ("green", healthy.app.release.version, "")


def test_breaker_tells_what_the_processes_told_each_other(
    healthy: SandboxServer, line: Line, settings: Settings
) -> None:
    if not settings.REDIS_URL:
        assert line("breaker")[:2] == ("green", "each process has its own")
        return
    assert line("breaker")[:2] == ("green", "closed: calls go through")
    cache.set(f"breaker:{healthy.url}:down", 8.0)
    state, what, repair = line("breaker")
    cache.clear()

    assert (state, what) == ("yellow", "open: calls are refused, the main app is asked every 8 s")
    assert "closes by itself" in repair
    assert line("breaker")[0] == "green"


def test_breaker_yellow_when_it_is_turned_off(healthy: SandboxServer, line: Line, settings: Settings) -> None:
    settings.MAIN_APP_BREAKER_FAILURES = 0

    assert line("breaker")[:2] == ("yellow", "turned off")


@pytest.mark.parametrize(("seconds", "colour"), [(300, "red"), (-300, "red"), (30, "green")])
def test_clock_against_the_main_apps(
    seconds: int, colour: str, healthy: SandboxServer, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in's Date header is written by wsgiref, in this process."""
    true = wsgiref.handlers.format_date_time
    monkeypatch.setattr(wsgiref.handlers, "format_date_time", lambda moment: true(moment + seconds))

    assert line("clock")[0] == colour


def test_api_key_red_when_the_main_app_has_another(healthy: SandboxServer, line: Line) -> None:
    healthy.app.api_key = "f" * 64

    state, what, repair = line("connector API key")

    assert (state, what) == ("red", "refused by the main app")
    assert "CONNECTOR_API_KEY" in repair


def test_api_key_yellow_while_the_main_app_takes_an_older_one(
    healthy: SandboxServer, line: Line, settings: Settings
) -> None:
    settings.CONNECTOR_API_KEY_FALLBACKS = [settings.CONNECTOR_API_KEY]
    settings.CONNECTOR_API_KEY = "f" * 64
    assert line("connector API key")[:2] == ("yellow", "the main app takes an older one")

    healthy.app.api_key = "f" * 64

    told = ("green", "accepted by the main app; CONNECTOR_API_KEY_FALLBACKS may go", "")
    assert line("connector API key") == told


def test_api_key_red_when_the_main_app_has_none(healthy: SandboxServer, line: Line) -> None:
    healthy.app.api_key = ""

    assert line("connector API key")[:2] == ("red", "the main app has none")


def sign_in(client: Application, status: str) -> None:
    AuthorizationRequest.objects.create(
        application=client, redirect_uri="https://x", status=status, expires_at=timezone.now()
    )


def test_hmac_secret_yellow_when_nobody_comes_back(healthy: SandboxServer, client: Application, line: Line) -> None:
    for _ in range(5):
        sign_in(client, "pending")

    state, what, repair = line("HMAC secret")

    assert (state, what) == ("yellow", "none of 5 sign-ins of the last 24 h came back")
    assert "HMAC_SHARED_SECRET" in repair
    sign_in(client, "connected")
    assert line("HMAC secret")[:2] == ("green", "1 sign-ins came back in the last 24 h")


def test_public_url_yellow_when_nobody_answers(healthy: SandboxServer, settings: Settings, line: Line) -> None:
    settings.CONNECTOR_PUBLIC_URL = "http://127.0.0.1:9"

    assert line("public URL")[:2] == ("yellow", "http://127.0.0.1:9: no answer (connection refused)")


def test_public_url_red_when_something_else_answers(healthy: SandboxServer, settings: Settings, line: Line) -> None:
    settings.CONNECTOR_PUBLIC_URL = healthy.url

    state, what, _repair = line("public URL")

    assert (state, what) == ("red", f"{healthy.url}: something else answers there (404)")


def test_public_url_red_with_a_path(healthy: SandboxServer, settings: Settings, line: Line) -> None:
    settings.CONNECTOR_PUBLIC_URL += "/connector"

    assert line("public URL")[0] == "red"


def test_public_url_yellow_in_the_middle_of_an_upgrade(
    healthy: SandboxServer, settings: Settings, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = settings.VERSION
    monkeypatch.setattr(doctor, "settings", _With(settings, VERSION="9.9.9"))

    state, what, _repair = line("public URL")

    assert (state, what.partition(": ")[2]) == ("yellow", f"version {running} answers, this is 9.9.9")


class _With:
    """Settings with one value changed for the doctor only: the service it asks runs in this process too."""

    def __init__(self, settings: Settings, **changed: str) -> None:
        self._settings, self._changed = settings, changed

    def __getattr__(self, name: str) -> Any:
        return self._changed[name] if name in self._changed else getattr(self._settings, name)


def test_clients_red_without_any(connector: Connector, line: Line) -> None:
    assert line("clients") == (
        "red", "none", "Run: manage.py gpt_client --gpt-id g-…, or manage.py mcp_client --help",
    )  # fmt: skip


def test_clients_of_the_mcp_door_alone_are_enough(connector: Connector, manage: Manage, line: Line) -> None:
    made = manage("mcp_client", "create", "Claude", "--for", "claude", "--json").json["client_id"]
    assert line("clients") == ("green", f"{made} (mcp)", "")

    manage("mcp_client", "disable", made)

    assert line("clients")[:2] == ("red", "none")


@pytest.mark.parametrize(("days_ago", "state"), [(6.9, "yellow"), (7.1, "red")])
def test_clients_whose_own_document_is_not_read_any_more(
    healthy: SandboxServer, line: Line, days_ago: float, state: str
) -> None:
    stale = timezone.now() - timedelta(days=days_ago)
    client = Application.objects.create(
        client_id="https://claude.ai/oauth/c",
        name="Claude",
        door=Application.Door.MCP,
        registration_source=Application.RegistrationSource.CIMD,
        redirect_uris="https://claude.ai/api/mcp/auth_callback",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        cimd_expires_at=stale,
    )
    assert line("clients")[0] == "green"
    Application.objects.update(document_failed_at=stale + timedelta(hours=1), document_problem="it answered 503")

    told, what, repair = line("clients")

    assert (told, what) == (state, "document not read: https://claude.ai/oauth/c (it answered 503)")
    assert "vendor" in repair
    Application.objects.filter(pk=client.pk).update(cimd_expires_at=timezone.now() + timedelta(hours=1))
    assert line("clients")[0] == "green"


def test_mcp_door_green_when_a_client_finds_its_way(healthy: SandboxServer, settings: Settings, line: Line) -> None:
    assert line("MCP door") == ("green", settings.MCP_URL, "")


def test_mcp_door_red_when_the_way_is_broken(
    healthy: SandboxServer, connector: Connector, settings: Settings, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that passes /mcp on and keeps /.well-known/ to itself, and one that changes the address."""
    monkeypatch.setattr(doctor, "protected_resource_url", lambda: f"{connector.url}/health")
    state, what, repair = line("MCP door")
    assert (state, what.count("is not about it")) == ("red", 1)
    assert "/.well-known/" in repair
    monkeypatch.undo()

    settings.MCP_URL = healthy.url
    state, what, _repair = line("MCP door")

    assert state == "red"
    assert f"{healthy.url} does not ask for a sign-in" in what


def test_mcp_door_yellow_when_nobody_answers(healthy: SandboxServer, settings: Settings, line: Line) -> None:
    settings.CONNECTOR_PUBLIC_URL = "http://127.0.0.1:9"

    assert line("MCP door")[0] == "yellow"


def test_clients_red_without_a_callback(healthy: SandboxServer, line: Line) -> None:
    Application.objects.update(redirect_uris=" ")

    assert line("clients")[:2] == ("red", "no callback address: meo-gpt")


def test_clients_yellow_when_the_one_of_the_settings_is_not_there(
    healthy: SandboxServer, settings: Settings, line: Line
) -> None:
    settings.OAUTH_CLIENT_ID = "meo-gpt-2"

    assert line("clients")[:2] == ("yellow", "meo-gpt; not meo-gpt-2, which is set")


def test_key_ring_red_without_the_key_of_a_token(healthy: SandboxServer, settings: Settings, line: Line) -> None:
    settings.ENCRYPTION_KEYS = [b"n" * 32]

    assert line("key ring") == (
        "red", "1 of 1 tokens can't be opened", "Put the missing key back into ENCRYPTION_KEY.",
    )  # fmt: skip


def test_key_ring_yellow_with_tokens_under_an_older_key(
    healthy: SandboxServer, settings: Settings, manage: Manage, line: Line
) -> None:
    settings.ENCRYPTION_KEYS = [b"n" * 32, *settings.ENCRYPTION_KEYS]

    assert line("key ring")[:2] == ("yellow", "1 of 1 tokens under an older key")
    manage("rotate_encryption_key")
    assert line("key ring")[:2] == ("green", "all 1 stored tokens open")


def test_revocations_yellow_then_red(healthy: SandboxServer, connected: Connect, line: Line) -> None:
    connections.end(connected("mai").row.pk, Connection.EndReason.OPS, revoke_now=False)

    assert line("revocations")[:2] == ("yellow", "1 wait, the oldest for 0.0 h (not tried yet)")
    PendingRevocation.objects.update(created_at=timezone.now() - timedelta(hours=25), last_error="Maintenance")
    assert line("revocations")[:2] == ("red", "1 wait, the oldest for 25.0 h (Maintenance)")


def test_last_prune_yellow_when_it_is_long_ago(healthy: SandboxServer, line: Line) -> None:
    cache.set(LAST_PRUNE, (timezone.now() - timedelta(hours=30)).isoformat(), None)

    assert line("last prune")[:2] == ("yellow", "30 h ago")


def test_every_line_that_is_not_green_says_what_to_do(connector: Connector, manage: Manage) -> None:
    findings = manage("doctor", "--json").json["findings"]

    assert [one for one in findings if one["state"] == State.RED]
    assert [one["name"] for one in findings if one["state"] != State.GREEN and not one["repair"]] == []


def test_file_conversion_says_what_holds(healthy: SandboxServer, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    if not seal.why_not_sealed():
        assert line("file conversion") == ("green", "seccomp filter, hidden memory", "")
    monkeypatch.setattr(seal, "_machine", lambda: "vax")

    colour, what, repair = line("file conversion")

    assert (colour, what) == ("yellow", "the converter may reach other processes: no filter is written for vax")
    assert "seccomp" in repair


def test_the_defaults_leave_half_of_what_postgresql_ships_with(settings: Settings) -> None:
    threads = settings.WEB_THREADS + doctor.OTHER_THREADS
    assert settings.WEB_CONCURRENCY * threads + doctor.FOR_COMMANDS <= 50


@pytest.mark.parametrize(
    ("processes", "threads", "colour"), [(2, 15, "green"), (4, 15, "yellow"), (8, 15, "red"), (2, 45, "red")]
)
def test_database_connections_against_what_postgresql_gives(
    processes: int, threads: int, colour: str, healthy: SandboxServer, line: Line, settings: Settings
) -> None:
    if db.vendor != "postgresql":
        assert line("database connections")[0] == "green"
        return
    with db.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        if cursor.fetchone() != ("100",):
            pytest.skip("reckoned for the 100 that PostgreSQL ships with")
    settings.WEB_CONCURRENCY, settings.WEB_THREADS = processes, threads

    state, what, repair = line("database connections")

    assert state == colour
    assert f"{processes * (threads + 5) + 10} at most" in what
    assert "max_connections is 100" in what
    assert ("WEB_CONCURRENCY" in repair) == (colour != "green")


def test_a_setting_for_a_pooler_that_is_not_there(healthy: SandboxServer, line: Line, settings: Settings) -> None:
    """With one: `python -m devtools.walks --only hosts`."""
    if db.vendor != "postgresql":
        assert line("database connections")[0] == "green"
        return
    settings.DATABASE_POOLED = True

    state, what, repair = line("database connections")

    assert state == "yellow"
    assert "no pooler" in what
    assert "DATABASE_POOLED" in repair
