"""Of several shots of one vaccine only the newest stays open, in whatever order and by whatever tool they are told."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from petstools.tools.vaccine_history import PASSING_NAME
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
SHOTS = [("2024-01-15", "2025-01-15"), ("2025-01-10", "2026-01-10"), ("2026-01-08", "2027-01-08")]
NAMES = ["Rabies", "rabies vaccine", "Dại"]


@pytest.fixture
def in_march(at: Callable[[str], None]) -> None:
    at("2026-03-10T08:00+00:00")


def bodies(names: list[str]) -> list[dict[str, Any]]:
    return [
        {"vaccine_name": name, "administered_at": given, "due_at": due}
        for name, (given, due) in zip(names, SHOTS, strict=True)
    ]


def only_the_newest_is_open(cat: Any) -> None:
    rows = sorted(cat.vaccinations, key=lambda one: one.administered_at)
    assert [one.administered_at.isoformat() for one in rows] == [given for given, _due in SHOTS]
    assert [one.completed_at is None for one in rows] == [False, False, True]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_one_by_one_in_any_order(gpt: Connect, cat: Any, order: tuple[int, ...]) -> None:
    connected, said = gpt("mai"), bodies(["Rabies", "RABIES", "rabies."])

    for number in order:
        assert connected.post(f"/pets/{cat.id}/vaccinations", **said[number]).status == 201

    only_the_newest_is_open(cat)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.usefixtures("in_march")
def test_a_card_in_any_order_under_several_names(gpt: Connect, cat: Any, order: tuple[int, ...]) -> None:
    said = bodies(NAMES)
    rows = [{"kind": "vaccination", "pet_id": cat.id, **said[number]} for number in order]
    connected = gpt("mai")

    told = connected.post("/records", records=rows)

    assert told.ok["summary"]["written"] == 3
    only_the_newest_is_open(cat)
    (shown,) = connected.post("/pets/overview", name="Nếp").ok["pets"]
    assert shown["overdue_since"] is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.usefixtures("in_march")
def test_a_cards_answer_tells_each_shot_as_it_stands_in_the_end(gpt: Connect, cat: Any, order: tuple[int, ...]) -> None:
    rows = [{"kind": "vaccination", "pet_id": cat.id, **bodies(NAMES)[number]} for number in order]
    connected = gpt("mai")

    told = {one["data"]["id"]: one["data"] for one in connected.post("/records", records=rows).ok["results"]}

    kept = connected.get(f"/pets/{cat.id}/vaccinations", status="all").ok["vaccinations"]
    assert told == {one["id"]: one for one in kept}


def test_a_card_renews_what_is_open(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    old = sandbox.world.add_vaccination(cat, "Dại", "2025-01-10", "2026-01-10")
    row = {"kind": "vaccination", "pet_id": cat.id, **bodies(NAMES)[2], "vaccine_name": "Rabies"}

    told = gpt("mai").post("/records", records=[row])

    assert told.ok["results"][0]["renewed_id"] == old.id
    assert old.completed_at is not None


def test_the_same_call_again_finds_what_it_renewed(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_vaccination(cat, "Rabies", "2025-01-10", "2026-01-10")
    connected, body = gpt("mai"), bodies(NAMES)[2] | {"vaccine_name": "Rabies"}
    sandbox.faults.add(drop="after_commit", method="POST", path="renew")
    assert connected.post(f"/pets/{cat.id}/vaccinations", **body).code == "OUTCOME_UNKNOWN"
    sandbox.faults.clear()

    for _time in range(2):
        assert connected.post(f"/pets/{cat.id}/vaccinations", **body).ok["already_recorded"] is True
    assert len(cat.vaccinations) == 2


def test_an_older_shot_tells_that_it_is_history(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    sandbox.world.add_vaccination(cat, "Rabies", "2026-01-08", "2027-01-08")

    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", **bodies(NAMES)[1])

    assert told.ok["data"]["completed_at"]
    assert "2026-01-08" in told.body["note"]


def test_what_completing_left_behind_is_cleared_away(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    """The process died, or the main app went away, between the renewal that completes and the deletion of its record."""
    sandbox.world.add_vaccination(cat, "Rabies", "2026-01-08", "2027-01-08")
    connected, body = gpt("mai"), bodies(["Rabies"] * 3)[1]
    sandbox.faults.add(error_rate=1.0, method="DELETE")
    connected.post(f"/pets/{cat.id}/vaccinations", **body)
    left = [one for one in cat.vaccinations if one.vaccine_name == PASSING_NAME]
    sandbox.faults.clear()

    connected.post(f"/pets/{cat.id}/vaccinations", **body)

    assert [one.due_at for one in left] == [None]
    assert sorted(one.administered_at.isoformat() for one in cat.vaccinations) == ["2025-01-10", "2026-01-08"]


# --- Questions -----------------------------------------------------------------------------------


def test_another_name_of_an_open_vaccine_is_asked_about(gpt: Connect, cat: Any, sandbox: SandboxServer) -> None:
    old = sandbox.world.add_vaccination(cat, "Rabies", "2025-01-10", "2026-01-10")
    connected, body = gpt("mai"), bodies(NAMES)[2]

    told = connected.post(f"/pets/{cat.id}/vaccinations", **body)
    beside = connected.post(f"/pets/{cat.id}/vaccinations", **body, again=True)

    assert told.reason == "perhaps_booster"
    assert [one["id"] for one in told.body["candidates"]] == [old.id]
    assert beside.status == 201
    assert old.completed_at is None


@pytest.mark.parametrize(
    ("there", "said", "day", "reason"),
    [
        ("Нобивак Трикет", "нобивак трикет", "2025-01-10", "already_exists"),
        ("Бешенство", "Рабизин", "2025-01-10", "already_exists"),
        ("Rabies", "dai", "2025-01-10", "already_exists"),
        ("Rabies", "Rabies", "2025-01-13", "already_exists"),
        ("FVRCP", "Nobivac Tricat Trio", "2025-01-10", "already_exists"),
        ("Rabies", "FVRCP", "2025-01-10", None),
        ("Rabies", "đại", "2025-01-10", None),
        ("Felocell 3", "Felocell 4", "2025-01-10", None),
    ],
)
def test_the_same_shot_told_otherwise_is_not_doubled(
    gpt: Connect, cat: Any, sandbox: SandboxServer, there: str, said: str, day: str, reason: str | None
) -> None:
    sandbox.world.add_vaccination(cat, there, "2025-01-10")

    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", vaccine_name=said, administered_at=day)

    assert told.body.get("reason") == reason
    assert len(cat.vaccinations) == (2 if reason is None else 1)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"vaccine_name": "FVRCP"}, "another_vaccine"),
        ({"administered_at": "2024-12-01"}, "contradiction"),
        ({"administered_at": "2025-01-13"}, "already_exists"),
        ({"vaccine_name": "Dại"}, None),
    ],
)
def test_a_renewal_that_can_hardly_be_one_is_asked_about(
    gpt: Connect, cat: Any, sandbox: SandboxServer, said: dict[str, Any], reason: str | None
) -> None:
    old = sandbox.world.add_vaccination(cat, "Rabies", "2025-01-10", "2026-01-10")

    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations/{old.id}/renew", **{"administered_at": "2026-01-08", **said})

    assert told.body.get("reason") == reason
    assert len(cat.vaccinations) == (2 if reason is None else 1)


def test_the_next_dose_of_a_row_completes_the_one_before_it(gpt: Connect, cat: Any) -> None:
    mai = gpt("mai")
    first = {"vaccine_name": "4 bệnh mũi 1", "administered_at": "2025-12-01", "due_at": "2025-12-22"}
    second = {"vaccine_name": "4 bệnh mũi 2", "administered_at": "2025-12-22", "due_at": "2026-12-22"}

    before = mai.post(f"/pets/{cat.id}/vaccinations", **first).ok["data"]["id"]
    told = mai.post(f"/pets/{cat.id}/vaccinations", **second)

    assert told.ok["renewed_id"] == before
    assert [one.vaccine_name for one in cat.vaccinations if one.completed_at is None] == ["4 bệnh mũi 2"]
