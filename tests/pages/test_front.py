"""`/` says what this is and leads on: to Meo Mai Moi, to the privacy page, to what developers need."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.pages.walking import LANGUAGES, page_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_leads_on(client: Client, settings: Settings, language: str) -> None:
    settings.MAIN_APP_URL = "https://meo.example.com"
    links = {link["href"] for link in page_of(client.get("/", {"lang": language})).all("a")}

    assert {"https://meo.example.com", f"/privacy?lang={language}", "/docs", "/openapi.json"} <= links


def test_it_names_what_a_person_can_say_and_where_apps_connect(client: Client, settings: Settings) -> None:
    text = page_of(client.get("/")).text

    assert "Miu weighed 4.2 kg this morning." in text
    assert settings.MCP_URL in text


def test_the_gpt_is_linked_where_its_address_is_set(client: Client, settings: Settings) -> None:
    assert b"https://chatgpt.com/g/" not in client.get("/").content
    settings.GPT_URL = "https://chatgpt.com/g/g-meo123"

    for language in ("en", "vi", "ru", "uk"):
        assert b'<a href="https://chatgpt.com/g/g-meo123">' in client.get("/", {"lang": language}).content
