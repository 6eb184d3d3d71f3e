"""The views of MCP Apps as resources (SEP-1865, 2026-01-26), and how tools name them."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from petstools.mcp import apps, protocol
from petstools.mcp.tools import OFFERS, definition
from tests.mcp.conftest import Mcp

Connect = Callable[..., Mcp]
ERAS = pytest.mark.parametrize("era", ["modern", "legacy"])


def test_each_view_is_named_by_a_tool_of_the_list() -> None:
    for tool in apps.VIEWS:
        meta = definition(OFFERS[tool])["_meta"]

        assert meta["ui"] == {"resourceUri": apps.uri(tool)}
        assert meta["openai/outputTemplate"] == apps.uri(tool)


@ERAS
def test_what_is_listed_can_be_read(mcp: Connect, era: str) -> None:
    ask = getattr(mcp(), era)
    listed = ask("resources/list").result["resources"]

    assert [one["uri"] for one in listed] == [apps.uri(tool) for tool in apps.VIEWS]
    for one in listed:
        (content,) = ask("resources/read", {"uri": one["uri"]}).result["contents"]
        assert (content["uri"], content["mimeType"]) == (one["uri"], "text/html;profile=mcp-app")
        assert content["text"].startswith("<!doctype html>")
        assert content["_meta"]["ui"]["csp"] == {"connectDomains": [], "resourceDomains": [settings.MAIN_APP_URL]}
    assert ask("resources/templates/list").result["resourceTemplates"] == []


@pytest.mark.parametrize(
    "uri", ["ui://meo-mai-moi/none", "file:///etc/passwd", "", None, 1, ["ui://meo-mai-moi/get_pet"]]
)
def test_there_is_no_other_resource(mcp: Connect, uri: Any) -> None:
    assert mcp().legacy("resources/read", {"uri": uri}).refused == (200, protocol.RESOURCE_NOT_FOUND)


def test_the_modern_era_has_a_code_of_its_own_for_that(mcp: Connect) -> None:
    told = mcp().modern("resources/read", {"uri": "ui://meo-mai-moi/none"})

    assert told.refused == (400, protocol.INVALID_PARAMS)
    assert told.body["error"]["data"] == {"uri": "ui://meo-mai-moi/none"}


@pytest.mark.parametrize("tool", apps.VIEWS)
def test_a_view_is_one_small_file_that_opens_nothing_but_pictures(tool: str) -> None:
    page = apps.html(tool)

    assert len(page.encode()) < 40_000
    assert "default-src 'none'" in page
    addresses = set(re.findall(r"https?://[^\s\"'<;]+", page)) - {settings.MAIN_APP_URL, "http://www.w3.org/2000/svg"}
    assert addresses == set()
    # Text is set as text: what somebody called a pet is never read as HTML.
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", page)


def test_each_view_has_its_words_in_four_languages() -> None:
    words: dict[str, dict[str, dict[str, str]]] = json.loads((apps.HERE / "words.json").read_text(encoding="utf-8"))

    assert set(words) == {"shared", *apps.VIEWS.values()}
    for view, languages in words.items():
        assert set(languages) == {"en", "vi", "ru", "uk"}
        for language, own in languages.items():
            assert own.keys() == languages["en"].keys(), (view, language)
            for key, text in own.items():
                assert set(re.findall(r"\{\w+\}", text)) <= set(re.findall(r"\{\w+\}", languages["en"][key])), (
                    view,
                    key,
                )


@pytest.mark.parametrize("view", sorted(set(apps.VIEWS.values())))
def test_a_view_says_only_words_that_it_has(view: str) -> None:
    words = json.loads((apps.HERE / "words.json").read_text(encoding="utf-8"))
    said = set(re.findall(r'say\("(\w+)"', (apps.HERE / f"{view}.js").read_text(encoding="utf-8")))

    assert said <= {*words["shared"]["en"], *words[view]["en"]}
