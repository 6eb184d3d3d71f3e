"""Fields as models fill them: forgiving about form, exact about meaning.

`null` and empty text mean "not given" and are taken out before a tool sees them; what is not understood here by type alone
is passed on as it came, for `petstools.understand` to judge.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LONGEST_TEXT = 5000
# Objects and lists within one another; no form has five.
DEEPEST = 50

# A form's OTHER_NAMES: by field the names under which models send it too, in one text (`petstools.inputs` reads them).
OtherNames = Mapping[str, str]
# What somebody said, as it came: `petstools.understand` judges it.
Said = str | int | float | bool


class NotStrict(ValueError):
    """Python would take it; RFC 8259 has no NaN (§6) and leaves open what a key that comes twice means (§4)."""


def strictly(text: str) -> Any:
    """The value of a JSON text, if only one can be meant. Raises ValueError (NotStrict, json.JSONDecodeError), RecursionError."""
    value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)
    if text.count("[") + text.count("{") > DEEPEST and _is_deep(value):
        # What Python can still read it may not be able to write, or to walk through.
        raise RecursionError
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inside = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [inner for values in inside for inner in values]
    return bool(level)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrict("a key comes twice")
    return members


def _no_constant(name: str) -> None:
    raise NotStrict(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        # 1e400: no answer could repeat it.
        raise NotStrict("it holds a number that is too large")
    return number


def from_text(data: Any) -> Any:
    """A list or object that came as JSON text, as some models write them; anything else as it came."""
    if isinstance(data, str) and data.lstrip()[:1] in ("[", "{"):
        try:
            return strictly(data)
        except (ValueError, RecursionError):
            return data
    return data


class SaidField(serializers.Field[Any, Any, Any, Any]):
    """Whatever a person or model says: text, a number, a flag. Lists and objects are refused, overlong text too."""

    default_error_messages = {
        "not_plain": "Send plain text or a number here, not a list or an object.",
        "too_long": "Keep this under {most} characters.",
        "not_text": "This holds characters that are no text. Send it again without them.",
    }

    def __init__(self, *, most: int = 500, **kwargs: Any) -> None:
        self.most = most
        super().__init__(**{"required": False, "allow_null": True, **kwargs})

    def to_internal_value(self, data: Any) -> Said:
        # A list as JSON text is no text either.
        if not isinstance(data, str | int | float | bool) or isinstance(from_text(data), list | dict):
            self.fail("not_plain")
        if isinstance(data, str) and len(data) > self.most:
            self.fail("too_long", most=self.most)
        # NUL and half surrogate pairs pass JSON, and end as a 500 in a database or an encoder further on.
        if isinstance(data, str) and ("\x00" in data or not _is_encodable(data)):
            self.fail("not_text")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(OpenApiTypes.STR)
class SaidText(SaidField):
    """Said, and shown to the model as text."""


class FreeText(SaidText):
    """A text that is kept as it is said; true and false are none."""

    def to_internal_value(self, data: Any) -> Said:
        if isinstance(data, bool):
            self.fail("not_plain")
        text: Said = super().to_internal_value(data)
        return text


@extend_schema_field(OpenApiTypes.INT)
class SaidNumber(SaidField):
    """Said, and shown to the model as a whole number."""


class SaidChoice(serializers.ChoiceField):
    """One of a few words, in any letter case."""

    def __init__(self, choices: Sequence[str], **kwargs: Any) -> None:
        messages = {"invalid_choice": f"must be one of: {', '.join(choices)}"}
        super().__init__(choices, **{"required": False, "allow_null": True, "error_messages": messages, **kwargs})

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        word = data.strip(" \t\n\"'").lower()
        return super().to_internal_value({"ascending": "asc", "descending": "desc"}.get(word, word))


class OptionalFlag(serializers.BooleanField):
    """true, false, or not given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **kwargs})


class ClearField(serializers.ListField):
    """The names of fields to empty; a single name may come without its list."""

    def __init__(self, **kwargs: Any) -> None:
        child = serializers.CharField(max_length=60)
        super().__init__(**{"child": child, "max_length": 20, "required": False, "allow_null": True, **kwargs})

    def to_internal_value(self, data: Any) -> Any:
        data = from_text(data)
        if isinstance(data, str) and data:
            # Cut by no pattern: one that took the spaces along looked for a comma behind each of them.
            data = [one.strip() for one in data.replace(";", ",").strip(" ,").split(",")]
        return super().to_internal_value(data)


def flat_reasons(detail: Any, name: str = "") -> list[tuple[str, str]]:
    """A ValidationError's nested detail as (field, reason), flat: `records.2.weight_kg`."""
    if isinstance(detail, Mapping):
        return [
            one for key, value in detail.items() for one in flat_reasons(value, f"{name}.{key}" if name else str(key))
        ]
    if isinstance(detail, list):
        reasons: list[tuple[str, str]] = []
        for index, value in enumerate(detail):
            if isinstance(value, Mapping | list):
                reasons += flat_reasons(value, f"{name}.{index}" if name else str(index))
            else:
                reasons.append((name or "body", str(value)))
        return reasons
    return [(name or "body", str(detail))]


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
