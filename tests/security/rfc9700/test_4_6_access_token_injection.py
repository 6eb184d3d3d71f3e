"""RFC 9700 §4.6, access token injection: a token reaches a client from the token endpoint only, and nothing else passes as one."""

import hashlib
from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_nothing_but_a_living_access_token_opens_a_tool(
    client_app: ClientApp, connector: Connector, person: OpenBrowser
) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    redirected = queries(emma.open(callback).headers["Location"])
    tokens = client_app.exchange(redirected["code"]).json()
    others = {
        "refresh token": tokens["refresh_token"],
        "code": redirected["code"],
        "client secret": str(client_app.secret),
        "the main app's token": emma.main_app_tokens[0],
        "the session": queries(callback)["session_id"],
        "the cookie": next(iter(emma.browser.cookies.jar)).value or "",
        "the checksum": hashlib.sha256(tokens["access_token"].encode()).hexdigest(),
    }

    for name, value in others.items():
        answer = connector.get("/pets", headers={"Authorization": f"Bearer {value}"})
        assert answer.status_code == 401, name
    assert connector.get("/pets", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 200


def test_an_access_token_is_good_for_nothing_else(client_app: ClientApp, person: OpenBrowser) -> None:
    token = person().connect(client_app)["access_token"]

    assert client_app.refresh(token).json()["error"] == "invalid_grant"
    assert client_app.exchange(token).json()["error"] == "invalid_grant"
    assert client_app.refresh(token, client_secret=token).json()["error"] == "invalid_client"
