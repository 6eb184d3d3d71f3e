"""The parts that tests play over real HTTP: ChatGPT's OAuth client, and a person with a browser."""

import base64
import hashlib
import io
import json
import re
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
from django.core.management import call_command

from oauthbridge.models import Application
from sandbox.records import User
from sandbox.server import SandboxServer

PASSWORD = "Purr-sonal-1"
# For httpx: everything is plain HTTP on the loopback, and it would read all certificates for every request of its own, 27 ms.
NO_TLS = ssl.create_default_context()


class Connector:
    """The connector as ChatGPT's servers reach it: no cookies, no redirects followed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, cookies=None, trust_env=False, timeout=30, verify=NO_TLS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **options: Any) -> httpx.Response:
        self.http.cookies.clear()
        return self.http.get(path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        self.http.cookies.clear()
        return self.http.post(path, **options)


@dataclass
class ClientApp:
    """An OAuth client registered at the connector; `secret` is None for a public one."""

    connector: Connector
    client_id: str
    secret: str | None = field(repr=False)
    redirect_uri: str
    scope: str = "pets"

    @classmethod
    def made_for_gpt(cls, connector: Connector, gpt_id: str, *, client_id: str | None = None) -> Self:
        out = io.StringIO()
        arguments = ["--gpt-id", gpt_id, "--json", *(["--client-id", client_id] if client_id else [])]
        call_command("gpt_client", *arguments, stdout=out)
        made = json.loads(out.getvalue())
        return cls(connector, made["client_id"], made["client_secret"], made["redirect_uris"][0])

    @classmethod
    def made_public(cls, connector: Connector, client_id: str = "public-app") -> Self:
        redirect_uri = "https://app.example.com/callback"
        Application.objects.create(
            client_id=client_id,
            client_secret="",
            client_type=Application.CLIENT_PUBLIC,
            authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
            redirect_uris=redirect_uri,
            name="A public client",
        )
        return cls(connector, client_id, None, redirect_uri)

    @classmethod
    def made_for_mcp(cls, connector: Connector, name: str, *options: str) -> Self:
        """A client of the MCP door, as `manage.py mcp_client create` makes it."""
        out = io.StringIO()
        call_command("mcp_client", "create", name, *options, "--json", stdout=out)
        made = json.loads(out.getvalue())
        return cls(connector, made["client_id"], made["client_secret"], made["redirect_uris"][0], made["scope"])

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_id": self.client_id} | ({"client_secret": self.secret} if self.secret else {})

    def request_parameters(self, **changes: str | None) -> dict[str, str]:
        """What ChatGPT sends to /oauth/authorize; a None leaves a parameter out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "state-" + secrets.token_urlsafe(8),
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def authorize_url(self, **changes: str | None) -> str:
        return f"{self.connector.url}/oauth/authorize?{urlencode(self.request_parameters(**changes))}"

    def exchange(self, code: str, /, **changes: str | None) -> httpx.Response:
        usual: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            **self.credentials,
        }
        return self._post("/oauth/token", usual | changes)

    def refresh(self, refresh_token: str, /, **changes: str | None) -> httpx.Response:
        usual = {"grant_type": "refresh_token", "refresh_token": refresh_token, **self.credentials}
        return self._post("/oauth/token", usual | changes)

    def revoke(self, token: str, /, **changes: str | None) -> httpx.Response:
        return self._post("/oauth/revoke", {"token": token, **self.credentials} | changes)

    def _post(self, path: str, form: Mapping[str, str | None]) -> httpx.Response:
        return self.connector.post(path, data={name: value for name, value in form.items() if value is not None})


class Person:
    """Somebody of the stand-in main app with a browser; `key` is their name in its seed."""

    def __init__(self, sandbox: SandboxServer, connector: Connector, key: str, headers: Mapping[str, str]) -> None:
        self.sandbox = sandbox
        self.connector = connector
        self.key = key
        self.browser = httpx.Client(trust_env=False, timeout=30, headers=dict(headers), verify=False)  # noqa: S501
        self._signed_in = False

    @property
    def account(self) -> User:
        return self.sandbox.world.user(self.key)

    @property
    def main_app_tokens(self) -> list[str]:
        """The live tokens of this person in the main app, by plaintext."""
        return [token.plaintext for token in self.sandbox.world.tokens_of(self.account)]

    def open(self, url: str) -> httpx.Response:
        return self.browser.get(url)

    def begin(self, app: ClientApp, **changes: str | None) -> str:
        """Come from the client to /oauth/authorize, and agree on our own page where there is one; the address of the main
        app's consent page."""
        return self.begin_at(app.authorize_url(**changes))

    def begin_at(self, authorize_url: str) -> str:
        """The same with an address that the client has made itself."""
        response = self.open(authorize_url)
        if response.status_code == 200:
            response = self.answer(response.text)
            assert response.status_code == 303, response.text
        else:
            assert response.status_code == 302, response.text
        return response.headers["Location"]

    def answer(self, page: str, **changes: str | None) -> httpx.Response:
        """Press a button on our own consent page, "agree" unless `answer` says "cancel"; a None leaves a field out."""
        usual: dict[str, str | None] = {**form_fields(page), "answer": "agree"}
        form = {name: value for name, value in (usual | changes).items() if value is not None}
        return self.browser.post(f"{self.connector.url}/oauth/consent", data=form)

    def sign_in(self) -> None:
        if self._signed_in:
            return
        self.browser.get(f"{self.sandbox.url}/sanctum/csrf-cookie")
        response = self._main_app_post("/login", {"email": self.account.email, "password": PASSWORD})
        assert response.status_code == 200, response.text
        self._signed_in = True

    def agree(self, consent_url: str) -> str:
        """Sign in on the consent page and press Connect; the callback address that the browser is sent to."""
        assert self.browser.get(consent_url).status_code == 200
        self.sign_in()
        asked = queries(consent_url)
        response = self._main_app_post("/api/gpt-auth/confirm", asked)
        assert response.status_code == 200, response.text
        return str(response.json()["data"]["redirect_url"])

    def sign_in_to_raw(self, app: ClientApp, **changes: str | None) -> str:
        """The whole way; the address at the client that the browser is sent to."""
        response = self.open(self.agree(self.begin(app, **changes)))
        assert response.status_code == 302, response.text
        location = str(response.headers["Location"])
        assert location.startswith(app.redirect_uri.partition("?")[0])
        return location

    def sign_in_to(self, app: ClientApp, **changes: str | None) -> dict[str, str]:
        """The whole way; what came back to the client in its redirect."""
        return queries(self.sign_in_to_raw(app, **changes))

    def connect(self, app: ClientApp, **changes: str | None) -> dict[str, Any]:
        """The whole way and the code exchanged; the client's token answer."""
        verifier = changes.pop("code_verifier", None)
        response = app.exchange(self.sign_in_to(app, **changes)["code"], code_verifier=verifier)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def connect_with_pkce(self, app: ClientApp, **changes: str | None) -> dict[str, Any]:
        """The same as a client of the MCP door does it (RFC 7636)."""
        verifier, challenge = pkce()
        asked: dict[str, str | None] = {"code_challenge": challenge, "code_challenge_method": "S256"}
        return self.connect(app, **asked | {"code_verifier": verifier} | changes)

    def _main_app_post(self, path: str, body: Mapping[str, str]) -> httpx.Response:
        headers = {"Origin": self.sandbox.url, "X-XSRF-TOKEN": self.browser.cookies["XSRF-TOKEN"]}
        return self.browser.post(f"{self.sandbox.url}{path}", json=dict(body), headers=headers)


def form_fields(page: str) -> dict[str, str]:
    """The hidden fields of the one form on a page of ours."""
    fields = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page)
    assert {name for name, _value in fields} == {"sign_in", "token"}, page
    return dict(fields)


def queries(url: str) -> dict[str, str]:
    """The query parameters of an address, each of which must stand there once."""
    values = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(each) == 1 for each in values.values())
    return {name: each[0] for name, each in values.items()}


def pkce() -> tuple[str, str]:
    """A code verifier and its S256 challenge (RFC 7636 §4.2)."""
    verifier = secrets.token_urlsafe(32)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def basic(client_id: str, secret: str) -> str:
    """An Authorization header value for HTTP Basic, form-encoded as RFC 6749 §2.3.1 asks."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
