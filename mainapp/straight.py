"""Answers in the form they mostly have, read from their bytes straight into records, several times as fast as field by field.

A form says which these are. It takes no more than `parse` does (but for a weight in another script's digits) and makes the same
of it; what is written in any other way, be it right or broken, it leaves to `parse`, which names what it cannot understand.
"""

import re
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import msgspec

from mainapp.parse import WEB
from mainapp.records import Pet, Sections

T = TypeVar("T")

_NUL = re.compile(rb"\\u0000")
# Before the point, in a weight: far from what no longer fits a float.
_MOST_DIGITS = 10


class _Envelope(msgspec.Struct, Generic[T], frozen=True):
    """Every answer of the main app (§1.1)."""

    data: T
    success: bool = True


class Form(Generic[T]):
    """An answer's usual form: its record's type, and what types do not tell of it."""

    def __init__(self, record: type[T], is_usual: Callable[[T], bool]) -> None:
        # `record` is a value to mypy, to msgspec the type that it stands for.
        self._decoder = msgspec.json.Decoder(_Envelope[record])  # type: ignore[valid-type]
        self._is_usual = is_usual

    def read(self, raw: bytes | bytearray) -> T | None:
        """The record; None where the body is not of this form."""
        # Texts must lose it. Where there is no backslash at all, that is known at once.
        if b"\\" in raw and _NUL.search(raw):
            return None
        try:
            # Decoded first: msgspec looks only at the bytes it needs, and what is no UTF-8 is no JSON.
            told = self._decoder.decode(raw.decode())
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        return told.data if told.success and self._is_usual(told.data) else None


def _usual_pets(pets: Iterable[Pet]) -> bool:
    return all(map(_usual_pet, pets))


def _usual_sections(told: Sections) -> bool:
    return (
        _usual_pets(told.owned)
        and _usual_pets(told.fostering_active)
        and _usual_pets(told.shared)
        and _usual_pets(told.fostering_past)
    )


def _usual_pet(pet: Pet) -> bool:
    precision = pet.birthday_precision
    if precision == "day":
        # Without the parts the date tells them, and is not read here.
        if pet.birthday_year is None:
            return False
    elif (
        pet.birthday_day is not None
        or (pet.birthday_month is not None and precision != "month")
        or (pet.birthday_year is not None and precision == "unknown")
    ):
        # Stale.
        return False
    health = pet.health
    weight = health.latest_weight_kg if health is not None else None
    if weight is not None and not (weight.is_finite() and weight.adjusted() < _MOST_DIGITS):
        return False
    if pet.photo_url is not None and not pet.photo_url.startswith(WEB):
        return False
    for photo in pet.photos:
        for url in (photo.url, photo.thumb_url):
            if url is not None and not url.startswith(WEB):
                return False
    return True


PET = Form(Pet, _usual_pet)
PETS = Form(tuple[Pet, ...], _usual_pets)
SECTIONS = Form(Sections, _usual_sections)
