"""What is known of this very pet decides what is asked before a record is written, in every tool that writes one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _in_march(at: Callable[[str], None]) -> None:
    at("2026-03-10T08:00+00:00")


def pet_of(sandbox: SandboxServer, **fields: Any) -> Any:
    weights = fields.pop("weights", ())
    pet = sandbox.world.add_pet(sandbox.world.user("noah"), **{"name": "Nox", **fields})
    for kg, days_ago in weights:
        sandbox.world.add_weight(pet, kg, TODAY - timedelta(days=days_ago))
    return pet


@pytest.mark.parametrize(
    ("pet", "said", "meant"),
    [
        ({"weights": [(4.1, 3)]}, "42 ký", "4.2 kg"),
        ({"weights": [(4.25, 28)]}, "9.4", "4.26 kg"),
        ({"weights": [(4.25, 28)], "birthday": "2020-05-12"}, "9.4 kg", "4.26 kg"),
        ({"weights": [(4.25, 400)], "birthday": "2020-05-12"}, 9.4, "4.26 kg"),
        ({"species": "dog", "weights": [(24.5, 20)], "birthday": "2019-05"}, "2.45 kg", "24.5 kg"),
        ({"species": "dog", "weights": [(24.5, 20)]}, "245", "24.5 kg"),
        ({"species": "dog", "weights": [(10, 60)]}, 22.04, "10 kg"),
        ({"weights": [(4.2, 5)]}, "430", "4.3 kg"),
        ({"species": "hamster", "weights": [(0.12, 5)]}, "0.012", "0.12 kg"),
    ],
)
def test_a_slip_of_the_number_is_asked_about_with_what_was_meant(
    gpt: Connect, sandbox: SandboxServer, pet: dict[str, Any], said: Any, meant: str
) -> None:
    """No cache has seen the pet, and an emptied one changes nothing."""
    here = pet_of(sandbox, **pet)
    connected = gpt("noah")
    cache.clear()

    told = connected.post(f"/pets/{here.id}/weights", weight_kg=said)
    confirmed = connected.post(f"/pets/{here.id}/weights", weight_kg=said, again=True)

    assert told.reason == "implausible"
    assert {"weight_kg": meant} in told.body["candidates"]
    assert "again: true" in told.body["message"]
    assert len(told.upstream) == 1
    assert confirmed.status == 201
    assert len(confirmed.upstream) == 1


@pytest.mark.parametrize("species", ["cat", "hamster"])
def test_what_no_such_animal_weighs_is_asked_about_though_it_was_never_weighed(
    gpt: Connect, sandbox: SandboxServer, species: str
) -> None:
    here = pet_of(sandbox, species=species)

    told = gpt("noah").post(f"/pets/{here.id}/weights", weight_kg="450 kg")

    assert told.reason == "implausible"
    assert here.weights == []


@pytest.mark.parametrize(
    ("pet", "kg"),
    [
        ({"species": "dog", "weights": [(4.0, 30)], "birthday": "2025-12-20"}, 8.5),
        ({"species": "dog", "weights": [(3.0, 120)], "birthday": "2025-10-01"}, 24),
        ({"species": "dog", "weights": [(3.0, 28)]}, 5.5),
        ({"weights": [(0.1, 9)], "birthday": "2026-02-28"}, 0.21),
        ({"weights": [(0.5, 21)]}, 1.0),
        ({"weights": [(5.0, 20)], "birthday": "2015-01-01"}, 4.25),
        ({"weights": [(5.0, 400)]}, 3.1),
        ({"weights": [(4.0, 3)]}, 4.0),
    ],
)
def test_growth_and_loss_are_not_asked_about(
    gpt: Connect, sandbox: SandboxServer, pet: dict[str, Any], kg: float
) -> None:
    here = pet_of(sandbox, **pet)

    assert gpt("noah").post(f"/pets/{here.id}/weights", weight_kg=kg).status == 201


def test_a_kitten_s_weight_entered_late_is_measured_backwards(gpt: Connect, sandbox: SandboxServer) -> None:
    here = pet_of(sandbox, birthday="2025-01-01", weights=[(4.2, 10)])
    connected = gpt("noah")

    assert connected.post(f"/pets/{here.id}/weights", weight_kg=0.6, measured_at="2025-02-15").status == 201
    assert connected.post(f"/pets/{here.id}/weights", weight_kg=15, measured_at="2025-02-16").reason == "implausible"


def test_a_correction_is_not_measured_by_the_weight_that_it_corrects(gpt: Connect, sandbox: SandboxServer) -> None:
    here = pet_of(sandbox, weights=[(4.1, 30), (24, 2)])

    told = gpt("noah").patch(f"/pets/{here.id}/weights/{here.weights[1].id}", weight_kg=4.2)

    assert told.ok["data"]["weight_kg"] == 4.2


def test_rows_of_one_call_are_measured_by_each_other(gpt: Connect, sandbox: SandboxServer) -> None:
    here = pet_of(sandbox)
    rows = [
        {"kind": "weight", "pet_id": here.id, "weight_kg": kg, "measured_at": day}
        for kg, day in ((4.1, "2026-03-01"), (42, "2026-03-05"), ("9.4", "2026-03-06"))
    ]

    told = gpt("noah").post("/records", records=rows)

    assert [one["status"] for one in told.body["results"]] == ["ok", "clarification_needed", "clarification_needed"]
    assert len([one for one in told.upstream if one.startswith("GET")]) == 1


WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("weights", "measured_at", {"weight_kg": 4}),
    ("vaccinations", "administered_at", {"vaccine_name": "Rabies"}),
    ("medical-records", "record_date", {"record_type": "checkup"}),
    ("microchips", "implanted_at", {"chip_number": "982000123456795"}),
]


@pytest.mark.parametrize(("records", "day", "body"), WRITES)
@pytest.mark.parametrize("birthday", ["2025-06-01", "2025-06", "2025"])
def test_a_day_before_birth_is_asked_about(
    gpt: Connect, sandbox: SandboxServer, records: str, day: str, body: dict[str, Any], birthday: str
) -> None:
    here = pet_of(sandbox, birthday=birthday)
    connected = gpt("noah")

    told = connected.post(f"/pets/{here.id}/{records}", **body, **{day: "2016-08-12"})
    late = connected.post(f"/pets/{here.id}/{records}", **body, **{day: "2016-08-12"}, again=True)

    assert told.reason == "implausible"
    assert told.body["candidates"][0] == {day: "2025-08-12"}
    assert late.status == 201


@pytest.mark.parametrize(("records", "day", "body"), WRITES)
def test_a_record_of_a_pet_that_died_is_asked_about_gently(
    gpt: Connect, sandbox: SandboxServer, records: str, day: str, body: dict[str, Any]
) -> None:
    here = pet_of(sandbox, status="deceased", weights=[(4, 300)])
    connected = gpt("noah")

    told = connected.post(f"/pets/{here.id}/{records}", **body, **{day: "2026-03-09"})
    in_its_life = connected.post(f"/pets/{here.id}/{records}", **body, **{day: "2024-08-12"})

    assert told.reason == "deceased"
    assert "gently" in told.body["message"]
    assert in_its_life.status == 201


@pytest.mark.parametrize(("records", "day", "body"), WRITES)
def test_a_change_to_a_day_before_birth_is_asked_about(
    gpt: Connect, sandbox: SandboxServer, records: str, day: str, body: dict[str, Any]
) -> None:
    here = pet_of(sandbox, birthday="2025-06-01")
    connected = gpt("noah")
    row = connected.post(f"/pets/{here.id}/{records}", **body, **{day: "2026-03-01"}).ok["data"]

    assert connected.patch(f"/pets/{here.id}/{records}/{row['id']}", **{day: "2016-03-01"}).reason == "implausible"
    assert connected.patch(f"/pets/{here.id}/{records}/{row['id']}", **{day: "2016-03-01"}, again=True).ok


def test_a_second_chip_is_asked_about(gpt: Connect, sandbox: SandboxServer) -> None:
    here = pet_of(sandbox)
    chip = sandbox.world.add_microchip(here, "982000123456790")
    connected = gpt("noah")

    told = connected.post(f"/pets/{here.id}/microchips", chip_number="982000123456795")

    assert told.reason == "second_chip"
    assert [one["id"] for one in told.body["candidates"]] == [chip.id]
    assert connected.post(f"/pets/{here.id}/microchips", chip_number="982000123456795", again=True).status == 201
    assert len(here.microchips) == 2


# --- What can't be, is said before anything is asked ----------------------------------------------


@pytest.mark.parametrize(
    ("records", "body"),
    [("vaccinations", {}), ("vaccinations", {"due_at": "soonish"}), ("medical-records", {"record_date": "2099-01-01"})],
)
def test_what_a_dog_can_not_have_is_said_and_nothing_asked(
    gpt: Connect, sandbox: SandboxServer, records: str, body: dict[str, Any]
) -> None:
    here = pet_of(sandbox, species="dog")

    assert gpt("noah").post(f"/pets/{here.id}/{records}", **body).code == "FEATURE_NOT_AVAILABLE"


@pytest.mark.parametrize("records", [records for records, _day, _body in WRITES])
def test_what_a_viewer_may_not_do_is_said_and_nothing_asked(gpt: Connect, cat: Any, records: str) -> None:
    told = gpt("olga").post(f"/pets/{cat.id}/{records}")

    assert told.code == "FORBIDDEN"
    assert len(told.upstream) == 1


def test_a_dog_s_card_is_refused_in_one_sentence(gpt: Connect, sandbox: SandboxServer) -> None:
    dog = pet_of(sandbox, name="Rex", species="dog")
    row = {"kind": "vaccination", "pet_name": "Rex", "vaccine_name": "DHPP"}

    told = gpt("noah").post("/records", records=[{**row, "administered_at": f"2025-{n:02d}-31"} for n in range(1, 13)])

    assert told.body["summary"]["failed"] == 12
    assert {one["error"] for one in told.body["results"]} == {"FEATURE_NOT_AVAILABLE"}
    assert "Rex" in told.body["results"][0]["message"]
    assert {one["message"] for one in told.body["results"][1:]} == {"As for the record with index 0."}
    assert dog.vaccinations == []
    assert not [one for one in told.upstream if one.startswith("POST")]


@pytest.mark.parametrize(
    ("species", "keeps"),
    [
        ("cat", ["weights", "vaccinations", "medical_records", "microchips", "photos", "habits"]),
        ("dog", ["weights", "microchips", "photos", "habits"]),
    ],
)
def test_every_pet_says_what_it_keeps(gpt: Connect, sandbox: SandboxServer, species: str, keeps: list[str]) -> None:
    here = pet_of(sandbox, species=species)
    sandbox.world.share(here, sandbox.world.user("olga"), "viewer")

    own = gpt("noah").get(f"/pets/{here.id}").ok["data"]
    seen = gpt("olga").post("/pets/find", name="Nox").ok["candidates"][0]

    assert (own["keeps"], "may_read" in own) == (keeps, False)
    assert (seen["keeps"], seen["may_read"]) == (keeps, ["microchips", "photos"])


# --- Rounding is told ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "stored", "told_as"),
    [
        ("103 g", 0.1, "103 g"),
        ("98 g", 0.1, "98 g"),
        ("4.256 kg", 4.26, "4256 g"),
        ("4.2", 4.2, ""),
        ("9 lb 4 oz", 4.2, ""),
    ],
)
def test_what_is_kept_otherwise_than_said_is_told(
    gpt: Connect, sandbox: SandboxServer, said: str, stored: float, told_as: str
) -> None:
    here = pet_of(sandbox)

    told = gpt("noah").post(f"/pets/{here.id}/weights", weight_kg=said)

    assert told.ok["data"]["weight_kg"] == stored
    assert told.body.get("note", "").startswith(told_as)
    assert ("note" in told.body) == bool(told_as)


def test_98_and_103_grams_are_two_weighings(gpt: Connect, sandbox: SandboxServer) -> None:
    here = pet_of(sandbox)
    connected = gpt("noah")

    first = connected.post(f"/pets/{here.id}/weights", weight_kg="98 g")
    same = connected.post(f"/pets/{here.id}/weights", weight_kg="0.098 kg")
    other = connected.post(f"/pets/{here.id}/weights", weight_kg="103 g")

    assert first.status == 201
    assert same.ok["already_recorded"] is True
    assert other.reason == "already_exists"
    assert "10 g" in other.body["message"]


def test_what_would_be_kept_as_nothing_is_not_stored(gpt: Connect, sandbox: SandboxServer) -> None:
    here = pet_of(sandbox, species="mouse")

    assert gpt("noah").post(f"/pets/{here.id}/weights", weight_kg="4 g").reason == "out_of_range"
    assert here.weights == []


@pytest.mark.parametrize("due", ["2046-11-10", "in 20 years", "sau 20 năm", "через 20 лет"])
def test_a_due_day_that_lies_years_too_far_is_asked_about(gpt: Connect, cat: Any, due: str) -> None:
    shot = {"vaccine_name": "Rabies", "administered_at": "2026-01-10", "due_at": due}

    told = gpt("mai").post(f"/pets/{cat.id}/vaccinations", **shot)

    assert told.reason == "implausible"
    assert told.body["missing_fields"] == ["due_at"]
    assert gpt("mai").post(f"/pets/{cat.id}/vaccinations", **shot, again=True).ok


@pytest.mark.parametrize(
    ("species", "day", "asked"),
    [("cat", "1926-03-09", True), ("cat", "2000-03-09", False), ("dog", "1951-03-09", True)],
)
def test_a_day_longer_ago_than_such_a_pet_lives_is_asked_about(
    gpt: Connect, sandbox: SandboxServer, species: str, day: str, asked: bool
) -> None:
    here, connected = pet_of(sandbox, species=species), gpt("noah")

    told = connected.post(f"/pets/{here.id}/weights", weight_kg="4 kg", measured_at=day)

    assert (told.body.get("reason") == "implausible") is asked
    assert not asked or connected.post(f"/pets/{here.id}/weights", weight_kg="4 kg", measured_at=day, again=True).ok


@pytest.mark.parametrize(
    ("path", "row", "field", "said"),
    [
        ("medical-records", {"record_type": "xổ giun", "record_date": "2026-03-09"}, "description", "chưa uống"),
        ("medical-records", {"record_type": "surgery", "record_date": "2026-03-09"}, "description", "moved to Friday"),
        ("vaccinations", {"vaccine_name": "Rabies", "administered_at": "2026-03-09"}, "notes", "ещё не кололи, ждём"),
    ],
)
def test_a_record_whose_text_says_that_it_was_not_done_is_asked_about(
    gpt: Connect, sandbox: SandboxServer, path: str, row: dict[str, Any], field: str, said: str
) -> None:
    pet = pet_of(sandbox)
    connected = gpt("noah")
    sent = {**row, field: said}

    told = connected.post(f"/pets/{pet.id}/{path}", **sent)
    kind = {"vaccinations": "vaccination", "medical-records": "medical_record"}[path]
    in_a_batch = connected.post("/records", records=[{**sent, "kind": kind, "pet_id": pet.id}])
    confirmed = connected.post(f"/pets/{pet.id}/{path}", **sent, again=True)

    assert told.body["missing_fields"] == [field]
    assert in_a_batch.body["results"][0]["missing_fields"] == [field]
    assert confirmed.ok["data"][field].endswith(said)


def test_no_day_is_offered_that_is_still_to_come(gpt: Connect, sandbox: SandboxServer) -> None:
    pet = pet_of(sandbox, birthday="2026-03-01")

    told = gpt("noah").post(f"/pets/{pet.id}/weights", weight_kg="0.3", measured_at="2026-02-20")

    assert told.reason == "implausible"
    assert told.body["candidates"] == []
