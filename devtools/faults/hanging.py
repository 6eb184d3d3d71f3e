"""Two hundred tool calls hang in a main app that takes requests and never answers: the rest of the service goes on."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import httpx

from connector.serving.gunicorn_worker import QUEUE_SECONDS, STUCK_SECONDS
from devtools.bench.load import wire
from devtools.faults.callers import staff_cookies
from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import stage
from devtools.faults.wire import Fault
from tests.ops.processes import Production

CALLS = 200
SECONDS = 8.0
# /health gives the main app two seconds.
LONGEST = STUCK_SECONDS + 2.0
SLACK = 2.0


def run(options: Options) -> Iterator[Row]:
    # The breaker would end the hanging after five of them.
    with stage(
        options.folder,
        ENVIRONMENT="development",
        MAIN_APP_BREAKER_FAILURES="0",
        # One person's calls take every thread here, as many people's would.
        CALLS_IN_FLIGHT_PER_PERSON="100",
        REFRESH_LIMIT_PER_MINUTE="100000",
    ) as set_up:
        app = set_up.client_app()
        tokens = set_up.sign_in(app, "mai")
        cookies = staff_cookies(set_up, set_up.connector)
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **app.credentials}
        set_up.wire.become(Fault.SILENT)
        hanging = _Hanging(set_up.connector, str(tokens["access_token"]))
        hanging.start()
        # From then on no thread has come free for so long.
        time.sleep(2 * QUEUE_SECONDS)
        with set_up.connector.http() as http:
            asked: dict[str, Callable[[], httpx.Response]] = {
                "GET /health": lambda: http.get("/health"),
                "POST /oauth/token (a refresh)": lambda: http.post("/oauth/token", data=refresh),
                "GET /admin/ (a member of staff)": lambda: http.get("/admin/", headers={"Cookie": cookies}),
                "GET /admin/oauthbridge/connection/": lambda: http.get(
                    "/admin/oauthbridge/connection/", headers={"Cookie": cookies}
                ),
            }
            for name, ask in asked.items():
                yield _asked(name, ask, hanging)
        set_up.wire.become(Fault.NONE)
        hanging.join()
        endings = hanging.endings
        turned_away = sum(count for ending, count in endings.items() if ending.startswith("503 SERVICE_UNAVAILABLE"))
        cells = (
            f"the {CALLS} calls",
            str(sum(endings.values())),
            ", ".join(f"{n} × {one}" for one, n in endings.items()),
            "–",
        )
        right = (
            sum(endings.values()) == CALLS
            and turned_away
            and not any(one.startswith(("500", "lost")) for one in endings)
        )
        yield Row(cells, () if right else ("they did not all end as they must",))


class _Hanging(threading.Thread):
    """All the calls, each on a connection of its own; `endings` is how they ended."""

    def __init__(self, served: Production, token: str) -> None:
        super().__init__(daemon=True, name="hanging")
        self._port, self._token = served.port, token
        self.endings: Counter[str] = Counter()
        self.waiting = CALLS

    def run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        await asyncio.gather(*(self._one() for _ in range(CALLS)))

    async def _one(self) -> None:
        try:
            async with wire(self._port) as own:
                answer = await own.ask("GET", "/pets", Authorization=f"Bearer {self._token}", X_Forwarded_Proto="https")
            code = httpx.Response(answer.status, content=answer.body).json().get("error", "")
            self.endings[f"{answer.status} {code}".strip()] += 1
        except (OSError, asyncio.IncompleteReadError):
            self.endings["lost"] += 1
        self.waiting -= 1


def _asked(name: str, ask: Callable[[], httpx.Response], hanging: _Hanging) -> Row:
    met: list[tuple[int, float]] = []
    until = time.monotonic() + SECONDS / 4
    while time.monotonic() < until or not met:
        began = time.monotonic()
        met.append((ask().status_code, time.monotonic() - began))
    slowest = max(seconds for _status, seconds in met)
    problems = [f"answered {status}" for status, _seconds in met if status != 200]
    if slowest > LONGEST + SLACK:
        problems.append(f"the slowest took {slowest:.1f} s")
    if not hanging.waiting:
        problems.append("no call hung any more: nothing was shown")
    cells = (name, str(len(met)), f"{hanging.waiting} calls hang meanwhile", f"{slowest * 1000:.0f} ms")
    return Row(cells, tuple(problems[:5]))


SCENARIOS = (Scenario("hanging", f"{CALLS} tool calls hang", ("Asked", "Times", "Ended", "Slowest"), run),)
