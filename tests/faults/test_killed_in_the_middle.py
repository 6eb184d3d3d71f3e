"""A process killed (SIGKILL) in the middle of something: the rows are as before or as after, and what its client does next works.

Where it stands in the middle is chosen from outside: a row that it needs is locked, or the main app takes its time. The rotation
of keys is in tests/ops/test_rotate_encryption_key.py.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command

from oauthbridge import consent
from oauthbridge.models import AccessToken, AuthorizationRequest, Connection, Grant, PendingRevocation, RefreshToken
from sandbox.server import SandboxServer
from tests.faults.conftest import Serving, locked, until
from tests.playing import ClientApp, Connector, Person

pytestmark = pytest.mark.django_db(transaction=True)
Travel = Callable[..., None]

CONNECTIONS = "SELECT 1 FROM oauthbridge_connection FOR UPDATE"
PEOPLE = "SELECT 1 FROM oauthbridge_user FOR UPDATE"


@contextmanager
def under_way(ask: Callable[[], httpx.Response]) -> Iterator[Future[httpx.Response]]:
    """A request whose process will not live to answer it."""
    with ThreadPoolExecutor(1) as client:
        asked = client.submit(ask)
        yield asked
        assert isinstance(asked.exception(30), httpx.TransportError), (
            "it was answered: nothing was killed in the middle"
        )


def tool(
    connector: Connector, access_token: str, method: str = "GET", path: str = "/pets", **more: object
) -> httpx.Response:
    return connector.http.request(method, path, headers={"Authorization": f"Bearer {access_token}"}, **more)  # type: ignore[arg-type]


# --- Callback -------------------------------------------------------------------------------------


def test_callback_while_the_main_app_exchanges_the_code(
    serving: Serving, main_app: SandboxServer, client_app: ClientApp, person: Person
) -> None:
    callback = person.agree(person.begin(client_app))
    hanging = main_app.faults.add(path="/gpt-auth/exchange", hang_s=2, times=1)

    with under_way(lambda: person.open(callback)):
        until(lambda: hanging.times == 0)
        serving.kill_worker()

    assert AuthorizationRequest.objects.get().status == AuthorizationRequest.Status.TAKEN
    assert not Connection.objects.exists()
    assert person.open(callback).status_code == 400
    # Starting again works.
    assert "code" in person.sign_in_to(client_app)


def test_callback_while_the_connection_is_stored(
    serving: Serving, client_app: ClientApp, person: Person, travel: Travel
) -> None:
    """The main app's code is spent and its token known to that process alone: it must be revoked, or it lives for ever."""
    person.connect(client_app)
    (kept,) = person.main_app_tokens
    callback = person.agree(person.begin(client_app))

    with locked(PEOPLE) as somebody_waits, under_way(lambda: person.open(callback)):
        until(somebody_waits)
        serving.kill_worker()

    assert Connection.objects.get().is_active
    assert not Grant.objects.filter(spent_at=None).exists()
    assert len(person.main_app_tokens) == 2
    assert person.open(callback).status_code == 400
    call_command("retry_revocations", "--all", "--json")
    assert len(person.main_app_tokens) == 2, "it could be the token of a sign-in under way"
    travel(seconds=consent.KEPT_WITHIN.total_seconds())
    call_command("retry_revocations", "--json")
    assert person.main_app_tokens == [kept]
    assert not PendingRevocation.objects.exists()


def test_callback_whose_answer_is_lost(serving: Serving, client_app: ClientApp, person: Person, travel: Travel) -> None:
    """Stored whole, and the browser does not learn the code: the person signs in again, and this one ends with its code."""
    callback = person.agree(person.begin(client_app))
    person.open(callback)
    serving.kill_worker()

    # "You are already connected": without a second code.
    assert person.open(callback).status_code == 200
    lost = Connection.objects.get()
    tokens = person.connect(client_app)
    travel(seconds=settings.AUTHORIZATION_CODE_SECONDS + 10)
    call_command("prune")

    lost.refresh_from_db()
    assert (lost.is_active, lost.end_reason) == (False, Connection.EndReason.NOT_REDEEMED)
    assert len(person.main_app_tokens) == 1
    assert tool(client_app.connector, tokens["access_token"]).status_code == 200


# --- Token ----------------------------------------------------------------------------------------


def test_token_request_with_a_code(serving: Serving, client_app: ClientApp, person: Person) -> None:
    code = person.sign_in_to(client_app)["code"]

    with locked(CONNECTIONS) as somebody_waits, under_way(lambda: client_app.exchange(code)):
        until(somebody_waits)
        serving.kill_worker()

    assert Grant.objects.get().spent_at is None
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.exists()
    again = client_app.exchange(code)
    assert again.status_code == 200, again.text
    assert tool(client_app.connector, again.json()["access_token"]).status_code == 200
    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (1, 1)


def test_token_request_with_a_code_whose_answer_is_lost(
    serving: Serving, client_app: ClientApp, person: Person
) -> None:
    """The code is spent; sent again it counts as replayed (RFC 6749 §4.1.2), and nothing of it is left, here or there."""
    code = person.sign_in_to(client_app)["code"]
    lost = client_app.exchange(code).json()
    serving.kill_worker()

    again = client_app.exchange(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert tool(client_app.connector, lost["access_token"]).status_code == 401
    assert not Connection.objects.active().exists()
    assert person.main_app_tokens == []
    assert person.connect(client_app)["access_token"]


def test_refresh(serving: Serving, client_app: ClientApp, person: Person) -> None:
    tokens = person.connect(client_app)

    with locked(CONNECTIONS) as somebody_waits, under_way(lambda: client_app.refresh(tokens["refresh_token"])):
        until(somebody_waits)
        serving.kill_worker()

    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (1, 1)
    again = client_app.refresh(tokens["refresh_token"])
    assert again.status_code == 200, again.text
    for each in (tokens, again.json()):
        assert tool(client_app.connector, each["access_token"]).status_code == 200


# --- Revocation -----------------------------------------------------------------------------------


def test_revocation_before_it_is_done(serving: Serving, client_app: ClientApp, person: Person) -> None:
    tokens = person.connect(client_app)

    with locked(CONNECTIONS) as somebody_waits, under_way(lambda: client_app.revoke(tokens["refresh_token"])):
        until(somebody_waits)
        serving.kill_worker()

    assert Connection.objects.get().is_active
    assert not PendingRevocation.objects.exists()
    assert tool(client_app.connector, tokens["access_token"]).status_code == 200
    assert client_app.revoke(tokens["refresh_token"]).status_code == 200
    assert tool(client_app.connector, tokens["access_token"]).status_code == 401
    assert person.main_app_tokens == []


def test_revocation_while_the_main_app_is_told(
    serving: Serving, main_app: SandboxServer, client_app: ClientApp, person: Person
) -> None:
    tokens = person.connect(client_app)
    main_app.faults.add(path="/gpt-auth/revoke", hang_s=2, times=1)

    with under_way(lambda: client_app.revoke(tokens["refresh_token"])):
        until(lambda: PendingRevocation.objects.exists())
        serving.kill_worker()

    assert not Connection.objects.active().exists()
    assert tool(client_app.connector, tokens["access_token"]).status_code == 401
    assert client_app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert client_app.revoke(tokens["refresh_token"]).status_code == 200
    assert len(person.main_app_tokens) == 1
    call_command("retry_revocations", "--json")
    assert person.main_app_tokens == []


# --- Many records ---------------------------------------------------------------------------------


def test_many_records_and_the_same_call_again(
    serving: Serving, main_app: SandboxServer, client_app: ClientApp, person: Person
) -> None:
    tokens = person.connect(client_app)
    pet = main_app.world.add_pet(person.account, name="Zuzu", species="cat")
    days = [f"2026-0{month}-03" for month in range(1, 7)]
    records = [
        {
            "kind": "medical_record",
            "pet_id": pet.id,
            "record_type": "checkup",
            "record_date": day,
            "description": "well",
        }
        for day in days
    ]
    main_app.faults.add(method="POST", path="/medical-records", latency_ms=150)

    def written() -> list[object]:
        listed = tool(client_app.connector, tokens["access_token"], "GET", f"/pets/{pet.id}/medical-records")
        found: list[object] = listed.json()["medical_records"]
        return found

    def ask() -> httpx.Response:
        return tool(client_app.connector, tokens["access_token"], "POST", "/records", json={"records": records})

    with under_way(ask):
        until(lambda: len(main_app.requests.of("POST", f"/api/pets/{pet.id}/medical-records")) >= 3)
        serving.kill_worker()

    before = len(written())
    assert 0 < before < len(records), "it was not killed in the middle"
    main_app.faults.clear()
    again = ask()
    assert again.status_code == 200, again.text
    assert again.json()["summary"]["written"] == len(records)
    assert len(written()) == len(records)
