"""`POST /mcp`: one JSON-RPC message in, one JSON answer out (MCP 2026-07-28, basic/transports/streamable-http).

Who calls is settled before anything is read: without a live token of this door every message is answered 401.
"""

from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError

from oauthbridge.authentication import Bearer, bearer_of
from oauthbridge.database import why_it_failed
from oauthbridge.throttle import Verdict
from petstools import throttles
from petstools.mcp import answers, calls, tools_list
from petstools.mcp.challenges import challenge
from petstools.mcp.protocol import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    LEGACY,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    Message,
    ProtocolError,
    read,
)
from petstools.parsers import BodyTooLarge, strict_json

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_RESTARTING = "This service is restarting. Try once more in a few seconds."


# A browser's cookies open nothing here, so no page can use them.
@csrf_exempt
def endpoint(request: HttpRequest) -> HttpResponse:
    """The MCP endpoint. Everything that is no POST of an allowed origin with a live token is refused by HTTP alone."""
    turned_away = _turned_away(request)
    if turned_away is not None:
        return turned_away
    try:
        bearer = bearer_of(request.META.get("HTTP_AUTHORIZATION", ""), calls.DOOR)
    except AuthenticationFailed:
        error = "invalid_token" if request.META.get("HTTP_AUTHORIZATION") else ""
        return answers.refusal(
            401, "Sign in first: this address needs an access token.", {"WWW-Authenticate": challenge(error=error)}
        )
    except (APIException, DatabaseError, InterfaceError) as error:
        log.error("MCP request without database", kind=type(error).__name__, why=why_it_failed(error))
        return answers.refusal(503, _RESTARTING, {"Retry-After": "5"})
    try:
        message = _message(request)
    except ProtocolError as refused:
        return answers.error(refused)
    return _answered(message, bearer)


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """What is refused whoever calls. A page that a browser was lured to says where it is from (DNS rebinding)."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None and origin not in _origins():
        return answers.refusal(403, "This origin is not allowed.")
    if request.method != "POST":
        return answers.refusal(405, "Send messages by POST; there is no stream and no session here.", {"Allow": "POST"})
    return None


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
    told = {"mcp_method": message.method if message.method in _METHODS else "other", "mcp_version": message.version}
    if message.client:
        told["mcp_client"] = message.client
    structlog.contextvars.bind_contextvars(**told)
    return message


def _answered(message: Message, bearer: Bearer) -> HttpResponse:
    verdict = throttles.hit(bearer.connection)
    if message.method != "tools/call" and not verdict.allowed:
        wait = throttles.wait(verdict)
        return answers.refusal(
            429, f"Too many requests from this connection. Wait {wait} seconds.", {"Retry-After": str(wait)}
        )
    if message.id is None:
        return answers.accepted()
    try:
        answer = (_MODERN if message.modern else _LEGACY).get(message.method)
        if answer is None:
            raise ProtocolError(METHOD_NOT_FOUND, "Method not found", status=404)
        return answer(message, bearer, verdict)
    except ProtocolError as refused:
        refused.id = message.id
        if not message.modern:
            # HTTP's own 404 meant a lost session then, and 400 a broken transport: the error is in the body alone.
            refused.status = 200
        return answers.error(refused)


def _call(message: Message, bearer: Bearer, verdict: Verdict) -> HttpResponse:
    return calls.answered(message, bearer, verdict)


def _list(message: Message, _bearer: Bearer, _verdict: Verdict) -> HttpResponse:
    if message.params.get("cursor") is not None:
        raise ProtocolError(INVALID_PARAMS, "There is one page only: leave the cursor out.")
    return answers.result(message, tools_list.tools(modern=message.modern))


def _discover(message: Message, _bearer: Bearer, _verdict: Verdict) -> HttpResponse:
    return answers.result(message, tools_list.discovered())


def _initialize(message: Message, _bearer: Bearer, _verdict: Verdict) -> HttpResponse:
    """What the client asks for, if it is one of ours, or else the newest that opens like this (2025-11-25, basic/lifecycle)."""
    asked = message.params.get("protocolVersion")
    if not isinstance(asked, str):
        raise ProtocolError(INVALID_PARAMS, "protocolVersion must be text.")
    version = asked if asked in LEGACY else LEGACY[0]
    structlog.contextvars.bind_contextvars(mcp_version=version)
    return answers.result(message, tools_list.initialized(version))


def _ping(message: Message, _bearer: Bearer, _verdict: Verdict) -> HttpResponse:
    return answers.result(message, b"")


_MODERN = {"tools/call": _call, "tools/list": _list, "server/discover": _discover}
_LEGACY = {"tools/call": _call, "tools/list": _list, "initialize": _initialize, "ping": _ping}
_METHODS = {*_MODERN, *_LEGACY}
