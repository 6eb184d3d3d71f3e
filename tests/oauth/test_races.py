"""What happens at the same moment: each sign-in ends in its own connection, and nothing works twice."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from oauthbridge.models import AccessToken, AuthorizationRequest, Connection, Grant, RefreshToken, User
from sandbox.server import SandboxServer
from tests.oauth.test_refresh import works
from tests.playing import NO_TLS, ClientApp, Connector, Person, queries

OpenBrowser = Callable[..., Person]

PEOPLE = 100


@pytest.fixture
def crowd(sandbox: SandboxServer, connector: Connector) -> Iterator[list[Person]]:
    for number in range(PEOPLE):
        sandbox.world.add_user(f"p{number}", f"Person {number}", f"p{number}@example.com")
    people = [Person(sandbox, connector, f"p{number}", {"Connection": "close"}) for number in range(PEOPLE)]
    yield people
    for each in people:
        each.browser.close()


def test_a_hundred_sign_ins_at_once_each_end_in_their_own_connection(
    client_app: ClientApp, crowd: list[Person], sandbox: SandboxServer
) -> None:
    def consent(person: Person) -> str:
        asked = queries(person.begin(client_app, state=person.key))
        code = sandbox.world.confirm(person.account, asked["session_id"])
        return f"{client_app.connector.url}/oauth/callback?session_id={asked['session_id']}&code={code}"

    def finish(person: Person, callback: str) -> dict[str, str]:
        told = queries(person.open(callback).headers["Location"])
        form = {
            "grant_type": "authorization_code",
            "code": told["code"],
            "redirect_uri": client_app.redirect_uri,
            **client_app.credentials,
        }
        token = httpx.post(
            f"{client_app.connector.url}/oauth/token", data=form, trust_env=False, timeout=60, verify=NO_TLS
        ).json()
        merged: dict[str, str] = told | token
        return merged

    for person in crowd:
        person.browser.timeout = httpx.Timeout(60)
    with ThreadPoolExecutor(PEOPLE) as pool:
        callbacks = list(pool.map(consent, crowd))
        answers = list(pool.map(finish, crowd, callbacks))

    assert [each["state"] for each in answers] == [person.key for person in crowd]
    for values in ("code", "access_token", "refresh_token"):
        assert len({each[values] for each in answers}) == PEOPLE
    assert Connection.objects.active().count() == User.objects.count() == PEOPLE
    for connection in Connection.objects.select_related("user"):
        owner = sandbox.world.token(connection.open_token().reveal())
        assert owner is not None
        assert owner.user.id == connection.user.main_app_user_id
    by_person = {
        token.connection.user.main_app_user_id: token.token_checksum
        for token in AccessToken.objects.select_related("connection__user")
    }
    assert len(by_person) == PEOPLE
    assert works(client_app, answers[0]["access_token"])


def test_one_callback_twenty_times_at_once_makes_one_connection(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    cookies = {"meo_browser": emma.browser.cookies["meo_browser"]}

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: httpx.get(callback, cookies=cookies, timeout=60, verify=NO_TLS), range(20)))

    codes = [each.headers["Location"] for each in answers if each.status_code == 302]
    assert len(codes) == 1
    assert {each.status_code for each in answers} <= {302, 200, 400}
    assert (Connection.objects.count(), Grant.objects.count()) == (1, 1)
    assert len(emma.main_app_tokens) == 1
    assert AuthorizationRequest.objects.get().status == "connected"


def test_one_code_in_twenty_sign_ins_at_once_serves_one(
    client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer
) -> None:
    emma = person()
    sessions = [queries(emma.begin(client_app))["session_id"] for _ in range(20)]
    code = sandbox.world.confirm(emma.account, sessions[0])
    cookies = {"meo_browser": emma.browser.cookies["meo_browser"]}
    url = f"{client_app.connector.url}/oauth/callback"

    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(
                lambda session: httpx.get(
                    url, params={"session_id": session, "code": code}, cookies=cookies, timeout=60, verify=NO_TLS
                ),
                sessions,
            )
        )

    assert sorted(each.status_code for each in answers) == [302] + [400] * 19
    statuses = list(AuthorizationRequest.objects.values_list("status", flat=True))
    assert (statuses.count("connected"), statuses.count("code_reused")) == (1, 19)


@pytest.mark.parametrize("requests", [2, 8])
def test_one_code_in_several_token_requests_at_once_leaves_at_most_one_set_of_tokens(
    client_app: ClientApp, person: OpenBrowser, requests: int
) -> None:
    for _ in range(3):
        code = person().sign_in_to(client_app)["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client_app.redirect_uri,
            **client_app.credentials,
        }

        def exchange(_: int, form: dict[str, str] = form) -> httpx.Response:
            return httpx.post(f"{client_app.connector.url}/oauth/token", data=form, timeout=60, verify=NO_TLS)

        with ThreadPoolExecutor(requests) as pool:
            answers = list(pool.map(exchange, range(requests)))

        assert sorted(each.status_code for each in answers) == [200] + [400] * (requests - 1)
        # The second use is a replay: what the first had made is gone (RFC 6749 §4.1.2).
        assert not AccessToken.objects.exists()
        assert not RefreshToken.objects.exists()
