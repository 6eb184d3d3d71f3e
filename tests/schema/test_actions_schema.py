"""manage.py actions_schema: write, lint, compare."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from petstools.management.commands import actions_schema
from petstools.schema import lint
from petstools.schema.document import as_text, operations
from tests.schema.conform import schema


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("actions_schema", *arguments, stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    file = tmp_path / "docs" / "openapi.json"
    file.parent.mkdir()
    file.write_text(as_text(schema()), encoding="utf-8")
    return file


def changed(copy: Path, **more: Any) -> None:
    """Make the copy one that still takes a field of find_pet that is gone now."""
    before = json.loads(copy.read_text(encoding="utf-8"))
    before["components"]["schemas"]["FindPetRequest"]["properties"]["colour"] = {
        "type": "string",
        "description": "Colour.",
    }
    before["info"] |= more
    copy.write_text(json.dumps(before), encoding="utf-8")


def test_it_shows_every_operation_and_how_much_room_is_left() -> None:
    told = run()

    for _path, _method, operation in operations(schema()):
        assert operation["operationId"] in told
    assert f"of {lint.MOST_OPERATIONS} operations" in told
    assert "All rules hold." in told


def test_it_writes_the_schema_for_this_services_own_address(tmp_path: Path, settings: Settings) -> None:
    settings.CONNECTOR_PUBLIC_URL = "https://gpt.meo.example"
    file = tmp_path / "new" / "openapi.json"

    run("--out", str(file))

    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["servers"] == [{"url": "https://gpt.meo.example"}]
    assert "hôm qua" in file.read_text(encoding="utf-8")


def test_the_committed_copy_is_what_is_served() -> None:
    assert "The copy is the same." in run("--check")


def test_written_again_the_copy_keeps_its_address_and_is_the_same(copy: Path, settings: Settings) -> None:
    settings.CONNECTOR_PUBLIC_URL = "https://elsewhere.example"
    changed(copy, version="1.0.0")

    run("--copy", str(copy), "--out", str(copy))

    assert json.loads(copy.read_text(encoding="utf-8")) == schema()
    assert "The copy is the same." in run("--check", "--copy", str(copy))


def test_a_breaking_change_fails_and_says_what_to_do(copy: Path) -> None:
    changed(copy)

    with pytest.raises(CommandError, match=r"1 change breaks GPTs .* raise VERSION") as failed:
        run("--check", "--copy", str(copy))

    assert failed.value.returncode == 1
    told = json.loads(_told(copy))
    assert told["changes"] == [{"where": "find_pet.colour", "what": "field removed", "breaks": True}]


def test_a_breaking_change_is_not_written_over_the_copy(copy: Path) -> None:
    changed(copy)
    before = copy.read_bytes()

    with pytest.raises(CommandError, match=r"raise VERSION"):
        run("--copy", str(copy), "--out", str(copy))

    assert copy.read_bytes() == before


def test_a_breaking_change_with_a_new_version_asks_for_the_copy_to_be_written(copy: Path) -> None:
    changed(copy, version="1.0.0")

    with pytest.raises(CommandError, match=r"write it again: manage\.py actions_schema --out"):
        run("--check", "--copy", str(copy))


def test_other_words_ask_for_the_copy_to_be_written(copy: Path) -> None:
    before = json.loads(copy.read_text(encoding="utf-8"))
    before["info"]["description"] = "Other words."
    copy.write_text(json.dumps(before), encoding="utf-8")

    with pytest.raises(CommandError, match="write it again"):
        run("--check", "--copy", str(copy))


def test_a_missing_copy_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"is not there\. Write it"):
        run("--check", "--copy", str(tmp_path / "none.json"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"servers": []}', "not json"])
def test_a_copy_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(CommandError, match="no schema of ours"):
        run("--check", "--copy", str(file))


def test_a_broken_rule_fails_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "MOST_OPERATIONS", 3)
    file = tmp_path / "openapi.json"

    with pytest.raises(CommandError, match="1 broken rule"):
        run("--out", str(file))

    assert not file.exists()


def test_for_scripts_it_prints_one_object() -> None:
    told = json.loads(run("--json"))

    assert told["problems"] == []
    assert told["verdict"] == ""
    assert "find_pet" in told["operations"]
    assert 0 < told["characters"] < lint.MOST_CHARACTERS


def test_its_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("actions_schema", "--help")

    told = capsys.readouterr().out
    assert "--check" in told
    assert "Examples:" in told
    assert str(actions_schema.COPY.relative_to(settings.BASE_DIR)) in told


def _told(copy: Path) -> str:
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("actions_schema", "--check", "--json", "--copy", str(copy), stdout=out)
    return out.getvalue()
