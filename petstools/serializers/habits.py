"""What the habit tools take and give. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from mainapp.records import LARGEST_ID
from petstools.serializers.fields import ClearField, OptionalFlag, OtherNames, SaidText
from petstools.serializers.shared import AgainMixin, Before, DayUsed, OkMixin, TimeZoneMixin, WrittenMixin

# Of a scale: the main app's columns hold no more.
_BOUND = 1_000_000


class NamesField(ClearField):
    """Several names or words; numbers count as text, a single one may come without its list."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool):
            data = [data]
        if isinstance(data, str) and not data.lstrip().startswith("["):
            data = [one for one in data.split(",") if one.strip()]
        return super().to_internal_value(data)


class _HabitId(serializers.Serializer[Any]):
    habit_id = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        required=False,
        allow_null=True,
        help_text="The habit, by its id from list_habits.",
    )


class ListHabitsQuery(TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {"day": "date on", "archived": "include_archived all"}
    day = SaidText(help_text="Also what was noted then.")
    archived = OptionalFlag(help_text="true: archived ones too.")


class SaveHabitRequest(_HabitId, AgainMixin, TimeZoneMixin):
    OTHER_NAMES: OtherNames = {
        "habit_id": "id habit",
        "name": "title habit_name",
        "pets": "pet pet_ids pet_id pet_names pet_name",
        "reminder_time": "time remind_at at",
        "weekdays": "days reminder_weekdays reminder_days",
        "on_day": "date due due_at when once reminder_date day",
        "scale_min": "min minimum from",
        "scale_max": "max maximum to",
        "archived": "archive",
    }
    name = SaidText(help_text="What is noted or reminded of.")
    pets = NamesField(help_text="Names or ids of own pets.")
    scale_min = serializers.IntegerField(
        min_value=-_BOUND,
        max_value=_BOUND,
        required=False,
        allow_null=True,
        help_text="Of a daily number: its least.",
    )
    scale_max = serializers.IntegerField(
        min_value=-_BOUND, max_value=_BOUND, required=False, allow_null=True, help_text="Its highest."
    )
    reminder_time = SaidText(help_text="When to remind, HH:MM or as said; 'off' ends it.")
    weekdays = NamesField(help_text="Only on these days: mon, tue …")
    on_day = SaidText(help_text="If wanted once, on one day. Not possible, the answer says what is.")
    archived = OptionalFlag(help_text="true ends it, false brings it back.")


class RecordHabitRequest(_HabitId, TimeZoneMixin):
    OTHER_NAMES: OtherNames = {
        "habit_id": "id",
        "habit": "name habit_name",
        "value": "value_int done answer score",
        "day": "date on",
        "pets": "pet pet_ids pet_id pet_names pet_name",
    }
    habit = SaidText(help_text="Or by its name.")
    value = SaidText(help_text="yes, no, a number of its scale, or none.")
    day = SaidText(help_text="Which day, as said. Today if left out.")
    pets = NamesField(help_text="Only some of its pets.")


class PetOfHabit(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Its pet_id.")
    name = serializers.CharField(help_text="Its name.")


class HabitEntry(serializers.Serializer[Any]):
    pet_id = serializers.IntegerField(help_text="The pet.")
    pet_name = serializers.CharField(help_text="Its name.")
    value = serializers.IntegerField(
        allow_null=True, help_text="Of yes and no 1 and 0, else a number of the scale; null: nothing was noted."
    )


class Habit(serializers.Serializer[Any]):
    """What is not set is left out."""

    habit_id = serializers.IntegerField(help_text="Send it to change the habit or to note it for a day.")
    name = serializers.CharField(help_text="What is noted.")
    kind = serializers.ChoiceField(choices=["yes_no", "scale"], help_text="How it is noted.")
    scale_min = serializers.IntegerField(required=False, help_text="The least number of its scale.")
    scale_max = serializers.IntegerField(required=False, help_text="The greatest.")
    pets = PetOfHabit(many=True, help_text="Of which pets, as far as they are this person's.")
    reminder_time = serializers.CharField(required=False, help_text="When it reminds, HH:MM; without it it doesn't.")
    weekdays = serializers.ListField(
        child=serializers.CharField(help_text="mon, tue … or every day."), required=False, help_text="On which days."
    )
    reminder_zone = serializers.CharField(required=False, help_text="The time zone of that hour, and of its days.")
    archived = serializers.BooleanField(help_text="true: it is ended, and can be brought back.")
    is_own = serializers.BooleanField(
        help_text="false: somebody else made it; they alone can archive it or change its pets."
    )
    entries = HabitEntry(many=True, required=False, help_text="What was noted on the day asked about.")


class HabitsAnswer(DayUsed, OkMixin, serializers.Serializer[Any]):
    habits = Habit(many=True, help_text="By name, archived ones last.")
    total = serializers.IntegerField(help_text="How many there are.")
    note = serializers.CharField(required=False, help_text="Tell it to the person.")


class SavedHabitAnswer(DayUsed, WrittenMixin, serializers.Serializer[Any]):
    data = Habit(help_text="The habit as it is now.")  # type: ignore[assignment]  # DRF takes it off the class
    already_recorded = serializers.BooleanField(
        required=False, help_text="true: an identical call a moment ago had already made it."
    )
    before = Before(required=False, help_text="What stood in the changed fields before; tell it with what stands now.")
    note = serializers.CharField(required=False, help_text="Tell it to the person.")


class HabitDayAnswer(DayUsed, WrittenMixin, serializers.Serializer[Any]):
    habit_id = serializers.IntegerField(help_text="The habit.")
    habit = serializers.CharField(help_text="Its name.")
    day = serializers.CharField(help_text="The day, YYYY-MM-DD.")
    entries = HabitEntry(many=True, help_text="What stands there now.")
    before = Before(help_text="What stood there before, by the pets' names.")
