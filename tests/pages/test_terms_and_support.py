"""`/terms` and `/support`: ours in four languages, or what the owner has written."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from connector.environment import Environment
from tests.pages.walking import LANGUAGES, page_of

OWNERS = "Read this first.\nIt goes on here.\n\n# Who we are\n\nMeo GmbH <script>alert(1)</script>"


@pytest.mark.parametrize(("path", "setting"), [("/terms", "TERMS_TEXT"), ("/support", "SUPPORT_TEXT")])
def test_the_owners_text_takes_the_place_of_ours_and_is_only_ever_text(
    client: Client, settings: Settings, path: str, setting: str
) -> None:
    ours = page_of(client.get(path)).text
    setattr(settings, setting, OWNERS)

    page = page_of(client.get(path))

    assert [heading for heading in ("Who we are",) if heading in page.text]
    assert [tag for tag, _ in page.elements if tag in ("h1", "h2", "script")] == ["h1", "h2"]
    assert "<script>alert(1)</script>" in page.text
    assert "Assistants make mistakes" not in page.text
    assert "Who we are" not in ours


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_leads_to_the_others_and_to_people(client: Client, settings: Settings, language: str) -> None:
    settings.SUPPORT_URL = "https://help.meo.example/ask"
    links = {
        path: {link["href"] for link in page_of(client.get(path, {"lang": language})).all("a")}
        for path in ("/", "/privacy", "/terms", "/support")
    }

    for path, found in links.items():
        assert {f"{each}?lang={language}" for each in links if each != path} - {"/?lang=" + language} <= found, path
    assert "https://help.meo.example/ask" in links["/support"]
    assert f"/connections?lang={language}" in links["/terms"]


@pytest.mark.parametrize(
    ("content", "problems"), [(b" mine \n", []), (b"\xff", ["TERMS_FILE"]), (None, ["TERMS_FILE"])]
)
def test_a_file_that_cannot_be_read_is_said_at_start(
    tmp_path: Path, content: bytes | None, problems: list[str]
) -> None:
    file = tmp_path / "terms.txt"
    if content is not None:
        file.write_bytes(content)

    env = Environment({"TERMS_FILE": str(file)}, development_secrets=tmp_path / "secrets")

    assert env.text_of_file("TERMS_FILE") == ("" if problems else "mine")
    assert [problem.name for problem in env.problems] == problems
