"""All pets at one look: who is due next, whose birthday is next, how are they all.

The daily quota is shared with the person's own browser (contract §2.2), so a pet's records are read only when the question needs
them and the list's own summary does not already answer it.
"""

import base64
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.core.cache import cache

from mainapp.errors import FeatureNotAvailable, Forbidden, MainAppError
from mainapp.records import Pet, Vaccination, Weight
from oauthbridge.tokens import CannotDecrypt, Sealed, keyring
from petstools import pet_types
from petstools.answers import Answer, Clarification, Done
from petstools.serializers import overview as forms
from petstools.serializers.fields import Said
from petstools.tools.base import READS, Call, tool
from petstools.tools.fan_out import fetch_each
from petstools.tools.pets import nobody_called, own_and_shared, shown_pet
from petstools.tools.presentation import cut, paged
from petstools.tools.vaccination_fields import is_overdue
from petstools.tools.weights import shown_weight
from petstools.understand.outcome import Unclear
from petstools.understand.pet_names import rank
from petstools.understand.species import understand_species

SortBy = Literal["name", "next_vaccination_due_at", "next_birthday_at"]
# Together they keep the fullest page under ChatGPT's 100,000 characters (actions.md).
PAGE_SIZE = 25
MOST_VACCINATIONS_SHOWN = 8
LONGEST_NAME_SHOWN = 80
RECENT_WEIGHTS = 5
# The list's own summary calls a vaccination "due soon" within this many days (contract §6.2).
SOON_DAYS = 30
# How long the pages after the first one are kept.
KEPT_SECONDS = 120
# 200 vaccinations of one pet that are not completed: beyond that, somebody is testing.
MOST_PAGES = 8

_NOT_ASKED, _COMPLETE, _UNAVAILABLE, _NOT_ALLOWED = "not_needed", "complete", "unavailable", "not_allowed"


@dataclass(slots=True)
class _Row:
    """One pet, and what was read of its vaccinations so far."""

    pet: Pet
    shown: dict[str, Any]
    details: str = _NOT_ASKED
    vaccinations: Sequence[Vaccination] = ()
    overdue: list[Vaccination] = field(default_factory=list)
    coming: list[Vaccination] = field(default_factory=list)
    weights: Sequence[Weight] | None = None

    def take(self, call: Call, vaccinations: Sequence[Vaccination]) -> None:
        self.details = _COMPLETE
        self.vaccinations = sorted(vaccinations, key=lambda one: (one.due_at or date.max, one.id))
        dated = [one for one in self.vaccinations if one.due_at is not None]
        self.overdue = [one for one in dated if is_overdue(call, one)]
        self.coming = [one for one in dated if not is_overdue(call, one)]

    @property
    def next_due(self) -> date | None:
        return self.coming[0].due_at if self.coming else None

    @property
    def overdue_since(self) -> date | None:
        return self.overdue[0].due_at if self.overdue else None


@tool(
    "See how all pets are doing",
    "Call this for questions over several pets: who is due for a vaccination next, which are overdue, whose birthday is "
    "next, how are they all. Send only the filters that the question needs. Say overdue ones first.",
    facts="Several pets at once: vaccinations due and overdue, birthdays, newest weights; filtered and sorted.",
    request=forms.OverviewRequest,
    answer=forms.OverviewAnswer,
    scopes=("pets:read", "health:read"),
    hints=READS,
)
def pets_overview(
    call: Call,
    *,
    species: Said | None = None,
    name: Said | None = None,
    only_with_upcoming_vaccination: bool = False,
    only_overdue: bool = False,
    due_within_days: int | None = None,
    include_deceased: bool = False,
    include_weights: bool = False,
    sort_by: SortBy = "name",
    order: Literal["asc", "desc"] = "asc",
    page: int = 1,
) -> Answer:
    query = [
        species,
        name,
        only_with_upcoming_vaccination,
        only_overdue,
        due_within_days,
        include_deceased,
        sort_by,
        order,
    ]
    pages = None if include_weights else _Pages(call, query)
    if page > 1 and pages is not None and (kept := pages.of(page)) is not None:
        return Done(kept)
    chosen = _chosen(call, species, name, include_deceased=include_deceased)
    if isinstance(chosen, Clarification):
        return chosen
    rows = [_Row(pet, shown_pet(call, pet, role=role)) for pet, role in chosen]
    filters = only_with_upcoming_vaccination or only_overdue or due_within_days is not None
    if filters or sort_by == "next_vaccination_due_at":
        _read_vaccinations(call, [row for row in rows if _may_matter(call, row.pet, only_overdue, due_within_days)])
    if filters:
        rows = [row for row in rows if _fits(call, row, only_with_upcoming_vaccination, only_overdue, due_within_days)]
    rows = _sorted(rows, sort_by, descending=order == "desc")
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    # A question about birthdays is answered by the list alone.
    if sort_by != "next_birthday_at" or filters:
        _read_vaccinations(call, [row for row in shown if _is_unread(call, row)])
    if include_weights:
        _read_weights(call, shown)
    incomplete = any(row.details == _UNAVAILABLE for row in rows) or (
        include_weights and any(row.weights is None for row in shown)
    )
    if pages is not None and not any(_is_unread(call, row) for row in rows):
        pages.keep(page, rows, incomplete=incomplete)
    return Done(_page(call, rows, page, incomplete=incomplete, include_weights=include_weights))


def _page(
    call: Call, rows: Sequence[_Row], page: int, *, incomplete: bool, include_weights: bool = False
) -> dict[str, Any]:
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    pets = [_shown_row(call, row, include_weights=include_weights) for row in shown]
    more = len(rows) > page * PAGE_SIZE
    return {**paged("pets", pets, page=page, total=len(rows), more=more), "incomplete": incomplete}


class _Pages:
    """The pages after the first of one question, for the minutes in which a person turns them.

    An order by due days needs the vaccinations of all pets: sixty cats would cost 183 requests of the day's quota over three pages.
    Sealed for the connection, so that what is in the cache tells nothing; a page's answer is as old as the first page's.
    """

    def __init__(self, call: Call, query: Sequence[Any]) -> None:
        self._call = call
        # The person's day is not asked for here: it would be told before their pets' countries are known.
        about = json.dumps([*map(str, query), call.language, str(call.named_zone), call.connection.time_zone])
        self._question = uuid.uuid5(call.connection.pk, f"petstools.overview {about}")

    def of(self, page: int) -> dict[str, Any] | None:
        held = cache.get(self._key(page))
        if not isinstance(held, list):
            return None
        try:
            key_id, text = held
            kept = keyring().open_text(Sealed(key_id, base64.b64decode(text)), self._key(page))
        except (CannotDecrypt, ValueError, TypeError):
            return None
        answer: dict[str, Any] = json.loads(kept)
        return answer

    def keep(self, page: int, rows: Sequence[_Row], *, incomplete: bool) -> None:
        """The pages after this one, in one trip; what could not be read shall be asked for again."""
        if incomplete:
            return
        last = -(-len(rows) // PAGE_SIZE)
        sealed = {}
        for later in range(page + 1, last + 1):
            text = json.dumps(_page(self._call, rows, later, incomplete=False) | self._call.day_used, default=str)
            one = keyring().seal_text(text, self._key(later))
            sealed[self._key(later)] = [one.key_id, base64.b64encode(one.data).decode()]
        if sealed:
            cache.set_many(sealed, KEPT_SECONDS)

    def _key(self, page: int) -> str:
        return f"overview:1:{self._question}:{page}"


def _chosen(
    call: Call, species: Said | None, name: Said | None, *, include_deceased: bool
) -> list[tuple[Pet, str]] | Clarification:
    pets = own_and_shared(call)
    chosen = [(pet, role) for pet, role in pets if include_deceased or pet.status != "deceased"]
    if species is not None:
        kind = understand_species(species, pet_types.pet_types(call.client))
        if isinstance(kind, Unclear):
            return Clarification.of(kind)
        chosen = [(pet, role) for pet, role in chosen if pet_types.is_of_type(pet, kind)]
    if name is not None:
        ranking = rank(name, [pet.name for pet, _role in chosen])
        if not ranking.matches:
            return nobody_called(call, pets, [chosen[hit.index] for hit in ranking.suggestions])
        chosen = [chosen[hit.index] for hit in ranking.matches]
    return chosen


def _may_matter(call: Call, pet: Pet, only_overdue: bool, due_within_days: int | None) -> bool:
    """Whether this pet's vaccinations can change the answer, by the summary that came with the list (None before v1.11.0)."""
    if pet.status == "deceased":
        return False
    if pet.health is None:
        return True
    wanted = {"overdue", "due_soon", "up_to_date"}
    if only_overdue:
        # What is overdue by the person's day may be due today by UTC's.
        wanted = {"overdue"} if call.today <= call.utc_day else {"overdue", "due_soon"}
    elif due_within_days is not None and due_within_days <= SOON_DAYS - 1:
        # One day less: the person's today may be a day ahead of the main app's.
        wanted = {"overdue", "due_soon"}
    return pet.health.vaccination_status in wanted


def _is_unread(call: Call, row: _Row) -> bool:
    return row.details == _NOT_ASKED and _may_matter(call, row.pet, False, None)


def _read_vaccinations(call: Call, rows: Sequence[_Row]) -> None:
    allowed = [row for row in rows if row.shown["can_edit"]]
    for row in rows:
        if not row.shown["can_edit"]:
            row.details = _NOT_ALLOWED
    results = fetch_each([row.pet.id for row in allowed], lambda pet_id: _all_vaccinations(call, pet_id))
    for row in allowed:
        result = results[row.pet.id]
        if isinstance(result, FeatureNotAvailable):
            # Before v1.11.0 the list does not tell that this kind of animal has none.
            row.take(call, ())
        elif isinstance(result, MainAppError):
            row.details = _NOT_ALLOWED if isinstance(result, Forbidden) else _UNAVAILABLE
        else:
            row.take(call, result)


def _all_vaccinations(call: Call, pet_id: int) -> list[Vaccination]:
    """Those that are not completed, all pages of them (contract §8.4: the list's default status)."""
    first = call.client.vaccinations.list(pet_id)
    vaccinations = list(first.items)
    for page in range(2, min(first.last_page, MOST_PAGES) + 1):
        vaccinations += call.client.vaccinations.list(pet_id, page).items
    return [one for one in vaccinations if one.completed_on is None]


def _read_weights(call: Call, rows: Sequence[_Row]) -> None:
    weighed = [
        row
        for row in rows
        if row.shown["can_edit"] and (row.pet.health is None or row.pet.health.latest_weight_on is not None)
    ]
    results = fetch_each([row.pet.id for row in weighed], lambda pet_id: call.client.weights.list(pet_id).items)
    for row in rows:
        result = results.get(row.pet.id, ())
        if isinstance(result, FeatureNotAvailable):
            result = ()
        row.weights = None if isinstance(result, MainAppError) else result[:RECENT_WEIGHTS]


def _fits(call: Call, row: _Row, upcoming: bool, overdue: bool, within: int | None) -> bool:
    """A pet that could not be read stays in, marked: leaving it out would say that nothing is due. So does one that the person
    may not read, where the list's summary says that something is."""
    if row.details == _UNAVAILABLE or (row.details == _NOT_ALLOWED and row.pet.health is not None):
        return True
    if upcoming and not row.coming:
        return False
    if overdue and not row.overdue:
        return False
    if within is None:
        return True
    next_due = row.next_due
    return bool(row.overdue) or (next_due is not None and (next_due - call.today).days <= within)


def _sorted(rows: list[_Row], sort_by: SortBy, *, descending: bool) -> list[_Row]:
    """By the key asked for, unknown last either way; overdue stands before anything upcoming. Equal ones keep their order."""
    keys: dict[SortBy, Callable[[_Row], Any]] = {
        "name": lambda row: row.pet.name.casefold(),
        "next_vaccination_due_at": lambda row: row.overdue_since or row.next_due,
        "next_birthday_at": lambda row: row.shown["days_until_birthday"],
    }
    key = keys[sort_by]
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    return sorted(known, key=key, reverse=descending) + unknown


def _status_today(row: _Row) -> str | None:
    status = row.pet.health.vaccination_status if row.pet.health is not None else None
    if row.overdue:
        return "overdue"
    return "due_soon" if status == "overdue" else status


def _shown_row(call: Call, row: _Row, *, include_weights: bool) -> dict[str, Any]:
    shown = {
        **row.shown,
        "active_vaccinations": [
            {
                "id": one.id,
                "vaccine_name": cut(one.vaccine_name, LONGEST_NAME_SHOWN),
                "administered_at": one.administered_at.isoformat(),
                "due_at": one.due_at.isoformat() if one.due_at else None,
                "is_overdue": is_overdue(call, one),
            }
            for one in row.vaccinations[:MOST_VACCINATIONS_SHOWN]
        ],
        "active_vaccination_count": len(row.vaccinations) if row.details == _COMPLETE else None,
        "next_vaccination_due_at": row.next_due.isoformat() if row.next_due else None,
        "days_until_vaccination": (row.next_due - call.today).days if row.next_due else None,
        "overdue_since": row.overdue_since.isoformat() if row.overdue_since else None,
        "vaccination_details": row.details,
    }
    if row.details == _COMPLETE and row.pet.health is not None:
        # The list's own word is of UTC's day.
        shown["vaccination_status"] = _status_today(row)
    if include_weights:
        shown["recent_weights"] = None if row.weights is None else [shown_weight(one) for one in row.weights]
    return shown
