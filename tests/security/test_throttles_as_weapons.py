"""Throttles must not become a way to shut others out: everybody who uses the GPT comes from ChatGPT's few addresses."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from tests.playing import ClientApp, Connector, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def exhausted(connector: Connector, client_app: ClientApp, settings: Settings) -> ClientApp:
    """Somebody at the same address (a GPT of their own, pointed here) has used up all failures."""
    settings.TOKEN_FAILURE_LIMIT_PER_MINUTE = 2
    for _ in range(4):
        last = client_app.refresh("x", client_secret="wrong")
    assert last.status_code == 429
    return client_app


def test_failures_of_others_stop_nobody_with_the_right_secret(
    exhausted: ClientApp, connector: Connector, person: Callable[..., Person]
) -> None:
    tokens = person().connect(exhausted)

    assert exhausted.refresh(tokens["refresh_token"]).status_code == 200
    assert exhausted.revoke(tokens["refresh_token"]).status_code == 200


def test_a_dead_refresh_token_is_still_told_as_one(exhausted: ClientApp) -> None:
    """ChatGPT offers to sign in again at `invalid_grant`, and at nothing else (actions.md)."""
    answer = exhausted.refresh("meo_rt_" + "a" * 43)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_one_connections_calls_take_nothing_from_anothers(
    client_app: ClientApp, connector: Connector, person: Callable[..., Person], settings: Settings
) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1
    noisy, quiet = (person(key).connect(client_app)["access_token"] for key in ("emma", "mai"))
    statuses = [connector.get("/pets", headers={"Authorization": f"Bearer {noisy}"}).status_code for _ in range(3)]

    assert statuses == [200, 429, 429]
    assert connector.get("/pets", headers={"Authorization": f"Bearer {quiet}"}).status_code == 200
