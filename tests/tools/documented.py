"""Whether an answer is what its documentation says: every key known, every promised key there, every value of its kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import fields, serializers

from petstools.answers import Code
from petstools.mcp.short import OF_A_BIRTHDAY
from petstools.serializers.record_many import RecordToSendAgain
from petstools.serializers.shared import Before, UndoArguments

LEFT_OUT = "missing, and null at times: "
_ERROR_KEYS = {"error", "message", "fields", "request_id", "retryable"}
_ERROR_EXTRAS = {"retry_after", "quota", "storage"}
_QUESTION_KEYS = {"status", "reason", "message", "missing_fields", "candidates"}


def departures(body: Any, answer: type[serializers.Serializer[Any]], *, short: bool = False) -> list[str]:
    """Where this answer of a tool, of any of the three kinds, departs from its documentation; empty is right.

    short: as the MCP door answers, without what is null and what a birthday's calendar tells (petstools/mcp/short.py).
    """
    if not isinstance(body, dict):
        return ["the answer is no object"]
    if "error" in body:
        return list(_of_error(body))
    if body.get("status") == "clarification_needed":
        return list(_of_question(body, answer()))
    return [one for one in _of_record(body, answer(), "") if not (short and one.startswith(LEFT_OUT))]


def _of_error(body: Mapping[str, Any]) -> Iterator[str]:
    if missing := _ERROR_KEYS - body.keys():
        yield f"missing: {sorted(missing)}"
    if unknown := body.keys() - _ERROR_KEYS - _ERROR_EXTRAS:
        yield f"undocumented: {sorted(unknown)}"
    if body.get("error") not in list(Code):
        yield f"unknown code {body.get('error')}"
    elif body.get("retryable") is not Code(body["error"]).retryable:
        yield "retryable is not what the code says"
    if not body.get("message") or not body.get("request_id"):
        yield "no message or no request_id"
    if any(set(one) != {"name", "reason"} for one in body.get("fields", ())):
        yield "a field without name and reason"
    if "retry_after" in body and not (isinstance(body["retry_after"], int) and body["retry_after"] > 0):
        yield f"retry_after is {body['retry_after']!r}"


def _of_question(body: Mapping[str, Any], record: serializers.Serializer[Any]) -> Iterator[str]:
    if missing := _QUESTION_KEYS - body.keys():
        yield f"missing: {sorted(missing)}"
    # A question over several records carries how each of them ended, as the answer would.
    for name in body.keys() - _QUESTION_KEYS - {"confirmation"}:
        if name in record.fields:
            yield from _of_value(body[name], record.fields[name], name)
        else:
            yield f"undocumented: {name}"
    if not body.get("reason") or not body.get("message"):
        yield "no reason or no message"
    if not all(isinstance(name, str) for name in body.get("missing_fields", [None])):
        yield "missing_fields is no list of names"
    if not all(isinstance(candidate, dict) and candidate for candidate in body.get("candidates", [None])):
        yield "candidates is no list of objects"


def _of_record(value: Any, record: serializers.Serializer[Any], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where or 'body'} is no object"
        return
    if isinstance(record, RecordToSendAgain | Before | UndoArguments):
        # As it was sent, or is to be; as it was stored.
        return
    known = record.fields
    for name in value.keys() - known.keys():
        yield f"undocumented: {where}{name}"
    for name, field in known.items():
        if name in value:
            yield from _of_value(value[name], field, f"{where}{name}")
        elif field.required:
            yield f"{LEFT_OUT if field.allow_null or name in OF_A_BIRTHDAY else 'missing: '}{where}{name}"


def _of_value(value: Any, field: fields.Field[Any, Any, Any, Any], where: str) -> Iterator[str]:
    if value is None:
        if not field.allow_null:
            yield f"{where} is null"
        return
    child = getattr(field, "child", None)
    if isinstance(field, serializers.Serializer):
        yield from _of_record(value, field, f"{where}.")
    elif child is not None:
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for index, one in enumerate(value):
            yield from _of_value(one, child, f"{where}.{index}")
    elif not _is_of_kind(value, field):
        yield f"{where} is {value!r}"


def _is_of_kind(value: Any, field: fields.Field[Any, Any, Any, Any]) -> bool:
    if isinstance(field, fields.BooleanField):
        return isinstance(value, bool)
    if isinstance(field, fields.IntegerField):
        return type(value) is int
    if isinstance(field, fields.FloatField):
        return type(value) in (int, float)
    if isinstance(field, fields.JSONField):
        return True
    if isinstance(field, fields.ChoiceField):
        return value in field.choices
    return isinstance(value, str)
