"""Weights recorded, corrected, deleted and lost on the way in any order: what the tools say and what the main app holds stay one.

hypothesis chooses the calls. Each answer is held to the published schema besides (`Gpt`).
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt

# So near to each other that none is asked about.
KILOGRAMS = st.integers(400, 420).map(lambda hundredths: hundredths / 100)
DAYS = st.integers(1, 5).map(lambda day: f"2026-01-{day:02d}")


class Weights(RuleBasedStateMachine):
    """One cat's weights. `held` is what must be there: by id, what it weighed and on which day."""

    sandbox: SandboxServer
    owner: Gpt
    stranger: Gpt

    kept = Bundle("kept")
    gone = Bundle("gone")

    def __init__(self) -> None:
        super().__init__()
        world = self.sandbox.world
        self.pet = f"/pets/{world.add_pet(world.user('mai'), name='Nếp', species='cat').id}"
        self.path = f"{self.pet}/weights"
        self.held: dict[int, tuple[float, str]] = {}
        # Ids of what was deleted: a bundle may still offer one that went by another way.
        self.deleted: set[int] = set()

    def _call(self, send: Callable[[], Any]) -> Any:
        self.sandbox.world.throttles.clear()
        return send()

    def _taken(self, told: Any, kilograms: float, day: str) -> Any:
        """What a recording that was not refused has done."""
        if told.body["status"] != "ok":
            assert told.reason == "already_exists"
            assert any(at == day for _weight, at in self.held.values())
            return multiple()
        record = told.ok["data"]
        assert (record["weight_kg"], record["measured_at"]) == (kilograms, day)
        assert record["id"] not in self.deleted
        self.held[record["id"]] = (kilograms, day)
        return record["id"]

    @rule(target=kept, kilograms=KILOGRAMS, day=DAYS)
    def record(self, kilograms: float, day: str) -> Any:
        before = set(self.held)
        told = self._call(lambda: self.owner.post(self.path, weight_kg=kilograms, measured_at=day))
        if told.body["status"] == "ok":
            assert told.body["already_recorded"] is (told.body["data"]["id"] in before)
        return self._taken(told, kilograms, day)

    @rule(target=kept, kilograms=KILOGRAMS, day=DAYS, times=st.sampled_from([1, 1, 1, 3]))
    def record_and_lose_the_answer(self, kilograms: float, day: str, times: int) -> Any:
        """Whatever was said the first time: said again, it stands there once."""
        self.sandbox.faults.add(path="/weights", method="POST", drop="after_commit", times=times)
        try:
            self._call(lambda: self.owner.post(self.path, weight_kg=kilograms, measured_at=day))
        finally:
            self.sandbox.faults.clear()
        rows = {row["id"]: (row["weight_kg"], row["measured_at"]) for row in self._listed()}
        new = rows.keys() - self.held.keys()
        assert len(new) <= 1
        self.held |= {one: rows[one] for one in new}
        told = self._call(lambda: self.owner.post(self.path, weight_kg=kilograms, measured_at=day))
        return self._taken(told, kilograms, day)

    @rule(weight=kept, kilograms=KILOGRAMS)
    def correct(self, weight: int, kilograms: float) -> None:
        told = self._call(lambda: self.owner.patch(f"{self.path}/{weight}", weight_kg=kilograms))
        if weight in self.deleted:
            assert told.code == "NOT_FOUND"
        else:
            assert told.ok["data"]["weight_kg"] == kilograms
            self.held[weight] = (kilograms, self.held[weight][1])

    @rule(target=gone, weight=consumes(kept))
    def delete(self, weight: int) -> int:
        told = self._call(lambda: self.owner.delete(f"{self.pet}/records/{weight}", kind="weight"))
        assert told.ok["already_deleted"] is (weight in self.deleted)
        self.held.pop(weight, None)
        self.deleted.add(weight)
        return weight

    @rule(weight=gone)
    def delete_again(self, weight: int) -> None:
        told = self._call(lambda: self.owner.delete(f"{self.pet}/records/{weight}", kind="weight"))
        assert told.ok["already_deleted"] is True

    @rule(weight=kept, kilograms=KILOGRAMS)
    def somebody_else(self, weight: int, kilograms: float) -> None:
        assert self._call(lambda: self.stranger.patch(f"{self.path}/{weight}", weight_kg=kilograms)).status in (
            403,
            404,
        )
        assert self._call(lambda: self.stranger.delete(f"{self.path}/{weight}")).status in (403, 404)

    def _listed(self) -> Any:
        return self._call(lambda: self.owner.get(self.path)).ok["weights"]

    @invariant()
    def the_main_app_holds_what_was_said(self) -> None:
        assert {row["id"]: (row["weight_kg"], row["measured_at"]) for row in self._listed()} == self.held


def test_any_order_of_calls(gpt: Callable[..., Gpt], sandbox: SandboxServer, settings: Settings) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 1_000_000
    settings.MAIN_APP_BREAKER_FAILURES = 0
    sandbox.world.quota.limit = 10**9
    people = {"sandbox": sandbox, "owner": gpt("mai"), "stranger": gpt("taras")}
    run_state_machine_as_test(
        type("TheseWeights", (Weights,), people),
        settings=hypothesis_settings(
            max_examples=6 * int(os.environ.get("FUZZ_TIMES", "1")),
            stateful_step_count=15,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
