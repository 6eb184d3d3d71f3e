"""How records are shown to a model: page by page, long texts cut and marked."""

import html
import re
from collections.abc import Sequence
from typing import Any

from mainapp.records import Category, Pet
from petstools.answers import Code, FieldReason, ToolError

LIST_TEXT = 200
WHOLE_TEXT = 3000
# Texts of one page together: far below the 100,000 characters of an answer (actions.md), records' other fields included.
ROOM_ON_A_PAGE = 40_000
CUT_TO = 1000
CUT_MARK = " … (cut)"
LONGEST_NAME = 60
# The commonest family names of Vietnam: nine of ten people there.
_FAMILY_NAMES = "nguyễn trần lê phạm huỳnh hoàng phan vũ võ đặng bùi đỗ hồ ngô dương lý nguyen tran pham huynh hoang"
_FAMILY_NAMES_FIRST = frozenset(_FAMILY_NAMES.split())
# Markdown's pictures and links, HTML, and bare addresses with what follows them: where a model or an app could be led, or made to load.
# Each bounded, so that no text takes long.
_PICTURE = re.compile(r"!\[[^\]]{0,300}\](?:\([^)]{0,2000}\)|\[[^\]]{0,300}\])?")
_LINK = re.compile(r"\[([^\]]{0,300})\](?:\([^)]{0,2000}\)|\[[^\]]{0,300}\]|:\s{0,9}\S+)")
_TAG = re.compile(r"<[^>]{0,2000}+>|<[a-zA-Z!/][^>]{0,2000}+$")
_ADDRESS = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,20}://|https?:[/\\]|www\.|(?:data|javascript|mailto):|[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}/)\S+"
    r"|//\S+",
    re.IGNORECASE,
)
# What nobody sees and a model reads: words hidden in it, or between the letters of an address; and what turns the direction of reading.
_UNSEEN = re.compile(r"[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")
# What would make a link or a picture of what is left: the patterns above take out what stood between.
_JOINT = re.compile(r"(?<=\])(?=[(\[:])|(?<=!)(?=\[)")


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
    return f"{text[: most - 12].rstrip()}{CUT_MARK}"


def refuse_a_cut_text(field: str, text: str | None, *, add: str) -> None:
    """A text that these tools cut for showing is not the whole one. Raises ToolError."""
    if text is not None and CUT_MARK in text:
        raise ToolError(
            Code.INVALID_INPUT,
            f"{field} holds {CUT_MARK.strip()}: it was shortened for showing, and would replace the whole text. Nothing was saved. "
            f"Send {add} with what is new, or the whole text.",
            fields=[FieldReason(field, "is a shortened text")],
        )


def text_of_others(text: str | None, most: int) -> str | None:
    """What somebody else wrote, as words: without pictures, links, tags, addresses and what nobody sees; cut as `cut` does."""
    words = _UNSEEN.sub("", html.unescape((text or "")[: 4 * WHOLE_TEXT]))
    for pattern, instead in ((_PICTURE, ""), (_LINK, r"\1"), (_TAG, ""), (_ADDRESS, "(link left out)"), (_JOINT, " ")):
        words = pattern.sub(instead, words)
    return cut(words.strip(), most) or None


def name_of_others(name: str) -> str:
    """A name that somebody else gave: one line of words, no longer than names are."""
    return cut(" ".join((text_of_others(name, len(name)) or "").split()), LONGEST_NAME) or "?"


def first_name(name: str | None) -> str | None:
    """What friends call a person: the first word of their name, the last one where a Vietnamese family name stands first."""
    words = name_of_others(name).split() if name else []
    if not words:
        return None
    return words[-1] if words[0].casefold() in _FAMILY_NAMES_FIRST else words[0]


# The main app's categories that are no breeds.
_TRAITS = frozenset(
    ["indoor", "outdoor", "long-haired", "short-haired", "trained", "small-breed", "medium-breed", "large-breed"]
)


def is_trait(category: Category) -> bool:
    return (category.slug or "") in _TRAITS


def breed_of(pet: Pet) -> str | None:
    """The names of its breeds; None where it has none, or the answer does not tell."""
    return ", ".join(one.name for one in pet.categories or () if one.name and not is_trait(one)) or None
