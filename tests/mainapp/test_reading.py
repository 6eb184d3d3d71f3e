"""A pet is read, or what of it can't be understood is named, whatever stands in one of its places (`mainapp.records.read`)."""

import copy
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainapp import routes
from mainapp.client import MainAppClient
from mainapp.errors import BrokenAnswer
from mainapp.messages import Answer, mended
from mainapp.records import Pet, data_in, read
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
        *(0, 1, -1, 2**63, 2**64, 10**30, 4.0, True, None),
        *({}, [], [{}], [None], {"name": "Hue"}, {"name": None}),
    ]
)
JSON = st.recursive(
    ODD
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def ending(told: Any) -> Pet | str:
    """The pet, or the field that is not understood; the same straight from the bytes as from parsed JSON."""
    raw = bytes_of(told)
    endings: list[Pet | str] = []
    for way in (
        lambda: data_in(Answer(200, {}, raw), routes.PET, Pet),
        lambda: read(Pet, mended(json.loads(raw))["data"]),
    ):
        try:
            endings.append(way())
        except BrokenAnswer as broken:
            endings.append(broken.field)
    assert endings[0] == endings[1]
    return endings[0]


@given(path=st.sampled_from(paths()), value=JSON)
def test_any_value_is_understood_or_named(path, value) -> None:
    pet = ending(with_value(path, value))

    if isinstance(pet, str):
        # Of a union or a whole that does not fit the place alone is named.
        assert pet.startswith("data.")
        assert any(str(step) in pet for step in path)
        return
    assert pet.id > 0
    for text in (pet.name, pet.sex, pet.status, pet.description or "", pet.city or ""):
        assert "\0" not in text
        assert len(text.encode()) <= 80_000
    for url in (pet.photo_url, *(photo.url for photo in pet.photos)):
        assert url is None or url.startswith(("https://", "http://"))
    weight = pet.health.latest_weight_kg if pet.health else None
    assert weight is None or math.isfinite(float(weight))
    given_parts = (pet.birthday_year, pet.birthday_month, pet.birthday_day)
    covered = ("unknown", "year", "month", "day").index(pet.birthday_precision)
    assert given_parts[covered:] == (None,) * (3 - covered)


@given(path=st.sampled_from(paths()))
def test_without_any_of_its_keys_likewise(path) -> None:
    if not isinstance(path[-1], str):
        return
    told = copy.deepcopy(PET)
    inner: Any = told
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]

    assert ending(told) == ending(with_value(path, None))


def told_by(serve, data: Any) -> MainAppClient:
    raw = bytes_of(data)
    return client_of(serve(lambda request, conn: http(200, raw)).url)


def test_an_odd_pet_in_a_list_is_read_all_the_same(serve) -> None:
    odd = PET | {"id": "13", "birthday_precision": "year", "photo_url": "data:image/png;base64,AAAA"}

    owned = told_by(serve, {"owned": [PET, odd]}).pets.sections().owned

    assert [(pet.id, pet.birthday_month, pet.photo_url) for pet in owned] == [
        (12, 5, "https://meo.example/thumb.jpg"),
        (13, None, None),
    ]


def test_a_broken_pet_in_a_list_is_named(serve) -> None:
    client = told_by(serve, {"owned": [PET, PET | {"photos": [{"id": "x"}]}]})

    with pytest.raises(BrokenAnswer) as caught:
        client.pets.sections()

    assert caught.value.field == "data.owned[1].photos[0].id"
