"""The shots of one vaccine as a row: only the newest stays open, whatever the order in which they are told (contract §8.4).

The main app never closes a shot because a later one came: the old one keeps the pet overdue (trap 54). It completes a record in one
way, by a renewal, whose new record may be deleted again without opening the old one (trap 55).
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from mainapp.errors import NotFound, VersionConflict
from mainapp.records import Vaccination
from petstools.tools.base import Call
from petstools.tools.records import every
from petstools.tools.writing import new_key, wire
from petstools.understand.vaccines import same_vaccine

# Two shots of one vaccine lie at least weeks apart; so near, it is one whose day was told twice.
TOO_NEAR = timedelta(days=10)
# What a renewal that shall only complete leaves for a moment: without a due day, so that nobody is ever reminded of it.
PASSING_NAME = "Passing entry of Meo Connector, to be deleted"


def shots_of(call: Call, pet_id: int) -> list[Vaccination]:
    """All of a pet, completed ones too, as this call has read and written them."""
    if pet_id not in call.shots:
        call.shots[pet_id] = list(every(call.client.vaccinations, pet_id, status="all"))
    return [one for one in call.shots[pet_id] if one.vaccine_name != PASSING_NAME]


def clear_passing(call: Call, pet_id: int) -> None:
    """Delete what a call that died on the way has left, as far as this call has read it: before anything is written."""
    for one in [one for one in call.shots.get(pet_id, ()) if one.vaccine_name == PASSING_NAME]:
        _delete(call, one)


def of_vaccine(call: Call, pet_id: int, name: str, *, but: int | None = None) -> list[Vaccination]:
    """The shots of this vaccine, by any of its names, newest first."""
    same = (one for one in shots_of(call, pet_id) if one.id != but and same_vaccine(one.vaccine_name, name))
    return sorted(same, key=lambda one: one.administered_at, reverse=True)


def noted(call: Call, shot: Vaccination) -> None:
    """Keep in mind what this call has written."""
    there = call.shots.get(shot.pet_id)
    if there is not None:
        call.shots[shot.pet_id] = [shot, *(one for one in there if one.id != shot.id)]


def forgotten(call: Call, pet_id: int) -> None:
    call.shots.pop(pet_id, None)


def renewed(call: Call, old: Vaccination, body: Mapping[str, Any], *, key: str) -> Vaccination:
    """Complete `old` and write the new shot in its place. What was added to the old one in between does not matter."""
    try:
        new = call.client.vaccinations.renew(old.pet_id, old, body, key=key)
    except VersionConflict:
        now = call.client.vaccinations.read(old.pet_id, old.id)
        if (now.completed_on, now.vaccine_name, now.administered_at) != (None, old.vaccine_name, old.administered_at):
            raise
        new = call.client.vaccinations.renew(old.pet_id, now, body, key=key)
    forgotten(call, old.pet_id)
    return new


def completed(call: Call, shot: Vaccination) -> Vaccination:
    """Complete a shot that a later one has followed already, and read it again. Raises MainAppError."""
    passing = {"vaccine_name": PASSING_NAME, "administered_at": wire(shot.administered_at)}
    _delete(call, call.client.vaccinations.renew(shot.pet_id, shot, passing, key=new_key()))
    return call.client.vaccinations.read(shot.pet_id, shot.id)


def later_than(shots: list[Vaccination], day: date) -> list[Vaccination]:
    return [one for one in shots if one.administered_at > day]


def open_before(shots: list[Vaccination], day: date) -> list[Vaccination]:
    return [one for one in shots if one.administered_at < day and one.completed_on is None]


def _delete(call: Call, passing: Vaccination) -> None:
    # Another call of the person may have cleared it away.
    with suppress(NotFound):
        call.client.vaccinations.delete(passing.pet_id, passing, key=new_key())
    there = call.shots.get(passing.pet_id)
    if there is not None:
        call.shots[passing.pet_id] = [one for one in there if one.id != passing.id]
