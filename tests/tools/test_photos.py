"""A pet's photos: listed by get_pet, the main one chosen by update_pet, one of anything removed by delete_record (contract §9)."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


@pytest.fixture
def nox(sandbox: SandboxServer) -> Pet:
    """Noah's cat with two photos; the newer is the main one."""
    nox = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", country="GB")
    for _ in range(2):
        sandbox.world.add_photo(nox)
    return nox


def delete(gpt: Gpt, pet: Pet, photo: int, **sent: Any) -> Told:
    return gpt.delete(f"/pets/{pet.id}/records/{photo}", kind="photo", **sent)


def test_they_are_listed(gpt: Connect, nox: Pet) -> None:
    shown = gpt("noah").get(f"/pets/{nox.id}").ok["data"]

    assert shown["photo_count"] == 2
    assert [(one["id"], one["is_main"]) for one in shown["photos"]] == [
        (nox.photos[0].id, True),
        (nox.photos[1].id, False),
    ]


def test_the_main_one_is_chosen_and_can_be_chosen_back(gpt: Connect, nox: Pet) -> None:
    noah, (main, other) = gpt("noah"), [one.id for one in nox.photos]

    told = noah.patch(f"/pets/{nox.id}", main_photo_id=other)

    assert (nox.photos[0].id, told.ok["before"]) == (other, {"main_photo_id": main})
    assert len(told.upstream) == 2
    noah.patch(f"/pets/{nox.id}", main_photo_id=told.ok["undo"]["arguments"]["main_photo_id"])
    assert nox.photos[0].id == main
    again = noah.patch(f"/pets/{nox.id}", main_photo_id=main)
    assert (again.ok["before"], len(again.upstream)) == ({}, 1)


def test_a_photo_that_is_not_its_own_can_not_be_the_main_one(gpt: Connect, nox: Pet) -> None:
    assert gpt("noah").patch(f"/pets/{nox.id}", main_photo_id=999).code == "NOT_FOUND"


def test_one_is_deleted_in_two_steps(gpt: Connect, nox: Pet) -> None:
    noah, (main, other) = gpt("noah"), [one.id for one in nox.photos]

    asked = delete(noah, nox, main)

    assert asked.reason == "confirmation_needed"
    assert "anybody who knew its address" in asked.body["message"]
    assert [one.id for one in nox.photos] == [main, other]
    told = delete(noah, nox, main, confirmation=asked.body["confirmation"])
    assert told.ok["deleted"]["id"] == main
    assert "next one" in told.ok["note"]
    assert [one.id for one in nox.photos] == [other]
    again = delete(noah, nox, main, confirmation=asked.body["confirmation"])
    assert (again.ok["deleted"], again.body["already_deleted"]) == (None, True)


@pytest.mark.parametrize("kind", ["medical_record", "vaccination"])
def test_that_of_a_record_is_found_by_its_id_alone(gpt: Connect, nox: Pet, sandbox: SandboxServer, kind: str) -> None:
    world, noah = sandbox.world, gpt("noah")
    if kind == "vaccination":
        record: Any = world.add_vaccination(nox, "Rabies", "2026-01-15")
        record.photo = world.add_media("VaccinationRecord", record.id, "photo", _picture())
        photo = record.photo.id
    else:
        record = world.add_medical_record(nox, "surgery", "2026-01-15")
        record.photos.append(world.add_media("MedicalRecord", record.id, "photos", _picture()))
        photo = record.photos[0].id
    asked = delete(noah, nox, photo)

    assert "2026-01-15" in asked.body["message"]
    assert delete(noah, nox, photo, confirmation=asked.body["confirmation"]).ok["deleted"]["id"] == photo
    assert not (record.photo if kind == "vaccination" else record.photos)


def test_what_never_was_is_not_found(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    others = sandbox.world.pet("Míu").photos[0].id

    for number in (999_999, others):
        assert delete(gpt("noah"), nox, number).code == "NOT_FOUND"


def test_trap_12_a_viewer_may_not(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.world.share(nox, sandbox.world.user("olga"), "viewer")
    olga, photo = gpt("olga"), nox.photos[0].id

    told = olga.confirmed("delete", f"/pets/{nox.id}/records/{photo}", kind="photo")

    assert (told.code, len(nox.photos)) == ("FORBIDDEN", 2)


def _picture() -> Any:
    from sandbox.images import drawn_picture

    return drawn_picture()
