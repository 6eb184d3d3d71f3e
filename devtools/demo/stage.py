"""What the steps share: those who act (ChatGPT, two MCP clients, a person with a browser), what they know, and how it is shown."""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from devtools.demo.processes import Processes
from devtools.demo.secret_scan import SECRET_HEADERS, SecretScan

TIMEOUT = 60
LONGEST_SHOWN = 420

Step = Callable[["Stage"], None]


class StepFailed(Exception):
    """An answer that is not what it must be."""


def expect(holds: bool, otherwise: str) -> None:
    """Raises StepFailed, saying what was wrong."""
    if not holds:
        raise StepFailed(otherwise)


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, whichever library made them."""

    who: str
    method: str
    url: str
    sent_headers: Mapping[str, Any]
    sent: str
    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str | None]
    body: bytes


class Stage:
    """Carried from step to step; a step fills in what later ones need."""

    def __init__(
        self, console: Console, processes: Processes, secret_scan: SecretScan, *, verbose: bool = False
    ) -> None:
        self.console = console
        self._verbose = verbose
        self._spoken_last = False
        self.processes = processes
        self.secret_scan = secret_scan
        for name, value in processes.secrets.items():
            secret_scan.learn(name, value)
        secret_scan.learn("an Official Account's key", processes.zalo_key)
        secret_scan.learn("a bot's token", processes.zalo_bot_secret)
        self.connector = processes.connector_url
        self.main_app = processes.main_app_url
        self.zalo = processes.zalo_url
        self.person: dict[str, str] = {}
        self.browser = self.shown(requests.Session(), "browser")
        self.chatgpt: OAuth2Session
        self.app: OAuth2Session
        self.app_as_stranger = self.shown(requests.Session(), "app")
        self.server_metadata: dict[str, Any] = {}
        self.second_app: dict[str, str] = {}
        self.callback = ""
        self.address = ""
        self.state = ""
        self.verifier = ""
        self.old_access_token = ""
        self.main_app_tokens_before = 0
        self.pet_id = 0
        self.new_pet_id = 0
        self.record_id = 0

    # --- Acting -----------------------------------------------------------------------------------

    def shown(self, session: requests.Session, who: str) -> requests.Session:
        """Let each exchange of this session be learned from and shown."""
        session.trust_env = False
        session.hooks["response"].append(lambda answer, **_: self._exchange(who, answer))
        return session

    def call(self, method: str, path: str, *, body: Any = None, status: int = 200, tool: str = "") -> dict[str, Any]:
        """A tool call as ChatGPT makes it, shown when `tool` names it. Raises StepFailed when it answers with another status or no JSON
        object."""
        if tool and not self._verbose:
            self._used(tool, path, body or {})
        answer = self.chatgpt.request(method, f"{self.connector}{path}", json=body, timeout=TIMEOUT)
        expect(answer.status_code == status, f"{method} {path} answered {answer.status_code} instead of {status}")
        return json_object(answer)

    def done(self, method: str, path: str, *, body: Any = None, status: int = 200, tool: str = "") -> dict[str, Any]:
        """A tool call that must end in `done`."""
        answer = self.call(method, path, body=body, status=status, tool=tool)
        expect(answer.get("status") == "ok", f"{method} {path} answered with status {answer.get('status')!r}")
        return answer

    # --- Showing ----------------------------------------------------------------------------------

    def chapter(self, title: str) -> None:
        self._spoken_last = False
        self.console.print()
        self.console.print(Rule(f"[bold]{escape(title)}", align="left", style="dim"))

    def announce(self, step: Step, *, spoken: bool) -> None:
        """A step's title, which is its docstring's first line; a step that is a conversation speaks for itself."""
        if self._verbose or not spoken:
            if self._spoken_last and not self._verbose:
                self.console.print()
            self._spoken_last = False
            title = (inspect.getdoc(step) or step.__name__).splitlines()[0].rstrip(".")
            self.console.print(f"\n[bold]{escape(title)}[/]" if self._verbose else beside("", escape(title), width=2))

    def person_says(self, sentence: str, who: str = "") -> None:
        self.console.print()
        self._says(who or self.person.get("name", "Emma").split()[0], sentence, "cyan")

    def assistant_says(self, sentence: str, who: str = "ChatGPT") -> None:
        """The answer in words, made from what a step has checked."""
        self._says(who, sentence, "magenta")

    def _says(self, who: str, sentence: str, colour: str) -> None:
        self._spoken_last = True
        self.console.print(beside(f"  [bold {colour}]{who}[/]", escape(self.secret_scan.veil(sentence)), width=11))

    def _used(self, tool: str, path: str, fields: Mapping[str, Any]) -> None:
        shown = [f"pet_id={pet}" for pet in re.findall(r"/pets/(\d+)", path)]
        shown += [f"{name}={_in_short(value)}" for name, value in fields.items()]
        call = self.secret_scan.veil(f"{tool}({', '.join(shown)})")
        self.console.print(beside("", f"[dim]⚙ {escape(call)}[/]", width=11))

    def fact(self, text: str) -> None:
        """Something a step has checked."""
        self.console.print(beside("    [green]✓[/]", f"[dim]{escape(self.secret_scan.veil(text))}[/]", width=6))

    def tell_failure(self, failure: Exception) -> None:
        text = self.secret_scan.veil(f"{failure or type(failure).__name__}")
        self.console.print(f"  [bold red]✗ {escape(text)}[/]")
        tail = getattr(failure, "log_tail", "")
        if tail:
            self.console.print(escape(self.secret_scan.veil(tail)))

    def _exchange(self, who: str, answer: requests.Response) -> None:
        request = answer.request
        self.show(
            Exchange(
                who,
                request.method or "",
                request.url or "",
                request.headers,
                request.body.decode() if isinstance(request.body, bytes) else str(request.body or ""),
                answer.status_code,
                answer.headers,
                answer.cookies.get_dict(),
                answer.content,
            )
        )

    def show(self, one: Exchange) -> None:
        """Learn the secrets of an exchange; print it without them where everything is to be seen."""
        self._learn_what_was_sent(one)
        got = self._got(one)
        if not self._verbose:
            return
        path = urlsplit(one.url)._replace(scheme="", netloc="").geturl()
        host = "main app" if one.url.startswith(self.main_app) else "connector"
        self._line("[cyan]→[/]", f"{one.who} → {host}: {one.method} {path}", one.sent)
        self._line("[magenta]←[/]", f"{one.status}", got)

    def _learn_what_was_sent(self, one: Exchange) -> None:
        self.secret_scan.learn_address(one.who, one.url)
        for name in SECRET_HEADERS:
            if value := one.sent_headers.get(name):
                self.secret_scan.learn(f"{name} header", str(value).removeprefix("Bearer "))
        if one.sent and "json" in str(one.sent_headers.get("Content-Type", "")):
            self.secret_scan.learn_fields(one.who, json.loads(one.sent))
        else:
            self.secret_scan.learn_fields(one.who, dict(parse_qsl(one.sent)))

    def _got(self, one: Exchange) -> str:
        for name, value in one.cookies.items():
            self.secret_scan.learn(f"cookie {name}", value or "")
        location = one.headers.get("Location", "")
        self.secret_scan.learn_address("redirect", location)
        if location:
            return f"Location: {location}"
        kind = one.headers.get("Content-Type", "no body").partition(";")[0]
        if kind != "application/json":
            return f"{kind}, {len(one.body)} bytes" if one.body else ""
        parsed = json.loads(one.body)
        if isinstance(parsed, dict):
            self.secret_scan.learn_fields(one.who, parsed)
            if isinstance(parsed.get("data"), dict) and "redirect_url" in parsed["data"]:
                self.secret_scan.learn_address("redirect_url", parsed["data"]["redirect_url"])
        demand = one.headers.get("WWW-Authenticate", "") if one.status in (401, 403) else ""
        return f"{demand} {json.dumps(parsed, ensure_ascii=False)}".lstrip()

    def _line(self, arrow: str, head: str, text: str) -> None:
        text = self.secret_scan.veil(text)
        if len(text) > LONGEST_SHOWN:
            text = f"{text[:LONGEST_SHOWN]} … ({len(text)} characters)"
        self.console.print(f"  {arrow} [bold]{escape(self.secret_scan.veil(head))}[/] [dim]{escape(text)}[/]")


def beside(label: str, text: str, *, width: int) -> Table:
    """`text` to the right of `label`; what is longer than the screen goes on in the same column."""
    grid = Table.grid()
    grid.add_column(width=width, no_wrap=True)
    grid.add_column()
    grid.add_row(label, text)
    return grid


def _in_short(value: Any) -> str:
    return f"[{len(value)} of them]" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


def json_object(answer: requests.Response) -> dict[str, Any]:
    """The answer's body. Raises StepFailed when it is no JSON object."""
    try:
        parsed = answer.json()
    except ValueError:
        raise StepFailed(f"{answer.status_code} came without JSON") from None
    expect(isinstance(parsed, dict), "the answer is JSON, but no object")
    return dict(parsed)
