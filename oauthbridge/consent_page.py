"""Our own question before the main app's: shall this app have access (MCP authorization, "confused deputy").

The main app knows this service under one key, so its page can't say which app is asking. An app anybody can point at us must
therefore be shown to the person here, by name and by where the access goes, each time: who the person is we learn only from the
main app, afterwards, and a cookie that remembered an earlier "yes" is what the attack lives on.
"""

import hmac
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from oauthbridge import client_documents
from oauthbridge.models import AuthorizationRequest
from oauthbridge.pages import name_of
from oauthbridge.redirects import is_loopback
from oauthbridge.scopes import described
from oauthbridge.wording import days_in_words, languages

# What a content security policy can name (CSP 3 §2.3.1); it has no form for `[::1]`.
_CSP_HOST = re.compile(r"[a-z0-9.-]+(?::[0-9]{1,5})?")


def form_token(sign_in: AuthorizationRequest, browser_id: str, *, key: str | None = None) -> str:
    """What the form carries to prove that it is ours: for this sign-in, shown in this browser."""
    text = f"{sign_in.pk}:{browser_id}"
    return salted_hmac("oauthbridge.consent_page", text, secret=key, algorithm="sha256").hexdigest()


def is_form_token(token: str, sign_in: AuthorizationRequest, browser_id: str) -> bool:
    """Under today's SECRET_KEY, or one before it that is still named: a page may be open while the key is changed."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(token.encode(), form_token(sign_in, browser_id, key=key).encode()) for key in keys)


def consent_page(request: HttpRequest, sign_in: AuthorizationRequest, browser_id: str) -> HttpResponse:
    """The page with the question; its form goes to `/oauth/consent`."""
    client = sign_in.client
    assert client is not None  # noqa: S101 - only a client's sign-in is asked about
    context: dict[str, Any] = {
        "sign_in": sign_in,
        "registered": client.is_registered,
        "token": form_token(sign_in, browser_id),
        "name": name_of(client),
        "known_at": client_documents.host_of(client.client_id) if client.has_document else "",
        "goes_to": _host(sign_in.redirect_uri),
        "on_this_computer": is_loopback(sign_in.redirect_uri),
        "scopes": described(sign_in.scope),
        "may_write": any(scope.endswith(":write") for scope in sign_in.scope.split()),
        "idle": days_in_words(settings.REFRESH_TOKEN_IDLE_DAYS),
        "most": days_in_words(settings.CONNECTION_MAX_DAYS),
        "languages": languages(),
        "request_id": request.META.get("MEO_REQUEST_ID", ""),
    }
    response = render(request, "oauthbridge/consent.html", context)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = _policy(sign_in)
    # Not `no-referrer`: with that the browser would call the form's origin "null" (Fetch, "append a request Origin header").
    response["Referrer-Policy"] = "same-origin"
    return response


def _policy(sign_in: AuthorizationRequest) -> str:
    """Chromium holds `form-action` against each redirect that follows: to the main app, to the client, and to where a client's
    web site may send on from there."""
    goals = ["'self'", _origin(settings.MAIN_APP_URL), _origin(sign_in.redirect_uri)]
    if sign_in.client is not None and sign_in.client.has_document and not is_loopback(sign_in.redirect_uri):
        goals.append(_origin(sign_in.client.client_id))
    return _page_policy(goals)


def page_policy(*addresses: str) -> str:
    """Of a page of ours without scripts whose form may lead on to these addresses."""
    return _page_policy(["'self'", *map(_origin, addresses)])


def _page_policy(goals: list[str]) -> str:
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
        f"form-action {' '.join(dict.fromkeys(goals))}; frame-ancestors 'none'"
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if _CSP_HOST.fullmatch(parts.netloc.lower()) else f"{parts.scheme}:"


def _host(address: str) -> str:
    return urlsplit(address).netloc
