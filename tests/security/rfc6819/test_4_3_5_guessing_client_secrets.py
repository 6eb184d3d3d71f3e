"""RFC 6819 §4.3.5, obtaining the client secret by online guessing: a 256-bit secret, and few tries a minute."""

import pytest
from pytest_django import Settings

from tests.playing import ClientApp, Connector

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_after_so_many_tries_the_address_has_to_wait(client_app: ClientApp, settings: Settings) -> None:
    settings.TOKEN_FAILURE_LIMIT_PER_MINUTE = 5

    answers = [client_app.refresh("x", client_secret=f"guess-{number}") for number in range(8)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 3
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].json()["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_a_right_and_a_wrong_id_are_told_alike(client_app: ClientApp, connector: Connector, path: str) -> None:
    """Or ids could be found out first."""
    form = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x", "client_secret": "guess"}
    known, unknown = (
        connector.post(path, data={**form, "client_id": each}) for each in (client_app.client_id, "nobody")
    )

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.status_code == 401


def test_a_secret_is_not_told_bit_by_bit(client_app: ClientApp) -> None:
    secret = str(client_app.secret)
    for wrong in (secret[:-1], secret + "x", secret.swapcase(), f" {secret}", f"{secret} ", ""):
        assert client_app.refresh("x", client_secret=wrong).status_code == 401
