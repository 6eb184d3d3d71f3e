"""`manage.py reviewer_account`: a reviewer finds pets, a year of records and photos; only these are taken away again."""

from collections.abc import Callable
from typing import Any

import pytest

from oauthbridge import connections
from oauthbridge.models import Connection
from petstools.management.commands.reviewer_account import MARKER, PETS
from sandbox.server import SandboxServer
from tests.ops.conftest import Connected, Ran

pytestmark = pytest.mark.django_db(transaction=True)
Manage = Callable[..., Ran]
Connect = Callable[..., Connected]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it has waited, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr("petstools.management.commands.reviewer_account.sleep", waited.append)
    return waited


@pytest.fixture
def noah(sandbox: SandboxServer, connected: Connect) -> Connected:
    return connected("noah")


def pets_of_noah(sandbox: SandboxServer) -> list[Any]:
    number = sandbox.world.user("noah").id
    return [pet for pet in sandbox.world.pets.values() if pet.created_by == number and pet.deleted_at is None]


def test_it_is_filled_with_a_year_and_photos(manage: Manage, sandbox: SandboxServer, noah: Connected) -> None:
    ran = manage("reviewer_account", str(noah.row.pk), "--fill", "--json")

    assert ran.code == 0, ran.err
    made = {pet.name: pet for pet in pets_of_noah(sandbox)}
    assert made.keys() == {about["name"] for about in PETS}
    for pet in made.values():
        assert (len(pet.weights), len(pet.microchips), len(pet.photos)) == (12, 1, 1)
    biscuit = made["Biscuit"]
    assert (len(biscuit.vaccinations), len(biscuit.medical_records)) == (2, 5)
    days = sorted(one.record_date for one in biscuit.weights)
    assert (days[-1] - days[0]).days > 300
    # One is overdue, one is due soon: what a reviewer asks about first.
    due = sorted(one.due_at for one in biscuit.vaccinations)
    assert due[0] < sandbox.world.today() < due[1]
    assert ran.json == {"pets": 3, "records": 36 + 3 + 10, "microchips": 3, "photos": 3}


def test_it_is_emptied_of_nothing_else(manage: Manage, sandbox: SandboxServer, noah: Connected) -> None:
    own = sandbox.world.add_pet(sandbox.world.user("noah"), name="Biscuit", description="My own")
    manage("reviewer_account", str(noah.row.pk), "--fill")

    ran = manage("reviewer_account", str(noah.row.pk), "--empty")

    assert (ran.code, ran.out.strip()) == (0, "Deleted: 3 pets.")
    assert pets_of_noah(sandbox) == [own]
    assert MARKER not in str(own)


def test_it_is_not_filled_twice(manage: Manage, sandbox: SandboxServer, noah: Connected) -> None:
    manage("reviewer_account", str(noah.row.pk), "--fill")

    ran = manage("reviewer_account", str(noah.row.pk), "--fill")

    assert (ran.code, "--empty first" in ran.err) == (1, True)
    assert len(pets_of_noah(sandbox)) == 3


def test_it_waits_where_the_minute_is_over(
    manage: Manage, sandbox: SandboxServer, noah: Connected, waits: list[float]
) -> None:
    sandbox.faults.add(method="POST", path="/weights", throttle_429=True, retry_after=7, times=1)

    ran = manage("reviewer_account", str(noah.row.pk), "--fill")

    assert ran.code == 0, ran.err
    assert waits == [7]
    assert all(len(pet.weights) == 12 for pet in pets_of_noah(sandbox))


def test_a_main_app_that_is_away_is_said(manage: Manage, sandbox: SandboxServer, noah: Connected) -> None:
    sandbox.faults.add(outage=True)

    ran = manage("reviewer_account", str(noah.row.pk), "--fill")

    assert ran.code == 1
    assert "Meo Mai Moi" in ran.err
    assert not any(secret in ran.err + ran.out for secret in noah.secrets)


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-0000-0000-000000000000"])
def test_a_connection_that_is_none_is_said(manage: Manage, wrong: str) -> None:
    assert "no connection" in manage("reviewer_account", wrong, "--fill").err


def test_one_that_has_ended_is_said(manage: Manage, noah: Connected) -> None:
    connections.end(noah.row.pk, Connection.EndReason.OPS)

    assert "has ended" in manage("reviewer_account", str(noah.row.pk), "--empty").err
