"""What sign-ins that nobody came back from leave in the database (RFC 6819 §5.1.6: keep no more than is needed)."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from oauthbridge.models import AuthorizationRequest
from petstools.retention import prune
from tests.playing import ClientApp, Person, pkce

Travel = Callable[..., None]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_state_is_forgotten_once_it_can_serve_no_more(
    client_app: ClientApp, person: Callable[..., Person], travel: Travel
) -> None:
    person().begin(client_app, code_challenge=pkce()[1], code_challenge_method="S256")
    list(prune(timezone.now()))
    assert AuthorizationRequest.objects.get().state

    travel(minutes=11)
    list(prune(timezone.now()))

    row = AuthorizationRequest.objects.get()
    assert (row.state, row.code_challenge, row.status) == ("", "", "pending")


def test_one_under_way_keeps_what_it_needs(
    client_app: ClientApp, person: Callable[..., Person], travel: Travel
) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app, state="needed"))

    list(prune(timezone.now()))

    assert "state=needed" in emma.open(callback).headers["Location"]
