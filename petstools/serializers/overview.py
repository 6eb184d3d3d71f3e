"""What pets_overview takes and gives. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from petstools.serializers.fields import OptionalFlag, OtherNames, SaidChoice, SaidText
from petstools.serializers.pets import Pet
from petstools.serializers.shared import DayUsed, OkMixin, TimeZoneMixin
from petstools.serializers.weights import Weight


class OverviewRequest(TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {
        "species": "type kind animal pet_type",
        "name": "pet_name query q search",
        "due_within_days": "due_in_days within_days days due_within",
        "only_overdue": "overdue",
        "only_with_upcoming_vaccination": "upcoming only_upcoming",
        "sort_by": "sort order_by",
        "order": "sort_order direction sort_direction",
    }
    species = SaidText(
        help_text="Only this kind of animal, as the person said it, in any language: 'cats', 'mèo', 'собаки'."
    )
    name = SaidText(help_text="Only pets with this name, in any spelling.")
    only_with_upcoming_vaccination = OptionalFlag(help_text="true: only pets with a vaccination still to come.")
    only_overdue = OptionalFlag(help_text="true: only pets with an overdue vaccination.")
    due_within_days = serializers.IntegerField(
        min_value=0,
        max_value=3650,
        required=False,
        allow_null=True,
        help_text="Only pets with a vaccination due within so many days; overdue ones are included. 'Next month' is about 30 to 60.",
    )
    include_deceased = OptionalFlag(help_text="true: also pets that have died. Only if the person asks about them.")
    include_weights = OptionalFlag(
        help_text="true: also the five newest weights of each pet. Costs more of the day's requests; the newest one is always there."
    )
    sort_by = SaidChoice(
        choices=["name", "next_vaccination_due_at", "next_birthday_at"],
        help_text="next_vaccination_due_at for 'who is due next' (overdue first), next_birthday_at for 'whose birthday is next'.",
    )
    order = SaidChoice(
        choices=["asc", "desc"],
        help_text="asc: soonest or A first. desc: the other way round. What is not known stands last either way.",
    )
    page = serializers.IntegerField(
        min_value=1,
        max_value=10_000,
        required=False,
        allow_null=True,
        help_text="The next_page of an answer, to see more. Leave out at first.",
    )


class ActiveVaccination(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Send it as vaccination_id.")
    vaccine_name = serializers.CharField(help_text="Which vaccine.")
    administered_at = serializers.CharField(help_text="The day it was given, YYYY-MM-DD.")
    due_at = serializers.CharField(
        allow_null=True, help_text="The day the next one is due, YYYY-MM-DD; null: not known."
    )
    is_overdue = serializers.BooleanField(help_text="true: that day has passed.")


class OverviewPet(Pet):
    # Never in a list.
    text_by_others = None  # type: ignore[assignment]  # DRF's way to leave a field out
    active_vaccinations = ActiveVaccination(
        many=True, help_text="Vaccinations that are not replaced yet, soonest due first; eight at most."
    )
    active_vaccination_count = serializers.IntegerField(
        allow_null=True,
        help_text="How many of them there are; list_vaccinations has them all. null: they were not read.",
    )
    next_vaccination_due_at = serializers.CharField(
        allow_null=True,
        help_text="The next day on which a vaccination is due, YYYY-MM-DD; overdue ones are in overdue_since.",
    )
    days_until_vaccination = serializers.IntegerField(
        allow_null=True, help_text="Days until then by the person's day: 0 is today, -1 yesterday."
    )
    overdue_since = serializers.CharField(
        allow_null=True,
        help_text="Since when a vaccination is overdue, YYYY-MM-DD; mention it before anything upcoming.",
    )
    vaccination_details = serializers.ChoiceField(
        choices=["complete", "not_needed", "not_allowed", "unavailable"],
        help_text="unavailable: could not be read just now, say so. not_allowed: the person may not see this pet's records. "
        "not_needed: nothing is due, or it was not asked for.",
    )
    recent_weights = Weight(
        many=True,
        required=False,
        allow_null=True,
        help_text="The five newest weights, newest first; null: could not be read.",
    )


class OverviewAnswer(DayUsed, OkMixin, serializers.Serializer[Any]):
    pets = OverviewPet(many=True, help_text="The pets that fit, in the order asked for.")
    total = serializers.IntegerField(help_text="How many pets fit, on all pages.")
    page = serializers.IntegerField(help_text="The page that this is.")
    next_page = serializers.IntegerField(
        allow_null=True, help_text="Call again with this page to see more; null: this was all."
    )
    incomplete = serializers.BooleanField(
        help_text="true: some pet's records could not be read; say which (vaccination_details, recent_weights)."
    )
