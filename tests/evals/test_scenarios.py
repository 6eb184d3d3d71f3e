"""Every scenario of evals/ can be passed: its own script leaves the state that it must, and nothing else."""

import pytest

from evals.judge import judged
from evals.players import Script
from evals.scenario import Scenario, load
from evals.stage import staged
from sandbox.server import SandboxServer

# What the service does not do yet. Each has to leave this list when it does: a script here that passes is a failure.
NOT_YET: set[str] = set()
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
