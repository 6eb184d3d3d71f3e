"""Laravel's routing over Django's: several methods per path, its 404 and 405 (main-app.md §1.3, §16)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path

from .pipeline import Endpoint


class Methods:
    """The endpoints of one path by method; the server asks it for the one to run."""

    def __init__(self, **endpoints: Endpoint) -> None:
        self._endpoints = endpoints

    def endpoint(self, method: str) -> Endpoint | None:
        return self._endpoints.get("GET" if method == "HEAD" else method)

    @property
    def supported(self) -> str:
        names = [name for name in self._endpoints for name in ((name, "HEAD") if name == "GET" else (name,))]
        return ", ".join(names)

    def not_allowed(self, request: HttpRequest) -> JsonResponse:
        route = quote(request.path.strip("/"))
        message = (
            f"The {request.method} method is not supported for route {route}. Supported methods: {self.supported}."
        )
        return JsonResponse({"message": message}, status=405, headers={"Allow": self.supported})

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError("The server runs endpoints itself; see server.py.")


def route(pattern: str, **endpoints: Endpoint) -> URLPattern:
    return path(pattern, Methods(**endpoints))


def page(pattern: str, view: Callable[..., HttpResponse]) -> URLPattern:
    """Something that is no API route: a page, a stored image, a switch of the stand-in."""
    return path(pattern, view)
