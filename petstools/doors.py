"""The HTTP door to the tools: a request in, an answer out. What a call is, `running` knows; about pets nothing is decided here."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from oauthbridge.authentication import Bearer
from oauthbridge.models import Application
from oauthbridge.request_ids import current_request_id
from petstools import inputs
from petstools.answers import Code, Done
from petstools.execution import Run
from petstools.renderers import as_json
from petstools.schema.operation import operation
from petstools.tools.registry import Tool

DOOR = Application.Door.ACTIONS.value


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
        self.run = Run(DOOR)
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            # The view, REST framework's request, what its parser is told and the view's own methods point at one another. Taken
            # apart, all that a call held goes at once instead of waiting for the garbage collector.
            self.request.parser_context.clear()
            vars(self).clear()

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        # Kept: where this failed, `request.auth` would try again, and fail outside of all error handling.
        self.run.caller = request.auth.connection if isinstance(request.auth, Bearer) else None

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The last step of every call, however it ended."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.action:
            self.run.over(self.action, response.status_code)
        return response


def door(tool: Tool) -> Callable[..., HttpResponse]:
    """A viewset action for one tool, described for the schema."""

    def action(self: ToolViewSet, request: Request, **ids: str) -> HttpResponse:
        self.run.begin(tool)
        checked = inputs.checked_ids(ids)
        # Django would read an empty one too.
        asked = tool.query is not None and request.META.get("QUERY_STRING")
        query = request.query_params.dict() if asked else {}
        body = dict(request.data) if tool.request is not None else {}
        answer = self.run.answer(tool, {**checked, **inputs.fields(tool, query=query, body=body)})
        made = isinstance(answer, Done) and answer.created
        return _response(answer.as_json(), 201 if made else 200)

    action.__name__ = tool.name
    return operation(tool)(action)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Django REST framework's hook: every exception of a tool call as the one error shape, none as a stack trace."""
    view = context.get("view")
    told = (view.run if isinstance(view, ToolViewSet) else Run(DOOR)).failed(error)
    headers: dict[str, str] = {}
    if told.retry_after is not None:
        headers["Retry-After"] = str(told.retry_after)
    if told.code is Code.UNAUTHORIZED:
        headers["WWW-Authenticate"] = (
            getattr(error, "auth_header", None) or 'Bearer realm="Meo Connector", error="invalid_token"'
        )
    return _response(told.as_json(current_request_id()), told.code.http_status, headers)


def _response(body: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Django's own: REST framework's keeps the view, and is rendered later in one of several forms, of which a tool has one."""
    return HttpResponse(as_json(body), status=status, headers=headers, content_type="application/json")
