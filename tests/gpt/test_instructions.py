"""docs/gpt/instructions.md fits into ChatGPT's field and names what exists, all of it where it must be all."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from rest_framework.fields import ChoiceField
from rest_framework.serializers import BaseSerializer, ListSerializer

from petstools.answers import Code
from petstools.catalog import TOOLS

FILE = settings.BASE_DIR / "docs" / "gpt" / "instructions.md"
MARKER = "<!-- Paste from here to the end of the file -->\n"
# ChatGPT's limit for the field (actions.md).
MOST = 8000

ABOUT, _marker, TEXT = FILE.read_text().partition(MARKER)
WORDS = set(re.findall(r"\b[A-Za-z]+(?:_[A-Za-z]+)*\b", TEXT))


def clarification_reasons() -> set[str]:
    """Every text that stands as the reason of a Clarification or an Unclear anywhere in the tools."""
    found: set[str] = set()
    for path in (settings.BASE_DIR / "petstools").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in POSITION:
                given = [one.value for one in node.keywords if one.arg == "reason"]
                given += node.args[POSITION[node.func.id] :][:1]
                found |= {
                    text.value
                    for value in given
                    for text in ast.walk(value)
                    if isinstance(text, ast.Constant) and isinstance(text.value, str)
                }
    return found


POSITION = {"Clarification": 0, "Unclear": 1}


def words_of(form: Any) -> Iterator[str]:
    """The names of a serializer's fields, at any depth, and the words that they may be chosen from."""
    form = form() if isinstance(form, type) else form
    if isinstance(form, ListSerializer):
        form = form.child
    for name, field in form.fields.items():
        yield name
        if isinstance(field, ChoiceField):
            yield from map(str, field.choices)
        if isinstance(field, BaseSerializer):
            yield from words_of(field)


def words_of_the_schema() -> set[str]:
    forms = [form for tool in TOOLS for form in (tool.request, tool.query, tool.answer) if form is not None]
    names = {word for form in forms for word in words_of(form)}
    # What the three kinds of answer have in common stands in no tool's own serializer (petstools.answers).
    common = {"clarification_needed", "missing_fields", "retry_after", "request_id"}
    return names | common | {name for tool in TOOLS for name in tool.path_ids}


def test_there_is_one_marker_and_something_below_it() -> None:
    assert FILE.read_text().count(MARKER) == 1
    assert TEXT.startswith("# Who you are\n")
    assert TEXT.endswith(".\n")


def test_it_fits_into_the_field() -> None:
    # As a browser counts them.
    assert len(TEXT.encode("utf-16-le")) // 2 < MOST


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
def test_every_operation_is_named(tool: str) -> None:
    assert tool in WORDS


@pytest.mark.parametrize("code", [code.value for code in Code])
def test_every_error_code_is_named_with_what_to_do(code: str) -> None:
    section = TEXT.partition("# Errors\n")[2].partition("\n# ")[0]

    assert re.search(rf"\b{code}\b[A-Z_, ]*: \w", section)


def test_every_code_that_it_names_exists() -> None:
    shouted = {word for word in WORDS if word.isupper() and (len(word) > 5 or "_" in word)}

    assert shouted == {code.value for code in Code}


def test_every_technical_word_that_it_names_exists() -> None:
    """Operations, clarification reasons, fields and the words fields are chosen from: the tools use nothing else."""
    known = {tool.name for tool in TOOLS} | clarification_reasons() | words_of_the_schema()
    technical = {word for word in WORDS if "_" in word and word.islower()}

    assert technical - known == set()
    assert len(technical) > 40


@pytest.mark.parametrize(
    "reason",
    ["possible_duplicate", "confirmation_needed", "confirm_replace", "already_exists", "not_yet", "future"],
)
def test_the_reasons_it_gives_rules_for_are_asked_by_the_tools(reason: str) -> None:
    section = TEXT.partition("# clarification_needed\n")[2].partition("\n# ")[0]

    assert re.search(rf"\b{reason}\b", section)
    assert reason in clarification_reasons()


def test_the_guard_would_see_an_operation_that_is_none() -> None:
    assert "find_pets" not in {tool.name for tool in TOOLS} | clarification_reasons() | words_of_the_schema()


@pytest.mark.parametrize(
    "word", ["confirmation", "clear", "replace", "again", "candidates", "retryable", "lost", "deceased"]
)
def test_the_plain_words_it_relies_on_are_fields_or_choices(word: str) -> None:
    assert word in WORDS
    assert word in words_of_the_schema() | {"candidates", "retryable"}


@pytest.mark.parametrize("said", ["Mèo Mãi Mới", "Vietnamese", "English", "Russian", "Ukrainian", "e-mail", "vet now"])
def test_it_says_what_it_must(said: str) -> None:
    assert said in TEXT
