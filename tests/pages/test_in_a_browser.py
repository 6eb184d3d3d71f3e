"""The pages in a real Chromium, policy active: dressed, readable, and without a word on the console."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.pages.walking import LANGUAGES
from tests.playing import Connector

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A page looks the same whatever the database.
    pytest.mark.once,
    pytest.mark.skipif(
        not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromedriver (apt-get install them)"
    ),
]

# Every element with text of its own: its colour, and the ground it stands on.
_TEXT_ON_GROUND = """
const ground = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)") return colour;
  }
  return "rgb(255, 255, 255)";
};
return [...document.querySelectorAll("body *")]
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim()))
  .map((e) => [e.tagName + "." + e.className, getComputedStyle(e).color, ground(e)]);
"""
_OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
_PICTURES = "return [...document.images].map((image) => image.complete && image.naturalWidth > 0)"


@dataclass
class Chromium:
    driver: webdriver.Chrome

    def look(
        self, url: str, *, language: str = "en", width: int = 390, height: int = 844, scheme: str = "light"
    ) -> None:
        """Open a page as somebody with this language, screen and colour scheme would."""
        agent = self.driver.execute_script("return navigator.userAgent")
        self._cdp("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        self.resize(width, height)
        self.paint(scheme)
        self.driver.get(url)

    def resize(self, width: int, height: int) -> None:
        self._cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def paint(self, scheme: str) -> None:
        """Show the page that is open in this colour scheme."""
        self._cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def style(self, selector: str, name: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, selector).value_of_css_property(name)

    def console(self) -> list[dict[str, Any]]:
        """What was said since the last time, but for the one line that Chromium itself writes about a 4xx or 5xx page."""
        said: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        address = self.driver.current_url
        return [line for line in said if not (line["source"] == "network" and line["message"].startswith(address))]

    def _cdp(self, command: str, **parameters: Any) -> None:
        self.driver.execute_cdp_cmd(command, parameters)


def started(profile: Path, *arguments: str) -> Chromium:
    """A browser of its own, with nothing in it."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        f"--user-data-dir={profile}",
        *arguments,
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    driver.set_page_load_timeout(30)
    # A click does not always wait for the page that it leads to.
    driver.implicitly_wait(10)
    return Chromium(driver)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    chromium = started(tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.driver.quit()


PAGES = ["/oauth/callback", "/oauth/authorize?client_id=nope", "/no/such/page"]
# About the service itself, without a way back to ChatGPT.
ABOUT = ["/", "/privacy"]


@pytest.mark.parametrize("path", PAGES)
def test_it_is_dressed_and_the_console_is_silent(connector: Connector, chromium: Chromium, path: str) -> None:
    chromium.look(connector.url + path)

    assert chromium.style("main", "border-top-left-radius") == "24px"
    assert chromium.style("a.button", "background-color") == "rgba(168, 66, 12, 1)"
    assert chromium.driver.execute_script(_PICTURES) == [True, True]
    assert chromium.console() == []


@pytest.mark.parametrize("path", ABOUT)
def test_a_page_about_the_service_is_dressed_and_the_console_is_silent(
    connector: Connector, chromium: Chromium, path: str
) -> None:
    chromium.look(connector.url + path)

    assert chromium.style("main", "border-top-left-radius") == "24px"
    assert chromium.style(".languages ul", "list-style-type") == "none"
    assert all(chromium.driver.execute_script(_PICTURES))
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
@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (1280, 800)])
def test_nothing_runs_out_of_the_screen(
    connector: Connector, chromium: Chromium, path: str, language: str, width: int, height: int
) -> None:
    chromium.look(connector.url + path, language=language, width=width, height=height)

    assert chromium.driver.execute_script("return document.documentElement.lang") == language
    assert chromium.driver.execute_script(_OVERFLOW) == 0


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
    texts = chromium.driver.execute_script(_TEXT_ON_GROUND)

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


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of `rgb(…)` or `rgba(…)`."""
    parts = [float(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
