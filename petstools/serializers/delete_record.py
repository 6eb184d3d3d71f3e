"""What delete_record takes and gives. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from petstools.serializers.fields import OtherNames, SaidChoice
from petstools.serializers.medical_records import MedicalRecord
from petstools.serializers.merging import one_of
from petstools.serializers.microchips import Microchip
from petstools.serializers.shared import ConfirmationMixin, DayUsed, WrittenMixin
from petstools.serializers.vaccinations import Vaccination
from petstools.serializers.weights import Weight

KINDS = ("weight", "vaccination", "medical_record", "microchip", "photo")


class DeleteRecordQuery(ConfirmationMixin):
    OTHER_NAMES: OtherNames = {"kind": "type record_kind record_type"}
    kind = SaidChoice(
        choices=list(KINDS),
        help_text="What kind of record it is. Needed.",
        error_messages={"invalid_choice": f"must be one of: {', '.join(KINDS)}"},
    )


DeletedRecord = one_of(
    "DeletedRecord",
    Weight,
    Vaccination,
    MedicalRecord,
    Microchip,
    doc="A record as it was, with its own kind's fields.",
    instead={
        "id": serializers.IntegerField(help_text="Its id was this."),
        "pet_id": serializers.IntegerField(help_text="The pet that it was about."),
    },
)


class DeletedRecordAnswer(DayUsed, WrittenMixin, serializers.Serializer[Any]):
    note = serializers.CharField(required=False, help_text="What follows from it; tell the person.")
    deleted = DeletedRecord(allow_null=True, help_text="What was deleted; null when it was gone already.")
    already_deleted = serializers.BooleanField(help_text="true: an identical call a moment ago had already deleted it.")
