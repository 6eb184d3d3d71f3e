"""A microchip's number as people write it ("982.000.123-456-789") → the text that the main app keeps."""

import re
import unicodedata
from functools import cache

from petstools.understand.lexicon import Lexicon
from petstools.understand.outcome import Unclear
from petstools.understand.text import quoted, said

# ISO 11784: fifteen digits, the first three a country's (ISO 3166) or, from 900 on, a maker's. 999 marks trials.
_ISO = re.compile(r"(?!000|999)\d{15}")
# Older kinds: ten digits or letters (FECAVA, Trovan), and AVID's nine digits, which need their name before them: the main app
# takes 10 to 20 characters (main-app.md §8.5).
_OLDER = re.compile(r"(?=(?:.*\d){5})[0-9A-Z]{10}|AVID\d{9,10}")
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−.,·•*/\\_:;#№'\"`´‘’“”«»()\[\]|]+")
_WORDS_AROUND = re.compile(
    r"\b(?:microchip|micro chip|chip|number|nr|num|no|id|iso|code|tag|the|is|its|"
    r"số|so|mã|ma|con|vi mạch|vi mach|là|la|của bé|cua be|nó|nha|nhé|ạ|стоит|стоїть|"
    r"микрочип|чип|номер|чипа|микрочипа|мікрочип|мікрочипа|мікрочіп|мікрочіпа|чіп|чіпа|код)(?=[\W\d]|$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")
_POWER_OF_TEN = re.compile(r"(\d)[.,]?(\d*)[eе]\+?(\d{1,2})", re.IGNORECASE)
_LOOKS_LIKE_A_DIGIT = str.maketrans("OОIІLl", "001111")


def understand_chip_number(value: object, *, field: str = "chip_number") -> str | Unclear:
    """The number alone: 15 digits (ISO 11784), or 10 letters and digits or AVID and 9 digits of the older kinds.

    Blanks, dots, dashes, stars, quotes and words like "chip no." around it go; zeros in front stay. Everything else is asked about:
    a JSON number of fewer digits (its zeros in front are lost), a spreadsheet's 9.82E+14, an O among the digits, another length.
    """
    text = said(value)
    if not text or isinstance(value, bool):
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", "Ask the person for the number of the microchip.")
        return _not_a_number(field, value)
    text = text if isinstance(value, str) else text.removesuffix(".0")
    # A number that a spreadsheet cut ends in zeros.
    if not isinstance(value, str) and (not _ISO.fullmatch(text) or text.endswith("000000")):
        return Unclear(
            field,
            "not_understood",
            f"{quoted(value)} came as a JSON number, in which digits get lost. Check it against what the person wrote "
            "and send it as text.",
        )
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(str(unicodedata.digit(one)) if unicodedata.category(one) == "Nd" else one for one in plain)
    if power := _POWER_OF_TEN.fullmatch(plain.strip("\"' ")):
        return _shortened(field, value, power[1] + power[2], int(power[3]))
    bare = _WORD.sub(lambda word: word[0] if _politeness().read(word[0]).left else " ", _WORDS_AROUND.sub(" ", plain))
    number = _BETWEEN.sub("", bare).upper()
    if _ISO.fullmatch(number) or _OLDER.fullmatch(number):
        return number
    inside = re.findall(r"(?<!\d)\d{15}(?!\d)", re.sub(r"(?<=\d)[ .\-*](?=\d)", "", plain))
    read = (number.translate(_LOOKS_LIKE_A_DIGIT), f"AVID{number}")
    likely = [one for one in dict.fromkeys((*inside, *read)) if _ISO.fullmatch(one) or re.fullmatch(r"AVID\d{9}", one)]
    if not likely and not number.isdecimal() and not re.search(r"\d{5}", number):
        return _not_a_number(field, value)
    return Unclear(
        field,
        "not_understood" if likely else "out_of_range",
        f"{quoted(value)} is no chip number as it stands: these have 15 digits, or 10 letters and digits, or AVID and 9 digits. "
        f"Compare "
        "it with what the person wrote or the picture; if that leaves no doubt, send it as text, else ask the person to read it again.",
        tuple({field: one} for one in likely),
    )


@cache
def _politeness() -> Lexicon:
    return Lexicon([])


def _shortened(field: str, value: object, digits: str, power: int) -> Unclear:
    """A spreadsheet's way of writing it, which may have lost digits."""
    whole = [digits] if len(digits) == power + 1 and _ISO.fullmatch(digits) else []
    return Unclear(
        field,
        "not_understood",
        f"{quoted(value)} is a spreadsheet's short form, in which digits get lost. Take the whole number from the vet's papers "
        f"and send it "
        "as text, or ask the person for it.",
        tuple({field: one} for one in whole),
    )


def _not_a_number(field: str, value: object) -> Unclear:
    return Unclear(
        field,
        "not_understood",
        f"{quoted(value)} is no chip number. Ask the person for it: it stands in the vet's papers, mostly 15 digits.",
    )
