"""A pet's photos as links to resources, for apps that show what an answer links to (MCP from 2025-06-18 on)."""

from collections.abc import Callable

import pytest

from petstools.mcp.protocol import LEGACY
from sandbox.images import drawn_picture
from sandbox.records import Pet
from sandbox.server import SandboxServer
from tests.mcp.conftest import Mcp, Told

Connect = Callable[..., Mcp]


@pytest.fixture
def nox(sandbox: SandboxServer) -> Pet:
    nox = sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox")
    sandbox.world.add_photo(nox)
    sandbox.world.add_photo(nox)
    return nox


def kinds(told: Told) -> list[str]:
    return [block["type"] for block in told.result["content"]]


def test_each_photo_of_a_pet_is_a_link_for_the_person(mcp: Connect, nox: Pet) -> None:
    told = mcp("noah").call("get_pet", pet_id="Nox")

    assert kinds(told) == ["text", "resource_link", "resource_link"]
    links = told.result["content"][1:]
    assert [one["uri"] for one in links] == [one["url"] for one in told.content["data"]["photos"]]
    assert {*links[0]} == {"type", "uri", "name", "annotations"}


def test_so_are_the_photos_of_its_records(mcp: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    world = sandbox.world
    shot = world.add_vaccination(nox, "Rabies")
    shot.photo = world.add_media("VaccinationRecord", shot.id, "photo", drawn_picture())
    world.add_vaccination(nox, "Tricat")
    visit = world.add_medical_record(nox)
    visit.photos = [world.add_media("MedicalRecord", visit.id, "photos", drawn_picture()) for _each in range(2)]

    shots = mcp("noah").call("list_vaccinations", pet_id="Nox", status="all")
    visits = mcp("noah").call("list_medical_records", pet_id="Nox")

    (with_photo,) = [one for one in shots.content["vaccinations"] if "photo_id" in one]
    assert [one["uri"] for one in shots.result["content"][1:]] == [with_photo["photo_url"]]
    (record,) = visits.content["medical_records"]
    assert [one["uri"] for one in visits.result["content"][1:]] == [photo["url"] for photo in record["photos"]]
    assert len(record["photos"]) == 2


@pytest.mark.parametrize("version", LEGACY)
def test_only_where_the_protocol_has_them(mcp: Connect, nox: Pet, version: str) -> None:
    asked = {"name": "get_pet", "arguments": {"pet_id": nox.id}}

    told = mcp("noah").legacy("tools/call", asked, version=version)

    assert ("resource_link" in kinds(told)) == (version >= "2025-06-18")


def test_a_pet_without_photos_has_none(mcp: Connect, sandbox: SandboxServer) -> None:
    sandbox.world.add_pet(sandbox.world.user("noah"), name="Luna")

    assert kinds(mcp("noah").call("get_pet", pet_id="Luna")) == ["text"]
