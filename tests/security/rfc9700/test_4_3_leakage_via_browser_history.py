"""RFC 9700 §4.3, credential leakage via browser history: no token ever stands in an address, and a code in one is worthless soon."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


@pytest.mark.parametrize("response_type", ["token", "id_token", "code token", "code id_token token", "none"])
def test_no_token_comes_in_an_address(client_app: ClientApp, response_type: str) -> None:
    """§4.3.2, §2.1.2: the implicit grant and its like are not offered."""
    location = client_app.connector.get(client_app.authorize_url(response_type=response_type)).headers["Location"]

    assert queries(location)["error"] in ("unsupported_response_type", "invalid_request")
    assert "token=" not in location
    assert "#" not in location


@pytest.mark.parametrize("name", ["access_token", "token", "bearer", "Authorization", "oauth_token"])
def test_a_token_in_an_address_opens_nothing(
    client_app: ClientApp, connector: Connector, person: OpenBrowser, name: str
) -> None:
    """§4.3.2, RFC 6750 §2.3."""
    token = person().connect(client_app)["access_token"]

    assert connector.get("/pets", params={name: token}).status_code == 401
    assert connector.get("/pets", params={name: f"Bearer {token}"}).status_code == 401


def test_credentials_in_the_address_are_refused(
    client_app: ClientApp, connector: Connector, person: OpenBrowser
) -> None:
    """RFC 6749 §2.3.1: client secret, code and refresh token only in the body."""
    tokens = person().connect(client_app)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **client_app.credentials}
    for name in ("client_secret", "refresh_token", "client_id"):
        rest = {key: value for key, value in form.items() if key != name}
        answer = connector.post("/oauth/token", params={name: form[name]}, data=rest)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert form[name] not in answer.text

    assert connector.post("/oauth/revoke", params={"token": tokens["access_token"]}, data=form).status_code == 400


def test_the_address_with_the_code_opens_nothing_a_second_time(client_app: ClientApp, person: OpenBrowser) -> None:
    """§4.3.1: both from the history of the browser: our callback, and the client's."""
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    first = emma.open(callback)
    code = queries(first.headers["Location"])["code"]
    assert "no-store" in first.headers["Cache-Control"]
    assert client_app.exchange(code).status_code == 200

    assert "Location" not in emma.open(callback).headers
    assert client_app.exchange(code).json()["error"] == "invalid_grant"
