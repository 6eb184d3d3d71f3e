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
from django.db.models.base import ModelState
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

    A kept connection may have died since (a restart), or a migration given a column of a prepared query another type: it is asked once
    more on a new one, unless a transaction has begun. Asking first, as CONN_HEALTH_CHECKS does, would be a round trip a call.
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
        sql, parameters, converters, made = self._composed
        given = [one.prepared(values[one.position], database) if isinstance(one, _Given) else one for one in parameters]
        try:
            rows = _ask(database, sql, given)
        except (OperationalError, InterfaceError, NotSupportedError):
            if database.in_atomic_block:
                raise
            database.close()
            rows = _ask(database, sql, given)
        for position, (steps, column) in converters.items():
            for convert in steps:
                for row in rows:
                    row[position] = convert(row[position], column, database)
        return [made(row) for row in rows]

    def first(self, *values: object) -> M | None:
        """The one row with these values, or None. Raises DatabaseError."""
        return next(iter(self.all(*values)), None)

    @cached_property
    def _composed(self) -> tuple[str, tuple[Any, ...], dict[int, Any], Callable[[list[Any]], M]]:
        """The SQL, its parameters, what converts a column's values, and what makes an object of a row."""
        compiler: Any = self._rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        # What psycopg reads of jsonb in binary is Python's already.
        as_it_is: Any = JSONField if database.vendor == "postgresql" else ()
        columns = [None if isinstance(one[0].output_field, as_it_is) else one[0] for one in compiler.select]
        converters = compiler.get_converters(columns)
        return sql, tuple(parameters), converters, _maker(compiler.klass_info, compiler.select)


def _maker(info: dict[str, Any], select: list[Any]) -> Callable[[list[Any]], Any]:
    """What makes an object of a row, filled as when it is unpickled: Django's `from_db` looks at each field that the row lacks."""
    model, own = info["model"], info["select_fields"]
    names = [select[at][0].target.attname for at in own]
    key = own[names.index(model._meta.pk.attname)]
    related = [(one["local_setter"], _maker(one, select)) for one in info.get("related_klass_infos", ())]

    def made(row: list[Any]) -> Any:
        if row[key] is None:  # an outer join that found nothing
            return None
        one = model.__new__(model)
        one._state = ModelState()
        one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS
        vars(one).update(zip(names, row[own[0] : own[-1] + 1], strict=True))
        for set_related, make in related:
            set_related(one, make(row))
        return one

    return made


class CompiledWrite(Generic[M]):
    """Rows of a model stored as they are, all fields of them or some: no default, signal or other table is asked."""

    def __init__(self, model: type[M], *names: str) -> None:
        of_all: Any = model._meta.concrete_fields
        self._fields = [field for field in of_all if not field.primary_key and (not names or field.name in names)]
        columns = [f'"{field.column}"' for field in self._fields]
        table, key = f'"{model._meta.db_table}"', f'"{model._meta.pk.column}"'
        marks = ", ".join(["%s"] * len(columns))
        self._insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) RETURNING {key}"  # noqa: S608 - our own names  # nosec B608
        self._update = f"UPDATE {table} SET {' = %s, '.join(columns)} = %s WHERE {key} = %s RETURNING {key}"  # noqa: S608  # nosec B608

    def insert(self, row: M) -> None:
        """It has its key then. Raises DatabaseError, IntegrityError among them."""
        ((row.pk,),) = _ask(connections[DEFAULT_DB_ALIAS], self._insert, self._values(row))

    def update(self, row: M) -> None:
        """Nothing where it is gone. Raises DatabaseError."""
        _ask(connections[DEFAULT_DB_ALIAS], self._update, [*self._values(row), row.pk])

    def _values(self, row: M) -> list[Any]:
        database = connections[DEFAULT_DB_ALIAS]
        return [field.get_db_prep_save(getattr(row, field.attname), database) for field in self._fields]


class _BinaryCursor(psycopg.Cursor[Any]):
    """Values go and come as PostgreSQL holds them. Django's own cursor writes them into the SQL and reads text: 50 µs more for a
    row of twenty columns. Prepared (`prepare_threshold`) where it could be asked again."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_BinaryCursor":
        prepare = None if self.connection.autocommit else False
        return super().execute(query, params, prepare=prepare, binary=True)


def _ask(database: BaseDatabaseWrapper, sql: str, parameters: list[Any]) -> list[list[Any]]:
    """Asked of this thread's connection, within its transaction; by Django's own cursor where there is no PostgreSQL."""
    if database.vendor != "postgresql":
        with database.cursor() as own:
            own.execute(sql, parameters)
            return list(map(list, own.fetchall()))
    database.ensure_connection()
    # One for each connection: making it takes a third of a query.
    cursor: Any = vars(database).get("binary_cursor")
    if cursor is None or cursor.connection is not database.connection:
        cursor = vars(database)["binary_cursor"] = _BinaryCursor(database.connection)
    asked = database.make_debug_cursor(cursor) if database.queries_logged else cursor
    with database.wrap_database_errors, spans.query(sql):
        asked.execute(sql, parameters)
        rows = list(map(list, cursor.fetchall()))
    # What has just answered need not be asked whether it lives (CONN_HEALTH_CHECKS): a trip less for each call that writes.
    database.health_check_done = True  # type: ignore[attr-defined]
    return rows


# A refused connection has no SQLSTATE in libpq, so its words have to do (a server that speaks another language is "away").
_TOO_MANY = re.compile("too many (clients|connections)|connection slots are reserved|no more connections allowed")
_TOO_MANY_CLIENTS = "53300 too many clients"


def why_it_failed(error: Exception) -> str:
    """What ops need to know of a failed query and nothing of what was in it: PostgreSQL's SQLSTATE (53100 is a full disk, 57P01 a
    shutdown), SQLite's own words about its file ("attempt to write a readonly database"), else only the kind of error."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state == "53300" or (isinstance(cause, psycopg.OperationalError) and _TOO_MANY.search(str(cause))):
        return _TOO_MANY_CLIENTS
    if state:
        return str(state)
    # About the file or the lock; what was in a row is in an IntegrityError or DataError.
    is_of_a_file = database.vendor == "sqlite" and isinstance(error, OperationalError)
    return str(error) if is_of_a_file else type(error).__name__


def told_to_callers(error: Exception) -> str:
    """What a caller is told of a failed query; later the same request will do."""
    if why_it_failed(error) == _TOO_MANY_CLIENTS:
        return "This service's database has too many clients. Try once more in a few seconds."
    return "This service is restarting. Try once more in a few seconds."
