"""What stands at an address that is none, or where Django itself failed: a page for people, the tools' error shape for programs."""

import sys

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

from connector.logs import get_logger
from oauthbridge.database import why_it_failed
from oauthbridge.request_ids import current_request_id
from petstools.answers import Code, ToolError

DATABASE_RETRY_AFTER_SECONDS = 5

log = get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_browser(request):
        return _page(request, "400.html", 400)
    return _told(ToolError(Code.INVALID_INPUT, "This request could not be read. Use the operations of the schema."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_browser(request):
        return defaults.permission_denied(request, exception)
    return _told(ToolError(Code.FORBIDDEN, "This is not allowed. Use the operations of the schema."))


def forged_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Instead of Django's own page, which tells in English and with an inline style how forms are protected."""
    return permission_denied(request, PermissionDenied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_browser(request):
        return defaults.page_not_found(request, exception)
    return _told(ToolError(Code.NOT_FOUND, "There is no such address. Use the operations of the schema."))


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        log.error("request without database", kind=type(error).__name__, why=why_it_failed(error))
        return _without_database(request)
    if _is_browser(request):
        return _page(request, "500.html", 500)
    return _told(ToolError(Code.INTERNAL_ERROR, "Something went wrong in this service; it has been written down."))


def _without_database(request: HttpRequest) -> HttpResponse:
    """Away or restarting: nothing of ours is broken, and later the same request will do."""
    if _is_browser(request):
        response = _page(request, "500.html", 503)
    else:
        told = ToolError(
            Code.SERVICE_UNAVAILABLE,
            "This service is restarting. Try once more in a few seconds.",
            retry_after=DATABASE_RETRY_AFTER_SECONDS,
        )
        response = _told(told)
    response["Retry-After"] = str(DATABASE_RETRY_AFTER_SECONDS)
    return response


def busy(retry_after: int) -> HttpResponse:
    """More work than threads (`connector.overload`); retry_after in seconds."""
    told = ToolError(
        Code.SERVICE_UNAVAILABLE,
        "This service is busy. Try once more in a few seconds.",
        retry_after=retry_after,
    )
    response = _told(told)
    response["Retry-After"] = str(retry_after)
    # Django's middleware, which would say it, is not asked.
    response["Content-Length"] = str(len(response.content))
    return response


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """Django shows these two without a request, and so without the id that support asks for."""
    return render(request, template, {"request_id": current_request_id()}, status=status)


def _is_browser(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _told(error: ToolError) -> HttpResponse:
    return JsonResponse(error.as_json(current_request_id()), status=error.code.http_status)
