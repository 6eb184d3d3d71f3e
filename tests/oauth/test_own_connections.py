"""`/connections`: a person sees what they have connected, and ends it."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from oauthbridge import own_connections
from oauthbridge.models import Application, AuthorizationRequest, Connection
from sandbox.server import SandboxServer
from tests.oauth.doors import public_client
from tests.oauth.test_refresh import works
from tests.pages.walking import LANGUAGES, Page
from tests.playing import ClientApp, Connector, Person

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Person]


def send(emma: Person, **form: str) -> httpx.Response:
    headers = {"Origin": form.pop("origin", emma.connector.url)}
    return emma.browser.post(f"{emma.connector.url}/connections", data=form, headers=headers)


def signed_in(emma: Person) -> str:
    """The page, after the whole way through the main app."""
    begun = send(emma, do="sign_in")
    assert begun.status_code == 303
    back = emma.open(emma.agree(begun.headers["Location"]))
    assert (back.status_code, back.headers["Location"]) == (302, "/connections")
    return emma.open(f"{emma.connector.url}/connections").text


def said(page: str) -> str:
    return " ".join(Page(page).text.split())


def fields(page: str) -> list[dict[str, str]]:
    """The hidden fields of each form that ends a connection."""
    found = re.findall(r'name="token" value="([^"]+)">\s*<input type="hidden" name="connection" value="([^"]+)"', page)
    return [{"token": token, "connection": connection} for token, connection in found]


def test_before_signing_in_it_shows_nothing_of_anybody(
    connector: Connector, client_app: ClientApp, person: Open
) -> None:
    person().connect(client_app)

    page = connector.get("/connections")

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "since" not in said(page.text)
    assert "its page speaks of chatgpt" in said(page.text).lower()


def test_it_lists_the_persons_own_and_no_elses(
    connector: Connector, client_app: ClientApp, person: Open, sandbox: SandboxServer
) -> None:
    emma = person()
    emma.connect(client_app)
    emma.connect_with_pkce(public_client(connector, "My tool"))
    Connection.objects.filter(application__name="My tool").update(withholds_deletion=True)
    person("noah").connect_with_pkce(public_client(connector, "Somebody else's"))
    before = emma.main_app_tokens

    page = signed_in(emma)

    text = said(page)
    assert "My tool" in text
    assert "last used" in text
    assert "may delete nothing" in text
    assert "Somebody else" not in text
    assert len(fields(page)) == 2
    assert emma.main_app_tokens == before, "the token that told who they are is revoked"
    assert Application.objects.count() == 3


def test_one_tap_ends_one(connector: Connector, client_app: ClientApp, person: Open) -> None:
    emma = person()
    gpt = emma.connect(client_app)
    tool = public_client(connector, "My tool")
    emma.connect_with_pkce(tool)
    page = signed_in(emma)
    ours = str(Connection.objects.get(application__name="My tool").pk)

    answer = send(emma, do="end", **next(each for each in fields(page) if each["connection"] == ours))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/connections?ended=1")
    ended = Connection.objects.get(pk=ours)
    assert (ended.status, ended.end_reason) == ("ended", "person")
    assert len(emma.main_app_tokens) == 1
    assert works(client_app, gpt["access_token"])
    after = emma.open(f"{connector.url}/connections?ended=1").text
    assert "Ended." in said(after)
    assert "My tool" not in said(after)


class TestAttacks:
    @pytest.mark.parametrize("how", ["no token", "another token", "another site", "another person"])
    def test_nobody_else_ends_it(self, client_app: ClientApp, person: Open, how: str) -> None:
        emma, mallory = person(), person("noah")
        tokens = emma.connect(client_app)
        mallory.connect(client_app)
        form: dict[str, Any] = fields(signed_in(emma))[0] | {"do": "end"}
        sender = emma
        if how == "no token":
            form["token"] = ""
        elif how == "another token":
            form["token"] = "0" * 64
        elif how == "another site":
            form["origin"] = "https://evil.example"
        else:
            form["token"] = fields(signed_in(mallory))[0]["token"]
            sender = mallory

        assert send(sender, **form).headers["Location"] == "/connections"

        assert works(client_app, tokens["access_token"])

    def test_the_cookie_lasts_a_quarter_of_an_hour_and_can_be_left(
        self, client_app: ClientApp, person: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emma = person()
        emma.connect(client_app)
        page = signed_in(emma)
        with monkeypatch.context() as later:
            later.setattr(own_connections, "SECONDS", -1)
            assert "since" not in said(emma.open(f"{emma.connector.url}/connections").text)
            assert send(emma, do="end", **fields(page)[0]).headers["Location"] == "/connections"
        assert Connection.objects.active().count() == 1

        send(emma, do="leave", token=fields(page)[0]["token"])

        assert "since" not in said(emma.open(f"{emma.connector.url}/connections").text)

    @pytest.mark.parametrize("value", ["1", "1:abc", "1:1abcde:" + "A" * 43, "", "é"])
    def test_a_forged_cookie_is_nobody(
        self, connector: Connector, client_app: ClientApp, person: Open, value: str
    ) -> None:
        person().connect(client_app)

        page = connector.get("/connections", headers={"Cookie": f"meo_person={value}".encode()})

        assert "since" not in said(page.text)

    def test_its_sign_in_makes_no_connection_and_serves_once(self, person: Open, connector: Connector) -> None:
        emma = person()
        callback = emma.agree(send(emma, do="sign_in").headers["Location"])

        elsewhere = httpx.get(callback, trust_env=False)
        assert "Somebody wants to see the apps connected to your account" in elsewhere.text
        assert emma.open(callback).status_code == 302
        assert emma.open(callback).status_code == 200, "used: a page"

        assert not Connection.objects.exists()
        assert emma.main_app_tokens == []
        assert AuthorizationRequest.objects.get().status == "connected"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_language_that_is_chosen(connector: Connector, language: str) -> None:
    page = connector.get(f"/connections?lang={language}")

    assert Page(page.text).language == language
    assert page.headers["Content-Language"] == language
