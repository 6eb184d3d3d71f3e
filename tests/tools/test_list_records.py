"""What list_weights, list_vaccinations, list_medical_records and list_microchips have in common: GET /pets/{pet_id}/{kind}."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt
from tests.tools.documented import departures
from tests.tools.kinds import Kind, kind, path, record
from tests.tools.samples import tool_named

__all__ = ["kind", "path", "record"]

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
# One record of a day.
ADD: dict[str, Callable[[Any, Pet, date], Any]] = {
    "weight": lambda world, pet, day: world.add_weight(pet, 4, day),
    "vaccination": lambda world, pet, day: world.add_vaccination(pet, f"V{day}", day),
    "medical_record": lambda world, pet, day: world.add_medical_record(pet, "checkup", day),
    "microchip": lambda world, pet, day: world.add_microchip(pet, f"9820005{day:%Y%m%d}", implanted_at=day),
}


def rows(answer: dict[str, Any], kind: Kind) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = answer[f"{kind.name}s"]
    return listed


def test_all_that_is_known_of_a_record_is_shown(gpt: Connect, cat: Pet, kind: Kind, record: Any) -> None:
    """Traps 4 and 5: a weight is a number, and a day a day, wherever the person is."""
    told = gpt("mai").get(kind.at(cat))

    assert rows(told.ok, kind) == [{"id": record.id, "pet_id": cat.id, **kind.shown}]
    assert (told.body["total"], told.body["page"], told.body["next_page"]) == (1, 1, None)
    assert departures(told.body, tool_named(f"list_{kind.name}s").answer) == []


def test_trap_03_the_newest_come_first_and_all_pages_can_be_walked(
    gpt: Connect, cat: Pet, kind: Kind, sandbox: SandboxServer
) -> None:
    days = [date(2025, 1, 1) + timedelta(days=number) for number in range(27)]
    for day in sorted(days, key=lambda day: day.day % 5):
        ADD[kind.name](sandbox.world, cat, day)
    connected = gpt("mai")

    first = connected.get(kind.at(cat)).ok
    second = connected.get(kind.at(cat), page=first["next_page"]).ok
    beyond = connected.get(kind.at(cat), page=9).ok

    assert (len(rows(first, kind)), first["total"], first["page"], first["next_page"]) == (25, 27, 1, 2)
    assert (len(rows(second, kind)), second["page"], second["next_page"]) == (2, 2, None)
    assert (rows(beyond, kind), beyond["next_page"]) == ([], None)
    shown = [one[kind.day] for one in rows(first, kind) + rows(second, kind)]
    assert shown == [day.isoformat() for day in reversed(days)]


def test_a_pet_without_any_has_none(gpt: Connect, cat: Pet, kind: Kind) -> None:
    told = gpt("mai").get(kind.at(cat)).ok

    assert (rows(told, kind), told["total"], told["next_page"]) == ([], 0, None)


def test_a_page_that_is_none_is_refused_before_any_call(gpt: Connect, cat: Pet, kind: Kind) -> None:
    connected = gpt("mai")
    for page in ("0", "-1", "two", "1.5"):
        told = connected.get(kind.at(cat), page=page)

        assert (told.code, told.body["fields"][0]["name"], told.upstream) == ("INVALID_INPUT", "page", [])


@pytest.mark.parametrize("role", ["viewer", "sitter", "foster", "editor"])
def test_trap_12_who_may_only_look_at_the_pet_is_told_so_but_sees_its_chips(
    gpt: Connect, cat: Pet, kind: Kind, record: Any, sandbox: SandboxServer, role: str
) -> None:
    sandbox.world.share(cat, sandbox.world.user("noah"), role)

    told = gpt("noah").get(kind.at(cat))

    if role == "editor" or kind.name == "microchip":
        assert len(rows(told.ok, kind)) == 1
    else:
        assert (told.status, told.code) == (403, "FORBIDDEN")
        assert "editor" in told.body["message"]
