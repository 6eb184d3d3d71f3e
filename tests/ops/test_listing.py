"""`manage.py listing`: the texts for the directories within their limits, and a change of the tools is noticed."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from devtools.management.commands import listing

SEEN_IN_PRODUCTION = {"public https address on port 443", "an address where people are answered", "proof of the domain"}


def checked() -> str:
    out = io.StringIO()
    call_command("listing", "--check", stdout=out)
    return out.getvalue()


def test_all_but_the_settings_of_production_is_ready() -> None:
    missing = {row.what: row.todo for row in listing.checklist() if row.todo}

    assert missing.keys() <= SEEN_IN_PRODUCTION, missing


def test_the_tools_are_those_that_were_submitted() -> None:
    now = listing.as_text(listing.tools_now())

    assert listing.SNAPSHOT.read_text(encoding="utf-8") == now, (
        "the tools have changed: manage.py listing --write, and have OpenAI scan them again (docs/listing/README.md)"
    )


def test_in_production_every_row_is_ready(settings: Settings) -> None:
    settings.CONNECTOR_PUBLIC_URL = "https://connector.example.com"
    settings.SUPPORT_URL = "https://help.example.com"
    settings.OPENAI_APPS_CHALLENGE = "token"

    assert "All that a program can see is ready" in checked()


def test_what_is_missing_is_said_and_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(listing, "SNAPSHOT", tmp_path / "tools.json")

    with pytest.raises(CommandError, match="not ready"):
        checked()

    call_command("listing", "--write", stdout=io.StringIO())
    assert listing.SNAPSHOT.exists()


def test_each_case_says_what_must_come_of_it() -> None:
    for case in listing.listing_texts()["case"]:
        assert case["prompt"]
        assert case["expect"]
        assert case["kind"] in listing.LEAST_CASES
