"""One tools/call: the offer, the person's leave, the tool, and the result that a model reads."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from oauthbridge.authentication import Bearer
from oauthbridge.models import Application
from oauthbridge.request_ids import current_request_id
from oauthbridge.throttle import Verdict
from petstools.answers import Code, Done, ToolError
from petstools.execution import Run
from petstools.mcp.answers import result
from petstools.mcp.challenges import challenge
from petstools.mcp.protocol import INVALID_PARAMS, Message, ProtocolError
from petstools.mcp.tools import OFFERS, Offer
from petstools.renderers import as_json
from petstools.throttles import too_many

DOOR = Application.Door.MCP.value

_SIGN_IN_AGAIN = (
    "Meo Mai Moi no longer accepts this connection. Tell the person that they have to sign in again: this app offers it, or they "
    "disconnect Meo Mai Moi in its settings and connect it anew."
)


class MoreScopesNeeded(ToolError):
    """The person has not agreed to all that this call needs."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__(
            Code.FORBIDDEN,
            f"The person has not yet allowed this app to do this ({', '.join(scopes)}). Tell them that the app asks them to sign in "
            "once more for it; after that call again.",
        )
        self.scopes = scopes


def answered(message: Message, bearer: Bearer, verdict: Verdict) -> HttpResponse:
    """The result of a call. Raises ProtocolError for what is no call at all."""
    offer, arguments = _asked(message)
    run = Run(DOOR)
    run.caller = bearer.connection
    # What the line for staff says was called, where input did not even say which of the joined tools.
    operation = offer.name
    try:
        if not verdict.allowed:
            raise too_many(verdict)
        tool = offer.of(arguments)
        operation = tool.name
        if not bearer.scopes.issuperset(tool.scopes):
            raise MoreScopesNeeded(tool.scopes)
        run.begin(tool)
        answer = run.answer(tool, offer.given(tool, arguments))
    except Exception as error:  # noqa: BLE001 - however a call fails, the model is told in the one shape
        told = run.failed(error)
        run.over(operation, told.code.http_status)
        return _failed(message, offer, told)
    body = as_json(answer.as_json())
    run.over(operation, 201 if isinstance(answer, Done) and answer.created else 200)
    return _done(message, offer, body)


def _asked(message: Message) -> tuple[Offer, Mapping[str, Any]]:
    name, arguments = message.params.get("name"), message.params.get("arguments")
    offer = OFFERS.get(name) if isinstance(name, str) else None
    if offer is None:
        raise ProtocolError(INVALID_PARAMS, "Unknown tool. Use a name of tools/list.")
    if not isinstance(arguments, dict | None):
        raise ProtocolError(INVALID_PARAMS, "arguments must be an object.")
    return offer, arguments or {}


def _done(message: Message, offer: Offer, body: bytes) -> HttpResponse:
    """The answer twice: as structuredContent, and as the text that older clients read (server/tools "Structured Content")."""
    body = _in_own_words(offer, body)
    text = as_json(body.decode())
    return result(
        message, b'"content":[{"type":"text","text":%b}],"structuredContent":%b,"isError":false' % (text, body)
    )


def _failed(message: Message, offer: Offer, told: ToolError) -> HttpResponse:
    """An error as a result with the stable code, as text: structuredContent would have to fit the outputSchema.

    Two are HTTP's as well: without a live sign-in, or without the person's leave, a client that follows the specification must
    see 401 or 403 and their challenge. ChatGPT reads the same challenge from `_meta`.
    """
    status, meta, headers = 200, b"", {}
    if told.code is Code.UNAUTHORIZED:
        told = dataclasses.replace(told, message=_SIGN_IN_AGAIN)
        status, demand = 401, challenge(error="invalid_token", description="Sign in again")
    elif isinstance(told, MoreScopesNeeded):
        status, demand = 403, challenge(told.scopes, error="insufficient_scope", description="More access is needed")
    else:
        demand = ""
    if demand:
        meta = b'"mcp/www_authenticate":' + as_json([demand])
        headers = {"WWW-Authenticate": demand}
    body = _in_own_words(offer, as_json(told.as_json(current_request_id())))
    text = as_json(body.decode())
    response = result(message, b'"content":[{"type":"text","text":%b}],"isError":true' % text, meta=meta, status=status)
    for name, value in headers.items():
        response[name] = value
    return response


def _in_own_words(offer: Offer, body: bytes) -> bytes:
    for theirs, ours in offer.own_words.items():
        body = body.replace(theirs.encode(), ours.encode())
    return body
