"""Rules about health records that no recording shows (main-app.md §8)."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.server import SandboxServer

from .conftest import Client


def test_todays_date_with_a_time_counts_as_the_future(sandbox: SandboxServer, client_of: Client) -> None:
    today = sandbox.world.today().isoformat()
    api, path = client_of("emma"), f"/pets/{sandbox.world.pet('Leap').id}/medical-records"

    plain = api.post(path, json={"record_type": "checkup", "record_date": today})
    timed = api.post(path, json={"record_type": "checkup", "record_date": f"{today}T08:00:00Z"})

    assert (plain.status_code, timed.status_code) == (201, 422)


def test_today_is_utc_while_hanoi_is_already_tomorrow(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.world.now = lambda: datetime(2027, 1, 1, 20, 0, tzinfo=UTC)  # 03:00 on 2 January in Hanoi
    path = f"/pets/{sandbox.world.pet('Míu').id}/vaccinations"

    answer = client_of("mai").post(path, json={"vaccine_name": "Dại", "administered_at": "2027-01-02"})

    assert list(answer.json()["errors"]) == ["administered_at"]


def test_due_today_is_not_overdue(sandbox: SandboxServer, client_of: Client) -> None:
    world, pet = sandbox.world, sandbox.world.pet("Leap")
    world.add_vaccination(pet, "A", "2020-01-01", world.today())
    world.add_vaccination(pet, "B", "2020-01-02", world.today() - timedelta(days=1))

    rows = client_of("emma").get(f"/pets/{pet.id}/vaccinations").json()["data"]["data"]

    assert {row["vaccine_name"]: row["is_overdue"] for row in rows} == {"A": False, "B": True}


@pytest.mark.parametrize(
    ("due_in_days", "status"),
    [(-1, "overdue"), (0, "due_soon"), (30, "due_soon"), (31, "up_to_date"), (None, "unknown")],
)
def test_the_summary_names_the_most_urgent(
    due_in_days: int | None, status: str, sandbox: SandboxServer, client_of: Client
) -> None:
    world = sandbox.world
    pet = world.add_pet(world.user("noah"), name="Solo")
    due = None if due_in_days is None else world.today() + timedelta(days=due_in_days)
    world.add_vaccination(pet, "A", "2020-01-01", due)

    (row,) = client_of("noah").get("/my-pets").json()["data"]

    assert row["health_summary"]["vaccination_status"] == status


def test_renewing_with_the_same_name_and_date_is_a_500(sandbox: SandboxServer, client_of: Client) -> None:
    pet = sandbox.world.pet("Leap")
    api, path = client_of("emma"), f"/pets/{pet.id}/vaccinations"
    body = {"vaccine_name": "Rabies", "administered_at": "2026-01-05"}
    old = api.post(path, json=body).json()["data"]
    guards = {"expected_vaccine_name": "Rabies", "expected_administered_at": "2026-01-05"}

    answer = api.post(f"{path}/{old['id']}/renew", json={**body, **guards, "base_version": old["updated_at"]})

    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("medical-records", {"record_date": None}),
        ("vaccinations", {"vaccine_name": None}),
        ("vaccinations", {"administered_at": None}),
    ],
)
def test_null_in_a_mandatory_column_is_a_500(
    kind: str, body: dict[str, None], sandbox: SandboxServer, client_of: Client
) -> None:
    pet = sandbox.world.pet("Biscuit")
    row = (pet.medical_records if kind == "medical-records" else pet.vaccinations)[0]

    assert client_of("emma").put(f"/pets/{pet.id}/{kind}/{row.id}", json=body).status_code == 500


def test_null_clears_what_may_be_empty(sandbox: SandboxServer, client_of: Client) -> None:
    pet = sandbox.world.pet("Biscuit")
    shot = next(row for row in pet.vaccinations if row.notes)

    answer = client_of("emma").put(f"/pets/{pet.id}/vaccinations/{shot.id}", json={"notes": "", "due_at": None})

    assert (answer.json()["data"]["notes"], answer.json()["data"]["due_at"]) == (None, None)


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
