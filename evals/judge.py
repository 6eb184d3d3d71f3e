"""What a played conversation is worth: right at once, right after a question, or wrong, and how many calls were wasted."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from evals.scenario import Scenario
from evals.stage import Change

Verdict = Literal["right", "asked", "wrong"]


@dataclass
class Talk:
    """What was done and said. asked: how often the person was asked anything, also "shall I save it?"; questions: how often
    because a tool had answered that they must be."""

    calls: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: int = 0
    questions: int = 0
    # Characters of all answers as they were sent; at /mcp the JSON goes out twice.
    sent: int = 0
    # Why it could not be played on: a script that was answered otherwise, a model that went on too long.
    broken: str = ""

    def ask(self, text: str) -> None:
        self.said.append(text)
        self.asked += 1
        self.questions += bool(self.calls) and status_of(self.calls[-1][2]) == "clarification_needed"

    @property
    def characters(self) -> int:
        """Of all answers."""
        return sum(len(answer) for _name, _arguments, answer in self.calls)


@dataclass(frozen=True)
class Judgement:
    """`wrong` says what is not as it must be; wasted: calls beyond those that it takes."""

    scenario: Scenario
    talk: Talk
    verdict: Verdict
    wrong: tuple[str, ...]
    wasted: int


def status_of(answer: str) -> str:
    """ok, clarification_needed, an error's code, or "" where it is none of ours."""
    try:
        parsed = json.loads(answer)
    except ValueError:
        return ""
    return str(parsed.get("status") or parsed.get("error") or "") if isinstance(parsed, dict) else ""


def judged(scenario: Scenario, talk: Talk, changes: Sequence[Change], *, speaks: bool = True) -> Judgement:
    """speaks: whether the assistant writes to the person; a script does not, and is held to its calls alone."""
    wrong = [talk.broken] if talk.broken else []
    wrong += state_faults(scenario, changes)
    answers = "\n".join(answer for _name, _arguments, answer in talk.calls)
    wrong += [f"no answer shows {pattern!r}" for pattern in scenario.shows if not _found(pattern, answers)]
    words = "\n".join(talk.said)
    if speaks:
        wrong += [f"nothing said matches {pattern!r}" for pattern in scenario.says if not _found(pattern, words)]
    wrong += [f"{pattern!r} was said" for pattern in scenario.never_says if _found(pattern, words)]
    if speaks and scenario.asks == "must" and not talk.asked:
        wrong.append("two honest readings, and nobody was asked")
    verdict: Verdict = "wrong" if wrong else "right"
    if not wrong and scenario.asks == "never" and talk.questions:
        verdict = "asked"
    return Judgement(scenario, talk, verdict, tuple(wrong), max(0, len(talk.calls) - scenario.calls))


def state_faults(scenario: Scenario, changes: Sequence[Change]) -> list[str]:
    """Expected changes that did not happen, and changes that nobody expected."""
    left = list(changes)
    faults = []
    for expected in scenario.after:
        fitting = next((change for change in left if fits(expected, change)), None)
        if fitting is None and not expected.get("maybe"):
            faults.append(f"missing: {json.dumps(expected, ensure_ascii=False)}")
        elif fitting is not None:
            left.remove(fitting)
    return faults + [f"not meant: {change}" for change in left]


def fits(expected: Mapping[str, Any], change: Change) -> bool:
    return (
        expected.get(change.what) == change.kind
        and expected["pet"] == change.pet
        and all(_same(value, change.fields.get(name)) for name, value in expected.get("with", {}).items())
    )


def _same(expected: Any, value: Any) -> bool:
    if isinstance(expected, str) and expected.startswith("~"):
        return _found(expected[1:], str(value or ""))
    if isinstance(expected, int | float) and not isinstance(expected, bool) and isinstance(value, int | float | str):
        try:
            return abs(float(value) - expected) < 0.000_1
        except ValueError:
            return False
    return bool(expected == value)


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
