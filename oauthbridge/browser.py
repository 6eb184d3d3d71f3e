"""What views ask of a browser: which one it is, and whether a form is one of ours and can be read."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import UnreadablePostError

from oauthbridge import consent


def browser_cookie_name() -> str:
    return "__Host-meo_browser" if settings.SERVED_OVER_HTTPS else "meo_browser"


def browser_id_of(request: HttpRequest) -> str:
    """Of the browser that asks, new where it has none."""
    return consent.usable_browser_id(request.COOKIES.get(browser_cookie_name())) or consent.new_browser_id()


def with_browser_cookie(response: HttpResponse, browser_id: str) -> HttpResponse:
    response.set_cookie(
        browser_cookie_name(),
        browser_id,
        max_age=settings.AUTHORIZATION_REQUEST_SECONDS,
        path="/",
        secure=settings.SERVED_OVER_HTTPS,
        httponly=True,
        # Strict would be lost on the way back from the main app.
        samesite="Lax",
    )
    response["Cache-Control"] = "no-store"
    return response


def is_from_our_page(request: HttpRequest) -> bool:
    """Whether a browser says nothing else. Beside the form's token, for the day on which that would leak."""
    public = urlsplit(settings.CONNECTOR_PUBLIC_URL)
    own = f"{public.scheme}://{public.netloc}"
    return request.headers.get("Origin", own) == own and request.headers.get("Sec-Fetch-Site", "none") in (
        "same-origin",
        "none",
    )


def form_problem(request: HttpRequest) -> str:
    """Why the body can't be a token or revocation request (RFC 6749 §3.2), or nothing."""
    if request.META.get("QUERY_STRING"):
        return "Send parameters in the body, none in the address."
    if request.content_type != "application/x-www-form-urlencoded":
        return "Send the body as application/x-www-form-urlencoded."
    try:
        form = request.POST
    except (SuspiciousOperation, BadRequest, RequestDataTooBig, UnreadablePostError, UnicodeError, LookupError):
        return "The body could not be read."
    if comes_twice(form):
        return "No parameter may come twice."
    if any("\x00" in value for _name, values in form.lists() for value in values):
        return "A parameter holds characters that none may hold."
    return ""


def comes_twice(parameters: QueryDict) -> bool:
    """Whether one comes twice that must not (RFC 6749 §3.1, §3.2). `resource` may (RFC 8707 §2); each value of it is checked."""
    return any(len(values) > 1 for name, values in parameters.lists() if name != "resource")
