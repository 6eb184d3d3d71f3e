"""An uploaded image: the validator's rules about it, judged by content and not by name (main-app.md §9.1)."""

from __future__ import annotations

from pathlib import PurePath

from .answers import InvalidError
from .images import ALLOWED_TYPES, IMAGE_TYPES, Picture, size_of, sniffed_type
from .pipeline import Call
from .validation import Field, checked

MAX_KILOBYTES = 10_240
NOT_AN_IMAGE = "The photo field must be an image."
WRONG_TYPE = "The photo field must be a file of type: jpeg, png, jpg, gif, svg."
TOO_LARGE = f"The photo field must not be greater than {MAX_KILOBYTES} kilobytes."


def validated_upload(call: Call, fields: dict[str, Field]) -> Picture:
    """The picture in `photo`, or 422 with every error about it and about the other fields."""
    _, errors = checked(call.body, fields)
    upload = call.files.get("photo")
    content = b"" if upload is None else upload.read()
    if upload is None and call.body.get("photo") is None:
        errors["photo"] = ["The photo field is required."]
    else:
        wrong = _errors_of(content)
        if wrong:
            errors["photo"] = wrong
    if upload is None or errors:
        raise InvalidError(errors)
    name = PurePath(upload.name or "photo").name
    return Picture(name, sniffed_type(content) or "", content, *size_of(content))


def _errors_of(content: bytes) -> list[str]:
    kind = sniffed_type(content)
    errors = [] if kind in IMAGE_TYPES else [NOT_AN_IMAGE]
    if kind not in ALLOWED_TYPES:
        errors.append(WRONG_TYPE)
    if len(content) > MAX_KILOBYTES * 1024:
        errors.append(TOO_LARGE)
    return errors
