"""PostgreSQL has no connection left for us: log and answers name it, at every door, instead of an error's class."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from django.db import connection as db
from django.db import connections as databases

from connector import doctor
from tests.playing import ClientApp, Connector, Person

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = "This service's database has too many clients. Try once more in a few seconds."


@pytest.fixture
def refused_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """From the call on, new connections are those of a role that is allowed none."""
    if db.vendor != "postgresql":
        pytest.skip("SQLite has no clients")
    role = f"few_{secrets.token_hex(4)}"
    settings = databases.settings["default"]
    with db.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0 PASSWORD %s", [settings["PASSWORD"] or None])

    yield lambda: monkeypatch.setitem(settings, "USER", role)

    monkeypatch.undo()
    with db.cursor() as cursor:
        cursor.execute(f"DROP ROLE {role}")


def test_every_door_names_it(
    connector: Connector,
    client_app: ClientApp,
    person: Callable[..., Person],
    refused_connections: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens = person("mai").connect(client_app)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    refused_connections()

    called = connector.http.get("/pets", headers=bearer)
    by_mcp = connector.http.post("/mcp", json={}, headers=bearer)
    refreshed = client_app.refresh(tokens["refresh_token"])

    assert (called.status_code, called.json()["error"], called.json()["message"]) == (503, "SERVICE_UNAVAILABLE", TOLD)
    assert called.json()["retry_after"] == 5
    assert (by_mcp.status_code, by_mcp.json()["error"]["message"]) == (503, TOLD)
    assert (refreshed.status_code, refreshed.json()["error_description"]) == (503, TOLD)
    whys = [record.msg["why"] for record in caplog.records if isinstance(record.msg, dict) and "why" in record.msg]
    assert whys.count("53300 too many clients") >= 3
    assert "OperationalError" not in whys


def test_doctor_names_it(refused_connections: Callable[[], None]) -> None:
    refused_connections()
    db.close()
    try:
        (finding,) = [finding for name, finding in doctor.examine() if name == "database"]
    finally:
        db.close()

    assert (finding.state, finding.what) == (doctor.State.RED, "no answer (53300 too many clients)")
