"""What can't be undone, asked of the person by the client itself (MCP 2026-07-28, basic/patterns/mrtr, client/elicitation).

A client that says it can gets `input_required` in place of the question with its confirmation: the person's own yes comes back with the
state that we gave, which is that confirmation, sealed for this person, this record and ten minutes. Nothing is kept here. A client that
draws our card of the same question gets the card; every other one today's text.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from petstools.answers import Answer, Clarification
from petstools.mcp import apps
from petstools.mcp.protocol import Message

Json = Mapping[str, Any]
# The one thing that is asked, by our name for it.
YES = "confirm"


def asks_itself(message: Message) -> bool:
    """Whether this client puts a form to the person, and draws no card of ours."""
    elicits = message.capabilities.get("elicitation")
    # Without a mode it is the form: that one was there first.
    return isinstance(elicits, Mapping) and (not elicits or "form" in elicits) and not apps.draws(message.capabilities)


def request(tool: str, answer: Answer, language: str) -> dict[str, Any] | None:
    """The members of an `input_required` result for this answer; None where nothing has to be confirmed."""
    if not isinstance(answer, Clarification) or "confirmation" not in answer.extra or apps.VIEWS.get(tool) != "confirm":
        return None
    what = answer.candidates[0]
    name = str(what.get("name") or what.get("vaccine_name") or what.get("record_type") or "").strip()
    key = f"mark_{what['status']}" if tool == "set_pet_status" else tool
    words = apps.words("confirm", language)
    follows = words[f"{key}_follows"].replace("{name}", name).removeprefix(": ")
    form = {
        "type": "object",
        "properties": {YES: {"type": "boolean", "title": words["yes"], "default": False}},
        "required": [YES],
    }
    params = {"mode": "form", "message": f"{words[key].replace('{name}', name)} {follows}", "requestedSchema": form}
    return {
        "inputRequests": {YES: {"method": "elicitation/create", "params": params}},
        "requestState": answer.extra["confirmation"],
    }


def answered(params: Json, arguments: Json) -> tuple[Json, bool]:
    """The arguments with the person's yes, where this call brings one; and whether it brings a no."""
    responses = params.get("inputResponses")
    if not isinstance(responses, Mapping) or YES not in responses:
        return arguments, False
    response, state = responses[YES], params.get("requestState")
    content = response.get("content") if isinstance(response, Mapping) else None
    if isinstance(content, Mapping) and response.get("action") == "accept" and content.get(YES) is True:
        return ({**arguments, "confirmation": state} if isinstance(state, str) else arguments), False
    # Whatever the model has sent beside it: this was the person.
    return {name: of for name, of in arguments.items() if name != "confirmation"}, True


def declined(answer: Answer) -> Answer:
    """The question once more, for a model that has to know what the person said to it."""
    if not isinstance(answer, Clarification) or "confirmation" not in answer.extra:
        return answer
    left = {name: of for name, of in answer.extra.items() if name != "confirmation"}
    message = "The person was asked and did not say yes. Nothing was changed. Don't ask again unless they bring it up."
    return replace(answer, message=message, missing_fields=[], candidates=[], extra=left)
