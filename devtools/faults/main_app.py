"""The main app's faults, each met by one tool of each kind at the same moment: what the model is told, what is kept, how long it took.

The circuit breaker is off here (faults.breaker has it), so each call meets its fault in full. Afterwards the fault ends and each write
is sent once more, as a model would: what it asked for must then stand there once.
"""

import contextlib
import wsgiref.handlers
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import httpx
import psycopg

from devtools.faults.kinds import KINDS, WHOLE, Job, Kind
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import Stage, stage
from devtools.faults.wire import Fault as WireFault
from petstools.answers import Code

# TOOL_DEADLINE_SECONDS is 25; a call has to end before 30.
SLOWEST = 30.0
PROMPT = 8.0
INCOMPLETE = "incomplete"
HOURS_APART = 3

# What the model was told, code by code, in the words of this run.
_sentences: dict[str, str] = {}


@dataclass(frozen=True)
class Fault:
    """`reads`, `writes`: the code each must end in, None for success. `strike`: begins and ends it.

    overview: likewise for it; as a rule the list comes through and what a pet's records were asked for is said to be missing.
    unharmed: kinds that it does nothing to. seconds: no call may take longer. lost: calls go by a connector whose main app has
    no address.
    """

    name: str
    reads: Code | None
    writes: Code | None
    strike: Callable[[Stage, dict[str, Job]], AbstractContextManager[Any]] = field(repr=False)
    unharmed: frozenset[str] = frozenset()
    seconds: float = PROMPT
    retry_after: int | None = None
    overview: Code | str | None = INCOMPLETE
    lost: bool = False

    def expected(self, kind: Kind) -> Code | str | None:
        if kind.name in self.unharmed:
            return None
        if kind.name == "overview" and not (self.overview == INCOMPLETE and self.reads is None):
            return self.overview
        return self.writes if kind.writes else self.reads


def _switched(**switches: Any) -> Callable[[Stage, dict[str, Job]], AbstractContextManager[None]]:
    """A fault of the stand-in, at the one request of each job that counts."""

    @contextmanager
    def strike(set_up: Stage, jobs: dict[str, Job]) -> Iterator[None]:
        for job in jobs.values():
            set_up.sandbox.faults.add(**switches, **job.struck)
        yield
        set_up.sandbox.faults.clear()

    return strike


def _wired(fault: WireFault) -> Callable[[Stage, dict[str, Job]], AbstractContextManager[None]]:
    @contextmanager
    def strike(set_up: Stage, _jobs: dict[str, Job]) -> Iterator[None]:
        set_up.wire.become(fault)
        yield
        set_up.wire.become(WireFault.NONE)

    return strike


def _person(**fields: Any) -> Callable[[Stage, dict[str, Job]], AbstractContextManager[None]]:
    """Something about the people themselves."""

    @contextmanager
    def strike(set_up: Stage, _jobs: dict[str, Job]) -> Iterator[None]:
        before = {name: {key: getattr(set_up.sandbox.world.user(name), key) for key in fields} for name in PEOPLE}
        for name in PEOPLE:
            for key, value in fields.items():
                setattr(set_up.sandbox.world.user(name), key, value() if callable(value) else value)
        yield
        for name, values in before.items():
            for key, value in values.items():
                setattr(set_up.sandbox.world.user(name), key, value)

    return strike


def _clock(hours: int, **switches: Any) -> Callable[[Stage, dict[str, Job]], AbstractContextManager[None]]:
    """The main app's clock, its Date header too, against ours."""

    @contextmanager
    def strike(set_up: Stage, jobs: dict[str, Job]) -> Iterator[None]:
        world, dated = set_up.sandbox.world, wsgiref.handlers.format_date_time

        def shifted(timestamp: float | None) -> str:
            return dated((timestamp or 0.0) + hours * 3600)

        now = world.now
        world.travel(hours=hours)
        wsgiref.handlers.format_date_time = shifted
        try:
            with _switched(**switches)(set_up, jobs) if switches else contextlib.nullcontext():
                yield
        finally:
            world.now, wsgiref.handlers.format_date_time = now, dated

    return strike


@contextmanager
def _revoked(set_up: Stage, _jobs: dict[str, Job]) -> Iterator[None]:
    for name in PEOPLE:
        for token in set_up.sandbox.world.tokens_of(set_up.sandbox.world.user(name)):
            set_up.sandbox.world.revoke(token.plaintext)
    yield


PEOPLE = tuple(f"person{number}" for number, _kind in enumerate(KINDS))
UNKNOWN, AWAY, ODD = Code.OUTCOME_UNKNOWN, Code.UPSTREAM_UNAVAILABLE, Code.UPSTREAM_ERROR
# Nothing is read from the answer to a deletion but that it went well.
DELETE = frozenset({"delete"})
FAULTS = (
    Fault("none", None, None, _switched()),
    Fault("connection refused", AWAY, AWAY, _wired(WireFault.REFUSED), overview=AWAY),
    Fault("TLS: a certificate nobody trusts", AWAY, AWAY, _wired(WireFault.WRONG_CERTIFICATE), overview=AWAY),
    Fault("no such host name (DNS)", AWAY, AWAY, _switched(), overview=AWAY, lost=True),
    Fault("silence before the headers", Code.UPSTREAM_TIMEOUT, UNKNOWN, _switched(hang_s=60.0), seconds=SLOWEST),
    Fault(
        "one byte of the body a second",
        Code.UPSTREAM_TIMEOUT,
        UNKNOWN,
        _switched(slow_body_bytes_per_s=1),
        seconds=SLOWEST,
    ),
    Fault("connection closed before the headers", ODD, UNKNOWN, _switched(drop="before_headers")),
    Fault("reset in the middle of the body", ODD, UNKNOWN, _switched(drop="mid_body")),
    Fault("answer lost after the commit, each time", ODD, UNKNOWN, _switched(drop="after_commit")),
    Fault("answer lost after the commit, once", None, None, _switched(drop="after_commit", times=1)),
    Fault("500", ODD, UNKNOWN, _switched(error_rate=1.0)),
    Fault("502", ODD, UNKNOWN, _switched(error_rate=1.0, error_status=502)),
    Fault("502, once", None, None, _switched(error_rate=1.0, error_status=502, times=1)),
    Fault("503, the main app's own words", AWAY, AWAY, _switched(outage=True)),
    Fault("503, Retry-After: 9", AWAY, AWAY, _switched(outage=True, retry_after=9), retry_after=9),
    Fault("503, a proxy's page", AWAY, UNKNOWN, _switched(outage=True, html_errors=True)),
    Fault("504", ODD, UNKNOWN, _switched(error_rate=1.0, error_status=504)),
    Fault("HTML page, 502", ODD, UNKNOWN, _switched(html_errors=True)),
    Fault("invalid JSON", ODD, UNKNOWN, _switched(invalid_json=True)),
    Fault("JSON of another shape", ODD, UNKNOWN, _switched(wrong_shape=True), DELETE),
    Fault("a body of 10 MB", ODD, UNKNOWN, _switched(huge_body_mb=10)),
    Fault(
        "429, Retry-After: 7",
        Code.RATE_LIMITED,
        Code.RATE_LIMITED,
        _switched(throttle_429=True, retry_after=7),
        retry_after=7,
    ),
    Fault("429 without Retry-After", Code.RATE_LIMITED, Code.RATE_LIMITED, _switched(throttle_429=True)),
    Fault("daily quota", Code.QUOTA_EXCEEDED, Code.QUOTA_EXCEEDED, _switched(quota_exceeded=True)),
    Fault(
        "e-mail not verified",
        None,
        Code.EMAIL_NOT_VERIFIED,
        _person(email_verified_at=None),
        overview=Code.EMAIL_NOT_VERIFIED,
    ),
    Fault("banned", None, Code.ACCOUNT_BANNED, _person(banned_at=lambda: datetime.now(UTC))),
    Fault(f"its clock {HOURS_APART} h ahead", None, None, _clock(HOURS_APART)),
    Fault(f"its clock {HOURS_APART} h behind (ours ahead)", None, None, _clock(-HOURS_APART)),
    Fault(
        f"daily quota, its clock {HOURS_APART} h ahead",
        Code.QUOTA_EXCEEDED,
        Code.QUOTA_EXCEEDED,
        _clock(HOURS_APART, quota_exceeded=True),
    ),
    Fault("token refused", Code.UNAUTHORIZED, Code.UNAUTHORIZED, _revoked, overview=Code.UNAUTHORIZED),
)


@dataclass(frozen=True)
class Outcome:
    """How one call ended: what was told, what it cost, and how often the main app then holds what was asked for."""

    status: int
    body: dict[str, Any]
    seconds: float
    request_id: str
    kept: int | None

    @property
    def failed(self) -> dict[str, Any]:
        """The error itself: the call's, or its first item's."""
        items = self.body.get("results") or [self.body]
        return self.body if "error" in self.body else next((one for one in items if "error" in one), {})

    @property
    def code(self) -> Code | str | None:
        if self.failed:
            return Code(self.failed["error"])
        return INCOMPLETE if self.body.get("incomplete") else None


class Run:
    """The table's stage: two connectors (one may fetch files from this machine), a third that is lost, a person for each kind."""

    def __init__(self, set_up: Stage) -> None:
        self.set_up = set_up
        files = set_up.serve(**set_up.reaching_files)
        lost = set_up.serve(**set_up.reaching_files, MAIN_APP_URL="https://main-app.invalid")
        for key in PEOPLE:
            set_up.sandbox.world.add_user(key, key.capitalize(), f"{key}@example.com")
        app = set_up.client_app()
        tokens = {key: set_up.sign_in(app, key)["access_token"] for key in PEOPLE}
        self._usual: dict[str, httpx.Client] = {}
        self._lost: dict[str, httpx.Client] = {}
        for key, kind in zip(PEOPLE, KINDS, strict=True):
            bearer = {"Authorization": f"Bearer {tokens[key]}"}
            self._usual[kind.name] = (files if kind.fetches else set_up.connector).http(**bearer)
            self._lost[kind.name] = lost.http(**bearer)
        for one in (*self._usual.values(), *self._lost.values()):
            one.timeout = httpx.Timeout(60)

    def rows(self) -> Iterator[Row]:
        for fault in FAULTS:
            jobs = self._jobs()
            with fault.strike(self.set_up, jobs):
                outcomes = self._all(jobs, self._lost if fault.lost else self._usual)
            again = self._all(jobs, self._usual) if fault.name != "token refused" else {}
            attempts = self._attempts([one.request_id for one in outcomes.values()])
            yield _row(fault, outcomes, again, attempts)

    def _jobs(self) -> dict[str, Job]:
        world = self.set_up.sandbox.world
        people = [world.user(key) for key in PEOPLE]
        photo = self.set_up.files.link
        return {kind.name: kind.prepare(world, who, photo) for kind, who in zip(KINDS, people, strict=True)}

    def _all(self, jobs: dict[str, Job], clients: dict[str, httpx.Client]) -> dict[str, Outcome]:
        with ThreadPoolExecutor(len(jobs)) as threads:
            ends = {name: threads.submit(_made, job, clients[name]) for name, job in jobs.items()}
            return {name: end.result() for name, end in ends.items()}

    def _attempts(self, request_ids: list[str]) -> dict[str, int]:
        """Requests to the main app that each call made, or tried to make, from its tool-call line."""
        with psycopg.connect(self.set_up.environment["DATABASE_URL"]) as database:
            found = database.execute(
                "SELECT request_id, upstream_calls FROM petstools_toolcall WHERE request_id = ANY(%s)", [request_ids]
            ).fetchall()
        return {str(request_id): int(calls) for request_id, calls in found}


def _made(job: Job, http: httpx.Client) -> Outcome:
    began = monotonic()
    answer = job.send(http)
    took = monotonic() - began
    kept = job.kept() if job.kept is not None else None
    return Outcome(answer.status_code, answer.json(), took, answer.headers["X-Request-ID"], kept)


def _row(fault: Fault, outcomes: dict[str, Outcome], again: dict[str, Outcome], attempts: dict[str, int]) -> Row:
    cells, problems = [fault.name], []
    for kind in KINDS:
        met = outcomes[kind.name]
        problems += [f"{kind.name}: {one}" for one in _problems(fault, kind, met)]
        cell = [f"{met.status} {met.code or 'ok'}", f"{attempts.get(met.request_id, -1)} req", f"{met.seconds:.1f} s"]
        if met.kept is not None:
            cell.append(_kept(kind, met))
        after = again.get(kind.name)
        if after is not None and kind.writes:
            whole = WHOLE.get(kind.name, 1)
            if after.code is not None or after.kept != whole:
                problems.append(
                    f"{kind.name}: said again it ended in {after.code} and stands there {after.kept} times: {after.body}"
                )
            cell.append("again: once")
        if met.failed:
            _sentences.setdefault(f"{met.code}", str(met.failed["message"]))
        cells.append(" · ".join(cell))
    return Row(tuple(cells), tuple(problems))


def _kept(kind: Kind, met: Outcome) -> str:
    whole = WHOLE.get(kind.name, 1)
    if met.kept == whole:
        return "done"
    return "not done" if not met.kept else f"{met.kept} of {whole} done"


def _problems(fault: Fault, kind: Kind, met: Outcome) -> Iterator[str]:
    expected = fault.expected(kind)
    if met.code != expected:
        yield f"{met.code} and not {expected}: {met.status} {met.body}"
    if isinstance(expected, Code) and not kind.per_item and met.status != expected.http_status:
        yield f"HTTP {met.status} and not {expected.http_status}"
    if met.failed and not (met.failed.get("message") and "retryable" in met.failed):
        yield f"no structured error: {met.body}"
    if met.seconds > fault.seconds:
        yield f"took {met.seconds:.1f} s"
    if fault.retry_after is not None and met.failed and met.failed.get("retry_after") != fault.retry_after:
        yield f"retry_after {met.failed.get('retry_after')} and not {fault.retry_after}"
    if met.kept is None:
        return
    told_done = expected is None
    if told_done and met.kept != WHOLE.get(kind.name, 1):
        yield f"told as done, and stands there {met.kept} times"
    if not told_done and expected is not UNKNOWN and met.kept:
        yield f"told as not done, and stands there {met.kept} times"
    if met.kept > WHOLE.get(kind.name, 1):
        yield "done more than once"


def run(options: Options) -> Iterator[Row]:
    with stage(
        options.folder,
        MAIN_APP_BREAKER_FAILURES="0",
        TOOL_CALL_LOG="inline",
        RATE_LIMIT_PER_MINUTE="100000",
        CALLS_IN_FLIGHT_PER_PERSON="100",
    ) as set_up:
        yield from Run(set_up).rows()


def sentences(_options: Options) -> Iterator[Row]:
    """What the run before this has heard; nothing without one."""
    for code, sentence in sorted(_sentences.items()):
        yield Row((code, sentence))


SCENARIOS = (
    Scenario("main-app", "Faults of the main app, by kind of tool", ("Fault", *(kind.name for kind in KINDS)), run),
    Scenario("main-app-told", "What the model was told", ("Code", "Sentence"), sentences),
)
