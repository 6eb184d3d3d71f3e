"""What change_many takes and gives. Every text here is read by the model."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from petstools.serializers.fields import OtherNames, SaidField, from_text
from petstools.serializers.record_many import RecordManyAnswer, RecordOwn, RecordResult, RecordsField
from petstools.serializers.shared import Before, TimeZoneMixin, Undo


class RecordToChange(RecordOwn):
    """What every record has that is to be changed, whatever its kind."""

    OTHER_NAMES: OtherNames = {"record_id": "id weight_id vaccination_id medical_record_id"}

    record_id = SaidField(help_text="The record's id, from its list or pet_history.")


class CommonField(serializers.Field[Any, Any, Any, Any]):
    """What all records get; each is judged with it later."""

    default_error_messages = {"not_an_object": "Send an object with the fields that all records get."}

    def to_internal_value(self, data: Any) -> Mapping[str, Any]:
        data = from_text(data)
        if not isinstance(data, Mapping):
            self.fail("not_an_object")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class ChangeManyRequest(TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {"records": "changes rows items", "set": "changes_to_all all common fields"}

    records = RecordsField(required=False, help_text="The records, at most 50.")
    set = CommonField(required=False, help_text="What all records get.")


class ChangedResult(RecordResult):
    before = Before(required=False, help_text="What stood in the changed fields before.")


class ChangeManyAnswer(RecordManyAnswer):
    results = ChangedResult(many=True, help_text="Each record, in the order sent.")
    undo = Undo(required=False, help_text="Call this if the person wants all of it taken back.")
