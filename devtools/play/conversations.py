"""Scripted conversations: what the person says, the calls that a model makes of it, what must come back, what the GPT says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

SCHEMA = Path(__file__).with_name("conversation.schema.yaml")

_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]|\[(?P<key>\w+)=(?P<value>[^\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)([+-]\d+)?\}")
# What an expectation may say instead of a plain value.
_WORDS = ("contains", "length", "at_least", "not")


class BadConversation(Exception):
    """The file can't be played; the text says what is wrong where."""


class NotThere(LookupError):
    """A path that leads nowhere in this answer."""


@dataclass(frozen=True)
class Conversation:
    file: Path
    title: str
    shows: str
    language: str
    person: str
    time_zone: str
    clock: str | None
    needs: frozenset[str]
    talk: Sequence[Mapping[str, Any]]

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        return [turn for turn in self.talk if "call" in turn]


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(yaml.safe_load(SCHEMA.read_text()))


def load(file: Path) -> Conversation:
    """Read one file. Raises BadConversation."""
    try:
        document = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadConversation(f"{file}: {error}") from None
    if (wrong := best_match(_validator().iter_errors(document))) is not None:
        where = ".".join(map(str, wrong.absolute_path))
        raise BadConversation(f"{file}: {where or 'the file'}: {wrong.message[:300]}")
    return Conversation(
        file=file,
        title=document["title"],
        shows=" ".join(document["shows"].split()),
        language=document["language"],
        person=document["person"],
        time_zone=document.get("time_zone", "UTC"),
        clock=document.get("clock"),
        needs=frozenset(document.get("needs", ())),
        talk=document["talk"],
    )


def filled(value: Any, names: Mapping[str, Any]) -> Any:
    """The value with {pet_id}, {today}, {today-30} and their like filled in; days are in `names` as dates.

    Raises KeyError for a name that was never kept.
    """
    if isinstance(value, dict):
        return {name: filled(one, names) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if not isinstance(value, str):
        return value
    if (whole := _PLACEHOLDER.fullmatch(value)) is not None:
        # Alone it keeps its type: an id stays a number.
        return _named(whole, names)
    return _PLACEHOLDER.sub(lambda found: str(_named(found, names)), value)


def _named(found: re.Match[str], names: Mapping[str, Any]) -> Any:
    name, shift = found[1], int(found[2] or 0)
    if name not in names:
        raise KeyError(f"{{{name}}} was never kept")
    value = names[name]
    if isinstance(value, date):
        return (value + timedelta(days=shift)).isoformat()
    return value + shift if shift else value


def value_at(answer: Any, path: str) -> Any:
    """What stands at `$.pets[name=Míu].id` or `$.candidates[0].name`. Raises NotThere."""
    if not path.startswith("$"):
        raise NotThere(f"{path}: a path begins with $")
    at, value = 1, answer
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise NotThere(f"{path}: can't be read from {path[at:]!r} on")
        try:
            value = _one_step(value, step)
        except (LookupError, TypeError, StopIteration):
            raise NotThere(f"{path}: nothing is at {path[: step.end()]}") from None
        at = step.end()
    return value


def _one_step(value: Any, step: re.Match[str]) -> Any:
    if step["name"] is not None:
        return value[step["name"]]
    if step["index"] is not None:
        return value[int(step["index"])]
    return next(one for one in value if str(one[step["key"]]) == step["value"])


def difference(answer: Any, path: str, expected: Any) -> str | None:
    """How the answer departs from what is expected at this path; None where it doesn't."""
    try:
        value = value_at(answer, path)
    except NotThere as error:
        return str(error)
    word = next(iter(expected), None) if isinstance(expected, dict) and len(expected) == 1 else None
    if word not in _WORDS:
        return None if value == expected else f"{path} is {value!r}, not {expected!r}"
    wanted = expected[word]
    try:
        return None if _holds(word, value, wanted) else f"{path} is {value!r}; expected: {_in_words(word)} {wanted!r}"
    except TypeError:
        return f"{path} is {value!r}, of which “{_in_words(word)}” can't be said"


def _holds(word: str, value: Any, wanted: Any) -> bool:
    match word:
        case "contains":
            return all(one in value for one in (wanted if isinstance(wanted, list) else [wanted]))
        case "length":
            return len(value) == int(wanted)
        case "at_least":
            return bool(value >= wanted)
        case _:
            return bool(value != wanted)


def _in_words(word: str) -> str:
    return word.replace("_", " ")
