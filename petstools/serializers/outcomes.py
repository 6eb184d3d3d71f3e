"""What every tool may answer instead of its own record: a question to the person, or an error. Every text is read by the model."""

from typing import Any

from rest_framework import serializers

from petstools.answers import Code
from petstools.serializers.account import Storage
from petstools.serializers.shared import IgnoredFields


class Candidate(serializers.Serializer[Any]):
    """One thing to choose from. Fields with the name of an input are ready to be sent back; a record has its own fields."""

    id = serializers.IntegerField(
        required=False, help_text="Id of the pet or record; send it under the name that message says."
    )
    pet_id = serializers.IntegerField(required=False, help_text="Send it back as pet_id.")
    name = serializers.CharField(required=False, help_text="What to call it when you ask the person.")
    slug = serializers.CharField(required=False, help_text="A kind of animal; send it back as species.")
    status = serializers.CharField(required=False, help_text="Whether a pet is active, lost or deceased, or shall be.")
    confirm = serializers.BooleanField(required=False, help_text="No longer sent: see confirmation.")


class Question(serializers.Serializer[Any]):
    """What stands in an answer whose status is clarification_needed."""

    reason = serializers.CharField(
        help_text="Why the person has to be asked, as a stable word: missing, no_match, possible_duplicate, already_exists, …"
    )
    message = serializers.CharField(help_text="What to ask the person, and what to do with their reply. Follow it.")
    missing_fields = serializers.ListField(
        child=serializers.CharField(help_text="An input of this operation."),
        help_text="The inputs to ask for; ask for all of them at once.",
    )
    candidates = Candidate(many=True, help_text="What the person can choose from, by names, not ids. Often empty.")
    confirmation = serializers.CharField(
        required=False, help_text="Send it with the same call once the person has agreed; good for ten minutes."
    )
    ignored_fields = IgnoredFields()


class FieldProblem(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="The input, by its name in this operation.")
    reason = serializers.CharField(help_text="What is wrong with it.")


class QuotaUsed(serializers.Serializer[Any]):
    limit = serializers.IntegerField(help_text="Requests a day, this connection and the person's own browser together.")
    used = serializers.IntegerField(help_text="How many were made today.")
    remaining = serializers.IntegerField(help_text="How many are left today.")
    reset_at = serializers.CharField(help_text="When it opens again, ISO 8601.")


class Error(serializers.Serializer[Any]):
    """The one shape of every error."""

    error = serializers.ChoiceField(
        choices=[code.value for code in Code], help_text="What went wrong, as a stable code."
    )
    message = serializers.CharField(
        help_text="What happened and what to do next. Follow it; tell it in the person's words."
    )
    fields = FieldProblem(  # type: ignore[assignment]  # DRF takes it off the class
        many=True, help_text="Inputs that can't be used, if it is about them."
    )
    request_id = serializers.CharField(help_text="Tell it only to a person who wants to write to the support.")
    retryable = serializers.BooleanField(
        help_text="true: the same call may work later. false: don't send the same call again."
    )
    retry_after = serializers.IntegerField(required=False, help_text="Seconds to wait before calling again.")
    quota = QuotaUsed(required=False, help_text="The daily limit, with QUOTA_EXCEEDED.")
    storage = Storage(required=False, help_text="The photo storage, with STORAGE_FULL.")
