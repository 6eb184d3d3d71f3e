"""Free texts: those in a tool's input, as the main app keeps them, and those in its answer, cut where they are long."""

import unicodedata
from collections.abc import Sequence
from typing import Any

# Texts of one page together: far below the 100,000 characters of an answer (actions.md), records' other fields included.
ROOM_ON_A_PAGE = 40_000
CUT_TO = 1000
LIST_TEXT = 200
WHOLE_TEXT = 3000


def text_said(value: Any) -> str | None:
    """What was said, in NFC (the same name typed on another keyboard is the same name) and trimmed; None for nothing."""
    if value is None or isinstance(value, bool):
        return None
    return unicodedata.normalize("NFC", str(value)).strip() or None


def room_for_each(texts: Sequence[str | None]) -> int:
    """How long each text of a page may be: whole as long as all of them fit."""
    return WHOLE_TEXT if sum(len(text or "") for text in texts) <= ROOM_ON_A_PAGE else CUT_TO


def cut(text: str | None, most: int) -> str | None:
    """At most `most` characters; what was cut ends in an ellipsis that says so."""
    if text is None or len(text) <= most:
        return text
    return f"{text[: most - 12].rstrip()} … (cut)"
