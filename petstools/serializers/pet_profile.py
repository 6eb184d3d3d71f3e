"""What the tools that make, change and delete a pet take and give. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from mainapp.records import LARGEST_ID
from petstools.serializers.fields import ClearField, FreeText, OptionalFlag, OtherNames, SaidNumber, SaidText
from petstools.serializers.pets import Pet
from petstools.serializers.shared import (
    AgainMixin,
    ChangedMixin,
    ConfirmMixin,
    DayUsed,
    OkMixin,
    TimeZoneMixin,
    WrittenMixin,
)


class PetProfile(TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {
        "species": "type kind animal pet_type animal_type",
        "sex": "gender",
        "birth_date": "birthday birthdate date_of_birth dob born",
        "country": "country_code",
        "city": "city_name town",
        "breed": "category categories breeds race",
        "description": "notes about bio",
    }
    name = SaidText(help_text="What the pet is called, as the person wrote it, emoji too, without words like 'my cat'.")
    species = SaidText(
        help_text="The kind of animal as the person said it, in any language: 'cat', 'con mèo', 'щенок'. Never guess it from the "
        "name."
    )
    sex = SaidText(help_text="male, female or unknown, or as said: 'boy', 'đực', 'девочка'. Leave out if nobody said.")
    birth_date = SaidText(
        help_text="The birthday as said: YYYY-MM-DD, '12 марта 2024', or only YYYY-MM or YYYY. Of the fields birth_date, "
        "birth_month_year, age_months and age send the one that fits best; none when nobody knows. Never make up a day or a month."
    )
    birth_month_year = SaidText(
        help_text="When only month and year are known: YYYY-MM, 'May 2023', 'tháng 5 năm 2023'."
    )
    age_months = SaidNumber(help_text="The age in months, when it was said so: 6.")
    age = SaidText(
        help_text="The age as said: '6 months', '2 tuổi rưỡi', '3 года', 'about a year'. Don't work out a date yourself."
    )
    country = SaidText(
        help_text="Where the pet lives, only if the person said it: two letters such as VN, or the country's name in any language. "
        "Left out for a new pet, the country of the person's other pets is taken, or you are told to ask."
    )
    city = SaidText(help_text="The city of that country, as said; 'unknown' where they moved and don't know.")
    breed = FreeText(help_text="The breed as said: 'Siamese', 'mèo Anh lông ngắn'.")
    description = FreeText(
        most=5000,
        help_text="A note about the pet in the person's own words and language: looks, character, habits. Once set it can "
        "be replaced, not emptied.",
    )
    description_language = FreeText(
        help_text="The language that description is written in: en, ru, uk or vi. Send it with every description; leave it out for "
        "any other language."
    )
    confirm_duplicate = OptionalFlag(
        help_text="true: after possible_duplicate, once the person says that it is another animal."
    )


class CreatePetRequest(AgainMixin, PetProfile):
    """The new pet; name and species are needed."""

    # Of a change it says which pet is meant.
    OTHER_NAMES: OtherNames = {"name": "pet_name"}


class UpdatePetRequest(PetProfile):
    """What to change of a pet; send only that."""

    add_description = FreeText(
        most=5000,
        help_text="What is new, to be added to the description. On a line of its own; description replaces what is stored.",
    )
    main_photo_id = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        required=False,
        allow_null=True,
        help_text="The photo to show first, by its id from get_pet.",
    )
    clear = ClearField(
        help_text="birth_date, sex or breed, to be emptied. The birthday is then not known, the sex not specified; nothing else of "
        "a pet can be emptied."
    )


class SetPetStatusRequest(ConfirmMixin, TimeZoneMixin, serializers.Serializer[Any]):
    OTHER_NAMES: OtherNames = {
        "status": "state new_status",
    }
    status = SaidText(
        help_text="active (alive, with its people, found again), lost or deceased, or as said: 'found', 'đi lạc', 'пропала'."
    )


class DeletePetQuery(ConfirmMixin, serializers.Serializer[Any]):
    """What a second call brings."""


class CreatedPetAnswer(DayUsed, WrittenMixin, serializers.Serializer[Any]):
    data = Pet(help_text="The pet as it is stored now.")  # type: ignore[assignment]  # DRF takes it off the class
    already_recorded = serializers.BooleanField(
        required=False,
        help_text="true: an identical call a moment ago had already made this pet; there is no second one.",
    )


class UpdatedPetAnswer(DayUsed, ChangedMixin, serializers.Serializer[Any]):
    data = Pet(help_text="The pet as it is stored now.")  # type: ignore[assignment]  # DRF takes it off the class
    note = serializers.CharField(required=False, help_text="Something the person should hear about this change.")


class PetStatusAnswer(DayUsed, ChangedMixin, serializers.Serializer[Any]):
    data = Pet(help_text="The pet as it is stored now.")  # type: ignore[assignment]  # DRF takes it off the class
    changed = serializers.BooleanField(help_text="false: the pet had this status already.")
    note = serializers.CharField(required=False, help_text="What follows from it; tell the person.")


class DeletedPet(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The id that it had.")
    name = serializers.CharField(help_text="The name that it had.")


class DeletedPetAnswer(DayUsed, OkMixin, serializers.Serializer[Any]):
    deleted = DeletedPet(allow_null=True, help_text="What was deleted; null when it was gone already.")
    already_deleted = serializers.BooleanField(help_text="true: an identical call a moment ago had already deleted it.")
