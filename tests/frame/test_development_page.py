"""docs/development.md says where a change goes: what it names is there, and adding a tool touches what it lists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/development.md").read_text()
# Any tool of the MCP door alone that shows no picture.
SAMPLE = "change_many"


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def paths(text: str) -> list[str]:
    """Files and folders in code marks."""
    return [path for path in re.findall(r"`([\w./-]+)`", text) if "/" in path]


def places() -> list[str]:
    """Where each step of adding a tool is, one a row."""
    rows = re.findall(r"^\| \d+ \| .* \| `([^`]+)` \|$", section("Add a tool"), re.MULTILINE)
    assert rows, "the table was not found"
    return rows


def naming(place: str) -> list[Path]:
    found = ROOT / place
    files = [path for path in found.rglob("*") if path.is_file()] if found.is_dir() else [found]
    text = [path for path in files if path.suffix in (".py", ".md", ".yaml", ".json", ".txt")]
    return [path for path in text if re.search(rf"\b{SAMPLE}\b", path.read_text())]


@pytest.mark.parametrize("path", sorted({*paths(section("Where a change goes")), *paths(section("Add a tool"))}))
def test_what_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_adding_a_tool_touches_at_most_eight_files() -> None:
    assert len(places()) <= 8
    assert [place for place in places() if not naming(place)] == []


def test_a_tool_is_named_nowhere_else_in_the_product() -> None:
    files = [path.relative_to(ROOT).as_posix() for room in ("petstools", "docs/gpt") for path in naming(room)]

    assert [name for name in files if not any(name.startswith(place) for place in places())] == []
