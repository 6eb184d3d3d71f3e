"""What was, and the call that brings it back (docs/decisions/meaning.md, rules 9, 10): in every write's answer, stored nowhere here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from petstools.answers import Code, FieldReason, ToolError
from petstools.tools.presentation import CUT_MARK


@dataclass(frozen=True, slots=True)
class Undo:
    """The operation, by its name in the catalog, and its arguments; a door says them in its own words."""

    operation: str
    arguments: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"undo": {"operation": self.operation, "arguments": dict(self.arguments)}}


def deletion(kind: str, pet_id: int, record_id: int) -> Undo:
    """Of a record that was added."""
    return Undo("delete_record", {"pet_id": pet_id, "record_id": record_id, "kind": kind})


def changed(before: Mapping[str, Any], now: Mapping[str, Any], operation: str, **ids: int) -> dict[str, Any]:
    """`before` and `undo` of a change, where anything has changed.

    before, now: the fields that can be changed, under the operation's names and as it takes them; None is empty, and cleared.
    """
    old = {name: value for name, value in before.items() if now[name] != value}
    if not old:
        return {"before": {}}
    arguments: dict[str, Any] = {**ids, **{name: value for name, value in old.items() if value is not None}}
    if empty := [name for name, value in old.items() if value is None]:
        arguments["clear"] = empty
    return {"before": old, **Undo(operation, arguments).as_json()}


def added_to(stored: str | None, addition: str) -> str:
    """The stored text with the addition on a line of its own; once, however often the same call comes."""
    if not stored or stored == addition or stored.endswith(f"\n{addition}"):
        return stored or addition
    return f"{stored}\n{addition}"


def refuse_a_cut_text(field: str, text: str | None, *, add: str) -> None:
    """A text that these tools cut for showing is not the whole one. Raises ToolError."""
    if text is not None and CUT_MARK in text:
        raise ToolError(
            Code.INVALID_INPUT,
            f"{field} holds {CUT_MARK.strip()}: it was shortened for showing, and would replace the whole text. Nothing was saved. "
            f"Send {add} with what is new, or the whole text.",
            fields=[FieldReason(field, "is a shortened text")],
        )
