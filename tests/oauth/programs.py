"""The programs that people connect with, each on a machine of its own: installed from its registry, driven as a person does.

They are fetched once into a cache beside the tree, and none of them reaches a vendor: Claude Code and Gemini CLI are told of a
model that calls `list_pets` once; Codex calls a tool without a model.
"""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import pytest

from tests.databases import CACHE, CACHE_OF_ALL
from tests.playing import NO_TLS

Agree = Callable[[str], str]
T = TypeVar("T")
AUTHORIZE = r"https?://[!-~]+/oauth/authorize[!-~]+"


def installed(cache: Path, package: str, *command: str) -> Path:
    """The folder that this command put a pinned package into, in this run or an earlier one; the test is skipped where it can't."""
    folder = cache / re.sub(r"[^a-z0-9.-]+", "-", package).strip("-")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = Path(tempfile.mkdtemp(dir=cache))
            done = subprocess.run([*command, str(making)], capture_output=True, text=True, timeout=100, cwd=making)
            if done.returncode:
                shutil.rmtree(making)
                pytest.skip(f"the registry does not hand out {package}: {done.stderr.strip()[-200:]}")
            making.rename(folder)
    return folder


def from_npm(package: str, program: str) -> str:
    """The path of this program."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the programs it hands out can't be tried")
    folder = installed(
        CACHE_OF_ALL, package, npm, "install", "--no-audit", "--no-fund", "--no-save", package, "--prefix"
    )
    return str(folder / "node_modules" / ".bin" / program)


def from_pypi(package: str) -> Path:
    """A folder to import it from."""
    return installed(
        CACHE, package, sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", package, "--target"
    )


class Terminal:
    """A program in a terminal, wide enough for any address."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, 2000))
        self._process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        # With all that it has started.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)

    def wait_for(self, pattern: str) -> str:
        """What matches, once it stands there."""
        return self.wait_until(lambda: found[0] if (found := re.search(pattern, self.seen)) else None, pattern)

    def wait_until(self, there: Callable[[], T | None], what: str, seconds: float = 40) -> T:
        """Read on, or the program would stand still, until this is there and nothing follows for a moment."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([self._ours], [], [], 0.3)[0]:
                try:
                    self.seen += os.read(self._ours, 65536).decode(errors="replace")
                except OSError:
                    # It has ended.
                    until = 0
            elif (value := there()) is not None:
                return value
        value = there()
        assert value is not None, f"no {what} in {self.seen[-3000:]}"
        return value

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())
        # A line that comes in one piece with its end is taken for pasted.
        time.sleep(0.3)
        os.write(self._ours, b"\r")


class Model:
    """Answers as Anthropic's or Google's would: with one call of `list_pets` where it is among the tools, else with "done"."""

    def __init__(self) -> None:
        self.results: list[str] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = json.loads(body or b"{}")
                events = model.answer(self.path, asked if isinstance(asked, dict) else {})
                self.send_response(200 if events else 404)
                in_one = ":generateContent" in self.path
                self.send_header("Content-Type", "application/json" if in_one else "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                if in_one:
                    self.wfile.write(json.dumps(events[0]).encode())
                    return
                for event in events:
                    name = f"event: {event['type']}\n" if "type" in event else ""
                    self.wfile.write(f"{name}data: {json.dumps(event)}\n\n".encode())

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
        if path.startswith("/v1/messages") and "count_tokens" not in path:
            return self._anthropic(asked)
        return self._google(asked) if "enerateContent" in path else []

    def _anthropic(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        blocks = [
            block
            for message in asked["messages"]
            if isinstance(message["content"], list)
            for block in message["content"]
        ]
        results = [json.dumps(block["content"]) for block in blocks if block.get("type") == "tool_result"]
        self.results += results
        mine = [tool["name"] for tool in asked.get("tools", []) if tool["name"].endswith("list_pets")]
        calls = mine and not results
        block: dict[str, Any] = {"type": "text", "text": ""}
        delta: dict[str, Any] = {"type": "text_delta", "text": "done"}
        if calls:
            block = {"type": "tool_use", "id": "toolu_1", "name": mine[0], "input": {}}
            delta = {"type": "input_json_delta", "partial_json": "{}"}
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
        why = "tool_use" if calls else "end_turn"
        return [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": why}, "usage": {"output_tokens": 1}},
            {"type": "message_stop"},
        ]

    def _google(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        parts = [part for content in asked["contents"] for part in content["parts"]]
        results = [json.dumps(part["functionResponse"]) for part in parts if "functionResponse" in part]
        self.results += results
        names = [one["name"] for tools in asked.get("tools", []) for one in tools.get("functionDeclarations", [])]
        mine = [name for name in names if name.endswith("list_pets")]
        part = {"functionCall": {"name": mine[0], "args": {}}} if mine and not results else {"text": "done"}
        return [{"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}]}]


class Machine:
    """A person's machine with one program on it; nothing of this one's own settings reaches it."""

    name: ClassVar[str]
    registers: ClassVar[bool] = False
    # Where it keeps its tokens, and where in there it says until when they are good.
    kept_in: ClassVar[str]

    def __init__(self, home: Path, mcp_url: str, model: Model) -> None:
        self.home, self.mcp_url, self.model = home, mcp_url, model
        home.mkdir()
        browser = home / "bin" / "xdg-open"
        browser.parent.mkdir()
        browser.write_text(f'#!/bin/sh\necho "$1" > {home}/opened\n')
        browser.chmod(0o700)
        self.environment = {
            "PATH": f"{browser.parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "TERM": "xterm-256color",
            # Without a screen nobody opens a browser.
            "DISPLAY": ":9",
        }
        self.set_up()

    def set_up(self) -> None:
        """Enter the server, as docs/mcp.md says."""

    def sign_in(self, agree: Agree) -> None:
        raise NotImplementedError

    def pets(self) -> str:
        """What a call of `list_pets` brought, as text; empty where it was not let in."""
        raise NotImplementedError

    def let_the_access_token_grow_old(self) -> None:
        file = self.home / self.kept_in
        kept, count = re.subn(r'("expires_?[aA]t"\s*:\s*)\d+', r"\g<1>1000", file.read_text())
        assert count == 1
        file.write_text(kept)

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def result_of(self, *command: str) -> str:
        """What the model was handed back while this ran."""
        self.model.results.clear()
        self.run(*command)
        return "".join(self.model.results)


class ClaudeCode(Machine):
    name = "Claude Code"
    kept_in = ".claude/.credentials.json"

    def set_up(self) -> None:
        self.program = from_npm("@anthropic-ai/claude-code@2.1.332", "claude")
        self.environment |= {
            "ANTHROPIC_BASE_URL": self.model.url,
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            # All tools at once, and none before the server has answered.
            "ENABLE_TOOL_SEARCH": "false",
            "MCP_CONNECTION_NONBLOCKING": "0",
        }
        self.run(self.program, "mcp", "add", "--transport", "http", "--scope", "user", "meo", self.mcp_url)

    def sign_in(self, agree: Agree) -> None:
        with Terminal([self.program, "mcp", "login", "meo", "--no-browser"], self.environment, self.home) as terminal:
            address = terminal.wait_for(AUTHORIZE)
            terminal.wait_for("paste the redirect URL")
            terminal.type(agree(address))
            terminal.wait_for('Authenticated with "meo"')

    def pets(self) -> str:
        return self.result_of(self.program, "-p", "Which pets do I have?", "--allowedTools", "mcp__meo__list_pets")


class GeminiCli(Machine):
    name = "Gemini CLI MCP Client"
    registers = True
    kept_in = ".gemini/mcp-oauth-tokens.json"

    def set_up(self) -> None:
        self.program = from_npm("@google/gemini-cli@0.61.0", "gemini")
        self.environment |= {
            "GEMINI_API_KEY": "none",
            "GOOGLE_GEMINI_BASE_URL": self.model.url,
            # Else it starts itself anew, to give itself more memory: each start takes twice as long.
            "GEMINI_CLI_NO_RELAUNCH": "true",
        }
        settings = {
            "mcpServers": {"meo": {"httpUrl": self.mcp_url, "trust": True}},
            "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
            "privacy": {"usageStatisticsEnabled": False},
        }
        (self.home / ".gemini").mkdir()
        (self.home / ".gemini" / "settings.json").write_text(json.dumps(settings))

    def sign_in(self, agree: Agree) -> None:
        opened = self.home / "opened"
        opened.unlink(missing_ok=True)
        command = [self.program, "--screen-reader", "--skip-trust", "-m", "gemini-2.5-flash", "-i", "/mcp auth meo"]
        with Terminal(command, self.environment, self.home) as terminal:
            asked, as_a_sentence = "Do you want to continue", "Model:"
            with suppress(AssertionError):
                terminal.wait_until(lambda: asked in terminal.seen or as_a_sentence in terminal.seen or None, asked, 20)
            if asked not in terminal.seen:
                # Until its commands are loaded it takes one for a sentence to the model, or for nothing on a busy machine.
                terminal.type("/mcp auth meo")
                terminal.wait_for(asked)
            terminal.type("")
            terminal.wait_until(lambda: "it" if opened.exists() and opened.read_text() else None, "browser")
            open_at_the_program(agree(opened.read_text().strip()))
            terminal.wait_for("Successfully authenticated and reloaded tools")

    def pets(self) -> str:
        return self.result_of(self.program, "-p", "Which pets do I have?", "--skip-trust", "-m", "gemini-2.5-flash")


class Codex(Machine):
    name = "Codex"
    kept_in = ".codex/.credentials.json"

    def set_up(self) -> None:
        self.program = from_npm("@openai/codex@0.171.0", "codex")
        (self.home / ".codex").mkdir()
        # What `codex mcp add meo --url …` writes before it begins the sign-in by itself.
        (self.home / ".codex" / "config.toml").write_text(f'[mcp_servers.meo]\nurl = "{self.mcp_url}"\n')

    def sign_in(self, agree: Agree) -> None:
        with Terminal([self.program, "mcp", "login", "meo", "--no-browser"], self.environment, self.home) as terminal:
            address = terminal.wait_for(AUTHORIZE)
            terminal.wait_for("Callback URL")
            terminal.type(agree(address))
            terminal.wait_for("Successfully logged in")

    def pets(self) -> str:
        with self._app_server() as ask:
            started = ask("thread/start", {})
            asked = {
                "threadId": started["result"]["thread"]["id"],
                "server": "meo",
                "tool": "list_pets",
                "arguments": {},
            }
            called = ask("mcpServer/tool/call", asked)
        return str(called["result"]["content"][0]["text"]) if "result" in called else ""

    @contextmanager
    def _app_server(self) -> Iterator[Callable[[str, dict[str, Any]], dict[str, Any]]]:
        """What its editors talk to: JSON-RPC by lines."""
        with subprocess.Popen(
            [self.program, "app-server"],
            env=self.environment,
            cwd=self.home,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            sent, heard = process.stdin, process.stdout
            assert sent is not None
            assert heard is not None

            def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
                sent.write(json.dumps({"id": method, "method": method, "params": params}) + "\n")
                sent.flush()
                for line in heard:
                    answer: dict[str, Any] = json.loads(line)
                    if answer.get("id") == method and "method" not in answer:
                        return answer
                raise AssertionError(f"no answer to {method}")

            try:
                ask("initialize", {"clientInfo": {"name": "tests", "version": "1"}})
                yield ask
            finally:
                process.kill()


def open_at_the_program(address: str) -> None:
    """The browser comes back to the program that listens on this machine."""
    arrived = httpx.get(address, trust_env=False, verify=NO_TLS)
    assert arrived.status_code < 400, arrived.text
