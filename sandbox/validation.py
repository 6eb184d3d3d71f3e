"""Laravel's validator, as far as the main app's rules need it: same order, same texts (main-app.md §1.3, golden)."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from .answers import InvalidError, Json, server_error


class RuleError(Exception):
    """One failed rule. `last` keeps the rules behind it from being tried."""

    def __init__(self, text: str, *, last: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.last = last


Rule = Callable[[str, Json], Json]  # (label, value) -> value, perhaps converted; raises RuleError


class Presence(Enum):
    REQUIRED = "required"  # absent or null is an error
    NULLABLE = "nullable"  # absent or null is fine
    SOMETIMES = "sometimes"  # absent is fine, null meets the rules
    FILLED = "filled"  # absent is fine, null is "required"
    PRESENT = "present"  # the key must be there, null is fine


REQUIRED, NULLABLE, SOMETIMES, FILLED, PRESENT = Presence


@dataclass(frozen=True)
class Field:
    presence: Presence
    rules: tuple[Rule, ...] = ()
    required_text: str | None = None

    def check(self, name: str, body: dict[str, Json]) -> tuple[Json, list[str]]:
        label = name.replace("_", " ")
        value = body.get(name)
        if value is None:
            if self.presence is REQUIRED or (self.presence is FILLED and name in body):
                return None, [self.required_text or f"The {label} field is required."]
            if self.presence is PRESENT and name not in body:
                return None, [f"The {label} field must be present."]
            if self.presence is not SOMETIMES:
                return None, []
        errors = []
        result = value
        for rule in self.rules:
            try:
                result = rule(label, result)
            except RuleError as wrong:
                errors.append(wrong.text)
                if wrong.last:
                    break
        return result, errors


def field(presence: Presence, *rules: Rule, required_text: str | None = None) -> Field:
    return Field(presence, rules, required_text)


def validated(body: dict[str, Json], fields: dict[str, Field]) -> dict[str, Json]:
    """The values of the known fields that were sent, converted; raises InvalidError with every error at once."""
    values, errors = checked(body, fields)
    if errors:
        raise InvalidError(errors)
    return values


def checked(body: dict[str, Json], fields: dict[str, Field]) -> tuple[dict[str, Json], dict[str, list[str]]]:
    """As `validated`, with the errors returned, for rules that come behind the fields' own."""
    values: dict[str, Json] = {}
    errors: dict[str, list[str]] = {}
    for name, rules in fields.items():
        if name not in body and rules.presence not in (REQUIRED, PRESENT):
            continue
        value, wrong = rules.check(name, body)
        if wrong:
            errors[name] = wrong
        elif name in body:
            values[name] = value
    return values, errors


# Rules

_WHOLE = re.compile(r"-?\d{1,18}")


def string(label: str, value: Json) -> Json:
    if not isinstance(value, str):
        raise RuleError(f"The {label} field must be a string.")
    return value


def longest(limit: int, text: str | None = None) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if isinstance(value, str) and len(value) > limit:
            raise RuleError(text or f"The {label} field must not be greater than {limit} characters.")
        return value

    return rule


def shortest(limit: int, text: str | None = None) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if isinstance(value, str) and len(value) < limit:
            raise RuleError(text or f"The {label} field must be at least {limit} characters.")
        return value

    return rule


def exactly(length: int) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if isinstance(value, str) and len(value) != length:
            raise RuleError(f"The {label} field must be {length} characters.")
        return value

    return rule


def one_of(*choices: str) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if value not in choices:
            raise RuleError(f"The selected {label} is invalid.")
        return value

    return rule


def known_id(ids: Collection[int]) -> Rule:
    """`exists`: text reaches the database and ends in a 500 there (main-app.md §15.29)."""

    def rule(label: str, value: Json) -> Json:
        if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
            raise server_error()
        if int(value) not in ids:
            raise RuleError(f"The selected {label} is invalid.")
        return int(value)

    return rule


def known_ids(ids: Collection[int], at_most: int | None = None) -> Rule:
    """An array of distinct existing ids; the errors are put on the array, not on its items."""
    known = known_id(ids)

    def rule(label: str, value: Json) -> Json:
        if at_most is not None and len(value) > at_most:
            raise RuleError(f"The {label} field must not have more than {at_most} items.")
        numbers = [known(label, each) for each in value]
        if len(set(numbers)) != len(numbers):
            raise RuleError(f"The {label} field has a duplicate value.")
        return numbers

    return rule


def number(label: str, value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise RuleError(f"The {label} field must be a number.", last=True)
    try:
        finite = math.isfinite(float(value))
    except (ValueError, OverflowError):
        finite = False
    if not finite:
        raise RuleError(f"The {label} field must be a number.", last=True)
    return value


def integer(label: str, value: Json) -> Json:
    if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
        raise RuleError(f"The {label} field must be an integer.", last=True)
    return int(value)


def size_of(value: Json) -> float:
    return value if isinstance(value, int | float) else float(value)


def at_least(limit: float) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if size_of(value) < limit:
            raise RuleError(f"The {label} field must be at least {limit:g}.")
        return value

    return rule


def at_most(limit: float) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if size_of(value) > limit:
            raise RuleError(f"The {label} field must not be greater than {limit:g}.")
        return value

    return rule


def boolean(label: str, value: Json) -> Json:
    if value not in (True, False, "1", "0"):
        raise RuleError(f"The {label} field must be true or false.")
    return value in (True, "1")


def array(label: str, value: Json) -> Json:
    if not isinstance(value, list):
        raise RuleError(f"The {label} field must be an array.", last=True)
    return value


def uuid_text(label: str, value: Json) -> Json:
    try:
        if not isinstance(value, str) or str(uuid.UUID(value)) != value.lower():
            raise ValueError
    except ValueError:
        raise RuleError(f"The {label} field must be a valid UUID.") from None
    return value


def moment(label: str, value: Json) -> Json:
    """A date the way PHP reads it; other forms than YYYY-MM-DD are luck."""
    parsed = parsed_moment(value)
    if parsed is None:
        raise RuleError(f"The {label} field must be a valid date.", last=True)
    return parsed


def not_after(today: date) -> Rule:
    """`before_or_equal:today` is midnight UTC, so a time on today's date is in the future."""
    midnight = datetime.combine(today, datetime.min.time(), UTC)

    def rule(label: str, value: Json) -> Json:
        if value > midnight:
            raise RuleError(f"The {label} field must be a date before or equal to today.")
        return value

    return rule


def on_or_after(other: str, earliest: datetime | None) -> Rule:
    """`after_or_equal:<field>`, when that field was sent and is a date."""

    def rule(label: str, value: Json) -> Json:
        if earliest is not None and value < earliest:
            raise RuleError(f"The {label} field must be a date after or equal to {other}.")
        return value

    return rule


def day_format(label: str, value: Json) -> Json:
    """`date_format:Y-m-d` of the expected_* fields."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) or parsed_moment(value) is None:
        raise RuleError(f"The {label} field must match the format Y-m-d.")
    return value


def day(label: str, value: Json) -> Json:
    """Cut the time part off, behind the rules about the moment."""
    return value.date()


_DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")


def parsed_moment(value: Json) -> datetime | None:
    if not isinstance(value, str):
        return None
    match = _DAY.match(value)
    if match is None:
        return None
    try:
        start = datetime(int(match[1]), int(match[3]), int(match[4]), tzinfo=UTC)
        rest = value[match.end() :].lstrip("Tt ")
        if not rest:
            return start
        clock = datetime.fromisoformat(f"2000-01-01T{rest}")
    except ValueError:
        return None
    shift = clock.utcoffset() or timedelta(0)
    return start + timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second) - shift
