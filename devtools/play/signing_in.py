"""OAuth as ChatGPT does it: authorization code without PKCE, credentials in the form, refresh when the time has run out."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from devtools.play.schema import Schema

# The sign-in of a person who looks for their password.
PATIENCE_SECONDS = 600
_RETURNED = "Signed in. You can close this window and go back to the shell.\n"

# Takes the address of the sign-in, walks a browser through it; returns the address at our callback that it ended at.
Browser = Callable[[str], str]


class SignInFailed(Exception):
    """No tokens; `error` is OAuth's own code where there is one (RFC 6749 §5.2): invalid_grant asks for a new sign-in."""

    def __init__(self, text: str, error: str = "") -> None:
        super().__init__(text)
        self.error = error


@dataclass(frozen=True)
class Client:
    """The OAuth client of the GPT, as `manage.py gpt_client` prints it."""

    id: str
    secret: str = field(repr=False)
    redirect_uri: str


@dataclass
class Tokens:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    # By the monotonic clock.
    until: float

    @property
    def run_out(self) -> bool:
        return time.monotonic() >= self.until


class SignIn:
    """One person's connection, seen from ChatGPT."""

    def __init__(self, http: httpx.Client, schema: Schema, client: Client, browser: Browser) -> None:
        self._http = http
        self._flow = schema.oauth
        self._client = client
        self._browser = browser
        self.tokens: Tokens | None = None

    def sign_in(self) -> None:
        """The whole way, from the “Sign in” button to tokens. Raises SignInFailed."""
        state = secrets.token_urlsafe(24)
        asked = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": self._client.redirect_uri,
            "scope": " ".join(self._flow["scopes"]),
            "state": state,
        }
        address = self._browser(f"{self._flow['authorizationUrl']}?{urlencode(asked)}")
        came = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if came.get("state") != state:
            raise SignInFailed("The state came back changed: ChatGPT would stop here.")
        if "code" not in came:
            raise SignInFailed(f"No code came back: {came.get('error', 'nothing')}", came.get("error", ""))
        self._take(
            {"grant_type": "authorization_code", "code": came["code"], "redirect_uri": self._client.redirect_uri}
        )

    def refresh(self) -> None:
        """Raises SignInFailed; with `error` invalid_grant ChatGPT shows “Sign in” again."""
        if self.tokens is None:
            raise SignInFailed("Nobody is signed in.")
        self._take({"grant_type": "refresh_token", "refresh_token": self.tokens.refresh})

    def access_token(self) -> str:
        """The access token, refreshed where `expires_in` has run out. Raises SignInFailed."""
        if self.tokens is None:
            self.sign_in()
        elif self.tokens.run_out:
            self.refresh()
        if self.tokens is None:
            raise SignInFailed("Nobody is signed in.")
        return self.tokens.access

    def let_run_out(self) -> None:
        """As if `expires_in` had passed."""
        if self.tokens is not None:
            self.tokens.until = 0.0

    def _take(self, form: dict[str, str]) -> None:
        credentials = {"client_id": self._client.id, "client_secret": self._client.secret}
        answer = self._http.post(self._flow["tokenUrl"], data=form | credentials)
        try:
            tokens: dict[str, Any] = answer.json()
        except ValueError:
            raise SignInFailed(f"The token address answered {answer.status_code} without JSON.") from None
        if answer.status_code != 200:
            error = str(tokens.get("error", ""))
            raise SignInFailed(f"The token address answered {answer.status_code} {error}.", error)
        if str(tokens.get("token_type", "")).lower() != "bearer" or not tokens.get("access_token"):
            raise SignInFailed("The token answer holds no bearer token.")
        self.tokens = Tokens(
            access=tokens["access_token"],
            # A confidential client's refresh token may stay the same, and then need not be sent again (RFC 6749 §6).
            refresh=tokens.get("refresh_token") or (self.tokens.refresh if self.tokens else ""),
            until=time.monotonic() + float(tokens.get("expires_in", 3600)),
        )


def by_hand(redirect_uri: str, *, show: Callable[[str], object]) -> Browser:
    """A person signs in with their own browser: `show` gets the address; a small server on the loopback waits for the way back."""

    def browser(address: str) -> str:
        back = urlsplit(redirect_uri)
        came: list[str] = []

        class Callback(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if urlsplit(self.path).path != back.path:
                    self.send_error(404)
                    return
                came.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.end_headers()
                self.wfile.write(_RETURNED.encode())

            def log_message(self, *_: Any) -> None:
                """Quiet: the address holds a code."""

        try:
            server = HTTPServer((back.hostname or "127.0.0.1", back.port or 80), Callback)
        except OSError as error:
            raise SignInFailed(
                f"Nothing can listen on {redirect_uri} ({error.strerror}): choose another one with --redirect-uri and register it "
                "with manage.py gpt_client --redirect-uri."
            ) from None
        with server:
            show(address)
            server.timeout = 1
            until = time.monotonic() + PATIENCE_SECONDS
            while not came and time.monotonic() < until:
                server.handle_request()
        if not came:
            raise SignInFailed("Nobody came back from the sign-in.")
        return f"{redirect_uri}?{urlsplit(came[0]).query}"

    return browser
