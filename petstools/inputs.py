"""What a tool is given, out of what a door received: ids checked, fields through the tool's serializers, unknown ones dropped."""

import functools
import re
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from mainapp.records import LARGEST_ID
from petstools.answers import Code, FieldReason, ToolError
from petstools.tools.base import Tool

_ID = re.compile(r"[1-9][0-9]{0,18}")


def checked_ids(ids: Mapping[str, str]) -> dict[str, int]:
    """The ids as numbers. Raises ToolError (INVALID_INPUT), naming each that is none."""
    wrong = [name for name, value in ids.items() if not _ID.fullmatch(value) or int(value) > LARGEST_ID]
    if wrong:
        raise ToolError(
            Code.INVALID_INPUT,
            f"{' and '.join(wrong)} must be the id of a record, a positive whole number. Call list_pets or find_pet to get it.",
            fields=[FieldReason(name, "must be a positive whole number from an earlier answer") for name in wrong],
        )
    return {name: int(value) for name, value in ids.items()}


def fields(tool: Tool, *, query: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The tool's input of its `query` and `request` fields. Raises rest_framework's ValidationError."""
    read: dict[str, Any] = {}
    for form, sent in ((tool.query, query), (tool.request, body)):
        if form is not None:
            said = given(sent)
            read |= _read(form, said) if said or not _may_stay_empty(form) else {}
    return given(read)


def given(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was really given: without nulls and blank texts."""
    return {
        name: value
        for name, value in data.items()
        if value is not None and not (isinstance(value, str) and not value.strip())
    }


def _read(form: type[Serializer[Any]], said: Mapping[str, Any]) -> Mapping[str, Any]:
    read: Mapping[str, Any] = _made(form).run_validation(said)
    return read


@functools.cache
def _made(form: type[Serializer[Any]]) -> Serializer[Any]:
    """A form's one serializer, for all threads: copying its fields for each call took most of the time of reading. It is never given
    `data`, and `run_validation` keeps nothing of what it reads (tests/tools/test_forms_keep_nothing.py)."""
    return form()


@functools.cache
def _may_stay_empty(form: type[Serializer[Any]]) -> bool:
    """Whether saying nothing is understood as nothing: then there is no need to ask each of its fields."""
    try:
        return not given(_read(form, {}))
    except ValidationError:
        return False
