"""RFC 6819 §4.4.1.3 and §4.4.1.12, guessed and manufactured codes: none opens anything, and none takes anything from others."""

import math
import re
import secrets
import uuid
from collections.abc import Callable

import pytest
from pytest_django import Settings

from sandbox.server import SandboxServer
from tests.playing import ClientApp, Connector, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_a_code_and_each_token_hold_as_much_chance_as_they_should(client_app: ClientApp, person: OpenBrowser) -> None:
    """§5.1.4.2.2: at least 128 bits; ours hold 160 and more, and no two begin alike."""
    emma = person()
    made = [emma.sign_in_to(client_app)["code"] for _ in range(8)]
    tokens = client_app.exchange(made[-1]).json()

    for value in (*made, tokens["access_token"], tokens["refresh_token"]):
        assert len(re.sub("^meo_.._", "", value)) * math.log2(62) >= 160
    assert len({code[:6] for code in made}) == len(made)


def test_many_made_up_codes_lock_nobody_out(client_app: ClientApp, person: OpenBrowser, settings: Settings) -> None:
    settings.TOKEN_FAILURE_LIMIT_PER_MINUTE = 3
    code = person().sign_in_to(client_app)["code"]

    for _ in range(10):
        assert client_app.exchange(secrets.token_urlsafe(30)).json()["error"] == "invalid_grant"

    assert client_app.exchange(code).status_code == 200


def test_made_up_callbacks_cost_the_main_app_nothing(
    client_app: ClientApp, connector: Connector, sandbox: SandboxServer
) -> None:
    """A session id that was never begun is not worth a call."""
    before = len(sandbox.requests)

    for _ in range(10):
        asked = {"session_id": str(uuid.uuid4()), "code": str(uuid.uuid4())}
        assert connector.get("/oauth/callback", params=asked).status_code == 400

    assert len(sandbox.requests) == before
