"""Habits: what is noted daily of pets of any kind, and the main app's own reminders (contract §10.2, traps 37 to 42)."""

import calendar
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mainapp.errors import AbilityMissing, Forbidden, MainAppError, NotFound, TokenRefused, ValidationFailed
from mainapp.records import Habit, HabitDay
from petstools.answers import Answer, Clarification, Code, Done, ToolError, Undo
from petstools.errors import tool_error
from petstools.serializers import habits as forms
from petstools.serializers.fields import Said
from petstools.tools.base import READS, Call, Hints, tool
from petstools.tools.clarifications import any_question, ask_together, missing, nothing_to_change
from petstools.tools.fan_out import fetch_each
from petstools.tools.presentation import name_of_others
from petstools.tools.said import asked_if_future, day_said, text_said
from petstools.tools.which_pet import pet_said
from petstools.tools.writing import create_once, new_key, update_record
from petstools.understand.habit_words import (
    canonical_zone,
    is_nothing,
    is_off,
    understand_time_of_day,
    understand_weekdays,
    yes_or_no,
)
from petstools.understand.outcome import Unclear
from petstools.understand.person_day import person_zone
from petstools.understand.pet_names import rank
from petstools.understand.text import fold, quoted

LONGEST_NAME = 120
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# A reminder that is changed reminds no more as it did; what stood there is in the answer.
SAVES = Hints(read_only=False, destructive=False, idempotent=False)
# What Meo Mai Moi can remind of by itself; whoever asks for more is told so.
ONE_DAY = (
    "Meo Mai Moi can't remind of something once, on a day. Nothing was made; tell the person so{day}: their own calendar does that "
    "best. What it reminds of: a cat's vaccination three days before it is due (add_vaccination with due_at), birthdays, and habits, "
    "daily or on weekdays at a time. The nearest here: a habit on {weekdays}, which reminds every week from now on, until archived."
)


def _reminder_once(call: Call, on_day: Said) -> Clarification:
    day = day_said(call, on_day, field="on_day", prefer="future")
    if isinstance(day, Clarification):
        message = ONE_DAY.format(day="", weekdays="that weekday")
    else:
        weekday = calendar.day_name[day.weekday()]
        message = ONE_DAY.format(day=f", with the day, {weekday} {day.isoformat()}", weekdays=f"{weekday}s")
    return Clarification(reason="not_possible", message=message, missing_fields=["on_day"])


@tool(
    "List habits and reminders",
    "Call this for daily tracking and reminders: which habits there are, for which pets, when they remind; with day also what was "
    "noted then ('did I give the pills today?'). Has habit_id for save_habit and record_habit.",
    facts="Habits (daily tracking with reminders) and, with day, what was noted on it.",
    query=forms.ListHabitsQuery,
    answer=forms.HabitsAnswer,
    scopes=("pets:read",),
    hints=READS,
)
def list_habits(call: Call, *, day: Said | None = None, archived: bool = False) -> Answer:
    habits = [one for one in call.client.habits.all() if archived or one.archived_at is None]
    call = _in_its_zone(call, habits)
    noted_on = None if day is None else day_said(call, day, field="day")
    if isinstance(noted_on, Clarification):
        return noted_on
    days: dict[int, Any] = {}
    if noted_on is not None:
        days = fetch_each([one.id for one in habits], lambda habit: call.client.habits.day(habit, noted_on))
    shown = [
        {
            **shown_habit(one),
            **({"entries": _entries(noted)} if isinstance(noted := days.get(one.id), HabitDay) else {}),
        }
        for one in habits
    ]
    unread = [one.name for one in habits if one.id in days and not isinstance(days[one.id], HabitDay)]
    note = {"note": f"What was noted could not be read of {', '.join(unread)}."} if unread else {}
    return Done({"habits": shown, "total": len(shown), **note, **call.day_used})


@tool(
    "Make or change a habit or reminder",
    "Call this to track something daily or be reminded on weekdays: name, pets, reminder_time, weekdays. With habit_id only what "
    "is sent changes, also archived. Meo Mai Moi can't remind once on a day: send on_day to hear what it can, and offer that.",
    facts="Makes a habit (daily tracking, reminder on weekdays), or changes or archives the one of habit_id.",
    request=forms.SaveHabitRequest,
    answer=forms.SavedHabitAnswer,
    scopes=("pets:read", "pets:write"),
    hints=SAVES,
    creates=True,
)
def save_habit(
    call: Call,
    *,
    habit_id: int | None = None,
    name: Said | None = None,
    pets: Sequence[str] = (),
    scale_min: int | None = None,
    scale_max: int | None = None,
    reminder_time: Said | None = None,
    weekdays: Sequence[str] = (),
    on_day: Said | None = None,
    archived: bool | None = None,
    again: bool = False,
) -> Answer:
    if on_day is not None:
        return _reminder_once(call, on_day)
    before = None if habit_id is None else _habit_of(call, habit_id)
    changes: dict[str, Any] = {}
    if (title := text_said(name)) is not None:
        if len(title) > LONGEST_NAME:
            return missing(
                "name", f"Meo Mai Moi keeps {LONGEST_NAME} characters of a habit's name. Send a shorter one."
            )
        changes["name"] = title
    whose = _pets(call, pets) if pets else None
    remind = _reminder(reminder_time, weekdays, before)
    bounds = _bounds(before, scale_min, scale_max)
    if question := any_question(whose, remind, bounds):
        return question
    if isinstance(whose, list):
        changes["pet_ids"] = whose
    if isinstance(remind, dict):
        changes |= remind
    if isinstance(bounds, dict):
        changes |= bounds
    if before is not None and "reminder_time" in changes and call.named_zone is not None:
        # The hour that was said is one of the zone that was said with it.
        changes["timezone"] = canonical_zone(call.named_zone) or before.timezone
    if before is not None:
        return _changed(call, before, changes, archived)
    return _made(call, changes, again=again)


@tool(
    "Note a habit for a day",
    "Call this when the person tells that it was done or not, or its number on the habit's scale. Without pets: all of the habit. "
    "value 'none' takes an entry away. Tell what is stored.",
    facts="Notes a habit for a day, of all its pets or some.",
    request=forms.RecordHabitRequest,
    answer=forms.HabitDayAnswer,
    scopes=("pets:read", "pets:write"),
    hints=Hints(read_only=False, destructive=False, idempotent=True),
)
def record_habit(
    call: Call,
    *,
    habit_id: int | None = None,
    habit: Said | None = None,
    value: Said | None = None,
    day: Said = "today",
    pets: Sequence[str] = (),
) -> Answer:
    meant = _habit_said(call, habit_id, habit)
    if isinstance(meant, Habit):
        call = _in_its_zone(call, [meant])
    on = day_said(call, day, field="day")
    if isinstance(meant, Clarification) or isinstance(on, Clarification):
        return ask_together(meant, on)
    if question := asked_if_future(call, on, field="day"):
        return question
    number = _value(meant, value)
    whose = _pets_of(call, meant, pets)
    if isinstance(number, Clarification) or isinstance(whose, Clarification):
        return ask_together(number, whose)
    try:
        was = call.client.habits.day(meant.id, on)
        before = {one.pet_id: one.value_int for one in was.entries if one.pet_id in whose}
        now = call.client.habits.set_day(meant.id, on, dict.fromkeys(whose, number), key=new_key())
    except ValidationFailed as error:
        raise tool_error(error, field_names={"entries": "value", "date": "day"}) from None
    except Forbidden:
        raise _left(meant) from None
    old = set(before.values())
    undo: dict[str, Any] = {}
    if len(old) == 1:
        (one,) = old
        arguments = {
            "habit_id": meant.id,
            "day": on.isoformat(),
            "pets": [str(pet) for pet in whose],
            "value": "none" if one is None else str(one),
        }
        undo = Undo("record_habit", arguments).as_json()
    return Done(
        {
            "habit_id": meant.id,
            "habit": meant.name,
            "day": now.date.isoformat(),
            "entries": _entries(now),
            "before": {_name_in(meant, pet): value for pet, value in before.items()},
            **undo,
            **call.day_used,
        }
    )


# --- Made, changed -------------------------------------------------------------------------------


def _made(call: Call, changes: dict[str, Any], *, again: bool) -> Answer:
    lacking = [
        *([missing("name", "Ask what is to be noted or reminded of (name).")] if "name" not in changes else []),
        *([missing("pets", "Ask for which of their pets it is (pets).")] if "pet_ids" not in changes else []),
    ]
    zone = canonical_zone(call.zone)
    if zone is None or ("reminder_time" in changes and len(call.zones) > 1):
        lacking.append(missing("time_zone", "Ask in which city the person is, and send its IANA time_zone."))
    if question := any_question(*lacking):
        return question
    twins = [one for one in call.client.habits.all() if fold(one.name) == fold(changes["name"])]
    if twins and not again:
        return Clarification(
            reason="already_exists",
            message=f"There is a habit {quoted(changes['name'])} already (the candidate). Nothing was made. Ask whether to change that "
            "one (send its habit_id; archived false brings it back), or to make another: the same call with again: true.",
            missing_fields=["habit_id"],
            candidates=[shown_habit(one) for one in twins],
        )
    scale = "scale_min" in changes
    body = {**changes, "value_type": "integer_scale" if scale else "yes_no", "timezone": zone}
    try:
        written = create_once(
            call,
            "save_habit",
            body,
            send=lambda key: call.client.habits.create(body, key=key),
            read=call.client.habits.read,
            find=lambda: (one for one in call.client.habits.all() if one.name == changes["name"]),
            again=again,
        )
    except ValidationFailed as error:
        raise tool_error(error, field_names=FIELD_NAMES) from None
    made = written.record
    undo = Undo("save_habit", {"habit_id": made.id, "archived": True})
    return Done(
        {"data": shown_habit(made), "already_recorded": written.already, **undo.as_json()}, created=not written.already
    )


def _changed(call: Call, before: Habit, changes: dict[str, Any], archived: bool | None) -> Answer:
    may = before.capabilities
    if archived is not None and not may.can_archive:
        # The main app would let a co-owner end it for everybody, and their own access with it (trap 41).
        raise _maker_only(before, "archive it or bring it back")
    if "pet_ids" in changes and not may.can_delete:
        raise _maker_only(before, "change its pets")
    if not changes and archived is None:
        return nothing_to_change(
            "to be changed: name, pets, reminder, weekdays, scale or archived",
            ["name", "pets", "reminder_time", "weekdays"],
        )
    if changes and before.reminder_enabled and before.reminder_time is None:
        # Such a habit refuses every change (trap 40).
        changes.setdefault("reminder_enabled", False)
    try:
        written = update_record(
            lambda: call.client.habits.read(before.id),
            changes,
            send=lambda body, key: call.client.habits.update(before.id, body, key=key),
            before=before,
        )
    except ValidationFailed as error:
        raise tool_error(error, field_names=FIELD_NAMES) from None
    now = written.now
    if archived is not None and archived != (now.archived_at is not None):
        try:
            now = call.client.habits.set_archived(now, archived, key=new_key())
        except (TokenRefused, AbilityMissing):
            raise
        except MainAppError as error:
            if now is written.before:
                raise
            problem = tool_error(error)
            stored = "All but archived is stored: tell the person. For the rest send habit_id and archived alone. Why:"
            raise replace(problem, message=f"{stored} {problem.message}") from None
    new, old = shown_habit(now), shown_habit(written.before)
    was = {name: old.get(name) for name in new.keys() | old.keys() if new.get(name) != old.get(name)}
    notes = []
    if "pets" in was:
        notes.append("Pets that were taken out keep what was noted; it can't be changed while they are out.")
    if "archived" in was and new["archived"]:
        notes.append("It reminds no more; what was noted stays.")
    return Done(
        {
            "data": new,
            "before": was,
            **(Undo("save_habit", {"habit_id": now.id, **_as_taken(old, was)}).as_json() if was else {}),
            **({"note": " ".join(notes)} if notes else {}),
        }
    )


def _as_taken(old: dict[str, Any], was: dict[str, Any]) -> dict[str, Any]:
    """What was, as save_habit takes it."""
    taken: dict[str, Any] = {
        name: old[name] for name in ("name", "scale_min", "scale_max", "archived") if name in was and name in old
    }
    if "pets" in was:
        taken["pets"] = [str(pet["id"]) for pet in old["pets"]]
    if was.keys() & {"reminder_time", "weekdays", "reminder_zone"}:
        taken["reminder_time"] = old.get("reminder_time") or "off"
        taken["weekdays"] = old.get("weekdays") or ["every day"]
    if "reminder_zone" in was:
        taken["time_zone"] = old["reminder_zone"]
    return taken


# The main app's names for our fields, where they differ.
FIELD_NAMES = {
    "pet_ids": "pets",
    "timezone": "time_zone",
    "reminder_weekdays": "weekdays",
    "value_type": "scale_min",
    "reminder_enabled": "reminder_time",
}


# --- What was said -------------------------------------------------------------------------------


def _pets(call: Call, said: Sequence[str]) -> list[int] | Clarification:
    """Their ids; each by id or name. Only an owner may put a pet into a habit (contract §10.2)."""
    ids: list[int] = []
    for one in said:
        number = _id_in(one)
        chosen = pet_said(call, number, None if number is not None else one)
        if isinstance(chosen, Clarification):
            return _of_list(chosen)
        pet, role = chosen
        if role != "owner":
            raise ToolError(
                Code.FORBIDDEN,
                f"This person is {name_of_others(pet.name)}'s {role}: only its owner may put it into a habit. Nothing was saved.",
            )
        ids.append(pet.id)
    return sorted(set(ids))


def _pets_of(call: Call, habit: Habit, said: Sequence[str]) -> list[int] | Clarification:
    """The habit's own pets that are meant, all where nobody is named."""
    if not habit.pets:
        raise _left(habit)
    ids: list[int] = []
    for one in said:
        number = _id_in(one)
        ranking = rank(one, [pet.name for pet in habit.pets])
        named = [habit.pets[hit.index].id for hit in ranking.best] if number is None else [number]
        if len(named) == 1 and named[0] in habit.pet_ids:
            ids += named
            continue
        return Clarification(
            reason="no_match" if len(named) < 2 else "several_pets",
            message=f"{quoted(one)} is not one pet of {quoted(habit.name)}. Nothing was saved. A pet marked lost or deceased has left "
            "it for good; its owner can put a living one back (save_habit with pets). Ask which is meant.",
            missing_fields=["pets"],
            candidates=[{"pet_id": pet.id, "name": pet.name} for pet in habit.pets],
        )
    return sorted(set(ids)) or habit.pet_ids


def _id_in(said: str) -> int | None:
    text = said.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and int(text) else None


def _of_list(question: Clarification) -> Clarification:
    """The same, for a list of pets."""
    message = f"{question.message} Send it in pets."
    return Clarification(question.reason, message, ["pets"], question.candidates)


def _reminder(
    time: Said | None, weekdays: Sequence[str], before: Habit | None
) -> dict[str, Any] | Clarification | None:
    """The main app's fields, the switch always with its time (trap 40)."""
    changes: dict[str, Any] = {}
    if time is not None and is_off(time):
        changes["reminder_enabled"] = False
    elif time is not None:
        at = understand_time_of_day(time)
        if isinstance(at, Unclear):
            return Clarification.of(at)
        changes |= {"reminder_enabled": True, "reminder_time": at}
    if weekdays:
        days = understand_weekdays(weekdays)
        if isinstance(days, Unclear):
            return Clarification.of(days)
        if "reminder_enabled" not in changes and not (before is not None and before.reminder_enabled):
            return missing(
                "reminder_time", "Weekdays are those of the reminder. Ask at what time to remind (reminder_time)."
            )
        changes["reminder_weekdays"] = days
    return changes or None


def _bounds(before: Habit | None, low: int | None, high: int | None) -> dict[str, int] | Clarification | None:
    """Both bounds of a scale together, as the main app compares them only then."""
    if low is None and high is None:
        return None
    if before is not None and before.value_type != "integer_scale":
        return Clarification(
            reason="contradiction",
            message=f"{quoted(before.name)} is a yes-or-no habit, and that can't be changed. Ask whether to make a new one with a "
            "scale, and to archive this one.",
            missing_fields=["scale_min", "scale_max"],
        )
    low = low if low is not None else (before.scale_min if before else None)
    high = high if high is not None else (before.scale_max if before else None)
    if low is None or high is None:
        return missing(
            "scale_min" if low is None else "scale_max",
            "Ask from which number to which the scale goes (scale_min, scale_max).",
        )
    if low > high:
        low, high = high, low
    return {"scale_min": low, "scale_max": high}


def _value(habit: Habit, said: Said | None) -> int | Clarification | None:
    if said is not None and is_nothing(said):
        return None
    if habit.value_type == "yes_no":
        answer = None if said is None else yes_or_no(said)
        return (
            answer
            if answer is not None
            else missing("value", f"Send value yes or no for {quoted(habit.name)}; ask if it is not clear.")
        )
    low, high = habit.scale_min or 0, habit.scale_max or 0
    number = _whole(said)
    if number is None or not low <= number <= high:
        return Clarification(
            reason="missing" if said is None else "out_of_range",
            message=f"{quoted(habit.name)} is noted by a whole number from {low} to {high}. Nothing was saved. Ask which it was.",
            missing_fields=["value"],
        )
    return number


def _whole(said: Said | None) -> int | None:
    """A whole number and nothing else: the main app breaks over text and fractions (trap 37)."""
    # Python reads 1_0 as ten.
    if isinstance(said, bool) or said is None or "_" in str(said):
        return None
    try:
        number = float(said)
    except (ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**31 else None


def _habit_said(call: Call, habit_id: int | None, name: Said | None) -> Habit | Clarification:
    if habit_id is not None:
        return _habit_of(call, habit_id)
    habits = call.client.habits.all()
    active = [one for one in habits if one.archived_at is None] or list(habits)
    ranking = rank(name, [one.name for one in active]) if name is not None else None
    best = [active[hit.index] for hit in ranking.best] if ranking else active
    if len(best) == 1:
        return best[0]
    message = "There is no such habit. Ask which one is meant, or whether to make it."
    if not habits:
        message = "There are no habits yet. Ask whether to make one (save_habit)."
    elif best:
        message = "Ask which habit is meant, and send its habit_id."
    return Clarification(
        reason="no_match" if name is not None and not best else "missing",
        message=message,
        missing_fields=["habit_id"],
        candidates=[{"habit_id": one.id, "name": one.name} for one in (best or active)[:10]],
    )


def _in_its_zone(call: Call, habits: Sequence[Habit]) -> Call:
    """The call in the zone that the habits are kept in, where nobody has said the person's; UTC there is nobody's choice."""
    if call.named_zone is not None or call.connection.time_zone is not None:
        return call
    kept_in = next((one.timezone for one in habits if one.timezone not in (None, "UTC")), None)
    zone = person_zone(kept_in, "UTC") if kept_in else None
    return call if zone is None or isinstance(zone, Unclear) else replace(call, named_zone=zone)


def _habit_of(call: Call, habit_id: int) -> Habit:
    """Raises ToolError NOT_FOUND, the same for "not yours" and "no such"."""
    try:
        return call.client.habits.read(habit_id)
    except (Forbidden, NotFound):
        raise ToolError(
            Code.NOT_FOUND, "There is no such habit. Call list_habits and use a habit_id from there."
        ) from None


# --- How it is shown -----------------------------------------------------------------------------


def shown_habit(habit: Habit) -> dict[str, Any]:
    """What is not known or not set is left out."""
    days = [WEEKDAYS[day] for day in habit.reminder_weekdays if 0 <= day <= 6]
    shown = {
        "habit_id": habit.id,
        "name": habit.name,
        "kind": "yes_no" if habit.value_type == "yes_no" else "scale",
        "scale_min": habit.scale_min,
        "scale_max": habit.scale_max,
        "pets": [{"id": pet.id, "name": pet.name} for pet in habit.pets],
        "reminder_time": habit.reminder_time if habit.reminder_enabled else None,
        "weekdays": (days or ["every day"]) if habit.reminder_enabled else None,
        "reminder_zone": habit.timezone,
        "archived": habit.archived_at is not None,
        "is_own": habit.capabilities.can_delete,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _entries(day: HabitDay) -> list[dict[str, Any]]:
    return [
        {"pet_id": one.pet_id, "pet_name": one.pet_name, "value": one.value_int}
        for one in day.entries
        if one.is_current_pet or one.value_int is not None
    ]


def _name_in(habit: Habit, pet_id: int) -> str:
    return next((pet.name for pet in habit.pets if pet.id == pet_id), str(pet_id))


def _maker_only(habit: Habit, what: str) -> ToolError:
    return ToolError(
        Code.FORBIDDEN,
        f"{quoted(habit.name)} is shared with this person, and only whoever made it may {what}. Nothing was changed.",
    )


def _left(habit: Habit) -> ToolError:
    return ToolError(
        Code.FORBIDDEN,
        f"No pet of this person is in {quoted(habit.name)} any more: one that was marked lost or deceased has left it for good, what "
        "was noted stays. Nothing was saved. Its maker can put a pet back (save_habit with pets).",
    )
