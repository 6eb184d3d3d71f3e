"""POST /oauth/revoke (RFC 7009), and `manage.py retry_revocations` behind it."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from oauthbridge.models import AccessToken, Connection, PendingRevocation, RefreshToken
from sandbox.server import SandboxServer
from tests.oauth.test_refresh import works
from tests.oauth.token_endpoint import refused
from tests.playing import ClientApp, Person, basic

OpenBrowser = Callable[..., Person]
Travel = Callable[..., None]


@pytest.fixture
def emma(person: OpenBrowser) -> Person:
    return person()


@pytest.fixture
def tokens(client_app: ClientApp, emma: Person) -> dict[str, Any]:
    return emma.connect(client_app)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense", ""])
def test_either_kind_ends_everything_whatever_the_hint(
    client_app: ClientApp, emma: Person, tokens: dict[str, Any], kind: str, hint: str | None
) -> None:
    response = client_app.revoke(tokens[kind], token_type_hint=hint)

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Cache-Control"] == "no-store"
    assert not works(client_app, tokens["access_token"])
    assert refused(client_app.refresh(tokens["refresh_token"]), "invalid_grant")
    connection = Connection.objects.get()
    assert (connection.status, connection.end_reason) == ("ended", "client_revoked")
    assert connection.sanctum_token is None
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.exists()
    assert emma.main_app_tokens == []
    assert not PendingRevocation.objects.exists()


def test_every_access_token_of_the_connection_ends(client_app: ClientApp, tokens: dict[str, Any]) -> None:
    second = client_app.refresh(tokens["refresh_token"]).json()["access_token"]

    client_app.revoke(tokens["access_token"])

    assert not works(client_app, second)


def test_revoking_again_is_200(client_app: ClientApp, tokens: dict[str, Any], sandbox: SandboxServer) -> None:
    assert [client_app.revoke(tokens["access_token"]).status_code for _ in range(3)] == [200] * 3

    assert len(sandbox.requests.of("POST", "/api/gpt-auth/revoke")) == 1


@pytest.mark.parametrize("token", ["unknown", "é🐱", "x" * 5000, " ", "17|abc"])
def test_an_unknown_token_is_200_and_changes_nothing(client_app: ClientApp, tokens: dict[str, Any], token: str) -> None:
    assert client_app.revoke(token).status_code == 200

    assert Connection.objects.get().status == "active"


def test_another_clients_token_is_200_and_changes_nothing(client_app: ClientApp, tokens: dict[str, Any]) -> None:
    other = ClientApp.made_for_gpt(client_app.connector, "g-other", client_id="meo-gpt-test")

    for kind in ("access_token", "refresh_token"):
        assert other.revoke(tokens[kind]).status_code == 200

    assert works(client_app, tokens["access_token"])


@pytest.mark.parametrize(
    "changes",
    [{"client_secret": "wrong"}, {"client_secret": None}, {"client_id": "unknown"}, {"client_id": None}],
    ids=str,
)
def test_the_client_must_prove_itself(
    client_app: ClientApp, tokens: dict[str, Any], changes: dict[str, str | None]
) -> None:
    assert refused(client_app.revoke(tokens["access_token"], **changes), "invalid_client", 401)

    assert works(client_app, tokens["access_token"])


def test_http_basic_works_here_too(client_app: ClientApp, tokens: dict[str, Any]) -> None:
    header = basic(client_app.client_id, client_app.secret or "")

    response = client_app.connector.post(
        "/oauth/revoke", data={"token": tokens["access_token"]}, headers={"Authorization": header}
    )

    assert response.status_code == 200
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_an_invalid_request(client_app: ClientApp, token: str | None) -> None:
    assert refused(client_app.revoke("", token=token), "invalid_request")


def test_parameters_in_the_address_are_refused(client_app: ClientApp, tokens: dict[str, Any]) -> None:
    form = {"token": tokens["access_token"], **client_app.credentials}

    assert refused(client_app.connector.post("/oauth/revoke", params=form), "invalid_request")
    assert refused(client_app.connector.post("/oauth/revoke", params={"callback": "x"}, data=form), "invalid_request")
    assert refused(client_app.connector.post("/oauth/revoke", json=form), "invalid_request")
    assert works(client_app, tokens["access_token"])


class TestTheMainAppAway:
    @pytest.fixture
    def waiting(self, client_app: ClientApp, tokens: dict[str, Any], sandbox: SandboxServer) -> PendingRevocation:
        sandbox.faults.add(outage=True, path="/gpt-auth/revoke")
        assert client_app.revoke(tokens["refresh_token"]).status_code == 200
        sandbox.faults.clear()
        return PendingRevocation.objects.get()

    def run(self, *arguments: str) -> tuple[str, int]:
        out = io.StringIO()
        try:
            call_command("retry_revocations", *arguments, stdout=out)
        except SystemExit as end:
            return out.getvalue(), int(end.code or 0)
        return out.getvalue(), 0

    def test_the_oauth_tokens_end_at_once_and_the_main_apps_waits(
        self, client_app: ClientApp, emma: Person, waiting: PendingRevocation
    ) -> None:
        assert not AccessToken.objects.exists()
        assert [waiting.open_token().reveal()] == emma.main_app_tokens
        assert (waiting.attempts, waiting.last_error) == (1, "Maintenance")

    def test_the_command_does_it_when_it_is_due(self, emma: Person, waiting: PendingRevocation, travel: Travel) -> None:
        assert self.run() == ("0 revoked, 0 failed, 1 still waiting.\n", 0)
        travel(minutes=1, seconds=1)

        assert self.run() == ("1 revoked, 0 failed, 0 still waiting.\n", 0)

        assert emma.main_app_tokens == []

    def test_all_does_not_wait(self, emma: Person, waiting: PendingRevocation) -> None:
        assert self.run("--all") == ("1 revoked, 0 failed, 0 still waiting.\n", 0)

        assert emma.main_app_tokens == []

    def test_a_dry_run_says_and_does_not(self, emma: Person, waiting: PendingRevocation) -> None:
        assert self.run("--dry-run") == ("0 would be tried, 1 wait in all.\n", 0)
        assert self.run("--dry-run", "--all") == ("1 would be tried, 1 wait in all.\n", 0)

        assert len(emma.main_app_tokens) == 1

    def test_json_is_one_object(self, waiting: PendingRevocation) -> None:
        out, code = self.run("--json", "--all")

        assert (json.loads(out), code) == ({"due": 1, "revoked": 1, "failed": 0, "waiting": 0}, 0)

    def test_still_away_it_waits_longer_and_the_command_fails(
        self, waiting: PendingRevocation, sandbox: SandboxServer
    ) -> None:
        sandbox.faults.add(html_errors=True, path="/gpt-auth/revoke")

        assert self.run("--all") == ("0 revoked, 1 failed, 1 still waiting.\n", 1)

        again = PendingRevocation.objects.get()
        assert again.attempts == 2
        assert 115 <= (again.next_attempt_at - waiting.next_attempt_at).total_seconds() + 60 <= 130

    def test_the_wait_grows_to_six_hours_and_no_further(
        self, waiting: PendingRevocation, sandbox: SandboxServer
    ) -> None:
        from django.utils import timezone

        PendingRevocation.objects.update(attempts=500)
        sandbox.faults.add(outage=True, path="/gpt-auth/revoke")

        self.run("--all")

        wait = PendingRevocation.objects.get().next_attempt_at - timezone.now()
        assert 5.9 * 3600 < wait.total_seconds() <= 6 * 3600

    def test_a_lost_key_waits_and_says_why(self, waiting: PendingRevocation, settings: Settings) -> None:
        settings.ENCRYPTION_KEYS = [bytes(range(32))]

        assert self.run("--all")[1] == 1

        assert PendingRevocation.objects.get().last_error == "CannotDecrypt"

    def test_no_token_is_printed(self, emma: Person, waiting: PendingRevocation, capfd: Any) -> None:
        token = emma.main_app_tokens[0]

        printed = self.run("--all")[0] + "".join(capfd.readouterr())

        assert token.partition("|")[2] not in printed


def test_nothing_to_do_is_no_error(client_app: ClientApp) -> None:
    out = io.StringIO()

    call_command("retry_revocations", stdout=out)

    assert out.getvalue() == "0 revoked, 0 failed, 0 still waiting.\n"
