"""The page for a callback that arrives in another browser than the one that began (Telegram's, an installed app's).

It spends nothing: the person carries the same address back to where they began, and only there the sign-in can end
(docs/security.md, "In another browser"). Whoever did not begin it ends it here.
"""

import hmac
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from oauthbridge import references
from oauthbridge.models import AuthorizationRequest
from oauthbridge.pages import name_of
from oauthbridge.wording import ago

# Telegram for the web shows its Mini Apps in a frame; it can do nothing there but open the address outside, or end the sign-in.
FRAMED_BY = "https://web.telegram.org"


def hand_back_page(request: HttpRequest, sign_in: AuthorizationRequest, code: str) -> HttpResponse:
    """`code` is the main app's; the address with it is the one that the browser is at."""
    references.remember(request, "other_browser", sign_in)
    parameters = urlencode({"session_id": str(sign_in.pk), "code": code})
    context: dict[str, Any] = {
        "sign_in": sign_in,
        "code": code,
        "token": hand_back_token(sign_in, code),
        "name": name_of(sign_in.client) if sign_in.client is not None else "",
        "ago": ago(sign_in.created_at),
        "address": f"{settings.CONNECTOR_PUBLIC_URL}/oauth/callback?{parameters}",
        "request_id": request.META.get("MEO_REQUEST_ID", ""),
    }
    response = render(request, "oauthbridge/hand_back.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    return may_be_framed(response)


def disowned_page(request: HttpRequest) -> HttpResponse:
    """After "I did not begin this"."""
    context = {"request_id": request.META.get("MEO_REQUEST_ID", "")}
    response = render(request, "oauthbridge/disowned.html", context)
    response["Cache-Control"] = "no-store"
    return may_be_framed(response)


def may_be_framed(response: HttpResponse) -> HttpResponse:
    """Let Telegram show this page in its frame, and nobody else; scripts are our own files."""
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors {FRAMED_BY}"
    )
    # X-Frame-Options has no way to name one.
    response.xframe_options_exempt = True
    return response


def hand_back_token(sign_in: AuthorizationRequest, code: str, *, key: str | None = None) -> str:
    """What the page's form carries to prove that it is ours, for this very callback."""
    return salted_hmac("oauthbridge.hand_back", f"{sign_in.pk}:{code}", secret=key, algorithm="sha256").hexdigest()


def is_hand_back_token(token: str, sign_in: AuthorizationRequest, code: str) -> bool:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(token.encode(), hand_back_token(sign_in, code, key=key).encode()) for key in keys)
