"""Reading JSON that nobody promised: each value is checked, and a wrong one is named, never quoted."""

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from mainapp.errors import BrokenAnswer
from mainapp.response import clean_text

T = TypeVar("T")

LONGEST_TEXT = 20_000
# Nothing else that `fromisoformat` takes: 2026-W01-1 is one more date to it.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LARGEST_ID = 2**63 - 1
LONGEST_URL = 2000
# How a web address begins, and an inline `data:` image does not (§9.2).
WEB = ("https://", "http://")


class Fields:
    """The keys of one JSON object. Each method raises `BrokenAnswer` naming the field for a value of another kind.

    Names with `opt_` take an absent key and null as None: older versions lack keys (main-app.md §14), and create
    replies omit what was not sent (§8.1).
    """

    __slots__ = ("_where", "raw")

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise BrokenAnswer(field=where)
        # `raw(name)`: the value as it came, None for an absent key. Hundreds are read for one list: no method around it.
        self.raw: Callable[[str], Any] = value.get
        self._where = where

    def _broken(self, name: str) -> BrokenAnswer:
        return BrokenAnswer(field=f"{self._where}.{name}")

    def at(self, name: str) -> str:
        return f"{self._where}.{name}"

    def _required(self, name: str, value: T | None) -> T:
        if value is None:
            raise self._broken(name)
        return value

    def opt_integer(self, name: str) -> int | None:
        """A whole number, also as text of digits."""
        value = self.raw(name)
        if value is None or type(value) is int:
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            return int(value)
        raise self._broken(name)

    def integer(self, name: str) -> int:
        return self._required(name, self.opt_integer(name))

    def opt_record_id(self, name: str) -> int | None:
        value = self.opt_integer(name)
        if value is not None and not 0 < value <= LARGEST_ID:
            raise self._broken(name)
        return value

    def record_id(self, name: str) -> int:
        value = self.raw(name)
        if type(value) is int and 0 < value <= LARGEST_ID:
            return value
        return self._required(name, self.opt_record_id(name))

    def opt_number(self, name: str) -> Decimal | None:
        """A finite decimal number, as a number or as text ("4.20")."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._broken(name)
        if isinstance(value, str) and (len(value) > 30 or not value.isascii()):
            raise self._broken(name)
        try:
            number = Decimal(str(value))
        except (InvalidOperation, ValueError):
            number = Decimal("NaN")
        if not number.is_finite() or not math.isfinite(float(number)):
            raise self._broken(name)
        return number

    def number(self, name: str) -> Decimal:
        return self._required(name, self.opt_number(name))

    def opt_text(self, name: str) -> str | None:
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._broken(name)
        return clean_text(value, LONGEST_TEXT)

    def text(self, name: str) -> str:
        value = self.raw(name)
        if not isinstance(value, str):
            raise self._broken(name)
        return clean_text(value, LONGEST_TEXT)

    def opt_flag(self, name: str) -> bool | None:
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        if type(value) is int and value in (0, 1):
            return bool(value)
        raise self._broken(name)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.raw(name)
        if isinstance(value, bool):
            return value
        told = self.opt_flag(name)
        return default if told is None else told

    def opt_day(self, name: str) -> date | None:
        """A calendar day, from a plain date or a midnight-UTC moment: its first ten characters, no time zone (§8.1)."""
        value = self.opt_text(name)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value[:10]) if _DAY.match(value) else None
        except ValueError:
            day = None
        if day is None:
            raise self._broken(name)
        return day

    def day(self, name: str) -> date:
        return self._required(name, self.opt_day(name))

    def opt_url(self, name: str) -> str | None:
        """A web address; None for anything else, inline `data:` images of several kilobytes above all (§9.2)."""
        value = self.opt_text(name)
        return value if value and len(value) <= LONGEST_URL and value.startswith(WEB) else None

    def opt_object(self, name: str, parse: Callable[[object, str], T]) -> T | None:
        value = self.raw(name)
        return None if value is None else parse(value, self.at(name))

    def items(self, name: str, parse: Callable[[object, str], T]) -> tuple[T, ...]:
        """A list of records; absent is empty."""
        value = self.raw(name)
        return () if value is None else parse_list(value, self.at(name), parse)


def parse_list(value: object, where: str, parse: Callable[[object, str], T]) -> tuple[T, ...]:
    """Read a JSON array record by record. Raises `BrokenAnswer`."""
    if not isinstance(value, list):
        raise BrokenAnswer(field=where)
    return tuple([parse(item, f"{where}[{position}]") for position, item in enumerate(value)])
