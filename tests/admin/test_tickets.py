"""Three tickets, solved as Support would: by clicking in a real browser, one search and at most four clicks each."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of

from oauthbridge.models import AuthorizationRequest
from tests.admin.conftest import PASSWORD, Made, make_call, make_member
from tests.admin.test_in_a_browser import DESK, PHONE, sign_in
from tests.browser import Chromium, waiting
from tests.playing import Connector

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
]


class Desk:
    """Support's browser; counts what they do."""

    def __init__(self, chromium: Chromium) -> None:
        self.driver = chromium.driver
        self.clicks = self.searches = 0

    def find(self, term: str) -> None:
        box = self.driver.find_element(By.CSS_SELECTOR, "#find input")
        box.clear()
        box.send_keys(term)
        self.searches += 1
        self.click("#find button")
        # A click does not always wait for the page that it leads to.
        waiting(self.driver, 10).until(staleness_of(box))

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    @property
    def text(self) -> str:
        # Asked for in one step: an element found just before may be the last page's.
        text: str = self.driver.execute_script("return document.getElementById('content').innerText")
        return text

    def copied(self, language: str) -> str:
        """What the button for this language puts into the clipboard."""
        if language != "en":
            self.click(f"summary[lang={language}]")
        self.click(f'[data-copy="tell-{language}"]')
        return self.driver.find_element(By.ID, f"tell-{language}").text


@pytest.fixture(params=[DESK, PHONE])
def desk(request: pytest.FixtureRequest, connector: Connector, chromium: Chromium, roles: None) -> Desk:
    make_member("Support", PASSWORD)
    sign_in(chromium, connector, "Support", request.param)
    return Desk(chromium)


def test_i_cannot_connect(desk: Desk, connector: Connector, connected: Callable[..., Made]) -> None:
    """The person sends the reference of the page that they saw."""
    failed = AuthorizationRequest.objects.create(
        application=connected().row.application, redirect_uri="https://chatgpt.com/aip/g-test/oauth/callback",
        browser_digest="b" * 64, expires_at=timezone.now() - timedelta(minutes=1),
    )  # fmt: skip
    page = connector.get("/oauth/callback", params={"session_id": str(failed.pk), "code": str(failed.pk)})

    desk.find(page.headers["X-Request-ID"])

    assert (
        "came back in another browser" in desk.text
        or "came back too late" in desk.text
        or "never came back" in desk.text
    )
    assert "ChatGPT" in desk.copied("vi")
    assert (desk.searches, desk.clicks <= 4) == (1, True)


def test_it_recorded_the_weight_twice(desk: Desk, connected: Callable[..., Made]) -> None:
    """The person's number is known: the timeline tells one record from two."""
    row = connected().row
    make_call(row, effect="saved", pet_ids="12", record_ids="34")
    make_call(row, effect="already", pet_ids="12", record_ids="34")

    desk.find(str(row.user.main_app_user_id))

    assert "saved" in desk.text
    assert "already there" in desk.text
    assert desk.text.count("pet 12, record 34") == 2
    assert "один раз" in desk.copied("ru")
    assert (desk.searches, desk.clicks <= 4) == (1, True)


def test_it_stopped_working(desk: Desk, connected: Callable[..., Made]) -> None:
    """An error's reference, as ChatGPT shows it, leads to the call, the person's timeline and why it ended."""
    row = connected().row
    call = make_call(row, outcome="error", status=504, code="UPSTREAM_TIMEOUT")

    desk.find(call.request_id)
    assert "UPSTREAM_TIMEOUT" in desk.text
    assert "the main app" in desk.text
    assert "Meo Mai Moi" in desk.copied("en")
    desk.click(".field-person a")

    assert "What happened" in desk.text
    assert (desk.searches, desk.clicks <= 4) == (1, True)
