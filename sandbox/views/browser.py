"""What the main app's own pages do outside /api: the session cookie, signing in and out (Sanctum and Fortify)."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from django.http import HttpResponse, JsonResponse

from sandbox.answers import InvalidError, no_content
from sandbox.pipeline import SESSION_COOKIE, Call
from sandbox.records import Session
from sandbox.shapes.people import user_json
from sandbox.validation import REQUIRED, field, string, validated

XSRF_COOKIE = "XSRF-TOKEN"


def csrf_cookie(call: Call) -> HttpResponse:
    response = no_content()
    key = call.request.COOKIES.get(SESSION_COOKIE, "")
    if key not in call.world.sessions:
        key = secrets.token_urlsafe(30)
        call.world.sessions[key] = Session(secrets.token_urlsafe(30))
    response.set_cookie(SESSION_COOKIE, key, httponly=True, samesite="Lax")
    response.set_cookie(XSRF_COOKIE, quote(call.world.sessions[key].xsrf), samesite="Lax")
    return response


def login(call: Call) -> HttpResponse:
    values = validated(call.body, {"email": field(REQUIRED, string), "password": field(REQUIRED, string)})
    user = call.world.user_by_email(values["email"])
    if user is None or user.password != values["password"]:
        raise InvalidError({"email": ["These credentials do not match our records."]})
    if call.session is not None:
        call.session.user = user
    return JsonResponse({"success": True, "data": {"user": user_json(user), "two_factor": False}})


def logout(call: Call) -> HttpResponse:
    if call.session is not None:
        call.session.user = None
    return no_content()
