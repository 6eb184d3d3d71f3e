"""Queries that are composed once per process: the ORM takes 0.3 to 0.6 ms to compose one that PostgreSQL answers in 0.1.

For those that every call, every sign-in and every refresh ask (docs/decisions/speed.md); anywhere else a queryset reads better.
"""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, NotSupportedError, OperationalError, connections
from django.db import connection as database
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, JSONField, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

from mainapp import spans

M = TypeVar("M", bound=Model)


class _Given(Expression):
    """A value that is known only when the query is asked: the one at this position."""

    def __init__(self, field: "Field[Any, Any]", position: int) -> None:
        super().__init__(output_field=field)
        self.position = position
        self.prepared = field.get_db_prep_value

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class CompiledQuery(Generic[M]):
    """The rows of a queryset whose fields called `names` have the values asked for, or another look-up (`created_at__gt`) finds, as
    the ORM would answer.

    The queryset may say `filter`, `only`, `order_by`, `select_for_update`, and `select_related`.

    A kept database connection may have died since its last query (a restart), and a migration may have given a column of a
    prepared query another type. Asking first, as CONN_HEALTH_CHECKS does for all others, would cost every tool call a round trip;
    instead the query is simply asked once more on a new connection, unless a transaction has begun on the old one.
    """

    def __init__(self, rows: QuerySet[M], *names: str) -> None:
        fields: Any = rows.model._meta.get_field
        given = {name: _Given(fields(name.partition("__")[0]), at) for at, name in enumerate(names)}
        self._rows = rows.filter(**given)

    def all(self, *values: object) -> list[M]:
        """The rows with these values, in the order of `names`. Raises DatabaseError."""
        # Itself, not what looks it up anew for each of its attributes.
        database = connections[DEFAULT_DB_ALIAS]
        if self._rows.query.select_for_update and not database.in_atomic_block:
            # As the ORM says it: nothing would be locked.
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        sql, parameters, made = self._composed
        given = [one.prepared(values[one.position], database) if isinstance(one, _Given) else one for one in parameters]
        try:
            return [made(list(row)) for row in _ask(database, sql, given)]
        except (OperationalError, InterfaceError, NotSupportedError):
            if database.in_atomic_block:
                raise
            database.close()
            return [made(list(row)) for row in _ask(database, sql, given)]

    def first(self, *values: object) -> M | None:
        """The one row with these values, or None. Raises DatabaseError."""
        return next(iter(self.all(*values)), None)

    @cached_property
    def _composed(self) -> tuple[str, tuple[Any, ...], Callable[[list[Any]], M]]:
        """The SQL, its parameters, and what makes an object of a row."""
        compiler: Any = self._rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        if database.vendor == "postgresql":
            # What psycopg reads of jsonb in binary is Python's already.
            converters = {
                at: each for at, each in converters.items() if not isinstance(each[1].output_field, JSONField)
            }
        # As Django's `ModelIterable` does it.
        model, columns = compiler.klass_info["model"], compiler.klass_info["select_fields"]
        names = [compiler.select[position][0].target.attname for position in columns]
        # The stubs know a later Django's.
        populators = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]

        def made(row: list[Any]) -> M:
            for position, (steps, column) in converters.items():
                for convert in steps:
                    row[position] = convert(row[position], column, database)
            one: M = model.from_db(DEFAULT_DB_ALIAS, names, row[columns[0] : columns[-1] + 1])
            for related in populators:
                related.populate(row, one)
            return one

        return sql, tuple(parameters), made


class _BinaryCursor(psycopg.Cursor[Any]):
    """Values go and come as PostgreSQL holds them. Django's own cursor writes them into the SQL and reads text: 50 µs more for a
    row of twenty columns. Prepared (`prepare_threshold`) where it could be asked again."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_BinaryCursor":
        prepare = None if self.connection.autocommit else False
        return super().execute(query, params, prepare=prepare, binary=True)


def _ask(database: BaseDatabaseWrapper, sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """Asked of this thread's connection, within its transaction; by Django's own cursor where there is no PostgreSQL."""
    if database.vendor != "postgresql":
        with database.cursor() as own:
            own.execute(sql, parameters)
            return list(own.fetchall())
    database.ensure_connection()
    # One for each connection: making it takes a third of a query.
    cursor: Any = vars(database).get("binary_cursor")
    if cursor is None or cursor.connection is not database.connection:
        cursor = vars(database)["binary_cursor"] = _BinaryCursor(database.connection)
    asked = database.make_debug_cursor(cursor) if database.queries_logged else cursor
    with database.wrap_database_errors, spans.query(sql):
        asked.execute(sql, parameters)
        rows = list(cursor.fetchall())
    # What has just answered need not be asked whether it lives (CONN_HEALTH_CHECKS): a trip less for each call that writes.
    database.health_check_done = True  # type: ignore[attr-defined]
    return rows


# A refused connection has no SQLSTATE in libpq, so its words have to do (a server that speaks another language is "away").
_TOO_MANY_CLIENTS = re.compile(
    "too many (clients|connections)|connection slots are reserved|no more connections allowed"
)


def why_it_failed(error: Exception) -> str:
    """What ops need to know of a failed query and nothing of what was in it: PostgreSQL's SQLSTATE (53100 is a full disk, 57P01 a
    shutdown), SQLite's own words about its file ("attempt to write a readonly database"), else only the kind of error."""
    state = getattr(error.__cause__, "sqlstate", None)
    if _has_too_many_clients(error):
        return "53300 too many clients"
    if state:
        return str(state)
    if database.vendor == "sqlite" and isinstance(error, OperationalError):
        # About the file or the lock; what was in a row is in an IntegrityError or DataError.
        return str(error)
    return type(error).__name__


def told_to_callers(error: Exception) -> str:
    """What a caller is told of a failed query; later the same request will do."""
    if _has_too_many_clients(error):
        return "This service's database has too many clients. Try once more in a few seconds."
    return "This service is restarting. Try once more in a few seconds."


def _has_too_many_clients(error: Exception) -> bool:
    cause = error.__cause__
    return isinstance(cause, psycopg.OperationalError) and (
        cause.sqlstate == "53300" or bool(_TOO_MANY_CLIENTS.search(str(cause)))
    )
