"""What get_account tells. Every text here is read by the model."""

from typing import Any

from rest_framework import serializers

from petstools.serializers.shared import OkMixin


class Storage(serializers.Serializer[Any]):
    used_bytes = serializers.IntegerField(help_text="What the person's photos take up.")
    limit_bytes = serializers.IntegerField(help_text="How much they may take up.")


class DailyQuota(serializers.Serializer[Any]):
    limit = serializers.IntegerField(help_text="Requests a day, this connection and the person's own browser together.")
    used_up = serializers.BooleanField(help_text="true: nothing works until opens_again_at; tell the person.")
    opens_again_at = serializers.CharField(
        allow_null=True, help_text="When it opens again, ISO 8601; null when it is open."
    )


class Pages(serializers.Serializer[Any]):
    account = serializers.CharField(
        help_text="E-mail address and a new verification mail, password, storage, deleting the account."
    )
    pet = serializers.CharField(help_text="A pet's people (sharing); put the pet's id in place of {pet_id}.")


class AccountAnswer(OkMixin, serializers.Serializer[Any]):
    name = serializers.CharField(help_text="The person's name on Meo Mai Moi.")
    language = serializers.CharField(
        help_text="The language they chose there: en, vi, ru or uk. Answer in the one they write in."
    )
    connected_since = serializers.CharField(help_text="Since when this app is connected, YYYY-MM-DD.")
    connected_until = serializers.CharField(help_text="When they will have to sign in again at the latest, YYYY-MM-DD.")
    email_verified = serializers.BooleanField(
        help_text="false: nothing but this can be read or changed until they open the link in the mail from Meo Mai Moi; "
        "a new mail comes from pages.account. Tell them."
    )
    can_change_things = serializers.BooleanField(
        help_text="false: the account may only read, or its e-mail address is not verified. Don't offer changes."
    )
    plan = serializers.ChoiceField(
        choices=["regular", "premium"], help_text="premium: no daily limit, more photo storage."
    )
    storage = Storage(allow_null=True, help_text="Photo storage; null when Meo Mai Moi does not tell.")
    daily_quota = DailyQuota(allow_null=True, help_text="The daily limit; null as long as it was never met.")
    pages = Pages(help_text="Where the person does what no operation does. Give them the address.")
