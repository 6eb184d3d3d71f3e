"""Fields that several tools share."""

from typing import Any

from rest_framework import serializers

from petstools.serializers.fields import OptionalFlag, OtherNames, SaidText


class LimitLeft(serializers.Serializer[Any]):
    calls = serializers.IntegerField(help_text="Calls like this one that are still taken this minute.")
    per_minute = serializers.IntegerField(help_text="Of how many in all.")


# Wherever the answer needed to know which day it is for the person.
class DayUsed(serializers.Serializer[Any]):
    today = serializers.CharField(required=False, help_text="The person's day.")
    time_zone = serializers.CharField(required=False, help_text="Where today is that day.")


class IgnoredFields(serializers.ListField):
    """Beside any answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "child": serializers.CharField(help_text="As sent."),
                "required": False,
                "help_text": "Sent, but no field of this operation: not saved.",
                **kwargs,
            }
        )


class OkMixin(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["ok"], help_text="ok: it is done.")
    ignored_fields = IgnoredFields()
    limit_left = LimitLeft(
        required=False,
        help_text="There when little is left of the person's limit. At 0 wait a minute; several records go into one record_many.",
    )


class UndoArguments(serializers.Serializer[Any]):
    pet_id = serializers.IntegerField(
        required=False, help_text="The pet. The operation's other inputs stand beside it."
    )


class Undo(serializers.Serializer[Any]):
    operation = serializers.CharField(help_text="The operation that takes it back.")
    arguments = UndoArguments(help_text="What to call it with, exactly.")


class WrittenMixin(OkMixin):
    undo = Undo(required=False, help_text="Call this if the person wants it taken back.")


class Before(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, help_text="The old name, for one.")


class ChangedMixin(WrittenMixin):
    before = Before(required=False, help_text="What stood in the changed fields before; tell it with what stands now.")


class TimeZoneMixin(serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {"time_zone": "timezone tz zone user_time_zone user_timezone"}
    time_zone = SaidText(help_text="The person's IANA time zone. Send it if you know it: it makes 'today'.")


class AgainMixin(serializers.Serializer[Any]):
    again = OptionalFlag(
        help_text="Send true only after an answer asked for it. The person confirmed what looked unlikely, or wants the same again."
    )


class ConfirmationMixin(serializers.Serializer[Any]):
    confirmation = SaidText(
        help_text="That of the answer that asked. Leave out at first; send it exactly as it is, after the person has agreed."
    )


class DeleteRecordQuery(ConfirmationMixin):
    """What a second call brings."""


class ConfirmMixin(ConfirmationMixin):
    confirm = OptionalFlag(help_text="Of an older form; does nothing. Send confirmation instead.")


class _Page(serializers.Serializer[Any]):
    page = serializers.IntegerField(
        min_value=1,
        max_value=100_000,
        required=False,
        help_text="The next_page of an answer, to see more. Leave out at first.",
    )


class ListQuery(_Page, TimeZoneMixin):
    pass
