"""Habits in JSON, and what their calendar and summary show (main-app.md §10.2)."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sandbox.answers import Json, whole
from sandbox.config import MainApp
from sandbox.records import Habit, HabitEntry, Pet, User

from .images import image_json
from .stamps import moment, timestamps


def habit_model(habit: Habit) -> dict[str, Json]:
    """The bare row, as a version conflict shows it."""
    return {
        "id": habit.id,
        "created_by": habit.created_by,
        "name": habit.name,
        "value_type": habit.value_type,
        "scale_min": habit.scale_min,
        "scale_max": habit.scale_max,
        "share_with_coowners": habit.share_with_coowners,
        "reminder_enabled": habit.reminder_enabled,
        "reminder_time": habit.reminder_time,
        "reminder_weekdays": habit.reminder_weekdays,
        "archived_at": moment(habit.archived_at),
        **timestamps(habit),
        "day_summary_mode": habit.day_summary_mode,
        "timezone": habit.timezone,
    }


def habit_json(habit: Habit, viewer: User, app: MainApp) -> dict[str, Json]:
    maker = habit.created_by == viewer.id
    pets = habit.pets_for(viewer)
    shown = habit.is_shown_to(viewer)
    return habit_model(habit) | {
        "pet_count": len(pets),
        "pets": [{"id": pet.id, "name": pet.name, "photo_url": photo_url(pet, app)} for pet in pets],
        "capabilities": {"can_edit": shown, "can_delete": maker, "can_archive": maker, "can_share": shown},
    }


def day_json(habit: Habit, day: date, viewer: User, app: MainApp) -> dict[str, Json]:
    """The entries of a day, then the pets that have none."""
    entries = sorted((e for e in entries_for(habit, viewer) if e.day == day), key=lambda entry: entry.id)
    entered = [entry.pet for entry in entries]
    rows = [entry_json(habit, entry.pet, entry, app) for entry in entries]
    rows += [entry_json(habit, pet, None, app) for pet in habit.pets_for(viewer) if pet not in entered]
    return {"habit": habit_json(habit, viewer, app), "date": day.isoformat(), "entries": rows}


def entry_json(habit: Habit, pet: Pet, entry: HabitEntry | None, app: MainApp) -> dict[str, Json]:
    return {
        "entry_id": None if entry is None else entry.id,
        "pet_id": pet.id,
        "pet_name": pet.name,
        "pet_photo_url": photo_url(pet, app),
        "value_int": None if entry is None else entry.value,
        "is_current_pet": pet in habit.pets,
        "has_entry": entry is not None,
    }


def heatmap_json(habit: Habit, start: date, end: date, viewer: User) -> list[Json]:
    """A row per day; none at all without a pet to show."""
    pets = habit.pets_for(viewer)
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)] if pets else []
    return [
        heat_of(habit, day, [e.value for e in habit.entries if e.day == day and e.pet in pets], len(pets))
        for day in days
    ]


def heat_of(habit: Habit, day: date, values: list[int], pets: int) -> dict[str, Json]:
    average = display = intensity = None
    if values:
        average = whole(sum(values) / len(values))
        display = {"average_scored_pets": average, "average_all_pets": whole(sum(values) / pets)}.get(
            habit.day_summary_mode, sum(values)
        )
        least, most = (0, 1) if habit.value_type == "yes_no" else (habit.scale_min or 0, habit.scale_max or 0)
        intensity = whole(min(1.0, max(0.0, (average - least) / (most - least)))) if least < most else 1
    return {
        "date": day.isoformat(),
        "average_value": average,
        "display_value": display,
        "entry_count": len(values),
        "visible_pet_count": pets,
        "normalized_intensity": intensity,
    }


def summary_json(habit: Habit, start: date, end: date, viewer: User, app: MainApp) -> dict[str, Json]:
    """When each pet last had a yes, whenever that was; or the values of a scale within the range."""
    today = today_of(habit, app)
    rows = []
    for pet in habit.pets_for(viewer):
        entries = sorted((e for e in habit.entries if e.pet is pet), key=lambda entry: entry.day)
        is_scale = habit.value_type == "integer_scale"
        last_yes = max((e.day for e in entries if e.value and not is_scale), default=None)
        rows.append(
            {
                "pet_id": pet.id,
                "pet_name": pet.name,
                "pet_photo_url": photo_url(pet, app),
                "last_yes_date": None if last_yes is None else last_yes.isoformat(),
                "days_since_last_yes": None if last_yes is None else (today - last_yes).days,
                "series": [
                    {"date": e.day.isoformat(), "value": e.value} for e in entries if is_scale and start <= e.day <= end
                ],
            }
        )
    return {"start_date": start.isoformat(), "end_date": end.isoformat(), "pets": rows}


def entries_for(habit: Habit, viewer: User) -> list[HabitEntry]:
    return [entry for entry in habit.entries if habit.shows_pet_to(entry.pet, viewer)]


def today_of(habit: Habit, app: MainApp) -> date:
    return app.world.now().astimezone(ZoneInfo(habit.timezone)).date()


def photo_url(pet: Pet, app: MainApp) -> Json:
    return image_json(pet.photos[0], app, primary=True)["thumb_url"] if pet.photos else None
