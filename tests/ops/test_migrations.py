"""The migrations on a database with people in it: from the last release to now, back to it, and back to nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from oauthbridge.models import AuthorizationRequest, Connection, SecondFactor, StaffSession, User

pytestmark = pytest.mark.django_db(transaction=True)

# The schema of 2.0.0 (CHANGELOG.md).
RELEASED = [("oauthbridge", "0007_client_document_failures"), ("petstools", "0003_staff_groups")]
OURS = ("oauthbridge", "petstools")
# Tables of these that this transaction keeps others from writing to.
WRITES_LOCKED_OUT = """
    SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE pid = pg_backend_pid() AND relkind = 'r' AND relname = ANY(%s)
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


@pytest.fixture(autouse=True)
def _at_the_latest_again() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def migrate(targets: list[tuple[str, str]]) -> Any:
    """Move the schema, and hand back the models of that time."""
    MigrationExecutor(connection).migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def rows(apps: Any) -> dict[str, list[dict[str, Any]]]:
    """All that our tables hold, by column."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return {model.__name__: [dict(row) for row in model.objects.order_by("pk").values()] for model in models}


def somebody_connected(apps: Any) -> None:
    """A row in each table, as a person who uses the connector and a member of the staff leave them."""
    made = {label: apps.get_app_config(label).get_model for label in OURS}
    bridge, tools = made["oauthbridge"], made["petstools"]
    later = timezone.now() + timedelta(days=30)
    emma = bridge("User").objects.create(main_app_user_id=2, password="!")
    staff = bridge("User").objects.create(username="ops", is_staff=True, password="!")
    client = bridge("Application").objects.create(
        client_id="meo-gpt", client_type="confidential", authorization_grant_type="authorization-code", name="GPT"
    )
    connected = bridge("Connection").objects.create(
        user=emma, application=client, sanctum_token=b"sealed", key_id="k1", expires_at=later, ended_by=staff
    )
    bridge("AuthorizationRequest").objects.create(
        application=client,
        redirect_uri="https://chatgpt.com/x",
        browser_digest="b",
        expires_at=later,
        connection=connected,
    )
    bridge("PendingRevocation").objects.create(id=connected.pk, sanctum_token=b"sealed", key_id="k1")
    bridge("LegacyToken").objects.create(jti_digest="j", connection=connected, expires=later)
    whose = {"user": emma, "application": client, "connection": connected}
    bridge("Grant").objects.create(**whose, code="c", expires=later, redirect_uri="https://chatgpt.com/x", scope="pets")
    for name in ("RefreshToken", "AccessToken"):
        row = bridge(name)(**whose, expires=later)
        # No column: the checksum is made from it.
        row.token = f"a token for {name}"
        row.save()
    tools("WriteAttempt").objects.create(connection=connected, fingerprint="f", key="k")
    tools("ToolCall").objects.create(
        connection=connected, operation="list_pets", outcome="ok", status=200, latency_ms=9, request_id="r"
    )


def what_only_this_version_knows() -> None:
    """Rows that the released one has no word for: they must not stand in the way back."""
    later = timezone.now() + timedelta(minutes=10)
    staff = User.objects.get(username="ops")
    SecondFactor.objects.create(user=staff, secret=b"sealed", key_id="k1")
    StaffSession.objects.create(user=staff, address="198.51.100.7")
    AuthorizationRequest.objects.create(client_copy={"client_id": "x"}, browser_digest="b", expires_at=later)
    AuthorizationRequest.objects.create(browser_digest="b", expires_at=later)
    Connection.objects.update(withholds_deletion=True, time_zone="Europe/Kyiv", end_reason="not_redeemed")


def without_what_was_added(now: dict[str, list[dict[str, Any]]], then: dict[str, list[dict[str, Any]]]) -> Any:
    return {
        name: [{column: row[column] for column in kept} for row, kept in zip(now[name], before, strict=True)]
        for name, before in then.items()
    }


def test_from_the_last_release_to_now_and_back_every_row_stays() -> None:
    released = migrate(RELEASED)
    somebody_connected(released)
    before = rows(released)
    assert [name for name, held in before.items() if not held] == []

    latest = [node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] in OURS]
    after = rows(migrate(latest))

    assert without_what_was_added(after, before) == before
    assert Connection.objects.get().is_active

    what_only_this_version_knows()
    back = rows(migrate(RELEASED))

    before["Connection"][0]["end_reason"] = "not_redeemed"
    assert back == before


def test_each_goes_back_on_a_database_in_use_and_forward_again() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("takes seconds, and no service that is in use stands on SQLite")
    somebody_connected(apps)
    what_only_this_version_knows()

    # And petstools, which stands on it: each migration of either, the last first.
    call_command("migrate", "oauthbridge", "zero", verbosity=0)

    assert not {table for table in connection.introspection.table_names() if table.startswith(OURS)}
    call_command("migrate", verbosity=0)
    assert not User.objects.exists()
    assert {name for name, held in rows(apps).items() if held} == set()


def test_a_migration_keeps_people_from_one_table_in_use() -> None:
    """Two in one transaction, beside requests that take them the other way round, are a deadlock, and PostgreSQL may give up the
    request. Later than the release alone: what has run is not rewritten."""
    if connection.vendor != "postgresql":
        pytest.skip("what a statement locks is asked of PostgreSQL")
    migrate(RELEASED)
    locked: dict[str, set[str]] = {}
    now = ""

    def heard(action: str, migration: Any = None, fake: bool | None = None) -> None:
        nonlocal now
        if action.endswith("_start") and migration is not None:
            now = f"{action.removesuffix('_start')} {migration}"
            locked[now] = set()

    def look(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        done = execute(sql, params, many, context)
        with connection.connection.cursor() as cursor:
            cursor.execute(WRITES_LOCKED_OUT, [both_know])
            locked.setdefault(now, set()).update(name for (name,) in cursor.fetchall())
        return done

    # Others are in use in neither direction.
    both_know = connection.introspection.table_names()
    for targets in (MigrationExecutor(connection).loader.graph.leaf_nodes(), RELEASED):
        with connection.execute_wrapper(look):
            MigrationExecutor(connection, heard).migrate(targets)

    assert {name for name in locked if name.startswith("apply")} != set()
    assert {name: tables for name, tables in locked.items() if len(tables) > 1} == {}
