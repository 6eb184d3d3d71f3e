"""The tables of docs/security.md between `<!-- security:NAME -->` and `<!-- /security:NAME -->`, never written by hand."""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from devtools.security.audit import ROOT


def sections() -> list[tuple[str, str, str]]:
    """(RFC and section, what is tried, file) of each black-box test that is named after a section, from its first line."""
    found = []
    for folder in ("rfc9700", "rfc6819"):
        for path in (ROOT / "tests" / "security" / folder).glob("test_*.py"):
            section = re.match(r"((?:RFC \d+ §[\d.]+(?: and (?:RFC \d+ )?§[\d.]+)?)[^,:]*)[,:] (.*)", title(path))
            if section is None:
                raise ValueError(f"{path.name} does not say its section in its first line")
            found.append((section[1], section[2].rstrip("."), str(path.relative_to(ROOT))))
    return sorted(found, key=lambda row: (row[2].split("/")[2] != "rfc9700", _numbers(row[2])))


def title(path: Path) -> str:
    """The first sentence of a test module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(text.split("\n\n")[0].split())


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name.rpartition("/test_")[2])]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def written_into(text: str, tables: Mapping[str, str]) -> str:
    """The document with these tables in their places. Raises ValueError where a table has no single place."""
    for name, made in tables.items():
        begin, end = f"<!-- security:{name} -->\n", f"<!-- /security:{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the document has no single place for {name}")
        before, rest = text.split(begin)
        text = f"{before}{begin}{made}{end}{rest.split(end)[1]}"
    return text
