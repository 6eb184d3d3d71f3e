"""`GET /health` (the old connector's shape, for monitors that know it) and `GET /health/ready` (may this process serve?)."""

import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from connector import static_files
from connector.logs import get_logger
from mainapp import breaker
from oauthbridge.compiled_queries import why_it_failed

log = get_logger(__name__)


def for_monitors(view: Callable[[HttpRequest], HttpResponse]) -> Any:
    """None of these waits for the main app, but for the two seconds that /health gives it."""
    safe = require_safe(view)
    vars(safe).update(for_programs=True, waits_for_nobody=True)
    return safe


@for_monitors
def health(request: HttpRequest) -> JsonResponse:
    """`{status, version, main_app_reachable}`; 200 as long as this process answers (the FastAPI connector's shape)."""
    reachable = breaker.main_app_reachable()
    body = {"status": "ok" if reachable else "degraded", "version": settings.VERSION, "main_app_reachable": reachable}
    return JsonResponse(body, headers={"Cache-Control": "no-store"})


@for_monitors
def ready(request: HttpRequest) -> JsonResponse:
    """Database, cache and migrations, each `ok` or what is wrong in a word; 503 when calls could not be served, or no page (then
    `static_files` says why in a sentence).

    A cache that is away is said but does not make the process unready: requests are served without it.
    """
    database = _database()
    body = {"database": database, "cache": _cache(), "migrations": _migrations() if database == "ok" else "unknown"}
    if missing := static_files.problem():
        body["static_files"] = missing
    is_ready = database == "ok" and body["migrations"] == "ok" and not missing
    return JsonResponse(
        {"status": "ready" if is_ready else "not ready", **body},
        status=200 if is_ready else 503,
        headers={"Cache-Control": "no-store"},
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.warning("database away", kind=type(error).__name__, why=why_it_failed(error))
        return "away"
    return "ok"


def _cache() -> str:
    # django-redis answers None while Redis is away (IGNORE_EXCEPTIONS), so only a value that comes back counts.
    cache.set("health-probe", "1", 10)
    return "ok" if cache.get("health-probe") is not None else "away"


def _migrations() -> str:
    return "ok" if _migrated.is_set() or _find_migrated() else "pending"


# Reading the migration graph costs tens of milliseconds; once applied, migrations stay applied for this process.
_migrated = threading.Event()


def _find_migrated() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    _migrated.set()
    return True
