"""A kept database connection that died between two requests is nobody's problem, nor what PostgreSQL had prepared with it."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import NotSupportedError, connection

from oauthbridge import compiled_queries
from oauthbridge.authentication import bearer_of
from tests.playing import ClientApp, Connector, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could drop a connection")


def kill_the_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def scope_of_type(kind: str) -> Iterator[None]:
    """As a migration of another process could leave it."""

    def change_to(kind: str) -> None:
        with psycopg.connect(**connection.get_connection_params()) as other:
            other.execute(f"ALTER TABLE oauthbridge_accesstoken ALTER COLUMN scope TYPE {kind}")

    try:
        change_to(kind)
        yield
    finally:
        change_to("text")


def prepared() -> list[tuple[str, int]]:
    """The query's statements of this thread's connection, and how often PostgreSQL ran each by a plan that it had kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%oauthbridge_accesstoken%'"
        )
        return [(statement, plans) for statement, plans in cursor.fetchall()]


def test_the_next_tool_call_and_refresh_work(
    connector: Connector, client_app: ClientApp, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests' live server closes its connections after each request; production keeps them.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)
    tokens = person().connect(client_app)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert connector.get("/pets", headers=headers).status_code == 200

    for _again in range(3):
        kill_the_others()
        assert connector.get("/pets", headers=headers).status_code == 200
        kill_the_others()
        assert client_app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_migration_that_changes_a_column_costs_no_call(
    connector: Connector, client_app: ClientApp, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL has prepared the query of every call, and refuses it once a column has another type."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)
    headers = {"Authorization": f"Bearer {person().connect(client_app)['access_token']}"}

    for _call in range(7):
        assert connector.get("/pets", headers=headers).status_code == 200
    with scope_of_type("varchar(500)"):
        assert connector.get("/pets", headers=headers).status_code == 200
    assert connector.get("/pets", headers=headers).status_code == 200


def test_the_query_of_every_call_is_prepared_once(client_app: ClientApp, person: Callable[..., Person]) -> None:
    header = f"Bearer {person().connect(client_app)['access_token']}"
    connection.close()

    for _call in range(16):
        bearer_of(header, "actions")

    [(statement, kept_plans)] = prepared()
    assert "$1" in statement
    # psycopg has it prepared at the sixth (`prepare_threshold`); PostgreSQL then plans five times for the value it is given
    # (PREPARE, "Notes").
    assert kept_plans == 6


def test_what_was_prepared_is_refused_when_a_column_has_another_type(
    client_app: ClientApp, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    header = f"Bearer {person().connect(client_app)['access_token']}"
    for _call in range(7):
        bearer_of(header, "actions")
    refusals: list[Exception] = []
    ask = compiled_queries._ask

    def noting(*asked: Any) -> list[list[object]]:
        try:
            return ask(*asked)
        except Exception as error:
            refusals.append(error)
            raise

    monkeypatch.setattr(compiled_queries, "_ask", noting)
    with scope_of_type("varchar(500)"):
        bearer_of(header, "actions")

    [refused] = refusals
    assert isinstance(refused, NotSupportedError)
    assert "cached plan must not change result type" in str(refused)


def test_a_connection_that_was_cut_without_a_word_is_replaced(
    client_app: ClientApp, person: Callable[..., Person]
) -> None:
    header = f"Bearer {person().connect(client_app)['access_token']}"
    bearer_of(header, "actions")
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)

    assert bearer_of(header, "actions").door == "actions"
