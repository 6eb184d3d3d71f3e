"""What is read straight from an answer's bytes is what is read of it field by field (`mainapp.straight`)."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainapp import straight
from mainapp.client import MainAppClient
from mainapp.errors import BrokenAnswer
from mainapp.parse import parse_list
from mainapp.records import City, Pet, Sections
from tests.golden import GOLDEN
from tests.mainapp.conftest import client_of, http

PET: dict[str, Any] = {
    "id": 12,
    "name": "Míu",
    "sex": "female",
    "status": "active",
    "birthday": "2023-05-17T00:00:00.000000Z",
    "birthday_precision": "day",
    "birthday_year": 2023,
    "birthday_month": 5,
    "birthday_day": 17,
    "country": "VN",
    "city": "Hanoi",
    "description": "",
    "pet_type_id": 1,
    "pet_type": {"id": 1, "slug": "cat", "name": "Cat", "status": "active", "weight_tracking_allowed": True},
    "photo_url": "https://meo.example/thumb.jpg",
    "photos": [{"id": 3, "url": "https://meo.example/photo.jpg", "thumb_url": None, "is_primary": True}],
    "viewer_permissions": {
        "can_edit": True,
        "is_owner": True,
        "access_sources": [{"type": "relationship", "role": "owner"}, {"type": "group", "id": 1}],
    },
    "health_summary": {
        "latest_weight_kg": "4.25",
        "latest_weight_record_date": "2026-08-01",
        "vaccination_status": "due_soon",
    },
    "updated_at": "2026-08-01T09:00:00.000000Z",
}


def bytes_of(data: Any, **envelope: Any) -> bytes:
    return json.dumps({"success": True, "data": data} | envelope).encode()


def with_value(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The pet with one value replaced, however deep."""
    told = copy.deepcopy(PET)
    inner: Any = told
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return told


def paths(told: Any = PET, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [path for step, inner in steps for path in ((*above, step), *paths(inner, (*above, step)))]


def test_a_pet_is_read_straight() -> None:
    pet = straight.PET.read(bytes_of(PET))

    assert pet is not None
    assert pet == Pet.parse(PET)
    assert (pet.name, pet.version, pet.photos[0].id) == ("Míu", "2026-08-01T09:00:00.000000Z", 3)


def test_a_city_that_is_an_object_is_its_name() -> None:
    told = PET | {"city": {"id": 129, "name": "Ho Chi Minh City", "country": "VN"}}

    pet = straight.PET.read(bytes_of(told))

    assert pet is not None
    assert pet.told_city == City("Ho Chi Minh City")
    assert pet.city == Pet.parse(told).city == "Ho Chi Minh City"


def test_every_recorded_answer_about_pets_is_read_straight() -> None:
    read = 0
    for path in sorted(GOLDEN.glob("*.json")):
        recording = json.loads(path.read_text())
        body, address = recording["response"]["body"], recording["request"]["path"].partition("?")[0]
        if recording["request"]["method"] != "GET" or recording["response"]["status"] != 200:
            continue
        raw = json.dumps(body).encode()
        if address == "/api/my-pets/sections":
            assert straight.SECTIONS.read(raw) == Sections.parse(body["data"]), path.name
        elif address == "/api/my-pets":
            assert straight.PETS.read(raw) == parse_list(body["data"], "data", Pet.parse), path.name
        elif address.removeprefix("/api/pets/").isdigit():
            pet, expected = straight.PET.read(raw), Pet.parse(body["data"])
            assert pet is not None, path.name
            assert pet.city == expected.city
        else:
            continue
        read += 1
    assert read > 3


# What people and versions send, more of it than chance would.
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("", "day", "month", "year", "unknown", "12", "0", "data:image/png;base64,AAAA", "http://x", "https://x"),
        *(
            "\x00",
            "Mi\x00u",
            "Mi\ud83du",
            "😺",
            "4.2",
            "NaN",
            "Infinity",
            "1e999",
            "1e9999999",
            "2026-02-30",
            "20261111",
        ),
        *("2026-08-01T00:00:00.000000Z", "x" * 2001, "x" * 20_001),
        *(0, 1, -1, 2**63, 2**64, 10**30, 4.0, 1e999, True, None),
        *({}, [], [{}], [None], {"name": "Hue"}, {"name": None}),
    ]
)
JSON = st.recursive(
    ODD | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@given(path=st.sampled_from(paths()), value=JSON)
def test_any_value_is_read_as_field_by_field_or_left_to_that(path, value) -> None:
    if path == ("health_summary", "latest_weight_kg") and isinstance(value, str) and not value.isascii():
        # Foreign digits are a number here, and broken there.
        value = "4.2"
    raw = bytes_of(with_value(path, value))

    pet = straight.PET.read(raw)

    if pet is not None:
        expected = Pet.parse(json.loads(raw)["data"])
        assert pet.city == expected.city
        assert pet == expected or isinstance(pet.told_city, City)


@given(path=st.sampled_from(paths()))
def test_without_any_of_its_keys_likewise(path) -> None:
    if not isinstance(path[-1], str):
        return
    told = copy.deepcopy(PET)
    inner: Any = told
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]

    pet = straight.PET.read(bytes_of(told))

    if pet is not None:
        assert pet == Pet.parse(told)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        bytes_of(None),
        bytes_of([PET]),
        bytes_of(PET, success=False),
        bytes_of(PET, success=None),
        bytes_of(PET)[:-1],
        bytes_of(PET) + b"x",
        bytes_of(PET | {"name": "Mi\x00u"}),
        bytes_of(PET | {"name": "Mi\ud83du"}),
        bytes_of(PET | {"address": "here"}).replace(b"here", b"\xff\xfe"),
        b'{"success": true, "more": ' + b"[" * 100_000 + b"]" * 100_000 + b', "data": {}}',
    ],
    ids=range(12),
)
def test_another_form_is_left_to_the_reading_field_by_field(raw) -> None:
    assert straight.PET.read(raw) is None


def told_by(serve, data: Any) -> MainAppClient:
    raw = bytes_of(data)
    return client_of(serve(lambda request, conn: http(200, raw)).url)


def test_an_odd_pet_in_a_list_is_read_all_the_same(serve) -> None:
    odd = PET | {"id": "13", "birthday_precision": "year", "photo_url": "data:image/png;base64,AAAA"}

    owned = told_by(serve, {"owned": [PET, odd]}).sections().owned

    assert [(pet.id, pet.birthday_month, pet.photo_url) for pet in owned] == [
        (12, 5, "https://meo.example/thumb.jpg"),
        (13, None, None),
    ]


def test_a_broken_pet_in_a_list_is_named(serve) -> None:
    client = told_by(serve, {"owned": [PET, PET | {"photos": [{"id": "x"}]}]})

    with pytest.raises(BrokenAnswer) as caught:
        client.sections()

    assert caught.value.field == "data.owned[1].photos[0].id"
