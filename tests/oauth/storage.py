"""What lies in the database, and a database that fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as db
from django.db.models import Model


@contextmanager
def without_table(model: type[Model]) -> Iterator[None]:
    """A database that fails in the middle, as a full disk or a lost connection would."""
    name = model._meta.db_table
    with db.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO away")
    try:
        yield
    finally:
        with db.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {name}")
