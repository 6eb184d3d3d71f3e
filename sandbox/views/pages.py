"""The pages of the main app that a person sees, and the images it stores."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

from sandbox.config import MainApp

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@cache
def _engine() -> Engine:
    # An engine of its own: the stand-in must look the same whatever the project's templates are.
    return Engine(dirs=[str(_TEMPLATES)])


def page_html(name: str, **values: object) -> str:
    return _engine().get_template(f"sandbox/{name}").render(Context(values))


def home(request: HttpRequest, app: MainApp) -> HttpResponse:
    """Where Cancel leads, and a look at who can sign in."""
    with app.world.lock:
        people = [user for user in app.world.users.values() if user.about]
    return HttpResponse(page_html("home.html", people=people, version=app.release.version))


def gpt_connect(request: HttpRequest, app: MainApp) -> HttpResponse:
    """The consent page; it checks only that both parameters are there, the API checks the rest (main-app.md §5.1)."""
    session_id, session_sig = request.GET.get("session_id", ""), request.GET.get("session_sig", "")
    with app.world.lock:
        people = [user for user in app.world.users.values() if user.about]
    return HttpResponse(
        page_html("gpt_connect.html", session_id=session_id, valid=bool(session_id and session_sig), people=people)
    )


def stored_image(request: HttpRequest, app: MainApp, media: int, name: str) -> HttpResponse:
    """The original bytes for every size: public, no authentication (main-app.md §9.2)."""
    row = app.world.media.get(media)
    if row is None:
        return HttpResponse("Not found", status=404)
    return HttpResponse(row.content, content_type=row.mime_type)
