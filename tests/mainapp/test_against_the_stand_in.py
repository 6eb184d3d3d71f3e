"""The typed client over real HTTP to the stand-in main app: reads, writes, faults, old versions."""

import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from mainapp import bridge, errors, routes
from mainapp.client import Deadline, MainAppClient
from mainapp.records import MedicalRecord, Microchip, Pet, Vaccination, Weight
from sandbox.server import SandboxServer
from tests.mainapp.conftest import client_of


@pytest.fixture
def app() -> Iterator[SandboxServer]:
    with SandboxServer(port=0) as server:
        yield server


def client_for(app: SandboxServer, person: str = "emma", *, seconds: float = 10) -> MainAppClient:
    return client_of(app.url, seconds=seconds, token=app.world.new_token(app.world.user(person)))


def pet_id(app: SandboxServer, name: str) -> int:
    return int(app.world.pet(name).id)


def key() -> str:
    return uuid4().hex


def test_all_reads_are_understood(app) -> None:
    client = client_for(app)
    biscuit = pet_id(app, "Biscuit")

    sections = client.sections()
    weights = client.weights(biscuit)
    last = client.weights(biscuit, page=weights.last_page)
    vaccinations = client.vaccinations(biscuit, status="all")
    records = client.medical_records(biscuit)
    chips = client.microchips(biscuit)

    assert {"Biscuit", "Leap", "Rex"} <= {pet.name for pet in sections.owned}
    assert all(pet.permissions and pet.permissions.is_owner and pet.health for pet in sections.owned)
    assert {pet.id for pet in client.my_pets()} == {pet.id for pet in sections.owned}
    assert client.pet(biscuit).photos
    assert (weights.page, weights.last_page, weights.total) == (1, 2, 30)
    assert len(weights.items) + len(last.items) == 30
    assert client.weight(biscuit, weights.items[0].id) == weights.items[0]
    assert [v.is_overdue for v in vaccinations.items].count(True) == 1
    assert client.vaccination(biscuit, vaccinations.items[0].id) == vaccinations.items[0]
    assert {record.record_type for record in records.items} == {"surgery", "checkup"}
    assert client.medical_record(biscuit, records.items[0].id) == records.items[0]
    assert client.microchip(biscuit, chips.items[0].id).chip_number == "982000123456789"
    assert client.account().email_verified
    assert {"cat", "dog"} <= {pet_type.slug for pet_type in client.pet_types("vi")}
    assert {"VN", "UA"} <= {country.code for country in client.countries()}


def test_a_pet_lives_and_dies(app) -> None:
    client = client_for(app)

    made = client.write(routes.CREATE_PET, Pet.parse, {"name": "Míu", "country": "VN"}, key=key())
    changed = client.write(
        routes.UPDATE_PET, Pet.parse, {"name": "Miu", "base_version": made.version}, key=key(), pet=made.id
    )
    lost = client.write(routes.SET_PET_STATUS, Pet.parse, {"status": "lost"}, key=key(), pet=made.id)
    client.delete(routes.DELETE_PET, {"expected_name": "Miu"}, key=key(), pet=made.id)

    assert (made.name, changed.name, lost.status) == ("Míu", "Miu", "lost")
    with pytest.raises(errors.NotFound):
        client.pet(made.id)


def test_health_records_are_written_and_deleted_under_guard(app) -> None:
    client = client_for(app)
    biscuit = pet_id(app, "Biscuit")
    day = (date.today() - timedelta(days=3)).isoformat()

    weight = client.write(
        routes.ADD_WEIGHT, Weight.parse, {"weight_kg": 4.25, "record_date": day}, key=key(), pet=biscuit
    )
    vaccination = client.write(
        routes.ADD_VACCINATION,
        Vaccination.parse,
        {"vaccine_name": "Test", "administered_at": day},
        key=key(),
        pet=biscuit,
    )
    record = client.write(
        routes.ADD_MEDICAL_RECORD,
        MedicalRecord.parse,
        {"record_type": "other", "record_date": day},
        key=key(),
        pet=biscuit,
    )
    chip = client.write(
        routes.ADD_MICROCHIP, Microchip.parse, {"chip_number": "900000000000001"}, key=key(), pet=biscuit
    )
    guards = {"base_version": weight.version, "expected_weight_kg": "4.25", "expected_record_date": day}
    client.delete(routes.DELETE_WEIGHT, guards, key=key(), pet=biscuit, weight=weight.id)
    client.delete(routes.DELETE_MICROCHIP, {}, key=key(), pet=biscuit, microchip=chip.id)

    assert weight.weight_kg == Decimal("4.25")
    assert client.vaccination(biscuit, vaccination.id).vaccine_name == "Test"
    assert client.medical_record(biscuit, record.id).record_date.isoformat() == day
    with pytest.raises(errors.ValidationFailed) as caught:
        client.delete(routes.DELETE_VACCINATION, {}, key=key(), pet=biscuit, vaccination=vaccination.id)
    assert "base_version" in {problem.name for problem in caught.value.fields}
    with pytest.raises(errors.NotFound):
        client.weight(biscuit, weight.id)


def test_a_photo_is_sent(app, tiny_png) -> None:
    client = client_for(app)
    biscuit = pet_id(app, "Biscuit")
    before = len(client.pet(biscuit).photos)

    pet = client.send_photo(
        routes.ADD_PET_PHOTO, Pet.parse, ("p.png", tiny_png, "image/png"), {}, key=key(), pet=biscuit
    )

    assert len(pet.photos) == before + 1


def test_a_code_is_exchanged_and_its_token_revoked(app) -> None:
    mai = app.world.user("mai")
    code = app.world.confirm(mai, str(uuid4()))
    told: Any = {"request_id": "r", "deadline": Deadline(10), "base_url": app.url}

    token, user_id = bridge.exchange(code, **told)
    client = client_of(app.url, token=token.reveal())
    assert client.account().id == user_id == mai.id
    bridge.revoke(token, **told)

    with pytest.raises(errors.TokenRefused):
        client.sections()
    with pytest.raises(errors.BadBridgeCode):
        bridge.exchange(code, **told)


@pytest.mark.parametrize(
    ("person", "reads", "writes"),
    [("uma", errors.EmailNotVerified, errors.EmailNotVerified), ("bana", None, errors.AccountBanned)],
)
def test_unverified_and_banned_people_are_told_apart(person, reads, writes, app) -> None:
    client = client_for(app, person)

    with pytest.raises(writes):
        client.write(routes.CREATE_PET, Pet.parse, {"name": "X", "country": "VN"}, key=key())
    if reads is None:
        assert client.sections().owned
    else:
        with pytest.raises(reads):
            client.sections()


def test_somebody_elses_pet_is_forbidden_and_a_dead_token_is_not(app) -> None:
    biscuit = pet_id(app, "Biscuit")
    dead = client_of(app.url, token="999|" + "x" * 48)

    with pytest.raises(errors.Forbidden):
        client_for(app, "mai").pet(biscuit)
    with pytest.raises(errors.TokenRefused):
        dead.pet(biscuit)
    with pytest.raises(errors.TokenRefused):
        dead.vaccinations(biscuit)
    with pytest.raises(errors.TokenRefused):
        dead.weights(biscuit)


def test_an_answer_lost_after_the_commit_doubles_nothing(app) -> None:
    app.faults.add(drop="after_commit", method="POST", path="/api/pets$", times=1)
    client = client_for(app)

    made = client.write(
        routes.CREATE_PET, Pet.parse, {"name": "Only", "country": "VN", "allow_duplicate": True}, key=key()
    )

    assert [pet.id for pet in client.my_pets() if pet.name == "Only"] == [made.id]
    assert len(app.requests.of("POST", "/api/pets")) == 2


def test_an_answer_lost_after_the_commit_of_an_old_version_is_not_repeated() -> None:
    with SandboxServer(port=0, version="v1.11.2") as app:
        app.faults.add(drop="after_commit", method="POST", path="/api/pets$", times=1)
        client = client_for(app)

        with pytest.raises(errors.MainAppAway) as caught:
            client.write(routes.CREATE_PET, Pet.parse, {"name": "Only", "country": "VN"}, key=key())

        assert caught.value.outcome_unknown
        assert [pet.name for pet in client.my_pets()].count("Only") == 1
        assert [row.idempotency_key for row in app.requests.of("POST", "/api/pets")] == [None]


def test_a_write_that_is_still_running_is_waited_for(app, settings) -> None:
    settings.MAIN_APP_READ_TIMEOUT = 0.3
    settings.MAIN_APP_MAX_ATTEMPTS = 8
    app.faults.add(latency_ms=900, method="POST", path="/api/pets$", times=1)
    client = client_for(app)

    made = client.write(routes.CREATE_PET, Pet.parse, {"name": "Slow", "country": "VN"}, key=key())

    assert [pet.id for pet in client.my_pets() if pet.name == "Slow"] == [made.id]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"error_rate": 1.0, "error_status": 500}, errors.ServerFault),
        ({"error_rate": 1.0, "error_status": 502}, errors.ServerFault),
        ({"html_errors": True}, errors.ServerFault),
        ({"outage": True, "retry_after": 30}, errors.Maintenance),
        ({"throttle_429": True, "retry_after": 7}, errors.Throttled),
        ({"throttle_429": True}, errors.Throttled),
        ({"quota_exceeded": True}, errors.QuotaExceeded),
        ({"invalid_json": True}, errors.BrokenAnswer),
        ({"wrong_shape": True}, errors.BrokenAnswer),
        ({"huge_body_mb": 10}, errors.BrokenAnswer),
        ({"drop": "before_headers"}, errors.BrokenAnswer),
        ({"drop": "mid_body"}, errors.BrokenAnswer),
        ({"hang_s": 6.0}, errors.TimedOut),
        ({"slow_body_bytes_per_s": 20}, errors.TimedOut),
    ],
    ids=str,
)
def test_each_fault_has_its_name_and_ends_in_time(fault, kind, app) -> None:
    client = client_for(app, seconds=1.5)
    app.faults.add(**fault)
    started = time.monotonic()

    with pytest.raises(kind) as caught:
        client.sections()

    assert time.monotonic() - started < 3
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "fault", [{"drop": "before_headers"}, {"drop": "mid_body"}, {"error_rate": 1.0, "error_status": 503}]
)
def test_a_read_survives_one_fault(fault, app) -> None:
    app.faults.add(**fault, times=1)

    assert client_for(app).sections().owned


@pytest.mark.parametrize("version", ["v1.6.0", "v1.11.2", "v1.15.0", "v1.18.0", "v1.18.1", "v1.18.5"])
def test_old_and_new_versions_are_served(version) -> None:
    with SandboxServer(port=0, version=version) as app:
        client = client_for(app)
        biscuit = pet_id(app, "Biscuit")

        made = client.write(routes.CREATE_PET, Pet.parse, {"name": "Old", "country": "VN"}, key=key())

        assert str(client.app_version()) == version
        assert made.name == "Old"
        assert client.sections().owned
        assert client.pet(biscuit).name == "Biscuit"
        assert client.vaccinations(biscuit).items
        assert client.countries()
        with pytest.raises(errors.ValidationFailed):
            client.write(routes.CREATE_PET, Pet.parse, {"country": "VN"}, key=key())
        with pytest.raises(errors.TokenRefused):
            client_of(app.url, token="999|" + "x" * 48).sections()


def test_many_people_share_the_pool_without_mixing(app) -> None:
    names = {"emma": "Emma Clarke", "mai": "Nguyễn Thị Mai", "olga": "Ольга Смирнова", "taras": "Тарас Коваль"}
    clients = {person: client_for(app, person, seconds=30) for person in names}
    mixed: list[str] = []

    def ask(person: str) -> None:
        mixed.extend(person for _ in range(15) if clients[person].account().name != names[person])

    threads = [threading.Thread(target=ask, args=(person,)) for person in names for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert mixed == []
    assert sum(client.calls for client in clients.values()) == 180
