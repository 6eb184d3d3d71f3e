"""Moving every stored token to the key ring's first key, while the service goes on.

Each row is changed only if it still holds the ciphertext that was read, so a connection that ends meanwhile, or a second run of
this, is never overwritten. Stopped halfway, the next run goes on with what is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from oauthbridge.models import Connection, PendingRevocation, SecondFactor
from oauthbridge.tokens import CannotDecrypt, Sealed, keyring

BATCH = 500


@dataclass(frozen=True)
class Moved:
    """One row's end: moved, left alone because it changed meanwhile, or lost because no key opens it."""

    row: str
    result: str


def left_over() -> int:
    """How many stored tokens are not under the first key."""
    return sum(_holding(model).exclude(key_id=keyring().current_key_id).count() for model in HOLDING)


def stored() -> int:
    return sum(_holding(model).count() for model in HOLDING)


def rotate() -> Iterator[Moved]:
    """Seal each left-over token anew; yields as it goes."""
    ring = keyring()
    for model in HOLDING:
        for row in _each(_holding(model).exclude(key_id=ring.current_key_id)):
            try:
                sealed = ring.seal(ring.open(Sealed(row.key_id, _data(row)), row.pk), row.pk)
            except CannotDecrypt:
                yield Moved(str(row), "lost")
                continue
            changed = model._default_manager.filter(pk=row.pk, **{HOLDING[model]: _data(row)}).update(
                **{HOLDING[model]: sealed.data, "key_id": sealed.key_id}
            )
            yield Moved(str(row), "moved" if changed else "changed meanwhile")


def verify() -> Iterator[Moved]:
    """Open every stored token and keep nothing: which of them no key of the ring opens?"""
    ring = keyring()
    for model in HOLDING:
        for row in _each(_holding(model)):
            try:
                ring.open(Sealed(row.key_id, _data(row)), row.pk)
            except CannotDecrypt:
                yield Moved(str(row), "lost")
            else:
                yield Moved(str(row), "opens")


# And the column that holds what is sealed; rooms above add theirs (chat.zalo.apps).
HOLDING: dict[type[Model], str] = {
    Connection: "sanctum_token",
    PendingRevocation: "sanctum_token",
    SecondFactor: "secret",
}


def _data(row: Any) -> bytes:
    return bytes(getattr(row, HOLDING[type(row)]))


def _holding(model: type[Model]) -> QuerySet[Any]:
    column = HOLDING[model]
    return model._default_manager.filter(**{f"{column}__isnull": False}).only("pk", column, "key_id")


def _each(rows: QuerySet[Any]) -> Iterator[Any]:
    """By primary key in batches: rows that change while we go are met once or not at all, never twice."""
    last: UUID | None = None
    while True:
        batch = list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:BATCH])
        if not batch:
            return
        yield from batch
        last = batch[-1].pk
