"""What the weight tools take and give. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from petstools.serializers.fields import FreeText, OtherNames, SaidText
from petstools.serializers.shared import (
    AgainMixin,
    ChangedMixin,
    DayUsed,
    ListQuery,
    OkMixin,
    TimeZoneMixin,
    WrittenMixin,
)


class _WeightFields(AgainMixin, TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {
        "weight_kg": "weight kg value weight_in_kg kilograms",
        "unit": "units weight_unit",
        "measured_at": "date day record_date weighed_at measured_on measurement_date weight_date",
    }
    weight_kg = SaidText(
        help_text="The weight as the person said it, with its unit: '4.2 kg', '450 g', '3,5 kg', '8 lb', '5 lạng'. A bare number "
        "is kilograms. Don't convert it yourself."
        " 'about 4 kg' is kept as 4 kg, and told so; 'over 4 kg' is asked about."
    )
    unit = FreeText(help_text="Only if weight_kg is a bare number in another unit: g, lb, oz, lạng.")
    measured_at = SaidText(
        help_text="The day of weighing: YYYY-MM-DD or as said ('yesterday', 'hôm qua'). Leave out for today when adding."
    )


class AddWeightRequest(_WeightFields):
    """A weighing to record."""


class UpdateWeightRequest(_WeightFields):
    """What to change of a weighing; send only that."""


class ListWeightsQuery(ListQuery):
    """Which page."""


class Weight(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Send it as weight_id to change or delete this weighing.")
    pet_id = serializers.IntegerField(help_text="The pet that was weighed.")
    weight_kg = serializers.FloatField(help_text="Kilograms.")
    measured_at = serializers.CharField(help_text="The day, YYYY-MM-DD.")


class WeightsAnswer(OkMixin, serializers.Serializer[Any]):
    weights = Weight(many=True, help_text="Newest first.")
    total = serializers.IntegerField(help_text="How many there are on all pages.")
    page = serializers.IntegerField(help_text="The page that this is.")
    next_page = serializers.IntegerField(
        allow_null=True, help_text="Call again with this page to see older ones; null: this was all."
    )


class WeightAnswer(DayUsed, ChangedMixin, serializers.Serializer[Any]):
    data = Weight(help_text="The weighing as it is stored now.")  # type: ignore[assignment]  # DRF takes it off the class
    already_recorded = serializers.BooleanField(
        required=False, help_text="true: an identical call a moment ago had already saved it; it was not saved twice."
    )
    note = serializers.CharField(required=False, help_text="Tell it to the person.")


class DeletedWeightAnswer(WrittenMixin, serializers.Serializer[Any]):
    deleted = Weight(allow_null=True, help_text="What was deleted; null when it was gone already.")
    already_deleted = serializers.BooleanField(help_text="true: an identical call a moment ago had already deleted it.")
