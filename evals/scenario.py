"""A conversation to be played: its lines, the state before, what must be true afterwards."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import jsonschema
import yaml

HERE = Path(__file__).resolve().parent
NOON_IN_HANOI = "2026-11-29T12:00+07:00"
_LOOK_UP = ("find_pet", "list_pets", "pets_overview")
_DAY = re.compile(r"\{today(?:([+-])(\d+))?\}")


class BadScenario(Exception):
    """A file that is not as scenario.schema.yaml says."""


@dataclass(frozen=True)
class Line:
    """What the person writes; `sees` is what stands on the picture that comes with it."""

    says: str
    sees: str = ""

    def __str__(self) -> str:
        return f"{self.says}\n[picture, as it reads:]\n{self.sees}" if self.sees else self.says


@dataclass(frozen=True)
class Scenario:
    """See scenario.schema.yaml for what each field means."""

    id: str
    language: str
    person: str
    lines: tuple[Line, ...]
    script: tuple[Mapping[str, Any], ...]
    after: tuple[Mapping[str, Any], ...]
    now: datetime
    group: str
    rule: tuple[int, ...] = ()
    door: Literal["actions", "mcp"] = "actions"
    before: Mapping[str, Any] = field(default_factory=dict)
    knows: str = ""
    replies: tuple[str, ...] = ()
    asks: Literal["never", "may", "must"] = "never"
    shows: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()

    @property
    def calls(self) -> int:
        """How many calls it takes, with the look-up of the pet that the instructions order and a script can do without."""
        called = [step for step in self.script if "call" in step]
        looked_up = any(step["call"] in _LOOK_UP for step in called)
        about_a_pet = any("{pet:" in str(step) or "pet_name" in str(step) for step in called)
        return len(called) + (about_a_pet and not looked_up)


def load(folder: Path = HERE / "scenarios") -> list[Scenario]:
    """All scenarios of a folder, in the order of their files. Raises BadScenario."""
    schema = yaml.safe_load((HERE / "scenario.schema.yaml").read_text(encoding="utf-8"))
    scenarios = [one for file in sorted(folder.glob("*.yaml")) for one in _of_file(file, schema)]
    twice = {one.id for one in scenarios if sum(other.id == one.id for other in scenarios) > 1}
    if twice:
        raise BadScenario(f"these ids stand twice: {', '.join(sorted(twice))}")
    return scenarios


class _DaysAsText(yaml.CSafeLoader):
    """YAML, in which a day is what stands there and not a date."""


_DaysAsText.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _of_file(file: Path, schema: Mapping[str, Any]) -> Iterator[Scenario]:
    listed = yaml.load(file.read_text(encoding="utf-8"), Loader=_DaysAsText)  # noqa: S506 - a SafeLoader
    try:
        jsonschema.validate(listed, schema)
    except jsonschema.ValidationError as error:
        where = "/".join(map(str, error.absolute_path))
        raise BadScenario(f"{file.name}, {where}: {error.message}") from None
    for one in listed:
        yield _scenario(one, file.stem)


def _scenario(given: Mapping[str, Any], group: str) -> Scenario:
    moment = datetime.fromisoformat(given.get("now", NOON_IN_HANOI))
    given = with_days(given, moment)
    lines = tuple(Line(line) if isinstance(line, str) else Line(**line) for line in given["lines"])
    listed = ("script", "after", "rule", "replies", "shows", "says", "never_says")
    rest: dict[str, Any] = {name: tuple(value) if name in listed else value for name, value in given.items()}
    rest |= {"lines": lines, "now": moment, "group": group}
    return Scenario(**rest)


def with_days(value: Any, now: datetime) -> Any:
    """`{today}` and `{today-3}` as days of the moment's own zone, however deep they stand."""
    if isinstance(value, str):
        return _DAY.sub(
            lambda found: (now + timedelta(days=int(f"{found[1] or '+'}{found[2] or 0}"))).date().isoformat(), value
        )
    if isinstance(value, Mapping):
        return {name: with_days(each, now) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_days(each, now) for each in value]
    return value
