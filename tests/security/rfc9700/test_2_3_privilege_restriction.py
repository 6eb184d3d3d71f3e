"""RFC 9700 §2.3 and RFC 6819 §5.1.5.1, scope escalation: no token ever opens more than was consented to."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_a_scope_nobody_offers_is_refused_at_the_door(client_app: ClientApp) -> None:
    for scope in ("pets admin", "*", "pets:*", "openid", "offline_access", "pets\tadmin"):
        answer = client_app.connector.get(client_app.authorize_url(scope=scope))
        assert queries(answer.headers["Location"])["error"] == "invalid_scope"


def test_a_scope_at_the_token_endpoint_adds_nothing_to_a_code(client_app: ClientApp, person: OpenBrowser) -> None:
    code = person().sign_in_to(client_app)["code"]

    answer = client_app.exchange(code, scope="pets admin")

    assert answer.json()["scope"] == "pets"


@pytest.mark.parametrize("scope", ["pets admin", "admin", "pets:read", "*"])
def test_a_refresh_gets_no_more_than_there_was(client_app: ClientApp, person: OpenBrowser, scope: str) -> None:
    tokens = person().connect(client_app)

    answer = client_app.refresh(tokens["refresh_token"], scope=scope)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
