"""How gunicorn serves the connector: threads in a few processes, sized from the environment (docs/settings.md).

A tool call mostly waits for the main app, so each process holds many threads; they are started when there is work for them. Each keeps
one database connection: `WEB_CONCURRENCY` times `WEB_THREADS` must fit into PostgreSQL's `max_connections`.
"""

import gc
import os
import resource
import tempfile
from pathlib import Path
from typing import Any

from gunicorn import glogging

from connector import settings
from connector.logs import logging_config
from connector.serving.gunicorn_worker import SPARE_THREADS

wsgi_app = "connector.wsgi"
# What is wrong with these, connector.wsgi says in sentences before there is a worker.
bind = settings.BIND

worker_class = "connector.serving.gunicorn_worker.Worker"
workers = settings.WEB_CONCURRENCY
threads = settings.WEB_THREADS + SPARE_THREADS
# Half of the descriptors are for all but clients.
worker_connections = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
# The environment is checked once, in the parent: a bad one ends the start with exit code 3 instead of a worker that
# is started again and again. Nothing is connected at import: every worker opens its own connections.
preload_app = True

# Over TOOL_DEADLINE_SECONDS at its greatest (40), so that a deployment never cuts a tool call short.
graceful_timeout = 45
timeout = 60
# Longer than the idle time of common reverse proxies (nginx 60 s): they close first, and no request meets a closed socket.
keepalive = 75

# An authorization request carries a state of up to 2000 characters, each of which may come percent-encoded.
limit_request_line = 8190
limit_request_fields = 50
limit_request_field_size = 8190
# An answer goes to its client by way of memory (connector.serving).
sendfile = False
# Not the parser in C that gunicorn would take if it were installed: 14 µs a request are not worth a second reading of what a
# request is (request smuggling), with releases of its own.
http_parser = "python"
# gunicorn would let a loopback peer move the application by a SCRIPT_NAME or PATH_INFO header, which many proxies pass on from
# anybody: past a proxy's rule for /admin, for one.
forwarder_headers = ""

# The heartbeat file of a worker must not wait for a disk.
if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK):  # noqa: S108 - gunicorn makes a file of its own there
    worker_tmp_dir = "/dev/shm"  # noqa: S108
if settings.METRICS_TOKEN and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Where the processes count together (prometheus_client's multiprocess mode); it must be known before the import.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="meo-metrics-", dir=globals().get("worker_tmp_dir")
    )


def _counts() -> list[Path]:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return list(Path(folder).glob("*.db")) if folder else []


def on_starting(server: Any) -> None:
    """Counts that an earlier run left in a folder of the operator's would be added to ours."""
    for counts in _counts():
        counts.unlink(missing_ok=True)


def when_ready(server: Any) -> None:
    """The last moment before there are workers: what is made now, all of them have.

    The tools' list of the MCP door takes half a second to make. And what is loaded stays for good, so no garbage collection need
    look at it again: a full one took a tenth of a second, in which no thread of the process ran, and the pages that it touches
    are no longer shared by the processes.
    """
    from petstools.files.conversion import seal
    from petstools.mcp import tools

    for modern in (True, False):
        tools.tools_list(modern=modern)
    gc.collect()
    gc.freeze()
    try:
        seal.hide_memory()
    except OSError as error:
        server.log.warning("a process of the same uid can read this one's memory: %s", error)


def post_fork(server: Any, worker: Any) -> None:
    """Threads that a burst has started stay; a database connection that none of them uses for a minute is ended by PostgreSQL."""
    from django.db.backends.signals import connection_created

    connection_created.connect(_end_when_idle)


def _end_when_idle(connection: Any, **_about: Any) -> None:
    # A pooler closes its own, and would lend a session with this setting to others.
    if settings.DATABASE_POOLED:
        return
    # From PostgreSQL 14 on. The next use finds it gone, and connects anew (CONN_HEALTH_CHECKS, oauthbridge.compiled_queries).
    if connection.vendor == "postgresql" and connection.pg_version >= 140_000:
        with connection.cursor() as cursor:
            cursor.execute("SET idle_session_timeout = '1min'")


def post_worker_init(worker: Any) -> None:
    """For `/metrics`: what only the server knows."""
    from connector.metrics import Serving

    Serving.waiting = staticmethod(lambda: len(worker._queue))
    if settings.TRACES_URL:
        _trace()


def _trace() -> None:
    from django.db.backends.signals import connection_created

    from mainapp import spans

    spans.start(settings.TRACES_URL, settings.VERSION)
    connection_created.connect(_traced, weak=False)


def _traced(connection: Any, **_about: Any) -> None:
    """Each new connection's queries; one that was lost and made anew keeps its wrappers."""
    from mainapp import spans

    if spans.asked not in connection.execute_wrappers:
        connection.execute_wrappers.append(spans.asked)


def worker_exit(server: Any, worker: Any) -> None:
    from mainapp import spans

    spans.end()


def child_exit(server: Any, worker: Any) -> None:
    """What a process that ended had under way is no more; what it had counted stays."""
    for counts in _counts():
        if counts.match(f"gauge_live*_{worker.pid}.db"):
            counts.unlink(missing_ok=True)


def on_exit(server: Any) -> None:
    for counts in _counts():
        counts.unlink(missing_ok=True)
    folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
    if folder.name.startswith("meo-metrics-"):
        folder.rmdir()


# A door to steer workers at run time that nobody here uses.
control_socket_disable = True


class Logger(glogging.Logger):
    """Without the access line, which gunicorn composes wherever logging is configured, and which would show codes:
    `connector.middleware` writes one per request, without the query string."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None: ...


accesslog = None
logger_class = Logger
logconfig_dict = logging_config(settings.LOG_LEVEL, json_lines=settings.LOG_FORMAT == "json")
logconfig_dict["loggers"]["gunicorn.error"] = {"handlers": ["console"], "level": "INFO", "propagate": False}
