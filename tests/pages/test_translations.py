"""Every sentence of the pages is translated into each language, with its placeholders, and compiled."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template import Engine
from django.template.base import Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import trim_whitespace

ROOT = settings.BASE_DIR
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")
_MARKUP = re.compile(r"</?\w+[^>]*>")


def catalog_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def catalog(language: str) -> Catalog:
    return read_po(BytesIO(catalog_path(language).read_bytes()), locale=language, abort_invalid=True)


def sentences_of_code() -> set[str]:
    return {
        str(message)
        for name in ("pages.py", "replies.py", "scopes.py")
        for _line, message, _comments, _context in extract_from_file(
            "python", ROOT / "oauthbridge" / name, keywords={"_": None}
        )
    }


def sentences_of_template(path: Path) -> set[str]:
    """Read from the parsed template, as Django itself looks them up."""
    template: Template = Engine.get_default().get_template(str(path.relative_to(ROOT / "templates")))
    found = set()
    for node in template.nodelist.get_nodes_by_type(object):  # type: ignore[arg-type]  # any kind of node
        match node:
            case TranslateNode():
                found.add(node.filter_expression.var.literal)
            case BlockTranslateNode():
                sentence, _variables = node.render_token_list(node.singular)
                found.add(trim_whitespace(sentence) if node.trimmed else sentence)
    return found


def all_sentences() -> set[str]:
    return sentences_of_code().union(*(sentences_of_template(path) for path in TEMPLATES))


def test_the_sentences_are_found() -> None:
    sentences = all_sentences()

    assert "You are connected" in sentences, "from pages.py"
    assert "There is no page here" in sentences, "from a template that extends another"
    assert "If you write to us, mention this reference: <code>%(reference)s</code>" in sentences, "from a block"
    assert len(sentences) >= 36


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    messages = catalog(language)
    lacking = []
    for sentence in all_sentences():
        message = messages.get(sentence)
        if message is None or not message.string or message.fuzzy or message.string == sentence:
            lacking.append(sentence)

    assert not lacking


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_is_no_longer_said(language: str) -> None:
    assert {str(message.id) for message in catalog(language) if message.id} == all_sentences()


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_markup_survive_translation(language: str) -> None:
    for message in filter(lambda message: message.id, catalog(language)):
        sentence, translated = str(message.id), str(message.string)
        assert sorted(_PLACEHOLDER.findall(sentence)) == sorted(_PLACEHOLDER.findall(translated)), sentence
        assert _MARKUP.findall(sentence) == _MARKUP.findall(translated), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_that_of_the_source(language: str) -> None:
    with catalog_path(language).with_suffix(".mo").open("rb") as compiled:
        said = {m.id: m.string for m in read_mo(compiled) if m.id}
    written = {m.id: m.string for m in catalog(language) if m.id and m.string and not m.fuzzy}

    assert said == written, "run the two commands in docs/translations.md"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_written_with_the_letters_of_the_language(language: str) -> None:
    own = {"vi": "ăâđêôơưạảấầếệịọộợụủứừữ", "ru": "ыэъё", "uk": "іїєґ"}
    foreign = {"vi": "ыіїє", "ru": "іїєґ", "uk": "ыэъё"}
    text = " ".join(str(message.string) for message in catalog(language) if message.id).lower()

    assert set(text) & set(own[language])
    assert not set(text) & set(foreign[language])
