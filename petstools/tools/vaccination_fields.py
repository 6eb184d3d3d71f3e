"""A shot as the tools take and show it: its fields, how each is read from what was said, and what is asked about it (contract §8.4)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypedDict

from mainapp.records import Vaccination
from petstools.answers import Clarification
from petstools.serializers.fields import Said
from petstools.tools.base import Call
from petstools.tools.clarifications import missing
from petstools.tools.plausible import CONFIRM
from petstools.tools.records import already_exists, of_day
from petstools.tools.said import day_said, past_day_said, text_said
from petstools.tools.vaccine_history import TOO_NEAR
from petstools.tools.writing import wire
from petstools.understand.habit_words import yes_or_no
from petstools.understand.not_known import says_none, says_unknown
from petstools.understand.record_types import other_than_a_vaccine
from petstools.understand.text import quoted
from petstools.understand.vaccines import same_name, trouble_with

# No vaccine of a cat is repeated later than after three or four years; a slip in the year is likelier.
LONGEST_LASTING = timedelta(days=5 * 366)


class VaccinationSaid(TypedDict, total=False):
    """What may be said of a shot, as it came (the serializer `AddVaccinationRequest`)."""

    vaccine_name: Said
    administered_at: Said
    due_at: Said
    notes: Said


def shown_vaccination(call: Call, vaccination: Vaccination) -> dict[str, Any]:
    photo = vaccination.photo
    return {
        "id": vaccination.id,
        "pet_id": vaccination.pet_id,
        "vaccine_name": vaccination.vaccine_name,
        "administered_at": vaccination.administered_at.isoformat(),
        "due_at": vaccination.due_at.isoformat() if vaccination.due_at else None,
        "is_overdue": is_overdue(call, vaccination),
        "completed_at": vaccination.completed_on.isoformat() if vaccination.completed_on else None,
        "notes": vaccination.notes,
        "photo_url": (photo.thumb_url or photo.url) if photo else vaccination.photo_url,
        **({"photo_id": photo.id} if photo else {}),
    }


def is_overdue(call: Call, vaccination: Vaccination) -> bool:
    """The main app's rule (contract §14.3) on the person's day: its own word is of UTC's."""
    if vaccination.completed_on is not None or vaccination.due_at is None:
        return False
    # Nobody's day is more than one away from UTC's: mostly it need not be known.
    if abs((vaccination.due_at - call.utc_day).days) > 1:
        return vaccination.due_at < call.utc_day
    return vaccination.due_at < call.today


def fields_of(vaccination: Vaccination) -> dict[str, Any]:
    """As the tools take them."""
    return {
        "vaccine_name": vaccination.vaccine_name,
        "administered_at": vaccination.administered_at.isoformat(),
        "due_at": vaccination.due_at.isoformat() if vaccination.due_at else None,
        "notes": vaccination.notes,
    }


# --- What was said -------------------------------------------------------------------------------


def vaccine_said(said: Said | None, *, again: bool = False) -> str | Clarification:
    """The vaccine's name as said; "unknown", "yes", "2" and "mũi 2" are none. again: as it was, or as the person wants it."""
    name = text_said(said)
    is_name = name and any(map(str.isalpha, name)) and not says_unknown(name) and yes_or_no(name) is None
    trouble = trouble_with(name) if name and is_name and not again else None
    if name and is_name and trouble is None:
        return (not again and _asked_if_a_vaccine(name)) or name
    if trouble == "not_done":
        return Clarification(
            reason="ambiguous",
            message=f"{quoted(name)} does not say that this vaccine was given. Nothing was saved. Not given: there is nothing to "
            "record, tell the person so. If their words leave no doubt, send its name alone; else ask.",
            missing_fields=["vaccine_name"],
        )
    return missing(
        "vaccine_name",
        "Ask the person which vaccine it was (vaccine_name)."
        + (f" If nobody knows, send what is known of it: 'a shot from the shelter'. {CONFIRM}" if name else ""),
    )


def _asked_if_a_vaccine(name: str) -> Clarification | None:
    """The question about what is certainly none: a deworming, a surgery, a chip."""
    kind = other_than_a_vaccine(name)
    if kind is None:
        return None
    return Clarification(
        reason="ambiguous",
        message=f"{quoted(name)} is no vaccine, and would be missed where it belongs. Nothing was saved. Record it with {kind}, or "
        f"send the vaccine's name. {CONFIRM}",
        missing_fields=["vaccine_name"],
    )


def day_given(call: Call, said: Said | None) -> date | Clarification:
    if said is None:
        return missing("administered_at", "Ask the person on which day it was given (administered_at).")
    return past_day_said(call, said, field="administered_at")


def day_due(
    call: Call, said: Said | None, day: date | Clarification, *, again: bool = False
) -> date | Clarification | None:
    """The day the next one is due, a span counted from the `day` it was given; a question too where that can hardly be."""
    if said is None or says_unknown(said) or says_none(said):
        return None
    if isinstance(day, Clarification):
        # Asked about at once, if no day could make it one.
        due = day_said(call, said, field="due_at", prefer="future", anchor=call.utc_day)
        return due if isinstance(due, Clarification) else None
    due = day_said(call, said, field="due_at", prefer="future", anchor=day)
    return due if isinstance(due, Clarification) else (due_unlikely(day, due, again=again) or due)


def body_of(**fields: date | str | None) -> dict[str, Any]:
    return {name: wire(value) for name, value in fields.items() if value is not None}


# --- What is stored ------------------------------------------------------------------------------


def given_on(call: Call, pet_id: int, day: date) -> Iterator[Vaccination]:
    """Those given on that day, completed ones too."""
    return of_day(call.client.vaccinations, pet_id, day, lambda one: one.administered_at, status="all")


def there_already(call: Call, pet_id: int, name: str, day: date) -> Vaccination | None:
    return next((one for one in given_on(call, pet_id, day) if one.vaccine_name == name), None)


def stored_body(vaccination: Vaccination) -> dict[str, Any]:
    """What would write it anew."""
    return body_of(**fields_of(vaccination))


# --- Questions -----------------------------------------------------------------------------------


def asked_if_same_shot(call: Call, shots: Sequence[Vaccination], name: str, day: date) -> Clarification | None:
    """The question where one of these shots of the same vaccine lies so near that it is probably this one, told otherwise."""
    near = next((one for one in shots if abs(one.administered_at - day) < TOO_NEAR), None)
    if near is None or (near.vaccine_name == name and near.administered_at == day):
        return None
    if near.administered_at == day and same_name(near.vaccine_name, name):
        return taken(call, near)
    return already_exists(
        f"{near.vaccine_name} of {near.administered_at.isoformat()} (the candidate) is probably this shot: the same vaccine, and "
        f"two of one are never so near. Nothing was saved. Ask the person. The same: it is there already; correct it with "
        f"update_vaccination if needed. {CONFIRM}",
        "vaccine_name" if near.administered_at == day else "administered_at",
        shown_vaccination(call, near),
    )


def asked_if_booster(call: Call, old: Vaccination, name: str) -> Clarification:
    return Clarification(
        reason="perhaps_booster",
        message=f"{old.vaccine_name} of {old.administered_at.isoformat()} (the candidate) is open, and {quoted(name)} is the same "
        "vaccine by another name. Nothing was saved. Unless the person's words leave no doubt, ask whether this is its booster. It "
        "is: call renew_vaccination with the candidate's id. Another vaccine: send the same call again with again: true.",
        missing_fields=["vaccine_name"],
        candidates=[shown_vaccination(call, old)],
    )


def due_unlikely(day: date, due: date, *, again: bool) -> Clarification | None:
    """The question about a day due before or on the day of the shot, which would be overdue at once, or further than any lasts."""
    if due - day > LONGEST_LASTING and not again:
        return Clarification(
            reason="implausible",
            message=f"The next one would be due on {due.isoformat()}, {(due - day).days // 365} years after this one "
            f"({day.isoformat()}); hardly any lasts so long. Nothing was saved. Look at the year again, or ask when it is due. "
            f"{CONFIRM}",
            missing_fields=["due_at"],
        )
    if due > day:
        return None
    when = "before this one was given" if due < day else "the very day on which this one was given"
    return Clarification(
        reason="contradiction",
        message=f"The next one would be due on {due.isoformat()}, {when} ({day.isoformat()}). Nothing was saved. If the person's "
        "words leave no doubt, send both days in figures (YYYY-MM-DD); else ask which of the two is wrong.",
        missing_fields=["administered_at", "due_at"],
    )


def taken(call: Call, there: Vaccination) -> Clarification:
    """One vaccination of a name and day is the main app's rule (422 on `administered_at`)."""
    renewed = (
        " It has been renewed and does not count now: if that was wrong, call update_vaccination with its id and wrong_renewal_id (0 "
        "where the renewal is deleted)."
        if there.completed_on is not None
        else ""
    )
    return already_exists(
        f"{there.vaccine_name} on {there.administered_at.isoformat()} is recorded already (the candidate), and Meo Mai Moi keeps one "
        "of a name a day. Nothing was saved. Tell the person. If the candidate's other fields are wrong, call update_vaccination "
        f"with its id; if another day or vaccine was meant, ask which.{renewed}",
        "administered_at",
        shown_vaccination(call, there),
    )
