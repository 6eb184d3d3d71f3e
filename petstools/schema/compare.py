"""What changed between two documents, and which changes break a GPT that still knows the older one.

A GPT keeps the schema that was imported into it until somebody imports again. It goes on sending what the old one took and
reading what the old one gave: taking less, or giving less, breaks it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from petstools.schema.document import REF, Json, operations

Direction = Literal["sent", "answered"]


@dataclass(frozen=True)
class Change:
    """One difference. `breaks`: whether a GPT with the older document can meet it as an error."""

    where: str
    what: str
    breaks: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def changes(before: Json, now: Json) -> list[Change]:
    """Every difference that matters to a caller; words and examples count as one that breaks nothing."""
    old = {one["operationId"]: (path, method, one) for path, method, one in operations(before)}
    new = {one["operationId"]: (path, method, one) for path, method, one in operations(now)}
    changes = [Change(name, "operation removed") for name in old.keys() - new.keys()]
    changes += [Change(name, "operation added", breaks=False) for name in new.keys() - old.keys()]
    for name in sorted(old.keys() & new.keys()):
        changes += _Comparison(before, now).operation(name, old[name], new[name])
    if not changes and before != now:
        changes.append(Change("document", "words or examples changed", breaks=False))
    return sorted(set(changes), key=lambda one: (not one.breaks, one.where, one.what))


class _Comparison:
    def __init__(self, before: Json, now: Json) -> None:
        self._before = before
        self._now = now
        self._seen: set[tuple[str, str, str]] = set()

    def operation(self, name: str, old: tuple[str, str, Json], new: tuple[str, str, Json]) -> Iterator[Change]:
        (old_path, old_method, was), (new_path, new_method, now) = old, new
        if (old_path, old_method) != (new_path, new_method):
            yield Change(
                name, f"{old_method.upper()} {old_path} has become {new_method.upper()} {new_path}", breaks=True
            )
        if was.get("security") != now.get("security"):
            yield Change(name, "sign-in changed", breaks=bool(now.get("security")))
        if was.get("x-openai-isConsequential") != now.get("x-openai-isConsequential"):
            yield Change(name, "x-openai-isConsequential changed", breaks=False)
        yield from self._parameters(name, was, now)
        yield from self._body(name, was, now)
        for status in sorted(was["responses"].keys() | now["responses"].keys()):
            at = f"{name}.{status}"
            if status not in now["responses"]:
                yield Change(at, "answer removed", breaks=False)
            elif status not in was["responses"]:
                yield Change(at, "answer added", breaks=False)
            else:
                yield from self._schema(
                    at, _of_json(was["responses"][status]), _of_json(now["responses"][status]), "answered"
                )

    def _parameters(self, name: str, was: Json, now: Json) -> Iterator[Change]:
        old = {(one["in"], one["name"]): one for one in was.get("parameters", [])}
        new = {(one["in"], one["name"]): one for one in now.get("parameters", [])}
        for key in old.keys() - new.keys():
            yield Change(f"{name}.{key[1]}", "parameter removed")
        for key, parameter in new.items():
            at, needed = f"{name}.{key[1]}", bool(parameter.get("required"))
            if key not in old:
                yield Change(at, "parameter added" + (", required" if needed else ""), breaks=needed)
                continue
            if needed and not old[key].get("required"):
                yield Change(at, "parameter has become required")
            yield from self._schema(at, old[key]["schema"], parameter["schema"], "sent")

    def _body(self, name: str, was: Json, now: Json) -> Iterator[Change]:
        old, new = was.get("requestBody"), now.get("requestBody")
        if old is None or new is None:
            if old is not new:
                needed = bool(new and new.get("required"))
                yield Change(name, "body removed" if new is None else "body added", breaks=new is None or needed)
            return
        if new.get("required") and not old.get("required"):
            yield Change(name, "body has become required")
        yield from self._schema(name, _of_json(old), _of_json(new), "sent")

    def _schema(self, at: str, was: Json, now: Json, direction: Direction) -> Iterator[Change]:
        refs = (str(was.get("$ref", at)), str(now.get("$ref", at)), direction)
        if refs in self._seen:
            return
        if "$ref" in was or "$ref" in now:
            self._seen.add(refs)
        was, now = _resolved(was, self._before), _resolved(now, self._now)
        yield from self._types(at, was, now, direction)
        yield from self._choices(at, was, now, direction)
        if direction == "sent":
            yield from _bounds(at, was, now)
        yield from self._properties(at, was, now, direction)
        if "items" in was and "items" in now:
            yield from self._schema(f"{at}[]", was["items"], now["items"], direction)

    def _types(self, at: str, was: Json, now: Json, direction: Direction) -> Iterator[Change]:
        old, new = _kinds(was), _kinds(now)
        if old == new:
            return
        # No type at all takes anything.
        narrower = bool(new) and not old <= new
        wider = not new or (bool(old) and not new <= old)
        yield Change(
            at,
            f"type {' or '.join(sorted(old)) or 'any'} has become {' or '.join(sorted(new)) or 'any'}",
            breaks=narrower if direction == "sent" else wider,
        )

    def _choices(self, at: str, was: Json, now: Json, direction: Direction) -> Iterator[Change]:
        old, new = was.get("enum"), now.get("enum")
        if old is None and new is None:
            return
        if old is None or new is None:
            yield Change(
                at,
                "any value has become a choice" if old is None else "a choice has become any value",
                breaks=(direction == "sent") == (old is None),
            )
            return
        for value in old:
            if value not in new:
                yield Change(at, f"choice {value!r} removed", breaks=direction == "sent")
        for value in new:
            if value not in old:
                yield Change(at, f"choice {value!r} added", breaks=False)

    def _properties(self, at: str, was: Json, now: Json, direction: Direction) -> Iterator[Change]:
        old, new = was.get("properties", {}), now.get("properties", {})
        needed_before, needed = set(was.get("required", ())), set(now.get("required", ()))
        for name in sorted(old.keys() - new.keys()):
            yield Change(f"{at}.{name}", "field removed")
        for name in sorted(new.keys() - old.keys()):
            required = direction == "sent" and name in needed
            yield Change(f"{at}.{name}", "field added" + (", required" if required else ""), breaks=required)
        for name in sorted(old.keys() & new.keys()):
            if direction == "sent" and name in needed - needed_before:
                yield Change(f"{at}.{name}", "field has become required")
            if direction == "answered" and name in needed_before - needed:
                yield Change(f"{at}.{name}", "field is no longer always there")
            yield from self._schema(f"{at}.{name}", old[name], new[name], direction)


# How a bound of what is sent may move: up or down without refusing what was taken before.
_LOOSER = {"minimum": -1, "minLength": -1, "minItems": -1, "maximum": 1, "maxLength": 1, "maxItems": 1}


def _bounds(at: str, was: Json, now: Json) -> Iterator[Change]:
    for bound, looser in _LOOSER.items():
        old, new = was.get(bound), now.get(bound)
        if old != new:
            breaks = new is not None and (old is None or (new - old) * looser < 0)
            yield Change(at, f"{bound} {old} has become {new}", breaks=breaks)


def _of_json(holder: Json) -> Json:
    schema: Json = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _resolved(schema: Json, made: Json) -> Json:
    ref: Any = schema.get("$ref")
    if not isinstance(ref, str):
        return schema
    component: Json = made["components"]["schemas"][ref.removeprefix(REF)]
    return component


def _kinds(schema: Json) -> set[str]:
    kind = schema.get("type")
    return {kind} if isinstance(kind, str) else set(kind or ())
