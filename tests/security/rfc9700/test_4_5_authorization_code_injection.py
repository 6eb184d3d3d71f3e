"""RFC 9700 §4.5, authorization code injection: a stolen code in somebody else's session. (Without PKCE, which GPT Actions do not
send, only `state` and the callback's secrecy stand against it: docs/security.md, "What it does not stop".)"""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person, pkce, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_a_code_of_another_session_does_not_fit_this_verifier(connector: Connector, person: OpenBrowser) -> None:
    app = ClientApp.made_public(connector)
    (_theirs, stolen_challenge), (my_verifier, _mine) = pkce(), pkce()
    stolen = person().sign_in_to(app, code_challenge=stolen_challenge, code_challenge_method="S256")["code"]

    answer = app.exchange(stolen, code_verifier=my_verifier)

    assert answer.json()["error"] == "invalid_grant"


def test_a_code_goes_to_the_client_it_was_made_for(client_app: ClientApp, person: OpenBrowser) -> None:
    thief = ClientApp.made_for_gpt(client_app.connector, "g-thief", client_id="meo-gpt-thief")
    stolen = person().sign_in_to(client_app)["code"]

    for redirect_uri in (thief.redirect_uri, client_app.redirect_uri):
        assert thief.exchange(stolen, redirect_uri=redirect_uri).json()["error"] == "invalid_grant"
    assert thief.exchange(stolen, client_id=client_app.client_id).json()["error"] == "invalid_client"


def test_a_code_goes_with_the_address_it_was_sent_to(client_app: ClientApp, person: OpenBrowser) -> None:
    """RFC 6749 §4.1.3: one that was caught at another registered address of the same client is no good at this one."""
    emma = person()
    elsewhere = "https://chat.openai.com/aip/g-meo123/oauth/callback"
    caught = queries(emma.open(emma.agree(emma.begin(client_app, redirect_uri=elsewhere))).headers["Location"])["code"]

    assert client_app.exchange(caught).json()["error"] == "invalid_grant"


def test_the_main_apps_code_is_none_of_ours(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()
    code = queries(emma.agree(emma.begin(client_app)))["code"]

    assert client_app.exchange(code).json()["error"] == "invalid_grant"
