"""The recorded answers of the real main app (docs/contract/golden), in the order in which they were recorded."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "docs" / "contract"
GOLDEN = CONTRACT / "golden"
SECOND_BEGINS = "habits-list-empty"


def in_order() -> list[str]:
    """The names of all recordings as the table of the folder's README lists them: the order of the recording."""
    return re.findall(r"^\| `([^`]+)`", (GOLDEN / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def first_recording() -> list[str]:
    """The 327 exchanges of 21 November 2026: each stands for itself."""
    names = in_order()
    return names[: names.index(SECOND_BEGINS)]


def second_recording() -> list[str]:
    """The 504 exchanges of 29 November 2026: one long session, each builds on those before it."""
    names = in_order()
    return names[names.index(SECOND_BEGINS) :]
