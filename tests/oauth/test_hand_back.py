"""A callback in another browser than the one that began (Telegram's, an installed app's): it spends nothing and hands back.

Attacks by their source: RFC 10027 (cross-device flows), RFC 9700 §4.7, CVE-2026-27124's kind.
"""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from oauthbridge.models import AuthorizationRequest, Connection, PendingRevocation
from sandbox.server import SandboxServer
from tests.oauth.doors import public_client
from tests.oauth.pages import is_page
from tests.oauth.sign_ins import how_it_ended, nobody_connected
from tests.pages.walking import Page
from tests.playing import NO_TLS, ClientApp, Connector, Person, pkce, queries

pytestmark = pytest.mark.django_db(transaction=True)

OpenBrowser = Callable[..., Person]
TELEGRAM = "https://web.telegram.org"


# What staff find a page's reference by; nothing of a sign-in depends on it.
NOTES = ("reference", "earlier_reference", "problem")


def stored() -> list[dict[str, Any]]:
    fields = [of.attname for of in AuthorizationRequest._meta.concrete_fields if of.attname not in NOTES]
    return [dict(row) for row in AuthorizationRequest.objects.order_by("pk").values(*fields)]


def is_handed_back(response: httpx.Response) -> bool:
    assert (response.status_code, response.headers.get("Location")) == (200, None), response.text[:300]
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    return "Almost done: go on where you began" in response.text


def elsewhere(url: str) -> httpx.Response:
    """Somebody's browser without a cookie of ours."""
    return httpx.get(url, trust_env=False, verify=NO_TLS)


def disown(page: httpx.Response, connector: Connector, **changes: str) -> httpx.Response:
    """Press "I did not begin this"."""
    fields = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page.text))
    assert set(fields) == {"session_id", "code", "token"}
    headers = {"Origin": changes.pop("origin", connector.url)}
    return httpx.post(
        f"{connector.url}/oauth/hand-back", data=fields | changes, headers=headers, trust_env=False, verify=NO_TLS
    )


@pytest.fixture
def callback(client_app: ClientApp, person: OpenBrowser) -> tuple[Person, str]:
    emma = person()
    return emma, emma.agree(emma.begin(client_app))


def test_it_spends_nothing_and_the_sign_in_ends_where_it_began(
    client_app: ClientApp, callback: tuple[Person, str], sandbox: SandboxServer
) -> None:
    emma, url = callback
    before = stored()

    for _ in range(3):
        assert is_handed_back(elsewhere(url))

    assert stored() == before
    assert nobody_connected()
    assert sandbox.requests.of("POST", "/api/gpt-auth/exchange") == []
    finished = emma.open(url)
    assert finished.status_code == 302
    assert client_app.exchange(queries(finished.headers["Location"])["code"]).status_code == 200


def test_the_page_says_who_asks_when_it_began_and_what_to_do(
    connector: Connector, callback: tuple[Person, str]
) -> None:
    _emma, url = callback

    page = elsewhere(url)

    text = " ".join(Page(page.text).text.split())
    assert "Meo Mai Moi GPT asked to be connected to Meo Mai Moi" in text or "asked to be connected" in text
    assert "second" in text
    assert Page(page.text).all("code")
    assert url in text
    assert "I did not begin this" in text
    assert "Send this address to nobody" in text


def test_only_telegram_may_frame_it(callback: tuple[Person, str], connector: Connector) -> None:
    _emma, url = callback
    page = elsewhere(url)

    for response in (page, disown(page, connector)):
        assert f"frame-ancestors {TELEGRAM}" in response.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in response.headers
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_who_did_not_begin_it_ends_it_and_the_token_is_revoked(
    callback: tuple[Person, str], connector: Connector, sandbox: SandboxServer
) -> None:
    emma, url = callback
    assert len(emma.main_app_tokens) == 1

    answer = disown(elsewhere(url), connector)

    assert answer.status_code == 200
    assert "We have ended it" in answer.text
    assert (emma.main_app_tokens, how_it_ended(), nobody_connected()) == ([], "declined", True)
    assert is_page(emma.open(url), "declined"), "replayed where it began"
    assert is_page(elsewhere(url), "declined"), "and elsewhere"


def test_while_the_main_app_cannot_revoke_it_waits(
    callback: tuple[Person, str], connector: Connector, sandbox: SandboxServer
) -> None:
    emma, url = callback
    sandbox.faults.add(outage=True, path="/gpt-auth/revoke")

    assert disown(elsewhere(url), connector).status_code == 200

    assert [PendingRevocation.objects.get().open_token().reveal()] == emma.main_app_tokens


class TestAttacks:
    def test_a_replayed_address_after_the_end_gives_nothing(
        self, client_app: ClientApp, callback: tuple[Person, str]
    ) -> None:
        emma, url = callback
        assert emma.open(url).status_code == 302

        assert is_page(elsewhere(url), "already_connected")
        assert is_page(emma.open(url), "already_connected")
        assert Connection.objects.count() == 1

    def test_an_address_kept_until_it_has_expired_gives_nothing(
        self, callback: tuple[Person, str], travel: Callable[..., None], connector: Connector
    ) -> None:
        emma, url = callback
        page = elsewhere(url)
        before = stored()
        travel(minutes=11)

        assert is_page(elsewhere(url), "expired")
        assert stored() == before, "not even that it has expired is written down"
        assert is_page(disown(page, connector), "expired")
        assert is_page(emma.open(url), "expired")
        assert emma.main_app_tokens == []

    def test_after_a_no_on_our_own_page_it_gives_nothing_anywhere(
        self, connector: Connector, person: OpenBrowser
    ) -> None:
        """RFC 10027: who declined where it began has ended it for whoever holds the address."""
        app, emma = public_client(connector), person()
        _verifier, challenge = pkce()
        page = emma.open(app.authorize_url(code_challenge=challenge, code_challenge_method="S256")).text
        url = emma.agree(emma.answer(page).headers["Location"])
        assert emma.answer(page, answer="cancel").status_code == 303
        before = stored()

        assert is_page(elsewhere(url), "declined")
        assert stored() == before
        assert is_page(emma.open(url), "declined")
        assert nobody_connected()

    def test_of_the_page_of_ones_connections_it_shows_nobody_anything(
        self, connector: Connector, person: OpenBrowser
    ) -> None:
        """The sign-in that only says who somebody is: elsewhere it is handed back as any other."""
        emma = person()
        began = emma.browser.post(
            f"{connector.url}/connections", data={"do": "sign_in"}, headers={"Origin": connector.url}
        )
        url = emma.agree(str(began.headers["Location"]))
        before = stored()

        assert is_handed_back(elsewhere(url))
        assert stored() == before

    def test_in_the_browser_of_somebody_who_began_another_one_it_is_no_use(
        self, client_app: ClientApp, person: OpenBrowser, callback: tuple[Person, str]
    ) -> None:
        """An attacker with a sign-in of their own under way opens the victim's address."""
        _emma, url = callback
        attacker = person("noah")
        attacker.begin(client_app)
        before = stored()

        assert is_handed_back(attacker.open(url))

        assert stored() == before
        assert nobody_connected()

    def test_what_a_victim_confirmed_is_not_finished_without_the_attackers_browser(
        self, client_app: ClientApp, person: OpenBrowser
    ) -> None:
        """CVE-2026-27124's kind: the attacker begins, the victim confirms. The victim's browser ends nothing; sending the
        address on is what the page warns of."""
        attacker, victim = person("noah"), person()
        url = victim.agree(attacker.begin(client_app))

        assert is_handed_back(victim.open(url))
        assert nobody_connected()

    @pytest.mark.parametrize(
        "changes",
        [
            {"token": ""},
            {"token": "0" * 64},
            {"token": "é"},
            {"code": "00000000-0000-4000-8000-000000000000"},
            {"session_id": "00000000-0000-4000-8000-000000000000"},
            {"session_id": "x"},
            {"origin": "https://evil.example"},
        ],
        ids=str,
    )
    def test_a_forged_refusal_ends_nothing(
        self, callback: tuple[Person, str], connector: Connector, changes: dict[str, str]
    ) -> None:
        emma, url = callback

        assert disown(elsewhere(url), connector, **changes).status_code == 400

        assert how_it_ended() == "pending"
        assert len(emma.main_app_tokens) == 1
        assert emma.open(url).status_code == 302

    def test_a_made_up_code_ends_nothing(self, callback: tuple[Person, str], connector: Connector) -> None:
        """The page can be had for any code; the main app must take it before anything ends."""
        emma, url = callback
        invented = url.replace(queries(url)["code"], "12345678-1234-4123-8123-123456789012")

        assert is_page(disown(elsewhere(invented), connector), "refused")

        assert how_it_ended() == "pending"
        assert emma.open(url).status_code == 302

    def test_while_the_main_app_is_away_nothing_ends(
        self, callback: tuple[Person, str], connector: Connector, sandbox: SandboxServer
    ) -> None:
        emma, url = callback
        page = elsewhere(url)
        sandbox.faults.add(outage=True, path="/gpt-auth/exchange")

        assert is_page(disown(page, connector), "main_app_away")
        sandbox.faults.clear()

        assert emma.open(url).status_code == 302

    def test_a_forged_secret_key_of_before_counts_while_it_is_named(
        self, callback: tuple[Person, str], connector: Connector, settings: Settings
    ) -> None:
        _emma, url = callback
        page = elsewhere(url)
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, []
        assert disown(page, connector).status_code == 400

    def test_head_and_post_on_the_callback_do_nothing(self, callback: tuple[Person, str]) -> None:
        _emma, url = callback
        before = stored()

        for method in ("HEAD", "POST", "PUT"):
            assert httpx.request(method, url, trust_env=False, verify=NO_TLS).status_code == 405

        assert stored() == before
