"""The pages in a real Chromium, policy active: dressed, readable, and without a word on the console."""

import json

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import OVERFLOW, PICTURES, TEXT_ON_GROUND, Chromium, contrast, luminance
from tests.pages.walking import LANGUAGES
from tests.playing import Connector

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A page looks the same whatever the database.
    pytest.mark.once,
]

PAGES = ["/oauth/callback", "/oauth/authorize?client_id=nope", "/no/such/page"]
# About the service itself, without a way back to ChatGPT.
ABOUT = ["/", "/privacy"]


@pytest.mark.parametrize("path", PAGES)
def test_it_is_dressed_and_the_console_is_silent(connector: Connector, chromium: Chromium, path: str) -> None:
    chromium.look(connector.url + path)

    assert chromium.style("main", "border-top-left-radius") == "24px"
    assert chromium.style("a.button", "background-color") == "rgba(168, 66, 12, 1)"
    assert chromium.driver.execute_script(PICTURES) == [True, True]
    assert chromium.console() == []


@pytest.mark.parametrize("path", ABOUT)
def test_a_page_about_the_service_is_dressed_and_the_console_is_silent(
    connector: Connector, chromium: Chromium, path: str
) -> None:
    chromium.look(connector.url + path)

    assert chromium.style("main", "border-top-left-radius") == "24px"
    assert chromium.style(".languages ul", "list-style-type") == "none"
    assert all(chromium.driver.execute_script(PICTURES))
    assert chromium.console() == []


def test_the_policy_is_in_force(connector: Connector, chromium: Chromium) -> None:
    chromium.look(connector.url + "/oauth/callback")
    chromium.driver.execute_script(
        "const s = document.createElement('style'); s.textContent = 'main { border-radius: 1px }'; document.head.append(s);"
        "const i = document.createElement('script'); i.textContent = 'window.ran = true'; document.head.append(i);"
    )

    assert chromium.style("main", "border-top-left-radius") == "24px"
    assert chromium.driver.execute_script("return window.ran") is None
    assert "Content Security Policy" in json.dumps(chromium.console())


@pytest.mark.parametrize("path", ["/oauth/callback", *ABOUT])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_runs_out_of_the_screen(connector: Connector, chromium: Chromium, path: str, language: str) -> None:
    chromium.look(connector.url + path, language=language)

    assert chromium.driver.execute_script("return document.documentElement.lang") == language
    for width, height in ((320, 640), (390, 844), (1280, 800)):
        chromium.resize(width, height)
        assert chromium.driver.execute_script(OVERFLOW) == 0, width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "some"),
    [
        ("/oauth/callback", {"H1.", "P.what", "P.next", "A.button", "CODE."}),
        ("/", {"H1.", "P.what", "LI.", "P.next", "A.button", "A."}),
        ("/privacy", {"H1.", "H2.", "P.", "DT.", "DD.", "LI.", "A.", "P.small"}),
    ],
)
def test_all_text_stands_out_from_its_ground(
    connector: Connector, chromium: Chromium, path: str, some: set[str], scheme: str
) -> None:
    """WCAG 2.2 AA, 1.4.3: at least 4.5 to 1."""
    chromium.look(connector.url + path, scheme=scheme)
    texts = chromium.driver.execute_script(TEXT_ON_GROUND)

    assert {name for name, _, _ in texts} >= some
    assert {name: ratio for name, ink, ground in texts if (ratio := contrast(ink, ground)) < 4.5} == {}


def test_dark_is_dark(connector: Connector, chromium: Chromium) -> None:
    chromium.look(connector.url + "/oauth/callback", scheme="dark")

    assert luminance(chromium.style("body", "background-color")) < 0.05


def test_the_keyboard_reaches_the_button_and_it_shows(connector: Connector, chromium: Chromium) -> None:
    chromium.look(connector.url + "/oauth/callback", width=1280, height=800)
    chromium.driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    button = chromium.driver.switch_to.active_element

    assert button.get_attribute("class") == "button"
    assert button.value_of_css_property("outline-style") == "solid"
    assert button.value_of_css_property("outline-width") == "3px"
    assert button.rect["height"] >= 44


@pytest.mark.parametrize("path", ABOUT)
def test_another_language_is_a_click_away(connector: Connector, chromium: Chromium, path: str) -> None:
    chromium.look(connector.url + path)
    chromium.driver.find_element(By.LINK_TEXT, "Українська").click()

    assert chromium.driver.execute_script("return document.documentElement.lang") == "uk"
    assert chromium.driver.current_url == f"{connector.url}{path}?lang=uk"
    assert chromium.driver.get_cookies() == []


@pytest.mark.parametrize("path", ABOUT)
def test_a_finger_hits_each_link_that_stands_alone(connector: Connector, chromium: Chromium, path: str) -> None:
    """WCAG 2.2 AA, 2.5.8: 24 pixels."""
    chromium.look(connector.url + path)
    links = chromium.driver.find_elements(By.CSS_SELECTOR, ".links a, .languages a, a.button")

    assert len(links) >= len(LANGUAGES)
    assert all(link.rect["height"] >= 24 for link in links)
