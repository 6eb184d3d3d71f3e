"""A kept database connection that died between two requests is nobody's problem."""

from collections.abc import Callable

import pytest
from django.db import connection

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

    def change_to(kind: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE oauthbridge_accesstoken ALTER COLUMN scope TYPE {kind}")

    assert connector.get("/pets", headers=headers).status_code == 200
    try:
        change_to("varchar(500)")
        assert connector.get("/pets", headers=headers).status_code == 200
    finally:
        change_to("text")
    assert connector.get("/pets", headers=headers).status_code == 200
