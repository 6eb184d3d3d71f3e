"""What attach_files takes and gives. Every text here is read by the model."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mainapp.records import LARGEST_ID
from petstools.serializers.account import Storage
from petstools.serializers.fields import OptionalFlag, SaidChoice, from_text
from petstools.serializers.outcomes import FieldProblem, QuotaUsed
from petstools.serializers.shared import AgainMixin, IgnoredFields

MOST_FILES = 10


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class FileRefsField(serializers.Field[Any, Any, Any, Any]):
    """ChatGPT's `openaiFileIdRefs`: strings in the schema, objects `{name, id, mime_type, download_link}` at run time (actions.md)."""

    default_error_messages = {
        "not_a_list": "Send the files of this chat as a list.",
        "too_many": "Send at most {most} files in one call.",
        "not_a_file": "Entry {index} is not a file of this chat: ask the person to upload it here.",
        "not_handed_over": "Entry {index} came without its file: this app did not hand it over, and sending it here again will not "
        "help. Tell the person to open ChatGPT in a browser and to send the file there.",
    }

    def to_internal_value(self, data: Any) -> list[dict[str, str]]:
        data = from_text(data)
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MOST_FILES:
            self.fail("too_many", most=MOST_FILES)
        return [self._file(index, entry) for index, entry in enumerate(data, 1)]

    def to_representation(self, value: Any) -> Any:
        return value

    def _file(self, index: int, entry: Any) -> dict[str, str]:
        # ChatGPT's phone apps sometimes send this word and nothing else.
        if isinstance(entry, str) and entry.startswith("chat_upload"):
            self.fail("not_handed_over", index=index)
        if not isinstance(entry, Mapping) or not isinstance(entry.get("download_link"), str):
            self.fail("not_a_file", index=index)
        return {
            name: value[:8192]
            for name in ("name", "id", "mime_type", "download_link")
            if isinstance(value := entry.get(name), str)
        }


class AttachFilesRequest(AgainMixin, serializers.Serializer[Any]):
    openaiFileIdRefs = FileRefsField(  # noqa: N815 - ChatGPT fills a property of exactly this name
        required=False,
        help_text="The pictures and PDFs that the person sent in this chat, at most ten. JPEG, PNG, GIF, WebP, HEIC and PDF work.",
    )
    target = SaidChoice(
        choices=["pet", "vaccination", "medical_record"],
        help_text="What the files belong to. pet: a photo of the animal. vaccination: one photo, such as the page of its card. "
        "medical_record: any number of pages. Ask when it is not clear.",
    )
    record_id = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        required=False,
        allow_null=True,
        help_text="The vaccination's or medical record's id; not for pet. List "
        "the records first, or add the record and use its id.",
    )
    make_primary = OptionalFlag(
        help_text="true: a new pet photo becomes the main one. Only if the person asked for it."
    )
    replace = OptionalFlag(
        help_text="true: replace the one photo that a vaccination already has. Only after the person has agreed."
    )


class AttachedPhoto(serializers.Serializer[Any]):
    photo_id = serializers.IntegerField(help_text="The stored photo.")
    url = serializers.CharField(allow_null=True, help_text="Its public address; may change while it is being prepared.")


class AttachedFile(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="The file, by its name.")
    status = serializers.ChoiceField(
        choices=["ok", "error", "not_saved"],
        help_text="ok: saved. error: not saved, tell what message says. not_saved: was not tried; call again with this file.",
    )
    photos = AttachedPhoto(many=True, required=False, help_text="What was stored of it; a PDF makes one photo a page.")
    already_recorded = serializers.BooleanField(
        required=False, help_text="true: an identical call a moment ago had already saved it; it was not saved twice."
    )
    error = serializers.CharField(required=False, help_text="Why it could not be saved, as a stable code.")
    message = serializers.CharField(required=False, help_text="What to tell or ask the person about this file.")
    fields = FieldProblem(  # type: ignore[assignment]  # DRF takes it off the class
        many=True, required=False, help_text="Inputs that Meo Mai Moi refused, and why."
    )
    retryable = serializers.BooleanField(required=False, help_text="true: the same file may go later.")
    retry_after = serializers.IntegerField(required=False, help_text="Seconds to wait before sending it again.")
    storage = Storage(required=False, help_text="The photo storage, where it is full.")
    quota = QuotaUsed(required=False, help_text="The daily limit, where it is used up.")


class AttachedFilesAnswer(serializers.Serializer[Any]):
    ignored_fields = IgnoredFields()
    status = serializers.ChoiceField(
        choices=["ok", "partial"],
        help_text="ok: every file was saved. partial: some or none were; tell which, and why.",
    )
    saved = serializers.IntegerField(help_text="How many files were saved.")
    results = AttachedFile(many=True, help_text="Each file, in the order sent.")
    note = serializers.CharField(allow_null=True, help_text="Something to tell the person.")
