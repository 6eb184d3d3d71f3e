"""Connecting an MCP client: from a bare 401 to a token for `/mcp` alone (MCP authorization; RFC 9728, 8414, 8707, 9207).

It is an app nobody has entered here: its client id is the address of a document about it, as with ChatGPT, Claude and Cursor.
"""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from devtools.demo.connecting import connect_pressed
from devtools.demo.filehost import APP
from devtools.demo.mcp_calls import message
from devtools.demo.stage import TIMEOUT, Stage, Step, StepFailed, expect, json_object

# Less than it was offered: later it has to ask for more.
LOOKING_ONLY = "pets:read health:read"


def challenge(stage: Stage) -> None:
    """Now an app that speaks MCP. It knows one address, /mcp, and is asked to sign in."""
    answer = stage.app_as_stranger.post(f"{stage.connector}/mcp", **message("server/discover"), timeout=TIMEOUT)
    expect(answer.status_code == 401, f"/mcp answered a stranger {answer.status_code}")
    demand = challenge_of(answer)
    stage.address = demand["resource_metadata"]
    expect(stage.address.startswith(stage.connector), "the challenge leads elsewhere")
    stage.fact(f"It is told where to read on, and what to ask for: {demand['scope']}")


def discovery(stage: Stage) -> None:
    """It reads about /mcp (RFC 9728), then about the server that signs people in (RFC 8414)."""
    resource = json_object(stage.app_as_stranger.get(stage.address, timeout=TIMEOUT))
    expect(resource["resource"] == f"{stage.connector}/mcp", "the metadata is about another address")
    (server,) = resource["authorization_servers"]
    about = json_object(stage.app_as_stranger.get(f"{server}/.well-known/oauth-authorization-server", timeout=TIMEOUT))
    expect(about["issuer"] == server, "the server's metadata names another issuer")
    expect("S256" in about["code_challenge_methods_supported"], "PKCE is not offered")
    expect("none" in about["token_endpoint_auth_methods_supported"], "public clients are not offered")
    expect(about["authorization_response_iss_parameter_supported"] is True, "iss is not promised")
    expect(about["client_id_metadata_document_supported"] is True, "an app can't describe itself")
    stage.server_metadata = about


def our_page(stage: Stage) -> None:
    """It sends the browser to /oauth/authorize; the connector reads its document and asks the person first."""
    _new_session(stage, LOOKING_ONLY)
    page = _asked_here(stage)
    expect("frame-ancestors 'none'" in page.headers["Content-Security-Policy"], "another site could frame the page")
    shown = _Words(page.text)
    for word in (APP, stage.processes.files.host):
        expect(word in shown.text, f"the page does not say {word!r}")
    expect(shown.points == len(LOOKING_ONLY.split()), f"the page names {shown.points} rights")
    stage.fact(f"The page says {APP}, where the access goes ({stage.processes.files.host}), and what it may do")


def agree(stage: Stage) -> None:
    """The person agrees here, then on the main app's page, and comes back to the app with a code."""
    stage.address = agreed_twice(stage, stage.browser.get(stage.address, allow_redirects=False, timeout=TIMEOUT))
    query = parse_qs(urlsplit(stage.address).query)
    expect(stage.address.startswith(f"{stage.processes.files.callback}?"), "the code went elsewhere")
    expect(query.get("state") == [stage.state], "the app's state came back changed")
    expect(query.get("iss") == [stage.connector], "the answer does not say who issued it (RFC 9207)")


def token(stage: Stage) -> None:
    """It exchanges the code, without a secret: PKCE, and a token for /mcp and nothing else (RFC 8707)."""
    try:
        _exchange(stage, resource="https://other.example/mcp")
    except OAuthError as refusal:
        expect(refusal.error == "invalid_target", f"another address was refused with {refusal.error!r}")
        stage.fact("A token for another address is refused, and spends nothing")
    else:
        raise StepFailed("a token for another address was given out")
    got = _exchange(stage, resource=f"{stage.connector}/mcp")
    expect(set(got["scope"].split()) == set(LOOKING_ONLY.split()), f"the scopes are {got['scope']!r}")
    expect(bool(got.get("refresh_token")), "there is no refresh token")


def sign_in_again(stage: Stage, scope: str) -> None:
    """The whole way once more, for these scopes."""
    _new_session(stage, scope)
    stage.address = agreed_twice(stage, _asked_here(stage))
    _exchange(stage, resource=f"{stage.connector}/mcp")


def agreed_twice(stage: Stage, page: requests.Response) -> str:
    """Agree on our own page and on the main app's: the address with which the browser comes back to the app."""
    form = _Words(page.text)
    expect(form.action == "/oauth/consent", "the page has no form for an answer")
    agreed = stage.browser.post(
        f"{stage.connector}{form.action}",
        data={**form.hidden, "answer": "agree"},
        headers={"Origin": stage.connector},
        allow_redirects=False,
        timeout=TIMEOUT,
    )
    expect(agreed.status_code == 303, f"agreeing answered {agreed.status_code}")
    way_on = agreed.headers["Location"]
    expect(way_on.startswith(f"{stage.main_app}/gpt-connect?"), "the browser was not sent to the main app")
    callback = stage.browser.get(connect_pressed(stage, way_on), allow_redirects=False, timeout=TIMEOUT)
    expect(callback.status_code == 302, f"the callback answered {callback.status_code}")
    return callback.headers["Location"]


def challenge_of(answer: requests.Response) -> dict[str, str]:
    """The parameters of its `WWW-Authenticate: Bearer` (RFC 6750 §3)."""
    value = answer.headers.get("WWW-Authenticate", "")
    expect(value.startswith("Bearer "), "there is no challenge")
    return dict(re.findall(r'(\w+)="([^"]*)"', value))


def _new_session(stage: Stage, scope: str) -> None:
    files = stage.processes.files
    session = OAuth2Session(
        files.client_id,
        scope=scope,
        redirect_uri=files.callback,
        token_endpoint=stage.server_metadata["token_endpoint"],
        token_endpoint_auth_method="none",  # noqa: S106 - what a public client's is called
        revocation_endpoint_auth_method="none",
        code_challenge_method="S256",
    )
    stage.app = stage.shown(session, "app")
    stage.verifier = generate_token(48)
    address, stage.state = session.create_authorization_url(
        stage.server_metadata["authorization_endpoint"],
        code_verifier=stage.verifier,
        resource=f"{stage.connector}/mcp",
    )
    stage.address = str(address)


def _asked_here(stage: Stage) -> requests.Response:
    page = stage.browser.get(stage.address, allow_redirects=False, timeout=TIMEOUT)
    expect(page.status_code == 200, f"authorize answered {page.status_code}")
    return page


def _exchange(stage: Stage, *, resource: str) -> dict[str, str]:
    got: dict[str, str] = stage.app.fetch_token(
        authorization_response=stage.address,
        state=stage.state,
        code_verifier=stage.verifier,
        resource=resource,
        timeout=TIMEOUT,
    )
    return got


class _Words(HTMLParser):
    """What a person reads on a page, the points of its list of rights, and the form's hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.points = 0
        self._of_rights = False
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "ul":
            self._of_rights = attributes.get("class") == "scopes"
        elif tag == "li":
            self.points += self._of_rights
        elif tag == "form":
            self.action = attributes.get("action") or ""
        elif tag == "input" and attributes.get("type") == "hidden":
            self.hidden[attributes.get("name") or ""] = attributes.get("value") or ""


STEPS: list[Step] = [challenge, discovery, our_page, agree, token]
