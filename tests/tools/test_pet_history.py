"""pet_history: POST /pets/history."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from petstools.tools import history
from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
LIST = "GET /my-pets/sections"


def asked(gpt: Gpt, **said: Any) -> Told:
    told = gpt.post("/pets/history", **said)
    assert departures(told.body, history.pet_history.answer) == []
    return told


def days(told: Told) -> list[str]:
    return [one["day"] for one in told.ok["records"]]


def about(told: Told) -> list[tuple[str, str]]:
    return [(one["pet_name"], one["day"]) for one in told.ok["records"]]


@pytest.fixture
def nox(sandbox: SandboxServer) -> Pet:
    """Noah's cat with a life behind her."""
    world = sandbox.world
    nox = world.add_pet(world.user("noah"), name="Nox", country="GB", birthday="2020-05-12")
    for kg, day in ((3.9, "2025-06-01"), (4.6, "2025-12-24"), (4.2, "2026-06-01")):
        world.add_weight(nox, kg, day)
    world.add_vaccination(nox, "Rabies", "2025-03-01", "2026-03-01")
    world.add_medical_record(
        nox, "deworming", "2026-04-02", description="Milbemax, half a tablet", vet_name="Dr. Patel"
    )
    world.add_medical_record(nox, "deworming", "2025-10-02")
    world.add_medical_record(nox, "test", "2026-02-02", description="УЗИ: без изменений")
    world.add_microchip(nox, "982000123450000", "HomeAgain")
    return nox


# --- One pet -------------------------------------------------------------------------------------


def test_a_summary_for_the_vet_is_one_call(gpt: Connect, nox: Pet) -> None:
    told = asked(gpt("noah"), pet_name="nox")

    assert len(told.upstream) == 5
    assert [(one["kind"], one.get("day")) for one in told.ok["records"]] == [
        ("weight", "2026-06-01"),
        ("medical_record", "2026-04-02"),
        ("medical_record", "2026-02-02"),
        ("weight", "2025-12-24"),
        ("medical_record", "2025-10-02"),
        ("weight", "2025-06-01"),
        ("vaccination", "2025-03-01"),
        ("microchip", None),
    ]
    assert all({"id", "pet_id", "entered_at"} <= one.keys() for one in told.ok["records"])
    assert told.ok["records"][6]["is_overdue"] is True
    assert told.ok["weights"] == [
        {
            "pet_id": nox.id,
            "pet_name": "Nox",
            "n": 3,
            "first_kg": 3.9,
            "first_on": "2025-06-01",
            "last_kg": 4.2,
            "last_on": "2026-06-01",
            "least_kg": 3.9,
            "least_on": "2025-06-01",
            "most_kg": 4.6,
            "most_on": "2025-12-24",
            "change_kg": 0.3,
            "change_kg_per_month": 0.025,
        }
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"since": "2026"}, ["2026-06-01", "2026-04-02", "2026-02-02"]),
        ({"since": "2025-12", "until": "2026-02"}, ["2026-02-02", "2025-12-24"]),
        ({"from": "2026-04-02", "to": "2026-04-02"}, ["2026-04-02"]),
        ({"since": "2026-02-02", "until": "2025-12-01"}, ["2026-02-02", "2025-12-24"]),
        ({"kinds": ["weights"], "until": "2025"}, ["2025-12-24", "2025-06-01"]),
        ({"kinds": "vaccination"}, ["2025-03-01"]),
        ({"about": "tẩy giun"}, ["2026-04-02", "2025-10-02"]),
        ({"about": "deworming", "latest": True}, ["2026-04-02"]),
        ({"about": "milbemax"}, ["2026-04-02"]),
        ({"about": "бешенство"}, ["2025-03-01"]),
        ({"about": "ultrasound"}, ["2026-02-02"]),
        ({"about": "Patel"}, ["2026-04-02"]),
        ({"about": "FeLV"}, []),
        ({"about": "vaccinations"}, ["2025-03-01"]),
    ],
)
def test_what_was_asked_for_and_nothing_else(gpt: Connect, nox: Pet, said: dict[str, Any], expected: list[str]) -> None:
    assert days(asked(gpt("noah"), pet_id=nox.id, **said)) == expected


def test_the_summary_is_of_the_time_that_was_asked_about(gpt: Connect, nox: Pet) -> None:
    (summary,) = asked(gpt("noah"), pet_id=nox.id, until="2025").ok["weights"]

    assert (summary["n"], summary["most_kg"], summary["change_kg"]) == (2, 4.6, 0.7)


def test_heaviest_ever_counts_all_pages(gpt: Connect, sandbox: SandboxServer) -> None:
    told = asked(gpt("emma"), pet_name="Biscuit", kinds=["weight"])

    path = f"/pets/{sandbox.world.pet('Biscuit').id}/weights"
    assert told.upstream == [LIST, f"GET {path}", f"GET {path}"]
    assert (told.ok["weights"][0]["n"], told.ok["weights"][0]["most_kg"]) == (30, 4.25)


def test_nothing_is_read_beyond_the_first_day(gpt: Connect, sandbox: SandboxServer) -> None:
    since = (sandbox.world.today() - timedelta(weeks=3)).isoformat()

    told = asked(gpt("emma"), pet_name="Biscuit", kinds=["weight"], since=since)

    assert (len(told.upstream), told.ok["total"]) == (2, 4)


def test_it_comes_in_pages(gpt: Connect, sandbox: SandboxServer) -> None:
    emma = gpt("emma")
    first = asked(emma, pet_name="Biscuit")
    second = asked(emma, pet_name="Biscuit", page=2)

    assert (len(first.ok["records"]), first.ok["total"], first.ok["next_page"]) == (30, 36, 2)
    assert (len(second.ok["records"]), second.ok["next_page"]) == (6, None)
    assert len({(one["kind"], one["id"]) for one in first.ok["records"] + second.ok["records"]}) == 36


def test_its_records_can_be_deleted_by_what_it_says(gpt: Connect, nox: Pet) -> None:
    (record,) = asked(gpt("noah"), pet_id=nox.id, about="milbemax").ok["records"]

    told = gpt("noah").delete(f"/pets/{record['pet_id']}/records/{record['id']}", kind="medical_record")

    assert told.ok["deleted"]["id"] == record["id"]


# --- All pets ------------------------------------------------------------------------------------


def test_the_last_deworming_of_each_cat_is_one_call(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    world, noah = sandbox.world, sandbox.world.user("noah")
    tom = world.add_pet(noah, name="Tom")
    world.add_medical_record(tom, "deworming", "2026-05-05")
    world.add_pet(noah, name="Kit")
    world.add_pet(noah, name="Rex", species="dog")

    told = asked(gpt("noah"), about="deworming", latest=True)

    assert about(told) == [("Tom", "2026-05-05"), ("Nox", "2026-04-02")]
    assert told.ok["nothing_of"] == ["Kit"]
    assert len(told.upstream) == 7


def test_a_word_that_no_record_says_is_no_proof_that_nothing_happened(gpt: Connect, nox: Pet) -> None:
    told = asked(gpt("noah"), pet_id=nox.id, about="not rabies").ok

    assert told["records"] == []
    assert "none that says “not rabies”" in told["note"]


def test_pets_that_died_are_left_out_unless_named(gpt: Connect, nox: Pet) -> None:
    nox.status = "deceased"

    everyone, by_name = asked(gpt("noah"), kinds=["weight"]), asked(gpt("noah"), pet_name="Nox", kinds=["weight"])

    assert (everyone.ok["records"], "have died" in everyone.ok["note"]) == ([], True)
    assert by_name.ok["total"] == 3


def test_a_shelter_is_read_within_bounds_and_what_was_not_is_told(gpt: Connect, sandbox: SandboxServer) -> None:
    narrow, wide = asked(gpt("sonya"), about="rabies", latest=True), asked(gpt("sonya"))

    assert (narrow.ok["total"], len(narrow.upstream)) == (60, 121)
    assert "note" not in narrow.body
    assert len(wide.upstream) <= history.MOST_LISTS + 1
    assert "nothing was read of Cat" in wide.ok["note"]


def test_what_could_not_be_read_is_told(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.faults.add(error_rate=1.0, path=r"/api/pets/\d+/weights")

    told = asked(gpt("noah"), pet_id=nox.id)

    assert (told.ok["incomplete"], "Not all could be read of Nox" in told.ok["note"]) == (True, True)
    assert {one["kind"] for one in told.ok["records"]} == {"vaccination", "medical_record", "microchip"}


def test_where_nothing_could_be_read_it_is_an_error(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.faults.add(error_rate=1.0, path=r"/api/pets/\d+/.*")

    assert asked(gpt("noah"), pet_id=nox.id).code == "UPSTREAM_ERROR"


# --- What is asked, and what is refused ------------------------------------------------------------


def test_two_pets_of_one_name_are_asked_about_in_a_line_each(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    world = sandbox.world
    other = world.add_pet(world.user("noah"), name="Nox", species="dog", sex="male")

    told = asked(gpt("noah"), pet_name="Nox")

    assert told.reason == "several_pets"
    assert told.body["candidates"] == [
        {"pet_id": nox.id, "name": "Nox", "species": "cat", "birthday": "2020-05-12"},
        {"pet_id": other.id, "name": "Nox", "species": "dog", "sex": "male"},
    ]


def test_a_name_that_nobody_has_is_asked_about(gpt: Connect, nox: Pet) -> None:
    told = asked(gpt("noah"), pet_name="Nux")

    assert (told.reason, told.body["candidates"][0]["pet_id"]) == ("no_match", nox.id)


@pytest.mark.parametrize("said", [{"since": "spring"}, {"until": "quando"}, {"since": "spring", "until": "?"}])
def test_a_day_that_is_none_is_asked_about(gpt: Connect, nox: Pet, said: dict[str, str]) -> None:
    told = asked(gpt("noah"), pet_id=nox.id, **said)

    assert (told.reason, told.body["missing_fields"]) == ("not_understood", list(said))


def test_a_span_that_can_be_one_day_only_is_taken(gpt: Connect, nox: Pet, at: Callable[[str], None]) -> None:
    at("2026-11-30T10:00+00:00")

    assert days(asked(gpt("noah"), pet_id=nox.id, since="6 months ago")) == ["2026-06-01"]


def test_a_kind_that_is_none_is_told(gpt: Connect, nox: Pet) -> None:
    told = asked(gpt("noah"), pet_id=nox.id, kinds=["x-ray"])

    assert (told.code, told.body["fields"][0]["name"]) == ("INVALID_INPUT", "kinds")


def test_what_is_not_kept_for_the_animal_is_said(gpt: Connect, sandbox: SandboxServer) -> None:
    told = asked(gpt("emma"), pet_name="Rex", kinds=["vaccination"])

    assert told.ok["records"] == []
    assert told.ok["note"] == "Meo Mai Moi keeps no vaccinations for Rex."


def test_trap_12_of_a_pet_that_is_only_seen_there_are_chips(gpt: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_microchip(sandbox.world.pet("Мурка"), "982000123450009")

    told = asked(gpt("emma"), pet_name="Мурка")

    assert [one["kind"] for one in told.ok["records"]] == ["microchip"]
    assert "may see no health records" in told.ok["note"]


def test_another_persons_pet_is_none(gpt: Connect, nox: Pet) -> None:
    hidden, missing = asked(gpt("taras"), pet_id=nox.id), asked(gpt("taras"), pet_id=999_999)

    assert (hidden.code, hidden.status) == (missing.code, missing.status) == ("NOT_FOUND", 404)


def test_when_it_was_entered_is_told_in_the_persons_day(
    gpt: Connect, nox: Pet, sandbox: SandboxServer, at: Callable[[str], None]
) -> None:
    at("2026-11-29T20:00+00:00")
    sandbox.world.add_weight(nox, 4.3, "2026-11-30")
    sandbox.world.add_weight(nox, 4.3, "2026-11-20")

    told = asked(gpt("noah"), pet_id=nox.id, kinds=["weight"], since="2026-11", time_zone="Asia/Ho_Chi_Minh")

    assert [one.get("entered_at") for one in told.ok["records"]] == [None, "2026-11-30"]
