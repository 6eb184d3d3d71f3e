"""Laravel's validator, as far as the main app's rules need it: same order, same texts (main-app.md §1.3, golden)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
    """A field's presence and rules; of an array also what each item must be."""

    presence: Presence
    rules: tuple[Rule, ...] = ()
    required_text: str | None = None
    items: tuple[Rule, ...] = ()
    distinct: bool = False  # no item twice

    def check(self, name: str, body: dict[str, Json]) -> tuple[Json, dict[str, list[str]]]:
        """The converted value, and the errors of the field and of its items (`pet_ids.0`)."""
        label = name.replace("_", " ")
        value = body.get(name)
        if value is None:
            if self.presence is REQUIRED or (self.presence is FILLED and name in body):
                return None, {name: [self.required_text or f"The {label} field is required."]}
            if self.presence is PRESENT and name not in body:
                return None, {name: [f"The {label} field must be present."]}
            if self.presence is not SOMETIMES:
                return None, {}
        if value == [] and self.presence is REQUIRED:
            return None, {name: [f"The {label} field is required."]}
        result, errors = tried(self.rules, label, value)
        if errors or not isinstance(result, list):
            return result, {name: errors} if errors else {}
        return self._checked_items(name, result)

    def _checked_items(self, name: str, values: list[Json]) -> tuple[Json, dict[str, list[str]]]:
        results, wrong = [], {}
        for place, value in enumerate(values):
            label = f"{name}.{place}"
            result, errors = tried(self.items, label, value)
            if self.distinct and values.count(value) > 1:
                errors.append(f"The {label} field has a duplicate value.")
            results.append(result)
            if errors:
                wrong[label] = errors
        return results, wrong


def tried(rules: tuple[Rule, ...], label: str, value: Json) -> tuple[Json, list[str]]:
    """The value behind all rules, and the texts of those that failed."""
    errors = []
    for rule in rules:
        try:
            value = rule(label, value)
        except RuleError as wrong:
            errors.append(wrong.text)
            if wrong.last:
                break
    return value, errors


def field(
    presence: Presence,
    *rules: Rule,
    required_text: str | None = None,
    items: tuple[Rule, ...] = (),
    distinct: bool = False,
) -> Field:
    return Field(presence, rules, required_text, items, distinct)


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
        errors |= wrong
        if not wrong and name in body:
            values[name] = value
    return values, errors


# Rules

_WHOLE = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


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


def item_count(*, least: int = 0, most: int | None = None) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if len(value) < least:
            raise RuleError(f"The {label} field must have at least {least} items.", last=True)
        if most is not None and len(value) > most:
            raise RuleError(f"The {label} field must not have more than {most} items.", last=True)
        return value

    return rule


def number(label: str, value: Json) -> Json:
    """PHP's is_numeric: a number, or a text that is one; neither truth values nor infinities."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not _NUMBER.fullmatch(str(value)):
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


def between(least: int, most: int) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if not least <= value <= most:
            raise RuleError(f"The {label} field must be between {least} and {most}.")
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
_FIVE_DIGITS = re.compile(r"1\d{3}(\d)(-\d{1,2}-\d{1,2})$")


def parsed_moment(value: Json) -> datetime | None:
    """The moment, in the offset it was written with: of a date column only the written day is kept."""
    if not isinstance(value, str):
        return None
    # PHP takes 10000-01-01 for ten o'clock on 1 January of the year 0, and two-digit years begin at 2000.
    value = _FIVE_DIGITS.sub(r"200\1\2", value)
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
    return datetime.combine(start.date(), clock.time(), clock.tzinfo or UTC)
