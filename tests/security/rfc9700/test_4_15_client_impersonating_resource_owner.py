"""RFC 9700 §4.15, client impersonating resource owner: a client never acts in its own name, so it can't be taken for a person."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "client_credentials"},
        {"grant_type": "client_credentials", "scope": "pets"},
        {"grant_type": "password", "username": "emma@example.com", "password": "Purr-sonal-1"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "x"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "x.y.z"},
    ],
)
def test_no_grant_but_the_persons_own_is_offered(client_app: ClientApp, form: dict[str, str]) -> None:
    answer = client_app.connector.post("/oauth/token", data={**form, **client_app.credentials})

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_client_named_like_a_person_is_not_that_person(client_app: ClientApp, person: OpenBrowser) -> None:
    """Its id is the number of a person of the main app."""
    emma = person()
    tokens = emma.connect(client_app)
    namesake = ClientApp.made_for_gpt(client_app.connector, "g-namesake", client_id=str(emma.account.id))

    answer = client_app.connector.post(
        "/oauth/token", data={"grant_type": "client_credentials", **namesake.credentials}
    )

    assert answer.status_code == 400
    assert namesake.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert namesake.revoke(tokens["refresh_token"]).status_code == 200
    assert client_app.refresh(tokens["refresh_token"]).status_code == 200
