"""The pages about the service itself: what it is (`/`), what it keeps and for how long (`/privacy`), `/terms` and `/support`.

The same for everybody, so any cache may keep them: no cookie, nothing of the request on them but its language (`?lang=`, else
Accept-Language).
"""

import re
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from connector.errors import only_a_page
from connector.middleware import CONTENT_SECURITY_POLICY
from oauthbridge.wording import days_in_words, known_language, languages

CACHED_SECONDS = 300
# The day on which what /privacy says was last changed.
PRIVACY_AS_OF = date(2026, 11, 30)
OPENAI_PRIVACY = "https://openai.com/policies/privacy-policy/"
ANTHROPIC_PRIVACY = "https://www.anthropic.com/legal/privacy"
CURSOR_PRIVACY = "https://cursor.com/privacy"


# Exempt because what is sent here changes nothing: it is told where to go.
@csrf_exempt
def front(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return only_a_page(request)
    response = _page(request, "front.html", {"mcp_url": settings.MCP_URL, "gpt_url": settings.GPT_URL})
    # The button that copies the address: our own file.
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "style-src", "script-src 'self'; style-src", 1
    )
    return response


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        "privacy.html",
        {
            "openai": OPENAI_PRIVACY,
            "anthropic": ANTHROPIC_PRIVACY,
            "cursor": CURSOR_PRIVACY,
            "zalo": bool(settings.ZALO_OFFICIAL_ACCOUNTS or settings.ZALO_BOT_TOKEN),
            "idle": days_in_words(settings.REFRESH_TOKEN_IDLE_DAYS),
            "most": days_in_words(settings.CONNECTION_MAX_DAYS),
            "after": days_in_words(settings.CONNECTION_RETENTION_DAYS),
            "sign_ins": days_in_words(settings.SIGN_IN_RETENTION_DAYS),
            "calls": days_in_words(settings.TOOL_CALL_RETENTION_DAYS),
            "as_of": PRIVACY_AS_OF,
        },
    )


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return _page(request, "terms.html", {"owners": _paragraphs(settings.TERMS_TEXT)})


@require_safe
def support(request: HttpRequest) -> HttpResponse:
    return _page(
        request, "support.html", {"owners": _paragraphs(settings.SUPPORT_TEXT), "support": settings.SUPPORT_URL}
    )


def _paragraphs(text: str) -> list[tuple[bool, str]]:
    """The owner's text in parts that an empty line divides: whether each is a heading, and what it says."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return [(part.startswith("# "), part.removeprefix("# ")) for part in parts]


@require_safe
def openai_apps_challenge(request: HttpRequest) -> HttpResponse:
    """`/.well-known/openai-apps-challenge`: the token by which OpenAI sees whose domain this is. 404 where none is set."""
    if not settings.OPENAI_APPS_CHALLENGE:
        raise Http404
    return HttpResponse(
        settings.OPENAI_APPS_CHALLENGE, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    chosen = known_language(request.GET.get("lang", ""))
    language = chosen or translation.get_language() or settings.LANGUAGE_CODE
    # A language that was chosen stays chosen.
    query = f"?lang={chosen}" if chosen else ""
    pages = {f"{name}_page": f"/{name}{query}" for name in ("privacy", "terms", "support")}
    context |= {
        "main_app": settings.MAIN_APP_URL,
        "chosen": chosen,
        "languages": languages(),
        "front_page": f"/{query}",
    }
    context |= {"connections": f"/connections{query}", **pages}
    with translation.override(language):
        response = render(request, template, context)
    response["Content-Language"] = language
    response["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    return response
