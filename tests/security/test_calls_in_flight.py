"""Calls under way at once are bounded for each person: who sends many leaves threads, and the converter, to others (CWE-770)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from petstools import execution as in_flight
from petstools.files.download import Downloaded
from petstools.tools import attach_files, pets
from sandbox.server import SandboxServer
from tests.mcp.conftest import connected as mcp_connected
from tests.tools.conftest import Gpt, Told, gpt  # noqa: F401 - a fixture

Connect = Callable[..., Gpt]
pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 30


class Held:
    """Calls that stand still in the middle of their work until `release`."""

    def __init__(self) -> None:
        self._begun, self._go_on = threading.Semaphore(0), threading.Event()
        self._pool = ThreadPoolExecutor(30)

    def here(self, *_args: Any, **_given: Any) -> None:
        self._begun.release()
        assert self._go_on.wait(SECONDS)

    def start(self, call: Callable[[], Any], times: int) -> list[Future[Any]]:
        """So many at once; comes back when all of them stand still."""
        started = [self._pool.submit(_in_thread, call) for _ in range(times)]
        for _ in started:
            assert self._begun.acquire(timeout=SECONDS), "it was turned away, or waits elsewhere"
        return started

    def release(self) -> None:
        self._go_on.set()
        self._pool.shutdown()


def _in_thread(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connections.close_all()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Every download of a file, and every look at the weights, stands still."""
    held = Held()

    def download(*_args: Any, **_given: Any) -> Downloaded:
        held.here()
        return Downloaded(b"just words", "photo")

    read = pets.visible_pet

    def look(*args: Any) -> Any:
        held.here()
        return read(*args)

    monkeypatch.setattr(attach_files, "download", download)
    monkeypatch.setattr(pets, "visible_pet", look)
    yield held
    held.release()
    # However they ended, no place stays taken.
    assert not in_flight._under_way


def _attach(person: Gpt, pet: int) -> Callable[[], Told]:
    files = [{"name": "photo", "id": "f1", "mime_type": "image/jpeg", "download_link": "https://files.example.com/x"}]
    return lambda: person.post(f"/pets/{pet}/files", openaiFileIdRefs=files)


def _pet(sandbox: SandboxServer, owner: str) -> int:
    return sandbox.world.add_pet(sandbox.world.user(owner), name="Nếp", species="cat").id


def test_of_ten_calls_with_files_nine_are_told_to_wait(gpt: Connect, sandbox: SandboxServer, held: Held) -> None:  # noqa: F811
    mai, neighbour = gpt("mai"), gpt("emma")
    attach = _attach(mai, _pet(sandbox, "mai"))
    (first,) = held.start(attach, 1)

    told = [attach() for _ in range(9)]

    assert {one.code for one in told} == {"RATE_LIMITED"}
    assert {one.status for one in told} == {429}
    assert all(one.headers["Retry-After"] == str(one.body["retry_after"]) and one.body["retryable"] for one in told)
    assert {one.upstream == [] for one in told} == {True}
    assert mai.get("/pets").status == neighbour.get("/pets").status == 200
    held.release()
    assert first.result().body["results"][0]["error"] == "NOT_A_PICTURE"
    assert attach().status == 200


def test_a_person_has_three_calls_under_way_at_both_doors_together(
    gpt: Connect,  # noqa: F811
    sandbox: SandboxServer,
    held: Held,
) -> None:
    mai, again, neighbour = gpt("mai"), gpt("mai"), gpt("emma")
    at_mcp = mcp_connected(sandbox, "mai")
    pet = _pet(sandbox, "mai")
    running = [*held.start(lambda: mai.get(f"/pets/{pet}"), 2), *held.start(lambda: again.get(f"/pets/{pet}"), 1)]

    told = again.get("/pets")
    result = at_mcp.call("list_pets")

    assert (told.status, told.code) == (429, "RATE_LIMITED")
    assert result.error["error"] == "RATE_LIMITED"
    assert result.error["retry_after"] == in_flight.RETRY_AFTER
    assert neighbour.get("/pets").status == 200
    held.release()
    assert [one.result().status for one in running] == [200] * 3
    assert mai.get("/pets").status == 200


def test_files_of_many_people_leave_threads_to_the_rest(
    gpt: Connect,  # noqa: F811
    sandbox: SandboxServer,
    held: Held,
    settings: Settings,
) -> None:
    people = [gpt(key) for key in ("mai", "emma", "olga", "noah")]
    for one, key in zip(people, ("mai", "emma", "olga", "noah"), strict=True):
        held.start(_attach(one, _pet(sandbox, key)), 1)
    late = gpt("taras")

    told = _attach(late, _pet(sandbox, "taras"))()

    assert (told.status, told.code, told.body["retryable"]) == (503, "SERVICE_UNAVAILABLE", True)
    assert late.get("/pets").status == 200
