"""Rules about health records that no recording shows (main-app.md §8)."""

from datetime import timedelta

from sandbox.server import SandboxServer

from .conftest import Client


def test_due_today_is_not_overdue(sandbox: SandboxServer, client_of: Client) -> None:
    world, pet = sandbox.world, sandbox.world.pet("Leap")
    world.add_vaccination(pet, "A", "2020-01-01", world.today())
    world.add_vaccination(pet, "B", "2020-01-02", world.today() - timedelta(days=1))

    rows = client_of("emma").get(f"/pets/{pet.id}/vaccinations").json()["data"]["data"]

    assert {row["vaccine_name"]: row["is_overdue"] for row in rows} == {"A": False, "B": True}


def test_page_links_drop_the_filter(sandbox: SandboxServer, client_of: Client) -> None:
    pet = sandbox.world.pet("Leap")
    for day in range(1, 28):
        sandbox.world.add_medical_record(pet, "checkup", f"2025-01-{day:02}")

    page = client_of("emma").get(f"/pets/{pet.id}/medical-records", params={"record_type": "checkup"}).json()["data"]

    assert page["links"]["next"].endswith(f"/api/pets/{pet.id}/medical-records?page=2")
    assert page["meta"]["total"] == 27


def test_a_health_photo_is_converted_later(sandbox: SandboxServer, client_of: Client) -> None:
    pet = sandbox.world.pet("Biscuit")
    record, picture = pet.medical_records[0], pet.photos[0].content
    api, path = client_of("emma"), f"/pets/{pet.id}/medical-records/{pet.medical_records[0].id}"
    version = api.get(path).json()["data"]["updated_at"]
    added = api.post(f"{path}/photos", data={"base_version": version}, files={"photo": ("x.jpg", picture)})
    sandbox.world.travel(minutes=1)

    (early,), (late,) = added.json()["data"]["photos"], api.get(path).json()["data"]["photos"]

    assert (early["processing"], late["processing"]) == (True, False)
    assert early["url"] != late["url"]
    assert api.request("DELETE", f"{path}/photos/{early['id']}", json={}).status_code == 422
    version = api.get(path).json()["data"]["updated_at"]
    assert api.request("DELETE", f"{path}/photos/{early['id']}", json={"base_version": version}).status_code == 204
    assert record.photos == []
