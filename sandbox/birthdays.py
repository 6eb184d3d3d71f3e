"""Birthdays of the main app: precision and parts, its rules and its leniency (main-app.md §6.3)."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import MAXYEAR, date, timedelta

from .answers import Json
from .records import Pet
from .validation import parsed_moment

_WHOLE = re.compile(r"\d{1,18}")


def rolled_over(year: int, month: int, day: int) -> date:
    """PHP's date arithmetic: 31 February is 3 March."""
    return date(year, month, 1) + timedelta(days=day - 1)


def set_birthday(pet: Pet, text: str) -> None:
    """Set precision and parts from "2020", "2020-05" or "2020-05-12"."""
    parts = [int(part) for part in text.split("-")]
    pet.birthday_precision = ("year", "month", "day")[len(parts) - 1]
    for name, part in zip(("year", "month", "day"), parts, strict=False):
        setattr(pet, f"birthday_{name}", part)
    if len(parts) == 3:
        pet.birthday = rolled_over(*parts)


def birthday_errors(body: dict[str, Json], wrong: Collection[str], today: date) -> dict[str, str]:
    """What the main app refuses about precision and parts, of the body as sent; `wrong` are the fields refused before.

    A future year breaks its own field's rule and the precision's: two errors (main-app.md §6.3).
    """
    precision, whole = body.get("birthday_precision"), body.get("birthday")
    year, month, day = (body.get(f"birthday_{part}") for part in ("year", "month", "day"))
    whole_parts = [part for part in (year, month, day) if part is not None]
    if precision is None and whole_parts:
        return {"birthday_precision": "birthday_precision is required when providing birthday components."}
    if precision == "unknown" and (whole_parts or whole is not None):
        return {"birthday_precision": "Remove birthday components for unknown precision."}
    if precision in (None, "day") and whole is not None:
        moment = parsed_moment(whole)
        return {"birthday": "Invalid birthday date."} if moment is None or moment.date() > today else {}
    if precision == "year":
        if year is None:
            return {"birthday_year": "birthday_year is required for year precision."}
        if month is not None or day is not None:
            return {"birthday_month": "Remove month/day for year precision."}
    if precision == "month":
        if year is None or month is None:
            return {"birthday_month": "birthday_year and birthday_month are required for month precision."}
        if day is not None:
            return {"birthday_day": "Remove day for month precision."}
    if precision == "day" and len(whole_parts) < 3:
        return {"birthday_day": "birthday_year, birthday_month and birthday_day are required for day precision."}
    if precision not in ("year", "month", "day") or {"birthday_month", "birthday_day"} & set(wrong):
        return {}
    return _future_parts(precision, [int(part) for part in whole_parts if _WHOLE.fullmatch(str(part))], today)


def _future_parts(precision: str, parts: list[int], today: date) -> dict[str, str]:
    """Compared as far as the precision goes."""
    numbers = (today.year, today.month, today.day)[: len(parts)]
    if precision == "day" and len(parts) == 3 and parts[0] <= MAXYEAR:
        day = rolled_over(*parts)
        parts = [day.year, day.month, day.day]
    if tuple(parts) <= numbers:
        return {}
    texts = {"year": "Year cannot be in the future.", "month": "Month cannot be in the future."}
    return {f"birthday_{precision}": texts.get(precision, "Birthday cannot be in the future.")}


def apply_birthday(pet: Pet, body: dict[str, Json]) -> None:
    """Store what was validated. Nothing old is cleared: a lower precision leaves stale parts behind (§6.4)."""
    precision = body.get("birthday_precision")
    whole = body.get("birthday")
    if precision is None:
        # On create the precision is `unknown` here, so a birthday sent alone is lost; that is the real behaviour.
        if whole is not None and pet.birthday_precision == "day":
            _set_day(pet, whole.year, whole.month, whole.day)
        return
    pet.birthday_precision = precision
    if precision == "day":
        if whole is not None:
            _set_day(pet, whole.year, whole.month, whole.day)
        else:
            _set_day(pet, body["birthday_year"], body["birthday_month"], body["birthday_day"])
        return
    for part in ("year", "month", "day"):
        if body.get(f"birthday_{part}") is not None:
            setattr(pet, f"birthday_{part}", body[f"birthday_{part}"])


def _set_day(pet: Pet, year: int, month: int, day: int) -> None:
    pet.birthday_year, pet.birthday_month, pet.birthday_day = year, month, day
    pet.birthday = rolled_over(year, month, day)
