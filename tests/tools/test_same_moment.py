"""Identical creations at one moment, and a main app that answers at once: one may end between any two steps of another."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from mainapp.errors import NotFound
from mainapp.versions import AppVersion
from petstools.tools.base import Call
from petstools.tools.writing import Written, create_once
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]
ROUNDS = 25


@dataclass(frozen=True)
class Record:
    id: int
    version: str = "1"


@dataclass
class InstantMainApp:
    """Takes a key once (contract §3), and answers in no time."""

    records: dict[str, Record] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, key: str) -> Record:
        with self.lock:
            return self.records.setdefault(key, Record(len(self.records) + 1))

    def read(self, record_id: int) -> Record:
        found = next((one for one in self.records.values() if one.id == record_id), None)
        if found is None:
            raise NotFound(status=404)
        return found


@pytest.mark.stateful
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at_once", [2, 4])
def test_identical_creations_at_one_moment_are_written_once(gpt: Connect, at_once: int) -> None:
    client: Any = SimpleNamespace(app_version=lambda: AppVersion(1, 18, 5))
    call = Call(client=client, language="en", now=datetime.now(UTC), signed_in=gpt("mai").connection)
    for number in range(ROUNDS):
        app, told = InstantMainApp(), list[Written[Record]]()
        together = threading.Barrier(at_once)

        def create(
            app: InstantMainApp = app, number: int = number, told: list[Any] = told, start: Any = together
        ) -> None:
            try:
                start.wait(10)
                told.append(create_once(call, "race", {"round": number}, send=app.send, read=app.read))
            finally:
                connection.close()

        threads = [threading.Thread(target=create) for _one in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert len(app.records) == 1, f"round {number}"
        assert len(told) == at_once
        assert {one.record.id for one in told} == {1}
