"""Database connections as the way in needs them: found dead in time (a restart, a failover), and quick for the query of every call.

CONN_HEALTH_CHECKS would ask every kept connection before every request: one round trip more for each tool call. Tool calls do
without (`authentication` asks its one query again instead); sign-ins, tokens and staff, who are rarer, ask first.
"""

from typing import Any

import psycopg
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper


def drop_dead_connection() -> None:
    """Close this thread's kept connection if it is dead, so that the next query opens a new one."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


class _PreparedCursor(psycopg.Cursor[Any]):
    """Has PostgreSQL parse and plan a query once for each connection, and send its values as bytes instead of text."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_PreparedCursor":
        return super().execute(query, params, **(options | {"prepare": True, "binary": True}))


def prepared_cursor() -> CursorWrapper:
    """A cursor of this thread's connection for a query that every call asks; Django's own where there is no PostgreSQL.

    Raises django.db.NotSupportedError when a migration has since given one of the query's columns another type; a new connection
    answers then. Values of jsonb come as Python's, not as the text that Django's JSONField reads.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    cursor: Any = _PreparedCursor(connection.connection)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)


def why_it_failed(error: Exception) -> str:
    """What ops need to know of a failed query and nothing of what was in it: PostgreSQL's SQLSTATE (53100 is a full disk, 57P01 a
    shutdown), SQLite's own words about its file ("attempt to write a readonly database"), else only the kind of error."""
    state = getattr(error.__cause__, "sqlstate", None)
    if state:
        return str(state)
    if connection.vendor == "sqlite" and isinstance(error, OperationalError):
        # About the file or the lock; what was in a row is in an IntegrityError or DataError.
        return str(error)
    return type(error).__name__
