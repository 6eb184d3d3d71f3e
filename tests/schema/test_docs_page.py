"""GET /docs: the operations for people, without anything from another host and without inline script or style."""

import re

import pytest
from django.test import Client
from selenium.webdriver.common.by import By

from petstools.catalog import TOOLS
from tests.browser import OVERFLOW, Chromium, waiting
from tests.playing import Connector

pytestmark = pytest.mark.once


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


@pytest.mark.django_db(transaction=True)
def test_a_browser_shows_every_operation_and_its_console_is_silent(connector: Connector, chromium: Chromium) -> None:
    chromium.look(f"{connector.url}/docs")
    driver = chromium.driver
    waiting(driver, 30).until(
        lambda driver: len(driver.find_elements(By.CLASS_NAME, "opblock-summary-operation-id")) == len(TOOLS)
    )

    shown = {one.text for one in driver.find_elements(By.CLASS_NAME, "opblock-summary-operation-id")}
    assert shown == {tool.name for tool in TOOLS}
    driver.find_element(By.CSS_SELECTOR, "#operations-Weights-add_weight .opblock-summary-control").click()
    waiting(driver, 10).until(
        lambda driver: "what a pet weighs" in driver.find_element(By.ID, "operations-Weights-add_weight").text
    )
    assert chromium.console() == []
    assert driver.execute_script(OVERFLOW) == 0
