"""What a tool is given, out of what a door received: a body of strict JSON, ids checked, fields under their own names and through the
tool's serializers; what is left over is named, never dropped in silence (docs/decisions/meaning.md, rule 8)."""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, Protocol

from django.http.request import UnreadablePostError
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.serializers import Serializer

from mainapp.records import LARGEST_ID
from petstools.answers import Answer, Code, Done, FieldReason, ToolError
from petstools.serializers.fields import NotStrict, strictly
from petstools.tools.base import Tool

_ID = re.compile(r"[1-9][0-9]{0,18}")


# ChatGPT's own limit is 100,000 characters (actions.md); in UTF-8 Vietnamese and Cyrillic take up to three bytes each.
MOST_BYTES = 300_000


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "This body is too large."
    default_code = "too_large"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def strict_json(stream: _Readable) -> Any:
    """The JSON value of a body, strictly: UTF-8, no key twice, no NaN. Raises ParseError and BodyTooLarge."""
    try:
        raw = stream.read(MOST_BYTES + 1)
    except (UnreadablePostError, OSError):
        raise ParseError("The body did not arrive whole.") from None
    if len(raw) > MOST_BYTES:
        raise BodyTooLarge
    try:
        return strictly(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8 text.") from None
    except RecursionError:
        raise ParseError("The body is nested too deeply.") from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {_where(error)}.") from None


class ToolJSONParser(BaseParser):
    """Strict JSON: UTF-8, an object, no key twice, no NaN, bounded size and depth."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        data = strict_json(stream)
        if not isinstance(data, dict):
            raise ParseError("Send one JSON object with the fields of this operation.")
        return data


def _where(error: ValueError) -> str:
    """The decoder's position, not its text: that could hold what the person wrote."""
    if isinstance(error, json.JSONDecodeError):
        return f"see line {error.lineno}, column {error.colno}"
    return str(error) if isinstance(error, NotStrict) else "it holds a number that is too long"


def name_of_pet(said: Any) -> str | None:
    """What was sent for a pet's id, where it is a name: a text with anything but figures and their signs in it."""
    return said if isinstance(said, str) and re.search(r"[^\d\s.,+-]", said) else None


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


@dataclass(frozen=True, slots=True)
class Input:
    """What a tool is given, and the names of what was sent beside it, which it does not take; pet_name: the pet as it was said, where
    that takes the place of its id."""

    fields: dict[str, Any]
    ignored: tuple[str, ...] = ()
    pet_name: str | None = None


def read(tool: Tool, *, query: Mapping[str, Any], body: Mapping[str, Any]) -> Input:
    """The tool's input of its `query` and `request` fields, where query and body may be the same. Raises rest_framework's
    ValidationError, and ToolError (INVALID_INPUT) where one field came under two names with two values."""
    fields: dict[str, Any] = {}
    unknown: list[set[str]] = []
    for form, sent in ((tool.query, query), (tool.request, body)):
        named, left = by_our_names(form, sent)
        unknown.append(left)
        if form is not None:
            fields |= _read(form, named) if named or not _may_stay_empty(form) else {}
    ignored = set.intersection(*unknown) if query is body else set.union(*unknown)
    return Input(without_blanks(fields), tuple(sorted(ignored - set(tool.path_ids))))


def by_our_names(form: type[Serializer[Any]] | None, sent: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """What was really given, under the form's own names, and the names that are none of its: a model that writes `timezone` or
    `weightKg` means what it says. Raises ToolError (INVALID_INPUT) for one field under two names with two values."""
    filled = without_blanks(sent)
    if form is None:
        return {}, set(filled)
    names = _names(form)
    named: dict[str, Any] = {}
    came_as: dict[str, str] = {}
    unknown: set[str] = set()
    for name, value in filled.items():
        field = names.get(name) or names.get(_plain(name))
        if field is None:
            unknown.add(name)
        elif field in named and named[field] != value:
            raise ToolError(
                Code.INVALID_INPUT,
                f"{came_as[field]} and {name} are one field, and came with two values. Send {field} alone, with what the person said.",
                fields=[FieldReason(field, f"came twice, as {came_as[field]} and as {name}")],
            )
        else:
            named[field], came_as[field] = value, name
    return named, unknown


@functools.cache
def _names(form: type[Serializer[Any]]) -> Mapping[str, str]:
    """A form's fields by each name that they are known under."""
    fields = _made(form).fields
    others = {
        other: name
        for kind in reversed(form.__mro__)
        for name, listed in vars(kind).get("OTHER_NAMES", {}).items()
        for other in listed.split()
        if name in fields
    }
    return {**others, **{name: name for name in fields}}


def _plain(name: str) -> str:
    """weightKg, Weight-KG and `weight kg` as weight_kg."""
    return re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())).lower()


# What is a field of its own elsewhere, and the operation that takes it.
_RECORDED_BY = {
    "weight_kg": "add_weight",
    "weight": "add_weight",
    "status": "set_pet_status",
    "chip_number": "add_microchip",
    "microchip": "add_microchip",
    "vaccine_name": "add_vaccination",
    "vaccination": "add_vaccination",
    "record_type": "add_medical_record",
}
# What programs write where nothing was said.
_NOTHING = frozenset({"", "null", "undefined", "None"})


def without_blanks(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was really given: without nulls, also as text, and blank texts."""
    return {
        name: value
        for name, value in data.items()
        if value is not None and not (isinstance(value, str) and value.strip() in _NOTHING)
    }


def naming_ignored(answer: Answer, names: Sequence[str], tool: str) -> Answer:
    """The answer, and what was sent that the tool does not take; where something is missing, that may be what it is."""
    ignored = {"ignored_fields": list(names)}
    if isinstance(answer, Done):
        return replace(answer, body={**answer.body, **ignored})
    message = answer.message
    if answer.reason == "missing" and (elsewhere := {_RECORDED_BY[name] for name in names if name in _RECORDED_BY}):
        message = f"You sent {', '.join(names)}: call {' or '.join(sorted(elsewhere))} for that. Otherwise: {message}"
    elif answer.reason == "missing" and answer.missing_fields:
        message = (
            f"You sent {', '.join(names)}, which {tool} does not take; its field is {' or '.join(answer.missing_fields)}. If that is "
            f"what you meant, send it again under that name and don't ask the person. Otherwise: {message}"
        )
    return replace(answer, message=message, extra={**answer.extra, **ignored})


def _read(form: type[Serializer[Any]], filled: Mapping[str, Any]) -> Mapping[str, Any]:
    read: Mapping[str, Any] = _made(form).run_validation(filled)
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
        return not without_blanks(_read(form, {}))
    except ValidationError:
        return False
