"""The legs of `make conformance`: the suite's server scenarios, its authorization server scenarios, the Inspector."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from devtools.conformance.expected import Check
from devtools.conformance.served import TIMEOUT, Served

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "node_modules" / ".bin"
REVISIONS = ("2026-07-28", "2025-11-25")
LONGEST_SECONDS = 120
LONGEST_INSTALLATION_SECONDS = 300
_FINE = {"SUCCESS", "INFO", "SKIPPED"}
_RESULT_FOLDER = re.compile(r"(?:authorization-server-|server-)(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
_AUTHORIZE = re.compile(r"https?://\S+/oauth/authorize\?\S+")


class CannotRun(Exception):
    """The tools are not there, or one of them ended without having said anything."""


def install() -> None:
    """The pinned tools, from npm, once. Raises CannotRun."""
    wanted, have = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if have.exists() and have.stat().st_mtime >= wanted.stat().st_mtime:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise CannotRun("npm is needed to install the conformance suite (Debian: apt install nodejs npm).")
    reason = "it did not end in time"
    try:
        command = [npm, "ci", "--no-audit", "--no-fund", "--fetch-retries", "1"]
        done = subprocess.run(
            command, cwd=HERE, capture_output=True, text=True, timeout=LONGEST_INSTALLATION_SECONDS, check=False
        )
        if done.returncode == 0:
            return
        reason = next((line for line in done.stderr.splitlines() if "npm error" in line), done.stderr[-300:]).strip()
    except subprocess.TimeoutExpired:
        pass
    raise CannotRun(f"The conformance suite could not be installed from the npm registry ({reason}).")


def server(served: Served, revision: str, results: Path) -> list[Check]:
    """Every scenario that a revision demands of a server, and those that are reported beside them. Raises CannotRun."""
    ran = _run(["conformance", "server", "--url", served.mcp_url, "--requirements", revision, "-o", str(results)])
    checks = _checks(revision, results)
    if not checks:
        raise CannotRun(f"The suite checked nothing for {revision}: {ran.stderr[-500:]}")
    return checks


def authorization(served: Served, results: Path) -> list[Check]:
    """The metadata and a code for a token, by a client on this computer; a person agrees as in a browser."""
    port, registered = _free_port(), served.client("Conformance suite")
    process = subprocess.Popen(
        [
            *("conformance", "authorization", "--url", served.connector_url, "--client-id", registered),
            *("--resource", f"{served.connector_url}/mcp", "-p", str(port), "-o", str(results)),
        ],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    timer = threading.Timer(LONGEST_SECONDS, process.kill)
    timer.start()
    lines: list[str] = []
    try:
        for line in process.stdout or ():
            lines.append(line)
            if asked := _AUTHORIZE.search(line):
                requests.get(served.agreed(asked[0]), timeout=TIMEOUT)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
    checks = _checks("authorization", results)
    if {check.key.split()[1] for check in checks} != {
        "authorization-server-metadata-endpoint",
        "authorization-code-grant",
    }:
        raise CannotRun(f"The suite did not check the authorization server: {''.join(lines)[-800:]}")
    return checks


def inspector(served: Served, results: Path) -> list[Check]:
    """The Inspector's command line, straight at the server with the token in a header."""
    listed = _inspect(served, "--method", "tools/list", "--strict")
    called = _inspect(served, "--method", "tools/call", "--tool-name", "list_pets")
    wrong = _inspect(served, "--method", "tools/call", "--tool-name", "get_pet", "--tool-arg", "pet_id=999999")
    results.mkdir(parents=True, exist_ok=True)
    for name, ran in (("tools-list", listed), ("tools-call", called), ("tools-call-error", wrong)):
        (results / f"{name}.json").write_text(ran.stdout)
    tools, pets, refused = _json(listed), _json(called), _json(wrong)
    return [
        _inspected("tools-list", listed, fine=listed.returncode == 0 and len(tools.get("tools", ())) > 0),
        _inspected("tools-call", called, fine=bool(pets.get("structuredContent", {}).get("pets"))),
        _inspected("tools-call-error", wrong, fine=refused.get("isError") is True and "NOT_FOUND" in wrong.stdout),
    ]


def _inspect(served: Served, *arguments: str) -> "subprocess.CompletedProcess[str]":
    address = f"{served.connector_url}/mcp"
    header = f"Authorization: Bearer {served.token}"
    return _run(["inspector", "--cli", address, "--transport", "http", "--header", header, *arguments])


def _inspected(name: str, ran: "subprocess.CompletedProcess[str]", *, fine: bool) -> Check:
    return Check(
        f"inspector {name} {name}", fine, "" if fine else f"exit {ran.returncode}: {ran.stderr[-300:].strip()}"
    )


def _json(ran: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    try:
        parsed = json.loads(ran.stdout)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _checks(run: str, results: Path) -> list[Check]:
    checks = []
    for file in sorted(results.glob("*/checks.json")):
        named = _RESULT_FOLDER.fullmatch(file.parent.name)
        scenario = named[1] if named else file.parent.name
        for one in json.loads(file.read_text()):
            key = f"{run} {scenario} {one['id']}"
            checks.append(Check(key, one["status"] in _FINE, one.get("errorMessage") or one["status"]))
    return checks


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command, env=_environment(), capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotRun(f"{' '.join(command[:2])} took more than {LONGEST_SECONDS} s.") from None


def _environment() -> dict[str, str]:
    """The Node that came along, before the machine's own."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
