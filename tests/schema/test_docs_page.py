"""GET /docs: the operations for people, without anything from another host and without inline script or style."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from petstools.catalog import TOOLS
from tests.playing import Connector

pytestmark = pytest.mark.once

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")


def test_nothing_on_it_comes_from_another_host(client: Client) -> None:
    response = client.get("/docs")

    page = response.content.decode()
    assert re.findall(r'(?:src|href)="(?!/)', page) == []
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*src=)", page) == []


def test_its_policy_allows_no_inline_code_and_no_other_host(client: Client) -> None:
    policy = client.get("/docs").headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.fixture
def chromium(tmp_path: Any) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--window-size=390,844",
        f"--user-data-dir={tmp_path}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromedriver (apt-get install them)")
def test_a_browser_shows_every_operation_and_its_console_is_silent(
    connector: Connector, chromium: webdriver.Chrome
) -> None:
    chromium.get(f"{connector.url}/docs")
    WebDriverWait(chromium, 30).until(
        lambda driver: len(driver.find_elements(By.CLASS_NAME, "opblock-summary-operation-id")) == len(TOOLS)
    )

    shown = {one.text for one in chromium.find_elements(By.CLASS_NAME, "opblock-summary-operation-id")}
    assert shown == {tool.name for tool in TOOLS}
    chromium.find_element(By.CSS_SELECTOR, "#operations-Weights-add_weight .opblock-summary-control").click()
    WebDriverWait(chromium, 10).until(
        lambda driver: "what a pet weighs" in driver.find_element(By.ID, "operations-Weights-add_weight").text
    )
    assert chromium.get_log("browser") == []  # type: ignore[no-untyped-call]
    width = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chromium.execute_script(width) == 0
