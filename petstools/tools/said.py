"""Texts and days as somebody said them: as the main app keeps them, or a question.

Days are understood in the person's time zone, and checked against the day the main app is in (trap 6).
"""

import unicodedata
from datetime import date

from django.conf import settings

from petstools.answers import Clarification
from petstools.serializers.fields import Said
from petstools.tools.base import Call
from petstools.understand.dates import understand_date
from petstools.understand.day_context import Prefer
from petstools.understand.outcome import Unclear
from petstools.understand.person_day import accepted_by_main_app, person_today, person_zone


def text_said(value: Said | None) -> str | None:
    """What was said, in NFC (the same name typed on another keyboard is the same name) and trimmed; None for nothing."""
    if value is None or isinstance(value, bool):
        return None
    return unicodedata.normalize("NFC", str(value)).strip() or None


def day_said(
    call: Call, value: Said, *, field: str, time_zone: Said | None = None, prefer: Prefer = "past"
) -> date | Clarification:
    """The day that a field names, counted from the person's today."""
    today = person_today(time_zone, settings.DEFAULT_TIME_ZONE, call.now)
    if isinstance(today, Unclear):
        return Clarification.of(today)
    day = understand_date(value, today, field=field, prefer=prefer)
    return Clarification.of(day) if isinstance(day, Unclear) else day


def past_day_said(call: Call, value: Said, *, field: str, time_zone: Said | None = None) -> date | Clarification:
    """The same for what has happened: a coming day is asked about, and so is a day that the main app does not take yet."""
    day = day_said(call, value, field=field, time_zone=time_zone)
    if isinstance(day, Clarification):
        return day
    return asked_if_too_late(call, day, field=field, time_zone=time_zone) or day


def asked_if_too_late(call: Call, day: date, *, field: str, time_zone: Said | None = None) -> Clarification | None:
    """Ask about a coming day, and about the person's today while the main app, whose day is UTC's, refuses it (contract §8.1)."""
    if question := asked_if_future(call, day, field=field, time_zone=time_zone):
        return question
    zone = person_zone(time_zone, settings.DEFAULT_TIME_ZONE)
    not_yet = None if isinstance(zone, Unclear) else accepted_by_main_app(day, call.now, zone)
    if not_yet is None:
        return None
    return Clarification(
        reason="not_yet",
        message=f"Meo Mai Moi takes {day.isoformat()} only from {not_yet.accepted_from}, because its day is UTC's. Nothing was "
        f"saved. Ask the person: save it with {not_yet.yesterday.isoformat()}, or say it again after that hour?",
        missing_fields=[field],
        candidates=[{field: not_yet.yesterday.isoformat()}],
    )


def asked_if_future(call: Call, day: date, *, field: str, time_zone: Said | None = None) -> Clarification | None:
    """Ask about a day after the person's today. Enough for weights alone, of which the main app takes any day (contract §8.2)."""
    today = person_today(time_zone, settings.DEFAULT_TIME_ZONE, call.now)
    if isinstance(today, Unclear) or day <= today:
        return None
    return Clarification(
        reason="future",
        message=f"{field} {day.isoformat()} lies in the future. Ask the person which day it was.",
        missing_fields=[field],
    )
