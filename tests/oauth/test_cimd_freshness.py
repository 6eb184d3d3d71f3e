"""How long a client's document counts: read again when stale, kept for a while when it can't be read."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from oauthbridge.models import Application, Connection
from tests.oauth.documents import CLAUDE, McpApp, Website, described
from tests.playing import Connector, Person

pytestmark = pytest.mark.django_db(transaction=True)

OLD = "https://claude.ai/api/mcp/auth_callback"
NEW = "https://claude.ai/api/mcp/auth_callback_2"
Travel = Callable[..., None]


@pytest.fixture
def site(website: Callable[..., Website]) -> Website:
    return website()


def publish(site: Website, *redirect_uris: str, **headers: str) -> str:
    return site.publish("/oauth/c", CLAUDE | {"redirect_uris": list(redirect_uris)}, **headers)


def test_it_is_read_once_and_again_after_a_day(connector: Connector, site: Website, travel: Travel) -> None:
    app = McpApp(connector, publish(site, OLD), None, OLD)

    assert app.is_known()
    assert app.is_known()
    travel(hours=23)
    assert app.is_known()
    assert site.asked == ["/oauth/c"]
    travel(hours=2)
    assert app.is_known()
    assert site.asked == ["/oauth/c"] * 2


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        *(("max-age=3600", 3600), ("public, max-age=99999999", 86400), ("max-age=0", 300), ("no-store", 300)),
        *(("no-cache, max-age=3600", 300), ("max-age=" + "9" * 5000, None), ("nonsense", 86400)),
    ],
)
def test_it_counts_as_long_as_its_host_says_within_limits(
    connector: Connector, site: Website, cache_control: str, seconds: int | None
) -> None:
    app = McpApp(connector, publish(site, OLD, cache_control=cache_control), None, OLD)

    assert app.is_known() is (seconds is not None)
    if seconds is not None:
        expires = described().cimd_expires_at
        assert expires is not None
        assert abs((expires - timezone.now()).total_seconds() - seconds) < 30


def test_a_redirect_uri_that_was_taken_out_stops_working(connector: Connector, site: Website, travel: Travel) -> None:
    app = McpApp(connector, publish(site, OLD), None, OLD)
    assert app.is_known()

    publish(site, NEW)
    assert app.is_known()
    travel(hours=25)

    assert not app.is_known()
    assert app.is_known(redirect_uri=NEW)


@pytest.mark.parametrize("trouble", ["away", "forged"])
def test_what_was_read_last_is_kept_for_a_week_and_no_longer(
    connector: Connector, site: Website, travel: Travel, trouble: str, person: Callable[..., Person]
) -> None:
    app = McpApp(connector, publish(site, OLD), None, OLD)
    person().sign_in_to(app)
    if trouble == "away":
        site.host.serve("/oauth/c", b"", status=503)
    else:
        site.publish("/oauth/c", CLAUDE | {"client_id": "https://claude.ai/other"})

    assert Application.objects.get().document_fails is False
    travel(days=7, hours=23)
    assert Application.objects.get().document_fails is False, "stale, and nobody has asked"
    assert app.is_known()
    assert app.is_known()
    client = Application.objects.get()
    assert client.document_fails
    assert ("503" if trouble == "away" else "another client_id") in client.document_problem
    assert len(site.asked) == 2, "a failure is remembered"
    travel(hours=2)
    assert not app.is_known()
    # No way out but the document itself.
    cache.clear()
    publish(site, OLD)
    assert app.is_known()
    assert not Application.objects.get().document_fails


def test_tokens_do_not_wait_for_the_clients_web_site(
    connector: Connector, site: Website, travel: Travel, person: Callable[..., Person]
) -> None:
    app = McpApp(connector, publish(site, OLD), None, OLD)
    person().sign_in_to(app)
    travel(days=30)
    site.host.answers["/oauth/c"] = lambda _: time.sleep(3)
    began = time.monotonic()

    answers = [app.exchange("unknown", code_verifier="v" * 43), app.refresh("unknown"), app.revoke("unknown")]

    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert [answer.json()["error"] for answer in answers[:2]] == ["invalid_grant"] * 2
    assert time.monotonic() - began < 2
    assert site.asked == ["/oauth/c"]


def test_who_is_connected_stays_so_while_the_clients_web_site_is_gone(
    connector: Connector, site: Website, travel: Travel, person: Callable[..., Person]
) -> None:
    app = McpApp(connector, publish(site, OLD), None, OLD)
    code = person().sign_in_to(app)["code"]
    tokens = app.exchange(code, code_verifier=app.verifier)
    assert tokens.status_code == 200, tokens.text
    site.host.close()
    travel(days=10)

    answer = app.refresh(tokens.json()["refresh_token"])

    assert answer.status_code == 200, answer.text
    assert not app.is_known()


def test_eight_people_at_once_meet_an_app_for_the_first_time(connector: Connector, site: Website) -> None:
    """Four may fetch at a time; who comes too late may try again. None of them makes a row."""
    client_id = publish(site, OLD)

    def begin(_: int) -> int:
        with Connector(connector.url) as own:
            return McpApp(own, client_id, None, OLD).ask().status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(begin, range(8)))

    assert set(statuses) <= {200, 400}
    assert statuses.count(200) >= 1
    assert McpApp(connector, client_id, None, OLD).is_known()
    assert not Application.objects.exists()


def test_a_host_that_is_listed_no_more_has_no_clients(connector: Connector, site: Website, settings: Settings) -> None:
    app = McpApp(connector, publish(site, OLD), None, OLD)
    assert app.is_known()

    settings.MCP_CLIENT_HOSTS = ["chatgpt.com"]

    assert not app.is_known()
    assert app.refresh("unknown").json()["error"] == "invalid_client"


def test_a_disabled_client_is_not_read_again(
    connector: Connector, site: Website, travel: Travel, person: Callable[..., Person]
) -> None:
    app = McpApp(connector, publish(site, OLD), None, OLD)
    person().sign_in_to(app)
    Application.objects.update(disabled_at=timezone.now())
    travel(days=2)

    assert not app.is_known()
    assert site.asked == ["/oauth/c"]


def test_two_people_at_once_connect_an_app_that_nobody_had(
    connector: Connector, site: Website, person: Callable[..., Person]
) -> None:
    """Only one of them makes the client's row, and both are connected."""
    client_id = publish(site, OLD)
    callbacks = [
        (each := person(key), each.agree(each.begin(McpApp(connector, client_id, None, OLD))))
        for key in ("emma", "noah")
    ]
    assert not Application.objects.exists()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one[0].open(one[1]).status_code, callbacks))

    assert answers == [302, 302]
    assert Connection.objects.filter(application=Application.objects.get(client_id=client_id)).count() == 2
