"""People at work while something fails: mixed tools, refreshes, sign-ins, health checks and staff, at an even rate.

Each answer is kept; at the end the main app's own records tell whether every write happened as often as it was said to.
"""

import itertools
import json
import re
import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx

from devtools.faults.stage import Stage
from sandbox.records import Pet
from tests.ops.processes import Production
from tests.playing import ClientApp

PEOPLE = ("emma", "mai", "olga", "taras", "noah")
# Somebody who signs in again and again; each new connection ends an older one.
NEWCOMER = "pia"
STAFF_NAME, STAFF_PASSWORD = "olena", "Purr-sonal-12"
# What a stand-in for a person's patience costs: beyond it ChatGPT has given up.
PATIENCE = 45.0
LOST = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """How one call ended. status: LOST when there was no whole answer; code: the error's, or how the connection broke."""

    at: float
    kind: str
    status: int
    code: str
    seconds: float
    structured: bool


@dataclass
class _Caller:
    """One person of the stand-in with a token of their own."""

    key: str
    pet: Pet
    tokens: dict[str, Any] = field(repr=False)
    # What was said to be written, and what may have been.
    acknowledged: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


class Callers:
    """Context manager: calls `per_second` all together while it is open. `via`: the connector's port, or that of what stands in
    front of it."""

    def __init__(self, stage: Stage, app: ClientApp, via: Production, *, per_second: float, threads: int = 8) -> None:
        self._stage, self.app, self._via = stage, app, via
        self._per_second, self._threads = per_second, threads
        self._people = [self._signed_in(key) for key in PEOPLE]
        self._kinds: list[tuple[str, Callable[[httpx.Client, _Caller], httpx.Response]]] = []
        for weight, kind, call in (
            (6, "list_pets", _get("/pets")),
            (5, "get_pet", lambda http, who: http.get(f"/pets/{who.pet.id}", headers=who.bearer)),
            (4, "find_pet", lambda http, who: http.post("/pets/find", json={"name": who.pet.name}, headers=who.bearer)),
            (3, "overview", lambda http, who: http.post("/pets/overview", json={}, headers=who.bearer)),
            (4, "add_medical_record", self._write_one),
            (2, "record_many", self._write_three),
            (2, "refresh", self._refresh),
            (1, "sign-in", self._sign_in),
            (1, "staff", self._look_at_connections),
            (1, "health", _get("/health")),
        ):
            self._kinds += [(kind, call)] * weight
        self._staff_cookies = staff_cookies(stage, via)
        self.answers: deque[Answered] = deque()
        self._ended = threading.Event()
        self._numbers = itertools.count()
        self._running: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        for _ in range(self._threads):
            self._running.append(threading.Thread(target=self._work, daemon=True, name="caller"))
            self._running[-1].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._running:
            thread.join(2 * PATIENCE)

    # --- Judging ----------------------------------------------------------------------------------

    def since(self, moment: float = 0.0) -> list[Answered]:
        """The answers of calls that began after this (time.monotonic)."""
        return [one for one in list(self.answers) if one.at >= moment]

    def written_wrong(self) -> list[str]:
        """Writes said to be done that are not there, and any that are there twice. To be asked when all have ended."""
        wrong = []
        for who in self._people:
            there = Counter(record.description for record in who.pet.medical_records)
            wrong += [f"lost: {text}" for text in who.acknowledged if not there[text]]
            wrong += [f"{there[text]} times: {text}" for text in who.asked if there[text] > 1]
        return wrong

    @property
    def writes(self) -> int:
        return sum(len(who.acknowledged) for who in self._people)

    # --- Calling ----------------------------------------------------------------------------------

    def _work(self) -> None:
        with self._client() as http:
            while not self._ended.is_set():
                number = next(self._numbers)
                if self._ended.wait(max(0.0, self._began + number / self._per_second - time.monotonic())):
                    return
                # 29 kinds and five people: each meets each.
                kind, call = self._kinds[number * 7 % len(self._kinds)]
                self._call(kind, partial(call, http, self._people[number % len(self._people)]))

    def _call(self, kind: str, call: Callable[[], httpx.Response]) -> None:
        began = time.monotonic()
        try:
            answer = call()
        # AssertionError: a step on the main app's own pages that failed (`tests.playing`).
        except (httpx.HTTPError, AssertionError) as error:
            self.answers.append(Answered(began, kind, LOST, _how_lost(error), time.monotonic() - began, False))
            return
        payload = _json(answer)
        code = payload.get("error", "") if answer.status_code >= 400 else ""
        ended = Answered(began, kind, answer.status_code, code, time.monotonic() - began, bool(code))
        self.answers.append(ended)

    def _client(self) -> httpx.Client:
        http = self._via.http()
        http.timeout = httpx.Timeout(PATIENCE)
        return http

    def _signed_in(self, key: str) -> _Caller:
        pet = self._stage.sandbox.world.add_pet(self._stage.sandbox.world.user(key), name=f"Zuzu {key}")
        return _Caller(key, pet, self._stage.sign_in(self.app, key, via=self._via))

    def _write_one(self, http: httpx.Client, who: _Caller) -> httpx.Response:
        (record,) = self._records(who, 1)
        body = {name: record[name] for name in ("record_type", "record_date", "description")}
        answer = http.post(f"/pets/{who.pet.id}/medical-records", json=body, headers=who.bearer)
        if answer.is_success and _json(answer).get("status") == "ok":
            who.acknowledged.append(record["description"])
        return answer

    def _write_three(self, http: httpx.Client, who: _Caller) -> httpx.Response:
        records = self._records(who, 3)
        answer = http.post("/records", json={"records": records}, headers=who.bearer)
        results = _json(answer).get("results", []) if answer.is_success else []
        who.acknowledged += [records[one["index"]]["description"] for one in results if one["status"] == "ok"]
        return answer

    def _records(self, who: _Caller, count: int) -> list[dict[str, Any]]:
        texts = [f"Seen and well, note {secrets.token_hex(6)}." for _ in range(count)]
        who.asked += texts
        usual = {"kind": "medical_record", "pet_id": who.pet.id, "record_type": "checkup", "record_date": "2026-01-07"}
        return [{**usual, "description": text} for text in texts]

    def _refresh(self, http: httpx.Client, who: _Caller) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": who.tokens["refresh_token"], **self.app.credentials}
        answer = http.post("/oauth/token", data=form)
        if answer.is_success:
            who.tokens = {**who.tokens, **answer.json()}
        return answer

    def _sign_in(self, http: httpx.Client, who: _Caller) -> httpx.Response:
        return self._stage.signing_in(self.app, NEWCOMER, via=self._via)

    def _look_at_connections(self, http: httpx.Client, who: _Caller) -> httpx.Response:
        return http.get("/admin/oauthbridge/connection/", headers={"Cookie": self._staff_cookies})


def staff_cookies(stage: Stage, via: Production) -> str:
    """A new member of staff, signed in: what to send as `Cookie`."""
    made = {
        "DJANGO_SUPERUSER_USERNAME": STAFF_NAME,
        "DJANGO_SUPERUSER_PASSWORD": STAFF_PASSWORD,
        "DJANGO_SUPERUSER_EMAIL": "staff@example.com",
    }
    stage.manage("createsuperuser", "--no-input", changes=made)
    with via.http() as http:
        sign_in_staff(http)
        return "; ".join(f"{one.name}={one.value}" for one in http.cookies.jar)


def sign_in_staff(http: httpx.Client) -> None:
    """The member of staff that `staff_cookies` has made signs in with this browser too."""
    page = http.get("/admin/login/").text
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if hidden is None:
        raise RuntimeError(f"no form for staff to sign in: {page[:500]}")
    form = {"csrfmiddlewaretoken": hidden[1], "username": STAFF_NAME, "password": STAFF_PASSWORD}
    answer = http.post("/admin/login/", data=form, headers={"Origin": str(http.base_url).rstrip("/")})
    if answer.status_code != 302:
        raise RuntimeError(f"staff could not sign in: {answer.status_code}")


def _how_lost(error: Exception) -> str:
    """The kind of error, and which of the two servers did not answer."""
    asked: httpx.Request | None = getattr(error, "_request", None)
    return type(error).__name__ + (f" of {asked.method} {asked.url.host}{asked.url.path}" if asked else "")


def _get(path: str) -> Callable[[httpx.Client, _Caller], httpx.Response]:
    return lambda http, who: http.get(path, headers=who.bearer)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        payload = answer.json()
    except json.JSONDecodeError:
        return {}
    return payload if isinstance(payload, dict) else {}


def counted(answers: Iterable[Answered]) -> Counter[str]:
    """How often each ending was met: "200", "503 SERVICE_UNAVAILABLE", "lost ReadError"."""
    return Counter(
        (f"lost {one.code}" if one.status == LOST else f"{one.status} {one.code}".strip()) for one in answers
    )


def percentile(answers: Iterable[Answered], share: float) -> float:
    """Of the seconds that these took; 0 without any."""
    ordered = sorted(one.seconds for one in answers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
