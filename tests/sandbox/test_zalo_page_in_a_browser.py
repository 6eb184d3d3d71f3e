"""The page to chat by hand in a real Chromium: it writes, shows the answers, makes links of addresses, and everybody can use it."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from sandbox.zalo.server import ZaloServer
from tests.browser import Chromium, waiting
from tests.pages import axe

from .zalo_receiver import Receiver, receiver

LINK = "https://connector.example/zalo/link/ab_cd"


@pytest.fixture
def webhook() -> Iterator[Receiver]:
    with receiver() as one:
        yield one


@pytest.fixture
def zalo(webhook: Receiver) -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        server.world.oa.webhook = webhook.url
        yield server


def test_a_conversation_by_hand(zalo: ZaloServer, webhook: Receiver, chromium: Chromium) -> None:
    chromium.look(zalo.url)
    driver = chromium.driver
    wait = waiting(driver, 20)
    wait.until(lambda _: driver.find_element(By.ID, "as").text == "You are Mai Nguyễn")
    driver.find_element(By.ID, "text").send_keys("míu 4 ký 2\n")
    wait.until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#lines .person"))
    wait.until(lambda _: "(200)" in driver.find_element(By.ID, "status").text)

    zalo.world.write(zalo.chat("mai"), "service", f"Mở <b>{LINK}</b>")

    wait.until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#lines .service"))
    (link,) = driver.find_elements(By.CSS_SELECTOR, "#lines .service a")
    assert str(link.get_attribute("href")).startswith(LINK)
    # At once: Selenium would wait for one.
    assert driver.execute_script("return document.querySelectorAll('#lines b').length") == 0
    assert len(webhook.bodies) == 1


def test_everybody_can_use_it(zalo: ZaloServer, chromium: Chromium) -> None:
    zalo.says("mai", "xin chào")
    zalo.world.write(zalo.chat("mai"), "service", f"Mở {LINK}")

    assert axe.faults(chromium, zalo.url, until="#account") == []
