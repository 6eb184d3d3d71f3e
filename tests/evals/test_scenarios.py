"""Every scenario of evals/ can be passed: its own script leaves the state that it must, and nothing else."""

import pytest

from evals.judge import judged
from evals.players import Script
from evals.report import MOST_SENT
from evals.scenario import Scenario, load
from evals.stage import staged
from sandbox.server import SandboxServer

# What the service does not do yet. Each has to leave this list when it does: a script here that passes is a failure.
NOT_YET: set[str] = set()
# Few and long answers: all of a year, the 31 kinds of animals, rows of a batch, of a card and of what is changed at once.
LONG = {
    "summary-for-the-vet": 4_000,
    "a-cricket-is-no-goat": 1_600,
    "a-year-of-weights": 3_000,
    "card-looked-through-first": 2_300,
    "card-of-somebody-else": 2_000,
    "card-half-of-it-known": 1_800,
    "all-of-yesterday": 1_800,
    "all-of-yesterday-and-back": 1_800,
    "all-of-tomorrow": 1_800,
}
SCENARIOS = [
    pytest.param(one, id=one.id, marks=[pytest.mark.xfail(strict=True)] if one.id in NOT_YET else []) for one in load()
]


@pytest.mark.once
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_its_script_passes(scenario: Scenario, sandbox: SandboxServer, db: None) -> None:
    with staged(scenario, sandbox) as stage:
        talk = Script().play(stage)
        judgement = judged(scenario, talk, stage.changes(), speaks=False)

    assert judgement.wrong == ()
    # Where hardly a conversation's mean is above it, the mean of all is far below.
    most = LONG.get(scenario.id, MOST_SENT[scenario.door])
    assert stage.door.sent <= most * len(talk.calls), (
        f"answers have grown: {stage.door.sent} characters of {len(talk.calls)}"
    )
