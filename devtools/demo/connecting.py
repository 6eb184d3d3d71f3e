"""Connecting: from ChatGPT's "Sign in with Meo Mai Moi" to an access token (RFC 6749 §4.1, RFC 9207)."""

import json
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session

from devtools.demo.stage import TIMEOUT, Stage, Step, expect, json_object

PERSON = "emma"
GPT_ID = "g-demo"


def health(stage: Stage) -> None:
    """Both are up, and the connector reaches the main app."""
    answer = stage.browser.get(f"{stage.connector}/health", timeout=TIMEOUT)
    health = json_object(answer)
    expect(answer.status_code == 200 and health.get("status") == "ok", "the connector is not healthy")
    expect(health.get("main_app_reachable") is True, "the connector does not reach the main app")


def client(stage: Stage) -> None:
    """Ops make the OAuth client of a GPT: manage.py gpt_client --gpt-id g-demo."""
    made = json.loads(stage.processes.manage("gpt_client", "--gpt-id", GPT_ID, "--json"))
    stage.secret_scan.learn("client_secret", made["client_secret"])
    stage.callback = made["redirect_uris"][0]
    metadata = requests.get(f"{stage.connector}/.well-known/oauth-authorization-server", timeout=TIMEOUT).json()
    expect(metadata["issuer"] == stage.connector, "the server's metadata names another issuer")
    expect(metadata["token_endpoint"] == made["token_url"], "metadata and gpt_client name different token addresses")
    session = OAuth2Session(
        made["client_id"],
        made["client_secret"],
        scope=made["scope"],
        redirect_uri=stage.callback,
        token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - ChatGPT's default way
        revocation_endpoint=metadata["revocation_endpoint"],
        revocation_endpoint_auth_method="client_secret_post",
    )
    stage.chatgpt = stage.shown(session, "ChatGPT")
    address, stage.state = session.create_authorization_url(metadata["authorization_endpoint"])
    stage.address = str(address)
    stage.fact(f"{made['client_id']} may send people back to {stage.callback}")


def authorize(stage: Stage) -> None:
    """ChatGPT sends the browser to /oauth/authorize, the connector on to the main app's consent page."""
    answer = stage.browser.get(stage.address, allow_redirects=False, timeout=TIMEOUT)
    expect(answer.status_code == 302, f"authorize answered {answer.status_code}")
    stage.address = answer.headers["Location"]
    expect(stage.address.startswith(f"{stage.main_app}/gpt-connect?"), "the browser was not sent to the consent page")
    stage.fact("The connector remembers the request and the browser; the way to the consent page is signed")


def consent(stage: Stage) -> None:
    """The person opens the consent page, signs in and presses Connect."""
    people = requests.get(f"{stage.main_app}/__sandbox/people", timeout=TIMEOUT).json()["people"]
    stage.person = next(one for one in people if one["key"] == PERSON)
    page = stage.browser.get(stage.address, timeout=TIMEOUT)
    expect(page.status_code == 200, f"the consent page answered {page.status_code}")
    sign_in(stage, stage.person, stage.browser)
    stage.main_app_tokens_before = main_app_tokens(stage)
    stage.address = connect_pressed(stage, stage.address)


def callback(stage: Stage) -> None:
    """The browser comes back; the connector exchanges the main app's code and sends its own to ChatGPT."""
    answer = stage.browser.get(stage.address, allow_redirects=False, timeout=TIMEOUT)
    expect(answer.status_code == 302, f"the callback answered {answer.status_code}")
    spent, stage.address = stage.address, answer.headers["Location"]
    expect(stage.address.startswith(f"{stage.callback}?"), "the browser was not sent back to ChatGPT")
    query = parse_qs(urlsplit(stage.address).query)
    expect(query.get("state") == [stage.state], "ChatGPT's state came back changed")
    expect(query.get("iss") == [stage.connector], "the answer does not say who issued it (RFC 9207)")
    stage.fact("state is unchanged, iss is the connector")
    again = stage.browser.get(spent, allow_redirects=False, timeout=TIMEOUT)
    expect("Location" not in again.headers, "the same callback sent a second code")
    stage.fact("The same callback a second time shows a page and gives no code")
    expect(main_app_tokens(stage) == stage.main_app_tokens_before + 1, "the main app did not gain exactly one token")


def token(stage: Stage) -> None:
    """ChatGPT exchanges the code for tokens."""
    got = stage.chatgpt.fetch_token(authorization_response=stage.address, state=stage.state, timeout=TIMEOUT)
    expect(str(got["token_type"]).lower() == "bearer", "the token is no bearer token")
    expect(bool(got.get("refresh_token")), "there is no refresh token")
    expect(0 < int(got["expires_in"]) <= 86_400, "the access token does not expire within a day")
    stage.old_access_token = got["access_token"]
    # What only the connector may know: the main app's token, as its own code decrypts it.
    reveal = "from oauthbridge.models import Connection; print(Connection.objects.get().open_token().reveal())"
    sanctum_token = stage.processes.manage("shell", "--no-imports", "-c", reveal).strip()
    expect("|" in sanctum_token, "the stored main-app token could not be read back")
    stage.secret_scan.learn("main-app token", sanctum_token)


def sign_in(stage: Stage, person: dict[str, str], browser: requests.Session) -> None:
    """A person signs in on the main app's page."""
    browser.get(f"{stage.main_app}/sanctum/csrf-cookie", timeout=TIMEOUT)
    signed_in = _post(stage, "/login", {"email": person["email"], "password": person["password"]}, browser)
    expect(signed_in.status_code == 200, f"signing in answered {signed_in.status_code}")


def connect_pressed(stage: Stage, consent_page: str, browser: requests.Session | None = None) -> str:
    """A person who is signed in there presses Connect on the main app's page: the way back to the connector."""
    query = parse_qs(urlsplit(consent_page).query)
    agreed = _post(
        stage, "/api/gpt-auth/confirm", {name: query[name][0] for name in ("session_id", "session_sig")}, browser
    )
    expect(agreed.status_code == 200, f"the consent answered {agreed.status_code}")
    way_back = str(agreed.json()["data"]["redirect_url"])
    expect(way_back.startswith(f"{stage.connector}/oauth/callback?"), "the main app sends the browser elsewhere")
    return way_back


def main_app_tokens(stage: Stage) -> int:
    """How many tokens the person has in the main app, by the list that its settings page shows them."""
    answer = stage.browser.get(f"{stage.main_app}/api/user/api-tokens", headers=_page_headers(stage), timeout=TIMEOUT)
    expect(answer.status_code == 200, f"the main app's list of tokens answered {answer.status_code}")
    return len(answer.json()["data"])


def _post(stage: Stage, path: str, body: dict[str, str], browser: requests.Session | None = None) -> requests.Response:
    browser = browser or stage.browser
    headers = {**_page_headers(stage), "X-XSRF-TOKEN": unquote(browser.cookies["XSRF-TOKEN"] or "")}
    return browser.post(f"{stage.main_app}{path}", json=body, headers=headers, timeout=TIMEOUT)


def _page_headers(stage: Stage) -> dict[str, str]:
    """What a browser adds to a call of the main app's own page; its session cookie counts only with them."""
    return {"Origin": stage.main_app, "Referer": f"{stage.main_app}/gpt-connect", "Accept": "application/json"}


STEPS: list[Step] = [health, client, authorize, consent, callback, token]
