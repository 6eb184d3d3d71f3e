"""`repr` of whatever holds a secret shows none of it: a log line, an assertion or a debugger prints objects, not fields."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.forms.models import model_to_dict

from mainapp import bridge
from mainapp.client import MainAppClient
from mainapp.http.connection import Deadline
from mainapp.secret import Secret
from mainapp.session import Session
from oauthbridge import consent
from oauthbridge.authentication import Bearer
from oauthbridge.models import AccessToken, AuthorizationRequest, Connection, Grant, PendingRevocation, RefreshToken
from oauthbridge.revocation import queue
from oauthbridge.tokens import KeyRing
from petstools.tools.base import Call
from tests.playing import ClientApp, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

TOKEN = "17|" + secrets.token_hex(24)
PIECE = 12


def shown(thing: Any) -> str:
    """All the ways in which an object comes to be text without being asked for its fields."""
    return " ".join([repr(thing), str(thing), f"{thing}", f"{thing!a}", repr([thing]), repr({"a": thing})])


def holds(text: str, secret: str) -> bool:
    return any(secret[at : at + PIECE] in text for at in range(len(secret) - PIECE + 1))


def test_what_holds_the_main_apps_token(client_app: ClientApp, person: Callable[..., Person]) -> None:
    emma = person()
    tokens = emma.connect(client_app)
    row = Connection.objects.get()
    row.seal_token(Secret(TOKEN))
    deadline = Deadline(5)
    client = MainAppClient(Secret(TOKEN), language="en", request_id="r-1", deadline=deadline)
    waiting = PendingRevocation.objects.get(pk=queue(Secret(TOKEN)))
    things = [
        Secret(TOKEN),
        row,
        waiting,
        row.open_token(),
        Bearer(row),
        client,
        Session(Secret(TOKEN), language="en", request_id="r-1", deadline=deadline),
        Session(None, language="en", request_id="r-1", deadline=deadline, connector_key=TOKEN),
        bridge.Exchanged(Secret(TOKEN), 1),
        Call(client, "en", datetime.now(UTC), row),
        consent.Finished(row, f"{client_app.redirect_uri}?state=s"),
        consent.SignInFailed(None),
        tokens and AccessToken.objects.get(),
    ]

    for thing in things:
        text = shown(thing)
        assert not holds(text, TOKEN), type(thing)
        assert not holds(text, emma.main_app_tokens[0]), type(thing)


def test_rows_of_codes_tokens_and_sign_ins(client_app: ClientApp, person: Callable[..., Person]) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    redirected = queries(emma.open(callback).headers["Location"])
    tokens = client_app.exchange(redirected["code"]).json()
    known = [redirected["code"], tokens["access_token"], tokens["refresh_token"], str(client_app.secret)]
    rows: list[Any] = [
        Grant.objects.get(),
        AccessToken.objects.get(),
        RefreshToken.objects.get(),
        AuthorizationRequest.objects.get(),
        Grant.objects.get().application,
    ]

    for row in rows:
        # Not even all fields of a row hold one.
        text = shown(row) + repr(model_to_dict(row)) + repr(row.__dict__)
        for secret in known:
            assert not holds(text, secret), type(row)


def test_a_key_ring_and_what_it_seals() -> None:
    key = secrets.token_bytes(32)
    ring = KeyRing([key])
    row = Connection()
    sealed = ring.seal(Secret(TOKEN), row.id)

    for thing in (ring, sealed, ring.key_ids):
        text = shown(thing)
        assert not holds(text, key.hex())
        assert repr(key)[2:14] not in text
        assert not holds(text, TOKEN)


def test_what_is_sent_back_to_the_client_is_shown_by_nobody(
    client_app: ClientApp, person: Callable[..., Person]
) -> None:
    """A redirect holds a code: `Finished` must not print it."""
    finished = consent.Finished(Connection(), "https://client.example/?code=" + TOKEN)

    assert not holds(shown(finished), TOKEN)
