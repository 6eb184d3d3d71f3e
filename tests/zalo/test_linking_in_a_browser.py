"""Connecting somebody on Zalo in a real Chromium: every button from the link to the word in the chat, and how the pages look."""

from typing import Any

import pytest

from chat.languages import language
from chat.zalo.models import Sender
from oauthbridge.models import Connection
from sandbox.server import SandboxServer
from tests.browser import OVERFLOW, TEXT_ON_GROUND, Chromium, contrast
from tests.oauth.test_consent_page_in_a_browser import arrive, confirmed, press, refused
from tests.pages.walking import LANGUAGES
from tests.playing import Connector
from tests.zalo.chatting import Chat
from tests.zalo.conftest import Webhook

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A page looks the same whatever the database.
    pytest.mark.once,
]
SCREENS = ((320, 640), (390, 844), (1280, 800))


@pytest.fixture
def chat(webhook: Webhook, connector: Connector, chromium: Chromium) -> Chat:
    chromium.driver.delete_all_cookies()
    return Chat(webhook)


def test_clicked_through_from_the_link_to_the_word_in_the_chat(
    chat: Chat,
    chromium: Chromium,
    sandbox: SandboxServer,
) -> None:
    chromium.look(chat.link("xin chào"))
    assert chromium.driver.title == "Connect Zalo to Meo Mai Moi? · Meo Mai Moi"

    press(chromium, "agree")
    confirmed(chromium, sandbox)
    arrive(chromium, "Is this your Zalo account?")
    assert not Connection.objects.exists()
    press(chromium, "agree")
    arrive(chromium, "Zalo is connected")

    sender = Sender.objects.get()
    assert sender.connection is not None
    assert sender.connection.user.main_app_user_id == sandbox.world.user("emma").id
    spoken = language(sender.connection.language)
    assert chat.heard[-1] == spoken.say("zalo_connected")
    assert "Biscuit" in chat.say("my pets")
    assert refused(chromium) == []


def test_going_back_to_the_last_page_connects_nobody_twice(
    chat: Chat,
    chromium: Chromium,
    sandbox: SandboxServer,
) -> None:
    chromium.look(chat.link())
    press(chromium, "agree")
    confirmed(chromium, sandbox)
    arrive(chromium, "Is this your Zalo account?")
    press(chromium, "agree")
    arrive(chromium, "Zalo is connected")

    chromium.driver.back()
    arrive(chromium, "Zalo is connected")

    assert Connection.objects.count() == 1


def each_page(chat: Chat, chromium: Chromium, sandbox: SandboxServer) -> Any:
    """The addresses of the three pages, each while it can be looked at."""
    link = chat.link()
    yield link
    chromium.look(link)
    press(chromium, "agree")
    confirmed(chromium, sandbox)
    arrive(chromium, "Is this your Zalo account?")
    yield chromium.driver.current_url
    chromium.look(chromium.driver.current_url)
    press(chromium, "agree")
    arrive(chromium, "Zalo is connected")
    yield chromium.driver.current_url


def test_each_page_fits_every_screen_in_every_language_and_scheme(
    chat: Chat,
    chromium: Chromium,
    sandbox: SandboxServer,
) -> None:
    for address in each_page(chat, chromium, sandbox):
        for code in LANGUAGES:
            chromium.look(address, language=code)
            assert chromium.driver.execute_script("return document.documentElement.lang") == code
            for width, height in SCREENS:
                chromium.resize(width, height)

                assert chromium.driver.execute_script(OVERFLOW) == 0, (address, code, width)
                buttons = chromium.driver.find_elements("css selector", ".button")
                assert buttons
                assert all(button.rect["height"] >= 44 for button in buttons), (address, code, width)
        for scheme in ("light", "dark"):
            chromium.look(address, scheme=scheme)
            texts = chromium.driver.execute_script(TEXT_ON_GROUND)
            # WCAG 2.2 AA, 1.4.3: at least 4.5 to 1.
            assert {name: ratio for name, ink, ground in texts if (ratio := contrast(ink, ground)) < 4.5} == {}
    assert refused(chromium) == []
