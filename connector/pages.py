"""The pages about the service itself: what it is (`/`), what it keeps and for how long (`/privacy`).

The same for everybody, so any cache may keep them: no cookie, nothing of the request on them but its language (`?lang=`, else
Accept-Language).
"""

import math
import unicodedata
from datetime import date, timedelta
from typing import Any

from babel.dates import format_timedelta
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import lazy
from django.views.decorators.http import require_safe

CACHED_SECONDS = 300
# The day on which what /privacy says was last changed.
PRIVACY_AS_OF = date(2026, 11, 21)
OPENAI_PRIVACY = "https://openai.com/policies/privacy-policy/"
ANTHROPIC_PRIVACY = "https://www.anthropic.com/legal/privacy"
CURSOR_PRIVACY = "https://cursor.com/privacy"


def _in_words(days: int) -> str:
    # Never as weeks, months or years: people shall read the number that is set.
    return format_timedelta(
        timedelta(days=days), granularity="day", threshold=math.inf, locale=translation.get_language()
    )


# Put into words only where the page is, in its language.
_days = lazy(_in_words, str)


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return _page(request, "front.html", {"mcp_url": settings.MCP_URL})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        "privacy.html",
        {
            "support": settings.SUPPORT_URL,
            "openai": OPENAI_PRIVACY,
            "anthropic": ANTHROPIC_PRIVACY,
            "cursor": CURSOR_PRIVACY,
            "idle": _days(settings.REFRESH_TOKEN_IDLE_DAYS),
            "most": _days(settings.CONNECTION_MAX_DAYS),
            "after": _days(settings.CONNECTION_RETENTION_DAYS),
            "sign_ins": _days(settings.SIGN_IN_RETENTION_DAYS),
            "calls": _days(settings.TOOL_CALL_RETENTION_DAYS),
            "as_of": PRIVACY_AS_OF,
        },
    )


@require_safe
def openai_apps_challenge(request: HttpRequest) -> HttpResponse:
    """`/.well-known/openai-apps-challenge`: the token by which OpenAI sees whose domain this is. 404 where none is set."""
    if not settings.OPENAI_APPS_CHALLENGE:
        raise Http404
    return HttpResponse(
        settings.OPENAI_APPS_CHALLENGE, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    asked = request.GET.get("lang", "")
    chosen = asked if asked in dict(settings.LANGUAGES) else None
    language = chosen or translation.get_language() or settings.LANGUAGE_CODE
    context |= {"main_app": settings.MAIN_APP_URL, "chosen": chosen, "languages": _languages()}
    with translation.override(language):
        response = render(request, template, context)
    response["Content-Language"] = language
    response["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    return response


def _languages() -> list[tuple[str, str]]:
    """Each language's code, and its name in itself."""
    names = {code: translation.get_language_info(code)["name_local"] for code, _name in settings.LANGUAGES}
    # Django has the Vietnamese one in decomposed letters, which few fonts draw well.
    return [(code, unicodedata.normalize("NFC", name[:1].upper() + name[1:])) for code, name in names.items()]
