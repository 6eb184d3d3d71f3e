"""What review_records takes and gives. Every text here is read by the model."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from petstools.serializers.medical_records import MedicalRecord
from petstools.serializers.merging import one_of
from petstools.serializers.outcomes import Candidate, FieldProblem
from petstools.serializers.record_many import RecordItem, RecordsField, RecordToSendAgain
from petstools.serializers.shared import DayUsed, IgnoredFields, OkMixin, TimeZoneMixin
from petstools.serializers.vaccinations import Vaccination
from petstools.serializers.weights import Weight


class ReadRecord(RecordItem):
    """A record as record_many takes it, with what was hard to read."""

    unsure = serializers.ListField(
        child=serializers.CharField(help_text="A field."),
        help_text="Its fields that were hard to read.",
        required=False,
    )


@extend_schema_field(ReadRecord(many=True))
class ReadRecordsField(RecordsField):
    """record_many's own; `unsure` is taken out before each is read."""


class ReviewRecordsRequest(TimeZoneMixin, serializers.Serializer[Any]):
    records = ReadRecordsField(required=False, help_text="As record_many's; unsure: fields hard to read.")


class ShotInShort(serializers.Serializer[Any]):
    vaccine_name = serializers.CharField(help_text="Which vaccine.")
    administered_at = serializers.CharField(help_text="The day it was given, YYYY-MM-DD.")


There = one_of(
    "There",
    Weight,
    Vaccination,
    MedicalRecord,
    doc="What is there already: a record with its own kind's fields, or another row.",
    instead={"row": serializers.IntegerField(required=False, help_text="The index of the row that is the same.")},
)


class ReviewedRow(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Which of the records sent this is, counted from 0.")
    kind = serializers.CharField(allow_null=True, help_text="Its kind, as sent.")
    pet = serializers.CharField(
        allow_null=True, help_text="The pet's name; as sent, where it is not clear whose it is."
    )
    pet_id = serializers.IntegerField(allow_null=True, help_text="The pet, where it is clear.")
    what = serializers.CharField(allow_null=True, help_text="The weight, the vaccine or the kind of medical record.")
    day = serializers.CharField(allow_null=True, help_text="The day, YYYY-MM-DD where it was understood.")
    due = serializers.CharField(allow_null=True, help_text="The day the next shot is due.")
    status = serializers.ChoiceField(
        choices=["ready", "duplicate", "clarification_needed", "error", "not_checked"],
        help_text="ready: record_many would save it. duplicate: it is there already. clarification_needed: ask what message says. "
        "error: it can't be saved. not_checked: there was no time.",
    )
    unsure = serializers.ListField(
        child=serializers.CharField(help_text="A field."), required=False, help_text="What was hard to read."
    )
    already = There(required=False, help_text="What it would double.")
    completes = ShotInShort(many=True, required=False, help_text="Open shots of the same vaccine that it completes.")
    followed_by = ShotInShort(
        required=False, help_text="The newer shot of the same vaccine: this one is kept as history, completed."
    )
    record = RecordToSendAgain(
        required=False, help_text="Where it is not among records: the record, to be corrected and sent."
    )
    note = serializers.CharField(required=False, help_text="Tell it to the person.")
    reason = serializers.CharField(required=False, help_text="Why the person has to be asked, as a stable word.")
    message = serializers.CharField(required=False, help_text="What to ask or tell about this row.")
    missing_fields = serializers.ListField(
        child=serializers.CharField(help_text="A field."), required=False, help_text="The fields to ask for."
    )
    candidates = Candidate(many=True, required=False, help_text="What the person can choose from.")
    error = serializers.CharField(required=False, help_text="What is wrong, as a stable code.")
    fields = FieldProblem(  # type: ignore[assignment]  # DRF takes it off the class
        many=True, required=False, help_text="Inputs that can't be used, and why."
    )
    ignored_fields = IgnoredFields()
    retryable = serializers.BooleanField(required=False, help_text="true: the same may go later.")


class ReviewSummary(serializers.Serializer[Any]):
    ready = serializers.IntegerField(help_text="How many would be saved.")
    duplicate = serializers.IntegerField(help_text="How many are there already.")
    to_ask = serializers.IntegerField(help_text="How many need an answer from the person.")
    failed = serializers.IntegerField(help_text="How many can't be saved, or were not looked at.")


class ReviewRecordsAnswer(DayUsed, OkMixin, serializers.Serializer[Any]):
    rows = ReviewedRow(many=True, help_text="The table to show.")
    records = RecordToSendAgain(many=True, help_text="Those ready for record_many.")
    summary = ReviewSummary(help_text="How many are how.")
    message = serializers.CharField(help_text="What to do now.")
