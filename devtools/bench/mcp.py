"""People who use the other door: a public MCP client's sign-in, and requests to `POST /mcp` (MCP 2026-07-28)."""

import base64
import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from devtools.bench.load import Wire
from devtools.bench.main_app import PEOPLE

VERSION = "2026-07-28"
REDIRECT = "http://127.0.0.1:3000/callback"
FORM = {"Content_Type": "application/x-www-form-urlencoded"}
_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')


async def access_token(own: Wire, origin: str, client_id: str) -> str:
    """Authorize with PKCE and resource, agree on our page, come back from the main app. Raises RuntimeError."""
    verifier = secrets.token_urlsafe(48)
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "resource": f"{origin}/mcp",
        "state": "s",
        # RFC 7636 §4.2; by hand, so that the benchmark runs where only requirements.txt is installed, as in the image.
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    page = await own.ask("GET", f"/oauth/authorize?{urlencode(asked)}")
    cookie = page.header("set-cookie").partition(";")[0]
    form = urlencode([*_HIDDEN.findall(page.body.decode()), ("answer", "agree")])
    away = await own.ask("POST", "/oauth/consent", form.encode(), Origin=origin, Cookie=cookie, **FORM)
    session = parse_qs(urlsplit(away.header("location")).query).get("session_id", [""])[0]
    cookie = away.header("set-cookie").partition(";")[0] or cookie
    back = await own.ask("GET", f"/oauth/callback?session_id={session}&code={uuid.uuid4()}", Cookie=cookie)
    fields = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back.header("location")).query).get("code", [""])[0],
        "redirect_uri": REDIRECT,
        "client_id": client_id,
        "code_verifier": verifier,
        "resource": asked["resource"],
    }
    answer = await own.ask("POST", "/oauth/token", urlencode(fields).encode(), **FORM)
    if answer.status != 200:
        steps = (page.status, away.status, back.status, answer.status)
        raise RuntimeError(f"an MCP sign-in met {steps}")
    return str(json.loads(answer.body)["access_token"])


async def everybody(own: Wire, origin: str, client_id: str) -> list[str]:
    """An access token for each person. Raises RuntimeError when somebody could not sign in."""
    return [await access_token(own, origin, client_id) for _person in range(PEOPLE)]


def request(method: str, **params: Any) -> tuple[Mapping[str, str], bytes]:
    """Headers and body of one request."""
    headers = {
        "Content_Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP_Protocol_Version": VERSION,
        "Mcp_Method": method,
    }
    if "name" in params:
        headers["Mcp_Name"] = params["name"]
    meta = {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return headers, json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    ).encode()
