"""`GET /metrics`: off, locked, and what it counts (over several processes: test_in_production)."""

import platform
import time
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from oauthbridge import connections
from oauthbridge.models import Connection
from sandbox.server import SandboxServer
from tests.oauth.storage import without_table
from tests.ops.conftest import Connected
from tests.playing import ClientApp, Person
from tests.production import complete_environment, refusals

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "mt_9f2c7b1e64d80a35c1f7e29b08d46a5392e1b7c0"


@pytest.fixture
def scrape(settings: Settings) -> Callable[[], dict[str, float]]:
    """Every sample now, by name and labels."""
    settings.METRICS_TOKEN = TOKEN

    def ask() -> dict[str, float]:
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            one.name + "".join(f" {name}={value}" for name, value in sorted(one.labels.items())): one.value
            for family in text_string_to_metric_families(answer.content.decode())
            for one in family.samples
        }

    return ask


Scrape = Callable[[], dict[str, float]]


def grown(before: dict[str, float], after: dict[str, float], name: str) -> float:
    return after.get(name, 0) - before.get(name, 0)


def test_without_a_token_in_the_settings_it_is_not_there(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"bearer  {TOKEN}", "Bearer ü"],
)
def test_it_is_locked(given: str, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN

    answer = Client().get("/metrics", headers={"Authorization": given} if given else {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert answer.content == b""


@pytest.mark.parametrize("weak", ["letmein", "a" * 64, "0123456789" * 4])
def test_production_refuses_a_token_that_could_be_guessed(weak: str) -> None:
    (told,) = refusals(**complete_environment(), METRICS_TOKEN=weak)

    assert told.startswith("Set METRICS_TOKEN")
    assert weak not in told


def test_it_is_never_kept_on_the_way(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN

    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.headers["Cache-Control"] == "no-store"


def test_how_sign_ins_end(client_app: ClientApp, person: Callable[..., Person], scrape: Scrape) -> None:
    before = scrape()
    victim = person("emma")
    callback = victim.agree(victim.begin(client_app))

    person("mai").open(callback)
    person("mai").sign_in_to(client_app)
    after = scrape()

    assert grown(before, after, "meo_sign_ins_total outcome=began") == 2
    assert grown(before, after, "meo_sign_ins_total outcome=handed_back") == 1
    assert grown(before, after, "meo_sign_ins_total outcome=connected") == 1


def test_how_the_main_app_fails(sandbox: SandboxServer, connected: Callable[..., Connected], scrape: Scrape) -> None:
    made = connected("mai")
    sandbox.faults.outage = True
    before = scrape()

    answer = Client().get("/pet-types", headers={"Authorization": f"Bearer {made.access_token}"})
    after = scrape()

    assert answer.status_code >= 500
    failures = [
        name for name in after if "outcome=Maintenance" in name and grown(before, after, name) and "main_app" in name
    ]
    assert len(failures) == 1
    assert "route=GET /" in failures[0]


def test_what_waits_and_what_lives(connected: Callable[..., Connected], scrape: Scrape) -> None:
    connected("mai")
    connections.end(connected("emma").row.pk, Connection.EndReason.OPS, revoke_now=False)

    told = scrape()

    assert told["meo_connections_active client=meo-gpt door=actions"] == 1
    assert told["meo_revocations_waiting"] == 1
    assert 0 < told["meo_revocations_oldest_seconds"] < 60


def test_without_the_database_the_counters_are_still_told(scrape: Scrape) -> None:
    from oauthbridge.models import PendingRevocation

    with without_table(PendingRevocation):
        told = scrape()

    assert "meo_main_app_calls_under_way" in told
    assert "meo_revocations_waiting" not in told


def test_a_stranger_makes_no_new_label(scrape: Scrape) -> None:
    def names() -> set[str]:
        # The addresses of these requests themselves, and the scrape's own.
        return {name for name in scrape() if "/metrics" not in name}

    Client().get("/no-such-thing-0")
    Client().get("/pets/1")
    before = names()
    for number in range(20):
        Client().get(f"/no-such-thing-{number}")
        Client().get(f"/pets/{number + 1}", headers={"X-Request-ID": f"request-{number}"})

    assert names() == before


def test_it_tells_of_threads_requests_the_build_and_maintenance(scrape: Scrape) -> None:
    call_command("prune", json=True, stdout=StringIO())
    before = scrape()
    Client().get("/privacy")
    Client().get("/pets")
    after = scrape()

    # Who asks has a thread.
    assert (after["meo_http_threads_busy"], after["meo_http_queue"]) == (1, 0)
    assert grown(before, after, "meo_http_seconds_count endpoint=/privacy") == 1
    assert "meo_http_seconds_count endpoint=/pets" not in after
    assert [name for name in after if name.startswith(f"meo_build python={platform.python_version()}")]
    assert abs(time.time() - after["meo_last_maintenance_timestamp_seconds"]) < 60
    if connection.vendor == "postgresql":
        assert after["meo_database_connections state=active"] >= 1
        assert after["meo_database_connections_max"] >= 10
