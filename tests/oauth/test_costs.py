"""What makes a sign-in cheap, counted: its SQL statements, step by step (`make bench ARGS=--scale` shows their plans)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper
from pytest_django import Settings

from oauthbridge.compiled_queries import _BinaryCursor
from tests.playing import ClientApp, Person, queries

OpenBrowser = Callable[..., Person]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements from now on, of whichever thread; transactions' own aside."""
    seen: list[str] = []

    def note(cursors: type) -> None:
        real = cursors.execute  # type: ignore[attr-defined]  # of either kind

        def noting(self: Any, statement: Any, params: Any = None, **options: Any) -> Any:
            if str(statement).startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT")):
                seen.append(str(statement))
            return real(self, statement, params, **options)

        monkeypatch.setattr(cursors, "execute", noting)

    # Compiled queries have a cursor of their own on PostgreSQL.
    for cursors in (CursorWrapper, _BinaryCursor):
        note(cursors)
    return seen


@pytest.mark.parametrize(("connections", "of_exchange"), [(2, 10), (1, 19)], ids=["kept", "replaced"])
def test_a_whole_sign_in_of_somebody_known(
    connections: int,
    of_exchange: int,
    client_app: ClientApp,
    person: OpenBrowser,
    statements: list[str],
    settings: Settings,
) -> None:
    """Beside the connection that is there already, or in its place: that one is ended, and its token revoked."""
    settings.CONNECTIONS_PER_CLIENT = connections
    mai = person()
    mai.connect(client_app)

    statements.clear()
    away = mai.begin(client_app)
    begun = list(statements)
    callback = mai.agree(away)
    statements.clear()
    code = queries(mai.open(callback).headers["Location"])["code"]
    finished = list(statements)
    statements.clear()
    assert client_app.exchange(code).status_code == 200

    assert [len(begun), len(finished), len(statements)] == [2, 9, of_exchange], [begun, finished, statements]


def test_a_refresh(client_app: ClientApp, person: OpenBrowser, statements: list[str]) -> None:
    token = person().connect(client_app)["refresh_token"]

    statements.clear()
    assert client_app.refresh(token).status_code == 200

    assert len(statements) == 7, statements
