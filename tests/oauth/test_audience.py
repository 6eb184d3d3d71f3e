"""Which address a token is good for (RFC 8707): the client's own door and nothing else, whatever it asks for."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from pytest_django import Settings

from oauthbridge.models import AccessToken, Application, AuthorizationRequest, Grant, RefreshToken
from tests.oauth.doors import confidential_client, opened_by, public_client
from tests.oauth.token_endpoint import refused
from tests.playing import ClientApp, Connector, Person, pkce, queries

OpenBrowser = Callable[..., Person]

NOT_OURS = (
    "https://a.example/mcp",
    "{origin}",
    "{origin}/",
    "{origin}/mcp/",
    "{origin}/MCP",
    "{origin}/mcp?",
    "{origin}/mcp#x",
    "{origin}/mcp/other",
    "{origin}/pets",
    "not a uri",
    "urn:x",
    "é",
    " {origin}/mcp",
)


@pytest.fixture(params=[public_client, confidential_client], ids=["public", "confidential"])
def tool(request: pytest.FixtureRequest, connector: Connector) -> ClientApp:
    made: ClientApp = request.param(connector)
    return made


def with_challenge(app: ClientApp, **changes: str | None) -> str:
    return app.authorize_url(**{"code_challenge": pkce()[1], "code_challenge_method": "S256"} | changes)


@pytest.mark.parametrize("asks", ["at both", "at authorize", "at token", "never", "twice at both"])
def test_a_token_of_an_mcp_client_opens_mcp_and_nothing_else(
    tool: ClientApp, person: OpenBrowser, connector: Connector, settings: Settings, asks: str
) -> None:
    mcp, emma = settings.MCP_URL, person()
    verifier, challenge = pkce()
    times = 2 if asks.startswith("twice") else 1
    at_authorize = [("resource", mcp)] * (times if asks not in ("never", "at token") else 0)
    at_token = [("resource", mcp)] * (times if asks not in ("never", "at authorize") else 0)
    parameters = tool.request_parameters(code_challenge=challenge, code_challenge_method="S256")
    consent = emma.begin_at(f"{connector.url}/oauth/authorize?{urlencode([*parameters.items(), *at_authorize])}")
    code = queries(emma.open(emma.agree(consent)).headers["Location"])["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": tool.redirect_uri}
    sent = [*form.items(), ("code_verifier", verifier), *tool.credentials.items(), *at_token]

    answer = connector.post(
        "/oauth/token", content=urlencode(sent), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    told = answer.json()
    assert answer.status_code == 200, told
    assert opened_by(connector, told["access_token"]) == {"mcp"}
    refreshed = tool.refresh(told["refresh_token"], resource=None if asks == "never" else mcp).json()
    assert opened_by(connector, refreshed["access_token"]) == {"mcp"}
    assert AuthorizationRequest.objects.get().resource == mcp
    rows = [*Grant.objects.all(), *AccessToken.objects.all(), *RefreshToken.objects.all()]
    assert {tuple(row.resource) for row in rows} == {(mcp,)}


def test_a_token_of_a_gpt_opens_the_actions_and_nothing_else(
    client_app: ClientApp, person: OpenBrowser, connector: Connector
) -> None:
    told = person().connect(client_app)

    assert opened_by(connector, told["access_token"]) == {"actions"}
    assert opened_by(connector, client_app.refresh(told["refresh_token"]).json()["access_token"]) == {"actions"}


def test_a_token_for_nothing_and_one_for_an_address_of_the_past_open_no_mcp(
    tool: ClientApp, person: OpenBrowser, connector: Connector, settings: Settings
) -> None:
    told = person().connect_with_pkce(tool)
    settings.MCP_URL = f"{connector.url}/other"

    assert opened_by(connector, told["access_token"]) == set()
    assert refused(tool.refresh(told["refresh_token"]), "invalid_grant")


def test_another_resource_is_told_to_the_client_and_nobody_is_sent_on(tool: ClientApp, connector: Connector) -> None:
    for asked in NOT_OURS:
        answer = connector.get(with_challenge(tool, resource=asked.format(origin=connector.url)))

        told = queries(answer.headers["Location"])
        assert answer.headers["Location"].startswith(tool.redirect_uri + "?"), asked
        assert (told["error"], told["iss"]) == ("invalid_target", connector.url), asked
        assert told["state"].startswith("state-")
        assert "é" not in told["error_description"]
    assert not AuthorizationRequest.objects.exists()


def test_one_of_several_is_enough_to_refuse_them(tool: ClientApp, connector: Connector, settings: Settings) -> None:
    url = with_challenge(tool) + "&" + urlencode([("resource", settings.MCP_URL), ("resource", "https://a.example/")])

    assert queries(connector.get(url).headers["Location"])["error"] == "invalid_target"


def test_a_gpt_may_not_ask_for_mcp_nor_for_anything_else(client_app: ClientApp, connector: Connector) -> None:
    for asked in (f"{connector.url}/mcp", connector.url, "https://a.example"):
        answer = connector.get(client_app.authorize_url(resource=asked))

        assert queries(answer.headers["Location"])["error"] == "invalid_target"
    assert not AuthorizationRequest.objects.exists()


def test_a_resource_without_a_value_is_none(client_app: ClientApp, tool: ClientApp, person: OpenBrowser) -> None:
    """RFC 6749 §3.1."""
    for url in (client_app.authorize_url(resource=""), with_challenge(tool, resource="")):
        assert "session_id=" in person().begin_at(url)


def test_another_resource_at_the_token_endpoint_is_refused_and_spends_nothing(
    tool: ClientApp, person: OpenBrowser, connector: Connector
) -> None:
    wrong = {
        f"{connector.url}/mcp/": "invalid_target",
        connector.url: "invalid_target",
        "https://a.example": "invalid_target",
        "é": "invalid_target",
        "a\x00b": "invalid_request",
    }
    verifier, challenge = pkce()
    code = person().sign_in_to(tool, code_challenge=challenge, code_challenge_method="S256")["code"]

    for asked, error in wrong.items():
        assert refused(tool.exchange(code, code_verifier=verifier, resource=asked), error)
    assert not AccessToken.objects.exists()
    told = tool.exchange(code, code_verifier=verifier).json()
    for asked, error in wrong.items():
        assert refused(tool.refresh(told["refresh_token"], resource=asked), error)

    assert tool.refresh(told["refresh_token"]).status_code == 200


def test_a_gpt_s_refresh_token_gives_none_for_mcp(
    client_app: ClientApp, person: OpenBrowser, settings: Settings
) -> None:
    told = person().connect(client_app)

    assert refused(client_app.refresh(told["refresh_token"], resource=settings.MCP_URL), "invalid_target")

    assert {tuple(row.resource) for row in AccessToken.objects.all()} == {()}


def test_a_client_that_changes_doors_takes_nothing_with_it(
    client_app: ClientApp, person: OpenBrowser, connector: Connector
) -> None:
    """Nothing here moves a client; a row changed by hand must not turn old consents into consents for more."""
    emma = person()
    told = emma.connect(client_app)
    mai = person("mai")
    code = mai.sign_in_to(client_app)["code"]
    waiting = emma.agree(emma.begin(client_app))
    Application.objects.update(door=Application.Door.MCP)

    assert opened_by(connector, told["access_token"]) == {"actions"}
    assert refused(client_app.refresh(told["refresh_token"]), "invalid_grant")
    assert client_app.exchange(code).status_code == 400
    page = emma.open(waiting)
    assert (page.status_code, "Location" in page.headers) == (400, False)
    assert len(emma.main_app_tokens) == 1


@pytest.mark.parametrize("other_is_gpt", [True, False])
def test_another_client_s_code_and_token_are_worth_nothing(
    client_app: ClientApp, person: OpenBrowser, connector: Connector, other_is_gpt: bool
) -> None:
    """A client that was handed what is not its own (confused deputy)."""
    tool = public_client(connector)
    thief = client_app if other_is_gpt else public_client(connector, "Another tool")
    verifier, challenge = pkce()
    emma = person()
    code = emma.sign_in_to(tool, code_challenge=challenge, code_challenge_method="S256")["code"]

    assert refused(thief.exchange(code, code_verifier=verifier, redirect_uri=tool.redirect_uri), "invalid_grant")
    told = tool.exchange(code, code_verifier=verifier).json()
    assert refused(thief.refresh(told["refresh_token"]), "invalid_grant")
    assert thief.revoke(told["access_token"]).status_code == 200

    assert opened_by(connector, told["access_token"]) == {"mcp"}
    assert tool.refresh(told["refresh_token"]).status_code == 200
