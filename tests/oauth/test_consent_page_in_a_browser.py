"""Our consent page in a real Chromium: the whole way of an app on this computer, under the page's own policy, and how it looks."""

import json
import threading
from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from oauthbridge.models import Application, AuthorizationRequest, Connection
from sandbox.server import SandboxServer
from tests.browser import OVERFLOW, TEXT_ON_GROUND, Chromium, contrast, started, waiting
from tests.files.file_host import Authority, FileHost
from tests.oauth.documents import McpApp
from tests.pages.walking import LANGUAGES
from tests.playing import PASSWORD, Connector, queries

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A page looks the same whatever the database.
    pytest.mark.once,
]
NAME = "Claude Code"


class Program:
    """The app on this computer: it listens for the browser, and then sends it on to a page of its own."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                program.heard.append(self.path)
                arrived = self.path.startswith("/callback")
                self.send_response(302 if arrived else 200)
                if arrived:
                    self.send_header("Location", "/done")
                self.end_headers()
                if not arrived:
                    self.wfile.write(b"<!doctype html><title>Done</title>You can close this.")

            def log_message(self, *_: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.redirect_uri = f"http://127.0.0.1:{self._server.server_address[1]}/callback"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.close()


@pytest.fixture
def app(connector: Connector, program: Program) -> McpApp:
    Application.objects.create(
        client_id="claude-code",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="http://127.0.0.1/callback",
        name=NAME,
        door="mcp",
    )
    return McpApp(connector, "claude-code", None, program.redirect_uri)


def press(chromium: Chromium, answer: str) -> None:
    chromium.driver.find_element(By.CSS_SELECTOR, f"button[value={answer}]").click()


def arrive(chromium: Chromium, title: str) -> None:
    waiting(chromium.driver, 15).until(lambda driver: title in driver.title)


def visible(chromium: Chromium, selector: str) -> Any:
    return waiting(chromium.driver, 15).until(
        lambda driver: next((e for e in driver.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()), None)
    )


def refused(chromium: Chromium) -> list[str]:
    """What the policy of a page did not let happen."""
    return [line["message"] for line in chromium.console() if "Content Security Policy" in line["message"]]


def begin(chromium: Chromium, app: McpApp, **look: Any) -> None:
    chromium.driver.delete_all_cookies()
    chromium.look(app.authorize_url(scope=None), **look)


def test_agreeing_leads_through_the_main_app_to_the_program(
    app: McpApp, program: Program, chromium: Chromium, sandbox: SandboxServer
) -> None:
    begin(chromium, app)
    assert chromium.driver.title == f"Connect {NAME}? · Meo Mai Moi"

    press(chromium, "agree")
    confirmed(chromium, sandbox)
    arrive(chromium, "Done")

    answer = queries(program.heard[0])
    assert set(answer) == {"code", "state", "iss"}
    tokens = app.exchange(answer["code"], code_verifier=app.verifier, resource=f"{app.connector.url}/mcp")
    assert tokens.status_code == 200, tokens.text
    assert Connection.objects.get().is_active
    assert refused(chromium) == []


@pytest.fixture(scope="module")
def lasting_telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    chromium = started(tmp_path_factory.mktemp("telegram"))
    proxy = (
        "window.asked = []; window.TelegramWebviewProxy = {postEvent: (name, data) => window.asked.push([name, data])};"
    )
    chromium.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": proxy})
    yield chromium
    chromium.driver.quit()


@pytest.fixture
def telegram(lasting_telegram: Chromium) -> Chromium:
    """The browser inside Telegram on a phone: no cookie of ours, and a way to ask Telegram for things."""
    lasting_telegram.forget()
    return lasting_telegram


def confirmed(chromium: Chromium, sandbox: SandboxServer) -> None:
    emma = sandbox.world.user("emma")
    visible(chromium, "#email").send_keys(emma.email)
    visible(chromium, "#password").send_keys(PASSWORD)
    visible(chromium, "#signin button.main").click()
    visible(chromium, "#consent button.main").click()


def test_a_sign_in_confirmed_in_telegram_ends_in_the_browser_where_it_began(
    app: McpApp, program: Program, chromium: Chromium, telegram: Chromium, sandbox: SandboxServer
) -> None:
    begin(chromium, app)
    press(chromium, "agree")
    visible(chromium, "#telegram").click()
    telegram.look(visible(chromium, "#telegram-address").text)
    confirmed(telegram, sandbox)
    arrive(telegram, "Almost done")
    address = visible(telegram, "#address").text
    assert AuthorizationRequest.objects.get().status == "pending"

    visible(telegram, "#outside").click()
    ((name, data),) = telegram.driver.execute_script("return window.asked")
    chromium.driver.get(json.loads(data)["url"])
    arrive(chromium, "Done")

    assert (name, json.loads(data)) == ("web_app_open_link", {"url": address, "try_instant_view": False})
    assert set(queries(program.heard[0])) == {"code", "state", "iss"}
    assert Connection.objects.get().is_active
    assert refused(telegram) == refused(chromium) == []


def test_whoever_did_not_begin_it_ends_it_with_one_tap(
    app: McpApp, chromium: Chromium, telegram: Chromium, sandbox: SandboxServer
) -> None:
    begin(chromium, app)
    press(chromium, "agree")
    visible(chromium, "#email")
    telegram.look(chromium.driver.current_url)
    confirmed(telegram, sandbox)
    arrive(telegram, "Almost done")

    telegram.driver.find_element(By.XPATH, "//button[contains(., 'I did not begin this')]").click()
    arrive(telegram, "We have ended it")

    assert AuthorizationRequest.objects.get().status == "declined"
    assert not sandbox.world.tokens_of(sandbox.world.user("emma"))
    assert refused(telegram) == []


@pytest.fixture
def telegram_on_the_web(authority: Authority) -> Iterator[FileHost]:
    """https://web.telegram.org, and another site at the same port."""
    host = FileHost(authority, certificate_name="web.telegram.org")
    yield host
    host.close()


def test_telegram_on_the_web_frames_it_and_no_other_site_does(
    app: McpApp, chromium: Chromium, sandbox: SandboxServer, telegram_on_the_web: FileHost, tmp_path: Path
) -> None:
    """RFC 9700 §4.16 (clickjacking), and the one exception to it."""
    to = f"127.0.0.1:{telegram_on_the_web.port}"
    rules = f"--host-resolver-rules=MAP web.telegram.org:443 {to},MAP evil.example:443 {to}"
    elsewhere = started(tmp_path, rules, "--ignore-certificate-errors")
    try:
        begin(chromium, app)
        press(chromium, "agree")
        visible(chromium, "#email")
        elsewhere.look(chromium.driver.current_url)
        confirmed(elsewhere, sandbox)
        arrive(elsewhere, "Almost done")
        framing = (
            "<!doctype html><title>A site</title><script>window.heard = [];"
            "addEventListener('message', (event) => heard.push([event.origin, event.data]))</script>"
            f'<iframe width="390" height="844" src="{escape(elsewhere.driver.current_url)}"></iframe>'
        )
        telegram_on_the_web.serve("/k/", framing.encode(), content_type="text/html")
        elsewhere.driver.implicitly_wait(2)

        elsewhere.look("https://evil.example/k/", width=600)
        elsewhere.driver.switch_to.frame(0)
        assert elsewhere.driver.find_elements(By.CSS_SELECTOR, "#outside") == []

        elsewhere.look("https://web.telegram.org/k/", width=600)
        elsewhere.driver.switch_to.frame(0)
        address = visible(elsewhere, "#address").text
        visible(elsewhere, "#outside").click()
        elsewhere.driver.switch_to.default_content()
        heard = waiting(elsewhere.driver, 15).until(lambda driver: driver.execute_script("return window.heard"))
        ((origin, data),) = heard
        assert origin == app.connector.url
        assert json.loads(data) == {
            "eventType": "web_app_open_link",
            "eventData": {"url": address, "try_instant_view": False},
        }
        assert AuthorizationRequest.objects.get().status == "pending"

        elsewhere.driver.switch_to.frame(0)
        elsewhere.driver.find_element(By.XPATH, "//button[contains(., 'I did not begin this')]").click()
        waiting(elsewhere.driver, 15).until(lambda driver: "We have ended it" in driver.page_source)
        assert AuthorizationRequest.objects.get().status == "declined"
    finally:
        elsewhere.driver.quit()


def test_the_page_that_hands_back_fits_every_screen_in_every_language(
    app: McpApp, chromium: Chromium, telegram: Chromium, sandbox: SandboxServer
) -> None:
    begin(chromium, app)
    press(chromium, "agree")
    visible(chromium, "#email")
    telegram.look(chromium.driver.current_url)
    confirmed(telegram, sandbox)
    arrive(telegram, "Almost done")
    address = telegram.driver.current_url
    telegram.console()
    for language in LANGUAGES:
        for width, height in ((320, 640), (390, 844), (1280, 800)):
            telegram.look(address, language=language, width=width, height=height)

            assert telegram.driver.execute_script("return document.documentElement.lang") == language
            assert telegram.driver.execute_script(OVERFLOW) == 0, (language, width)
            buttons = telegram.driver.find_elements(By.CSS_SELECTOR, ".button")
            assert len({button.rect["width"] for button in buttons}) == 1, "of equal weight"
            assert all(button.rect["height"] >= 44 for button in buttons), (language, width)
    assert telegram.console() == []


def test_cancelling_leads_back_to_the_program(app: McpApp, program: Program, chromium: Chromium) -> None:
    begin(chromium, app)

    press(chromium, "cancel")
    arrive(chromium, "Done")

    assert queries(program.heard[0])["error"] == "access_denied"
    assert AuthorizationRequest.objects.get().status == "declined"
    assert refused(chromium) == []


def test_going_back_and_agreeing_again_loses_nobody(app: McpApp, chromium: Chromium, sandbox: SandboxServer) -> None:
    """Chromium shows the very page again, though nobody may keep it, and its form has been used."""
    begin(chromium, app)
    press(chromium, "agree")
    visible(chromium, "#email")

    chromium.driver.back()
    visible(chromium, "button[value=agree]")
    press(chromium, "agree")
    arrive(chromium, "You have already agreed")
    chromium.driver.find_element(By.LINK_TEXT, "On to Meo Mai Moi").click()
    visible(chromium, "#email")

    assert chromium.driver.current_url.startswith(f"{sandbox.url}/gpt-connect?")


def test_it_fits_every_screen_in_every_language(app: McpApp, chromium: Chromium) -> None:
    chromium.console()
    for language in LANGUAGES:
        begin(chromium, app, language=language)
        assert chromium.driver.execute_script("return document.documentElement.lang") == language
        for width, height in ((320, 640), (390, 844), (1280, 800)):
            chromium.resize(width, height)

            assert chromium.driver.execute_script(OVERFLOW) == 0, (language, width)
            buttons = chromium.driver.find_elements(By.CSS_SELECTOR, "button")
            assert [button.rect["height"] >= 44 for button in buttons] == [True, True], (language, width)
    assert chromium.console() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_its_text_stands_out_from_its_ground(app: McpApp, chromium: Chromium, scheme: str) -> None:
    """WCAG 2.2 AA, 1.4.3: at least 4.5 to 1."""
    begin(chromium, app, scheme=scheme)
    texts = chromium.driver.execute_script(TEXT_ON_GROUND)

    assert {name for name, _, _ in texts} >= {
        "H1.",
        "BDI.host",
        "P.warning",
        "BUTTON.button",
        "BUTTON.button plain",
        "LI.",
    }
    assert {name: ratio for name, ink, ground in texts if (ratio := contrast(ink, ground)) < 4.5} == {}
