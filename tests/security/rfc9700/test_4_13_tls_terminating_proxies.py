"""RFC 9700 §4.13, TLS terminating reverse proxies: a header that a proxy might set is believed only where it is said to."""

import pytest

from tests.playing import ClientApp, Connector

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.mark.parametrize(
    "header",
    [
        "X-Remote-User",
        "Remote-User",
        "X-Forwarded-User",
        "X-Authenticated-User",
        "X-SSL-Client-Cert",
        "X-SSL-Client-Verify",
        "X-Client-Id",
        "X-Forwarded-Access-Token",
    ],
)
def test_none_of_them_proves_who_somebody_is(client_app: ClientApp, connector: Connector, header: str) -> None:
    for value in ("admin", "1", client_app.client_id, "SUCCESS"):
        headers = {header: value, "Accept": "text/html"}
        assert connector.get("/pets", headers=headers).status_code == 401
        assert connector.get("/admin/", headers=headers).status_code == 302
        answer = connector.post("/oauth/token", headers=headers, data={"grant_type": "client_credentials"})
        assert answer.status_code in (400, 401)


def test_none_of_them_changes_where_the_service_says_it_is(connector: Connector) -> None:
    usual = connector.get("/.well-known/oauth-authorization-server").content
    for header in (
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "Forwarded",
        "X-Original-URL",
    ):
        told = connector.get("/.well-known/oauth-authorization-server", headers={header: "evil.example"})
        assert told.content == usual
