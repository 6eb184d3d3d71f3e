"""What a tool's serializers read is what its function takes: the same names, the types that mypy proves the function by."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from rest_framework import serializers

from petstools.catalog import ONLY_MCP, TOOLS
from petstools.serializers.change_many import CommonField
from petstools.serializers.fields import ClearField, OptionalFlag, Said, SaidField
from petstools.serializers.files import FileRefsField
from petstools.serializers.record_many import RecordsField
from petstools.tools.base import Tool

TYPES: dict[type[Any], Any] = {
    SaidField: Said,
    OptionalFlag: bool,
    ClearField: Sequence[str],
    FileRefsField: Sequence[Mapping[str, str]],
    CommonField: Mapping[str, object],
    RecordsField: Sequence[Mapping[str, object]],
    serializers.IntegerField: int,
}


def read(field: Any) -> Any:
    """The type of what a field reads; a value that is not given is not passed on (`petstools.inputs.without_blanks`)."""
    if isinstance(field, serializers.ChoiceField):
        return Literal[tuple(field.choices)]
    return next(type_ for kind, type_ in TYPES.items() if isinstance(field, kind))


def inputs(tool: Tool) -> dict[str, Any]:
    forms = [form() for form in (tool.query, tool.request) if form is not None]
    return {
        **dict.fromkeys(tool.path_ids, int),
        # The call itself takes the person's zone (petstools.execution).
        **{name: read(field) for form in forms for name, field in form.fields.items() if name != "time_zone"},
    }


def parameters(tool: Tool) -> dict[str, Any]:
    """What the function takes by name, None taken out of each type: leaving a value out is not a value."""
    hints = get_type_hints(tool.run)
    taken: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(tool.run).parameters.items())[1:]:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            (fields,) = get_args(hints[name])
            assert is_typeddict(fields)
            assert not fields.__required_keys__
            taken |= get_type_hints(fields)
            continue
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        taken[name] = hints[name]
    return {name: _without_none(type_) for name, type_ in taken.items()}


def _without_none(type_: Any) -> Any:
    if type(None) not in get_args(type_) or get_origin(type_) is Literal:
        return type_
    kept = [one for one in get_args(type_) if one is not type(None)]
    union = kept[0]
    for one in kept[1:]:
        union = union | one
    return union


@pytest.mark.parametrize("tool", [*TOOLS, *ONLY_MCP], ids=lambda tool: tool.name)
def test_a_function_takes_what_its_serializers_read(tool: Tool) -> None:
    assert parameters(tool) == inputs(tool)


@pytest.mark.parametrize("tool", [*TOOLS, *ONLY_MCP], ids=lambda tool: tool.name)
def test_only_an_id_of_the_address_must_be_there(tool: Tool) -> None:
    needed = [
        name
        for name, parameter in inspect.signature(tool.run).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.default is inspect.Parameter.empty
    ]
    assert needed == list(tool.path_ids)


def test_a_field_of_another_type_would_be_seen() -> None:
    class Wrong(serializers.Serializer[Any]):
        name = OptionalFlag()

    def find(call: object, *, name: Said | None = None) -> Any: ...

    tool = Tool(
        name="find",
        run=find,
        summary="",
        description="",
        facts="",
        answer=Wrong,
        scopes=(),
        hints=TOOLS[0].hints,
        request=Wrong,
    )
    assert parameters(tool) != inputs(tool)
