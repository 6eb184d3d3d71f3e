"""A proxy that answers twice: each answer of the main app comes once more, up to 50 ms late. Nobody may be told what is another's.

Ten thousand lists of pets, of 40 people in turn, sixteen at a time; each has one pet, named after them. So many people that none meets
the main app's limit of a minute, however fast this goes.
"""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import stage
from devtools.faults.wire import Fault

CALLS, PEOPLE, AT_A_TIME = 10_000, 40, 16


def run(options: Options) -> Iterator[Row]:
    with stage(
        options.folder, root=options.root, RATE_LIMIT_PER_MINUTE="100000", AUTHORIZE_LIMIT_PER_MINUTE="1000"
    ) as set_up:
        app, world = set_up.client_app(), set_up.sandbox.world
        callers = []
        for number in range(PEOPLE):
            who = world.add_user(f"caller{number}", f"Caller {number}", f"caller{number}@example.com")
            world.add_pet(who, name=f"Pet of {number}")
            callers.append(
                set_up.connector.http(Authorization=f"Bearer {set_up.sign_in(app, who.key)['access_token']}")
            )
        set_up.wire.become(Fault.STRAY)

        def ask(call: int) -> str:
            number = call % PEOPLE
            answer = callers[number].get("/pets")
            if answer.status_code != 200:
                return "an error, told as one"
            return (
                "their own" if [pet["name"] for pet in answer.json()["pets"]] == [f"Pet of {number}"] else "another's"
            )

        began = time.monotonic()
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            ended = Counter(threads.map(ask, range(CALLS)))
        own, others = ended["their own"], ended["another's"]
        problems = []
        if others:
            problems.append("people were told what is another's")
        if own < CALLS * 0.99:
            problems.append("more than one in a hundred failed")
        cells = (str(CALLS), str(own), str(CALLS - own - others), str(others), f"{time.monotonic() - began:.0f} s")
        yield Row(cells, tuple(problems))


SCENARIOS = (
    Scenario("strays", "Every answer comes twice", ("Lists", "Their own", "Errors", "Another's", "Took"), run),
)
