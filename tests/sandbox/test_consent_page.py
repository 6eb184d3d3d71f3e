"""The consent page and the bridge behind it, as a browser without a script engine would walk them (main-app.md §5)."""

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.records import GPT_ABILITIES
from sandbox.server import SandboxServer

from .stage import NO_TLS

CONNECTOR = {"Authorization": "Bearer the-connector-key", "Accept": "application/json"}


class Browser:
    """Cookies, Origin and XSRF header as the page's own script sends them."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.http = httpx.Client(base_url=sandbox.url, headers={"Origin": sandbox.url}, verify=NO_TLS)
        self.http.headers["Accept"] = "application/json"
        self.session_id = str(uuid.uuid4())
        key = sandbox.app.hmac_secret.encode()
        self.session_sig = hmac.new(key, self.session_id.encode(), hashlib.sha256).hexdigest()

    @property
    def bridge(self) -> dict[str, str]:
        return {"session_id": self.session_id, "session_sig": self.session_sig}

    def post(self, path: str, body: dict[str, str]) -> httpx.Response:
        self.http.get("/sanctum/csrf-cookie")
        return self.http.post(path, json=body, headers={"X-XSRF-TOKEN": self.http.cookies["XSRF-TOKEN"]})

    def sign_in(self, email: str, password: str = "Purr-sonal-1") -> httpx.Response:
        return self.post("/login", {"email": email, "password": password})

    def connect(self) -> httpx.Response:
        return self.post("/api/gpt-auth/confirm", self.bridge)


@pytest.fixture
def browser(sandbox: SandboxServer) -> Iterator[Browser]:
    visitor = Browser(sandbox)
    with visitor.http:
        yield visitor


def code_in(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(str(answer.json()["data"]["redirect_url"])).query)["code"][0]


def exchange(sandbox: SandboxServer, code: str) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/api/gpt-auth/exchange", json={"code": code}, headers=CONNECTOR)


def test_sign_in_connect_exchange_gives_a_token_that_works(sandbox: SandboxServer, browser: Browser) -> None:
    page = browser.http.get("/gpt-connect", params=browser.bridge)
    browser.sign_in("mai@example.com")
    confirmed = browser.connect()
    address = confirmed.json()["data"]["redirect_url"]

    token = exchange(sandbox, code_in(confirmed)).json()["data"]["sanctum_token"]
    me = httpx.get(f"{sandbox.url}/api/users/me", headers={"Authorization": f"Bearer {token}"})

    assert (page.status_code, 'id="consent"' in page.text) == (200, True)
    assert address.startswith(f"https://connector.example/oauth/callback?session_id={browser.session_id}&code=")
    assert me.json()["data"]["email"] == "mai@example.com"
    assert sandbox.world.tokens_of(sandbox.world.user("mai"))[0].abilities == GPT_ABILITIES


@pytest.mark.parametrize("query", ["", "?session_id=x", "?session_sig=x", "?session_id=&session_sig=x"])
def test_without_both_parameters_the_page_says_so(browser: Browser, query: str) -> None:
    page = browser.http.get(f"/gpt-connect{query}")

    assert 'id="invalid"' in page.text
    assert "<form" not in page.text


def test_the_page_repeats_nothing_of_its_address(browser: Browser) -> None:
    page = browser.http.get("/gpt-connect", params={"session_id": '"><script>x', "session_sig": "</script>"})

    assert "<script>x" not in page.text


def test_a_wrong_password_signs_nobody_in(browser: Browser) -> None:
    refused = browser.sign_in("mai@example.com", "guess")

    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["email"])
    assert browser.http.get("/api/users/me").status_code == 401


def test_registering_signs_in_an_unverified_person_who_can_connect(sandbox: SandboxServer, browser: Browser) -> None:
    account = {"name": "Bé Na", "email": "na@example.com", "password": "Longenough1"}
    created = browser.post(
        "/api/gpt-auth/register", {**account, **browser.bridge, "password_confirmation": "Longenough1"}
    )
    token = exchange(sandbox, code_in(browser.connect())).json()["data"]["sanctum_token"]
    as_gpt = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    before = httpx.get(f"{sandbox.url}/api/my-pets", headers=as_gpt)
    httpx.post(f"{sandbox.url}/__sandbox/verify", json={"email": "na@example.com"})

    after = httpx.get(f"{sandbox.url}/api/my-pets", headers=as_gpt)

    assert (created.status_code, created.json()["data"]["email_sent"]) == (201, True)
    assert (before.status_code, before.json()) == (403, {"message": "Your email address is not verified."})
    assert after.json()["data"] == []


def test_an_unverified_person_without_json_first_meets_a_500(sandbox: SandboxServer) -> None:
    token = sandbox.world.new_token(sandbox.world.user("uma"))

    answer = httpx.get(f"{sandbox.url}/api/my-pets", headers={"Authorization": f"Bearer {token}", "Accept": "*/*"})

    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})


def test_a_code_lives_five_minutes(sandbox: SandboxServer, browser: Browser) -> None:
    browser.sign_in("mai@example.com")
    code = code_in(browser.connect())
    sandbox.world.travel(minutes=5)

    late = exchange(sandbox, code)

    assert (late.status_code, late.json()["message"]) == (400, "Invalid or expired code.")
    assert len(sandbox.world.tokens_of(sandbox.world.user("mai"))) == 1  # alive, and nobody knows it


def test_a_session_can_be_confirmed_again_after_ten_minutes(sandbox: SandboxServer, browser: Browser) -> None:
    browser.sign_in("mai@example.com")
    statuses = [browser.connect().status_code, browser.connect().status_code]
    sandbox.world.travel(minutes=10)

    statuses.append(browser.connect().status_code)

    assert statuses == [200, 400, 200]
    assert len(sandbox.world.tokens_of(sandbox.world.user("mai"))) == 2


def test_no_callback_address_is_a_500_without_side_effect(sandbox: SandboxServer, browser: Browser) -> None:
    browser.sign_in("mai@example.com")
    sandbox.connector_url = ""
    refused = browser.connect()
    sandbox.connector_url = "https://connector.example"

    assert (refused.status_code, refused.json()["message"]) == (500, "GPT connector is not configured.")
    assert browser.connect().status_code == 200


def test_no_shared_secret_refuses_every_signature(sandbox: SandboxServer, browser: Browser) -> None:
    browser.sign_in("mai@example.com")
    sandbox.app.hmac_secret = ""

    assert browser.connect().json()["message"] == "Invalid session signature."


def test_a_page_request_without_the_xsrf_header_is_refused(sandbox: SandboxServer, browser: Browser) -> None:
    browser.sign_in("mai@example.com")

    refused = browser.http.post("/api/gpt-auth/confirm", json=browser.bridge)

    assert (refused.status_code, refused.json()) == (419, {"message": "CSRF token mismatch."})


def test_a_server_that_sends_an_origin_is_taken_for_a_browser(sandbox: SandboxServer) -> None:
    token = sandbox.world.new_token(sandbox.world.user("mai"))
    headers = {"Authorization": f"Bearer {token}", "Origin": sandbox.url}

    assert httpx.post(f"{sandbox.url}/api/pets", json={}, headers=headers).status_code == 419


def test_signing_out_ends_the_session(browser: Browser) -> None:
    browser.sign_in("mai@example.com")
    browser.post("/logout", {})

    assert browser.connect().status_code == 401


def test_the_telegram_token_is_twenty_characters(browser: Browser) -> None:
    answer = browser.post("/api/gpt-auth/telegram-link", browser.bridge)

    assert len(answer.json()["data"]["telegram_login_token"]) == 20


def test_revoking_ends_exactly_this_token(sandbox: SandboxServer) -> None:
    mai = sandbox.world.user("mai")
    one, other = sandbox.world.new_token(mai), sandbox.world.new_token(mai)

    httpx.post(f"{sandbox.url}/api/gpt-auth/revoke", json={"token": one}, headers=CONNECTOR)

    assert (sandbox.world.token(one), sandbox.world.token(other) is not None) == (None, True)


def test_a_token_works_without_its_number(sandbox: SandboxServer) -> None:
    secret = sandbox.world.new_token(sandbox.world.user("mai")).partition("|")[2]

    answer = httpx.get(f"{sandbox.url}/api/users/me", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 200


def test_world_confirm_is_what_the_button_does(sandbox: SandboxServer, browser: Browser) -> None:
    taras = sandbox.world.user("taras")
    with pytest.raises(ValueError, match="signature"):
        sandbox.world.confirm(taras, browser.session_id, "0" * 64)
    code = sandbox.world.confirm(taras, browser.session_id, browser.session_sig)
    with pytest.raises(ValueError, match="already been used"):
        sandbox.world.confirm(taras, browser.session_id)

    answer = exchange(sandbox, code)

    assert answer.json()["data"]["user_id"] == taras.id
