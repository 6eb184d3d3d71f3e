"""A sign-in that a chat of ours asks for: no token of ours leaves the house, and the main app's is held until the person confirms.

Attacks by their source: RFC 10027 (cross-device flows), RFC 9700 §4.7.
"""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mainapp import bridge
from mainapp.secret import Secret
from oauthbridge import connections, consent, retention, revocation
from oauthbridge.models import Application, AuthorizationRequest, Connection, PendingRevocation, User
from sandbox.server import SandboxServer
from tests.oauth.pages import is_page
from tests.oauth.sign_ins import how_it_ended, nobody_connected
from tests.playing import NO_TLS, Connector, Person, queries

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Person]
LAST_PAGE = "https://connector.example/zalo/last"


@pytest.fixture
def zalo() -> Application:
    client: Application = Application.objects.create(
        client_id="zalo",
        name="Zalo",
        door=Application.Door.ZALO,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    )
    return client


def begin(zalo: Application, somebody: Person) -> str:
    """What our first page does; the address of the main app's."""
    browser_id = consent.new_browser_id()
    somebody.browser.cookies.set("meo_browser", browser_id, domain="127.0.0.1", path="/")
    return bridge.consent_url(str(consent.begin_in_chat(zalo, LAST_PAGE, browser_id).pk))


def come_back(zalo: Application, somebody: Person) -> AuthorizationRequest:
    """As far as the last page."""
    back = somebody.open(somebody.agree(begin(zalo, somebody)))
    assert (back.status_code, back.headers["Cache-Control"]) == (302, "no-store")
    page, _question, _query = back.headers["Location"].partition("?")
    assert page == LAST_PAGE
    return consent.held(queries(back.headers["Location"])["sign_in"], somebody.browser.cookies["meo_browser"])


def keep(row: AuthorizationRequest) -> Connection:
    return consent.keep_held(row, consent.whose(row), lambda _connection: None)


def test_it_is_held_until_the_person_confirms(zalo: Application, person: Open) -> None:
    mai = person("mai")

    row = come_back(zalo, mai)

    assert how_it_ended() == "held"
    assert nobody_connected()
    assert len(mai.main_app_tokens) == 1
    assert PendingRevocation.objects.get().pk == row.pk
    account = consent.whose(row)
    assert (account.id, account.name) == (mai.account.id, mai.account.name)

    connection = keep(row)

    assert how_it_ended() == "connected"
    assert connection.user.main_app_user_id == mai.account.id
    assert connection.language == mai.account.locale
    assert connection.open_token().reveal() in mai.main_app_tokens
    assert not PendingRevocation.objects.exists()


def test_what_can_not_be_bound_is_not_connected(zalo: Application, person: Open) -> None:
    mai = person("mai")
    row = come_back(zalo, mai)

    def bind(_connection: Connection) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        consent.keep_held(row, consent.whose(row), bind)

    assert nobody_connected()
    assert how_it_ended() == "held"
    assert PendingRevocation.objects.count() == 1


def test_who_says_no_leaves_no_token_alive(zalo: Application, person: Open) -> None:
    mai = person("mai")
    row = come_back(zalo, mai)

    consent.let_go(row)

    assert mai.main_app_tokens == []
    assert how_it_ended() == "declined"
    assert not PendingRevocation.objects.exists()
    with pytest.raises(consent.SignInFailed):
        keep(row)
    assert nobody_connected()


def test_who_says_nothing_leaves_no_token_alive(zalo: Application, person: Open, travel: Callable[..., None]) -> None:
    mai = person("mai")
    row = come_back(zalo, mai)
    account = consent.whose(row)

    travel(minutes=10, seconds=1)
    with pytest.raises(consent.SignInFailed) as late:
        consent.keep_held(row, account, lambda _connection: None)
    assert late.value.status == "expired"
    assert revocation.due() == [], "nobody revokes what somebody may just be confirming"
    travel(minutes=2)

    assert [attempt.done for attempt in revocation.retry(revocation.due())] == [True]
    assert mai.main_app_tokens == []
    assert nobody_connected()


def test_it_confirms_once(zalo: Application, person: Open) -> None:
    row = come_back(zalo, person("mai"))
    account = consent.whose(row)
    keep(row)

    with pytest.raises(consent.SignInFailed) as again:
        consent.keep_held(row, account, lambda _connection: None)

    assert again.value.status == "connected"
    assert Connection.objects.count() == 1


def test_the_callback_opened_again_leads_to_the_question(zalo: Application, person: Open) -> None:
    mai = person("mai")
    callback = mai.agree(begin(zalo, mai))
    first, again = mai.open(callback), mai.open(callback)

    assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert len(mai.main_app_tokens) == 1


def test_no_page_speaks_of_chatgpt(zalo: Application, person: Open) -> None:
    mai = person("mai")
    callback = mai.agree(begin(zalo, mai))
    AuthorizationRequest.objects.update(status="expired")

    page = mai.open(callback)

    assert is_page(page, "expired")
    assert "write “connect” there" in page.text
    assert "ChatGPT" not in page.text


class TestAttacks:
    def test_rfc10027_confirmed_in_another_browser_it_is_handed_back(
        self, zalo: Application, person: Open, sandbox: SandboxServer
    ) -> None:
        """Somebody sends a victim the main app's page of his own sign-in."""
        mallory, victim = person("noah"), person("mai")
        callback = victim.agree(begin(zalo, mallory))

        page = victim.open(callback)

        assert "Almost done: go on where you began" in page.text
        assert "Zalo" in page.text
        assert how_it_ended() == "pending"
        assert sandbox.requests.of("POST", "/api/gpt-auth/exchange") == []

    def test_another_browser_is_not_asked_the_last_question(self, zalo: Application, person: Open) -> None:
        row = come_back(zalo, person("mai"))

        for browser_id, status in ((consent.new_browser_id(), "wrong_browser"), (None, "wrong_browser")):
            with pytest.raises(consent.SignInFailed) as refused:
                consent.held(str(row.pk), browser_id)
            assert refused.value.status == status
        assert how_it_ended() == "held"

    def test_rfc9700_4_7_a_sign_in_of_an_app_is_none_of_a_chat(
        self, zalo: Application, person: Open, connector: Connector
    ) -> None:
        browser_id = consent.new_browser_id()
        own = consent.begin_identification(browser_id)

        for number in (str(own.pk), "nothing"):
            with pytest.raises(consent.SignInFailed) as refused:
                consent.held(number, browser_id)
            assert refused.value.status is None

    def test_the_chat_is_no_client_of_oauth(self, zalo: Application, connector: Connector) -> None:
        asked = "response_type=code&client_id=zalo&redirect_uri=https://evil.example/"
        assert connector.get(f"/oauth/authorize?{asked}").status_code == 400
        for secret in ({}, {"client_secret": ""}):
            form = {"grant_type": "authorization_code", "code": "x", "client_id": "zalo", **secret}
            response = httpx.post(f"{connector.url}/oauth/token", data=form, trust_env=False, verify=NO_TLS)
            assert response.status_code == 401, response.text

    def test_no_command_makes_it_one(self, zalo: Application) -> None:
        with pytest.raises(CommandError, match="chat's own"):
            call_command("gpt_client", "--client-id", "zalo", "--gpt-id", "g-1")
        with pytest.raises(CommandError):
            call_command("mcp_client", "update", "zalo", "--redirect-uri", "https://evil.example/")


def connected(zalo: Application, **changes: object) -> Connection:
    row = Connection(user=User.objects.person(7), application=zalo, expires_at=timezone.now() + timedelta(days=365))
    row.seal_token(Secret("1|token"))
    row.save()
    Connection.objects.filter(pk=row.pk).update(**changes)
    return row


def test_a_chat_without_tokens_of_ours_is_no_unused_connection(zalo: Application, db: None) -> None:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    connected(zalo, created_at=an_hour_ago, last_used_at=an_hour_ago)

    assert list(retention.stale_connections(timezone.now())) == []
    assert sum(retention.end_not_redeemed(timezone.now())) == 0


def test_a_chat_in_which_nobody_writes_for_long_ends(zalo: Application, sandbox: SandboxServer, db: None) -> None:
    long_ago = timezone.now() - timedelta(days=91)
    row = connected(zalo, created_at=long_ago, last_used_at=long_ago)

    assert sum(retention.end_stale(timezone.now())) == 1

    row.refresh_from_db()
    assert row.end_reason == "idle"
    assert not connections.end(row.pk, Connection.EndReason.STAFF)
