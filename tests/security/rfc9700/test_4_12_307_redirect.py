"""RFC 9700 §4.12, 307 redirect: a browser must not send on what was posted here."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_each_redirect_of_a_sign_in_makes_a_get(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()
    begun = emma.open(client_app.authorize_url())
    refused = emma.open(client_app.authorize_url(scope="unknown"))
    finished = emma.open(emma.agree(begun.headers["Location"]))

    assert {answer.status_code for answer in (begun, refused, finished)} <= {302, 303}


def test_a_form_is_sent_on_nowhere(connector: Connector) -> None:
    secret = {"username": "a", "password": "b", "client_secret": "c"}
    for path in (
        "/admin/login/",
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/authorize",
        "/oauth/callback",
        "/",
        "/admin",
    ):
        assert connector.post(path, data=secret).status_code not in (301, 307, 308)
