"""What record_many takes and gives. Every text here is read by the model."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from petstools.serializers.fields import OtherNames, SaidField, SaidText, from_text
from petstools.serializers.medical_records import AddMedicalRecordRequest, MedicalRecord
from petstools.serializers.merging import one_of
from petstools.serializers.outcomes import Candidate, FieldProblem, QuotaUsed
from petstools.serializers.shared import DayUsed, IgnoredFields, TimeZoneMixin, Undo
from petstools.serializers.vaccinations import AddVaccinationRequest, Vaccination
from petstools.serializers.weights import AddWeightRequest, Weight

MOST_RECORDS = 50


@extend_schema_field(OpenApiTypes.INT)
class PetIdField(SaidField):
    """A pet's id where it is one of many: a bad one is that record's own error."""


class RecordOwn(serializers.Serializer[Any]):
    """What every record has, whatever its kind."""

    OTHER_NAMES: OtherNames = {"pet_name": "pet"}

    kind = serializers.ChoiceField(
        choices=["weight", "vaccination", "medical_record"],
        help_text="What this record is: weight (needs weight_kg), vaccination (vaccine_name, administered_at) or medical_record "
        "(record_type, record_date). Decides which of the other fields count.",
    )
    pet_id = PetIdField(
        help_text="The pet's id, if you have it from an earlier answer. Each record needs this or pet_name."
    )
    pet_name = SaidText(help_text="The pet's name as said or read, if you don't have its id.")
    species = SaidText(help_text="The kind of animal as said, only to tell pets of the same name apart.")


class RecordItem(RecordOwn, AddWeightRequest, AddVaccinationRequest, AddMedicalRecordRequest):
    """One record of any kind: its kind, its pet, and that kind's own fields."""


@extend_schema_field(RecordItem(many=True))
class RecordsField(serializers.Field[Any, Any, Any, Any]):
    """The records; each is judged on its own later, so that a bad one does not hold up the others."""

    default_error_messages = {
        "not_a_list": "Send a list of records.",
        "too_many": "Send at most {most} records in one call; send the rest in the next one.",
        "not_a_record": "Entry {index} is not a record: send an object with kind, the pet and the kind's fields.",
    }

    def to_internal_value(self, data: Any) -> list[Mapping[str, Any]]:
        data = from_text(data)
        if isinstance(data, Mapping):
            data = [data]
        if not isinstance(data, list):
            self.fail("not_a_list")
        records: list[Any] = [from_text(entry) for entry in data]
        if len(records) > MOST_RECORDS:
            self.fail("too_many", most=MOST_RECORDS)
        for index, entry in enumerate(records, 1):
            if not isinstance(entry, Mapping):
                self.fail("not_a_record", index=index)
        return records

    def to_representation(self, value: Any) -> Any:
        return value


class RecordManyRequest(TimeZoneMixin, serializers.Serializer[Any]):
    records = RecordsField(
        required=False,
        help_text="The records to save, at most 50. Before the call show the person what you read and let them correct it.",
    )


SavedRecord = one_of(
    "SavedRecord",
    Weight,
    Vaccination,
    MedicalRecord,
    doc="A record of any kind, with its own kind's fields.",
    instead={
        "id": serializers.IntegerField(help_text="Its weight_id, vaccination_id or record_id, by its kind."),
        "pet_id": serializers.IntegerField(help_text="The pet that it is about."),
    },
)


class RecordResult(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Which of the records sent this is about, counted from 0.")
    kind = serializers.CharField(allow_null=True, help_text="Its kind, as sent.")
    status = serializers.ChoiceField(
        choices=["ok", "clarification_needed", "error", "not_written"],
        help_text="ok: saved. clarification_needed: ask what message says, then send it again. error: tell the person. not_written: "
        "is not saved; it is in send_again, and the answer's message says why.",
    )
    data = SavedRecord(  # type: ignore[assignment]  # DRF takes it off the class
        required=False, help_text="The record as it is stored now, with its own kind's fields."
    )
    already_recorded = serializers.BooleanField(
        required=False, help_text="true: an identical call a moment ago had already saved it; it was not saved twice."
    )
    undo = Undo(required=False, help_text="Call this if the person wants it taken back.")
    renewed_id = serializers.IntegerField(required=False, help_text="The earlier vaccination that this one completed.")
    note = serializers.CharField(required=False, help_text="Tell it to the person.")
    reason = serializers.CharField(required=False, help_text="Why the person has to be asked, as a stable word.")
    missing_fields = serializers.ListField(
        child=serializers.CharField(help_text="A field."),
        required=False,
        help_text="The fields of this record to ask for.",
    )
    candidates = Candidate(many=True, required=False, help_text="What the person can choose from.")
    error = serializers.CharField(required=False, help_text="What went wrong, as a stable code.")
    message = serializers.CharField(required=False, help_text="What to ask or tell about this record.")
    fields = FieldProblem(  # type: ignore[assignment]  # DRF takes it off the class
        many=True, required=False, help_text="Inputs that can't be used, and why."
    )
    ignored_fields = IgnoredFields()
    retryable = serializers.BooleanField(required=False, help_text="true: the same record may go later.")
    retry_after = serializers.IntegerField(required=False, help_text="Seconds to wait before sending it again.")
    quota = QuotaUsed(required=False, help_text="The daily limit, where it is used up.")


class RecordSummary(serializers.Serializer[Any]):
    written = serializers.IntegerField(help_text="How many records are saved.")
    to_ask = serializers.IntegerField(help_text="How many need an answer from the person.")
    failed = serializers.IntegerField(help_text="How many could not be saved.")
    not_written = serializers.IntegerField(help_text="How many were not tried.")


class RecordToSendAgain(serializers.Serializer[Any]):
    """A record as it was sent, with all its fields."""

    kind = serializers.CharField(help_text="Its kind, as sent.")


class RecordManyAnswer(DayUsed):
    ignored_fields = IgnoredFields()
    status = serializers.ChoiceField(
        choices=["ok", "partial"],
        help_text="ok: all are saved. partial: tell which are saved, and ask or tell what the messages of the others say.",
    )
    summary = RecordSummary(help_text="How many ended how.")
    results = RecordResult(many=True, help_text="Each record, in the order sent.")
    send_again = RecordToSendAgain(
        many=True,
        help_text="The records that were not saved for now, ready to be sent again after retry_after seconds.",
    )
    retry_after = serializers.IntegerField(
        allow_null=True,
        help_text="Seconds to wait before sending send_again; null: nothing waits, or nobody knows how long.",
    )
    message = serializers.CharField(
        required=False, help_text="Why records were handed back in send_again, and what to do."
    )
