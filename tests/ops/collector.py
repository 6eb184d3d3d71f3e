"""An OpenTelemetry collector: takes what is sent by OTLP over HTTP, and shows it whole."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """Context manager; `url` is what TRACES_URL takes."""

    def __init__(self) -> None:
        collector = self
        self._taken: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector._taken.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/traces"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self) -> list[Span]:
        read = [ExportTraceServiceRequest.FromString(body) for body in self._taken]
        return [
            span
            for each in read
            for of_resource in each.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]

    def everything(self) -> str:
        """All that was taken, resource and all, as text."""
        return "\n".join(str(ExportTraceServiceRequest.FromString(body)) for body in self._taken)
