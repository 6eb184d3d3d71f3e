"""A compiled query answers as the queryset that it was made of."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.db.transaction import TransactionManagementError

from oauthbridge.compiled_queries import CompiledQuery, CompiledWrite
from oauthbridge.models import Application, AuthorizationRequest, Connection, Grant, RefreshToken
from petstools.models import WriteAttempt
from tests.playing import ClientApp, Person

OpenBrowser = Callable[..., Person]

pytestmark = pytest.mark.django_db(transaction=True)


def loaded(row: Model | None) -> dict[str, Any]:
    """What was read into it, and into the row that it refers to."""
    assert row is not None
    values = {name: value for name, value in vars(row).items() if name != "_state"}
    return values | {name: loaded(other) for name, other in row._state.fields_cache.items()}


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (Application.objects.all(), ["client_id"]),
        (AuthorizationRequest.objects.select_related("application"), ["id"]),
        (Connection.objects.select_for_update().active(), ["user", "application"]),
        (Grant.objects.select_related("user"), ["id"]),
        (RefreshToken.objects.select_related("user"), ["token_checksum", "application"]),
        (RefreshToken.objects.only("connection"), ["application", "token_checksum"]),
    ],
    ids=lambda each: each.model.__name__ if hasattr(each, "model") else "",
)
def test_it_reads_what_the_queryset_reads(
    rows: Any, names: list[str], client_app: ClientApp, person: OpenBrowser
) -> None:
    person().connect(client_app)
    person("mai").connect(client_app)
    kept = CompiledQuery(rows, *names)

    for one in rows.model.objects.all():
        values = [getattr(one, rows.model._meta.get_field(name).attname) for name in names]
        with transaction.atomic():
            expected = loaded(rows.get(**dict(zip(names, values, strict=True))))
            assert loaded(kept.first(*values)) == expected
            # Once more: now it is composed.
            assert loaded(kept.first(*values)) == expected


def test_it_keeps_the_order_and_finds_nobody_else(client_app: ClientApp, person: OpenBrowser, settings: Any) -> None:
    settings.CONNECTIONS_PER_CLIENT = 3
    emma = person()
    for _each in range(3):
        emma.connect(client_app)
    emmas = Connection.objects.order_by("-created_at")
    expected = [one.pk for one in emmas]
    person("mai").connect(client_app)

    kept = CompiledQuery(emmas, "user")

    assert [one.pk for one in kept.all(emmas.get(pk=expected[0]).user_id)] == expected
    assert kept.first(0) is None


def test_it_locks_nothing_outside_a_transaction() -> None:
    kept = CompiledQuery(Connection.objects.select_for_update(), "id")

    with transaction.atomic():
        assert kept.first("00000000-0000-0000-0000-000000000000") is None
    with pytest.raises(TransactionManagementError):
        kept.first("00000000-0000-0000-0000-000000000000")


def test_a_row_is_written_as_the_orm_writes_it(client_app: ClientApp, person: OpenBrowser) -> None:
    person().connect(client_app)
    for fields in ([], ["connection", "created_at"]):
        row, same = (
            WriteAttempt(connection=Connection.objects.get(), fingerprint=f, key="k", record_id=2**40) for f in "ab"
        )
        CompiledWrite(WriteAttempt).insert(row)
        same.save()
        row.fingerprint, row.created_at, row.record_id = "c", row.created_at - timedelta(days=1), None
        CompiledWrite(WriteAttempt, *fields).update(row)
        same.fingerprint, same.created_at, same.record_id = "d", row.created_at, None
        same.save(update_fields=fields or None)

        left, expected = (dict(WriteAttempt.objects.values().get(pk=one.pk)) for one in (row, same))
        assert left == {**expected, "id": row.pk, "fingerprint": "a" if fields else "c"}
        WriteAttempt.objects.all().delete()


def test_two_of_a_kind_are_refused_and_none_is_made_of_one_that_is_gone(
    client_app: ClientApp, person: OpenBrowser
) -> None:
    person().connect(client_app)
    row, twin = (WriteAttempt(connection=Connection.objects.get(), fingerprint="f", key=key) for key in "ab")
    CompiledWrite(WriteAttempt).insert(row)

    with pytest.raises(IntegrityError):
        CompiledWrite(WriteAttempt).insert(twin)
    row.state = WriteAttempt.State.DONE
    WriteAttempt.objects.all().delete()
    CompiledWrite(WriteAttempt, "state").update(row)

    assert not WriteAttempt.objects.exists()
