"""What every module here answers when it can't tell what a person meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "missing",
    "not_understood",
    "unknown",
    "ambiguous",
    "impossible",
    "future",
    "out_of_range",
    "implausible",
    "contradiction",
    "vaccination_record",
]
Candidate = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Unclear:
    """A human input that has to be asked about.

    `field` is the request field's name, `message` tells the model what is wrong and what to ask the person,
    `candidates` are the readings on offer, ready for JSON.
    """

    field: str
    reason: Reason
    message: str
    candidates: tuple[Candidate, ...] = ()
