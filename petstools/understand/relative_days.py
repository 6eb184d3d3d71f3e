"""Days told from today: "hôm qua", "3 days ago", "через неделю", "last Monday"."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

from petstools.understand.calendar_words import SINGLE_UNITS, UNITS, days_from, units_from, with_calendar_marks
from petstools.understand.outcome import Reason, Unclear
from petstools.understand.text import fold, has_latin_marks, lowered, quoted

Prefer = Literal["past", "future"]

_FROM_TODAY = {
    offset: frozenset(phrase.strip() for phrase in listed.split(","))
    for offset, listed in {
        -3: "hom kìa, позапозавчера",
        -2: "day before yesterday, hom kia, bua kia, позавчера, позавчора",
        -1: "yesterday, last night, hom qua, hqua, bua qua, ngay hom qua, toi qua, dem qua, sang qua, chieu qua, "
        "trua qua, вчера, вчора, учора, прошлои ночью, минулоі ночі",
        0: "today, this morning, this afternoon, this evening, "
        "now, just now, right now, tonight, hom nay, hnay, ngay hom nay, ngay nay, bua nay, nay, sang nay, "
        "trua nay, chieu nay, toi nay, dem nay, vua xong, bay gio, сегодня, сеичас, только что, сьогодні, зараз, щоино",
        1: "tomorrow, ngay mai, mai, sang mai, chieu mai, toi mai, завтра",
        2: "day after tomorrow, ngay kia, ngay mot, mot, послезавтра, післязавтра",
        3: "ngay kìa",
    }.items()
}
_PARTS_OF_DAY = re.compile(
    r"\b(?:in the )?(?:morning|afternoon|evening|night|noon|sang|trua|chieu|toi|dem|утром|днем|вечером|ночью|"
    r"вранці|зранку|вдень|увечері|ввечері|вночі)\b"
)
_LEADING = re.compile(r"^(?:on|the|since|from|this|at|vao|luc|tu|в|во|у|на|с|з|від|от)\s+")

_UNIT = rf"(?P<unit>{'|'.join(sorted(UNITS, key=len, reverse=True))})"
_COUNT = r"(?:(?P<count>\d{1,4}(?:\.\d+)?) )?"
_HEDGE = re.compile(
    r"\b(?:about|around|approximately|roughly|maybe|perhaps|some|khoang|chung|tam|hinh nhu|около|примерно|где то|"
    r"близько|приблизно|десь)\b|~"
)
_EXACTLY = re.compile(r"\b(?:exactly|dung|ровно|точно|рівно)\b")
_AGO = re.compile(
    rf"{_COUNT}{_UNIT} (?:ago|back|earlier|truoc|truoc day|назад|тому|тому назад)|"
    rf"(?:cach day|cach nay) {_COUNT.replace('count', 'count2')}{_UNIT.replace('unit', 'unit2')}"
)
_AHEAD = re.compile(
    rf"(?:in|after|sau|через|за) {_COUNT}{_UNIT}(?: time| nua| toi)?|"
    rf"{_COUNT.replace('count', 'count2')}{_UNIT.replace('unit', 'unit2')} "
    r"(?:from (?:now|today)|later|nua|sau|toi)"
)

_UKRAINIAN_UNITS = frozenset(
    ("дні", "днів", "тиждень", "тижні", "тижнів", "місяць", "місяці", "місяців", "рік", "роки", "років")
)

_WEEK_WORDS = {
    "last": r"last week|tuan truoc|tuan roi|tuan qua|прошлои неделе|прошлои недели|минулого тижня",
    "this": r"this week|tuan nay|этои неделе|этои недели|цього тижня",
    "next": r"next week|tuan sau|tuan toi|следующеи неделе|следующеи недели|наступного тижня",
}
_SIDE_WORDS = {
    "last": r"last|past|previous|прошлы[ие]|прошл(?:ую|ая|ое|ого)|минул(?:ого|оі|у|ии|а)|truoc",
    "recent": r"vua roi|vua qua|roi",
    "this": r"this|nay|эт(?:от|у|о)|ц(?:еи|ю|ього|іеі)",
    "next": r"next|coming|следующ(?:ии|ую|ее|его)|наступн(?:ого|оі|у|ии|а)|toi|sau",
}


def ask_which_day(field: str, reason: Reason, what: str, days: Iterable[date | None] = ()) -> Unclear:
    """The question which day was meant, with the days it may have been."""
    offered = [day for day in days if day]
    listed = f" It may be {' or '.join(day.isoformat() for day in offered)}." if offered else ""
    return Unclear(
        field,
        reason,
        f"{what}{listed} Ask the person which day is meant and send it as YYYY-MM-DD.",
        tuple({"date": day.isoformat()} for day in offered),
    )


def named_day(text: str, plain: str, today: date, field: str, value: object, prefer: Prefer) -> date | Unclear | None:
    """The day a phrase names by its distance from today, a question, or None where it is no such phrase.

    `text` is what was said, `plain` the same after `with_digits`.
    """
    offset = _offset(text)
    if offset is not None:
        return days_from(today, offset) or ask_which_day(field, "out_of_range", f"{quoted(value)} is out of range.")
    counted = _counted(text, plain, today, field, value)
    return counted if counted is not None else _weekday(plain, today, field, value, prefer)


def _offset(text: str) -> int | None:
    # "hôm kìa" is a day before "hôm kia": the one pair that only the diacritic tells apart.
    bare = " ".join("kìa" if word == "kìa" else fold(word) for word in lowered(text).replace(",", " ").split())
    shorter = " ".join(_PARTS_OF_DAY.sub(" ", bare).split())
    for phrase in (bare, _LEADING.sub("", bare), shorter, _LEADING.sub("", shorter)):
        for offset, phrases in _FROM_TODAY.items():
            if phrase in phrases:
                return offset
    return None


def _counted(text: str, plain: str, today: date, field: str, value: object) -> date | Unclear | None:
    """Intervals. Days and weeks are exact; a month or a year in the past only where somebody says that it is."""
    exact = _EXACTLY.search(plain) is not None
    hedged = _HEDGE.search(plain) is not None
    bare = " ".join(_EXACTLY.sub(" ", _HEDGE.sub(" ", plain)).split())
    for pattern, direction in ((_AGO, -1), (_AHEAD, 1)):
        found = pattern.fullmatch(bare)
        if not found:
            continue
        count, word = found["count"] or found["count2"], found["unit"] or found["unit2"]
        unit = UNITS[word]
        # In Ukrainian "за 3 тижні" is in three weeks; in Russian "за 3 недели" is within them.
        if bare.startswith("за ") and word not in _UKRAINIAN_UNITS:
            return None
        if count is None and word not in SINGLE_UNITS:
            return None
        if "." in (count or ""):
            return ask_which_day(field, "ambiguous", f"{quoted(value)} doesn't name a day.")
        day = units_from(today, direction * int(count or 1), unit)
        # "5 thang sau" typed without diacritics: in five months, or the 5th of June.
        june = bare.endswith("thang sau") and not has_latin_marks(text)
        vague = direction < 0 and unit in {"month", "year"} and not exact
        if day is None or hedged or vague or june:
            return ask_which_day(field, "ambiguous", f"{quoted(value)} doesn't name a day for sure.", [day])
        return day
    return None


def _weekday(plain: str, today: date, field: str, value: object, prefer: Prefer) -> date | Unclear | None:
    marked = with_calendar_marks(plain)
    week = side = None
    for which, words in _WEEK_WORDS.items():
        marked, times = re.subn(rf"\b(?:{words})\b", " ", marked)
        week = which if times else week
    for which, words in _SIDE_WORDS.items():
        marked, times = re.subn(rf"\b(?:{words})\b", " ", marked)
        side = which if times else side
    parts = re.sub(r"\b(?:on|of|the|in|from|ngay|hom|vao|cua|в|во|у|на|с)\b|,", " ", marked).split()
    if week and side is None and not parts:
        return ask_which_day(field, "ambiguous", f"{quoted(value)} doesn't name a day.")
    if len(parts) != 1 or not re.fullmatch(r"@[0-6]", parts[0]) or (week and side):
        return None
    weekday = int(parts[0][1:])
    ahead = (weekday - today.weekday()) % 7
    this_week = weekday - today.weekday()
    if week:
        offsets = [this_week + {"last": -7, "this": 0, "next": 7}[week]]
    elif side == "last":
        offsets = sorted({ahead - 7, this_week - 7})
    elif side == "recent":
        offsets = [ahead - 7]
    elif side == "next":
        offsets = sorted({ahead or 7, this_week + 7})
    elif side == "this":
        offsets = [this_week]
    elif ahead == 0:
        offsets = [-7, 0] if prefer == "past" else [0, 7]
    else:
        offsets = [ahead - 7 if prefer == "past" else ahead]
    days = [days_from(today, offset) for offset in offsets]
    if len(days) == 1 and days[0]:
        return days[0]
    return ask_which_day(field, "ambiguous", f"{quoted(value)} may be more than one day.", days)
