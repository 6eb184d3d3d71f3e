"""Texts and days as somebody said them: as the main app keeps them, or a question.

Days are understood in the person's time zone, and checked against the day the main app is in (trap 6).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta, timezone, tzinfo
from typing import Any

from django.conf import settings

from oauthbridge import connections
from petstools.answers import Clarification
from petstools.serializers.fields import Said
from petstools.tools.base import Call
from petstools.understand.birthday import Birthday, understand_birthday
from petstools.understand.dates import understand_date
from petstools.understand.day_context import OR_IN_FIGURES, Prefer
from petstools.understand.not_known import says_none, says_unknown
from petstools.understand.outcome import Unclear
from petstools.understand.person_day import accepted_by_main_app, person_zone, split_zone, time_ago, zone_name

# Where a day ends last, and where it begins first.
_LAST_ZONE, _FIRST_ZONE = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))


def text_said(value: Said | None) -> str | None:
    """What was said, in NFC (the same name typed on another keyboard is the same name) and trimmed; None for nothing."""
    if value is None or isinstance(value, bool):
        return None
    return unicodedata.normalize("NFC", str(value)).strip() or None


def known_text(value: Said | None) -> str | None:
    """The same, where "unknown", "n/a" and "none" are nothing too."""
    return None if says_unknown(value) or says_none(value) else text_said(value)


def in_zone(call: Call, time_zone: Said | None, pet_id: int | None) -> Call | Clarification:
    """The call, about this pet and in the zone that it says, which this connection remembers; or the question which zone is
    meant."""
    if time_zone is None:
        return call if call.pet_id == pet_id else replace(call, pet_id=pet_id)
    named = person_zone(time_zone, settings.DEFAULT_TIME_ZONE)
    if isinstance(named, Unclear):
        return Clarification.of(named)
    if call.signed_in is not None:
        connections.remember_time_zone(call.signed_in, zone_name(named))
    return replace(call, named_zone=named, pet_id=pet_id)


def day_said(
    call: Call, value: Said, *, field: str, prefer: Prefer = "past", anchor: date | None = None
) -> date | Clarification:
    """The day that a field names, counted from the person's today; a span to come from `anchor`, the day of the shot."""
    words, named = split_zone(value, call.now)
    ago = time_ago(words) if prefer == "past" else None

    def read(zone: tzinfo, *, month_first: bool) -> date | Unclear:
        today = call.now.astimezone(zone).date()
        if ago is not None:
            return (call.now - ago).astimezone(zone).date()
        return understand_date(
            words, today, field=field, prefer=prefer, anchor=anchor, zone=zone, month_first=month_first
        )

    # What is the same day, or the same question, everywhere on Earth needs nobody's zone.
    day = read(_LAST_ZONE, month_first=False)
    if day != read(_FIRST_ZONE, month_first=True):
        day = read(named or call.zone, month_first=call.month_first)
        for zone in [] if named else call.zones:
            other = read(zone, month_first=call.month_first)
            if other != day and isinstance(other, date) and isinstance(day, date):
                return _asked_where(field, sorted((day, other)))
    return Clarification.of(day) if isinstance(day, Unclear) else day


def _asked_where(field: str, days: list[date]) -> Clarification:
    """Their country has several clocks, and between these lies midnight."""
    return Clarification(
        reason="missing",
        message=f"Where this person's pets live it is already another day in one place than in another, so {field} may be either of "
        "two days. Ask in which city they are, and send its IANA time_zone (it is remembered), or send the day in figures.",
        missing_fields=["time_zone"],
        candidates=[{field: one.isoformat()} for one in days],
    )


def past_day_said(call: Call, value: Said, *, field: str, any_day: bool = False) -> date | Clarification:
    """The same for what has happened: a coming day is asked about, and so is a day that the main app does not take yet, which
    of weights takes `any_day` (contract §8.1, §8.2)."""
    day = day_said(call, value, field=field)
    if isinstance(day, Clarification):
        return day
    # Words may name a zone whose day has begun before the person's.
    _words, named = split_zone(value, call.now)
    if (named is None or day > call.now.astimezone(named).date()) and (
        question := asked_if_future(call, day, field=field)
    ):
        return question
    return day if any_day else (_asked_if_not_yet(call, day, field=field) or day)


def birthday_said(call: Call, fields: Mapping[str, Said], *, species_slug: str | None) -> Birthday | Unclear | None:
    """The birthday that the fields tell together (`understand_birthday`), in the person's zone."""
    values: dict[str, Any] = dict(fields)
    if all(map(_is_plain, fields.values())):
        # Whether it lies in the future, `asked_if_too_late` asks.
        return understand_birthday(**values, today=call.utc_day + timedelta(days=1), species_slug=species_slug)
    return understand_birthday(
        **values, today=call.today, zone=call.zone, month_first=call.month_first, species_slug=species_slug
    )


def asked_if_too_late(call: Call, day: date, *, field: str) -> Clarification | None:
    """Ask about a coming day, and about the person's today while the main app, whose day is UTC's, refuses it (contract §8.1)."""
    return asked_if_future(call, day, field=field) or _asked_if_not_yet(call, day, field=field)


def asked_if_future(call: Call, day: date, *, field: str) -> Clarification | None:
    """Ask about a day after the person's today."""
    # A day before UTC's has come everywhere, one after tomorrow's nowhere.
    ahead = (day - call.utc_day).days
    if ahead < 0 or (ahead <= 1 and day <= call.today):
        return None
    return Clarification(
        reason="future",
        message=f"{field} {day.isoformat()} lies in the future. {OR_IN_FIGURES}",
        missing_fields=[field],
    )


def _asked_if_not_yet(call: Call, day: date, *, field: str) -> Clarification | None:
    not_yet = accepted_by_main_app(day, call.now, call.zone) if day > call.utc_day else None
    if not_yet is None:
        return None
    return Clarification(
        reason="not_yet",
        message=f"Meo Mai Moi takes {day.isoformat()} only from {not_yet.accepted_from}, because its day is UTC's. Nothing was "
        f"saved. Ask the person: save it with {not_yet.yesterday.isoformat()}, or say it again after that hour?",
        missing_fields=[field],
        candidates=[{field: not_yet.yesterday.isoformat()}],
    )


# A birthday in figures is the same everywhere.
_PLAIN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and _PLAIN_DAY.fullmatch(value.strip()) is not None
