"""What stands at an address that is none, or where Django itself failed: a page for people, the tools' error shape for programs, at
`/mcp` a JSON-RPC error. Its id is null: the message was not read."""

import sys

from django.conf import settings
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import defaults

from connector.logs import get_logger
from oauthbridge import references
from oauthbridge.compiled_queries import told_to_callers, why_it_failed
from oauthbridge.request_ids import current_request_id
from petstools.answers import Code, ToolError
from petstools.mcp.responses import refusal

DATABASE_RETRY_AFTER_SECONDS = 5
# For a developer who opens the service from another machine.
_HOST_HINT = "This host is not allowed: set ALLOWED_HOSTS to the name or address you open it by, and start again."
_OPERATIONS = "Use the operations of the schema."

log = get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    hint = _HOST_HINT if isinstance(exception, DisallowedHost) and settings.ENVIRONMENT != "production" else ""
    if _is_browser(request):
        return _page(request, "400.html", 400, hint=hint)
    return _told(request, Code.INVALID_INPUT, "This request could not be read.", hint=hint or _OPERATIONS)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_browser(request):
        return _page(request, "403.html", 403)
    return _told(request, Code.FORBIDDEN, "This is not allowed.", hint=_OPERATIONS)


def forged_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Instead of Django's own page, which tells in English and with an inline style how forms are protected."""
    return permission_denied(request, PermissionDenied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_browser(request):
        return defaults.page_not_found(request, exception)
    return _told(request, Code.NOT_FOUND, "There is no such address.", hint=_doors())


def only_a_page(request: HttpRequest) -> HttpResponse:
    """A program sends something to the front page: somebody has typed the address without its path."""
    response = _told(request, Code.METHOD_NOT_ALLOWED, "There is a page for people at this address.", hint=_doors())
    response["Allow"] = "GET, HEAD"
    return response


def _doors() -> str:
    schema = f"{settings.CONNECTOR_PUBLIC_URL}/openapi.json"
    return f"MCP clients connect to {settings.MCP_URL}; a GPT's actions use the operations of {schema}."


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        log.error("request without database", kind=type(error).__name__, why=why_it_failed(error))
        return _without_database(request, told_to_callers(error))
    if _is_browser(request):
        return _page(request, "500.html", 500)
    return _told(request, Code.INTERNAL_ERROR, "Something went wrong in this service; it has been written down.")


def _without_database(request: HttpRequest, message: str) -> HttpResponse:
    """Away or restarting: nothing of ours is broken, and later the same request will do."""
    if _is_browser(request):
        response = _page(request, "500.html", 503)
        response["Retry-After"] = str(DATABASE_RETRY_AFTER_SECONDS)
        return response
    return _told(request, Code.SERVICE_UNAVAILABLE, message, retry_after=DATABASE_RETRY_AFTER_SECONDS)


def busy(request: HttpRequest, retry_after: int) -> HttpResponse:
    """More work than threads (`connector.middleware`); retry_after in seconds."""
    message = "This service is busy. Try once more in a few seconds."
    response = _told(request, Code.SERVICE_UNAVAILABLE, message, retry_after=retry_after)
    # Django's middleware, which would say it, is not asked.
    response["Content-Length"] = str(len(response.content))
    return response


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    """Django shows some of these without a request, and so without the id that support asks for. Staff came from no app."""
    if status >= 500:
        references.remember(request, f"our page {status}", None)
    context |= {"request_id": current_request_id(), "staff": request.path.startswith(reverse("admin:index"))}
    return render(request, template, context, status=status)


def _is_json_rpc(request: HttpRequest) -> bool:
    """By its view's mark (`connector.middleware`)."""
    return getattr(getattr(request, "marks", None), "json_rpc", False)


def _is_browser(request: HttpRequest) -> bool:
    return not _is_json_rpc(request) and "text/html" in request.headers.get("Accept", "")


def _told(
    request: HttpRequest, code: Code, message: str, *, hint: str = "", retry_after: int | None = None
) -> HttpResponse:
    """hint: what callers of the Actions door do about it. retry_after: seconds."""
    response: HttpResponse
    if _is_json_rpc(request):
        response = refusal(code.http_status, message)
    else:
        error = ToolError(code, f"{message} {hint}".rstrip(), retry_after=retry_after)
        response = JsonResponse(error.as_json(current_request_id()), status=code.http_status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
