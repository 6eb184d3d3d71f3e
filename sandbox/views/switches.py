"""The stand-in's own switches under /__sandbox/, which no main app has: faults, the request log, reset, the people."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox.config import MainApp


def faults(request: HttpRequest, app: MainApp) -> HttpResponse:
    """GET shows, PUT replaces, DELETE clears the faults."""
    if request.method == "PUT":
        try:
            app.faults.replace(json.loads(request.body or b"{}"))
        except (TypeError, ValueError, AttributeError) as error:
            return JsonResponse({"message": f"No such fault: {error}"}, status=422)
    elif request.method == "DELETE":
        app.faults.clear()
    elif request.method != "GET":
        return _not_allowed("GET, PUT, DELETE")
    return JsonResponse(app.faults.as_json())


def requests(request: HttpRequest, app: MainApp) -> HttpResponse:
    """GET lists every request so far (without secrets), DELETE forgets them."""
    if request.method == "DELETE":
        app.requests.clear()
    elif request.method != "GET":
        return _not_allowed("GET, DELETE")
    return JsonResponse({"requests": app.requests.as_json()})


def reset(request: HttpRequest, app: MainApp) -> HttpResponse:
    """POST brings back the seeded state and clears faults and the request log."""
    if request.method != "POST":
        return _not_allowed("POST")
    app.world.reset()
    app.faults.clear()
    app.requests.clear()
    return JsonResponse({"reset": True})


def people(request: HttpRequest, app: MainApp) -> HttpResponse:
    """GET: who can sign in on /gpt-connect."""
    if request.method != "GET":
        return _not_allowed("GET")
    with app.world.lock:
        rows = [
            {"key": u.key, "name": u.name, "email": u.email, "password": u.password, "about": u.about}
            for u in app.world.users.values()
        ]
    return JsonResponse({"people": rows})


def verify(request: HttpRequest, app: MainApp) -> HttpResponse:
    """POST {"email": …}: what the link in the verification mail does."""
    if request.method != "POST":
        return _not_allowed("POST")
    try:
        email = str(json.loads(request.body)["email"])
    except (TypeError, ValueError, KeyError):
        return JsonResponse({"message": 'Send {"email": "…"}.'}, status=422)
    with app.world.lock:
        user = app.world.user_by_email(email)
        if user is None:
            return JsonResponse({"message": "Nobody here has this e-mail."}, status=404)
        user.email_verified_at = app.world.timestamp()
    return JsonResponse({"verified": True})


def _not_allowed(methods: str) -> JsonResponse:
    return JsonResponse({"message": f"Supported methods: {methods}."}, status=405, headers={"Allow": methods})
