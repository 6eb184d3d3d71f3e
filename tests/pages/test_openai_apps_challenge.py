"""`/.well-known/openai-apps-challenge`: the token that OpenAI gave, alone, or nothing at all."""

import pytest
from django.test import Client
from pytest_django import Settings

ADDRESS = "/.well-known/openai-apps-challenge"


def test_it_tells_the_token_alone(client: Client, settings: Settings) -> None:
    settings.OPENAI_APPS_CHALLENGE = "Zk3-abc_123"

    response = client.get(ADDRESS)

    assert response.status_code == 200
    assert response.content == b"Zk3-abc_123"
    assert response["Content-Type"].startswith("text/plain")
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_without_a_token_there_is_no_such_address(client: Client) -> None:
    assert client.get(ADDRESS).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client: Client, settings: Settings, method: str) -> None:
    settings.OPENAI_APPS_CHALLENGE = "Zk3-abc_123"

    assert getattr(client, method)(ADDRESS).status_code == 405
