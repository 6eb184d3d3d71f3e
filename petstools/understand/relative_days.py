"""Days told from another day: "hôm qua", "3 days ago", "через неделю", "last Monday"."""

import re
from datetime import date

from petstools.understand.calendar_words import days_from, with_calendar_marks
from petstools.understand.day_context import DayContext
from petstools.understand.outcome import Unclear
from petstools.understand.spans import SPAN, counts_in_order, read_span, with_ones
from petstools.understand.text import fold, has_latin_marks, lowered, quoted

# --- Today, yesterday, tomorrow ------------------------------------------------------------------

_VIETNAMESE_PART = "sáng|trưa|chiều|tối|đêm|khuya"
# Each with its marks; a word typed without any is the same word, one typed with others is another (rule 2).
_FROM_TODAY = {
    -3: "hôm kìa|bữa kìa|позапозавчера",
    -2: "(the )?day before yesterday|(ngày )?hôm kia|bữa kia|позавчера|позавчора|позавчорашній день|позавчерашний день",
    -1: f"yesterday|last night|last evening|(ngày )?hôm qua|h\\.? ?qua|hum qua|hôm wa|hum wa|bữa qua|ngày qua|({_VIETNAMESE_PART}) qua|"
    "вчера|вчерашний день|"
    "вчора|учора|вчорашній день|прошлой ночью|минулої ночі",
    0: "today|this (morning|afternoon|evening|noon)|tonight|now|just now|right now|(ngày )?hôm nay|h\\.? ?nay|hn|hum nay|"
    f"hôm ni|ngày nay|bữa nay|nay|"
    f"({_VIETNAMESE_PART}) nay|vừa xong|vừa mới xong|vừa nãy|ban nãy|hồi nãy|lúc nãy|mới nãy|bây giờ|hồi sáng|ban sáng|сегодня|"
    "сегодняшний день|сейчас|только что|сьогодні|сьогоднішній день|зараз|щойно|тільки що",
    1: f"tomorrow|(ngày )?mai|({_VIETNAMESE_PART}) mai|завтра|завтрашний день|завтрашній день",
    2: "(the )?day after tomorrow|ngày kia|ngày mốt|mốt|послезавтра|післязавтра",
    3: "ngày kìa",
}
_PART_OF_DAY = (
    "(in the |at |around |about |very )?(morning|afternoon|evening|night|noon|midday|lunchtime)|late|early|earlier|already|just|only|"
    f"(vào |lúc |buổi |hồi |tầm |gần |giữa |rạng |nửa )?({_VIETNAMESE_PART})|hồi|rạng|xế|sớm|muộn|mới|vừa|vừa mới|"
    "(поздно |рано |поздним |ранним |ближе к )?(утром|днем|днём|вечером|вечеру|ночью|утру)|поздно|рано|с утра|в обед|под вечер|"
    "в полдень|уже|только|ещё|еще|лишь|"
    "(пізно |рано |пізнім |раннім )?(вранці|уранці|зранку|вдень|удень|увечері|ввечері|вечором|вночі|уночі|ранком)|пізно|"
    "з ранку|в обід|під вечір|опівдні|вже|тільки|ще|лише"
)
_MERIDIEM = (
    "(in the )?(morning|afternoon|evening)|at night|sáng|trưa|chiều|tối|đêm|утра|дня|вечера|ночи|ранку|вечора|ночі"
)
_CLOCK = (
    r"(at |around |about |from |lúc |vào lúc |khoảng |tầm |в |около |о |об |близько )?"
    r"(\d{1,2}:\d{2}(:\d{2})?( ?[ap]\.?m\.?)?|\d{1,2} ?([ap]\.?m\.?|oclock|h(\d{2})?|giờ( \d{1,2}( phút)?| rưỡi)?|"
    r"часов|часа|час|годині|"
    rf"години|година))( ({_MERIDIEM}))?|"
    rf"(at|around|about|lúc|khoảng|tầm|в|о|об|около|близько) \d{{1,2}}( ({_MERIDIEM}))?|\d{{1,2}} ({_MERIDIEM})"
)


def _typed(marked: str) -> str:
    """The pattern of a phrase for both ways of typing its words: with their marks, and without any where that leaves the word.

    "kìa" without its mark is "kia", another day; so is "một" no "mốt", but "mot" may be.
    """
    return re.sub(r"[^\W\d_]+", lambda word: _both_ways(word[0]), marked)


def _both_ways(word: str) -> str:
    bare = fold(word)
    return word if bare in {word, "kia"} or not bare.isascii() else f"(?:{word}|{bare})"


_OFFSETS = {offset: re.compile(_typed(phrases)) for offset, phrases in _FROM_TODAY.items()}
_BESIDE = re.compile(rf"(?:^|(?<= ))(?:{_typed(_CLOCK)}|{_typed(_PART_OF_DAY)})(?= |$)")
_ON = re.compile(r"^(?:on|at|vào|vao|lúc|luc|trong|в|у|на) (?=\w)")


def _offset(text: str) -> int | None:
    """Whole or not at all: one word for the day, beside it only parts of the day and hours."""
    whole = " ".join(re.sub(r"[,;()]", " ", lowered(text)).split())
    words = _ON.sub("", whole)
    # The longest remainder first: "sáng nay" names the day, of "sáng hôm nay" "hôm nay" does.
    for bare in dict.fromkeys((whole, words, _without_parts(words), _without_parts(_without_parts(words)))):
        for offset, phrases in _OFFSETS.items():
            if phrases.fullmatch(bare):
                return offset
    return None


def _without_parts(words: str) -> str:
    for offset_words in _OFFSETS.values():
        for match in offset_words.finditer(words):
            before, after = words[: match.start()].strip(), words[match.end() :].strip()
            if all(not side or not _BESIDE.sub("", side).strip() for side in (before, after)):
                return match[0]
    return words


# --- Spans ---------------------------------------------------------------------------------------

_HEDGE = re.compile(
    r"\b(?:about|around|approximately|roughly|maybe|perhaps|some|khoang|chung|tam|hinh nhu|около|примерно|где то|"
    r"близько|приблизно|десь|орієнтовно)\b|~"
)
_EXACTLY = re.compile(r"\b(?:exactly|dung|ровно|точно|рівно)\b")
_SHOT = r"(?:прививки|прививку|укола|вакцинации|щеплення|уколу|вакцинаціі)"
_SHOT_EN = (
    r"(?:the |this |that |her |his |its |their )?(?:date of (?:the )?)?(?:shot|vaccination|vaccine|jab|dose|injection)"
)
_FROM_SHOT = re.compile(
    rf"(?:in |after |sau |через |за )?(?P<span>{SPAN}) (?:later|thereafter|(?:after|from|since) (?:{_SHOT_EN}|it|this|that|then)|"
    r"sau do|sau (?:khi |ngay |mui )?(?:tiem|chich)(?: nay)?|(?:ke )?tu (?:khi |ngay |luc )?(?:tiem|chich)|"
    rf"(?:после|після) (?:{_SHOT}|нее|этого|этои|цього|неі)|(?:с|со|от|від|з|із)(?: дня| даты| дати| момента| моменту)? {_SHOT})|"
    rf"(?:sau (?:khi )?(?:tiem|chich)|(?:ke )?tu (?:khi |ngay |luc )?(?:tiem|chich)) (?P<span2>{SPAN})"
)
_FROM_NOW = re.compile(
    rf"(?:in |after |sau |через |за )?(?P<span>{SPAN}) (?:from (?:now|today)|nua|toi|(?:ke )?tu (?:nay|hom nay|bay gio)|"
    r"от сегодня|с сегодняшнего дня|начиная с сегодня|від сьогодні|з сьогодні|від сьогоднішнього дня)"
)
_IN_A_SPAN = re.compile(
    rf"(?P<lead>in|after|sau|через|спустя|за) (?P<span>{SPAN})(?: time| s time)?|(?P<span2>{SPAN}) (?:sau|after|спустя)"
)
_AGO = re.compile(
    rf"(?:hoi )?(?P<span>{SPAN}) (?:ago|back|earlier|truoc|truoc day|назад|тому|тому назад)(?: today)?|"
    rf"(?:cach day|cach nay) (?P<span2>{SPAN})"
)
# An age is no span to be due after, and "a year" needs its article.
_WITHOUT_ARTICLE = {"day", "week", "month", "year"}
_AN_AGE = re.compile(r"\b(?:tuoi|yo)\b")
_UKRAINIAN_UNIT = re.compile(
    r"\b(?:дні|днів|тиждень|тижні|тижнів|місяць|місяці|місяців|рік|роки|років|року|місяця|тижня)\b"
)
_UNNAMED = re.compile(
    r"(?:in |on |во |в |у |на )?(?:the )?(?:"
    r"(?P<next>next|coming|following|следующ\w+|наступн\w+)|(?P<last>last|previous|past|прошл\w+|минул\w+)|"
    r"(?P<this>this|эт\w+|ц\w+)) (?P<unit>week|month|year|недел\w+|месяц\w*|год\w*|тиж\w+|місяц\w+|ро\w+|рік)|"
    r"(?P<vietnamese>tuan|thang|nam) (?P<side>sau|toi|truoc|roi|qua|vua roi|vua qua|nay|ngoai)|sang nam"
)


def named_day(text: str, plain: str, context: DayContext) -> date | Unclear | None:
    """The day a phrase names by its distance from today or from the context's anchor, a question, or None where it is no such
    phrase.

    `text` is what was said, `plain` the same after `with_digits`.
    """
    offset = _offset(text)
    if offset is not None:
        day = days_from(context.today, offset)
        return day or context.ask("out_of_range", f"{quoted(context.value)} is out of range.")
    if _UNNAMED.fullmatch(plain):
        return context.ask("ambiguous", f"{quoted(context.value)} doesn't name a day.")
    counted = _counted(text, plain, context)
    return counted if counted is not None else _weekday(text, plain, context)


def _counted(text: str, plain: str, context: DayContext) -> date | Unclear | None:
    """Spans. Days and weeks are exact; a month or a year in the past only where somebody says that it is."""
    exact = _EXACTLY.search(plain) is not None
    hedged = _HEDGE.search(plain) is not None
    plain = re.sub(r"\b(?:an? |1 )?fortnight\b", "2 weeks", plain)
    bare = with_ones(" ".join(_EXACTLY.sub(" ", _HEDGE.sub(" ", plain)).split()))
    shot = context.anchor or context.today
    if match := _AGO.fullmatch(bare):
        start, direction = context.today, -1
    elif match := _FROM_NOW.fullmatch(bare):
        start, direction = context.today, 1
    elif match := _FROM_SHOT.fullmatch(bare):
        start, direction = shot, 1
    elif match := _IN_A_SPAN.fullmatch(bare):
        # In Ukrainian "за 3 тижні" is in three weeks; in Russian "за 3 недели" is within them.
        if match["lead"] == "за" and not _UKRAINIAN_UNIT.search(bare):
            return None
        start, direction = shot, 1
    elif context.prefer == "future" and context.anchor and (match := re.fullmatch(rf"(?P<span>{SPAN})", bare)):
        if bare in _WITHOUT_ARTICLE:
            return None
        start, direction = shot, 1
    else:
        return None
    words = match.groupdict()
    span = read_span(words["span"] or words.get("span2") or "")
    if span is None or counts_in_order(text) or _AN_AGE.search(bare):
        return None
    days = [span.from_day(start, direction)]
    vague = direction < 0 and span.units & {"month", "year"} and not exact
    # "5 thang sau" typed without marks: in five months, or the 5th of June.
    if june := _june(bare, text):
        days += _same_date_either_side(6, june, context.today)
        return context.ask("ambiguous", f"{quoted(context.value)} doesn't name a day for sure.", days)
    if hedged or vague or not span.is_whole or not all(days):
        return context.ask("ambiguous", f"{quoted(context.value)} doesn't name a day for sure.", days)
    return days[0]


def _june(bare: str, text: str) -> int | None:
    match = re.fullmatch(r"(\d{1,2}) thang sau", bare)
    return int(match[1]) if match and not has_latin_marks(text) else None


def _same_date_either_side(month: int, day: int, today: date) -> list[date | None]:
    return [date(year, month, day) for year in (today.year, today.year + 1) if 1 <= day <= 30]


# --- Weekdays ------------------------------------------------------------------------------------

_WEEK_WORDS = {
    "last": r"last week|tuan truoc|tuan roi|tuan qua|прошлои неделе|прошлои недели|минулого тижня",
    "this": r"this week|tuan nay|этои неделе|этои недели|цього тижня",
    "next": r"next week|tuan sau|tuan toi|следующеи неделе|следующеи недели|наступного тижня",
}
_SIDE_WORDS = {
    "recent": r"this past|just gone|vua roi|vua qua|roi",
    "last": r"last|past|previous|прошлы[ие]|прошл(?:ую|ая|ое|ого)|минул(?:ого|оі|у|ии|а)|truoc",
    "this": r"this|nay|эт(?:от|у|о)|ц(?:еи|ю|ього|іеі)",
    "coming": r"coming|toi|ближаиш(?:ии|ую|ее)|наиближч(?:ого|у|оі)",
    "next": r"next|следующ(?:ии|ую|ее|его)|наступн(?:ого|оі|у|ии|а)|sau",
}
_SUNDAY = 6


def _weekday(text: str, plain: str, context: DayContext) -> date | Unclear | None:
    today = context.today
    marked = with_calendar_marks(_without_hours(re.sub(r"\btoi\b", "", plain) if "tối" in lowered(text) else plain))
    if re.match(r"(?:truoc|sau)\b", marked):
        # "thứ hai sau" is the next Monday, "sau thứ hai" is after it.
        return None
    week = None
    sides: list[str] = []
    for which, words in _WEEK_WORDS.items():
        marked, times = re.subn(rf"\b(?:{words})\b", " ", marked)
        week = which if times else week
    for which, words in _SIDE_WORDS.items():
        marked, times = re.subn(rf"\b(?:{words})\b", " ", marked)
        sides += [which] * times
    side = sides[0] if sides else None
    little = (
        r"\b(?:on|of|the|in|from|cua|ngay|hom|vao|в|во|у|на)\b|," if week else r"\b(?:on|the|ngay|hom|vao|в|во|у)\b|,"
    )
    parts = re.sub(little, " ", marked).split()
    if len(parts) != 1 or not re.fullmatch(r"@[0-6]", parts[0]) or len([week, *sides]) > 2 or (week and side):
        return None
    weekday = int(parts[0][1:])
    ahead = (weekday - today.weekday()) % 7
    this_week = weekday - today.weekday()
    # With a Sunday an English week may begin or end.
    other_week = this_week
    if text.isascii() and (today.weekday() == _SUNDAY) != (weekday == _SUNDAY):
        other_week += 7 if today.weekday() == _SUNDAY else -7
    if week:
        shift = {"last": -7, "this": 0, "next": 7}[week]
        offsets = sorted({this_week + shift, other_week + shift} if "week" in plain else {this_week + shift})
    elif side == "last":
        offsets = sorted({ahead - 7, this_week - 7})
    elif side == "recent":
        offsets = [ahead - 7]
    elif side == "coming":
        offsets = [ahead or 7]
    elif side == "next":
        offsets = sorted({ahead or 7, this_week + 7})
    elif side == "this":
        offsets = sorted({this_week, other_week})
        on_its_side = [one for one in offsets if one == 0 or (one < 0) == (context.prefer == "past")]
        offsets = on_its_side or offsets
    elif ahead == 0:
        offsets = [-7, 0] if context.prefer == "past" else [0, 7]
    else:
        offsets = [ahead - 7 if context.prefer == "past" else ahead]
    days = [days_from(today, offset) for offset in offsets]
    return context.one_of(f"{quoted(context.value)} may be more than one day.", days)


_PLAIN_PARTS = re.compile(
    r"\b(?:morning|afternoon|evening|night|утром|днем|вечером|ночью|вранці|зранку|вдень|увечері|ввечері|вночі)\b|"
    r"\b(?:buoi )?(?:sang|trua|chieu|toi|dem)(?= (?:thu|t) \d| chu nhat)|(?<=thu \d )(?:buoi )?(?:sang|trua|chieu)\b"
)


def _without_hours(plain: str) -> str:
    return " ".join(_PLAIN_PARTS.sub(" ", plain).split())
