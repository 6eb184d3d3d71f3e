"""The HTTP door to the tools: serializer in, call, answer out. Nothing about pets is decided here."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from mainapp.client import MainAppClient
from mainapp.deadline import Deadline
from mainapp.errors import AbilityMissing, MainAppError, QuotaExceeded, TokenRefused
from oauthbridge import connections
from oauthbridge.authentication import Bearer
from oauthbridge.keyring import CannotDecrypt
from oauthbridge.models import Connection
from oauthbridge.request_ids import current_request_id
from petstools import metrics, quota
from petstools.answers import Code, Done, FieldReason, ToolError
from petstools.failures import RECONNECT, tool_error
from petstools.models import ToolCall
from petstools.schema.operation import operation
from petstools.serializers.fields import flat_reasons, given
from petstools.tool_calls import recorder
from petstools.tools.call import Call
from petstools.tools.registry import Tool

# Ids in the main app are 63-bit; anything beyond is nobody's record, and would be a 500 there.
LARGEST_ID = 2**63 - 1
_ID = re.compile(r"[1-9][0-9]{0,18}")

_RESTARTING = "This service is restarting. Try once more in a few seconds."

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class AlwaysJSON(DefaultContentNegotiation):
    """JSON, whatever the Accept header says: a tool's answer has one form, and a 406 helps nobody."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ToolViewSet(GenericViewSet[Any]):
    """A table of tools: each action is `door(TOOL)`, each address maps methods to actions."""

    content_negotiation_class = AlwaysJSON
    # OPTIONS would describe a serializer class that a table of tools does not have; the schema describes them.
    metadata_class = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        # A person's records: no proxy on the way may keep them.
        return {**super().default_response_headers, "Cache-Control": "no-store"}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self._began = time.perf_counter()
        self._made: Call | None = None
        self._code = ""
        self._caller: Connection | None = None
        return super().dispatch(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        # Kept: where this failed, `request.auth` would try again, and fail outside of all error handling.
        self._caller = request.auth.connection if isinstance(request.auth, Bearer) else None

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The last step of every call, however it ended: its line for staff and ops."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if not self.action:
            return response
        line = self._line(self._caller, response.status_code)
        metrics.count(line)
        # Without a connection there is nobody to help, and anybody could fill the table.
        if self._caller is not None:
            recorder.record(line)
        return response

    def _line(self, connection: Connection | None, status: int) -> ToolCall:
        outcome = ToolCall.Outcome.OK
        if status >= 400:
            outcome = ToolCall.Outcome.ERROR
        elif self._code:
            outcome = ToolCall.Outcome.ASKED
        return ToolCall(
            connection_id=connection.pk if connection is not None else None,
            operation=self.action,
            outcome=outcome,
            status=status,
            code=self._code,
            upstream_calls=self._made.client.calls if self._made else 0,
            latency_ms=round((time.perf_counter() - self._began) * 1000),
            request_id=current_request_id(),
        )

    def run(self, tool: Tool, request: Request, ids: Mapping[str, str]) -> Response:
        structlog.contextvars.bind_contextvars(operation=tool.name)
        call = self._made = self._call(request)
        try:
            answer = tool(call, **_checked_ids(ids), **_read(tool, request))
        except (TokenRefused, AbilityMissing) as error:
            # Not the person's to mend by trying again: the next refresh must fail, then ChatGPT offers to sign in.
            if call.signed_in is not None:
                connections.end(call.signed_in.pk, Connection.EndReason.TOKEN_REFUSED, status=Connection.Status.BROKEN)
            raise tool_error(error) from None
        except MainAppError as error:
            if isinstance(error, QuotaExceeded) and error.quota is not None and call.signed_in is not None:
                quota.remember(call.signed_in, error.quota)
            log.warning("main app refused", kind=type(error).__name__, upstream_status=error.status, route=error.route)
            raise tool_error(error) from None
        finally:
            structlog.contextvars.bind_contextvars(upstream_calls=call.client.calls)
        if isinstance(answer, Done):
            return Response(answer.as_json(), status=201 if answer.created else 200)
        self._code = answer.reason
        structlog.contextvars.bind_contextvars(outcome=f"asked:{answer.reason}")
        return Response(answer.as_json())

    def _call(self, request: Request) -> Call:
        bearer = request.auth
        connection = bearer.connection if isinstance(bearer, Bearer) else None
        token = None
        if connection is not None:
            structlog.contextvars.bind_contextvars(user_id=connection.user.main_app_user_id)
            try:
                token = connection.open_token()
            except CannotDecrypt:
                # Our key ring is at fault, not the connection: nothing is ended for it.
                log.error(
                    "a connection's token can't be decrypted", connection=str(connection.pk), key_id=connection.key_id
                )
                raise ToolError(
                    Code.SERVICE_UNAVAILABLE,
                    "This service can't use the person's connection right now. Tell them to try again later.",
                    retry_after=300,
                ) from None
        language = connection.language if connection is not None else "en"
        client = MainAppClient(
            token, language=language, request_id=current_request_id(), deadline=Deadline.for_tool_call()
        )
        return Call(client, language, datetime.now(UTC), connection)


def door(tool: Tool) -> Callable[..., Response]:
    """A viewset action for one tool, described for the schema."""

    def action(self: ToolViewSet, request: Request, **ids: str) -> Response:
        return self.run(tool, request, ids)

    action.__name__ = tool.name
    return operation(tool)(action)


def _read(tool: Tool, request: Request) -> dict[str, Any]:
    """The call's input, unknown fields dropped. Raises rest_framework's ValidationError and ParseError."""
    read: dict[str, Any] = {}
    if tool.query is not None:
        query = tool.query(data=given(request.query_params.dict()))
        query.is_valid(raise_exception=True)
        read |= query.validated_data
    if tool.request is not None:
        body = tool.request(data=given(dict(request.data)))
        body.is_valid(raise_exception=True)
        read |= body.validated_data
    return given(read)


def _checked_ids(ids: Mapping[str, str]) -> dict[str, int]:
    wrong = [name for name, value in ids.items() if not _ID.fullmatch(value) or int(value) > LARGEST_ID]
    if wrong:
        raise ToolError(
            Code.INVALID_INPUT,
            f"{' and '.join(wrong)} must be the id of a record, a positive whole number. Call list_pets or find_pet to get it.",
            fields=[FieldReason(name, "must be a positive whole number from an earlier answer") for name in wrong],
        )
    return {name: int(value) for name, value in ids.items()}


# --- Errors --------------------------------------------------------------------------------------


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Django REST framework's hook: every exception of a tool call as the one error shape, none as a stack trace."""
    told = _as_tool_error(error)
    structlog.contextvars.bind_contextvars(error_code=told.code.value)
    view = context.get("view")
    if isinstance(view, ToolViewSet):
        view._code = told.code.value
    headers: dict[str, str] = {}
    if told.retry_after is not None:
        headers["Retry-After"] = str(told.retry_after)
    if told.code is Code.UNAUTHORIZED:
        headers["WWW-Authenticate"] = (
            getattr(error, "auth_header", None) or 'Bearer realm="Meo Connector", error="invalid_token"'
        )
    return Response(told.as_json(current_request_id()), status=told.code.http_status, headers=headers)


def _as_tool_error(error: Exception) -> ToolError:
    if isinstance(error, ToolError):
        return error
    if isinstance(error, MainAppError):
        return tool_error(error)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.ParseError):
        return ToolError(Code.INVALID_INPUT, f"{error.detail} Correct the call and send it again.")
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed | exceptions.PermissionDenied):
        return ToolError(Code.UNAUTHORIZED, RECONNECT)
    if isinstance(error, exceptions.Throttled):
        wait = max(1, round(getattr(error, "wait", None) or 1))
        return ToolError(
            Code.RATE_LIMITED,
            f"Too many calls from this connection. Wait {wait} seconds, then go on.",
            retry_after=wait,
        )
    if isinstance(error, exceptions.MethodNotAllowed):
        return ToolError(
            Code.METHOD_NOT_ALLOWED, "This address does not take this method. Use the operations of the schema."
        )
    if isinstance(error, exceptions.UnsupportedMediaType):
        return ToolError(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
    if isinstance(error, exceptions.APIException) and error.status_code == Code.TOO_LARGE.http_status:
        return ToolError(Code.TOO_LARGE, "This is too much for one call. Send less, in several calls.")
    if isinstance(error, exceptions.APIException) and error.status_code == Code.SERVICE_UNAVAILABLE.http_status:
        return ToolError(Code.SERVICE_UNAVAILABLE, _RESTARTING, retry_after=5)
    if isinstance(error, RequestDataTooBig):
        return ToolError(Code.TOO_LARGE, "This is too much for one call. Send less, in several calls.")
    if isinstance(error, Http404 | exceptions.NotFound):
        return ToolError(Code.NOT_FOUND, "There is no such operation. Use the operations of the schema.")
    if isinstance(error, SuspiciousOperation | BadRequest | UnreadablePostError | PermissionDenied):
        return ToolError(Code.INVALID_INPUT, "This request could not be read. Send it again.")
    if isinstance(error, DatabaseError | InterfaceError):
        log.error("tool call without database", kind=type(error).__name__)
        return ToolError(Code.SERVICE_UNAVAILABLE, _RESTARTING, retry_after=5)
    log.error("tool call failed", kind=type(error).__name__, exc_info=error)
    return ToolError(
        Code.INTERNAL_ERROR, "Something went wrong in this service; it has been written down. Try once more later."
    )


def _invalid(error: exceptions.ValidationError) -> ToolError:
    fields = [FieldReason(name, reason) for name, reason in flat_reasons(error.detail)]
    names = ", ".join(dict.fromkeys(one.name for one in fields))
    return ToolError(
        Code.INVALID_INPUT,
        f"These fields can't be used as they are: {names}. Correct them and call again.",
        fields=fields,
    )
