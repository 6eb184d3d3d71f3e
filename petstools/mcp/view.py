"""`POST /mcp`: one JSON-RPC message in, one JSON answer out (MCP 2026-07-28, basic/transports/streamable-http).

Who calls is settled before anything is read: without a live token of this door every message is answered 401.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError

from oauthbridge.authentication import Bearer, bearer_of
from oauthbridge.compiled_queries import told_to_callers, why_it_failed
from oauthbridge.known_clients import signs_in_by_result
from oauthbridge.models import Application
from oauthbridge.request_ids import current_request_id
from petstools.answers import Clarification, Code, Done, ToolError, as_json
from petstools.execution import Run, hit, too_many
from petstools.inputs import BodyTooLarge, strict_json
from petstools.mcp import apps, elicitation, prompts, responses, short
from petstools.mcp import tools as listed
from petstools.mcp.protocol import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    LEGACY,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    RESOURCE_NOT_FOUND,
    Message,
    ProtocolError,
    read,
)
from petstools.mcp.responses import challenge
from petstools.mcp.tools import OFFERS, Offer, with_pet
from petstools.tools.base import DELETES

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

DOOR = Application.Door.MCP.value
# What it takes to find a pet by its name.
FINDS_PETS = "pets:read"


# A browser's cookies open nothing here, so no page can use them.
@csrf_exempt
def endpoint(request: HttpRequest) -> HttpResponse:
    """The MCP endpoint. Everything that is no POST of an allowed origin with a live token is refused by HTTP alone."""
    turned_away = _turned_away(request)
    if turned_away is not None:
        return turned_away
    try:
        bearer = bearer_of(request.META.get("HTTP_AUTHORIZATION", ""), DOOR)
    except AuthenticationFailed:
        error = "invalid_token" if request.META.get("HTTP_AUTHORIZATION") else ""
        return responses.refusal(
            401, "Sign in first: this address needs an access token.", {"WWW-Authenticate": challenge(error=error)}
        )
    except (APIException, DatabaseError, InterfaceError) as error:
        log.error("MCP request without database", kind=type(error).__name__, why=why_it_failed(error))
        return responses.refusal(503, told_to_callers(error), {"Retry-After": "5"})
    if request.method != "POST":
        return _only_post()
    try:
        message = _message(request)
    except ProtocolError as refused:
        return responses.error(refused)
    return _answered(message, bearer)


# What middleware and error pages know of it (`connector.middleware`).
vars(endpoint).update(for_programs=True, json_rpc=True)


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """What is refused whoever calls. A page that a browser was lured to says where it is from (DNS rebinding)."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None and origin not in _origins():
        return responses.refusal(403, "This origin is not allowed.")
    # Clients look by GET or HEAD whether they have to sign in (Codex, Gemini CLI): who has no token is told so.
    if request.method not in ("POST", "GET", "HEAD"):
        return _only_post()
    return None


def _only_post() -> HttpResponse:
    return responses.refusal(405, "Send messages by POST; there is no stream and no session here.", {"Allow": "POST"})


def _origins() -> frozenset[str]:
    own = urlsplit(settings.CONNECTOR_PUBLIC_URL)
    return frozenset({f"{own.scheme}://{own.netloc}", *settings.MCP_ALLOWED_ORIGINS})


def _message(request: HttpRequest) -> Message:
    """Raises ProtocolError."""
    if request.content_type != "application/json":
        raise ProtocolError(INVALID_REQUEST, "Send the message as application/json.", status=415)
    try:
        raw = strict_json(request)
    except BodyTooLarge:
        raise ProtocolError(
            INVALID_REQUEST, "This message is too large. Send less, in several calls.", status=413
        ) from None
    except ParseError as error:
        raise ProtocolError(PARSE_ERROR, f"Parse error: {error.detail}") from None
    message = read(raw, request.META)
    context = {"mcp_method": message.method if message.method in _METHODS else "other", "mcp_version": message.version}
    if message.client:
        context["mcp_client"] = message.client
    structlog.contextvars.bind_contextvars(**context)
    return message


def _answered(message: Message, bearer: Bearer) -> HttpResponse:
    wait = hit(bearer.connection)
    if wait and message.method != "tools/call":
        return responses.refusal(
            429, f"Too many requests from this connection. Wait {wait} seconds.", {"Retry-After": str(wait)}
        )
    if message.id is None:
        return responses.accepted()
    try:
        answer = (_MODERN if message.modern else _LEGACY).get(message.method)
        if answer is None:
            raise ProtocolError(METHOD_NOT_FOUND, "Method not found", status=404)
        return answer(message, bearer, wait)
    except ProtocolError as refused:
        refused.id = message.id
        if not message.modern:
            # HTTP's own 404 meant a lost session then, and 400 a broken transport: the error is in the body alone.
            refused.status = 200
        return responses.error(refused)


def _list(message: Message, _bearer: Bearer, _wait: int) -> HttpResponse:
    if message.params.get("cursor") is not None:
        raise ProtocolError(INVALID_PARAMS, "There is one page only: leave the cursor out.")
    return responses.result(message, listed.tools_list(modern=message.modern))


def _discover(message: Message, _bearer: Bearer, _wait: int) -> HttpResponse:
    return responses.result(message, listed.discovered())


def _initialize(message: Message, _bearer: Bearer, _wait: int) -> HttpResponse:
    """What the client asks for, if it is one of ours, or else the newest that opens like this (2025-11-25, basic/lifecycle)."""
    wanted = message.params.get("protocolVersion")
    if not isinstance(wanted, str):
        raise ProtocolError(INVALID_PARAMS, "protocolVersion must be text.")
    version = wanted if wanted in LEGACY else LEGACY[0]
    structlog.contextvars.bind_contextvars(mcp_version=version)
    return responses.result(message, listed.initialized(version))


def _listed(message: Message, name: str, entries: list[dict[str, Any]], *, scope: str = "public") -> HttpResponse:
    """A list of one page, of the kind `name`. scope: whether it is the same for everybody."""
    members = b'"%b":%b' % (name.encode(), as_json(entries))
    caching = listed.caching(scope)
    return responses.result(message, members + b"," + caching if message.modern else members)


def _resources(message: Message, _bearer: Bearer, _wait: int) -> HttpResponse:
    return _listed(message, "resources", apps.listed())


def _resource_templates(message: Message, _bearer: Bearer, _wait: int) -> HttpResponse:
    return _listed(message, "resourceTemplates", [])


def _resource(message: Message, _bearer: Bearer, _wait: int) -> HttpResponse:
    uri = message.params.get("uri")
    content = apps.content(uri)
    if content is None:
        code = INVALID_PARAMS if message.modern else RESOURCE_NOT_FOUND
        raise ProtocolError(code, "There is no such resource: use a uri of resources/list.", data={"uri": uri})
    return _listed(message, "contents", [content])


def _prompts(message: Message, bearer: Bearer, _wait: int) -> HttpResponse:
    return _listed(message, "prompts", prompts.listed(bearer.connection.language), scope="private")


def _prompt(message: Message, bearer: Bearer, _wait: int) -> HttpResponse:
    arguments = message.params.get("arguments") or {}
    if not isinstance(arguments, dict):
        raise ProtocolError(INVALID_PARAMS, "arguments must be an object.")
    prompt = prompts.message(message.params.get("name"), bearer.connection.language, arguments)
    if prompt is None:
        raise ProtocolError(INVALID_PARAMS, "Unknown prompt. Use a name of prompts/list.")
    return responses.result(message, as_json(prompt)[1:-1])


def _ping(message: Message, _bearer: Bearer, _wait: int) -> HttpResponse:
    return responses.result(message, b"")


# --- tools/call: the offer, the person's leave, the tool, and the result that a model reads ---------

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


class DeletionWithheld(ToolError):
    """The person let this app do everything but delete, on the page where they agreed."""

    def __init__(self) -> None:
        super().__init__(
            Code.FORBIDDEN,
            "When the person connected this app they did not allow it to delete anything. Nothing was deleted. Tell them: they "
            "can delete it on Meo Mai Moi themselves, or connect this app again and allow it.",
        )


def _call(message: Message, bearer: Bearer, wait: int) -> HttpResponse:
    """The result of a call. Raises ProtocolError for what is no call at all."""
    offer, arguments = _asked(message)
    run = Run(DOOR, current_request_id())
    run.caller = bearer.connection
    # What the line for staff says was called, where input did not even say which of the joined tools.
    operation = offer.name
    try:
        if wait:
            raise too_many(wait)
        tool = offer.of(arguments)
        operation = tool.name
        needed = tool.scopes
        if with_pet(tool, arguments)[1] is not None and FINDS_PETS not in needed:
            needed = (FINDS_PETS, *needed)
        if not bearer.scopes.issuperset(needed):
            raise MoreScopesNeeded(needed)
        if tool.hints == DELETES and bearer.connection.withholds_deletion:
            raise DeletionWithheld
        run.begin(tool)
        confirmed, no = elicitation.answered(message.params, arguments)
        data, ids = offer.read(tool, confirmed)
        if FINDS_PETS not in bearer.scopes:
            data = dataclasses.replace(data, pet_name=None)
        answer = run.answer(tool, data, **ids)
    except Exception as error:  # noqa: BLE001 - however a call fails, the model is told in the one shape
        failure = run.failed(error)
        run.over(operation, failure.code.http_status)
        return _failed(message, offer, failure, bearer)
    form = None
    for_view: dict[str, Any] = {}
    # The card's own tool, which a model may call that its host does not keep from it, tells a model no more.
    for_what = str(arguments["tool"]) if offer.name == apps.CONFIRM else offer.name
    if no:
        answer = elicitation.declined(answer)
    elif elicitation.asks_itself(message):
        form = elicitation.request(for_what, answer, bearer.connection.language)
    elif isinstance(answer, Clarification) and apps.draws(message.capabilities):
        answer, for_view = apps.asked_by_card(for_what, answer)
    run.over(operation, 201 if isinstance(answer, Done) and answer.created else 200)
    if form is not None:
        return responses.result(message, as_json(form)[1:-1], kind=b"input_required")
    worded = offer.in_own_words(answer.as_json())
    shown = worded if short.is_full(offer.name, arguments) else short.shown(worded, data)
    links = photo_links(shown) if message.version >= SINCE_LINKS else []
    return _done(message, as_json(shown), as_json(for_view)[1:-1], links)


def _asked(message: Message) -> tuple[Offer, Mapping[str, Any]]:
    name, arguments = message.params.get("name"), message.params.get("arguments")
    offer = OFFERS.get(name) if isinstance(name, str) else None
    if offer is None:
        raise ProtocolError(INVALID_PARAMS, "Unknown tool. Use a name of tools/list.")
    if not isinstance(arguments, dict | None):
        raise ProtocolError(INVALID_PARAMS, "arguments must be an object.")
    return offer, arguments or {}


# The first version whose results may hold links to resources.
SINCE_LINKS = "2025-06-18"


def photo_links(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Photos of a pet and of its records, for apps that show the person what an answer links to; a model has their addresses in the
    answer."""
    data = answer.get("data")
    shown = [data] if isinstance(data, Mapping) else []
    shown += [one for name in ("medical_records", "vaccinations") for one in answer.get(name, ())]
    photos = [(photo["id"], photo.get("url")) for one in shown for photo in one.get("photos", ())]
    # A vaccination has one at most; a pet's own photo_url is among its photos.
    photos += [(one["photo_id"], one.get("photo_url")) for one in shown if "photo_id" in one]
    return [
        {"type": "resource_link", "uri": address, "name": f"photo-{photo}", "annotations": {"audience": ["user"]}}
        for photo, address in photos
        if address
    ]


def _done(message: Message, body: bytes, for_view: bytes, links: list[dict[str, Any]]) -> HttpResponse:
    """The answer twice: as structuredContent, and as the text that older clients read (server/tools "Structured Content").

    for_view: members of `_meta`, which no model is shown.
    """
    content = as_json([{"type": "text", "text": body.decode()}, *links])
    return responses.result(
        message,
        b'"content":%b,"structuredContent":%b,"isError":false' % (content, body),
        meta=for_view,
    )


def _failed(message: Message, offer: Offer, failure: ToolError, bearer: Bearer) -> HttpResponse:
    """An error as a result with the stable code, as text: structuredContent would have to fit the outputSchema.

    Two ask the person to sign in: without a live sign-in, or without their leave. A client that follows the specification must
    see HTTP's 401 or 403 and their challenge; ChatGPT's own reads it from `_meta`, of a result that is 200.
    """
    status, meta, headers = 200, b"", {}
    if failure.code is Code.UNAUTHORIZED:
        failure = dataclasses.replace(failure, message=_SIGN_IN_AGAIN)
        status, demand = 401, challenge(error="invalid_token", description="Sign in again")
    elif isinstance(failure, MoreScopesNeeded):
        status, demand = 403, challenge(failure.scopes, error="insufficient_scope", description="More access is needed")
    else:
        demand = ""
    if demand:
        meta = b'"mcp/www_authenticate":' + as_json([demand])
        if _signs_in_by_result(bearer):
            status = 200
        else:
            headers = {"WWW-Authenticate": demand}
    body = as_json(offer.in_own_words(failure.as_json(current_request_id())))
    text = as_json(body.decode())
    response = responses.result(
        message, b'"content":[{"type":"text","text":%b}],"isError":true' % text, meta=meta, status=status
    )
    for name, value in headers.items():
        response[name] = value
    return response


def _signs_in_by_result(bearer: Bearer) -> bool:
    try:
        client = Application.objects.only("client_id", "redirect_uris").get(pk=bearer.connection.application_id)
    except DatabaseError:
        # It went away during the call: the form of the specification.
        return False
    return signs_in_by_result(client.client_id, client.redirect_uris.split())


_COMMON = {
    "tools/call": _call,
    "tools/list": _list,
    "resources/list": _resources,
    "resources/templates/list": _resource_templates,
    "resources/read": _resource,
    "prompts/list": _prompts,
    "prompts/get": _prompt,
}
_MODERN = {**_COMMON, "server/discover": _discover}
_LEGACY = {**_COMMON, "initialize": _initialize, "ping": _ping}
_METHODS = {*_MODERN, *_LEGACY}
