"""The ways that lead a person to each page, over real HTTP; and the page as a person's browser understands it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from oauthbridge.models import Application, AuthorizationRequest
from oauthbridge.tokens import digest

GPT_CALLBACK = "https://chatgpt.com/aip/g-meo123/oauth/callback"
BROWSER_ID = "b" * 43
LANGUAGES = ("en", "vi", "ru", "uk")


@dataclass
class Page(HTMLParser):
    """What stands on a page: language, title, headings, links, and every element with its attributes."""

    html: str
    title: str = ""
    heading: str = ""
    text: str = ""
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.feed(self.html)

    def __hash__(self) -> int:
        return id(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "title" in self._open:
            self.title += data
        else:
            self.text += data
        if "h1" in self._open:
            self.heading += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def language(self) -> str | None:
        return self.all("html")[0].get("lang")

    @property
    def way_back(self) -> str | None:
        # The button; below it stands where to write to.
        link, *_rest = self.all("a")
        return link["href"]


def page_of(response: Any) -> Page:
    assert response["Content-Type"] == "text/html; charset=utf-8"
    return Page(response.content.decode())


def sign_in(
    client: Client, status: AuthorizationRequest.Status, *, redirect_uri: str = GPT_CALLBACK, door: str = "actions"
) -> Callable[[str], Any]:
    """A sign-in that ended as `status`; returns how its callback is opened again, in a language."""
    application = Application.objects.create(
        client_id=f"meo-{uuid.uuid4().hex[:8]}",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=redirect_uri,
        door=door,
    )
    code = str(uuid.uuid4())
    row = AuthorizationRequest.objects.create(
        application=application,
        redirect_uri=redirect_uri,
        browser_digest=digest(BROWSER_ID),
        status=status,
        # Its own code comes back, so that there is no second one to discard in the main app.
        code_digest=digest(code),
        expires_at="2100-01-01T00:00Z",
    )

    def open_callback(language: str = "en") -> Any:
        query = {"session_id": str(row.pk), "code": code}
        return client.get("/oauth/callback", query, headers={"accept-language": language})

    return open_callback
