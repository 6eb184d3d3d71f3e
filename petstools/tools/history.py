"""What has happened, of one pet or of all, newest first, and how the weights went: one call where lists would take several.

The main app lists a pet's records of one kind, 25 a page (contract §8.1), and each request counts in the person's day (§2.2): so what
the list of pets already tells is not asked for, nothing is read beyond the first day wanted, and a call reads `MOST_LISTS` pages.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from mainapp.errors import FeatureNotAvailable, Forbidden, MainAppError
from mainapp.records import MedicalRecord, Microchip, Page, Pet, Vaccination, Weight
from petstools import pet_types
from petstools.answers import Answer, Clarification, Done
from petstools.serializers import history as forms
from petstools.serializers.fields import Said
from petstools.tools.base import READS, Call, tool
from petstools.tools.clarifications import ask_together
from petstools.tools.fan_out import fetch_each
from petstools.tools.pets import own_and_shared
from petstools.tools.presentation import LIST_TEXT, cut, name_of_others, paged
from petstools.tools.said import day_said, text_said
from petstools.tools.vaccination_fields import is_overdue
from petstools.tools.which_pet import PetWithRole, pet_said
from petstools.understand.outcome import Unclear
from petstools.understand.record_types import RecordType, understand_record_type
from petstools.understand.text import fold, quoted, stem, words
from petstools.understand.vaccines import names_vaccine, same_vaccine

Kind = Literal["weight", "vaccination", "medical_record", "microchip"]
Record = Weight | Vaccination | MedicalRecord | Microchip

KINDS: tuple[Kind, ...] = ("weight", "vaccination", "medical_record", "microchip")
PAGE_SIZE = 30
MOST_LISTS = 120
# Less than this says nothing about a month.
LEAST_DAYS_OF_A_TREND = 14
DAYS_OF_A_MONTH = Decimal("30.44")

_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d{1,2}))?")


@dataclass(slots=True)
class _List:
    """One pet's records of one kind, as far as they were read."""

    pet: Pet
    name: str
    kind: Kind
    records: list[Record] = field(default_factory=list)
    last_page: int = 1
    error: MainAppError | None = None
    cut: bool = False


@tool(
    "See what happened: one pet or all",
    "Call this for what happened in a time, a summary for the vet, the last or first of something ('when was each cat dewormed?'), how "
    "the weight went (first, last, least, most, change). Without a pet: all of them. Each record has its id, to change or delete it.",
    facts="What happened to one pet or all, newest first, with ids, and how weights went.",
    request=forms.HistoryRequest,
    answer=forms.HistoryAnswer,
    scopes=("pets:read", "health:read", "microchips:read"),
    hints=READS,
)
def pet_history(
    call: Call,
    *,
    pet_id: int | None = None,
    pet_name: Said | None = None,
    kinds: Sequence[str] = (),
    about: Said | None = None,
    latest: bool = False,
    since: Said | None = None,
    until: Said | None = None,
    page: int = 1,
) -> Answer:
    first, last = _bound(call, since, "since"), _bound(call, until, "until")
    chosen = _chosen(call, pet_id, pet_name)
    if isinstance(first, Clarification) or isinstance(last, Clarification):
        return ask_together(first, last)
    if isinstance(chosen, Clarification):
        return chosen
    if first is not None and last is not None and first > last:
        first, last = last, first
    word = text_said(about)
    notes: list[str] = []
    named = pet_id is not None or pet_name is not None
    lists = _lists(call, chosen, _kinds(kinds, word), first, notes, named=named)
    fits = _About(word)
    _read(call, lists, first, enough=lambda one: latest and any(map(fits.certain, one.records)))
    notes += _not_read(lists)
    matching = [(one, record) for one in lists for record in one.records if _is_within(_day(record), first, last)]
    within, matching = matching, fits.of(matching)
    if within and not matching:
        # "Never vaccinated" would be more than is known: the word may be another one there.
        notes.append(f"Records are there, but none that says {quoted(word or '')}; without about they are shown.")
    weights = [summary for one in lists if one.kind == "weight" and (summary := _summary(one, matching))]
    if latest:
        matching = _newest(matching)
    matching.sort(key=lambda one: (_day(one[1]) or date.min, one[1].id), reverse=True)
    shown = [_shown(call, one, record) for one, record in matching[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
    with_records = {one.pet.id for one, _record in matching}
    nothing = dict.fromkeys(one.name for one in lists if one.error is None and one.pet.id not in with_records)
    return Done(
        {
            **paged("records", shown, page=page, total=len(matching), more=len(matching) > page * PAGE_SIZE),
            "weights": weights,
            "nothing_of": list(nothing),
            "incomplete": any(one.error is not None or one.cut for one in lists),
            **({"note": " ".join(notes)} if notes else {}),
        }
    )


# --- Which, and since when -----------------------------------------------------------------------


def _chosen(call: Call, pet_id: int | None, pet_name: Said | None) -> list[PetWithRole] | Clarification:
    if pet_id is None and pet_name is None:
        return own_and_shared(call)
    one = pet_said(call, pet_id, pet_name)
    return one if isinstance(one, Clarification) else [one]


def _kinds(kinds: Sequence[str], about: str | None) -> tuple[Kind, ...]:
    """What was asked for, in our order; a word for what it was about is one of a vaccine or of a visit."""
    wanted = tuple(kind for kind in KINDS if kind in kinds)
    return wanted or (("vaccination", "medical_record") if about else KINDS)


def _bound(call: Call, value: Said | None, name: Literal["since", "until"]) -> date | Clarification | None:
    """The day; of a year or month its first or last. What can be read one way only is taken: nothing is written by it."""
    if value is None:
        return None
    whole = _YEAR_OR_MONTH.fullmatch(str(value).strip())
    if whole is not None and 1 <= int(whole[1]) <= 9999 and 1 <= int(whole[2] or 1) <= 12:
        year, month = int(whole[1]), int(whole[2] or (1 if name == "since" else 12))
        return date(year, month, 1 if name == "since" else monthrange(year, month)[1])
    day = day_said(call, value, field=name)
    if isinstance(day, Clarification) and len(day.candidates) == 1:
        return date.fromisoformat(str(day.candidates[0][name]))
    return day


def _lists(
    call: Call,
    chosen: Iterable[PetWithRole],
    kinds: tuple[Kind, ...],
    first: date | None,
    notes: list[str],
    *,
    named: bool,
) -> list[_List]:
    """What has to be read, at most `MOST_LISTS`; what can't be is told."""
    lists: list[_List] = []
    left_out: list[str] = []
    died = 0
    for pet, role in chosen:
        name = pet.name if role == "owner" else name_of_others(pet.name)
        if pet.status == "deceased" and not named:
            died += 1
            continue
        kind = pet.pet_type or pet_types.type_of(call.client, pet)
        kept = kind.keeps if kind else []
        may_read = pet.permissions.can_edit if pet.permissions else role == "owner"
        possible = [one for one in kinds if _many(one) in kept]
        readable = [one for one in possible if may_read or one == "microchip"]
        if named and len(possible) < len(kinds) and not readable:
            notes.append(f"Meo Mai Moi keeps no {' and no '.join(map(_plain, kinds))} for {name}.")
        elif named and len(readable) < len(possible):
            notes.append(f"This person may see no health records of {name}; its owner or an editor can.")
        wanted = [one for one in readable if not _has_none(pet, one, first)]
        if len(lists) + len(wanted) > MOST_LISTS:
            left_out.append(name)
        else:
            lists += [_List(pet, name, one) for one in wanted]
    if left_out:
        notes.append(
            f"Too many for one call: nothing was read of {', '.join(left_out)}. Call again with fewer kinds, or with one pet."
        )
    if died:
        notes.append("Pets that have died are left out; name one to see its records.")
    return lists


def _has_none(pet: Pet, kind: Kind, first: date | None) -> bool:
    """Whether the list of pets already tells that there is nothing."""
    if kind != "weight" or pet.health is None:
        return False
    newest = pet.health.latest_weight_on
    return newest is None or (first is not None and newest < first)


# --- Reading -------------------------------------------------------------------------------------


def _read(call: Call, lists: list[_List], first: date | None, *, enough: Callable[[_List], bool]) -> None:
    """The first page of each, then the others that are needed, side by side. Raises MainAppError where nothing could be read."""
    keyed = dict(enumerate(lists))
    for number, page in fetch_each(keyed, lambda number: _page(call, keyed[number], 1)).items():
        _take(keyed[number], page)
    if lists and all(one.error is not None for one in lists):
        raise next(one.error for one in lists if one.error is not None)
    more: list[tuple[int, int]] = []
    for number, one in keyed.items():
        oldest = _day(one.records[-1]) if one.records else None
        if one.last_page > 1 and not enough(one) and not (first and oldest and oldest < first):
            room = max(0, MOST_LISTS - len(lists) - len(more))
            one.cut = one.last_page - 1 > room
            more += [(number, page) for page in range(2, min(one.last_page, room + 1) + 1)]
    results = fetch_each(more, lambda key: _page(call, keyed[key[0]], key[1]))
    for number, page_number in more:
        _take(keyed[number], results[number, page_number])


def _page(call: Call, one: _List, page: int) -> Page[Any]:
    if one.kind == "vaccination":
        return call.client.vaccinations.list(one.pet.id, page, status="all")
    resources = {
        "weight": call.client.weights,
        "medical_record": call.client.medical_records,
        "microchip": call.client.microchips,
    }
    return resources[one.kind].list(one.pet.id, page)  # type: ignore[attr-defined, no-any-return]


def _take(one: _List, page: Page[Any] | MainAppError) -> None:
    if isinstance(page, FeatureNotAvailable):
        # A main app of another version keeps them for other kinds of animals.
        return
    if isinstance(page, MainAppError):
        one.error = page
        return
    known = {record.id for record in one.records}
    one.records += [record for record in page.items if record.id not in known]
    one.last_page = page.last_page


def _not_read(lists: Iterable[_List]) -> list[str]:
    away = dict.fromkeys(one.name for one in lists if one.error is not None and not isinstance(one.error, Forbidden))
    hidden = dict.fromkeys(one.name for one in lists if isinstance(one.error, Forbidden))
    cut_off = dict.fromkeys(one.name for one in lists if one.cut)
    return [
        *([f"Not all could be read of {', '.join(away)}: say so, or call again later."] if away else []),
        *([f"This person may not see the records of {', '.join(hidden)}."] if hidden else []),
        *(
            [f"There is more of {', '.join(cut_off)} than one call reads; narrow it with since and kinds."]
            if cut_off
            else []
        ),
    ]


# --- What fits -----------------------------------------------------------------------------------


class _About:
    """What was asked about: a word for a vaccine or for a kind of visit, however it is stored."""

    def __init__(self, word: str | None) -> None:
        self._word = word
        kind = understand_record_type(word) if word else None
        self._type = kind.record_type if isinstance(kind, RecordType) and kind.record_type != "other" else None
        # A plain name of a type ("deworming") is all that is said.
        self._plain = self._type is not None and isinstance(kind, RecordType) and kind.said is None
        # "vaccinations", and none of them by name.
        self._any_vaccine = (
            word is not None
            and isinstance(kind, Unclear)
            and kind.reason == "vaccination_record"
            and not names_vaccine(word)
        )
        self._words = _stems(word or "")

    def certain(self, record: Record) -> bool:
        """Whether it is about this by its own words."""
        if self._word is None or isinstance(record, Weight | Microchip):
            return True
        if isinstance(record, Vaccination):
            return same_vaccine(record.vaccine_name, self._word) or self._named_in(record.vaccine_name, record.notes)
        if self._plain and self._of_type(record):
            return True
        return self._named_in(record.record_type, record.description, record.vet_name)

    def of(self, records: list[tuple[_List, Record]]) -> list[tuple[_List, Record]]:
        """Those that are certain; where there are none, those of the kind that the word belongs to (УЗИ → test)."""
        certain = [one for one in records if self.certain(one[1])]
        if self._word is None or any(isinstance(one[1], Vaccination | MedicalRecord) for one in certain):
            return certain
        return [one for one in records if self.certain(one[1]) or self._likely(one[1])]

    def _likely(self, record: Record) -> bool:
        if isinstance(record, Vaccination):
            return self._any_vaccine
        return isinstance(record, MedicalRecord) and self._of_type(record)

    def _of_type(self, record: MedicalRecord) -> bool:
        stored = understand_record_type(record.record_type)
        return self._type is not None and self._type in (
            record.record_type,
            stored.record_type if isinstance(stored, RecordType) else None,
        )

    def _named_in(self, *texts: str | None) -> bool:
        return bool(self._words) and self._words <= _stems(" ".join(text for text in texts if text))


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(fold(text))}


def _day(record: Record) -> date | None:
    if isinstance(record, Vaccination):
        return record.administered_at
    return record.implanted_at if isinstance(record, Microchip) else record.record_date


def _is_within(day: date | None, first: date | None, last: date | None) -> bool:
    if day is None:
        return first is None and last is None
    return (first is None or first <= day) and (last is None or day <= last)


def _newest(records: list[tuple[_List, Record]]) -> list[tuple[_List, Record]]:
    """Of each pet and kind the newest."""
    newest: dict[tuple[int, Kind], tuple[_List, Record]] = {}
    for one, record in records:
        key = (one.pet.id, one.kind)
        if key not in newest or (_day(record) or date.min) > (_day(newest[key][1]) or date.min):
            newest[key] = (one, record)
    return list(newest.values())


# --- How it is shown -----------------------------------------------------------------------------


def _summary(one: _List, records: Iterable[tuple[_List, Record]]) -> dict[str, Any] | None:
    weights = [record for of, record in records if of is one and isinstance(record, Weight)]
    if not weights:
        return None
    by_day = sorted(weights, key=lambda weight: weight.record_date)
    first, last = by_day[0], by_day[-1]
    least, most = min(by_day, key=lambda weight: weight.weight_kg), max(by_day, key=lambda weight: weight.weight_kg)
    shown: dict[str, Any] = {"pet_id": one.pet.id, "pet_name": one.name, "n": len(weights)}
    for name, weight in (("first", first), ("last", last), ("least", least), ("most", most)):
        shown |= {f"{name}_kg": float(weight.weight_kg), f"{name}_on": weight.record_date.isoformat()}
    days = (last.record_date - first.record_date).days
    change = last.weight_kg - first.weight_kg
    if days:
        shown["change_kg"] = float(change)
    if days >= LEAST_DAYS_OF_A_TREND:
        shown["change_kg_per_month"] = float(round(change / days * DAYS_OF_A_MONTH, 3))
    return shown


def _shown(call: Call, one: _List, record: Record) -> dict[str, Any]:
    """A record without what is not known of it."""
    day = _day(record)
    own: dict[str, Any]
    if isinstance(record, Weight):
        own = {"weight_kg": float(record.weight_kg)}
    elif isinstance(record, Vaccination):
        own = {
            "vaccine_name": record.vaccine_name,
            "due_at": record.due_at.isoformat() if record.due_at else None,
            "is_overdue": is_overdue(call, record) or None,
            "completed": record.completed_on is not None or None,
            "text": cut(record.notes, LIST_TEXT),
        }
    elif isinstance(record, MedicalRecord):
        own = {
            "record_type": record.record_type,
            "text": cut(record.description, LIST_TEXT),
            "vet_name": record.vet_name,
            "photo_count": len(record.photos) or None,
        }
    else:
        own = {"chip_number": record.chip_number, "issuer": record.issuer}
    entered = _entered(call, record)
    shown = {
        "kind": one.kind,
        "id": record.id,
        "pet_id": one.pet.id,
        "pet_name": one.name,
        "day": day.isoformat() if day else None,
        **own,
        "entered_at": entered.isoformat() if entered and entered != day else None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _entered(call: Call, record: Record) -> date | None:
    """The person's day when it was entered; by whom, the main app does not tell (contract §8)."""
    try:
        moment = datetime.fromisoformat(record.created_at or "")
    except ValueError:
        return None
    return moment.astimezone(call.zone).date() if moment.tzinfo else moment.date()


def _many(kind: Kind) -> str:
    return f"{kind}s"


def _plain(kind: Kind) -> str:
    return _many(kind).replace("_", " ")
