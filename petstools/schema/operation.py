"""One tool as an operation of the schema."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from petstools.serializers.merging import one_of
from petstools.serializers.outcomes import Candidate, Error, Question
from petstools.tools.base import PATH_IDS, Tool

View = TypeVar("View", bound=Callable[..., Any])

# No model of ours is one of pydantic's: where that is installed, asking would load it, 5 MB a process.
PydanticExtension.target_class = None  # type: ignore[assignment]

QUESTION_STATUS = "clarification_needed"
_DONE = "It is done."
_DONE_OR_ASKED = "It is done, or the person has to be asked first: status says which."
_MADE = "A new record was made."
_REFUSED = "It was refused: read error and message."
_BROKEN = "This service or Meo Mai Moi is in trouble: read error and message."


def operation(tool: Tool) -> Callable[[View], View]:
    """Describe a view's method as this tool; what is superseded is left out of the schema."""
    if tool.superseded:
        left_out: Callable[[View], View] = extend_schema(exclude=True)
        return left_out
    answer = published_answer(tool)
    responses: dict[Any, Any] = {200: OpenApiResponse(answer, _DONE_OR_ASKED if tool.asks else _DONE)}
    if tool.creates:
        responses[201] = OpenApiResponse(answer, _MADE)
    responses["4XX"] = OpenApiResponse(Error, _REFUSED)
    responses["5XX"] = OpenApiResponse(Error, _BROKEN)
    parameters: list[Any] = [
        OpenApiParameter(
            name, {"type": "integer", "minimum": 1}, OpenApiParameter.PATH, required=True, description=PATH_IDS[name]
        )
        for name in tool.path_ids
    ]
    described: Callable[[View], View] = extend_schema(
        operation_id=tool.name,
        summary=tool.summary,
        description=tool.description,
        request=tool.request,
        parameters=[*parameters, *([tool.query] if tool.query else [])],
        responses=responses,
        extensions={"x-openai-isConsequential": tool.consequential},
    )
    return described


def published_answer(tool: Tool) -> type[serializers.Serializer[Any]]:
    """What a 200 or 201 of this tool may hold."""
    return _or_question(tool.answer) if tool.asks else tool.answer


@cache
def _or_question(answer: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The tool's own answer and the question to the person as one object: `status` says which of the two it is.

    `oneOf` would say it better, but ChatGPT's importer is known to trip over unions, and a model reads one flat list of properties
    more surely. So only `status` is required here; that the rest of each form is there as well is held by tests/schema/conform.py.
    """
    own = answer().fields
    status = own["status"]
    if not isinstance(status, serializers.ChoiceField):
        raise TypeError(f"{answer.__name__} needs a status with choices")
    instead: dict[str, Any] = {
        "status": serializers.ChoiceField(
            choices=[*status.choices, QUESTION_STATUS],
            help_text=f"{status.help_text} {QUESTION_STATUS}: nothing was done yet; ask the person what message says, then call "
            "again.",
        )
    }
    if "candidates" in own:
        instead["candidates"] = _found_or_to_choose(own["candidates"])
    return one_of(answer.__name__, answer, Question, doc=answer.__doc__ or "", required=["status"], instead=instead)


def _found_or_to_choose(candidates: Any) -> Any:
    """An answer's own `candidates` and a question's, under the one name that both have."""
    of = type(candidates.child)
    either = one_of(f"{of.__name__}Candidate", of, Candidate, doc=Candidate.__doc__ or "")
    return either(many=True, required=False, help_text=candidates.help_text)
