"""What the main app tells becomes typed values, or a BrokenAnswer that names the field (main-app.md §6 to §10)."""

import copy
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainapp.errors import BrokenAnswer
from mainapp.messages import parse_body
from mainapp.records import (
    Account,
    Country,
    MedicalRecord,
    Microchip,
    Page,
    Pet,
    PetType,
    Photo,
    Sections,
    Vaccination,
    Weight,
    read,
)
from tests.golden import GOLDEN

PET: dict[str, Any] = {
    "id": 12,
    "name": "Míu",
    "sex": "female",
    "status": "active",
    "birthday": None,
    "birthday_precision": "month",
    "birthday_year": 2023,
    "birthday_month": 5,
    "birthday_day": 17,
    "country": "VN",
    "city": "Hanoi",
    "description": "",
    "pet_type_id": 1,
    "pet_type": {"id": 1, "slug": "cat", "name": "Cat", "status": "active"},
    "updated_at": "2026-08-01T09:00:00.000000Z",
}
VACCINATION = {
    "id": 4,
    "pet_id": 1,
    "vaccine_name": "Rabies",
    "administered_at": "2026-11-20T00:00:00.000000Z",
    "due_at": "2027-11-20T00:00:00.000000Z",
    "updated_at": "2026-11-21T02:58:49.000000Z",
}
WEIGHT = {"id": 1, "pet_id": 1, "weight_kg": "4.20", "record_date": "2026-11-11T00:00:00Z", "updated_at": "v"}
PAGE = {"data": [WEIGHT], "meta": {"current_page": 2, "last_page": 3, "total": 55}}
KINDS: list[Any] = [Pet, PetType, Sections, Weight, Vaccination, MedicalRecord, Microchip, Account, Country, Photo]


def test_a_pet_of_a_list() -> None:
    pet = read(Pet, PET)

    assert (pet.id, pet.name, pet.city, pet.version) == (12, "Míu", "Hanoi", "2026-08-01T09:00:00.000000Z")
    assert pet.pet_type == PetType(1, "cat", "Cat", None, None)
    assert pet.permissions is None
    assert pet.health is None
    assert pet.photos == ()


def test_the_city_may_be_an_object() -> None:
    assert read(Pet, PET | {"city": {"id": 129, "name": "Ho Chi Minh City"}}).city == "Ho Chi Minh City"
    assert read(Pet, PET | {"city": None}).city is None


@pytest.mark.parametrize(
    ("precision", "kept"),
    [
        ("day", (2023, 5, 17)),
        ("month", (2023, 5, None)),
        ("year", (2023, None, None)),
        ("unknown", (None, None, None)),
        (None, (None, None, None)),
        ("decade", (None, None, None)),
    ],
)
def test_only_the_parts_that_the_precision_covers_are_kept(precision, kept) -> None:
    pet = read(Pet, PET | {"birthday_precision": precision, "birthday": "2023-05-17T00:00:00.000000Z"})

    assert (pet.birthday_year, pet.birthday_month, pet.birthday_day) == kept


def test_an_impossible_birthday_is_kept_in_parts_whatever_the_main_app_made_of_it() -> None:
    told = {"birthday_precision": "day", "birthday_year": 2022, "birthday_month": 2, "birthday_day": 31}

    pet = read(Pet, PET | told | {"birthday": "2022-03-03T00:00:00.000000Z"})

    assert (pet.birthday_year, pet.birthday_month, pet.birthday_day) == (2022, 2, 31)


def test_a_birthday_without_parts_is_read_from_its_date() -> None:
    parts = dict.fromkeys(("birthday_year", "birthday_month", "birthday_day"))

    pet = read(Pet, PET | parts | {"birthday_precision": "day", "birthday": "2020-05-12T00:00:00.000000Z"})

    assert (pet.birthday_year, pet.birthday_month, pet.birthday_day) == (2020, 5, 12)


def test_dates_are_their_first_ten_characters_in_no_time_zone() -> None:
    vaccination = read(Vaccination, VACCINATION)

    assert vaccination.administered_at == date(2026, 11, 20)
    assert vaccination.due_at == date(2027, 11, 20)


def test_what_a_create_reply_or_an_old_version_leaves_out_is_none() -> None:
    vaccination = read(Vaccination, VACCINATION)

    assert vaccination.notes is None
    assert vaccination.is_overdue is None
    assert vaccination.photo is None


@pytest.mark.parametrize(("told", "number"), [("4.20", "4.20"), (4.2, "4.2"), (4, "4"), ("4", "4"), (0, "0")])
def test_a_weight_may_be_number_or_text(told, number) -> None:
    assert read(Weight, WEIGHT | {"weight_kg": told}).weight_kg == Decimal(number)


@pytest.mark.parametrize("told", [None, "", "heavy", "NaN", "Infinity", float("inf"), True, [4], "1e9999999"])
def test_a_weight_that_is_no_number_is_named_and_not_quoted(told) -> None:
    with pytest.raises(BrokenAnswer) as caught:
        read(Weight, WEIGHT | {"weight_kg": told})

    assert caught.value.field == "data.weight_kg"
    assert str(caught.value) == "data.weight_kg not understood"
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "told",
    ["", "2026-13-01", "2026-02-30", "20261111", "yesterday", "2026-11-1", "2026-W01-1", "٢٠٢٦-11-11", 20261111, []],
)
def test_a_date_that_is_none_is_named(told) -> None:
    with pytest.raises(BrokenAnswer, match=re.escape("data.record_date not understood")) as caught:
        read(Weight, WEIGHT | {"record_date": told})

    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["id", "name", "pet_type_id", "updated_at"])
def test_a_pet_without_what_is_required_is_broken(name) -> None:
    told = dict(PET)
    del told[name]

    with pytest.raises(BrokenAnswer, match=f"data.{name} not understood"):
        read(Pet, told)


@pytest.mark.parametrize("told", [0, -1, 2**63, "abc", 1.5, True, None, [], "1 ", "1" * 30])
def test_an_id_is_a_positive_integer(told) -> None:
    with pytest.raises(BrokenAnswer, match=re.escape("data.id")):
        read(Pet, PET | {"id": told})


def test_an_id_may_come_as_text() -> None:
    assert read(Pet, PET | {"id": "12"}).id == 12


def test_a_fault_in_a_list_is_named_by_its_place() -> None:
    with pytest.raises(BrokenAnswer) as caught:
        read(Sections, {"owned": [PET, PET | {"photos": [{"id": "x"}]}]})

    assert caught.value.field == "data.owned[1].photos[0].id"


def test_sections_of_an_old_version_have_fewer_lists() -> None:
    sections = read(Sections, {"owned": [PET], "fostering_active": [], "transferred_away": [PET]})

    assert [pet.id for pet in sections.owned] == [12]
    assert sections.shared == ()


@pytest.mark.parametrize("told", [{}, {"owned": None}, {"owned": {}}, [], None, "x"])
def test_sections_without_the_owned_pets_are_broken(told) -> None:
    with pytest.raises(BrokenAnswer):
        read(Sections, told)


def test_a_page_tells_where_it_stands() -> None:
    page = read(Page[Weight], PAGE)

    assert (page.page, page.last_page, page.total) == (2, 3, 55)
    assert page.items[0].weight_kg == Decimal("4.20")


@pytest.mark.parametrize("told", [[], {"data": []}, {"data": None, "meta": PAGE["meta"]}, {"meta": PAGE["meta"]}])
def test_a_list_of_another_shape_is_broken(told) -> None:
    with pytest.raises(BrokenAnswer):
        read(Page[Weight], told)


def test_inline_images_do_not_come_in() -> None:
    photo = read(
        Photo,
        {"id": 1, "url": "data:image/png;base64,AAAA", "thumb_url": "https://meo.example/t.jpg", "srcset": "data:x"},
    )

    assert photo.url is None
    assert photo.thumb_url == "https://meo.example/t.jpg"
    assert "data:" not in repr(photo)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil", "file:///etc/passwd", "http:/x" + "y" * 3000, ""])
def test_what_is_no_web_address_does_not_come_in(url) -> None:
    assert read(Photo, {"id": 1, "url": url}).url is None or url.startswith("http://")


def test_text_that_could_not_be_stored_or_sent_is_mended() -> None:
    name = read(Pet, parse_body(json.dumps(PET | {"name": "Mi\ud83du\x00"}).encode())).name

    name.encode()
    assert name == "Mi?u"


def test_an_account_has_what_decides_and_not_the_e_mail() -> None:
    account = read(
        Account, {"id": 1, "name": "Mai", "email": "mai@example.com", "email_verified_at": None, "is_banned": True}
    )

    assert not account.email_verified
    assert account.is_banned
    assert "mai@" not in repr(msgspec.structs.asdict(account))


def test_every_recorded_success_is_understood() -> None:
    """All pets, records, lists and accounts of the recordings, by the shape of their answer."""
    read = dict.fromkeys(("pet", "sections", "pets", "weight", "vaccination", "medical", "chip", "page", "me"), 0)
    for path in sorted(GOLDEN.glob("*.json")):
        recording = json.loads(path.read_text())
        if recording["response"]["status"] >= 300 or recording["response"]["body"] is None:
            continue
        data = recording["response"]["body"].get("data")
        address = recording["request"]["path"].partition("?")[0]
        if data is True or "/gpt-auth/" in address or address.endswith("/view"):
            continue
        kind = _read(address, data)
        if kind:
            read[kind] += 1
    assert min(read.values()) > 0, read


def _read(address: str, data: Any) -> str | None:
    record: dict[str, Any] = {
        "weights": Weight,
        "vaccinations": Vaccination,
        "medical-records": MedicalRecord,
        "microchips": Microchip,
    }
    kinds = {"weights": "weight", "vaccinations": "vaccination", "medical-records": "medical", "microchips": "chip"}
    match = re.fullmatch(r"/api/pets/\d+/([a-z-]+)(/.*)?", address)
    if match and match[1] in record:
        kind = record[match[1]]
        if "meta" in data:
            read(Page[kind], data)  # type: ignore[valid-type]
            return "page"
        read(kind, data)
        return kinds[match[1]]
    if re.fullmatch(r"/api/pets(/\d+(/status|/photos)?)?", address):
        read(Pet, data)
        return "pet"
    if address == "/api/my-pets":
        read(tuple[Pet, ...], data)
        return "pets"
    if address == "/api/my-pets/sections":
        read(Sections, data)
        return "sections"
    if address == "/api/users/me":
        read(Account, data)
        return "me"
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def broken_field(kind, value) -> str | None:
    try:
        read(kind, value)
    except BrokenAnswer as broken:
        return broken.field
    return None


@given(value=JSON)
@pytest.mark.parametrize("kind", [*KINDS, Page[Weight], tuple[Pet, ...]])
def test_no_json_brings_out_anything_but_a_broken_answer(kind, value) -> None:
    assert broken_field(kind, value) != ""


@given(value=JSON, data=st.data())
@pytest.mark.parametrize(
    ("kind", "whole"),
    [(Pet, PET), (Vaccination, VACCINATION), (Weight, WEIGHT), (Page[Weight], PAGE)],
    ids=["pet", "vaccination", "weight", "page"],
)
def test_one_value_replaced_by_any_json_is_understood_or_named(kind, whole, value, data) -> None:
    told = copy.deepcopy(whole)
    name = data.draw(st.sampled_from(sorted(told)))
    told[name] = value

    field = broken_field(kind, told)

    assert field is None or name in field
