"""A microchip's number as people write it ("982 000 123-456-789") → the text that the main app keeps."""

import re
import unicodedata

from petstools.understand.outcome import Unclear
from petstools.understand.text import quoted, said

SHORTEST, LONGEST = 10, 20  # main-app.md §8.5
# ISO 11784's own length: nothing can have been lost in front of a number this long.
_WHOLE = 15
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−]+")


def understand_chip_number(value: object, *, field: str = "chip_number") -> str | Unclear:
    """The number as text of 10 to 20 characters, without the spaces and dashes that people put in; zeros in front stay.

    A JSON number has lost such zeros, so one of fewer than 15 digits is asked about; so is text without any digit.
    """
    text = said(value)
    if not text or isinstance(value, bool):
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", "Ask the person for the number of the microchip.")
        return _not_a_number(field, value)
    number = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    if not re.search(r"\d", number):
        return _not_a_number(field, value)
    if not isinstance(value, str) and (not number.isdecimal() or len(number) < _WHOLE):
        return Unclear(
            field,
            "not_understood",
            f"{quoted(value)} came as a JSON number, in which zeros at the front get lost. Check it against what the person wrote "
            "and send it as text.",
        )
    if not SHORTEST <= len(number) <= LONGEST:
        return Unclear(
            field,
            "out_of_range",
            f"{quoted(value)} has {len(number)} characters; a chip number has {SHORTEST} to {LONGEST}, mostly 15 digits. Ask the "
            "person to read it again, from the vet's papers or the scanner.",
        )
    return number


def _not_a_number(field: str, value: object) -> Unclear:
    return Unclear(
        field,
        "not_understood",
        f"{quoted(value)} is no chip number. Ask the person for it: it stands in the vet's papers, mostly 15 digits.",
    )
