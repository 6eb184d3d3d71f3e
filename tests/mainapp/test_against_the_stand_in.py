"""The typed client over real HTTP to the stand-in main app: reads, writes, faults, old versions."""

import random
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from mainapp import bridge, errors
from mainapp.client import Deadline, MainAppClient
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

    sections = client.pets.sections()
    weights = client.weights.list(biscuit)
    last = client.weights.list(biscuit, page=weights.last_page)
    vaccinations = client.vaccinations.list(biscuit, status="all")
    records = client.medical_records.list(biscuit)
    chips = client.microchips.list(biscuit)

    assert {"Biscuit", "Leap", "Rex"} <= {pet.name for pet in sections.owned}
    assert all(pet.permissions and pet.permissions.is_owner and pet.health for pet in sections.owned)
    assert {pet.id for pet in client.pets.mine()} == {pet.id for pet in sections.owned}
    assert client.pets.read(biscuit).photos
    assert (weights.page, weights.last_page, weights.total) == (1, 2, 30)
    assert len(weights.items) + len(last.items) == 30
    assert client.weights.read(biscuit, weights.items[0].id) == weights.items[0]
    assert [v.is_overdue for v in vaccinations.items].count(True) == 1
    assert client.vaccinations.read(biscuit, vaccinations.items[0].id) == vaccinations.items[0]
    assert {record.record_type for record in records.items} == {"surgery", "checkup"}
    assert client.medical_records.read(biscuit, records.items[0].id) == records.items[0]
    assert client.microchips.read(biscuit, chips.items[0].id).chip_number == "982000123456789"
    assert client.account().email_verified
    assert {"cat", "dog"} <= {pet_type.slug for pet_type in client.pet_types("vi")}
    assert {"VN", "UA"} <= {country.code for country in client.countries()}


def test_a_pet_lives_and_dies(app) -> None:
    client = client_for(app)

    made = client.pets.create({"name": "Míu", "country": "VN"}, key=key())
    client.pets.update(made.id, {"name": "Miu", "base_version": made.version}, key=key())
    client.pets.set_status(made, {"status": "lost"}, key=key())
    changed = client.pets.read(made.id)
    client.pets.delete(changed, key=key())

    assert (made.name, changed.name, changed.status) == ("Míu", "Miu", "lost")
    with pytest.raises(errors.NotFound):
        client.pets.read(made.id)


def test_health_records_are_written_and_deleted_under_guard(app) -> None:
    client = client_for(app)
    biscuit = pet_id(app, "Biscuit")
    day = (date.today() - timedelta(days=3)).isoformat()

    weight = client.weights.create(biscuit, {"weight_kg": 4.25, "record_date": day}, key=key())
    vaccination = client.vaccinations.create(biscuit, {"vaccine_name": "Test", "administered_at": day}, key=key())
    record = client.medical_records.create(biscuit, {"record_type": "other", "record_date": day}, key=key())
    chip = client.microchips.create(biscuit, {"chip_number": "900000000000001"}, key=key())
    kinds: Any = (
        (client.weights, weight),
        (client.vaccinations, vaccination),
        (client.medical_records, record),
        (client.microchips, chip),
    )
    for resource, made in kinds:
        told = resource.read(biscuit, made.id)
        with pytest.raises(errors.VersionConflict):
            resource.delete(biscuit, msgspec.structs.replace(told, version="2020-01-01T00:00:00.000000Z"), key=key())
        resource.delete(biscuit, told, key=key())
        with pytest.raises(errors.NotFound):
            resource.read(biscuit, made.id)

    assert weight.weight_kg == Decimal("4.25")


def test_a_photo_is_sent(app, tiny_png) -> None:
    client = client_for(app)
    biscuit = pet_id(app, "Biscuit")
    before = len(client.pets.read(biscuit).photos)

    pet = client.pets.add_photo(biscuit, ("p.png", tiny_png, "image/png"), key=key())

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
        client.pets.sections()
    with pytest.raises(errors.BadBridgeCode):
        bridge.exchange(code, **told)


@pytest.mark.parametrize(
    ("person", "reads", "writes"),
    [("uma", errors.EmailNotVerified, errors.EmailNotVerified), ("bana", None, errors.AccountBanned)],
)
def test_unverified_and_banned_people_are_told_apart(person, reads, writes, app) -> None:
    client = client_for(app, person)

    with pytest.raises(writes):
        client.pets.create({"name": "X", "country": "VN"}, key=key())
    if reads is None:
        assert client.pets.sections().owned
    else:
        with pytest.raises(reads):
            client.pets.sections()


def test_somebody_elses_pet_is_forbidden_and_a_dead_token_is_not(app) -> None:
    biscuit = pet_id(app, "Biscuit")
    dead = client_of(app.url, token="999|" + "x" * 48)

    with pytest.raises(errors.Forbidden):
        client_for(app, "mai").pets.read(biscuit)
    with pytest.raises(errors.TokenRefused):
        dead.pets.read(biscuit)
    with pytest.raises(errors.TokenRefused):
        dead.vaccinations.list(biscuit)
    with pytest.raises(errors.TokenRefused):
        dead.weights.list(biscuit)


def test_an_answer_lost_after_the_commit_doubles_nothing(app) -> None:
    app.faults.add(drop="after_commit", method="POST", path="/api/pets$", times=1)
    client = client_for(app)

    made = client.pets.create({"name": "Only", "country": "VN", "allow_duplicate": True}, key=key())

    assert [pet.id for pet in client.pets.mine() if pet.name == "Only"] == [made.id]
    assert len(app.requests.of("POST", "/api/pets")) == 2


def test_an_answer_lost_after_the_commit_of_an_old_version_is_not_repeated() -> None:
    with SandboxServer(port=0, version="v1.11.2") as app:
        app.faults.add(drop="after_commit", method="POST", path="/api/pets$", times=1)
        client = client_for(app)

        with pytest.raises(errors.MainAppAway) as caught:
            client.pets.create({"name": "Only", "country": "VN"}, key=key())

        assert caught.value.outcome_unknown
        assert [pet.name for pet in client.pets.mine()].count("Only") == 1
        assert [row.idempotency_key for row in app.requests.of("POST", "/api/pets")] == [None]


def test_a_write_that_is_still_running_is_waited_for(app, settings, monkeypatch) -> None:
    monkeypatch.setattr("mainapp.session.random", random)  # pauses as long as they are
    settings.MAIN_APP_READ_TIMEOUT = 0.3
    settings.MAIN_APP_MAX_ATTEMPTS = 8
    app.faults.add(latency_ms=900, method="POST", path="/api/pets$", times=1)
    client = client_for(app)

    made = client.pets.create({"name": "Slow", "country": "VN"}, key=key())

    assert [pet.id for pet in client.pets.mine() if pet.name == "Slow"] == [made.id]


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
        client.pets.sections()

    assert time.monotonic() - started < 3
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "fault", [{"drop": "before_headers"}, {"drop": "mid_body"}, {"error_rate": 1.0, "error_status": 503}]
)
def test_a_read_survives_one_fault(fault, app) -> None:
    app.faults.add(**fault, times=1)

    assert client_for(app).pets.sections().owned


@pytest.mark.parametrize("version", ["v1.6.0", "v1.11.2", "v1.15.0", "v1.18.0", "v1.18.1", "v1.18.5"])
def test_old_and_new_versions_are_served(version) -> None:
    with SandboxServer(port=0, version=version) as app:
        client = client_for(app)
        biscuit = pet_id(app, "Biscuit")

        made = client.pets.create({"name": "Old", "country": "VN"}, key=key())

        assert str(client.app_version()) == version
        assert made.name == "Old"
        assert client.pets.sections().owned
        assert client.pets.read(biscuit).name == "Biscuit"
        assert client.vaccinations.list(biscuit).items
        assert client.countries()
        with pytest.raises(errors.ValidationFailed):
            client.pets.create({"country": "VN"}, key=key())
        with pytest.raises(errors.TokenRefused):
            client_of(app.url, token="999|" + "x" * 48).pets.sections()


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
