"""How records are shown to a model: page by page, long texts cut and marked."""

from collections.abc import Sequence
from typing import Any

LIST_TEXT = 200
WHOLE_TEXT = 3000
# Texts of one page together: far below the 100,000 characters of an answer (actions.md), records' other fields included.
ROOM_ON_A_PAGE = 40_000
CUT_TO = 1000


def paged(
    name: str, shown: Sequence[dict[str, Any]], *, page: int, total: int, more: bool, **beside: object
) -> dict[str, Any]:
    """A list's answer: what is on this page under `name`, and the page to ask for next. beside: what else belongs to it."""
    return {name: shown, **beside, "total": total, "page": page, "next_page": page + 1 if more else None}


def room_for_each(texts: Sequence[str | None]) -> int:
    """How long each text of a page may be: whole as long as all of them fit."""
    return WHOLE_TEXT if sum(len(text or "") for text in texts) <= ROOM_ON_A_PAGE else CUT_TO


def cut(text: str | None, most: int) -> str | None:
    """At most `most` characters; what was cut ends in an ellipsis that says so."""
    if text is None or len(text) <= most:
        return text
    return f"{text[: most - 12].rstrip()} … (cut)"
