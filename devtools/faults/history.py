"""Fifty people at both doors while processes are killed and PostgreSQL and Redis restart at random; then a program reads the history.

Each person does one thing after another and keeps a ledger of what was acknowledged, so every answer can be judged by itself: it holds
nobody else's mark, and a read shows what that person was last told. A write without an answer is sent again as it was, as a model
does, until it is answered. At the end the stand-in's records are what the ledgers say: nothing lost, nothing twice.
"""

import itertools
import json
import os
import random
import re
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from devtools.bench.mcp import request as mcp_request
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.servers import PostgreSQL, Redis
from devtools.faults.stage import Stage, stage
from sandbox.records import Pet

PEOPLE, AT_A_TIME, PROCESSES = 50, 10, 2
CALLS, LONG_CALLS = 10_000, 100_000
# So many calls, or as many as go into so many times `--minutes`.
MINUTES_TIMES = 4.0
# A fault every so many seconds, at random within.
APART = (2.0, 6.0)
MOST_RECORDS = 6
# The long form takes longer than a token lives; refreshes are what `load` is about.
LASTING: dict[str, Any] = {"ACCESS_TOKEN_SECONDS": "86400"}
# How long one write may go without an answer before nobody waits any more: faults last seconds.
PATIENCE = 60.0
# A call that met a fault may end so, at either door.
TROUBLE = {"SERVICE_UNAVAILABLE", "UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT", "UPSTREAM_ERROR", "OUTCOME_UNKNOWN"}
_MARK = re.compile(r"mark(\d+)x")


@dataclass(frozen=True)
class _Answer:
    """code: the error's; "lost" without a whole answer. text: all of it."""

    code: str
    body: dict[str, Any] = field(repr=False)
    text: str = field(repr=False)

    @property
    def ok(self) -> bool:
        return self.body.get("status") == "ok"

    @property
    def is_trouble(self) -> bool:
        return self.code == "lost" or self.code in TROUBLE


@dataclass
class _Person:
    """`records`: what they were told is there, text by id. `open`: a text whose fate they never learned."""

    number: int
    pet: Pet
    doors: tuple["_Door", "_Door"]
    records: dict[int, str] = field(default_factory=dict)
    description: str = ""
    open: set[str] = field(default_factory=set)

    def text(self) -> str:
        return f"Seen and well, mark{self.number}x {secrets.token_hex(6)}."


class _Door:
    """How one person calls tools at one door. Not for several threads."""

    def __init__(self, http: httpx.Client, *, mcp: bool) -> None:
        self._http, self._mcp = http, mcp

    def call(self, tool: str, **given: Any) -> _Answer:
        try:
            answer = self._by_mcp(tool, given) if self._mcp else self._by_action(tool, given)
            payload = answer.json()
            if self._mcp and "result" in payload:
                # An error's content is its JSON as text (MCP 2026-07-28, tools/call).
                payload = payload["result"].get("structuredContent") or json.loads(
                    payload["result"]["content"][0]["text"]
                )
        except (httpx.HTTPError, json.JSONDecodeError):
            return _Answer("lost", {}, "")
        code = payload.get("error") or payload.get("reason") or ""
        return _Answer(str("SERVICE_UNAVAILABLE" if answer.status_code == 503 else code), payload, answer.text)

    def _by_action(self, tool: str, given: dict[str, Any]) -> httpx.Response:
        method, path = _OPERATIONS[tool]
        path = path.format_map(given)
        left = {name: value for name, value in given.items() if not name.endswith("_id")}
        if method == "DELETE":
            return self._http.delete(path, params=left)
        return self._http.request(method, path, json=left or None)

    def _by_mcp(self, tool: str, given: dict[str, Any]) -> httpx.Response:
        headers, body = mcp_request("tools/call", name=tool, arguments=given)
        return self._http.post("/mcp", headers={k.replace("_", "-"): v for k, v in headers.items()}, content=body)


_OPERATIONS = {
    "list_pets": ("GET", "/pets"),
    "get_pet": ("GET", "/pets/{pet_id}"),
    "update_pet": ("PATCH", "/pets/{pet_id}"),
    "list_medical_records": ("GET", "/pets/{pet_id}/medical-records"),
    "add_medical_record": ("POST", "/pets/{pet_id}/medical-records"),
    "update_medical_record": ("PATCH", "/pets/{pet_id}/medical-records/{record_id}"),
    "delete_record": ("DELETE", "/pets/{pet_id}/records/{record_id}"),
}


class History:
    """What everybody did, and what was wrong with it."""

    def __init__(self, people: list[_Person], most: int, until: float) -> None:
        self._people, self._most, self._until = people, most, until
        self._numbers = itertools.count()
        self.wrong: list[str] = []
        self.calls: Counter[str] = Counter()
        self.writes = self.again = self.fresh = 0

    def run(self) -> None:
        """All people, some at a time."""
        shares = [self._people[start::AT_A_TIME] for start in range(AT_A_TIME)]
        threads = [threading.Thread(target=self._work, args=(share,)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, share: list[_Person]) -> None:
        dice = random.Random(share[0].number)
        doings = (self._look, self._pets, self._elsewhere, self._write, self._describe)
        while next(self._numbers) < self._most and time.monotonic() < self._until and len(self.wrong) < 20:
            (do,) = dice.choices(doings, (6, 2, 1, 5, 2))
            try:
                do(dice.choice(share), dice)
            # An answer of another shape than the schema's.
            except (KeyError, TypeError) as error:
                self.wrong.append(f"{do.__name__} met {error!r}")

    # --- What people do ---------------------------------------------------------------------------

    def _look(self, who: _Person, dice: random.Random) -> None:
        answer = self._call(who, dice, "list_medical_records", pet_id=who.pet.id)
        if not answer.ok:
            return
        there = Counter(str(one["description"]) for one in answer.body["medical_records"])
        known = Counter(who.records.values())
        self.fresh += 1
        if missing := known - there:
            self.wrong.append(f"{who.number} was not shown what is there: {dict(missing)}")
        if more := set(there - known) - who.open:
            self.wrong.append(f"{who.number} was shown what is gone, or twice: {more}")

    def _pets(self, who: _Person, dice: random.Random) -> None:
        answer = self._call(who, dice, "get_pet", pet_id=who.pet.id)
        if answer.ok and (answer.body["data"].get("description") or "") != who.description and not who.open:
            self.wrong.append(f"{who.number} read an old description")
        answer = self._call(who, dice, "list_pets")
        if answer.ok and [one["id"] for one in answer.body["pets"]] != [who.pet.id]:
            self.wrong.append(f"{who.number} has other pets: {answer.text[:200]}")

    def _elsewhere(self, who: _Person, dice: random.Random) -> None:
        other = dice.choice(self._people)
        if other is not who and (answer := self._call(who, dice, "get_pet", pet_id=other.pet.id)).ok:
            self.wrong.append(f"{who.number} read the pet of {other.number}: {answer.text[:200]}")

    def _write(self, who: _Person, dice: random.Random) -> None:
        record_id = next(iter(who.records), 0)
        if len(who.records) >= MOST_RECORDS:
            # At the MCP door a person is asked first; the model alone does it at the Actions door.
            given = {"pet_id": who.pet.id, "record_id": record_id, "kind": "medical_record"}
            self._until_told(who, who.doors[0], "delete_record", **given)
            who.records.pop(record_id, None)
        elif who.records and dice.random() < 0.4:
            text, door = who.text(), dice.choice(who.doors)
            given = {"pet_id": who.pet.id, "record_id": record_id, "description": text}
            if self._until_told(who, door, "update_medical_record", **given) is not None:
                who.records[record_id] = text
        else:
            text, door = who.text(), dice.choice(who.doors)
            given = {"pet_id": who.pet.id, "record_type": "checkup", "record_date": "2026-01-07", "description": text}
            answer = self._until_told(who, door, "add_medical_record", **given)
            if answer is None:
                who.open.add(text)
            else:
                who.records[int(answer.body["data"]["id"])] = text
        self._look(who, dice)

    def _describe(self, who: _Person, dice: random.Random) -> None:
        text = who.text()
        if self._until_told(who, dice.choice(who.doors), "update_pet", pet_id=who.pet.id, description=text) is not None:
            who.description = text
        else:
            who.open.add(text)

    # --- How ------------------------------------------------------------------------------------

    def _call(self, who: _Person, dice: random.Random, tool: str, **given: Any) -> _Answer:
        return self._judged(who, tool, dice.choice(who.doors).call(tool, **given))

    def _until_told(self, who: _Person, door: _Door, tool: str, **given: Any) -> _Answer | None:
        """Send a write, and again as it was while there is no answer; None where there was none in all that time."""
        self.writes += 1
        until = time.monotonic() + PATIENCE
        for attempt in itertools.count():
            answer = self._judged(who, tool, door.call(tool, **given))
            # A deletion whose answer was lost has been done.
            if answer.ok or (attempt and tool.startswith("delete") and answer.code == "NOT_FOUND"):
                return answer
            if not answer.is_trouble:
                self.wrong.append(f"{who.number}: {tool} was answered with {answer.code} {answer.text[:200]}")
                return None
            if time.monotonic() > until:
                return None
            self.again += 1
            time.sleep(0.3)
        return None

    def _judged(self, who: _Person, tool: str, answer: _Answer) -> _Answer:
        self.calls[answer.code or "ok"] += 1
        if others := {mark for mark in _MARK.findall(answer.text) if int(mark) != who.number}:
            self.wrong.append(f"{who.number} was told of {others} by {tool}: {answer.text[:200]}")
        if not answer.ok and not answer.is_trouble and answer.code not in ("NOT_FOUND", "FORBIDDEN"):
            self.wrong.append(f"{who.number}: {tool} ended with {answer.code!r}: {answer.text[:200]}")
        return answer

    def settle(self) -> None:
        """The stand-in's records against the ledgers, when nothing is under way any more."""
        for who in self._people:
            there = Counter(record.description or "" for record in who.pet.medical_records)
            known = Counter(who.records.values())
            self.wrong += [f"lost: {text} of {who.number}" for text in known - there]
            self.wrong += [f"{there[text]} times: {text}" for text in there if there[text] > 1]
            self.wrong += [f"nobody was told: {text}" for text in set(there - known) - who.open]
            self.wrong += [f"at another's: {text}" for text in there if f"mark{who.number}x" not in text]
            if who.description and who.pet.description != who.description and who.pet.description not in who.open:
                self.wrong.append(f"lost: the description of {who.number}")


class _Faults(threading.Thread):
    """One after another at random until `over`; `met` counts them."""

    def __init__(self, faults: dict[str, Callable[[], object]]) -> None:
        super().__init__(daemon=True, name="faults")
        self._faults = faults
        self.met: Counter[str] = Counter()
        self.over = threading.Event()

    def run(self) -> None:
        dice = random.Random(17)
        while not self.over.wait(dice.uniform(*APART)):
            name = dice.choice(list(self._faults))
            self._faults[name]()
            self.met[name] += 1


def run(options: Options) -> Iterator[Row]:
    most = LONG_CALLS if options.long else CALLS
    with (
        PostgreSQL() as database,
        Redis() as cache,
        stage(
            options.folder,
            postgresql_url=database.url,
            redis_url=cache.url,
            WEB_CONCURRENCY=str(PROCESSES),
            RATE_LIMIT_PER_MINUTE="100000",
            AUTHORIZE_LIMIT_PER_MINUTE="100000",
            REFRESH_LIMIT_PER_MINUTE="100000",
            MCP_CONNECTIONS_PER_CLIENT="100",
            **LASTING,
        ) as set_up,
    ):

        def killed() -> None:
            os.kill(random.choice(set_up.workers()), signal.SIGKILL)

        def database_restarted() -> None:
            database.stop(random.choice(("fast", "immediate")))
            database.start()

        def cache_restarted() -> None:
            cache.stop()
            time.sleep(random.uniform(0, 1))
            cache.start()

        faults = _Faults(
            {"a process killed": killed, "PostgreSQL restarted": database_restarted, "Redis restarted": cache_restarted}
        )
        people = _people(set_up)
        began = time.monotonic()
        until = began + (options.minutes * MINUTES_TIMES * 60 if options.minutes else float("inf"))
        history = History(people, most, until)
        faults.start()
        history.run()
        faults.over.set()
        faults.join()
        # What was under way when nobody waited any more ends within a tool's deadline.
        time.sleep(30 if any(who.open for who in people) else 1)
        history.settle()
        seconds = time.monotonic() - began
    yield _row(history, faults.met, seconds)


def _people(set_up: Stage) -> list[_Person]:
    """Each with a pet and connected at both doors."""
    gpt, app, world = set_up.client_app(), set_up.mcp_app(), set_up.sandbox.world
    people = []
    for number in range(PEOPLE):
        who = world.add_user(f"person{number}", f"Person {number}", f"person{number}@example.com")
        pet = world.add_pet(who, name=f"Nox mark{number}x")
        tokens = (set_up.sign_in(gpt, who.key), set_up.sign_in_with_pkce(app, who.key))
        doors = [
            _Door(set_up.connector.http(Authorization=f"Bearer {each['access_token']}"), mcp=each is tokens[1])
            for each in tokens
        ]
        people.append(_Person(number, pet, (doors[0], doors[1])))
    return people


def _row(history: History, met: Counter[str], seconds: float) -> Row:
    calls = sum(history.calls.values())
    problems = list(history.wrong[:20])
    if not history.again:
        problems.append("no write met a fault: nothing was shown")
    cells = (
        ", ".join(f"{count} × {name}" for name, count in sorted(met.items())),
        f"{calls:,} in {seconds:.0f} s: "
        + ", ".join(f"{count:,} × {code}" for code, count in history.calls.most_common()),
        f"{history.writes:,}, {history.again:,} times sent again",
        f"{history.fresh:,}",
        "nothing" if not history.wrong else str(len(history.wrong)),
    )
    return Row(cells, tuple(problems))


SCENARIOS = (
    Scenario(
        "history",
        f"{PEOPLE} people at both doors, and what they were told",
        ("Meanwhile", "Calls", "Writes", "Lists compared", "Wrong"),
        run,
    ),
)
