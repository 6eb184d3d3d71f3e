"""Nothing that stood in the request stands on the page."""

import pytest
from django.test import Client

from tests.pages.walking import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MARK = "MRK7x"
NASTY = f"<script>alert('{MARK}')</script>\"'><img src=x onerror={MARK}>{{{{ {MARK} }}}}"


@pytest.mark.parametrize("name", ["session_id", "code", "state", "error", "error_description"])
def test_a_callback_shows_none_of_its_parameters(client: Client, name: str) -> None:
    response = client.get("/oauth/callback", {name: NASTY})

    assert response.status_code == 400
    assert MARK not in response.content.decode()


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "response_type"])
def test_an_authorization_request_shows_none_of_its_parameters(client: Client, name: str) -> None:
    response = client.get("/oauth/authorize", {"client_id": "nope", name: NASTY})

    assert response.status_code == 400
    assert MARK not in response.content.decode()


@pytest.mark.parametrize("header", ["x-request-id", "accept-language", "referer", "user-agent", "x-forwarded-host"])
def test_no_header_stands_on_the_page(client: Client, header: str) -> None:
    response = client.get("/oauth/callback", headers={header: NASTY})

    assert MARK not in response.content.decode()
    assert not page_of(response).all("script")


def test_an_address_that_is_not_there_is_not_repeated(client: Client) -> None:
    response = client.get(f"/{MARK}/<script>{MARK}</script>", {"q": NASTY})

    assert response.status_code == 404
    assert MARK not in response.content.decode()
