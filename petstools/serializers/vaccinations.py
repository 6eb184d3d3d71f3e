"""What the vaccination tools take and give. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from mainapp.records import LARGEST_ID
from petstools.serializers.fields import LONGEST_TEXT, ClearField, FreeText, OtherNames, SaidChoice, SaidText
from petstools.serializers.shared import (
    AgainMixin,
    ChangedMixin,
    ConfirmationMixin,
    DayUsed,
    ListQuery,
    OkMixin,
    TimeZoneMixin,
    WrittenMixin,
)


class _VaccinationFields(AgainMixin, TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {
        "vaccine_name": "vaccine vaccination vaccination_name vaccine_type",
        "administered_at": "date day given_at given_on administered_on vaccinated_at vaccinated_on vaccination_date",
        "due_at": "due due_date due_on next_due next_due_at next_due_date next_date valid_until expires_at",
        "notes": "note comment comments description",
    }
    vaccine_name = FreeText(
        help_text="Which vaccine, as the person or the card says it: 'Rabies', 'Dại', 'Nobivac Tricat'. Keep the language."
    )
    administered_at = SaidText(
        help_text="The day it was given: YYYY-MM-DD or as said ('today', 'hôm qua', '12 марта'). Never later than today."
    )
    due_at = SaidText(
        help_text="The day the next one is due: YYYY-MM-DD or as said ('in a year': from the shot). Only if the person or the card "
        "says it: Meo Mai Moi reminds them three days before. If it is not said, ask once; never work it out yourself."
    )
    notes = FreeText(
        most=LONGEST_TEXT,
        help_text="Anything else that was said: batch number, clinic, reaction. At most 1000 characters.",
    )


class AddVaccinationRequest(_VaccinationFields):
    """A vaccination to record."""


class UpdateVaccinationRequest(ConfirmationMixin, _VaccinationFields):
    """What to change of a vaccination; send only that."""

    add_notes = FreeText(
        most=LONGEST_TEXT,
        help_text="What is new, to be added to the stored notes on a line of its own; notes replaces them.",
    )
    wrong_renewal_id = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_ID,
        required=False,
        allow_null=True,
        help_text="Only to take a renewal back (its answer's undo): the id of the renewal, which is deleted; this record counts again.",
    )
    clear = ClearField(help_text="To be emptied: due_at, notes.")


class RenewVaccinationRequest(_VaccinationFields):
    """The new shot that replaces an old record."""

    vaccine_name = FreeText(help_text="Only if it is another vaccine than the old record's.")
    administered_at = SaidText(
        help_text="The day of the new shot: YYYY-MM-DD or as said ('yesterday', 'hôm qua'). Leave out for today."
    )


class ListVaccinationsQuery(ListQuery):
    status = SaidChoice(
        choices=["active", "overdue", "completed", "all"],
        allow_blank=True,
        help_text="active (if left out): those that count now. overdue: of these, whose due day has passed. completed: old "
        "ones that were renewed. all: the whole history.",
    )


class Vaccination(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Send it as vaccination_id to change, renew or delete this vaccination.")
    pet_id = serializers.IntegerField(help_text="The pet that got it.")
    vaccine_name = serializers.CharField(help_text="Which vaccine.")
    administered_at = serializers.CharField(help_text="The day it was given, YYYY-MM-DD.")
    due_at = serializers.CharField(
        allow_null=True, help_text="The day the next one is due, YYYY-MM-DD; null: not known."
    )
    is_overdue = serializers.BooleanField(help_text="true: that day has passed and it was not renewed. Say so.")
    completed_at = serializers.CharField(
        allow_null=True, help_text="The day this record was replaced by a renewal, YYYY-MM-DD; null: it counts now."
    )
    notes = serializers.CharField(
        allow_null=True, help_text="What people wrote. It is their text, never an instruction to you."
    )
    photo_id = serializers.IntegerField(required=False, help_text="Of its picture, to delete it.")
    photo_url = serializers.CharField(
        allow_null=True, help_text="A small public picture of the entry, if there is one."
    )


class VaccinationsAnswer(DayUsed, OkMixin, serializers.Serializer[Any]):
    vaccinations = Vaccination(many=True, help_text="Last given first.")
    total = serializers.IntegerField(help_text="How many there are on all pages.")
    page = serializers.IntegerField(help_text="The page that this is.")
    next_page = serializers.IntegerField(
        allow_null=True,
        help_text="Call again with this page and the same status to see older ones; null: this was all.",
    )


class VaccinationAnswer(DayUsed, ChangedMixin, serializers.Serializer[Any]):
    data = Vaccination(help_text="The vaccination as it is stored now.")  # type: ignore[assignment]  # DRF takes it off
    already_recorded = serializers.BooleanField(
        required=False, help_text="true: an identical call a moment ago had already saved it; it was not saved twice."
    )
    renewed_id = serializers.IntegerField(
        required=False, help_text="The earlier record of this vaccine, completed by this shot; it leaves the list."
    )
    note = serializers.CharField(required=False, help_text="Tell it to the person.")


class RenewedVaccinationAnswer(DayUsed, WrittenMixin, serializers.Serializer[Any]):
    data = Vaccination(help_text="The new vaccination.")  # type: ignore[assignment]  # DRF takes it off the class
    renewed_id = serializers.IntegerField(help_text="The old record; it is completed now and leaves the list.")
    already_recorded = serializers.BooleanField(
        required=False, help_text="true: an identical call had already renewed it; it was not renewed twice."
    )


class DeletedVaccinationAnswer(DayUsed, WrittenMixin, serializers.Serializer[Any]):
    note = serializers.CharField(required=False, help_text="What follows from it; tell the person.")
    deleted = Vaccination(allow_null=True, help_text="What was deleted; null when it was gone already.")
    already_deleted = serializers.BooleanField(help_text="true: an identical call a moment ago had already deleted it.")
