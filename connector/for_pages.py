"""Django's middleware for pages, which lets pass what programs ask for: a tool call or a token has no session, no form, no message
and one language. Doing all that for them took a twentieth of a tool call (docs/decisions/speed.md).

`CommonMiddleware` and `CsrfViewMiddleware` are not here: every request's Host is checked, and no view goes without the other.
"""

import re
from typing import cast

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

# Whatever else there is, an address that is none included, is for people.
_FOR_PROGRAMS = re.compile(
    r"/(?:pets|pet-types|account|records|mcp|oauth/token|oauth/revoke|oauth/register|register|health|metrics)(?:/|\Z)"
)


def is_for_programs(path: str) -> bool:
    return _FOR_PROGRAMS.match(path) is not None


class _ForPages(MiddlewareMixin):
    """Before a middleware class of Django's: it acts on pages only."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response if is_for_programs(request.path_info) else super().__call__
        return cast(HttpResponseBase, answer(request))


class PageSessionMiddleware(_ForPages, SessionMiddleware):
    pass


class PageLocaleMiddleware(_ForPages, LocaleMiddleware):
    """A program is spoken to in English: without this, in the language of the last page that its thread served."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_for_programs(request.path_info):
            translation.activate(settings.LANGUAGE_CODE)
        return super().__call__(request)


class PageAuthenticationMiddleware(_ForPages, AuthenticationMiddleware):
    pass


class PageMessageMiddleware(_ForPages, MessageMiddleware):
    pass
