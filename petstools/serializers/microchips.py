"""What the microchip tools take and give. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from petstools.serializers.fields import ClearField, FreeText, OtherNames, SaidText
from petstools.serializers.shared import (
    AgainMixin,
    ChangedMixin,
    DayUsed,
    ListQuery,
    OkMixin,
    TimeZoneMixin,
    WrittenMixin,
)


class _MicrochipFields(AgainMixin, TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {
        "chip_number": "chip microchip number chip_id microchip_number",
        "issuer": "manufacturer brand registry",
        "implanted_at": "date day implanted_on implant_date implantation_date",
    }
    chip_number = SaidText(
        help_text="The number of the chip as text, with all zeros at the front: '982000123456789'. 10 to 20 characters, mostly 15 "
        "digits; spaces, dots and dashes are taken out. Copy it exactly and never make it up or fill it up."
    )
    issuer = FreeText(
        most=255, help_text="Who made or registered the chip, if the person said it: 'HomeAgain', 'Datamars'."
    )
    implanted_at = SaidText(
        help_text="The day the chip was implanted, if known: YYYY-MM-DD or as said ('yesterday', 'hôm qua'). Leave out if unknown."
    )


class AddMicrochipRequest(_MicrochipFields):
    """A microchip to record; chip_number is needed."""


class UpdateMicrochipRequest(_MicrochipFields):
    """What to change of a microchip; send only that."""

    clear = ClearField(help_text="To be emptied: issuer, implanted_at.")


class ListMicrochipsQuery(ListQuery):
    """Which page."""


class Microchip(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Send it as microchip_id to change or delete this microchip.")
    pet_id = serializers.IntegerField(help_text="The pet that carries it.")
    chip_number = serializers.CharField(help_text="The number, as text. Tell it exactly as it is.")
    issuer = serializers.CharField(allow_null=True, help_text="Who made or registered the chip.")
    implanted_at = serializers.CharField(allow_null=True, help_text="The day it was implanted, YYYY-MM-DD.")


class MicrochipsAnswer(OkMixin, serializers.Serializer[Any]):
    microchips = Microchip(many=True, help_text="Those without a day first, then the newest.")
    total = serializers.IntegerField(help_text="How many there are on all pages.")
    page = serializers.IntegerField(help_text="The page that this is.")
    next_page = serializers.IntegerField(
        allow_null=True, help_text="Call again with this page to see more; null: this was all."
    )


class MicrochipAnswer(DayUsed, ChangedMixin, serializers.Serializer[Any]):
    data = Microchip(help_text="The microchip as it is stored now.")  # type: ignore[assignment]  # DRF takes it off the class
    already_recorded = serializers.BooleanField(
        required=False, help_text="true: an identical call a moment ago had already saved it; it was not saved twice."
    )


class DeletedMicrochipAnswer(WrittenMixin, serializers.Serializer[Any]):
    deleted = Microchip(allow_null=True, help_text="What was deleted; null when it was gone already.")
    already_deleted = serializers.BooleanField(help_text="true: an identical call a moment ago had already deleted it.")
