"""The pages a person sees when a sign-in does not end in a connection: what happened, what to do next, the way back."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oauthbridge import known_clients, references
from oauthbridge.models import Application, AuthorizationRequest
from oauthbridge.names import name_for_people

Status = AuthorizationRequest.Status

_CHATGPT_CALLBACK = re.compile(r"https://(?:chatgpt\.com|chat\.openai\.com)/aip/(g-[A-Za-z0-9]+)/oauth/callback")
CHATGPT = "https://chatgpt.com/"
_NAMELESS = _("an app without a name")


class Problem(StrEnum):
    """Why there is a page instead of a redirect."""

    BAD_LINK = "bad_link"
    UNKNOWN_CLIENT = "unknown_client"
    EXPIRED = "expired"
    WRONG_BROWSER = "wrong_browser"
    ALREADY_CONNECTED = "already_connected"
    ALREADY_USED = "already_used"
    ALREADY_AGREED = "already_agreed"
    DECLINED = "declined"
    CHAT_CONNECTED = "chat_connected"
    CHAT_PAUSED = "chat_paused"
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
    # What to do for somebody who comes from an app instead of a GPT, or from a chat, where that is something else.
    next_in_app: Promise | str = ""
    next_in_chat: Promise | str = ""


_AGAIN = _("Go back to ChatGPT and choose “Sign in” again. It takes less than a minute.")
_AGAIN_IN_APP = _("Go back to the app you came from and connect again. It takes less than a minute.")
_AGAIN_IN_CHAT = _("Go back to Zalo and write “connect” there: you get a new link.")
_LATER_IN_CHAT = _("Wait a few minutes, then write “connect” in Zalo: you get a new link.")
_LATER_IN_APP = _("Wait a few minutes, then go back to the app you came from and connect again.")
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
        next_in_app=_(
            "Wait a minute and connect again from there. If that brings you back here, the app cannot be used with Meo Mai Moi."
        ),
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
        next_in_app=_(
            "Begin again in the app, and stay in the browser that it opens. If that brings you back here, allow cookies for "
            "this site and try once more."
        ),
        next_in_chat=_(
            "Write “connect” in Zalo once more, and stay in the browser in which you open the link. If somebody else sent you the "
            "link, close this page."
        ),
    ),
    Problem.ALREADY_CONNECTED: _Text(
        _("You are connected"),
        _("The sign-in is done. There is nothing more to do here."),
        _("Go back to ChatGPT and ask about your pets."),
        status=200,
        next_in_app=_("Go back to the app you came from and ask about your pets."),
        next_in_chat=_("Go back to Zalo and write about your pets there."),
    ),
    Problem.ALREADY_USED: _Text(
        _("This sign-in link was already used"),
        _("Each link works only once."),
        _AGAIN,
    ),
    Problem.ALREADY_AGREED: _Text(
        _("You have already agreed"),
        _("Your answer was taken the first time; it is not needed twice."),
        "",
        next_in_app=_("Go on to Meo Mai Moi, sign in there and confirm."),
    ),
    Problem.DECLINED: _Text(
        _("You said no"),
        _("You chose “Cancel”, so nothing was connected."),
        "",
        next_in_app=_("If you have changed your mind, go back to the app you came from and connect again."),
        next_in_chat=_("If you have changed your mind, write “connect” in Zalo: you get a new link."),
    ),
    Problem.CHAT_CONNECTED: _Text(
        _("This Zalo account is connected already"),
        _("It was connected while this page was open. Nothing has changed."),
        "",
        next_in_chat=_("If it is connected to somebody you don’t know, write “disconnect” in Zalo, then “connect”."),
    ),
    Problem.CHAT_PAUSED: _Text(
        _("Zalo can’t be connected just now"),
        _("The people who run this service have paused it. Nothing was connected."),
        "",
        next_in_chat=_("Try again later."),
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
        next_in_app=_LATER_IN_APP,
    ),
    Problem.TOO_MANY: _Text(
        _("One moment, please"),
        _("There were very many sign-ins from your network just now."),
        _("Wait a minute, then go back to ChatGPT and choose “Sign in” again."),
        status=429,
        next_in_app=_LATER_IN_APP,
    ),
    Problem.OUR_FAULT: _Text(
        _("Something went wrong on our side"),
        _("Nothing was connected. We have written it down and will look at it."),
        _("Wait a few minutes, then go back to ChatGPT and choose “Sign in” again."),
        status=503,
        next_in_app=_LATER_IN_APP,
    ),
}

OF_STATUS: dict[Status | None, Problem] = {
    None: Problem.BAD_LINK,
    Status.CONNECTED: Problem.ALREADY_CONNECTED,
    Status.PENDING: Problem.ALREADY_USED,
    Status.TAKEN: Problem.ALREADY_USED,
    Status.HELD: Problem.ALREADY_USED,
    Status.CODE_REUSED: Problem.ALREADY_USED,
    Status.EXPIRED: Problem.EXPIRED,
    Status.WRONG_BROWSER: Problem.WRONG_BROWSER,
    Status.REFUSED: Problem.REFUSED,
    Status.MAIN_APP_AWAY: Problem.MAIN_APP_AWAY,
    Status.CLIENT_CHANGED: Problem.UNKNOWN_CLIENT,
    Status.DECLINED: Problem.DECLINED,
}

# Nobody is told of these by a page.
_OF_UNFINISHED = {Status.PENDING: Problem.EXPIRED, Status.TAKEN: Problem.OUR_FAULT, Status.HELD: Problem.EXPIRED}


@dataclass(frozen=True)
class _Way:
    """Where the page's button leads somebody who came from an app of the MCP door: on, back to its web site, or nowhere."""

    to_an_app: bool = False
    name: str = ""
    back: str = ""
    on: str = ""


def problem_page(
    request: HttpRequest,
    problem: Problem,
    sign_in: AuthorizationRequest | None = None,
    *,
    from_app: bool = False,
    from_chat: bool = False,
    way_on: str = "",
    retry_after: int = 0,
    unlisted: str = "",
) -> HttpResponse:
    """The page for `problem`, with a way back to the very GPT or app the person came from where that is known.

    from_app, from_chat: it was an app of the MCP door, or Zalo, though there is no sign-in that says so. way_on: an address to go
    on to instead. unlisted: the host of an app that is on no list.
    """
    text = _TEXTS[problem]
    # Of floods nothing is kept: they would take the place of the others.
    if problem != Problem.TOO_MANY:
        door = Application.Door.ZALO if from_chat else Application.Door.MCP if from_app else Application.Door.ACTIONS
        references.remember(request, problem, sign_in, host=unlisted, door=door)
    way_back = CHATGPT
    client = None if sign_in is None else sign_in.client
    from_chat = from_chat or (client is not None and client.is_chat)
    way = _Way(to_an_app=from_app or from_chat)
    if sign_in is not None and client is not None and client.is_mcp:
        way = _Way(True, name_of(client), _website(sign_in.redirect_uri), way_on)
    elif sign_in is not None and (gpt := _CHATGPT_CALLBACK.fullmatch(sign_in.redirect_uri)):
        way_back = f"{CHATGPT}g/{gpt[1]}"
    context: dict[str, Any] = {
        "problem": problem,
        "text": text,
        "next": _in_chat(text) if from_chat else (text.next_in_app or _AGAIN_IN_APP) if way.to_an_app else text.next,
        "way": way,
        "unlisted": unlisted,
        "apps": known_clients.products() if problem == Problem.UNKNOWN_CLIENT and way.to_an_app else [],
        "way_back": way_back,
        "request_id": request.META.get("MEO_REQUEST_ID", ""),
    }
    response = render(request, "oauthbridge/problem.html", context, status=text.status)
    response["Cache-Control"] = "no-store"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def in_words(sign_in: AuthorizationRequest) -> str:
    """What a person is told of a sign-in that ended like this, in the language of the moment; for who writes to them."""
    status = Status(sign_in.status)
    problem = _OF_UNFINISHED.get(status) or OF_STATUS[status]
    return in_words_of(problem, sign_in.client.door if sign_in.client is not None else Application.Door.MCP)


def in_words_of(problem: Problem, door: str) -> str:
    """The same of a page, for somebody who came from this door."""
    text = _TEXTS[problem]
    if door == Application.Door.ZALO:
        following = _in_chat(text)
    else:
        following = (text.next_in_app or _AGAIN_IN_APP) if door == Application.Door.MCP else text.next
    return f"{text.title}. {text.what} {following}".strip()


def _in_chat(text: _Text) -> Promise | str:
    return text.next_in_chat or (_AGAIN_IN_CHAT if text.status < 429 else _LATER_IN_CHAT)


def name_of(client: Application) -> str:
    """What people read as the client's name, whoever wrote it."""
    return name_for_people(client.name) or (str(_NAMELESS) if client.is_registered else client.client_id)


def _website(redirect_uri: str) -> str:
    """The front page of where a client gets its codes; nothing for a program on the person's own computer."""
    parts = urlsplit(redirect_uri)
    return f"https://{parts.netloc}/" if parts.scheme == "https" else ""


def support(request: HttpRequest) -> dict[str, str]:
    """Context processor: where a person can write to, for whoever shows a reference."""
    return {"support": settings.SUPPORT_URL}
