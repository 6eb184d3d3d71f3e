"""All threads read by the same serializers (`petstools.inputs`): nothing of one person's call may stay in one for the next."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field
from rest_framework.serializers import Serializer

from petstools import inputs
from petstools.catalog import ONLY_MCP, TOOLS
from tests.tools.samples import ONLY_MCP_SAMPLES, SAMPLES

FORMS = {
    f"{tool.name} {part}": (
        form,
        getattr({**SAMPLES, **ONLY_MCP_SAMPLES}[tool.name], "body" if part == "request" else "query"),
    )
    for tool in (*TOOLS, *ONLY_MCP)
    for part in ("request", "query")
    if (form := getattr(tool, part)) is not None
}


def parts(field: Field[Any, Any, Any, Any]) -> Iterator[Field[Any, Any, Any, Any]]:
    yield field
    for below in getattr(field, "fields", {}).values():
        yield from parts(below)
    if hasattr(field, "child"):
        yield from parts(field.child)


def state(form: Serializer[Any]) -> list[tuple[int, dict[str, int]]]:
    """Every field below it, and which objects each has."""
    return [(id(part), {name: id(value) for name, value in vars(part).items()}) for part in parts(form)]


def containers(form: Serializer[Any]) -> list[str]:
    """What stands in the fields' own lists and dictionaries, which could be added to."""
    return [
        repr(value) for part in parts(form) for value in vars(part).values() if isinstance(value, dict | list | set)
    ]


@pytest.mark.parametrize("name", FORMS)
def test_reading_changes_nothing_in_a_form(name: str) -> None:
    form, sample = FORMS[name]
    made = inputs._made(form)
    names = [str(name) for name in made.fields]
    said: list[dict[str, Any]] = [
        sample,
        {},
        dict.fromkeys(names, "Miu's secret"),
        {key: ["Miu's secret", {"name": "Miu's secret"}] for key in names},
        {key: {"name": "Miu's secret"} for key in names},
        {"unknown": "Miu's secret"},
    ]

    def read_all() -> None:
        for each in said:
            with suppress(ValidationError):
                inputs._read(form, each)

    # What fields find out about themselves when they are first used stays.
    read_all()
    before, held = state(made), containers(made)
    read_all()

    assert state(made) == before
    assert containers(made) == held
    assert "Miu's secret" not in "".join(held)
    assert inputs._made(form) is made
