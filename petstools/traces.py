"""What a line about a call says of its pets and records: their numbers and what became of them, never a name or a text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from petstools.answers import Answer, Clarification
from petstools.models import ToolCall
from petstools.tools.base import DELETES, Tool

Effect = ToolCall.Effect
_ROOM_FOR_PETS = ToolCall._meta.get_field("pet_ids").max_length or 0
_ROOM_FOR_RECORDS = ToolCall._meta.get_field("record_ids").max_length or 0


@dataclass(frozen=True, slots=True)
class Trace:
    effect: str = ""
    pet_ids: str = ""
    record_ids: str = ""


def trace_of(tool: Tool, ids: Mapping[str, int], answer: Answer | None = None) -> Trace:
    """ids: the address's. Without an answer, as after an error, they are all that is known."""
    pets = {number: None for name, number in ids.items() if name == "pet_id"}
    records = {number: None for name, number in ids.items() if name != "pet_id"}
    written: list[Mapping[str, Any]] = []
    # A question and an overview show pets that nothing was done to.
    if answer is not None and not isinstance(answer, Clarification) and not tool.hints.read_only:
        written = list(_written(answer.body))
        for one in written:
            _add(pets, one.get("pet_id"))
            _add(pets if one["is_pet"] else records, one.get("id"))
    return Trace(_effect(tool, written), _joined(pets, _ROOM_FOR_PETS), _joined(records, _ROOM_FOR_RECORDS))


def _written(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each record that an answer tells of: `id`, `pet_id`, `is_pet` and `already`."""
    results = body.get("results")
    if isinstance(results, list):
        for one in results:
            if one.get("status") == "ok":
                yield from _written({**one, "results": None})
        return
    already = bool(body.get("already_recorded") or body.get("already_deleted"))
    shown: Mapping[str, Any] = next(
        (body[name] for name in ("data", "deleted") if isinstance(body.get(name), Mapping)), {}
    )
    yield {
        "id": shown.get("id"),
        "pet_id": shown.get("pet_id"),
        # Records name their pet, and a pet's own answer names none.
        "is_pet": bool(shown) and "pet_id" not in shown,
        "already": already,
    }


def _effect(tool: Tool, written: list[Mapping[str, Any]]) -> str:
    if not written:
        return ""
    if all(one["already"] for one in written):
        return Effect.ALREADY.value
    return (Effect.TAKEN_BACK if tool.hints == DELETES else Effect.SAVED).value


def _add(numbers: dict[int, None], number: object) -> None:
    if isinstance(number, int) and not isinstance(number, bool):
        numbers[number] = None


def _joined(numbers: Mapping[int, None], room: int) -> str:
    """As many as fit, and … where there are more."""
    text = ", ".join(map(str, numbers))
    return text if len(text) <= room else text[: room - 3].rpartition(", ")[0] + ", …"
