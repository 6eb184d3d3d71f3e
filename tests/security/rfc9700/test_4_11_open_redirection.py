"""RFC 9700 §4.11, open redirection: nobody but a registered client is ever redirected to."""

from urllib.parse import urlsplit

import httpx
import pytest

from tests.playing import ClientApp, Connector, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def leads_to(answer: httpx.Response) -> str | None:
    return urlsplit(answer.headers["Location"]).hostname if "Location" in answer.headers else None


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown", "redirect_uri": "https://evil.example"},
        {"client_id": None, "redirect_uri": "https://evil.example"},
        {"redirect_uri": "https://evil.example", "scope": "unknown"},
        {"redirect_uri": "https://evil.example", "response_type": "token"},
        {"redirect_uri": "https://evil.example", "prompt": "none"},
        {"redirect_uri": "https://evil.example", "state": "é"},
    ],
)
def test_no_error_leads_to_an_address_that_is_not_registered(
    client_app: ClientApp, changes: dict[str, str | None]
) -> None:
    """§4.11.2: a fault in the request must not turn this server into a redirector."""
    assert leads_to(client_app.connector.get(client_app.authorize_url(**changes))) is None


def test_a_registered_one_gets_errors_only_for_faults_that_are_the_clients(client_app: ClientApp) -> None:
    answer = client_app.connector.get(client_app.authorize_url(scope="unknown"))

    assert leads_to(answer) == "chatgpt.com"
    assert queries(answer.headers["Location"])["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "/%2F%2Fevil.example", "/.//evil.example/%2e%2e", "/admin//evil.example"],
)
def test_no_path_leads_away(connector: Connector, path: str) -> None:
    request = connector.http.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())

    assert leads_to(connector.http.send(request)) in (None, "127.0.0.1")


@pytest.mark.parametrize("name", ["next", "return_to", "redirect", "url", "redirect_uri", "continue"])
def test_no_parameter_leads_away(connector: Connector, name: str) -> None:
    for path in ("/", "/privacy", "/docs", "/oauth/callback", "/admin/login/", "/oauth/authorize"):
        for there in ("https://evil.example/", "//evil.example", "/\\evil.example"):
            answer = connector.get(path, params={name: there}, headers={"Accept": "text/html"})
            assert leads_to(answer) is None
            assert 'href="https://evil.example' not in answer.text
            assert 'href="//evil.example' not in answer.text
