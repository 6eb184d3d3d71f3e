"""The HTTP door to the tools: a request in, an answer out. Which tool stands at which address, `petstools.urls` says; what a call
is, `execution` knows; about pets nothing is decided here."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from oauthbridge.authentication import Bearer
from oauthbridge.models import Application
from oauthbridge.request_ids import current_request_id
from petstools import inputs
from petstools.answers import Code, Done
from petstools.execution import Run, hit, too_many
from petstools.schema.operation import operation
from petstools.tools.base import Tool

DOOR = Application.Door.ACTIONS.value


class AlwaysJSON(DefaultContentNegotiation):
    """JSON, whatever the Accept header says: a tool's answer has one form, and a 406 helps nobody."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ToolView(APIView):
    """The tools of one address, one for each method (`tools`).

    REST framework's parts know one another. Where that is a circle each call would leave it to the garbage collector, which then took
    a tenth of the time of all: here nothing knows its holder once the answer is made (tests/tools/test_nothing_left_behind.py).
    """

    content_negotiation_class = AlwaysJSON
    # OPTIONS would describe a serializer class that a table of tools does not have; the schema describes them.
    metadata_class = None
    # What middleware knows of it (`connector.middleware`).
    for_programs = is_tool = True
    names: Mapping[str, str]

    @property
    def default_response_headers(self) -> dict[str, str]:
        # A person's records: no proxy on the way may keep them.
        return {**super().default_response_headers, "Cache-Control": "no-store"}

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.run = Run(DOOR, request.META["MEO_REQUEST_ID"])
        return super().dispatch(request, *args, **kwargs)

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        made = super().initialize_request(request, *args, **kwargs)
        made.parser_context = {}
        return made

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        # Kept: where this failed, `request.auth` would try again, and fail outside of all error handling.
        self.run.caller = request.auth.connection if isinstance(request.auth, Bearer) else None

    def check_throttles(self, request: Request) -> None:
        if self.run.caller is not None and (wait := hit(self.run.caller)):
            raise too_many(wait)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The last step of every call, however it ended."""
        response = super().finalize_response(request, response, *args, **kwargs).render()
        response.renderer_context = {}
        if name := self.names.get(request.method):
            self.run.over(name, response.status_code)
        return response


def tools(**by_method: Tool) -> Callable[..., HttpResponse]:
    """The view of one address: `tools(get=list_pets, post=create_pet)`."""
    if "get" in by_method:
        # As Django would add it, but to each view made: one more circle.
        by_method["head"] = by_method["get"]
    members: dict[str, Any] = {method: _action(tool) for method, tool in by_method.items()}
    members["names"] = {method.upper(): tool.name for method, tool in by_method.items()}
    # The same for every answer.
    members["allowed_methods"] = [name.upper() for name in APIView.http_method_names if name in {*by_method, "options"}]
    if all(tool.public for tool in by_method.values()):
        members["permission_classes"] = [AllowAny]
    view: type[ToolView] = type("Tools", (ToolView,), members)
    return view.as_view()


def _action(tool: Tool) -> Callable[..., Response]:
    """What answers with one tool, described for the schema."""

    def action(self: ToolView, request: Request, **ids: str) -> Response:
        self.run.begin(tool)
        checked = inputs.checked_ids(ids)
        # Django would read an empty one too.
        query = request.query_params.dict() if request.META.get("QUERY_STRING") else {}
        body = dict(request.data) if tool.request is not None else {}
        answer = self.run.answer(tool, inputs.read(tool, query=query, body=body), **checked)
        made = isinstance(answer, Done) and answer.created
        return Response(answer.as_json(), 201 if made else 200)

    action.__name__ = tool.name
    return operation(tool)(action)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Django REST framework's hook: every exception of a tool call as the one error shape, none as a stack trace."""
    view = context.get("view")
    refused = (view.run if isinstance(view, ToolView) else Run(DOOR, current_request_id())).failed(error)
    headers: dict[str, str] = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    if refused.code is Code.UNAUTHORIZED:
        headers["WWW-Authenticate"] = (
            getattr(error, "auth_header", None) or 'Bearer realm="Meo Connector", error="invalid_token"'
        )
    return Response(refused.as_json(current_request_id()), refused.code.http_status, headers=headers)
