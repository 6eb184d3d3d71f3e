"""The circuit breaker on real processes: when it opens, how fast it refuses, that no write is lost track of, and when it closes.

Two gunicorns of two processes each, as on two hosts, share one Redis; several people call tools all the time. Answers are waited for
3 s here, not 12: against silence the first calls wait for as long as that.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import Stage, stage
from devtools.faults.wire import Fault
from petstools.answers import Code
from sandbox.records import Pet

PEOPLE = 6
READ_TIMEOUT = 3
BEFORE = 1.5
# Each of them pauses so long between two calls.
PAUSE = 0.1
OUTAGE = 10.0
# A tool's answer while the main app is known to be down; the median, for the machine has other work.
REFUSED_WITHIN = 0.050
# The longest pause between two trials, and the trial.
CLOSED_WITHIN = 34.0
REFUSED = "was not sent to it"


@dataclass(frozen=True)
class Call:
    """One call: when it began (monotonic), how long it took, how it ended."""

    began: float
    seconds: float
    status: int
    body: dict[str, Any]
    writes: bool

    @property
    def refused(self) -> bool:
        return REFUSED in str(self.body.get("message"))

    @property
    def ok(self) -> bool:
        return self.status < 300


class People:
    """Each with a cat, at work in a thread of their own, half of them through each gunicorn."""

    def __init__(self, set_up: Stage) -> None:
        world, app = set_up.sandbox.world, set_up.client_app()
        served = itertools.cycle([set_up.connector, set_up.serve()])
        self.cats: list[Pet] = []
        self._clients: list[httpx.Client] = []
        for number in range(PEOPLE):
            who = world.add_user(f"caller{number}", f"Caller {number}", f"caller{number}@example.com")
            token = set_up.sign_in(app, who.key)["access_token"]
            self.cats.append(world.add_pet(who, name="Nox"))
            self._clients.append(next(served).http(Authorization=f"Bearer {token}"))

    def work(self, meanwhile: Callable[[list[Call]], None]) -> list[Call]:
        """Their calls until `meanwhile` has returned."""
        for cat in self.cats:
            cat.weights.clear()
        calls: list[Call] = []
        over = threading.Event()
        threads = [
            threading.Thread(target=self._one, args=(http, cat.id, calls, over))
            for http, cat in zip(self._clients, self.cats, strict=True)
        ]
        for each in threads:
            each.start()
        try:
            meanwhile(calls)
        finally:
            over.set()
            for each in threads:
                each.join()
        return calls

    def _one(self, http: httpx.Client, cat: int, calls: list[Call], over: threading.Event) -> None:
        for number in itertools.count():
            if over.wait(PAUSE):
                return
            writes = number % 3 == 2
            began = time.monotonic()
            if writes:
                day = f"{2000 + number % 25}-{number // 25 % 12 + 1:02}-{number // 300 % 28 + 1:02}"
                answer = http.post(f"/pets/{cat}/weights", json={"weight_kg": 4.2, "measured_at": day})
            else:
                answer = http.get(("/pets", f"/pets/{cat}")[number % 3])
            calls.append(Call(began, time.monotonic() - began, answer.status_code, answer.json(), writes))


def run(options: Options) -> Iterator[Row]:
    with stage(
        options.folder,
        WEB_CONCURRENCY="2",
        RATE_LIMIT_PER_MINUTE="100000",
        CALLS_IN_FLIGHT_PER_PERSON="100",
        MAIN_APP_READ_TIMEOUT=str(READ_TIMEOUT),
    ) as set_up:
        people, wire, faults = People(set_up), set_up.wire, set_up.sandbox.faults
        back = lambda: wire.become(Fault.NONE)  # noqa: E731
        yield _outage(people, "refuses connections", lambda: wire.become(Fault.REFUSED), back)
        yield _outage(people, "takes requests and stays silent", lambda: wire.become(Fault.SILENT), back)
        yield _outage(people, "503 to everything", lambda: faults.add(outage=True), faults.clear)
        if options.long:
            yield _outage(people, "500 to everything", lambda: faults.add(error_rate=1.0), faults.clear)
        yield _one_bad_route(people, lambda: faults.add(error_rate=1.0, path="/weights"), faults.clear)


def _outage(people: People, name: str, begin: Callable[[], object], end: Callable[[], object]) -> Row:
    moments: list[float] = []

    def meanwhile(calls: list[Call]) -> None:
        time.sleep(BEFORE)
        begin()
        moments.append(time.monotonic())
        time.sleep(OUTAGE)
        moments.append(time.monotonic())
        end()
        while time.monotonic() < moments[1] + CLOSED_WITHIN:
            time.sleep(2)
            if all(one.ok for one in calls[-20:]):
                break

    calls = people.work(meanwhile)
    began, ended = moments
    refused = [one for one in calls if one.refused]
    problems = list(_problems(people, calls))
    if not refused:
        return Row((name, "never"), (*problems, "no call was refused"))
    opened = min(one.began + one.seconds for one in refused)
    after = [one for one in calls if one.began > ended]
    closed = max((one.began for one in after if not one.ok), default=ended)
    # The others had begun before, and were refused another attempt.
    slow = sorted(one.seconds for one in refused if one.began >= opened)
    median, most_of_them = slow[len(slow) // 2], slow[int(len(slow) * 0.95)]
    waits = {int(one.body["retry_after"]) for one in refused}
    met = [one for one in calls if began <= one.began < ended and not one.ok and not one.refused]
    if median > REFUSED_WITHIN:
        problems.append(f"refusals take {median * 1000:.0f} ms")
    if closed - ended > CLOSED_WITHIN:
        problems.append(f"still closed to people {closed - ended:.1f} s after the main app is back")
    if not any(one.ok for one in after if one.began > closed):
        problems.append("nothing works afterwards")
    if not waits <= set(range(1, 32)):
        problems.append(f"retry_after {sorted(waits)}")
    return Row(
        (
            name,
            f"{opened - began:.1f} s, {len(met)} calls met it",
            f"{len(refused)}; {median * 1000:.0f} / {most_of_them * 1000:.0f} / {slow[-1] * 1000:.0f} ms",
            f"{min(waits)} to {max(waits)} s",
            f"{closed - ended:.1f} s",
            _writes(people, calls),
        ),
        tuple(problems),
    )


def _one_bad_route(people: People, begin: Callable[[], object], end: Callable[[], object]) -> Row:
    def meanwhile(_calls: list[Call]) -> None:
        begin()
        time.sleep(6)
        end()

    calls = people.work(meanwhile)
    problems = list(_problems(people, calls))
    refused = sum(one.refused for one in calls)
    if refused:
        problems.append(f"{refused} calls were refused")
    if any(not one.ok for one in calls if not one.writes):
        problems.append("reading suffered")
    failed = sum(not one.ok for one in calls)
    cells = ("500 on one route of three", f"never; {failed} calls met it", "none", "–", "–", _writes(people, calls))
    return Row(cells, tuple(problems))


def _problems(people: People, calls: list[Call]) -> Iterator[str]:
    done, unknown, kept = _counted(people, calls)
    if not done <= kept <= done + unknown:
        yield f"{done} writes told as done, {unknown} as unknown, and {kept} are there"
    odd = {one.status for one in calls} - {200, 201, 502, 503, 504}
    if odd or any(not one.ok and "error" not in one.body for one in calls):
        yield f"answers that are none: {sorted(odd)}"


def _counted(people: People, calls: list[Call]) -> tuple[int, int, int]:
    writes = [one for one in calls if one.writes]
    unknown = sum(one.body.get("error") == Code.OUTCOME_UNKNOWN for one in writes)
    return sum(one.ok for one in writes), unknown, sum(len(cat.weights) for cat in people.cats)


def _writes(people: People, calls: list[Call]) -> str:
    done, unknown, kept = _counted(people, calls)
    not_sent = sum(one.refused for one in calls if one.writes)
    return f"{done} told as done, {unknown} as unknown, {not_sent} as not sent; {kept} are there"


SCENARIOS = (
    Scenario(
        "breaker",
        "The circuit breaker, two hosts",
        ("Main app", "Opens after", "Refused; p50 / p95 / most", "retry_after", "Closes after", "Writes"),
        run,
    ),
)
