"""Traps of the contract (§15) that no single tool owns; the others stand in their tools' files under the same kind of name."""

from collections.abc import Callable
from typing import Any

from petstools.catalog import TOOLS
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]


def cat_of_mai(sandbox: SandboxServer) -> Any:
    return sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp", species="cat")


def test_trap_14_every_status_of_a_success_counts_as_one(gpt: Connect, sandbox: SandboxServer) -> None:
    cat = cat_of_mai(sandbox)
    connected = gpt("mai")

    made = connected.post(f"/pets/{cat.id}/weights", weight_kg=4, measured_at="2026-01-15").ok["data"]
    deleted_record = connected.delete(f"/pets/{cat.id}/records/{made['id']}", kind="weight")
    deleted_pet = connected.confirmed("delete", f"/pets/{cat.id}")

    statuses = [one.status for one in sandbox.requests if one.method in ("POST", "DELETE")]
    assert statuses == [201, 200, 204]
    assert deleted_record.ok["deleted"]["id"] == made["id"]
    assert deleted_pet.ok["deleted"]["id"] == cat.id


def test_trap_20_one_list_of_pet_types_serves_everybody(gpt: Connect, sandbox: SandboxServer) -> None:
    for key in ("emma", "olga", "taras", "pia"):
        connected = gpt(key)
        connected.get("/pet-types")
        connected.post("/pets/find", species="cat")

    assert len(sandbox.requests.of("GET", "/api/pet-types")) == 1


def test_trap_21_the_language_is_always_said_and_kinds_are_known_by_slug(gpt: Connect, sandbox: SandboxServer) -> None:
    cat = cat_of_mai(sandbox)
    told = {
        language: gpt("mai", language=language).get(f"/pets/{cat.id}").ok["data"] for language in ("en", "vi", "ru")
    }

    assert {one["species"] for one in told.values()} == {"cat"}
    assert {one["species_name"] for one in told.values()} == {"Cat", "Mèo", "Кошка"}
    assert all(one.headers["Accept-Language"] in ("en", "vi", "ru") for one in sandbox.requests)


def test_trap_22_an_unverified_person_is_told_so(gpt: Connect, sandbox: SandboxServer) -> None:
    told = gpt("uma").get("/pets")

    assert told.code == "EMAIL_NOT_VERIFIED"
    assert all(one.headers["Accept"].startswith("application/json") for one in sandbox.requests)


def test_trap_28_every_optional_field_arrives_under_its_right_name(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("mai")
    pet = connected.post(
        "/pets", name="Sữa", species="cat", sex="female", country="VN", birth_date="2024-05-12", description="Hay ngủ"
    ).ok["data"]
    path = f"/pets/{pet['id']}"
    shot = {"vaccine_name": "Rabies", "administered_at": "2026-01-15", "due_at": "2027-01-15", "notes": "batch 7"}
    visit = {"record_type": "checkup", "record_date": "2026-01-15", "description": "fine", "vet_name": "Dr. Hoa"}
    chip = {"chip_number": "900123456789012", "issuer": "AVID", "implanted_at": "2026-01-15"}
    connected.post(f"{path}/vaccinations", **shot)
    connected.post(f"{path}/medical-records", **visit)
    connected.post(f"{path}/microchips", **chip)

    stored = connected.get(path).ok["data"]
    assert (stored["sex"], stored["birthday"], stored["description"]) == ("female", "2024-05-12", "Hay ngủ")
    assert connected.get(f"{path}/vaccinations").ok["vaccinations"][0].items() >= shot.items()
    assert connected.get(f"{path}/medical-records").ok["medical_records"][0].items() >= visit.items()
    assert connected.get(f"{path}/microchips").ok["microchips"][0].items() >= chip.items()


def test_the_thirty_operations_that_chatgpt_takes_are_not_passed() -> None:
    assert len(TOOLS) <= 30
