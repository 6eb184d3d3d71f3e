"""GET /oauth/callback when the main app, or our own database, fails it."""

import uuid
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.db.models import Model
from pytest_django import Settings

from oauthbridge.models import (
    Connection,
    Grant,
    PendingRevocation,
)
from sandbox.server import SandboxServer
from tests.oauth.pages import is_page
from tests.oauth.sign_ins import how_it_ended, nobody_connected
from tests.oauth.storage import without_table
from tests.playing import ClientApp, Person, queries

OpenBrowser = Callable[..., Person]
Travel = Callable[..., None]


@pytest.mark.once
class TestTheMainAppMisbehaves:
    @pytest.mark.parametrize(
        "fault",
        [
            {"outage": True},
            {"html_errors": True},
            {"error_rate": 1.0},
            {"error_rate": 1.0, "error_status": 502},
            {"error_rate": 1.0, "error_status": 418},
            {"throttle_429": True, "retry_after": 30},
            {"drop": "before_headers"},
            {"drop": "mid_body"},
            {"invalid_json": True},
            {"wrong_shape": True},
            {"huge_body_mb": 8},
            {"hang_s": 3.0},
            {"slow_body_bytes_per_s": 20},
        ],
        ids=str,
    )
    def test_at_the_exchange_there_is_a_page_that_says_so(
        self,
        client_app: ClientApp,
        person: OpenBrowser,
        sandbox: SandboxServer,
        settings: Settings,
        fault: dict[str, object],
    ) -> None:
        settings.MAIN_APP_READ_TIMEOUT = 1
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        sandbox.faults.add(path="/gpt-auth/exchange", **fault)

        response = emma.open(callback)

        assert is_page(response, "main_app_away")
        assert (nobody_connected(), how_it_ended()) == (True, "main_app_away")

    def test_stopped_altogether_too(self, client_app: ClientApp, person: OpenBrowser, settings: Settings) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        settings.MAIN_APP_URL = "http://127.0.0.1:9"

        assert is_page(emma.open(callback), "main_app_away")

        assert nobody_connected()

    def test_a_key_that_the_main_app_does_not_know_is_its_fault_and_not_the_persons(
        self, client_app: ClientApp, person: OpenBrowser, settings: Settings
    ) -> None:
        emma = person()
        callback = emma.agree(emma.begin(client_app))
        settings.CONNECTOR_API_KEY = "another"

        assert is_page(emma.open(callback), "main_app_away")

    def test_a_made_up_code_is_refused(self, client_app: ClientApp, person: OpenBrowser) -> None:
        emma = person()
        told = queries(emma.begin(client_app)) | {"code": str(uuid.uuid4())}

        response = emma.open(f"{client_app.connector.url}/oauth/callback?{urlencode(told)}")

        assert is_page(response, "refused")
        assert nobody_connected()

    @pytest.mark.parametrize(
        "fault", [{"outage": True}, {"html_errors": True}, {"wrong_shape": True}, {"hang_s": 3.0}], ids=str
    )
    def test_the_profile_failing_does_not_stop_the_sign_in(
        self,
        client_app: ClientApp,
        person: OpenBrowser,
        sandbox: SandboxServer,
        settings: Settings,
        fault: dict[str, object],
    ) -> None:
        settings.MAIN_APP_READ_TIMEOUT = 1
        emma = person(**{"Accept-Language": "vi-VN,vi;q=0.9"})
        callback = emma.agree(emma.begin(client_app))
        sandbox.faults.add(path="/users/me", **fault)

        assert emma.open(callback).status_code == 302

        assert Connection.objects.get().language == "vi"


@pytest.mark.parametrize("table", [Grant, PendingRevocation], ids=["connecting", "discarding"])
def test_when_nothing_can_be_stored_the_token_is_revoked_at_once(
    client_app: ClientApp, person: OpenBrowser, table: type[Model], travel: Travel
) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    if table is PendingRevocation:
        travel(minutes=11)
    with without_table(table):
        response = emma.open(callback)

    assert is_page(response, "our_fault")
    assert nobody_connected()
    assert emma.main_app_tokens == []
