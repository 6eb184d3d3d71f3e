"""The whole flow as real OAuth client libraries see it: Authlib, requests-oauthlib and, strictest, npm's oauth4webapi."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from oauthlib.oauth2 import InvalidGrantError
from requests_oauthlib import OAuth2Session

from oauthbridge.models import Connection
from tests.playing import ClientApp, Person, pkce, queries

pytestmark = pytest.mark.once

OpenBrowser = Callable[..., Person]

JS = Path(__file__).parent / "js"


@pytest.fixture(autouse=True)
def _loopback_needs_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def arrive(person: Person, authorize_url: str) -> str:
    """Where the browser of this person ends when the client has sent them to that address."""
    consent = person.open(authorize_url).headers["Location"]
    return str(person.open(person.agree(consent)).headers["Location"])


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
@pytest.mark.parametrize("challenge_method", [None, "S256"])
def test_authlib(client_app: ClientApp, person: OpenBrowser, method: str, challenge_method: str | None) -> None:
    base = client_app.connector.url
    verifier = pkce()[0] if challenge_method else None
    client: Any = OAuth2Client(
        client_app.client_id,
        client_app.secret,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope="pets",
        redirect_uri=client_app.redirect_uri,
        code_challenge_method=challenge_method,
        trust_env=False,
    )
    metadata = client_app.connector.get("/.well-known/oauth-authorization-server").json()

    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    arrived = arrive(person(), url)
    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=arrived, state=state, code_verifier=verifier
    )
    assert client.get(f"{base}/pets").status_code == 200
    refreshed = client.refresh_token(metadata["token_endpoint"])
    assert refreshed["access_token"] != token["access_token"]
    assert client.get(f"{base}/pets").status_code == 200
    assert client.revoke_token(metadata["revocation_endpoint"], token["refresh_token"]).status_code == 200
    assert client.get(f"{base}/pets").status_code == 401
    with pytest.raises(OAuthError) as refusal:
        client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])

    assert refusal.value.error == "invalid_grant"
    assert Connection.objects.get().end_reason == "client_revoked"


@pytest.mark.parametrize("in_body", [True, False])
def test_requests_oauthlib(client_app: ClientApp, person: OpenBrowser, in_body: bool) -> None:
    base = client_app.connector.url
    session: Any = OAuth2Session(
        client_app.client_id, redirect_uri=client_app.redirect_uri, scope=["pets"], pkce="S256"
    )
    session.trust_env = False
    how = {"client_secret": client_app.secret} | ({"include_client_id": True} if in_body else {})

    url, _state = session.authorization_url(f"{base}/oauth/authorize")
    token = session.fetch_token(f"{base}/oauth/token", authorization_response=arrive(person(), url), **how)
    assert session.get(f"{base}/pets").status_code == 200
    refreshed = session.refresh_token(f"{base}/oauth/token", **client_app.credentials)
    assert refreshed["access_token"] != token["access_token"]
    assert session.get(f"{base}/pets").status_code == 200
    revoked = session.post(
        f"{base}/oauth/revoke", data={"token": token["access_token"], **client_app.credentials}, withhold_token=True
    )

    assert revoked.status_code == 200
    with pytest.raises(InvalidGrantError):
        session.refresh_token(f"{base}/oauth/token", refresh_token=token["refresh_token"], **client_app.credentials)


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the pinned oauth4webapi beside it, installed once into a git-ignored folder."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node is not installed: oauth4webapi can't be tried")
    if not (JS / "node_modules" / "oauth4webapi").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=JS, check=True, capture_output=True, timeout=110)
    return node


@pytest.mark.parametrize("method", ["post", "basic", "none"])
def test_oauth4webapi(node: str, client_app: ClientApp, person: OpenBrowser, method: str) -> None:
    app = ClientApp.made_public(client_app.connector) if method == "none" else client_app
    unknown_scope = app.connector.get(
        app.authorize_url(scope="unknown", code_challenge=pkce()[1], code_challenge_method="S256")
    )
    command = [node, "flow.mjs", app.connector.url, app.client_id, app.redirect_uri, method]
    environment = {**os.environ, "CLIENT_SECRET": app.secret or ""}
    with subprocess.Popen(
        command,
        cwd=JS,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        assert client.stderr is not None
        asked = client.stdout.readline()
        assert asked, client.stderr.read()
        arrived = arrive(person(), json.loads(asked)["open"])
        elsewhere = queries(arrived) | {"iss": "https://evil.example"}
        told = {
            "arrived": arrived,
            "unknownScope": unknown_scope.headers["Location"],
            "otherIssuer": f"{app.redirect_uri}?{urlencode(elsewhere)}",
        }
        client.stdin.write(json.dumps(told) + "\n")
        client.stdin.flush()
        found = client.stdout.readline()
        assert found, client.stderr.read()

    assert json.loads(found) == {
        "error": "invalid_scope",
        "scope": "pets",
        "expiresIn": 3600,
        "pets": 200,
        "newAccessToken": True,
        "afterRevocation": "invalid_grant",
        "challenge": "invalid_token",
    }
