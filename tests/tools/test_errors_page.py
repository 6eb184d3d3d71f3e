"""docs/errors.md: every code stands there, as it is, and nothing else."""

import re
from pathlib import Path

from django.conf import settings

from petstools.answers import Code
from petstools.files.refusals import RefusalCode

PAGE = Path(settings.BASE_DIR, "docs", "errors.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under this heading, without its head."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (text,) = (part for part in section if part.startswith(heading))
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_code_stands_there_with_its_status_and_whether_to_try_again() -> None:
    told = [tuple(cells[:3]) for cells in rows("The codes")]

    assert told == [(f"`{code}`", str(code.http_status), "yes" if code.retryable else "no") for code in Code]


def test_every_code_has_a_cause_and_something_to_do() -> None:
    assert [
        cells[0] for cells in rows("The codes") if len(cells) != 5 or not all(len(cell) > 3 for cell in cells[3:])
    ] == []


def test_every_refusal_of_a_file_stands_there() -> None:
    assert [cells[0] for cells in rows("Files")] == [f"`{code}`" for code in RefusalCode]
    assert all(len(cells) == 2 and cells[1] for cells in rows("Files"))
