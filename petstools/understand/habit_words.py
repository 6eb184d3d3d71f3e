"""What is said of a habit: a time of day, weekdays, yes or no, a zone by the name that belongs to its place today."""

import re
from collections.abc import Sequence
from datetime import timedelta, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.core import get_global

from petstools.understand.calendar_words import has_other_marks, with_calendar_marks
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Unclear
from petstools.understand.text import fold, lowered, quoted, said, without_courtesy

_TIME = re.compile(
    r"(?:(?:at|around|about|(?:vao )?luc|khoang|tam|о|об|в|во|около|близько|ровно|рівно) )?(?P<hour>\d{1,2})"
    r"(?:(?P<sign>:| ?(?:h|gio) ?| (?:час(?:а|ов)?|годин[аиіу]?) | )(?P<minute>\d{2})(?::\d{2})?)?"
    r"(?: ?(?:h|gio|phut|час(?:а|ов)?|годин[аиіу]?|минут|хвилин|o ?clock))?"
    r"(?: ?(?P<half>[^\W\d].*))?"
)
_MORNING = {hour: hour for hour in range(1, 12)}
_AFTERNOON = {12: 12} | {hour: hour + 12 for hour in range(1, 8)}
_EVENING = {12: 0} | {hour: hour + 12 for hour in range(4, 12)}
_NIGHT = {12: 0} | {hour: hour for hour in range(1, 6)} | {hour: hour + 12 for hour in range(8, 12)}
_MIDDAY = {10: 10, 11: 11, 12: 12, 1: 13, 2: 14}
# Which hours people count with a word for a part of the day, and which they are: "12h tối" is midnight, "1h tối" nobody says.
_HALVES = {
    word: hours
    for words, hours in (
        ("am", {hour: hour % 12 for hour in range(1, 13)}),
        ("pm", {hour: hour % 12 + 12 for hour in range(1, 13)}),
        ("sang, buoi sang, in the morning, утра, ранку", _MORNING),
        ("trua, buoi trua, noon, midday", _MIDDAY),
        ("chieu, buoi chieu, in the afternoon, дня", _AFTERNOON),
        ("toi, buoi toi, in the evening, вечера, вечора", _EVENING),
        ("dem, khuya, ban dem, at night, midnight, ночи, ночі", _NIGHT),
    )
    for word in words.split(", ")
}
_HALF_PAST = (
    (re.compile(r"half past (\w+)"), r"\1:30"),
    (re.compile(r"(\w+?)(?: ?(?:h|giờ|gio))? r[ưu][ỡởo]i\b"), r"\1:30"),
    (re.compile(r"\b([ap])\.? ?m\b\.?"), r"\1m"),
    (re.compile(r"(?:^|(?<=^в )|(?<=^о ))(?=(?:час|година) [^\W\d])"), "1 "),
)


def _listed(words: str, *, marks: bool = False) -> frozenset[str]:
    return frozenset(word if marks else fold(word) for word in words.split(", "))


_WORDS = {
    **dict.fromkeys(_listed("noon, midday, полдень, в полдень, опівдні, giữa trưa"), "12:00"),
    **dict.fromkeys(_listed("midnight, полночь, в полночь, опівночі, nửa đêm"), "00:00"),
}
_OFF = _listed("off, none, no, never, without, remove, нет, выключить, без, вимкнути, ні, немає, không, tắt, bỏ")
_DAYS = re.compile(r"@(\d)(?: to @(\d))?")
# "Mondays", "по вторникам", "щосереди": always, which only a habit can mean.
_ALWAYS = {
    word: day
    for day, listed in (
        ("monday", "mondays понедельникам понеділках понеділкам щопонеділка"),
        ("tuesday", "tuesdays вторникам вівторках вівторкам щовівторка"),
        ("wednesday", "wednesdays средам середах середам щосереди"),
        ("thursday", "thursdays четвергам четвергах щочетверга"),
        ("friday", "fridays пятницам пятницях щопятниці"),
        ("saturday", "saturdays субботам суботах суботам щосуботи"),
        ("sunday", "sundays воскресеньям неділях неділям щонеділі"),
    )
    for word in listed.split()
}
# "thứ 2, 4, 6".
_NUMBERED = "(?:[2-7]|hai|ba|tư|năm|sáu|bảy)"
_MORE_NUMBERED = re.compile(rf"(?:thứ|thu) {_NUMBERED}(?:(?: ?, ?| | và ){_NUMBERED})+\b", re.IGNORECASE)
_BETWEEN = _listed(
    "and, on, every, each, only, và, vào, mỗi, hằng, hàng, các, chỉ, thứ, ngày, и, по, в, во, каждый, каждую, каждое, та, і, й, у, "
    "кожен, кожну, кожної, кожного, from, с, со, з, із, від, từ"
)
_EVERY_DAY = _listed(
    "every day, everyday, daily, all, each day, hằng ngày, hàng ngày, mỗi ngày, ngày nào cũng, каждый день, ежедневно, все, щодня, "
    "кожен день, кожного дня, усі"
)
_SETS = {
    **dict.fromkeys(
        _listed("weekdays, workdays, on weekdays, ngày thường, будни, по будням, будні, у будні"), range(5)
    ),
    **dict.fromkeys(
        _listed("weekends, weekend, at weekends, cuối tuần, выходные, по выходным, вихідні, у вихідні"), range(5, 7)
    ),
}
_YES = _listed("yes, y, yep, yeah, yup, true, ok, 1, dạ, да, ага, так", marks=True)
_DEEDS = _listed(
    "done, did, given, có, rồi, đã, xong, было, сделано, сделали, дали, зроблено, зробили, було", marks=True
)
_NO = _listed("no, n, nope, nah, false, skipped, missed, 0, нет, неа, ні", marks=True)
_NOT_YET = _listed("not yet, no not yet, еще нет, ещё нет, пока нет, ще ні, поки ні", marks=True)
_NOT = _listed("not, didnt, không, ko, hong, hông, chưa, не", marks=True)
_NOTHING = _listed(
    "none, clear, remove, delete, empty, nothing, xóa, bỏ, удалить, убрать, стереть, прибрати, видалити", marks=True
)


def is_off(value: object) -> bool:
    """Whether a reminder is to go."""
    return fold(said(value)).strip() in _OFF


def is_nothing(value: object) -> bool:
    """Whether what was noted is to go."""
    return lowered(said(value)).strip() in _NOTHING


def understand_time_of_day(value: object, *, field: str = "reminder_time") -> str | Unclear:
    """HH:MM of "08:30", "20h30", "9 giờ tối", "half past eight pm", "в 9 утра"; what may be of either half is asked about."""
    text = lowered(without_courtesy(said(value)))
    if fold(text) in _WORDS and not has_other_marks(text):
        return _WORDS[fold(text)]
    for words, digits in _HALF_PAST:
        text = words.sub(digits, text)
    plain = "" if has_other_marks(text) else with_digits(text)
    match = _TIME.fullmatch(re.sub(r"(?<=\d) ?[:.] ?(?=\d\d\b)", ":", plain))
    hour, minute = (int(match["hour"]), int(match["minute"] or 0)) if match else (24, 0)
    half = match["half"] if match else None
    if match is None or hour > 23 or minute > 59 or (half not in _HALVES if half else match["sign"] == " "):
        return Unclear(
            field,
            "not_understood",
            "Send the time of day as HH:MM if the person's words leave no doubt; else ask at what time.",
        )
    hours = _HALVES[half] if half else {}
    if half and (hour in hours or hour in hours.values()):
        hour = hours.get(hour, hour)
    # HH:MM is the form that the tool asks for; "7:30" is said of mornings and evenings alike.
    elif half or (0 < hour <= 12 and not (match["minute"] and len(match["hour"]) == 2)):
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(said(value))} may be in the morning or in the evening. Send HH:MM if their words leave no doubt; else ask.",
            ({field: f"{hour % 12:02d}:{minute:02d}"}, {field: f"{hour % 12 + 12:02d}:{minute:02d}"}),
        )
    return f"{hour:02d}:{minute:02d}"


def understand_weekdays(values: Sequence[str], *, field: str = "weekdays") -> list[int] | Unclear:
    """The main app's numbers, 0 for Sunday; none of them is every day."""
    days: set[int] = set()
    values = [without_courtesy(said(value)) for value in values]
    if any(re.fullmatch(rf"\s*{_NUMBERED}\s*", value) for value in values[1:]):
        values = [", ".join(value.strip() for value in values)]
    for value in values:
        text = " ".join(fold(value).split())
        if text in _EVERY_DAY and len(values) == 1:
            return []
        spans = re.sub(r"(?<=\w) ?[-–—] ?(?=[^\W\d])| đến | до |(?<=[^\W\d]) по ", " to ", value)
        spans = _MORE_NUMBERED.sub(
            lambda match: re.sub(rf"(?<![hH][ứuỨU] )(?<=[ ,])(?={_NUMBERED}\b)", "thứ ", match[0]), spans
        )
        plain = re.sub(r"[^\W\d_]+", lambda word: _ALWAYS.get(word[0], word[0]), with_digits(spans))
        marked = with_calendar_marks(plain)
        matches = list(_DAYS.finditer(marked))
        left = set(re.findall(r"\w+", _DAYS.sub(" ", marked)))
        if (alone := re.sub(r"^only | only$", "", text)) in _SETS:
            days |= set(_SETS[alone])
        elif not matches or left - _BETWEEN:
            return Unclear(
                field,
                "not_understood",
                "Send weekdays as mon, tue, wed, thu, fri, sat, sun if the words leave no doubt; else ask.",
            )
        for one in matches:
            first, last = int(one[1]), int(one[2] or one[1])
            days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    # Monday is 0 up to here.
    return [] if len(days) == 7 else sorted((day + 1) % 7 for day in days)


def yes_or_no(value: object) -> int | None:
    """1, 0, or None for what is neither."""
    words = re.findall(r"\w+", lowered(without_courtesy(said(value))).replace("'", ""))
    if isinstance(value, bool):
        return int(value)
    if words and set(words) <= _YES | _DEEDS:
        return 1
    if len(words) == 1:
        return 0 if words[0] in _NO | _NOT else None
    # "not done", "chưa xong"; behind it the word asks ("xong chưa"), and "not skipped" is no "no".
    is_denied = len(words) > 1 and words[0] in _NOT and set(words[1:]) <= _DEEDS
    return 0 if is_denied or words == ["did", "not"] or " ".join(words) in _NOT_YET else None


def canonical_zone(zone: tzinfo) -> str | None:
    """The name that belongs to the zone's place today (main-app.md §15 trap 39): Asia/Ho_Chi_Minh of Asia/Saigon; None where there is
    none."""
    if isinstance(zone, ZoneInfo):
        if zone.key in _canonical() or zone.key == "UTC":
            return zone.key
        aliases = get_global("zone_aliases")
        group = aliases.get(zone.key, zone.key)
        same = [name for name in _canonical() if aliases.get(name, name) == group]
        return same[0] if len(same) == 1 else None
    away = zone.utcoffset(None) or timedelta(0)
    hours, rest = divmod(away, timedelta(hours=1))
    if rest:
        return None
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


@cache
def _canonical() -> frozenset[str]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    return frozenset(line.split("\t")[2] for line in table.splitlines() if not line.startswith("#"))
