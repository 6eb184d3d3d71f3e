"""A threaded HTTP/1.1 server around the stand-in, for a test's thread or the management command."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from .application import Application
from .config import MainApp
from .faults import Faults
from .requestlog import RequestLog
from .seed import seed
from .versions import CURRENT, Release
from .world import World


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # headers and body leave in one packet
    server: _Server

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["sandbox.connection"] = self.connection
        environ["sandbox.stopping"] = self.server.stopping
        return environ

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Quiet: `server.requests` is the log."""


class _Server(ThreadedWSGIServer):
    request_queue_size = 512  # hundreds of connections may arrive at once
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)
        self.set_app(application)

    def server_bind(self) -> None:
        # The base class looks its own name up in DNS, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Close what keep-alive holds open: after stop() nobody may talk to a world that is gone."""
        self.stopping.set()
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class SandboxServer:
    """The stand-in main app on a port of its own; a context manager, or start() and stop().

    Keys and the connector's address come from the Django settings unless given; `version` is a release of the main app
    (versions.py), `environment` is production or development (throttles and quota, main-app.md §2).
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        version: str = CURRENT,
        api_key: str | None = None,
        hmac_secret: str | None = None,
        connector_url: str | None = None,
        environment: str = "production",
        world: World | None = None,
    ) -> None:
        def made(world: World) -> MainApp:
            app = MainApp(
                world=world,
                release=Release(version),
                api_key=settings.CONNECTOR_API_KEY if api_key is None else api_key,
                connector_url=settings.CONNECTOR_PUBLIC_URL if connector_url is None else connector_url,
                environment=environment,
            )
            app.hmac_secret = settings.HMAC_SHARED_SECRET if hmac_secret is None else hmac_secret
            return app

        self._made = made
        self.app = made(world or World(seed=seed))
        self._server = _Server((host, port), Application(self.app))
        self.app.url = f"http://{host}:{self._server.server_port}"
        self._thread: threading.Thread | None = None

    def renew(self) -> None:
        """As one that has just been made, at the same address: what was kept open or is under way ends in the world it began in."""
        if self._thread is None or not self._thread.is_alive():
            raise RuntimeError("This stand-in was stopped.")
        url = self.url
        self._server.end_connections()
        self._server.stopping = threading.Event()
        self.app = self._made(World(seed=seed))
        self.app.url = url
        self._server.set_app(Application(self.app))

    @property
    def url(self) -> str:
        return self.app.url

    @property
    def world(self) -> World:
        return self.app.world

    @property
    def faults(self) -> Faults:
        return self.app.faults

    @property
    def requests(self) -> RequestLog:
        return self.app.requests

    @property
    def connector_url(self) -> str:
        return self.app.connector_url

    @connector_url.setter
    def connector_url(self, url: str) -> None:
        self.app.connector_url = url

    def start(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="sandbox")
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.end_connections()

    def serve_forever(self) -> None:
        """Serve in this thread, for the management command."""
        try:
            self._server.serve_forever()
        finally:
            self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
