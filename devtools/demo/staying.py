"""`make demo ARGS=--stay`: the services go on, with addresses to open, until Ctrl-C."""

import html
import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from rich.console import Console

from devtools.demo.processes import Processes
from devtools.demo.stage import TIMEOUT

STAFF = "staff"
SAMPLE = ("--connections", "300", "--tool-calls", "5000")


def stay(console: Console, processes: Processes, redirect_uris: list[str]) -> None:
    """Print what can be opened, and wait. Raises ProcessFailed when one of the services has died."""
    people = requests.get(f"{processes.main_app_url}/__sandbox/people", timeout=TIMEOUT).json()["people"]
    with console.status("Making clients, a staff account and sample data …"):
        visit = SignInPage(processes)
        callbacks = [argument for uri in (*redirect_uris, visit.callback) for argument in ("--redirect-uri", uri)]
        client = json.loads(processes.manage("gpt_client", "--rotate-secret", "--json", *callbacks))
        visit.start(client)
        local = [part for host in ("127.0.0.1", "localhost") for part in ("--redirect-uri", f"http://{host}/callback")]
        app = json.loads(processes.manage("mcp_client", "create", "Your tool", "--json", *local))
        password = secrets.token_urlsafe(12)
        account = ("createsuperuser", "--no-input", "--username", STAFF)
        processes.manage(*account, DJANGO_SUPERUSER_PASSWORD=password)
        processes.manage("sample_data", *SAMPLE)
    emma = next(person for person in people if person["key"] == "emma")
    rows = (
        ("Sign in as Emma", visit.link, f"{emma['email']}, password {emma['password']}"),
        ("Staff's admin", f"{processes.connector_url}/admin/", f"{STAFF}, password {password}; sample data is in it"),
        ("Tools as a GPT has them", f"{processes.connector_url}/docs", ""),
        ("For your MCP client", app["mcp_url"], f"client id {app['client_id']}, any port of this machine"),
        (
            "Write on Zalo by hand",
            f"{processes.zalo_url}/?person=mai",
            "an account and a bot; Mai is connected",
        ),
        ("Front page", processes.connector_url, ""),
        ("Main app's switches", f"{processes.main_app_url}/__sandbox/faults", "PUT latency, errors, outage …"),
        ("Zalo's switches", f"{processes.zalo_url}/__zalo/faults", "and /__zalo/habits: python -m sandbox.zalo --help"),
        ("Logs", f"{processes.folder}/*.log", ""),
    )
    console.print("\n[bold]All stay up. To open:[/]")
    for what, address, how in rows:
        console.print(f"  {what:<24} {address}", markup=False, soft_wrap=True)
        if how:
            console.print(f"  {'':<24} [dim]{how}[/]", soft_wrap=True)
    console.print("\n[bold]An OAuth client of yours[/] (the GPT's):")
    console.print(
        f"  {client['client_id']}, secret {client['client_secret']}, {client['token_url']}",
        markup=False,
        soft_wrap=True,
    )
    console.print("\n[bold]Others to sign in as[/]")
    for person in people:
        console.print(f"  {person['email']:<20} {person['password']:<14} {person['about']}", markup=False)
    console.print("\nCtrl-C stops all and removes everything.")
    # Wakes for Ctrl-C, and when one of them has died.
    while not threading.Event().wait(1):
        processes.must_live()


class SignInPage:
    """A page on this machine that plays the app: it begins the sign-in, takes the code, and shows the person's pets."""

    def __init__(self, processes: Processes) -> None:
        self._connector = processes.connector_url
        self._client: dict[str, str] = {}
        self._states: set[str] = set()
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                if address.path == "/":
                    self.send_response(302)
                    self.send_header("Location", page.begin())
                    self.end_headers()
                    return
                query = {name: values[0] for name, values in parse_qs(address.query).items()}
                body = page.finish(query).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet: the address holds a code."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.link = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self.callback = f"{self.link}callback"

    def start(self, client: dict[str, str]) -> None:
        self._client = client
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def begin(self) -> str:
        state = secrets.token_urlsafe(16)
        self._states.add(state)
        asked = {
            "response_type": "code",
            "client_id": self._client["client_id"],
            "redirect_uri": self.callback,
            "state": state,
        }
        return f"{self._connector}/oauth/authorize?{urlencode(asked)}"

    def finish(self, query: dict[str, str]) -> str:
        if query.get("state") not in self._states or "code" not in query:
            return _page("Not signed in", "This is not an answer to a sign-in that began here. Open the link again.")
        self._states.discard(query["state"])
        form = {name: self._client[name] for name in ("client_id", "client_secret")}
        form |= {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": self.callback}
        tokens = requests.post(f"{self._connector}/oauth/token", data=form, timeout=TIMEOUT).json()
        if "access_token" not in tokens:
            return _page("Not signed in", str(tokens.get("error_description") or tokens.get("error")))
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        pets = requests.get(f"{self._connector}/pets", headers=headers, timeout=TIMEOUT).json()["pets"]
        return _page(
            "Connected", "The app may now look after " + (", ".join(pet["name"] for pet in pets) or "no pets yet") + "."
        )


def _page(title: str, text: str) -> str:
    shown = f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
    return f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><body style='font:1em sans-serif'>{shown}"
