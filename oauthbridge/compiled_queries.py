"""Queries that are composed once per process: the ORM takes 0.3 to 0.6 ms to compose one that PostgreSQL answers in 0.1.

For those that every sign-in and every refresh ask (docs/performance.md); anywhere else a queryset reads better.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import psycopg
from django.db import connection as database
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Field, JSONField, Model, QuerySet
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=Model)


class _Given(Expression):
    """A value that is known only when the query is asked: the one at this position."""

    def __init__(self, field: "Field[Any, Any]", position: int) -> None:
        super().__init__(output_field=field)
        self.position = position
        self.prepared = field.get_db_prep_value

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class KeptQuery(Generic[M]):
    """The rows of a queryset whose fields called `names` have the values asked for, as the ORM would answer.

    The queryset may say `filter`, `only`, `order_by`, `select_for_update`, and `select_related` of what can't be null.
    """

    def __init__(self, rows: QuerySet[M], *names: str) -> None:
        fields: Any = rows.model._meta.get_field
        self._rows = rows.filter(**{name: _Given(fields(name), position) for position, name in enumerate(names)})
        self._composed: dict[str, tuple[str, tuple[Any, ...], Callable[[list[Any]], M]]] = {}

    def all(self, *values: object) -> list[M]:
        """The rows with these values, in the order of `names`. Raises DatabaseError."""
        if self._rows.query.select_for_update and not database.in_atomic_block:
            # As the ORM says it: nothing would be locked.
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        if database.alias not in self._composed:
            self._composed[database.alias] = self._compose(database.alias)
        sql, parameters, made = self._composed[database.alias]
        asked = [one.prepared(values[one.position], database) if isinstance(one, _Given) else one for one in parameters]
        with _cursor() as cursor:
            cursor.execute(sql, asked)
            return [made(list(row)) for row in cursor.fetchall()]

    def first(self, *values: object) -> M | None:
        """The one row with these values, or None. Raises DatabaseError."""
        return next(iter(self.all(*values)), None)

    def _compose(self, alias: str) -> tuple[str, tuple[Any, ...], Callable[[list[Any]], M]]:
        """The SQL, its parameters, and what makes an object of a row."""
        compiler: Any = self._rows.query.get_compiler(alias)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        if database.vendor == "postgresql":
            # What psycopg reads of jsonb in binary is Python's already.
            converters = {
                at: each for at, each in converters.items() if not isinstance(each[1].output_field, JSONField)
            }
        built = _builder(compiler.klass_info, compiler.select, alias)

        def made(row: list[Any]) -> M:
            for position, (steps, column) in converters.items():
                for convert in steps:
                    row[position] = convert(row[position], column, database)
            one: M = built(row)
            return one

        return sql, tuple(parameters), made


class _BinaryCursor(psycopg.Cursor[Any]):
    """Values go and come as PostgreSQL holds them. Django's own cursor writes them into the SQL and reads text: 50 µs more for a
    row of twenty columns."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_BinaryCursor":
        return super().execute(query, params, **(options | {"binary": True}))


def _cursor() -> CursorWrapper:
    """Of this thread's connection, within its transaction; Django's own where there is no PostgreSQL."""
    if database.vendor != "postgresql":
        return database.cursor()
    database.ensure_connection()
    cursor: Any = _BinaryCursor(database.connection)
    return database.make_debug_cursor(cursor) if database.queries_logged else database.make_cursor(cursor)


def _builder(told: dict[str, Any], select: Any, alias: str) -> Callable[[list[Any]], Any]:
    """What makes an object of its part of a row, and of the other parts the objects that it refers to (`ModelIterable`).
    `told`: what the compiler says about the model (`klass_info`)."""
    columns = told["select_fields"]
    names = [select[position][0].target.attname for position in columns]
    start, end = columns[0], columns[-1] + 1
    related = [(each["local_setter"], _builder(each, select, alias)) for each in told.get("related_klass_infos", ())]

    def built(row: list[Any]) -> Any:
        one = told["model"].from_db(alias, names, row[start:end])
        for refer, other in related:
            refer(one, other(row))
        return one

    return built
