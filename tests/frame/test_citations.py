"""What comments, docstrings and docs cite can be opened here: files, their headings, the contract's sections and traps."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.golden import CONTRACT, ROOT

ROOMS = (
    "connector",
    "oauthbridge",
    "petstools",
    "chat",
    "mainapp",
    "sandbox",
    "evals",
    "devtools",
    "templates",
    "tests",
    "docs",
)
KINDS = (".py", ".md", ".html", ".toml", ".yaml", ".in")
# The contract cites itself, and what it was written from; this file has what it looks for.
NOT_READ = ("docs/contract/", "tests/frame/test_citations.py")

FILE = re.compile(r"(?<![\w/:.*$-])((?:[\w.-]+/)*[\w-]+\.md|(?:[\w.-]+/)+[\w-]+\.py)\b")
HEADING = re.compile(r'([\w-]+\.md),? "([^"]+)"')
SECTION = re.compile(r"§\s?(\d+(?:\.\d+)*)")
TRAP = re.compile(r"\btraps? (\d+)")
CITES = re.compile(r"§|\.md|/\w+\.py|traps? \d|\.\./shared")
# Whose section it is: what was named last before it, or the folder; the contract's when nothing was.
SOURCE = re.compile(
    r"RFC|draft|Core|CSP|ISO|OpenAPI|specification|(?P<zalo>zalo-api\.md)|(?P<ours>main-app\.md|contract)"
)


@cache
def sources() -> list[Path]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in KINDS and path.is_file()]
    files += [path for path in ROOT.iterdir() if path.suffix in KINDS or path.name in ("Makefile", "Dockerfile")]
    inside = ((path.relative_to(ROOT).as_posix(), path) for path in files)
    return sorted(path for name, path in inside if not name.startswith(NOT_READ) and "node_modules" not in name)


def texts(path: Path) -> Iterator[str]:
    """The comments of one block and the docstrings of a module; of anything else each paragraph."""
    text = path.read_text(encoding="utf-8")
    if not CITES.search(text):
        return
    if path.suffix != ".py":
        yield from re.split(r"\n\s*\n|\n(?=[|#-])", text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    block: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            block.append(token.string)
        elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT) and block:
            yield " ".join(block)
            block = []


@cache
def documents() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "evals").rglob("*.md")]:
        found.setdefault(path.name, []).append(path)
    return found


def opened(name: str, source: Path) -> Path | None:
    """The file that a citation means: a path from the root or the citing file's room, or the only document of that name."""
    for folder in (ROOT, *source.parents):
        if (folder / name).is_file():
            return folder / name
    same = documents().get(name, [])
    return same[0] if len(same) == 1 else None


@cache
def contract_sections() -> frozenset[str]:
    """Its numbered headings, and the numbered lines of a section: §8.2, §15.43."""
    text = (CONTRACT / "main-app.md").read_text(encoding="utf-8")
    found = set(re.findall(r"^##+ (\d+(?:\.\d+)?)", text, re.MULTILINE))
    for part in re.split(r"^## (?=\d)", text, flags=re.MULTILINE)[1:]:
        number = part.partition(".")[0]
        found |= {f"{number}.{line}" for line in re.findall(r"^(\d+)\. ", part, re.MULTILINE)}
    return frozenset(found)


@cache
def zalo_sections() -> frozenset[str]:
    text = (CONTRACT / "zalo-api.md").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^##+ (\d+(?:\.\d+)?)", text, re.MULTILINE))


def complaints(path: Path) -> list[str]:
    wrong = []
    for text in texts(path):
        wrong += [name for name in FILE.findall(text) if opened(name, path) is None]
        wrong += ["../shared"] * text.count("../shared")
        for name, heading in HEADING.findall(text):
            document = opened(name, path)
            if document and not re.search(rf"^#+ .*{re.escape(heading)}", document.read_text(), re.MULTILINE):
                wrong.append(f'{name} "{heading}"')
        for section in SECTION.finditer(text):
            named = list(SOURCE.finditer(text, 0, section.start()))
            ours = named[-1]["ours"] if named else not re.search(r"/rfc\d+/", str(path))
            known = zalo_sections() if named and named[-1]["zalo"] else contract_sections() if ours else None
            if known is not None and section[1] not in known:
                wrong.append(section[0])
        wrong += [f"trap {trap}" for trap in TRAP.findall(text) if f"15.{trap}" not in contract_sections()]
    return wrong


@pytest.mark.parametrize("room", [*ROOMS, "the root"])
def test_what_is_cited_is_there(room: str) -> None:
    paths = [
        path for path in sources() if (path.relative_to(ROOT).parts[0] if path.parent != ROOT else "the root") == room
    ]

    assert paths
    assert {str(path.relative_to(ROOT)): wrong for path in paths if (wrong := complaints(path))} == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("# gone.md says so, and petstools/gone.py, and connector/settings.py", ["gone.md", "petstools/gone.py"]),
        ("# ../shared/bench", ["../shared"]),
        ('# design.md "Token rules", docs/decisions/design.md, main-app.md §8.2, contract §15.57, trap 57, §5', []),
        ('# design.md "Broken rules"', ['design.md "Broken rules"']),
        ("# §8.9, contract §17, trap 99", ["§8.9", "§17", "trap 99"]),
        ("# zalo-api.md §2.2 and §99", ["§99"]),
        ("# RFC 9700 §4.14.2, and §99 of it", []),
    ],
)
def test_what_is_not_there_is_found(text: str, wrong: list[str], tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(f"{text}\npass\n")

    assert complaints(source) == wrong
