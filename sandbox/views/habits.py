"""Habits and their daily entries (main-app.md §10.2)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from django.http import HttpResponse

from sandbox.answers import ApiError, InvalidError, Json, ok, server_error, unauthorized_action
from sandbox.birthdays import rolled_over
from sandbox.guards import check_base_version
from sandbox.messages import text
from sandbox.pipeline import Call
from sandbox.records import Habit, HabitEntry, Pet
from sandbox.shapes.habits import (
    day_json,
    habit_json,
    habit_model,
    heatmap_json,
    summary_json,
    today_of,
)
from sandbox.validation import (
    FILLED,
    NULLABLE,
    REQUIRED,
    SOMETIMES,
    Field,
    Rule,
    RuleError,
    array,
    between,
    boolean,
    field,
    integer,
    item_count,
    known_id,
    longest,
    one_of,
    string,
    tried,
    validated,
)

VALUE_TYPES = ("yes_no", "integer_scale")
SUMMARY_MODES = ("average_scored_pets", "average_all_pets", "sum")
NO_TIME = "Reminder time is required when reminders are enabled."
FUTURE = "Habit activity cannot be tracked in the future."
LARGEST_BOUND = 2**31 - 1
LONGEST_CALENDAR = 104  # weeks


def index(call: Call) -> HttpResponse:
    rows = [habit for habit in call.world.habits.values() if habit.is_shown_to(call.me)]
    rows.sort(key=lambda habit: (habit.archived_at is not None, habit.name, habit.id))
    return ok([habit_json(habit, call.me, call.app) for habit in rows])


def show(call: Call) -> HttpResponse:
    return ok(habit_json(shown_habit(call), call.me, call.app))


def create(call: Call) -> HttpResponse:
    values = validated(call.body, fields(call, new=True))
    is_scale = values["value_type"] == "integer_scale"
    bounds = [values.get(name) for name in ("scale_min", "scale_max")]
    if not is_scale and bounds != [None, None]:
        raise InvalidError({"scale_min": ["Yes/no habits cannot define numeric bounds."]})
    if is_scale and None in bounds:
        raise InvalidError({"scale_min": ["Integer scale habits require minimum and maximum values."]})
    if values.get("reminder_enabled") and values.get("reminder_time") is None:
        raise InvalidError({"reminder_time": [NO_TIME]})
    check_bounds(values)
    pets = owned_pets(call, values.pop("pet_ids"))
    sent_time = values.get("reminder_time")
    rest = {name: value for name, value in with_seconds(values).items() if value is not None}
    habit = call.world.add_habit(call.me, rest.pop("name"), pets, value_type=rest.pop("value_type"), **rest)
    return written(call, habit, "created", status=201, reminder_time=sent_time)


def update(call: Call) -> HttpResponse:
    habit = shown_habit(call)
    check_version(call, habit)
    values = validated(call.body, fields(call, new=False))
    if values.pop("value_type", habit.value_type) != habit.value_type:
        raise ApiError(422, "Habit tracking type cannot be changed after creation.")
    if "pet_ids" in values and habit.created_by != call.me.id:
        raise ApiError(403, "Only the habit creator can change the pet list.")
    if habit.value_type == "yes_no":
        values = {name: value for name, value in values.items() if not name.startswith("scale_")}
    # A null time counts as not sent here, but is stored all the same: the next change is refused then.
    sent_time = values.get("reminder_time")
    if values.get("reminder_enabled", habit.reminder_enabled) and not (sent_time or habit.reminder_time):
        raise ApiError(422, NO_TIME)
    check_bounds(values)
    if "pet_ids" in values:
        habit.pets = owned_pets(call, values.pop("pet_ids"))
    if "timezone" in values:
        values["timezone"] = values["timezone"] or "UTC"
    # The column holds seconds, so a time that is sent always counts as a change.
    changed = sent_time is not None or any(getattr(habit, name) != value for name, value in values.items())
    for name, value in with_seconds(values).items():
        setattr(habit, name, value)
    if changed:
        call.world.changed(habit)
    return written(call, habit, "updated", reminder_time=sent_time)


def archive(call: Call) -> HttpResponse:
    """Not refused to a co-owner, whatever `can_archive` says."""
    return set_archived(call, archived=True)


def restore(call: Call) -> HttpResponse:
    return set_archived(call, archived=False)


def set_archived(call: Call, *, archived: bool) -> HttpResponse:
    habit = shown_habit(call)
    check_version(call, habit)
    if archived != (habit.archived_at is not None):
        habit.archived_at = call.world.timestamp() if archived else None
        call.world.changed(habit)
    return written(call, habit, "archived" if archived else "restored")


def delete(call: Call) -> HttpResponse:
    habit = call.habit_of
    if habit.created_by != call.me.id:
        raise unauthorized_action()
    check_version(call, habit)
    del call.world.habits[habit.id]
    message = "Habit deleted successfully."
    return ok({"message": message}, message=message)


def entries(call: Call, day: str) -> HttpResponse:
    habit = shown_habit(call)
    return ok(day_json(habit, past_day(call, habit, day), call.me, call.app))


def set_entries(call: Call, day: str) -> HttpResponse:
    """All or nothing; a pet that is not named keeps its entry."""
    habit = shown_habit(call)
    wanted = validated(call.body, {"entries": field(REQUIRED, array)})["entries"]
    check_entries(call, wanted)
    on = past_day(call, habit, day)
    values = [(entry_pet(call, habit, entry["pet_id"]), entry_value(habit, entry.get("value_int"))) for entry in wanted]
    for pet, value in values:
        set_entry(call, habit, pet, on, value)
    message = "Habit entries saved successfully."
    return ok(day_json(habit, on, call.me, call.app) | {"message": message}, message=message)


def heatmap(call: Call) -> HttpResponse:
    habit = shown_habit(call)
    return ok(heatmap_json(habit, *days_asked_for(call, habit), call.me))


def pet_summary(call: Call) -> HttpResponse:
    habit = shown_habit(call)
    return ok(summary_json(habit, *days_asked_for(call, habit), call.me, call.app))


# What is asked of the input


def fields(call: Call, *, new: bool) -> dict[str, Field]:
    least = call.body.get("scale_min")
    presence, flag = (REQUIRED, NULLABLE) if new else (FILLED, SOMETIMES)
    return {
        "name": field(
            presence,
            string,
            longest(120, "Name cannot exceed 120 characters."),
            required_text=text("name.required", call.language),
        ),
        "value_type": field(presence, one_of(*VALUE_TYPES)),
        "scale_min": field(NULLABLE, integer),
        "scale_max": field(NULLABLE, integer, not_below(least if isinstance(least, int) else None)),
        "day_summary_mode": field(flag, one_of(*SUMMARY_MODES)),
        "timezone": field(NULLABLE, time_zone),
        "share_with_coowners": field(flag, boolean),
        "pet_ids": field(
            presence,
            array,
            item_count(least=1),
            items=(integer, known_id(set(call.world.pets))),
            distinct=True,
        ),
        "reminder_enabled": field(flag, boolean),
        "reminder_time": field(NULLABLE, hours_and_minutes),
        "reminder_weekdays": field(NULLABLE, array, items=(integer, between(0, 6)), distinct=True),
    }


def not_below(least: int | None) -> Rule:
    def rule(label: str, value: Json) -> Json:
        if least is not None and value < least:
            raise RuleError(f"The {label} field must be greater than or equal to {least}.")
        return value

    return rule


@cache
def canonical_zones() -> frozenset[str]:
    """Names that belong to a place today, UTC and fixed offsets; no older names (Asia/Saigon)."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    places = {line.split("\t")[2] for line in table.splitlines() if not line.startswith("#")}
    return frozenset(places | {"UTC"} | {f"Etc/GMT{hours:+d}" for hours in range(-14, 13) if hours})


def time_zone(label: str, value: Json) -> Json:
    if value not in canonical_zones():
        raise RuleError(f"The {label} field must be a valid timezone.")
    return value


def hours_and_minutes(label: str, value: Json) -> Json:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise RuleError(f"The {label} field must match the format H:i.")
    return value


def check_bounds(values: dict[str, Json]) -> None:
    if any(abs(values.get(name) or 0) > LARGEST_BOUND for name in ("scale_min", "scale_max")):
        raise server_error()  # the columns have 32 bits


def check_entries(call: Call, wanted: list[Json]) -> None:
    pets = [entry.get("pet_id") if isinstance(entry, dict) else None for entry in wanted]
    known = known_id(set(call.world.pets))
    errors: dict[str, list[str]] = {}
    for place, entry in enumerate(wanted):
        label = f"entries.{place}.pet_id"
        if pets[place] is None:
            errors[label] = [f"The {label} field is required."]
            continue
        _, wrong = tried((integer, known), label, pets[place])
        if pets.count(pets[place]) > 1:
            wrong.append(f"The {label} field has a duplicate value.")
        value, number = entry.get("value_int"), f"entries.{place}.value_int"
        if wrong:
            errors[label] = wrong
        if value is not None and not is_php_integer(value):
            errors[number] = [f"The {number} field must be an integer."]
    if errors:
        raise InvalidError(errors)


def is_php_integer(value: Json) -> bool:
    """What PHP's filter takes for one: true, 3.0 and "3" too."""
    return isinstance(value, bool | int) or re.fullmatch(r"-?\d+(\.0)?", str(value)) is not None


def parsed_day(value: Json) -> date:
    """Only YYYY-M-D is a date here; what is beyond a month rolls over into the next, anything else is a 500."""
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", str(value))
    if match is None:
        raise server_error()
    year, month, day = (int(part) for part in match.groups())
    if not 1 <= year + (month - 1) // 12 <= 9998:
        raise server_error()
    return rolled_over(year + (month - 1) // 12, (month - 1) % 12 + 1, day)


def past_day(call: Call, habit: Habit, day: str) -> date:
    """The day of the path; the habit's zone decides what is still to come."""
    found = parsed_day(day)
    if found > today_of(habit, call.app):
        raise InvalidError({"date": [FUTURE]})
    return found


def days_asked_for(call: Call, habit: Habit) -> tuple[date, date]:
    end = parsed_day(call.body["end_date"]) if "end_date" in call.body else today_of(habit, call.app)
    sent = call.body.get("weeks", "52")
    weeks = min(max(int(sent) if re.fullmatch(r"-?\d{1,9}", str(sent)) else 0, 1), LONGEST_CALENDAR)
    return end - timedelta(days=7 * weeks - 1), end


# Inside


def shown_habit(call: Call) -> Habit:
    habit = call.habit_of
    if not habit.is_shown_to(call.me):
        raise unauthorized_action()
    return habit


def check_version(call: Call, habit: Habit) -> None:
    check_base_version(call, habit, lambda: habit_model(habit), since=True)


def owned_pets(call: Call, ids: list[int]) -> list[Pet]:
    pets = [call.world.pets[number] for number in ids]
    if any(pet.deleted_at is not None or "owner" not in pet.roles_of(call.me) for pet in pets):
        raise ApiError(422, text("habit.not_owned", call.language))
    return pets


def with_seconds(values: dict[str, Json]) -> dict[str, Json]:
    sent = values.get("reminder_time")
    return values if sent is None else values | {"reminder_time": f"{sent}:00"}


def written(
    call: Call, habit: Habit, what: str, *, status: int = 200, reminder_time: str | None = None
) -> HttpResponse:
    """The answer to the write that set the time has it as sent; every later one with seconds."""
    message = f"Habit {what} successfully."
    sent = {} if reminder_time is None else {"reminder_time": reminder_time}
    return ok(habit_json(habit, call.me, call.app) | sent | {"message": message}, status=status, message=message)


def entry_pet(call: Call, habit: Habit, pet_id: int) -> Pet:
    pet = next((pet for pet in habit.pets_for(call.me) if pet.id == int(pet_id)), None)
    if pet is None:
        raise ApiError(403, "That pet is not accessible in this habit.", bare=True)
    return pet


def entry_value(habit: Habit, value: Json) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise server_error()  # passes the validation, but not PHP's types
    least, most, refusal = habit.scale_min or 0, habit.scale_max or 0, ""
    if habit.value_type == "yes_no":
        least, most, refusal = 0, 1, "Yes/no habits only accept values 0 or 1."
    if not least <= value <= most:
        raise InvalidError({"entries": [refusal or f"Value must be between {least} and {most}."]})
    return value


def set_entry(call: Call, habit: Habit, pet: Pet, day: date, value: int | None) -> None:
    entry = next((e for e in habit.entries if e.pet is pet and e.day == day), None)
    if value is None:
        habit.entries = [kept for kept in habit.entries if kept is not entry]
    elif entry is None:
        habit.entries.append(HabitEntry(call.world.next_id("habit_entry"), pet, day, value))
    else:
        entry.value = value
