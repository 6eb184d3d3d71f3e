"""A real Chromium for the tests that look at pages: one in each process of the run, emptied between the tests."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium import webdriver
    from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")

# Every element with text of its own: its colour, and the ground it stands on.
TEXT_ON_GROUND = """
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
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
PICTURES = "return [...document.images].map((image) => image.complete && image.naturalWidth > 0)"


@dataclass
class Chromium:
    driver: "webdriver.Chrome"

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
        return self.driver.find_element("css selector", selector).value_of_css_property(name)

    def console(self) -> list[dict[str, Any]]:
        """What was said since the last time, but for the one line that Chromium itself writes about a 4xx or 5xx page."""
        said: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        address = self.driver.current_url
        return [line for line in said if not (line["source"] == "network" and line["message"].startswith(address))]

    def forget(self) -> None:
        self.driver.switch_to.default_content()
        self.driver.get("about:blank")
        self._cdp("Network.clearBrowserCookies")
        self.console()

    def _cdp(self, command: str, **parameters: Any) -> None:
        self.driver.execute_cdp_cmd(command, parameters)


def started(profile: Path, *arguments: str) -> Chromium:
    """A browser of its own, with nothing in it."""
    # Most tests that ask for no browser would wait for this import.
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("needs chromium and chromedriver (apt-get install them)")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        # One process for all pages and frames: starting one for each takes longer than what is looked at in it.
        "--renderer-process-limit=1",
        "--disable-site-isolation-trials",
        "--disable-features=IsolateSandboxedIframes",
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


def waiting(driver: "webdriver.Chrome", seconds: float = 10) -> "WebDriverWait[webdriver.Chrome]":
    """Selenium's own looks twice a second, and most of what is waited for is there sooner."""
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(driver, seconds, poll_frequency=0.05)


@pytest.fixture(scope="session")
def _lasting_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    chromium = started(tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.driver.quit()


@pytest.fixture
def chromium(_lasting_chromium: Chromium) -> Chromium:
    """Without cookies and without a word on its console."""
    _lasting_chromium.forget()
    return _lasting_chromium


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of `rgb(…)` or `rgba(…)`."""
    parts = [float(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
