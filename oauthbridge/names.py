"""Names that strangers chose, made fit for people to read."""

import unicodedata

LONGEST_NAME = 60
# Letters and signs by their category, which show nothing: Hangul's fillers, an empty Braille cell, a mark that only joins.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def name_for_people(name: object) -> str:
    """A name that a stranger chose, safe to stand in a sentence: one line of at most 60 characters, nothing invisible, nothing
    that turns the direction of reading, no tower of accents. Empty where nothing is left."""
    if not isinstance(name, str):
        return ""
    characters = []
    marks = 0
    for character in unicodedata.normalize("NFC", name[: 10 * LONGEST_NAME]):
        kind = unicodedata.category(character)
        if kind[0] == "Z" or character in "\t\n\r":
            character = " "
        elif kind[0] == "C" or character in _BLANK:
            continue
        marks = marks + 1 if kind[0] == "M" else 0
        if marks <= 2:
            characters.append(character)
    if all(unicodedata.category(character)[0] in "MZ" for character in characters):
        # Marks on nothing.
        return ""
    return " ".join("".join(characters).split())[:LONGEST_NAME].rstrip()
