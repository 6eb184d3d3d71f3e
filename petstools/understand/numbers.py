"""Number words of English, Vietnamese, Russian and Ukrainian, written as digits."""

import re
import unicodedata
from functools import lru_cache

from petstools.understand.text import fold, has_latin_marks, lowered, without_raised_digits

_ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "first": 1, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "second": 2,
}  # fmt: skip
_ENGLISH_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "twentieth": 20, "thirtieth": 30,
}  # fmt: skip

# Russian and Ukrainian as `fold` leaves them (ё→е, й→и, ї→і, no apostrophes).
_SLAVIC = {
    "ноль": 0, "нуль": 0,
    "один": 1, "одна": 1, "одно": 1, "одну": 1, "одного": 1, "одне": 1, "одноі": 1, "одному": 1,
    "два": 2, "две": 2, "двух": 2, "дві": 2, "двох": 2, "три": 3, "трех": 3, "трьох": 3, "четыре": 4, "четырех": 4,
    "чотири": 4, "чотирьох": 4, "пять": 5, "пяти": 5, "шесть": 6, "шести": 6, "шість": 6, "семь": 7, "семи": 7,
    "сім": 7, "восемь": 8, "восьми": 8, "вісім": 8, "девять": 9, "девяти": 9, "десять": 10, "десяти": 10,
    "одиннадцать": 11, "одинадцять": 11, "двенадцать": 12, "дванадцять": 12, "тринадцать": 13, "тринадцять": 13,
    "четырнадцать": 14, "чотирнадцять": 14, "пятнадцать": 15, "пятнадцять": 15, "шестнадцать": 16, "шістнадцять": 16,
    "семнадцать": 17, "сімнадцять": 17, "восемнадцать": 18, "вісімнадцять": 18, "девятнадцать": 19, "девятнадцять": 19,
    "двое": 2, "двоє": 2, "трое": 3, "троє": 3,
}  # fmt: skip
_SLAVIC_TENS = {
    "двадцать": 20, "двадцять": 20, "тридцать": 30, "тридцять": 30, "сорок": 40, "пятьдесят": 50, "пятдесят": 50,
    "шестьдесят": 60, "шістдесят": 60, "семьдесят": 70, "сімдесят": 70, "восемьдесят": 80, "вісімдесят": 80,
    "девяносто": 90,
}  # fmt: skip
_SLAVIC_HUNDREDS = {
    "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600, "семьсот": 700,
    "восемьсот": 800, "девятьсот": 900, "двісті": 200, "чотириста": 400, "пятсот": 500, "шістсот": 600, "сімсот": 700,
    "вісімсот": 800, "девятсот": 900, "двухсот": 200, "трехсот": 300, "пятисот": 500, "двохсот": 200, "трьохсот": 300,
}  # fmt: skip
_SLAVIC_ORDINAL = re.compile(
    r"(?P<stem>перв|втор|трет|четверт|пят|шест|седьм|восьм|девят|десят|одиннадцат|двенадцат|тринадцат|четырнадцат|"
    r"пятнадцат|шестнадцат|семнадцат|восемнадцат|девятнадцат|двадцат|тридцат|"
    r"перш|друг|шост|сьом|одинадцят|дванадцят|тринадцят|чотирнадцят|пятнадцят|шістнадцят|сімнадцят|вісімнадцят|"
    r"девятнадцят|двадцят|тридцят)(?:ое|ого|ыи|ая|ому|ом|ье|ьего|ии|иі|іи|е|є|и|ього|ьому|а|я)"
)
_ORDINAL_STEMS = {
    "перв": 1, "перш": 1, "втор": 2, "друг": 2, "трет": 3, "четверт": 4, "пят": 5, "шест": 6, "шост": 6, "седьм": 7,
    "сьом": 7, "восьм": 8, "девят": 9, "десят": 10, "одиннадцат": 11, "одинадцят": 11, "двенадцат": 12,
    "дванадцят": 12, "тринадцат": 13, "тринадцят": 13, "четырнадцат": 14, "чотирнадцят": 14, "пятнадцат": 15,
    "пятнадцят": 15, "шестнадцат": 16, "шістнадцят": 16, "семнадцат": 17, "сімнадцят": 17, "восемнадцат": 18,
    "вісімнадцят": 18, "девятнадцат": 19, "девятнадцят": 19, "двадцат": 20, "двадцят": 20, "тридцат": 30,
    "тридцят": 30,
}  # fmt: skip

_VIETNAMESE = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10,
}  # fmt: skip
# After "mươi" and "mười": hai mươi mốt 21, mười lăm 15, hai mươi tư 24.
_AFTER_TEN = {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5} | {w: n for w, n in _VIETNAMESE.items() if n < 10}
_VIETNAMESE_BARE = {fold(word): value for word, value in _VIETNAMESE.items()}
_AFTER_TEN_BARE = {fold(word): value for word, value in _AFTER_TEN.items()}
_HUNDRED, _THOUSAND = frozenset({"trăm", "tram"}), frozenset({"nghìn", "ngàn", "nghin"})
_HALF_MORE = frozenset({"rưỡi", "rưởi", "ruoi"})
_SLAVIC_THOUSAND = frozenset({"тысяча", "тысячу", "тысячи", "тысяч", "тисяча", "тисячу", "тисячі", "тисяч"})
# After these a bare digit is the next place: "bốn ký mốt" 4.1, "bốn phẩy năm" 4.5.
_MEASURES = frozenset({"ky", "ki", "kg", "can", "lang", "kilo", "phay", "cham"})
# "năm" is five and year; without diacritics "sáu" is "sau" (after) and "tư" is "từ" (from).
_TWO_FACED = {"nam": 5, "sau": 6, "tu": 4}
_WANTS_A_NUMBER = {"thang", "ngay", "thu", "mung", "mong"}
_UNITS = {"ngay", "tuan", "thang", "nam", "tuoi", "kg", "ky", "ki", "can", "lang", "yen", "gam", "g", "kilo"}

# Every Vietnamese word of a number, as spelled.
NUMBER_WORDS = " ".join([*_VIETNAMESE, *_AFTER_TEN, *_HUNDRED, *_THOUSAND, *_HALF_MORE, "mươi", "nửa", "linh", "lẻ"])
_ENGLISH_WHEN_FOLDED = frozenset({"may", "thu", "sat", "sun", "mon", "ten", "an", "in", "on", "at", "to"})
_WEEKDAY_NUMBERS = frozenset({"hai", "ba", "tu", "nam", "sau", "bay"})

_ENGLISH_UNIT = re.compile(r"(?:day|week|month|year|yr|kilo|kg|kilogram|pound|ounce|gram|stone)s?")
_HALF = frozenset({"half", "половинои", "половиною", "половина", "половину", "пів", "пол"})
_ONE_AND_A_HALF = frozenset({"полтора", "полторы", "полутора", "півтора", "півтори"})
_HALF_OF = re.compile(r"(?:полу?|пів)(года|годика|месяца|недели|кило|килограмма|року|місяця|тижня|кіло|кілограма)")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]|_")


@lru_cache(maxsize=1024)
def with_digits(text: str) -> str:
    """The folded text, token by token, with its number words as digits: "hai mươi mốt tuổi" → "21 tuoi".

    Halves become decimals with a point ("two and a half" → "2.5", "2 tuổi rưỡi" → "2.5 tuoi"). Words that are numbers
    only in some places ("năm": five or year) are judged by their diacritics and their neighbours.
    """
    if text.isascii() and not any(map(str.isalpha, text)):
        # Figures and signs alone, as most days are sent: no word to look for.
        return _with_halves(" ".join(_TOKEN.findall(lowered(text))))
    for sign, decimal in (("½", ".5"), ("¼", ".25"), ("¾", ".75")):
        text = re.sub(rf"(\d)\s*{sign}", rf"\g<1>{decimal}", text).replace(sign, f" 0{decimal} ")
    text = _ascii_digits(without_raised_digits(text))
    low = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", lowered(text))
    low = re.sub(r"\b(\d{1,3}) (?:and )?1/2(?=\s*[^\W\d_])", r"\1.5", low)
    tokens = _TOKEN.findall(low)
    bare = [fold(token) for token in tokens]
    marked = has_latin_marks(text)
    written: list[str] = []
    at = 0
    while at < len(tokens):
        value, used = _number_at(tokens, bare, at, marked=marked, before=written[-1] if written else "")
        written.append(_unmistakable(tokens, bare, at) if value is None else value)
        at += used
    return _with_halves(" ".join(written))


def _ascii_digits(text: str) -> str:
    """The digits of every script as ASCII ones; the Arabic decimal sign too."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(letter)) if unicodedata.category(letter) == "Nd" else letter
        for letter in text.replace("٫", ".")
    )


def _unmistakable(tokens: list[str], bare: list[str], at: int) -> str:
    """The folded word, or the word as spelled where folding would turn it into an English one ("mấy", how many, into May)."""
    if tokens[at] == bare[at] or bare[at] not in _ENGLISH_WHEN_FOLDED:
        return bare[at]
    weekday = bare[at] == "thu" and (_at(tokens, at + 1).isdecimal() or _at(bare, at + 1) in _WEEKDAY_NUMBERS)
    return bare[at] if weekday else tokens[at]


def _number_at(tokens: list[str], bare: list[str], at: int, *, marked: bool, before: str) -> tuple[str | None, int]:
    """The number that begins at a token, in digits, and how many tokens it takes; None and 1 where none does."""
    word = bare[at]
    following = bare[at + 1] if at + 1 < len(bare) else ""
    # "nửa" is half, "nữa" is more: without diacritics it is half only of something.
    if word in _HALF or tokens[at] == "nửa" or (tokens[at] == "nua" and not before and following in _UNITS):
        return "0.5", 1
    if word in _ONE_AND_A_HALF:
        return ("1500", 2) if following in _SLAVIC_THOUSAND else ("1.5", 1)
    if halved := _HALF_OF.fullmatch(word):
        return f"0.5 {halved[1]}", 1
    if word in {"a", "an"} and before != "0.5" and _ENGLISH_UNIT.fullmatch(following):
        return "1", 1
    # "tên" (name) is no "ten".
    as_typed = [
        one if one == token else token for one, token in zip(bare[at : at + 9], tokens[at : at + 9], strict=True)
    ]
    for value, used in (_english(as_typed, 0), _slavic(bare, at)):
        if used:
            return str(value), used
    value, used = _vietnamese(tokens if marked else bare, bare, at, marked=marked, before=before)
    return (str(value), used) if used else (None, 1)


def _at(words: list[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _english(bare: list[str], at: int) -> tuple[int, int]:
    value, used = _english_hundreds(bare, at)
    article = not used and bare[at] in {"a", "one"}
    if _at(bare, at + (1 if article else used)) != "thousand" or not (used or article):
        return value, used
    used += 2 if article else 1
    rest, more = _english_hundreds(bare, at + used) if at + used < len(bare) else (0, 0)
    return (value or 1) * 1000 + rest, used + more


def _english_hundreds(bare: list[str], at: int) -> tuple[int, int]:
    value, used = 0, 0
    if _at(bare, at + 1) == "hundred" and (_ENGLISH.get(bare[at]) or bare[at] == "a"):
        value, used = _ENGLISH.get(bare[at], 1) * 100, 2
        if _at(bare, at + used) == "and" and _at(bare, at + used + 1) in _ENGLISH.keys() | _ENGLISH_TENS.keys():
            used += 1
    word = _at(bare, at + used)
    if word in _ENGLISH_TENS:
        value, used = value + _ENGLISH_TENS[word], used + 1
        unit = _ENGLISH.get(_at(bare, at + used), 0)
        return (value + unit, used + 1) if 0 < unit < 10 else (value, used)
    if word in _ENGLISH:
        return value + _ENGLISH[word], used + 1
    return value, used


def _slavic(bare: list[str], at: int) -> tuple[int, int]:
    value, used = (1, 0) if bare[at] in _SLAVIC_THOUSAND else _slavic_hundreds(bare, at)
    if _at(bare, at + used) not in _SLAVIC_THOUSAND:
        return value, used
    used += 1
    rest, more = _slavic_hundreds(bare, at + used) if at + used < len(bare) else (0, 0)
    return value * 1000 + rest, used + more


def _slavic_hundreds(bare: list[str], at: int) -> tuple[int, int]:
    value, used = 0, 0
    if bare[at] in _SLAVIC_HUNDREDS:
        value, used = _SLAVIC_HUNDREDS[bare[at]], 1
    if _at(bare, at + used) in _SLAVIC_TENS:
        value, used = value + _SLAVIC_TENS[bare[at + used]], used + 1
    word = _at(bare, at + used)
    unit = _SLAVIC.get(word)
    if unit is None and (ordinal := _SLAVIC_ORDINAL.fullmatch(word)):
        unit = _ORDINAL_STEMS[ordinal["stem"]]
    if unit is None or (value % 100 and unit > 9):
        return value, used
    return value + unit, used + 1


def _vietnamese(words: list[str], bare: list[str], at: int, *, marked: bool, before: str) -> tuple[int, int]:
    """A number in words, or hundreds and thousands counted in digits ("3 trăm rưỡi"), with what is said after them."""
    value, used = _vietnamese_tens(words, bare, at, marked=marked, before=before)
    if not used and words[at].isdecimal() and len(words[at]) < 4:
        value, used = int(words[at]), 1
    if not used and words[at] in _HUNDRED | _THOUSAND and (marked or _at(words, at + 1) in _HALF_MORE):
        value = 1
    for places, factor in ((_THOUSAND, 1000), (_HUNDRED, 100)):
        if value and _at(words, at + used) in places:
            used += 1
            rest, more = _after_hundreds(words, bare, at + used, factor, marked=marked)
            return value * factor + rest, used + more
    return (0, 0) if words[at].isdecimal() else (value, used)


def _after_hundreds(words: list[str], bare: list[str], at: int, factor: int, *, marked: bool) -> tuple[int, int]:
    """What is said after hundreds or thousands: a half of them, the next place ("ba trăm hai" is 320), or a number."""
    if at >= len(words):
        return 0, 0
    if words[at] in _HALF_MORE:
        return factor // 2, 1
    if factor == 1000 and bare[at] == "khong" and _at(words, at + 1) in _HUNDRED:
        rest, used = _after_hundreds(words, bare, at + 2, 100, marked=marked)
        return rest, used + 2
    if bare[at] in {"linh", "le"}:
        unit, used = (
            _vietnamese_tens(words, bare, at + 1, marked=marked, before="thu") if at + 1 < len(words) else (0, 0)
        )
        return (unit, used + 1) if used and unit < 10 else (0, 0)
    place = (_AFTER_TEN if marked else _AFTER_TEN_BARE).get(words[at], 0)
    tens = "mươi" if marked else "muoi"
    if place and _at(words, at + 1) not in {tens, *_HUNDRED}:
        # "ba trăm năm" may be 350, 305 or three hundred years.
        return (0, 0) if bare[at] == "nam" else (place * factor // 10, 1)
    return (
        _vietnamese(words, bare, at, marked=marked, before="")
        if factor == 1000
        else _vietnamese_tens(words, bare, at, marked=marked, before="")
    )


def _vietnamese_tens(words: list[str], bare: list[str], at: int, *, marked: bool, before: str) -> tuple[int, int]:
    known, after_ten = (_VIETNAMESE, _AFTER_TEN) if marked else (_VIETNAMESE_BARE, _AFTER_TEN_BARE)
    ten, tens = ("mười", "mươi") if marked else ("muoi", "muoi")
    value = known.get(words[at], 0)
    following = _at(words, at + 1)
    if before in _MEASURES and words[at] in after_ten and (bare[at] not in _TWO_FACED or not following):
        place = after_ten[words[at]]
        if following not in {"mốt", "lăm", "nhăm", "lam", tens}:
            return place, 1
    if not value or (bare[at] in _TWO_FACED and following not in {tens, *_HUNDRED, *_THOUSAND}):
        if bare[at] in _TWO_FACED and _is_number_here(words, bare, at, marked=marked, before=before):
            return _TWO_FACED[bare[at]], 1
        return 0, 0
    if value < 10 and following in ({"mốt", "lăm", "nhăm"} if marked else {"lam", "nham"}):
        # "hai lăm" is twenty-five.
        return value * 10 + after_ten[following], 2
    used = 1
    if following == tens and value < 10:
        value, used = value * 10, 2
    elif words[at] != ten:
        return value, used
    unit = after_ten.get(_at(words, at + used), 0)
    # "mười năm" is ten years; fifteen is "mười lăm". "mười ba" is 13.
    if unit and _at(bare, at + used) not in {"nam"}:
        return value + unit, used + 1
    return value, used


def _is_number_here(words: list[str], bare: list[str], at: int, *, marked: bool, before: str) -> bool:
    word = bare[at]
    if marked and words[at] not in {"năm", "sáu", "tư"}:
        return False
    if before in _WANTS_A_NUMBER:
        # Without diacritics "thang sau" is rather next month than June.
        return not (word == "sau" and not marked and before == "thang")
    if word == "tu":
        return False
    point = _at(bare, at + 1)
    is_whole = point == "phay" or (marked and point == "cham")
    return (marked and word == "sau") or is_whole or (_at(bare, at + 1) in _UNITS and not before[:1].isdigit())


def _with_halves(text: str) -> str:
    text = re.sub(r"\b0\.5 (?:of )?an? ", "0.5 ", text)
    text = re.sub(r"\b(\d+) (?:and|with|с|з|и|та) (?:a )?0\.5\b", r"\1.5", text)
    text = re.sub(r"\b(\d+) ([^\W\d_]+) (?:and|with|с|з) (?:a )?0\.5\b", r"\1.5 \2", text)
    text = re.sub(r"(?:^|(?<=[^\d] ))(year|kilo|год|рік|кило|кіло) (?:and|с|з) (?:a )?0\.5\b", r"1.5 \1", text)
    return re.sub(r"\b(\d+) (?:([^\W\d_]+) )?ruoi\b", r"\1.5 \2", text).strip()
