"""What is sent beside a tool's fields is read under its other names, or named in the answer (docs/decisions/meaning.md, rule 8)."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from petstools.catalog import TOOLS
from petstools.inputs import by_our_names
from petstools.tools.base import Tool
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
WITH_FIELDS = [tool for tool in TOOLS if tool.request or tool.query]


@pytest.mark.parametrize(
    ("path", "sent", "expected"),
    [
        ("weights", {"weight": "7.2 kg", "date": "2026-01-02"}, {"weight_kg": 7.2, "measured_at": "2026-01-02"}),
        (
            "weights",
            {"weightKg": "7.2 kg", "Measured-At": "2026-01-02"},
            {"weight_kg": 7.2, "measured_at": "2026-01-02"},
        ),
        ("weights", {"WEIGHT_KG": 7.2, "day": "2026-01-02"}, {"weight_kg": 7.2, "measured_at": "2026-01-02"}),
        (
            "vaccinations",
            {"vaccine": "Rabies", "given_at": "2026-01-02", "valid_until": "2027-01-02", "comment": "batch 7"},
            {"vaccine_name": "Rabies", "administered_at": "2026-01-02", "due_at": "2027-01-02", "notes": "batch 7"},
        ),
        (
            "medical-records",
            {"type": "surgery", "visit_date": "2026-01-02", "doctor": "Dr. Ha"},
            {"record_type": "surgery", "record_date": "2026-01-02", "vet_name": "Dr. Ha"},
        ),
    ],
)
def test_other_names_are_read(
    gpt: Connect, cat: Any, path: str, sent: dict[str, Any], expected: dict[str, Any]
) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/{path}", **sent)

    assert expected.items() <= told.ok["data"].items()
    assert "ignored_fields" not in told.body


def test_what_a_tool_does_not_take_is_named_beside_what_it_did(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("mai").post(
        "/pets", name="Sữa", species="cat", favourite_toy="ball", chip_number="982000123456789", colour=None
    )

    assert told.ok["ignored_fields"] == ["chip_number", "favourite_toy"]
    assert sandbox.world.pet("Sữa").microchips == []


def test_a_list_names_what_it_does_not_take(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").get(f"/pets/{cat.id}/weights", per_page="100")

    assert told.ok["ignored_fields"] == ["per_page"]


def test_what_is_missing_may_have_come_under_a_name_nobody_knows(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/weights", heaviness="7.2 kg")

    assert told.reason == "missing"
    assert told.body["ignored_fields"] == ["heaviness"]
    assert "You sent heaviness" in told.body["message"]
    assert "weight_kg" in told.body["message"]


def test_one_field_under_two_names_must_not_say_two_things(gpt: Connect, cat: Any) -> None:
    connected = gpt("mai")

    differing = connected.post(f"/pets/{cat.id}/weights", weight="7 kg", weight_kg="8 kg")
    agreeing = connected.post(f"/pets/{cat.id}/weights", weight="7 kg", weight_kg="7 kg")

    assert differing.code == "INVALID_INPUT"
    assert differing.body["fields"][0]["name"] == "weight_kg"
    assert agreeing.ok["data"]["weight_kg"] == 7
    assert len(cat.weights) == 1


@pytest.mark.parametrize("value", ['4, "weight_kg": 5', "NaN", "1e999"])
def test_records_that_came_as_text_are_read_as_strictly_as_a_body(gpt: Connect, cat: Any, value: str) -> None:
    records = f'[{{"kind": "weight", "pet_id": {cat.id}, "measured_at": "2026-01-02", "weight_kg": {value}}}]'

    assert gpt("mai").post("/records", records=records).code == "INVALID_INPUT"
    assert cat.weights == []


def test_a_record_of_many_is_read_in_the_same_way(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(
        "/records",
        records=json.dumps(
            [
                {"kind": "weight", "petId": cat.id, "weight": "4 kg", "date": "2026-01-02"},
                {"kind": "vaccination", "pet": "Nếp", "vaccine": "FVRCP", "given_at": "2026-01-02", "weight_kg": 4},
            ]
        ),
    )

    assert [one["status"] for one in told.ok["results"]] == ["ok", "ok"]
    assert told.body["results"][0]["data"]["measured_at"] == "2026-01-02"
    assert "ignored_fields" not in told.body["results"][0]
    assert told.body["results"][1]["ignored_fields"] == ["weight_kg"]


@pytest.mark.parametrize(
    ("sent", "first"),
    [
        ({"sort_order": "desc"}, "Z"),
        ({"order": "DESC"}, "Z"),
        ({"direction": "descending"}, "Z"),
        ({"sortBy": "Name"}, "A"),
    ],
)
def test_orders_are_read_as_they_come(gpt: Connect, sandbox: SandboxServer, sent: dict[str, str], first: str) -> None:
    for name in ("A", "Z"):
        sandbox.world.add_pet(sandbox.world.user("noah"), name=name)

    assert gpt("noah").post("/pets/overview", **sent).ok["pets"][0]["name"] == first


def test_due_within_days_has_its_older_name(gpt: Connect, cat_due: Callable[..., Any]) -> None:
    cat_due("Soon", 10)
    cat_due("Later", 60)

    told = gpt("noah").post("/pets/overview", due_in_days=30)

    assert [pet["name"] for pet in told.ok["pets"]] == ["Soon"]


def test_the_old_connectors_filters_of_list_pets(gpt: Connect) -> None:
    connected = gpt("mai")

    dogs = connected.get("/pets", species="dog")
    named = connected.get("/pets", name="miu")
    unknown = connected.get("/pets", species="thingamajig")

    assert {pet["species"] for pet in dogs.ok["pets"]} == {"dog"}
    assert [pet["name"] for pet in named.ok["pets"]] == ["Míu"]
    assert unknown.reason == "unknown"


# The forms in which clients of either door send one value.
FORMS: list[Any] = [
    *("1", "1.0", 1, 1.0, -1, 10**30, True, False, "yes", "no", "True", "x", " X ", "a,b", '"x"'),
    *([], ["x"], '["x"]', ["a", "b"], '["a", "b"]', {}, {"value": 1}, '{"value": 1}', [{"a": [1]}]),
]


@pytest.mark.parametrize("tool", WITH_FIELDS, ids=lambda tool: tool.name)
def test_in_whatever_form_a_value_comes_it_is_read_or_refused_by_its_name(tool: Tool) -> None:
    for form in filter(None, (tool.request, tool.query)):
        for field, value in itertools.product(form().fields, FORMS):
            refused: Any = {}
            try:
                read = form().run_validation({field: value})
            except ValidationError as error:
                read, refused = {}, error.detail
            assert field in refused or read[field] is not None, (field, value)


@pytest.mark.parametrize("tool", WITH_FIELDS, ids=lambda tool: tool.name)
@pytest.mark.parametrize("nothing", [None, "", "  ", "null", "undefined", "None"])
def test_what_programs_write_for_nothing_is_nothing(tool: Tool, nothing: str | None) -> None:
    for form in filter(None, (tool.request, tool.query)):
        assert by_our_names(form, dict.fromkeys(form().fields, nothing)) == ({}, set())


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("vaccinations", {"vaccine_name": ["Dại"], "administered_at": "2026-01-02"}, "vaccine_name"),
        ("vaccinations", {"vaccine_name": "FVRCP", "administered_at": "2026-01-02", "notes": True}, "notes"),
        ("medical-records", {"record_type": "test", "record_date": "2026-01-02", "vet_name": ["A", "B"]}, "vet_name"),
        ("medical-records", {"record_type": "test", "record_date": "2026-01-02", "vet_name": '["A", "B"]'}, "vet_name"),
        ("weights", {"weight_kg": "4 kg", "unit": True}, "unit"),
    ],
)
def test_what_is_no_text_is_not_kept_as_one(
    gpt: Connect, cat: Any, path: str, sent: dict[str, Any], field: str
) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/{path}", **sent)

    assert (told.code, [one["name"] for one in told.body["fields"]]) == ("INVALID_INPUT", [field])
    assert told.upstream == []


@pytest.mark.parametrize("tool", WITH_FIELDS, ids=lambda tool: tool.name)
def test_no_other_name_means_two_fields(tool: Tool) -> None:
    """By each of its forms: a name is listed once, is none of the form's own fields, and is found by what it stands for."""
    for form in (tool.request, tool.query):
        if form is None:
            continue
        fields = form().fields
        listed = {
            field: names.split()
            for kind in form.__mro__
            for field, names in vars(kind).get("OTHER_NAMES", {}).items()
            if field in fields
        }
        every = [name for names in listed.values() for name in names]
        assert len(every) == len(set(every))
        assert not set(every) & set(fields)
        for field, names in listed.items():
            for name in names:
                assert by_our_names(form, {name: "x"}) == ({field: "x"}, set())
        assert by_our_names(form, {"no_such_field_at_all": 1}) == ({}, {"no_such_field_at_all"})


@pytest.mark.parametrize(
    ("sent", "operation"),
    [
        ({"weight_kg": "5 kg"}, "add_weight"),
        ({"status": "lost"}, "set_pet_status"),
        ({"microchip": "x"}, "add_microchip"),
    ],
)
def test_what_belongs_to_another_operation_is_sent_there(
    gpt: Connect, cat: Any, sent: dict[str, str], operation: str
) -> None:
    told = gpt("mai").patch(f"/pets/{cat.id}", **sent)

    assert told.body["ignored_fields"] == list(sent)
    assert f"call {operation}" in told.body["message"]


def test_the_name_of_a_pet_that_is_meant_does_not_rename_it(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").patch(f"/pets/{cat.id}", pet_name="nep", sex="male")

    assert told.ok["data"]["name"] == cat.name == "Nếp"
    assert told.body["ignored_fields"] == ["pet_name"]


def test_a_word_that_is_no_choice_is_answered_with_the_choices(gpt: Connect) -> None:
    told = gpt("mai").post("/pets/overview", sort_by="birthday")

    assert "next_birthday_at" in told.body["fields"][0]["reason"]
