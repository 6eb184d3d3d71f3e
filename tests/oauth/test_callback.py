"""GET /oauth/callback: the end of a sign-in, whatever comes back (design.md, step 4; main-app.md §5)."""

import uuid
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.conf import settings
from pytest_django import Settings

from oauthbridge.models import (
    Application,
    AuthorizationRequest,
    Connection,
    Grant,
    User,
)
from sandbox.server import SandboxServer
from tests.oauth.pages import is_page
from tests.oauth.sign_ins import how_it_ended, nobody_connected
from tests.playing import ClientApp, Person, queries

OpenBrowser = Callable[..., Person]
Travel = Callable[..., None]


class TestTheGoodWay:
    def test_the_client_gets_a_code_its_state_and_the_issuer(self, client_app: ClientApp, person: OpenBrowser) -> None:
        told = person().sign_in_to(client_app, state="xyz ü".replace("ü", "u"))

        assert set(told) == {"code", "state", "iss"}
        assert (told["state"], told["iss"]) == ("xyz u", client_app.connector.url)
        assert len(told["code"]) >= 22

    def test_the_connection_holds_the_persons_main_app_token(self, client_app: ClientApp, person: OpenBrowser) -> None:
        emma = person()

        emma.sign_in_to(client_app)

        connection = Connection.objects.get()
        assert [connection.open_token().reveal()] == emma.main_app_tokens
        assert connection.user.main_app_user_id == emma.account.id
        assert (connection.status, connection.application.client_id) == ("active", "meo-gpt")
        row = AuthorizationRequest.objects.get()
        assert (row.status, row.connection, row.state, row.code_challenge) == ("connected", connection, "", "")

    def test_nobody_is_logged_in_to_django(self, client_app: ClientApp, person: OpenBrowser) -> None:
        emma = person()

        emma.sign_in_to(client_app)

        assert settings.SESSION_COOKIE_NAME not in emma.browser.cookies
        user = User.objects.get()
        assert (user.is_staff, user.is_superuser, user.has_usable_password(), user.username) == (
            False,
            False,
            False,
            None,
        )

    def test_the_redirect_is_kept_nowhere(self, client_app: ClientApp, person: OpenBrowser) -> None:
        emma = person()

        response = emma.open(emma.agree(emma.begin(client_app)))

        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"

    @pytest.mark.parametrize(("key", "language"), [("mai", "vi"), ("olga", "ru"), ("taras", "uk"), ("emma", "en")])
    def test_the_language_is_the_one_chosen_in_the_main_app(
        self, client_app: ClientApp, person: OpenBrowser, key: str, language: str
    ) -> None:
        person(key, **{"Accept-Language": "uk"}).sign_in_to(client_app)

        assert Connection.objects.get().language == language

    @pytest.mark.parametrize("key", ["uma", "bana"])
    def test_unverified_and_banned_people_connect_too(
        self, client_app: ClientApp, person: OpenBrowser, key: str
    ) -> None:
        assert person(key).connect(client_app)["token_type"] == "Bearer"

    def test_the_same_person_is_one_user(self, client_app: ClientApp, person: OpenBrowser) -> None:
        person().sign_in_to(client_app)
        person().sign_in_to(client_app)

        assert User.objects.count() == 1

    def test_codes_in_upper_case_are_the_same_codes(self, client_app: ClientApp, person: OpenBrowser) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        emma.open(callback)
        told = queries(callback)

        again = emma.open(
            f"{client_app.connector.url}/oauth/callback?{urlencode(told | {'code': told['code'].upper()})}"
        )

        assert is_page(again, "already_connected")


def test_a_cookie_of_an_older_sign_in_of_the_same_browser_is_right(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()
    first, second = emma.begin(client_app), emma.begin(client_app)

    assert emma.open(emma.agree(first)).status_code == 302
    assert emma.open(emma.agree(second)).status_code == 302


class TestTooLate:
    def test_after_ten_minutes_there_is_a_page_and_the_token_is_revoked(
        self, client_app: ClientApp, person: OpenBrowser, travel: Travel
    ) -> None:
        emma = person()
        consent = emma.begin(client_app)
        travel(minutes=9)
        callback = emma.agree(consent)
        travel(minutes=1, seconds=1)

        response = emma.open(callback)

        assert is_page(response, "expired")
        assert nobody_connected()
        assert (emma.main_app_tokens, how_it_ended()) == ([], "expired")

    def test_just_before_it_works(self, client_app: ClientApp, person: OpenBrowser, travel: Travel) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        travel(minutes=9, seconds=50)

        assert emma.open(callback).status_code == 302

    def test_a_code_that_the_main_app_has_forgotten_is_refused(
        self, client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer
    ) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        sandbox.world.travel(minutes=6)

        assert is_page(emma.open(callback), "refused")

        assert (nobody_connected(), how_it_ended()) == (True, "refused")


class TestTwice:
    def test_reloading_says_that_it_is_done_and_gives_no_second_code(
        self, client_app: ClientApp, person: OpenBrowser
    ) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        code = queries(emma.open(callback).headers["Location"])["code"]

        assert is_page(emma.open(callback), "already_connected")

        assert (Connection.objects.count(), Grant.objects.count()) == (1, 1)
        assert client_app.exchange(code).status_code == 200

    def test_a_second_code_for_a_spent_sign_in_is_exchanged_only_to_be_revoked(
        self, client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer
    ) -> None:
        emma = person()
        consent = emma.begin(client_app)
        first = emma.agree(consent)
        emma.open(first)
        kept = emma.main_app_tokens
        sandbox.world.travel(minutes=11)  # then the main app lets the same session be confirmed again
        second = emma.agree(consent)
        assert queries(first)["code"] != queries(second)["code"]

        response = emma.open(second)

        assert is_page(response, "already_connected")
        assert emma.main_app_tokens == kept
        assert Connection.objects.count() == 1

    def test_a_code_that_served_another_sign_in_is_refused(self, client_app: ClientApp, person: OpenBrowser) -> None:
        emma = person()
        first = queries(emma.agree(emma.begin(client_app)))
        second = queries(emma.begin(client_app))
        url = f"{client_app.connector.url}/oauth/callback?"
        assert emma.open(url + urlencode(first)).status_code == 302

        response = emma.open(url + urlencode({"session_id": second["session_id"], "code": first["code"]}))

        assert is_page(response, "already_used")
        assert sorted(AuthorizationRequest.objects.values_list("status", flat=True)) == ["code_reused", "connected"]
        assert (Connection.objects.count(), len(emma.main_app_tokens)) == (1, 1)

    def test_after_a_failure_the_same_link_fails_the_same_way(
        self, client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer
    ) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        sandbox.faults.add(outage=True, path="/gpt-auth/exchange")
        assert is_page(emma.open(callback), "main_app_away")
        sandbox.faults.clear()

        assert is_page(emma.open(callback), "main_app_away")

        assert nobody_connected()


class TestNeverSpent:
    @pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "PATCH"])
    def test_other_methods_spend_nothing(self, client_app: ClientApp, person: OpenBrowser, method: str) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))

        assert emma.browser.request(method, callback).status_code == 405

        assert how_it_ended() == "pending"
        assert emma.open(callback).status_code == 302

    @pytest.mark.parametrize(
        "change",
        [
            {"session_id": None},
            {"code": None},
            {"session_id": ""},
            {"code": ""},
            {"session_id": "garbage"},
            {"code": "garbage"},
            {"code": "\x00"},
            {"session_id": "\x00"},
            {"code": "🐱" * 36},
            {"session_id": "x" * 10_000},
            {"code": "{00000000-0000-4000-8000-000000000000}"},
            {"code": "00000000000040008000000000000000"},
            {"session_id": "00000000-0000-4000-8000-000000000000"},
            {"code": "00000000-0000-4000-8000-000000000000\n"},
        ],
    )
    def test_a_broken_link_gets_a_page(
        self, client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer, change: dict[str, str | None]
    ) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        sandbox.requests.clear()
        told = {name: value for name, value in (queries(callback) | change).items() if value is not None}

        response = emma.open(f"{client_app.connector.url}/oauth/callback?{urlencode(told)}")

        assert is_page(response, "bad_link")
        assert len(sandbox.requests) == 0
        assert emma.open(callback).status_code == 302

    @pytest.mark.parametrize("name", ["session_id", "code"])
    def test_a_parameter_twice_gets_a_page(self, client_app: ClientApp, person: OpenBrowser, name: str) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))

        assert is_page(emma.open(f"{callback}&{name}={queries(callback)[name]}"), "bad_link")
        assert is_page(emma.open(f"{callback}&{name}={uuid.uuid4()}"), "bad_link")

        assert emma.open(callback).status_code == 302

    @pytest.mark.parametrize("raw", ["%zz", "session_id=%ff&code=%fe", "&&&", "session_id[]=a", "code"])
    def test_a_broken_query_gets_a_page(self, client_app: ClientApp, raw: str) -> None:
        assert is_page(client_app.connector.get(f"/oauth/callback?{raw}"), "bad_link")


class TestTheClientChangedMeanwhile:
    @pytest.mark.parametrize(
        "change",
        [
            {"redirect_uris": "https://elsewhere.example/cb"},
            {"redirect_uris": ""},
            {"client_type": Application.CLIENT_PUBLIC},
            {"authorization_grant_type": Application.GRANT_CLIENT_CREDENTIALS},
        ],
        ids=str,
    )
    def test_nothing_is_connected_and_the_token_is_revoked(
        self, client_app: ClientApp, person: OpenBrowser, change: dict[str, str]
    ) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        Application.objects.update(**change)

        response = emma.open(callback)

        assert is_page(response, "unknown_client")
        assert nobody_connected()
        assert (emma.main_app_tokens, how_it_ended()) == ([], "client_changed")

    def test_a_client_that_is_gone_makes_it_an_unknown_sign_in(
        self, client_app: ClientApp, person: OpenBrowser
    ) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        Application.objects.all().delete()

        assert is_page(emma.open(callback), "bad_link")


def test_the_way_back_leads_to_the_gpt_that_was_left(
    client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer
) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    sandbox.faults.add(outage=True, path="/gpt-auth/exchange")

    assert 'href="https://chatgpt.com/g/g-meo123"' in emma.open(callback).text


def test_asking_too_often_spends_nothing(client_app: ClientApp, person: OpenBrowser, settings: Settings) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    settings.AUTHORIZE_LIMIT_PER_MINUTE = 2
    for _ in range(2):
        emma.open(f"{client_app.connector.url}/oauth/callback")

    assert is_page(emma.open(callback), "too_many")

    settings.AUTHORIZE_LIMIT_PER_MINUTE = 100
    assert emma.open(callback).status_code == 302
