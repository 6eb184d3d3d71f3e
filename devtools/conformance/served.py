"""The connector as it is deployed, with somebody signed in, and a proxy in front of `/mcp` that adds their token.

The suite's server leg sends no token. Nothing in the product is switched off for it: the proxy is what a client's own
HTTP layer would be.
"""

import json
import re
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from devtools.demo.processes import Processes, ProcessFailed

TIMEOUT = 60
# Of these the proxy makes its own.
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


class Served(Processes):
    """Context manager as `Processes` is. `mcp_url` is where the suite goes, `token` what the proxy adds."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.token = ""
        self._proxy = ThreadingHTTPServer(("127.0.0.1", 0), self._forwarding())
        self._proxy.daemon_threads = True
        self.proxy_url = f"http://127.0.0.1:{self._proxy.server_port}"
        self.mcp_url = f"{self.proxy_url}/mcp"

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "LOG_LEVEL": "info",
            # The address that the suite takes for ours, and calls from.
            "MCP_ALLOWED_ORIGINS": self.proxy_url,
            "RATE_LIMIT_PER_MINUTE": "10000",
            "CALLS_IN_FLIGHT_PER_PERSON": "100",
        }

    def __enter__(self) -> Self:
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._proxy.shutdown()
        self._proxy.server_close()
        super().__exit__(kind, error, trace)

    def client(self, name: str) -> str:
        """The id of a new public client on this computer, entered by hand."""
        made = self.manage("mcp_client", "create", name, "--redirect-uri", "http://127.0.0.1/callback", "--json")
        return str(json.loads(made)["client_id"])

    def sign_in(self) -> None:
        """Somebody connects a client with every scope; its token is what the proxy adds. Raises ProcessFailed."""
        client_id, verifier = self.client("Conformance suite"), generate_token(48)
        about = requests.get(f"{self.connector_url}/.well-known/oauth-authorization-server", timeout=TIMEOUT).json()
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": "http://127.0.0.1:3000/callback",
            "resource": f"{self.connector_url}/mcp",
            "state": generate_token(16),
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        back = self.agreed(f"{about['authorization_endpoint']}?{urlencode(asked)}")
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": asked["redirect_uri"],
            "client_id": client_id,
            "code_verifier": verifier,
            "resource": asked["resource"],
        }
        answer = requests.post(about["token_endpoint"], data=form, timeout=TIMEOUT)
        _expect(answer.status_code == 200, f"the token endpoint answered {answer.status_code}")
        self.token = str(answer.json()["access_token"])

    def agreed(self, authorize_url: str) -> str:
        """What a person does in a browser: agree on our page, sign in at the main app, agree there.

        The address at the client that the browser is sent to, not opened. Raises ProcessFailed.
        """
        browser = requests.Session()
        page = browser.get(authorize_url, allow_redirects=False, timeout=TIMEOUT)
        _expect(page.status_code == 200, f"authorize answered {page.status_code}")
        form = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', page.text))
        agreed = browser.post(
            f"{self.connector_url}/oauth/consent",
            data={**form, "answer": "agree"},
            headers={"Origin": self.connector_url},
            allow_redirects=False,
            timeout=TIMEOUT,
        )
        _expect(agreed.status_code == 303, f"our consent page answered {agreed.status_code}")
        way_on = agreed.headers["Location"]
        _expect(way_on.startswith(f"{self.main_app_url}/"), "the browser was not sent to the main app")
        browser.get(f"{self.main_app_url}/sanctum/csrf-cookie", timeout=TIMEOUT)
        self._post(browser, "/login", self._somebody())
        query = parse_qs(urlsplit(way_on).query)
        signed = {name: query[name][0] for name in ("session_id", "session_sig")}
        way_back = self._post(browser, "/api/gpt-auth/confirm", signed).json()["data"]["redirect_url"]
        callback = browser.get(way_back, allow_redirects=False, timeout=TIMEOUT)
        _expect(callback.status_code == 302, f"the callback answered {callback.status_code}")
        return callback.headers["Location"]

    def _somebody(self) -> dict[str, str]:
        people = requests.get(f"{self.main_app_url}/__sandbox/people", timeout=TIMEOUT).json()["people"]
        return {name: people[0][name] for name in ("email", "password")}

    def _post(self, browser: requests.Session, path: str, body: dict[str, str]) -> requests.Response:
        headers = {
            "Origin": self.main_app_url,
            "Referer": f"{self.main_app_url}/gpt-connect",
            "Accept": "application/json",
            "X-XSRF-TOKEN": unquote(browser.cookies["XSRF-TOKEN"] or ""),
        }
        answer = browser.post(f"{self.main_app_url}{path}", json=body, headers=headers, timeout=TIMEOUT)
        _expect(answer.status_code == 200, f"the main app's {path} answered {answer.status_code}")
        return answer

    def _forwarding(served) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's below
        class Forwarding(BaseHTTPRequestHandler):
            """Everything as it came, Host and Origin too, and the token where none was sent."""

            protocol_version = "HTTP/1.1"

            def _forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                onward = HTTPConnection(served._bind, timeout=TIMEOUT)
                try:
                    onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        if name.lower() not in _HOP_BY_HOP:
                            onward.putheader(name, value)
                    if "Authorization" not in self.headers:
                        onward.putheader("Authorization", f"Bearer {served.token}")
                    onward.putheader("Content-Length", str(len(body)))
                    onward.endheaders(body)
                    answer = onward.getresponse()
                    body = answer.read()
                finally:
                    onward.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionResetError:
                    # The suite drops connections that it has no more use for.
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = do_OPTIONS = do_PUT = do_HEAD = _forward  # noqa: N815 - http.server's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """The connector's own log has each of these."""

        return Forwarding


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ProcessFailed(otherwise)
