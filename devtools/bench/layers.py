"""What one call costs inside the service, layer by layer: `make bench ARGS=--layers`, read docs/performance.md.

Run in the benchmark's own environment, without gunicorn: the whole application answers in this thread, and each layer's share is
the processor time of this thread between its entry and its exit, the layers inside it taken out. The least of many rounds counts:
whatever else the machine does only adds to a round.
"""

import functools
import io
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from devtools.bench import mcp

# By entry point, outermost first. The rest of the whole call is Django's own: request, addresses, middleware.
LAYERS = {
    "connector.middleware:log.info": "access line, redacted",
    "petstools.views:ToolView.dispatch": "REST framework, tool-call line",
    "petstools.mcp.view:_answered": "MCP: the offer, the result, tool-call line",
    "petstools.mcp.view:_message": "MCP: the message read and checked",
    "oauthbridge.authentication:ConnectionAuthentication.authenticate": "bearer token → connection: one query",
    "petstools.mcp.view:bearer_of": "bearer token → connection: one query",
    "petstools.views:hit": "throttle: one trip to Redis",
    "petstools.mcp.view:hit": "throttle: one trip to Redis",
    "petstools.tools.base:Tool.__call__": "the tool: choosing and showing",
    "mainapp.session:data_in": "the main app's records read and checked",
    "mainapp.session:Session.call": "one call to the main app: request, answer, JSON",
    "mainapp.http.connection:Connection.ask": "its transport: HTTP and the socket",
    "petstools.answers:AnswerRenderer.render": "JSON of the answer",
    "petstools.mcp.view:as_json": "JSON of the answer",
}
REST = "Django: request, addresses, middleware"
# HTTP method, path, headers, body; whose token comes with it is told by the path.
Call = tuple[str, str, Mapping[str, str], bytes]
CALLS: dict[str, Call] = {
    "get_pet": ("GET", "/pets/1", {}, b""),
    "get_pet, MCP": ("POST", "/mcp", *mcp.request("tools/call", name="get_pet", arguments={"pet_id": 1})),
    "list_pets": ("GET", "/pets", {}, b""),
    "list_pets, MCP": ("POST", "/mcp", *mcp.request("tools/call", name="list_pets", arguments={})),
    "find_pet": ("POST", "/pets/find", {}, b'{"name": "Mimi"}'),
    "health": ("GET", "/health", {}, b""),
}
WARM_UP, ROUNDS, CALLS_A_ROUND = 50, 25, 20


def owner_of(entry: str) -> tuple[Any, str]:
    """The object that has the entry point, and its name there."""
    module, _colon, path = entry.partition(":")
    *above, name = path.split(".")
    return functools.reduce(getattr, above, import_module(module)), name


class Clock:
    """Processor time of this thread, given to the layer it was spent in."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    def timed(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timing(*arguments: Any, **options: Any) -> Any:
            began = time.thread_time()
            self._inside.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                taken = time.thread_time() - began
                self.seconds[layer] += taken - self._inside.pop()
                if self._inside:
                    self._inside[-1] += taken

        return timing


def measure(token: str, mcp_token: str) -> dict[str, dict[str, float]]:
    """Milliseconds by call and layer: each the least of all rounds, the whole call too."""
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    clock = Clock()
    for entry, layer in LAYERS.items():
        owner, name = owner_of(entry)
        setattr(owner, name, clock.timed(layer, getattr(owner, name)))
    answer = clock.timed(REST, functools.partial(_answer, application, token, mcp_token))
    found: dict[str, dict[str, float]] = {}
    for call, request in CALLS.items():
        for _ in range(WARM_UP):
            answer(*request)
        least: dict[str, float] = {}
        for _ in range(ROUNDS):
            clock.seconds.clear()
            for _ in range(CALLS_A_ROUND):
                answer(*request)
            spent = clock.seconds | {"whole": sum(clock.seconds.values())}
            for layer, seconds in spent.items():
                milliseconds = seconds * 1000 / CALLS_A_ROUND
                least[layer] = min(least.get(layer, milliseconds), milliseconds)
        found[call] = least
    return found


def _answer(
    application: Any, token: str, mcp_token: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> None:
    """One request as gunicorn hands it over, its answer read to the end."""
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {mcp_token if path == '/mcp' else token}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    chunks = application(environ, lambda line, headers, failure=None: status.append(line))
    b"".join(chunks)
    chunks.close()
    if not status[0].startswith("200"):
        raise RuntimeError(f"{path} answered {status[0]}")


def table(found: dict[str, dict[str, float]]) -> str:
    """The layers in Markdown, in milliseconds, ready for docs/performance.md."""
    lines = [f"| ms | {' | '.join(found)} |", "| --- |" + " --- |" * len(found)]
    for layer in dict.fromkeys((REST, *LAYERS.values(), "whole")):
        cells = (f"{least[layer]:.2f}" if layer in least else "" for least in found.values())
        lines.append(f"| {layer} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    # By standard input: a command line is there for everybody to read.
    sys.stdout.write(table(measure(*sys.stdin.readline().split())) + "\n")
