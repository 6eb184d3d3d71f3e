"""Sessions, languages, messages: for what people see. Programs are let pass, and told everything in English."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from connector.middleware import PageLocaleMiddleware, RequestLogMiddleware, marks_at
from petstools import urls as tools
from petstools.views import ToolView

PAGES = [
    "/",
    "/privacy",
    "/docs",
    "/admin/",
    "/oauth/authorize",
    "/oauth/callback",
    "/static/x.css",
    "/petsitters",
    "/pets/no/such",
    "/no/pets",
]


def is_for_programs(path: str) -> bool:
    return getattr(marks_at(path), "for_programs", False)


def addresses(found: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for one in found:
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield f"/{before}{one.pattern}", one.callback


def test_every_tool_is_for_programs() -> None:
    found = [
        address for address, view in addresses(tools.urlpatterns) if issubclass(getattr(view, "cls", object), ToolView)
    ]

    assert len(found) > 15
    assert [address for address in found if not is_for_programs(address.replace("<str:", "1").replace(">", ""))] == []


@pytest.mark.parametrize(
    "path", ["/mcp", "/mcp/", "/oauth/token", "/oauth/revoke", "/oauth/register", "/register", "/health", "/metrics"]
)
def test_so_are_the_other_addresses_of_programs(path: str) -> None:
    assert is_for_programs(path)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_not(path: str) -> None:
    assert not is_for_programs(path)


def test_no_page_of_the_staff_is() -> None:
    staff = [address for address, _view in addresses(get_resolver().url_patterns) if address.startswith("/admin")]

    assert len(staff) > 10
    assert not any(is_for_programs(address) for address in staff)


def test_a_program_is_told_in_english_after_a_page_in_another_language(client: Client, db: None) -> None:
    """Django leaves the language of a request with the thread."""
    spoken: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        spoken.append(translation.get_language() or "")
        return HttpResponse()

    middleware = RequestLogMiddleware(PageLocaleMiddleware(view))
    asked = RequestFactory(headers={"Accept-Language": "vi"})
    with translation.override("en"):
        middleware(asked.get("/privacy"))
        middleware(asked.post("/pets"))

    assert spoken == ["vi", "en"]


def test_a_program_gets_no_cookie_and_no_language(client: Client, db: None) -> None:
    answer = client.get("/pets", headers={"Accept-Language": "vi"})

    assert answer.status_code == 401
    assert "Content-Language" not in answer.headers
    assert not answer.cookies
