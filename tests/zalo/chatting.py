"""A person who writes on Zalo and opens in a browser what is answered there."""

import html
import re
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.zalo import world
from tests.playing import Person
from tests.zalo.conftest import Webhook

_LINK = re.compile(r"https?://\S+/zalo/link/[\w-]+")


@dataclass
class Chat:
    """`say` is a message, and what came back for it; `connect` is the way through the browser."""

    webhook: Webhook
    by: str = "mai"

    @property
    def sender_id(self) -> str:
        return self.webhook.zalo.person_id(self.by)

    @property
    def heard(self) -> list[str]:
        """All that was written to them."""
        return self.webhook.zalo.answers(self.by)

    def is_called(self, name: str) -> None:
        self.webhook.zalo.chat(self.by).person = world.Person(self.by, name)

    def say(self, text: str) -> str:
        before = len(self.heard)
        self.webhook.says(text, self.by)
        return "\n".join(self.heard[before:])

    def link(self, text: str = "kết nối") -> str:
        told = self.say(text)
        found = _LINK.search(told)
        assert found is not None, told
        return found[0]

    def connect(self, somebody: Person) -> httpx.Response:
        """The whole way; the page at its end."""
        return press(somebody, last_page(somebody, self.link()))


def fields(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the one form on a page."""
    assert page.status_code == 200, page.text[:300]
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)">', page.text)}


def press(somebody: Person, page: httpx.Response, answer: str = "agree", **changes: Any) -> httpx.Response:
    """A button on our page, and where it leads within our own pages."""
    url = f"{somebody.connector.url}/zalo/linked" if page.url.path == "/zalo/linked" else str(page.url)
    headers = {"Origin": changes.pop("origin", somebody.connector.url)}
    answered = somebody.browser.post(url, data={**fields(page), "answer": answer, **changes}, headers=headers)
    if answered.status_code == 303 and answered.headers["Location"].startswith("/"):
        return somebody.open(f"{somebody.connector.url}{answered.headers['Location']}")
    return answered


def consent_url(somebody: Person, link: str) -> str:
    """The main app's page, after ours."""
    answered = press(somebody, somebody.open(link))
    assert answered.status_code == 303, answered.text
    return answered.headers["Location"]


def last_page(somebody: Person, link: str) -> httpx.Response:
    back = somebody.open(somebody.agree(consent_url(somebody, link)))
    assert back.status_code == 302, back.text
    return somebody.open(back.headers["Location"])


def words(page: httpx.Response) -> str:
    """What a page says."""
    body = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())
