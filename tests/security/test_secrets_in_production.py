"""Nothing that opens a door in what production writes at its most talkative level, in its answers, or in what it keeps in Redis."""

import base64
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import redis

from sandbox.server import SandboxServer
from tests.files.file_host import Authority
from tests.playing import ClientApp, Connector, Person, basic, queries
from tests.security.instance import HOST, Production

Visitor = Callable[[str], Person]


PIECE = 16


def writings(secret: str) -> set[bytes]:
    """Percent-encoded, in base64, and any piece of it, in clear and in hex: a log may cut what it quotes, and a dump writes bytes
    in hex."""
    pieces = {secret[at : at + PIECE] for at in range(max(1, len(secret) - PIECE + 1))}
    in_hex = {piece.encode().hex() for piece in pieces}
    whole = (quote(secret, safe=""), base64.b64encode(secret.encode()).decode())
    return {text.encode() for text in (*whole, *pieces, *in_hex)}


def found(secrets: dict[str, str], haystack: bytes) -> list[str]:
    return [name for name, secret in secrets.items() if any(text in haystack for text in writings(secret))]


@pytest.fixture
def seen(
    production: Production,
    outside: Connector,
    gpt: ClientApp,
    visitor: Visitor,
    secure_sandbox: tuple[SandboxServer, Authority],
) -> dict[str, str]:
    """Every secret of a whole conversation in which much goes wrong."""
    sandbox = secure_sandbox[0]
    emma = visitor("emma")
    callback = emma.agree(emma.begin(gpt))
    spent = queries(callback)["code"]
    redirected = queries(emma.open(callback).headers["Location"])
    emma.open(callback)
    visitor("mai").open(callback)
    code = redirected["code"]
    tokens = gpt.exchange(code).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    outside.get("/pets", headers=bearer)
    for fault in ("html_errors", "wrong_shape", "invalid_json"):
        sandbox.faults.add(**{fault: True}, path="/api/(pets|users)")
        outside.get("/pets", headers=bearer)
        outside.get("/account", headers=bearer)
        sandbox.faults.clear()
    outside.post("/pets/find", content=b'{"name": "\xff"}', headers={**bearer, "Content-Type": "application/json"})
    outside.get(f"/pets?access_token={tokens['access_token']}")
    outside.post("/oauth/token", headers={"Authorization": basic(gpt.client_id, f"{gpt.secret}x")}, data={"a": "b"})
    gpt.exchange(code, client_secret=f"{gpt.secret}x")
    gpt.refresh(tokens["refresh_token"])
    # A client that counts its body wrong: the rest of it stands where the next request should.
    body = f"client_secret={gpt.secret}&code={code}"
    for cut in (3, len("client_secret=meo_cs_") + 5):
        head = (
            f"POST /oauth/token HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\nContent-Length: {cut}\r\n\r\n"
        )
        production.raw(f"{head}{body}\r\n\r\n".encode(), wait=1)
    production.raw(f"GET /oauth/callback?code={code} now HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(), wait=1)
    production.raw(
        f"GET / HTTP/1.1\r\nHost: {HOST}\r\nAuthorization Bearer {tokens['access_token']}\r\n\r\n".encode(), wait=1
    )
    return {
        "our access token": tokens["access_token"],
        "our refresh token": tokens["refresh_token"],
        "our code": code,
        "the main app's code": spent,
        "the main app's token": emma.main_app_tokens[0],
        "the client's secret": str(gpt.secret),
        "the browser's cookie": emma.browser.cookies["__Host-meo_browser"],
        "state": redirected["state"],
    } | {f"environment {number}": value for number, value in enumerate(production.secrets)}


def test_nothing_secret_is_in_the_log_the_database_or_redis(production: Production, seen: dict[str, str]) -> None:
    log = production.log

    assert '"endpoint": "/oauth/token"' in log
    assert found(seen, log.encode()) == []
    assert "@example.com" not in log
    assert found(seen, _everything_in_redis(production)) == []
    assert found(seen, _everything_in_the_database(production)) == []
    assert found(seen, _dumped(production)) == []


def _dumped(production: Production) -> bytes:
    """As somebody gets it who gets a backup: whole, with the schema, by the server's own tool."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    program = str(programs[-1]) if programs else shutil.which("pg_dump")
    if program is None:
        return b""
    ran = subprocess.run([program, "--dbname", production.environment["DATABASE_URL"]], capture_output=True, check=True)
    assert b"oauthbridge_connection" in ran.stdout
    assert b"django_admin_log" in ran.stdout
    return ran.stdout


def _everything_in_redis(production: Production) -> bytes:
    with redis.Redis.from_url(production.environment["REDIS_URL"]) as server:
        keys: list[bytes] = list(server.scan_iter("*"))
        assert keys
        return b"\n".join([*keys, *(server.dump(key) or b"" for key in keys)])


def _everything_in_the_database(production: Production) -> bytes:
    with psycopg.connect(production.environment["DATABASE_URL"]) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [connection.execute(f'SELECT t::text FROM "{name}" t').fetchall() for (name,) in names]  # noqa: S608
    text = "\n".join(row for table in rows for (row,) in table)
    assert "meo-gpt" in text
    return text.encode()


def test_what_redis_holds_can_run_no_code(production: Production, outside: Connector) -> None:
    """CWE-502: whoever can write to Redis must not be able to do more than that. A pickle there is no value at all."""
    with redis.Redis.from_url(production.environment["REDIS_URL"]) as server:
        outside.get("/health/ready")
        (key,) = list(server.scan_iter("*health-probe"))
        kept = server.get(key)

    assert kept in (b"1", b'"1"')


@pytest.mark.parametrize("path", ["/nothing-here", "/oauth/callback", "/pets", "/oauth/token", "/admin/nothing"])
def test_no_error_tells_of_settings_or_code(production: Production, outside: Connector, path: str) -> None:
    for accept in ("text/html", "application/json"):
        text = outside.get(path, headers={"Accept": accept}).text

        assert "Traceback" not in text
        assert "DEBUG" not in text
        assert "django" not in text.lower()
        assert found(dict(enumerate_secrets(production)), text.encode()) == []


def enumerate_secrets(production: Production) -> list[tuple[str, str]]:
    return [(f"environment {number}", value) for number, value in enumerate(production.secrets)]


def test_a_line_belongs_to_the_request_it_was_written_for(production: Production, outside: Connector) -> None:
    """A refused request must not be logged under the id, the person or the error of whoever had the thread before."""
    for _ in range(20):
        outside.get("/pets", headers={"X-Request-ID": "request-of-somebody-else"})
    before = len(production.log)

    for _ in range(20):
        production.raw(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: x\r\n\r\n".encode())

    lines = production.log[before:]
    assert lines.count("Invalid request") == 20
    assert "request-of-somebody-else" not in lines
    assert "error_code" not in lines


@pytest.mark.parametrize("given", ["a\r\nX: b", 'a","level":"critical', "a\x1b[31mred", "\u2028new"])
def test_nothing_given_makes_a_line_of_its_own(production: Production, outside: Connector, given: str) -> None:
    """CWE-117, log injection: ids, names and addresses that carry line ends, JSON or terminal codes."""
    before = len(production.log.splitlines())
    marked = given.replace("\r\n", " ").encode("utf-8").decode("latin-1")
    outside.get(f"/pets/{quote(given)}", headers={"X-Request-ID": marked.encode("latin-1"), "User-Agent": "x"})

    (line,) = production.log.splitlines()[before:]
    assert line.startswith("{")
    assert "critical" not in line
    assert "\x1b" not in line
