"""Our own question before the main app's, for apps of the MCP door (MCP authorization, "confused deputy")."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from mainapp.bridge import consent_url
from oauthbridge.models import Application, AuthorizationRequest, Connection
from sandbox.server import SandboxServer
from tests.oauth.documents import CLAUDE, McpApp, Website
from tests.oauth.pages import is_page
from tests.pages.walking import Page
from tests.playing import ClientApp, Connector, Person, form_fields, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

CALLBACK = "https://claude.ai/api/mcp/auth_callback"
Travel = Callable[..., None]
Open = Callable[..., Person]


def made(connector: Connector, *redirect_uris: str, client_id: str = "by-hand", **fields: Any) -> McpApp:
    """An app that the operator entered."""
    uris = redirect_uris or (CALLBACK,)
    values: dict[str, Any] = {
        "client_id": client_id,
        "client_type": Application.CLIENT_PUBLIC,
        "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
        "redirect_uris": " ".join(uris),
        "name": "Claude",
        "door": "mcp",
    }
    Application.objects.create(**(values | fields))
    return McpApp(connector, client_id, None, uris[0])


@pytest.fixture
def app(connector: Connector) -> McpApp:
    return made(connector)


def said(page: str) -> str:
    """What a person reads, in one line."""
    return " ".join(Page(page).text.split())


def row() -> AuthorizationRequest:
    return AuthorizationRequest.objects.get()


def test_it_says_who_asks_for_what_and_where_the_access_goes(
    connector: Connector, website: Callable[..., Website], person: Open
) -> None:
    site = website()
    app = McpApp(connector, site.publish("/oauth/c", CLAUDE), None, "https://claude.com/api/mcp/auth_callback")

    page = person().open(app.authorize_url(scope="pets:read health:write"))

    assert page.status_code == 200
    text = said(page.text)
    assert "Connect Claude to Meo Mai Moi?" in text
    assert f"Who asks Claude, {site.authority}" in text
    assert "Where the access goes claude.com" in text
    assert "See your name, your pets, their photos and habits" in text
    assert "Add, change and delete weights, vaccinations and medical records" in text
    assert "microchip" not in text
    assert "this computer" not in text


@pytest.mark.parametrize(
    ("redirect_uri", "host"),
    [
        ("http://localhost/callback", "localhost:51234"),
        ("http://127.0.0.1/callback", "127.0.0.1:51234"),
        ("http://[::1]/callback", "[::1]:51234"),
    ],
)
def test_it_warns_where_the_access_goes_to_this_computer(
    connector: Connector, person: Open, redirect_uri: str, host: str
) -> None:
    app = made(connector, redirect_uri)
    asked = redirect_uri.replace("/callback", ":51234/callback")

    page = person().open(app.authorize_url(redirect_uri=asked))

    text = said(page.text)
    assert f"Where the access goes to a program on this computer, {host}" in text
    assert "We cannot tell which program on this computer is asking: any program can call itself Claude." in text


def test_agreeing_leads_on_to_the_main_app_and_is_written_down_once(
    app: McpApp, person: Open, sandbox: SandboxServer
) -> None:
    emma = person()
    page = emma.open(app.authorize_url()).text
    assert row().consented_at is None

    answer = emma.answer(page)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{sandbox.url}/gpt-connect?session_id={row().pk}&session_sig=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert row().consented_at is not None
    assert row().status == "pending"


def test_a_page_that_is_open_while_the_secret_key_is_changed_still_counts(
    app: McpApp, person: Open, settings: Settings
) -> None:
    emma = person()
    first, second = (emma.open(app.authorize_url()).text for _ in range(2))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, [settings.SECRET_KEY]

    assert emma.answer(first).status_code == 303

    settings.SECRET_KEY_FALLBACKS = []
    assert emma.answer(second).status_code == 400


def test_the_whole_way_ends_in_tokens(app: McpApp, person: Open) -> None:
    emma = person()
    came_back = emma.sign_in_to(app, state="s")

    assert came_back["state"] == "s"
    answer = app.exchange(came_back["code"], code_verifier=app.verifier, resource=f"{app.connector.url}/mcp")
    assert answer.status_code == 200, answer.text
    assert Connection.objects.get().application.client_id == app.client_id


def test_cancel_goes_back_to_the_client_with_state_and_issuer(app: McpApp, person: Open) -> None:
    emma = person()
    page = emma.open(app.authorize_url(state="xyz")).text

    answer = emma.answer(page, answer="cancel")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    assert queries(answer.headers["Location"]) == {
        "error": "access_denied",
        "state": "xyz",
        "iss": app.connector.url,
    }
    assert (row().status, row().state, row().code_challenge) == ("declined", "", "")
    assert row().finished_at is not None


def test_cancel_goes_back_to_a_program_on_this_computer(connector: Connector, person: Open) -> None:
    app = made(connector, "http://localhost/callback")
    emma = person()
    page = emma.open(app.authorize_url(redirect_uri="http://localhost:51234/callback", state="xyz")).text

    answer = emma.answer(page, answer="cancel")

    assert answer.headers["Location"].startswith("http://localhost:51234/callback?error=access_denied&state=xyz&iss=")


def test_after_agreeing_one_can_still_cancel_and_nothing_comes_of_the_rest(
    app: McpApp, person: Open, sandbox: SandboxServer
) -> None:
    emma = person()
    page = emma.open(app.authorize_url()).text
    callback = emma.agree(emma.answer(page).headers["Location"])

    assert emma.answer(page, answer="cancel").status_code == 303
    late = emma.open(callback)

    assert is_page(late, "declined")
    assert not Connection.objects.exists()
    assert emma.main_app_tokens == []


def test_agreeing_twice_is_taken_once_and_told_the_way_on(app: McpApp, person: Open) -> None:
    emma = person()
    page = emma.open(app.authorize_url()).text
    first = emma.answer(page)
    agreed_at = row().consented_at

    again = emma.answer(page)

    assert is_page(again, "already_agreed")
    assert first.headers["Location"].replace("&", "&amp;") in again.text
    assert row().consented_at == agreed_at


@pytest.mark.parametrize("ended", ["connected", "declined", "expired"])
@pytest.mark.parametrize("answer", ["agree", "cancel"])
def test_what_has_ended_cannot_be_answered(app: McpApp, person: Open, travel: Travel, ended: str, answer: str) -> None:
    emma = person()
    page = emma.open(app.authorize_url()).text
    if ended == "connected":
        emma.open(emma.agree(emma.answer(page).headers["Location"]))
    elif ended == "declined":
        emma.answer(page, answer="cancel")
    else:
        travel(minutes=11)

    late = emma.answer(page, answer=answer)

    assert is_page(late, "already_connected" if ended == "connected" else ended)
    assert row().status == ended


def test_a_form_in_another_browser_changes_nothing(app: McpApp, person: Open) -> None:
    """An attacker begins a sign-in and lets the victim's browser send the form."""
    attacker, victim = person("mai"), person()
    page = attacker.open(app.authorize_url()).text
    assert is_page(victim.answer(page), "wrong_browser")
    victim.open(app.authorize_url())

    for answer in ("agree", "cancel"):
        assert is_page(victim.answer(page, answer=answer), "wrong_browser")

    theirs = AuthorizationRequest.objects.order_by("created_at").first()
    assert theirs is not None
    assert (theirs.consented_at, theirs.status) == (None, "pending")


def test_a_form_of_ones_own_cannot_be_sent_by_somebody_elses_page(app: McpApp, person: Open) -> None:
    """The victim's browser has the cookie; what a stranger's page lacks is the token of that sign-in."""
    attacker, victim = person("mai"), person()
    strangers = form_fields(attacker.open(app.authorize_url()).text)
    page = victim.open(app.authorize_url()).text
    mine = form_fields(page)
    forged: list[dict[str, str | None]] = [
        {"token": strangers["token"]},
        {"token": ""},
        {"token": None},
        {"token": mine["token"].upper()},
        {"token": mine["token"][:-1]},
        {"token": "é😀"},
        {"sign_in": strangers["sign_in"], "token": mine["token"]},
        {"sign_in": "00000000-0000-4000-8000-000000000000"},
        {"sign_in": "x"},
        {"sign_in": None},
        {"answer": None},
        {"answer": "yes"},
        {"answer": "agree\x00"},
    ]

    for changes in forged:
        answer = victim.answer(page, **changes)
        assert answer.status_code == 400, changes
        assert "Location" not in answer.headers
    assert not AuthorizationRequest.objects.exclude(consented_at=None).exists()
    assert set(AuthorizationRequest.objects.values_list("status", flat=True)) == {"pending"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_that_the_browser_says_is_from_elsewhere_is_refused(
    app: McpApp, person: Open, headers: dict[str, str]
) -> None:
    emma = person()
    page = emma.open(app.authorize_url()).text
    emma.browser.headers.update(headers)

    assert is_page(emma.answer(page), "bad_link")
    assert row().consented_at is None


@pytest.mark.parametrize("body", ["query", "query too", "json", "multipart", "twice"])
def test_only_a_plain_form_counts(app: McpApp, person: Open, body: str) -> None:
    emma = person()
    fields = {**form_fields(emma.open(app.authorize_url()).text), "answer": "agree"}
    url = f"{app.connector.url}/oauth/consent"
    match body:
        case "query":
            answer = emma.browser.post(url, params=fields)
        case "query too":
            answer = emma.browser.post(url, params={"answer": "cancel"}, data=fields)
        case "json":
            answer = emma.browser.post(url, json=fields)
        case "multipart":
            answer = emma.browser.post(url, data=fields, files={"x": b""})
        case _:
            answer = emma.browser.post(url, data={**fields, "answer": ["agree", "cancel"]})

    assert is_page(answer, "bad_link")
    assert row().consented_at is None


def test_looking_at_its_address_does_nothing(app: McpApp, person: Open) -> None:
    emma = person()
    fields = {**form_fields(emma.open(app.authorize_url()).text), "answer": "agree"}

    assert is_page(emma.browser.get(f"{app.connector.url}/oauth/consent", params=fields), "bad_link")
    assert emma.browser.request("PUT", f"{app.connector.url}/oauth/consent", data=fields).status_code == 405
    assert row().consented_at is None


def test_there_is_no_way_to_the_main_app_around_it(app: McpApp, person: Open, sandbox: SandboxServer) -> None:
    """Whatever is asked, in whatever spelling, and by somebody who has agreed before: first the page, then the main app."""
    emma = person()
    emma.sign_in_to(app)
    sandbox.requests.clear()
    ways: list[dict[str, str | None]] = [
        {},
        {"scope": "pets:read"},
        {"scope": None},
        {"prompt": "none"},
        {"approval_prompt": "auto"},
        {"redirect_uri": None},
        {"state": None},
        {"allow": "true"},
    ]
    for changes in ways:
        for url in (app.authorize_url(**changes), app.authorize_url(**changes).replace("/authorize", "/authorize/")):
            answer = emma.open(url)
            assert answer.status_code in (200, 302, 404)
            assert "gpt-connect" not in answer.headers.get("Location", "") + answer.text
            assert "session_sig" not in answer.text
    assert not sandbox.requests
    assert AuthorizationRequest.objects.filter(consented_at=None).exists()


def test_a_forged_way_past_it_ends_at_the_callback(app: McpApp, person: Open) -> None:
    """Somebody who got at the signing key, but not at the browser's answer."""
    emma = person()
    emma.open(app.authorize_url())

    answer = emma.open(emma.agree(consent_url(str(row().pk))))

    assert answer.status_code == 400
    assert row().status == "client_changed"
    assert not Connection.objects.exists()
    assert emma.main_app_tokens == []


def test_a_client_that_changes_doors_after_it_gets_nothing(app: McpApp, person: Open) -> None:
    """The person agreed to one address (RFC 8707)."""
    emma = person()
    callback = emma.agree(emma.begin(app))
    Application.objects.update(door=Application.Door.ACTIONS)

    assert emma.open(callback).status_code == 400
    assert row().status == "client_changed"
    assert not Connection.objects.exists()
    assert emma.main_app_tokens == []


def test_nobody_agrees_to_an_address_and_gets_another(app: McpApp, person: Open, settings: Settings) -> None:
    """The service moved while the person was signing in; the door, and so the scopes, stayed."""
    emma = person()
    callback = emma.agree(emma.begin(app))
    settings.MCP_URL = "https://elsewhere.example/mcp"

    assert emma.open(callback).status_code == 400
    assert row().status == "client_changed"
    assert not Connection.objects.exists()


def test_gpts_do_not_see_it(client_app: ClientApp, person: Open, sandbox: SandboxServer) -> None:
    answer = person().open(client_app.authorize_url())

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{sandbox.url}/gpt-connect?")


def test_a_gpts_sign_in_cannot_be_answered(client_app: ClientApp, app: McpApp, person: Open) -> None:
    emma = person()
    emma.open(client_app.authorize_url())
    page = emma.open(app.authorize_url()).text
    gpts = AuthorizationRequest.objects.get(application__client_id=client_app.client_id)

    assert is_page(emma.answer(page, sign_in=str(gpts.pk)), "bad_link")


def test_it_is_kept_by_nobody_framed_by_nobody_and_runs_nothing(
    app: McpApp, person: Open, sandbox: SandboxServer
) -> None:
    answer = person().open(app.authorize_url())

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
        f"form-action 'self' {sandbox.url} https://claude.ai; frame-ancestors 'none'"
    )
    page = Page(answer.text)
    assert not page.all("script")
    assert not page.all("style")
    assert not [a for _tag, a in page.elements if "style" in a or any(name.startswith("on") for name in a)]
    assert [meta for meta in page.all("meta") if "http-equiv" in meta] == []


@pytest.mark.parametrize(
    ("redirect_uri", "goal"),
    [
        ("http://localhost:8787/callback", "http://localhost:8787"),
        ("http://[::1]:8787/callback", "http:"),
        ("https://app.example.com:8443/callback", "https://app.example.com:8443"),
    ],
)
def test_the_policy_names_where_the_form_may_lead(
    connector: Connector, person: Open, sandbox: SandboxServer, redirect_uri: str, goal: str
) -> None:
    policy = person().open(made(connector, redirect_uri).authorize_url()).headers["Content-Security-Policy"]

    assert f"form-action 'self' {sandbox.url} {goal};" in policy


def test_a_strangers_name_is_only_ever_text(connector: Connector, person: Open) -> None:
    app = made(connector, name='<script>alert(1)</script>"\u202e{{ 7|add:7 }}')

    page = person().open(app.authorize_url()).text

    assert "<script" not in page
    assert "\u202e" not in page
    assert re.search(r'<bdi translate="no">&lt;script&gt;alert\(1\)&lt;/script&gt;&quot;\{\{ 7\|add:7 \}\}</bdi>', page)


def test_too_many_answers_are_turned_away(app: McpApp, person: Open, settings: Settings) -> None:
    emma = person()
    page = emma.open(app.authorize_url()).text
    settings.AUTHORIZE_LIMIT_PER_MINUTE = 1
    emma.answer(page, token="wrong")

    answer = emma.answer(page)

    assert is_page(answer, "too_many")
    assert int(answer.headers["Retry-After"]) >= 1
    assert row().consented_at is None


@pytest.mark.parametrize(
    ("redirect_uri", "back"), [(CALLBACK, "https://claude.ai/"), ("http://localhost:8787/callback", None)]
)
def test_the_pages_of_an_app_lead_back_to_the_app_and_never_speak_of_chatgpt(
    connector: Connector, person: Open, travel: Travel, redirect_uri: str, back: str | None
) -> None:
    app = made(connector, redirect_uri)
    emma = person()
    page = emma.open(app.authorize_url()).text
    travel(minutes=11)

    answer = emma.answer(page)

    assert is_page(answer, "expired")
    assert "ChatGPT" not in answer.text
    assert "Go back to the app you came from and connect again." in answer.text
    # And where to write to, beside the reference.
    assert [link["href"] for link in Page(answer.text).all("a")] == [*([back] if back else []), settings.SUPPORT_URL]


def test_an_unknown_app_is_not_sent_to_a_gpts_maker(connector: Connector) -> None:
    app = McpApp(connector, "https://evil.example/oauth/c", None, CALLBACK)

    answer = app.ask()

    assert is_page(answer, "unknown_client")
    assert "a GPT" not in answer.text


def test_of_two_answers_at_once_one_is_taken(app: McpApp, person: Open) -> None:
    emma = person()
    page = emma.open(app.authorize_url()).text

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: emma.answer(page), range(6)))

    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400, 400, 400]
    assert all(is_page(answer, "already_agreed") for answer in answers if answer.status_code == 400)


def test_two_tabs_are_answered_each_on_its_own(app: McpApp, person: Open) -> None:
    emma = person()
    first, second = (emma.open(app.authorize_url()).text for _ in range(2))

    assert emma.answer(first, answer="cancel").status_code == 303
    assert emma.answer(second).status_code == 303

    rows = AuthorizationRequest.objects.order_by("created_at")
    assert [(each.status, each.consented_at is None) for each in rows] == [("declined", True), ("pending", False)]


class TestWhatItSaysBesides:
    def test_how_long_how_to_end_it_and_where_the_privacy_page_is(self, app: McpApp, person: Open) -> None:
        page = person().open(app.authorize_url())

        text = said(page.text)
        assert "at most 365 days" in text
        assert "when it is not used (90 days)" in text
        assert "speaks of ChatGPT whichever app asks" in text
        links = {link["href"] for link in Page(page.text).all("a")}
        assert {"/connections", "/privacy"} <= links

    def test_deletion_can_be_withheld_and_that_is_kept_on_the_connection(self, app: McpApp, person: Open) -> None:
        emma = person()
        page = emma.open(app.authorize_url(scope="pets:read pets:write")).text
        assert "delete nothing" in said(page)
        location = emma.answer(page, withhold="deletion").headers["Location"]

        assert emma.open(emma.agree(location)).status_code == 302

        assert Connection.objects.get().withholds_deletion is True

    def test_it_is_not_offered_where_nothing_could_be_deleted(self, app: McpApp, person: Open) -> None:
        assert "delete nothing" not in said(person().open(app.authorize_url(scope="pets:read")).text)

    def test_another_language_is_one_link_away_and_answers_nothing(self, app: McpApp, person: Open) -> None:
        emma = person()
        page = emma.open(app.authorize_url())
        (link,) = [each["href"] for each in Page(page.text).all("a") if each.get("lang") == "vi"]

        again = emma.open(f"{app.connector.url}{link}".replace("&amp;", "&"))

        assert Page(again.text).language == "vi"
        assert form_fields(again.text) == form_fields(page.text)
        assert AuthorizationRequest.objects.count() == 1
        assert row().consented_at is None
        assert emma.answer(again.text).status_code == 303

    @pytest.mark.parametrize("who", ["another browser", "nobody"])
    def test_nobody_else_is_shown_it(self, app: McpApp, person: Open, who: str) -> None:
        emma, other = person(), person("mai")
        emma.open(app.authorize_url())
        if who == "another browser":
            other.open(app.authorize_url())
        first = AuthorizationRequest.objects.order_by("created_at").first()
        assert first is not None

        page = other.open(f"{app.connector.url}/oauth/consent?sign_in={first.pk}&lang=vi")

        assert page.status_code == 400
        assert "<form" not in page.text
