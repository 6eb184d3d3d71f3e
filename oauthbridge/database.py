"""Database connections as the way in needs them: found dead in time (a restart, a failover), and quick for the query of every call.

CONN_HEALTH_CHECKS would ask every kept connection before every request: one round trip more for each tool call. Tool calls do
without (`authentication` asks its one query again instead); sign-ins, tokens and staff, who are rarer, ask first.
"""

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.backends.utils import CursorWrapper
from psycopg import pq
from psycopg.adapt import Transformer


def drop_dead_connection() -> None:
    """Close this thread's kept connection if it is dead, so that the next query opens a new one."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


class _PreparedCursor:
    """Has PostgreSQL parse and plan a query once for each connection, and send its values as bytes instead of text.

    By libpq's own blocking calls (psycopg.pq): psycopg's cursor sends, waits and receives in three steps, between which each time
    other threads want Python's lock, and takes twice the processor time. Django's connections could not have it prepare anything
    either: they are made with `prepare_threshold` None.
    """

    # Where Django, counting queries for a test, looks for what was asked; its text is kept nowhere.
    _query = None

    def __init__(self, psycopg_connection: psycopg.Connection[Any]) -> None:
        self.connection = psycopg_connection
        self._names: dict[str, bytes] = {}
        self._values = Transformer(psycopg_connection)
        self._rows = 0

    def execute(self, query: str, params: Sequence[str]) -> None:
        """Raises psycopg.Error."""
        libpq = self.connection.pgconn
        name = self._names.get(query)
        if name is None:
            name = f"meo_{len(self._names)}".encode()
            self._checked(libpq.prepare(name, query.replace("%s", "$1").encode()))
            self._names[query] = name
        result = libpq.exec_prepared(name, [each.encode() for each in params], result_format=pq.Format.BINARY)
        self._values.set_pgresult(self._checked(result))
        self._rows = result.ntuples

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._values.load_row(0, tuple) if self._rows else None

    def close(self) -> None:
        """Nothing: it is kept as long as its connection, and what PostgreSQL has prepared with it."""

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            return result
        if self.connection.closed:
            # libpq's own words; the server had no time for any, nor for a SQLSTATE.
            raise psycopg.OperationalError(result.get_error_message())
        raise psycopg.errors.error_from_result(result)


class _OfThisThread(threading.local):
    cursor: _PreparedCursor | None = None


_kept = _OfThisThread()


def prepared_cursor() -> CursorWrapper:
    """A cursor of this thread's connection for queries that every call asks, with one text in their place; Django's own where
    there is no PostgreSQL. It has one row at most.

    Raises django.db.NotSupportedError when a migration has since given one of the query's columns another type; a new connection
    answers then. Values of jsonb come as Python's, not as the text that Django's JSONField reads.
    """
    # Once: `django.db.connection` looks for this thread's at each attribute.
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        return database.cursor()
    database.ensure_connection()
    cursor: Any = _kept.cursor
    if cursor is None or cursor.connection is not database.connection:
        cursor = _kept.cursor = _PreparedCursor(database.connection)
    return database.make_debug_cursor(cursor) if database.queries_logged else database.make_cursor(cursor)


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
