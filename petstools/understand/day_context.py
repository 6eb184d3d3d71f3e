"""What a day is understood from: the words, the person's day, and what is known beside it; and the question about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from typing import Literal

from petstools.understand.outcome import Reason, Unclear

Prefer = Literal["past", "future"]
# The model has read the person's words; whoever can answer, answers (rule 19).
OR_IN_FIGURES = "If the person's words leave no doubt, send it in figures, as YYYY-MM-DD; else ask which day is meant."


@dataclass(frozen=True, slots=True)
class DayContext:
    """`today` and `zone` are the person's. `anchor` is the day that a span in words counts from, if it is not today: the day
    of the shot. `month_first`: whether 03/04 may be 4 March to this person."""

    value: object
    today: date
    field: str
    prefer: Prefer = "past"
    year_needed: bool = False
    anchor: date | None = None
    zone: tzinfo = UTC
    month_first: bool = False

    def ask(self, reason: Reason, what: str, days: Iterable[date | None] = ()) -> Unclear:
        """The question which day was meant, with the days it may have been, in their order."""
        offered = [day.isoformat() for day in dict.fromkeys(days) if day]
        listed = f" It may be {' or '.join(offered)}." if offered else ""
        return Unclear(
            self.field,
            reason,
            f"{what}{listed} {OR_IN_FIGURES}",
            tuple({self.field: day} for day in offered),
        )

    def one_of(self, what: str, days: Iterable[date | None]) -> date | Unclear:
        """The day, where all readings are one; else the question."""
        readings = [day for day in dict.fromkeys(days) if day]
        return readings[0] if len(readings) == 1 else self.ask("ambiguous", what, readings)
