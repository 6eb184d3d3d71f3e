"""The pages a person sees when a sign-in does not end in a connection: what happened, what to do next, the way back."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oauthbridge.models import AuthorizationRequest

Status = AuthorizationRequest.Status

_CHATGPT_CALLBACK = re.compile(r"https://(?:chatgpt\.com|chat\.openai\.com)/aip/(g-[A-Za-z0-9]+)/oauth/callback")
CHATGPT = "https://chatgpt.com/"


class Problem(StrEnum):
    """Why there is a page instead of a redirect."""

    BAD_LINK = "bad_link"
    UNKNOWN_CLIENT = "unknown_client"
    EXPIRED = "expired"
    WRONG_BROWSER = "wrong_browser"
    ALREADY_CONNECTED = "already_connected"
    ALREADY_USED = "already_used"
    REFUSED = "refused"
    MAIN_APP_AWAY = "main_app_away"
    TOO_MANY = "too_many"
    OUR_FAULT = "our_fault"


@dataclass(frozen=True)
class _Text:
    title: Promise | str
    what: Promise | str
    next: Promise | str
    status: int = 400


_AGAIN = _("Go back to ChatGPT and choose “Sign in” again. It takes less than a minute.")
_TEXTS: dict[Problem, _Text] = {
    Problem.BAD_LINK: _Text(
        _("This link does not work"),
        _("Part of it is missing, or it is not one of ours."),
        _AGAIN,
    ),
    Problem.UNKNOWN_CLIENT: _Text(
        _("We don’t know this app"),
        _("The app that sent you here is not set up correctly, so nothing was connected."),
        _("If you came from a GPT, tell its maker that the sign-in settings need a look."),
    ),
    Problem.EXPIRED: _Text(
        _("That took a little too long"),
        _("For your safety a sign-in stays open only for a few minutes. Nothing was connected."),
        _AGAIN,
    ),
    Problem.WRONG_BROWSER: _Text(
        _("Finish where you began"),
        _(
            "This sign-in was started in another browser or app. To keep your account safe we stopped it, "
            "and nothing was connected."
        ),
        _(
            "Open ChatGPT in this browser and choose “Sign in” there. If that brings you back here, allow cookies "
            "for this site and try once more."
        ),
    ),
    Problem.ALREADY_CONNECTED: _Text(
        _("You are connected"),
        _("The sign-in is done. There is nothing more to do here."),
        _("Go back to ChatGPT and ask about your pets."),
        status=200,
    ),
    Problem.ALREADY_USED: _Text(
        _("This sign-in link was already used"),
        _("Each link works only once."),
        _AGAIN,
    ),
    Problem.REFUSED: _Text(
        _("Meo Mai Moi did not confirm the sign-in"),
        _("Your confirmation had run out or was used before. Nothing was connected."),
        _AGAIN,
    ),
    Problem.MAIN_APP_AWAY: _Text(
        _("Meo Mai Moi is not answering"),
        _("We could not finish the sign-in, and nothing was connected. Your pets and their records are safe."),
        _("Wait a few minutes, then go back to ChatGPT and choose “Sign in” again."),
        status=503,
    ),
    Problem.TOO_MANY: _Text(
        _("One moment, please"),
        _("There were very many sign-ins from your network just now."),
        _("Wait a minute, then go back to ChatGPT and choose “Sign in” again."),
        status=429,
    ),
    Problem.OUR_FAULT: _Text(
        _("Something went wrong on our side"),
        _("Nothing was connected. We have written it down and will look at it."),
        _("Wait a few minutes, then go back to ChatGPT and choose “Sign in” again."),
        status=503,
    ),
}

OF_STATUS: dict[Status | None, Problem] = {
    None: Problem.BAD_LINK,
    Status.CONNECTED: Problem.ALREADY_CONNECTED,
    Status.PENDING: Problem.ALREADY_USED,
    Status.TAKEN: Problem.ALREADY_USED,
    Status.CODE_REUSED: Problem.ALREADY_USED,
    Status.EXPIRED: Problem.EXPIRED,
    Status.WRONG_BROWSER: Problem.WRONG_BROWSER,
    Status.REFUSED: Problem.REFUSED,
    Status.MAIN_APP_AWAY: Problem.MAIN_APP_AWAY,
    Status.CLIENT_CHANGED: Problem.UNKNOWN_CLIENT,
    Status.DECLINED: Problem.ALREADY_USED,
}


def problem_page(
    request: HttpRequest, problem: Problem, sign_in: AuthorizationRequest | None = None, *, retry_after: int = 0
) -> HttpResponse:
    """The page for `problem`, with a way back to the very GPT the person came from where that is known."""
    text = _TEXTS[problem]
    way_back = CHATGPT
    if sign_in is not None and (gpt := _CHATGPT_CALLBACK.fullmatch(sign_in.redirect_uri)):
        way_back = f"{CHATGPT}g/{gpt[1]}"
    context: dict[str, Any] = {
        "problem": problem,
        "text": text,
        "way_back": way_back,
        "request_id": request.META.get("MEO_REQUEST_ID", ""),
    }
    response = render(request, "oauthbridge/problem.html", context, status=text.status)
    response["Cache-Control"] = "no-store"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response
