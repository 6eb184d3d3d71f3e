"""What was not done: planned, wished for, advised, awaited, put off, left out. A record tells of what has been done."""

import re
from collections.abc import Container
from functools import cache

from petstools.understand.calendar_words import MONTHS, UNITS, WEEKDAYS
from petstools.understand.lexicon import Lexicon, Reading, denies
from petstools.understand.not_done_words import BESIDE, DOING, HOME, PLACES, UNDONE
from petstools.understand.numbers import with_digits
from petstools.understand.spans import counts_in_order
from petstools.understand.text import fold, lowered, said, words

# A Russian or Ukrainian infinitive ("кастрировать") names what is to be done.
_INFINITIVE = re.compile(
    r"\b(?:\w+(?:ать|ить|еть|[ую]вати)|снять|взять|принять|провести|"
    r"зробити|прогнати|зняти|взяти|здати|дати|почистити|видалити)(?:ся)?\b"
)
# Stems, for all forms of a word.
_NOT_DONE = re.compile(
    r"\b(?:(?:(?:over)?due(?! to)|next|tomorrow|scheduled?|plan|plans|planned|planning|booked|needs?|needed|upcoming|should|must|"
    r"missed|skipped|forgot|forgotten|refused|declined|waiting|await(?:ing|s)?|moved|wants?|wanted|wish(?:es)?|hoping|considering|"
    r"thinking|remind(?:er)?|"
    r"recommend(?:s|ed)?|advised?|suggest(?:s|ed)|to be|"
    r"cần|(?<!theo )(?<!đúng )hẹn|sẽ|chuẩn bị|quên|lỡ|"
    r"(?<!sĩ )(?<!bs )(?<!cô )(?<!chị )mai|đặt lịch|bỏ qua|dời|(?<!xác )(?<!ổn )(?<!chỉ )(?<!cố )(?<!giám )"
    r"(?<!nhất )định(?! kỳ| lượng| hình)|chờ|đợi|nhắc(?! lại)|khuyên|có nên|đến hạn|"
    r"\w+ (?:ngày|tuần|tháng|năm) nữa|(?:lần|kỳ|tuần|tháng|năm) (?:tới|sau)|"
    r"sau \w+ (?:ngày|tuần|tháng|năm)$|"
    r"co nen|den han|"
    r"надо|пора|готовимся|жд[уеё]м?|завтра|треба|час (?:на|\w+ти)|чека(?:ю|ємо|є)|записали|записан[аоы]?|"
    r"перенес(?:ли|[её]н[аоы]?)(?! (?:хорошо|легко|нормально|добре))|хочу|хоч[еу]\w*|"
    r"буд(?:у|е|ем|ет|ут|емо|уть))\b|"
    r"reschedul|(?:за)?план(?:ир|у|ован|ах)|назначен[ао]|нужн|предсто|пропусти|забы|отказа|хот(?:им|ел|ят)|дума[ею]|собира(?:ем|юс|етс|лис)|ожида|напомн|рекоменд|посовет|"
    r"запис\w* на\b|следующ|готуємос|відмови|призначен[ао]|потрібн|забул|збира(?:ємос|юс|єтьс)|очіку|нагада|порад|наступн)"
)
# "operation in two weeks"; "in" is "за" in Ukrainian, and within in Russian.
_AHEAD = re.compile(
    r"\b(?:(?:in|через) (?:\w+ ){0,2}?(?:days?|weeks?|months?|years?|дн|ден|недел|месяц|год|лет|полгода)|"
    r"(?:за|через) (?:\w+ ){0,2}?(?:днів|дні\b|тижд|тижн|місяц|рік|рок|пів))"
)
# "khám sau mổ" is the checkup, "pre-surgery" says nothing of what was done; to talk about it is a visit.
BEFORE_OR_AFTER = re.compile(
    r"\b(?:pre|post)\b[- ]?\w*|\b(?:before|after|following|prior to|trước|truoc|sau|до|перед|после|після)\b.*",
    re.IGNORECASE,
)
# When it is done again says nothing against this time.
_THE_NEXT_ONE = re.compile(
    r"\bdue\b|\bnext (?:dose|one|time|shot|visit|check\w*)\b|\bследующ(?:ая|ий|ее|ую)\b|\bнаступн(?:а|ий|е|у)\b|\blần (?:sau|tới)\b"
)
_WHY = re.compile(
    r"\s*(?:,\s|[;(–—]|\s-\s|\b(?:because|as (?:he|she|it|they|the)|due to|vì|vi|do (?:bé|con|nó|bị|sốt|ốm|hết)|потому|так как|из-за|"
    r"поскольку|бо|через те|тому що|оскільки)\b)",
    re.IGNORECASE,
)
_SO = re.compile(r"\b(?:nên|nen|,? so|поэтому|тому(?! що)|therefore)\b", re.IGNORECASE)
# The same, whatever stands beside it.
_TAKEN_BACK = re.compile(
    r"\b(?:sp[ai]ts? (?:it|them|everything|every \w+|the \w+) (?:\w+ )?out|(?:threw|brought|vomited|puked|"
    r"coughed) (?:it|(?:the |his |her )?(?:pill|tablet)) (?:\w+ )?(?:back )?up|"
    r"(?:it|pill|tablet) came (?:right |straight )?back up|found (?:the |a |his |her )?(?:pill|tablet)|"
    r"(?:threw up|puked|vomited) (?:up )?(?:the|his|her|its|their) (?:pill|tablet|medicine|meds)|wrong (?:cat|dog|pet|one)|"
    r"(?:dog|other cat|other one|other dog|brother|sister) (?:ate|got|took|stole) (?:it|the|his|her)|con khác (?:ăn|uống)|"
    r"таблетк\w+ (?:съел\w?|з.?їла?) (?:собака|кот|кошка|кіт|кішка|друг\w+)|(?:вырвало|знудило|вирвало) таблетк\w+|"
    r"(?:does not|doesnt|did not|didnt|wont|not) count(?:ed)?|"
    r"(?:nhả|phun|nhè|ói|nôn) (?:hết )?(?:ra )?(?:hết )?(?:viên )?thuốc|không tính|thấy viên thuốc|"
    r"выплюну\w+|не (?:счита|засчит)\w+|(?:нашли|нашл[аи]|нашел|знайшли|знайшл[аи]|знайшов) таблетк\w+|таблетк\w+ вышла|"
    r"виплюну\w+|не (?:рахує|зарахо)\w+)\b"
)
# What was not done at first, and then was.
_MADE_GOOD = re.compile(
    r"\b(?:then|but|second|another|finally|eventually|later|instead|did|gave|given|got|managed|swallowed|took|done|again|"
    r"nhưng|sau đó|lần 2|lần hai|cuối cùng|xong|nuốt|"
    r"потом|но|снова|второ\w+|все-таки|всё-таки|в итоге|проглотил\w*|съел\w*|получилось|сделали|дали|"
    r"потім|але|знову|друг\w+|врешті|проковтну\w+|з'?їла?|зробили)\b"
)
_PUT_OFF = re.compile(
    r"\b(?:reschedul|postpone|moved to|try again|(?:will|to) try|dời|hoãn|перенес|отлож|відклал)", re.IGNORECASE
)
_CLAUSES = re.compile(r"\s*[,;(–—]\s*|\s-\s|\.\s+|\b(?:and|so|but|nên|mà|nhưng|поэтому|но|тому|але)\b", re.IGNORECASE)


# Who won't eat is ill, and may have had everything else.
_EATING = "хочет есть, хоче їсти, want to eat, want food"


def is_to_come(text: str) -> bool:
    """Whether a word says that something is to come, or was left out, whatever else stands there."""
    low = lowered(text)
    # "checkup in two weeks" is to come, not "checkup two weeks after the surgery".
    is_ahead = _AHEAD.search(low) is not None and not BEFORE_OR_AFTER.search(low)
    return is_ahead or _NOT_DONE.search(low) is not None or _INFINITIVE.search(low) is not None


def says_not_done(value: object) -> bool:
    """Whether a text beside a record says nothing but that it was not done, or came to nothing, and why: "not done yet", "перенесли
    на пятницу", "not given because he had a fever", "vet was closed, came back home", "he spat it out".

    Never where more is told ("no complications", "needs a recheck of the ears"), or where it was made good ("... then swallowed it").
    """
    text = said(value)
    if not text or not isinstance(value, str) or _THE_NEXT_ONE.search(lowered(text)):
        return False
    last = _CLAUSES.split(text)[-1]
    first = _WHY.split(text)[0]
    if _MADE_GOOD.search(lowered(text[len(first) :])) and not _speaks_against_it(last):
        return False
    if _TAKEN_BACK.search(lowered(text)):
        return True
    # "Vì bé sốt nên chưa tiêm": what follows from the reason, else what stands before it, unless it was made good.
    _reason, *so = _SO.split(text)
    return (
        any(map(_only_says_it, {first, so[-1] if so else text}))
        or (bool(so) and _lexicon(home=True).read(so[-1]).whole)
        or (last != text and (_speaks_against_it(last) or (_PUT_OFF.search(last) is not None and _only_says_it(last))))
    )


def _speaks_against_it(text: str) -> bool:
    """Whether a part of a text denies the deed or takes it back, and tells of nothing else."""
    reading = _lexicon().read(text)
    if bool(reading.meanings) == (reading.doubt == "denied"):
        return False
    # "Spat out the Milbemax": what it was, no finding.
    names = {lowered(word) for word in words(text)[1:] if word[:1].isupper()} if reading.meanings else set()
    return _nothing_left(reading, names)


def _only_says_it(text: str) -> bool:
    return _speaks_against_it(text) or (is_to_come(text) and _nothing_left(_to_come().read(text)))


def _nothing_left(reading: Reading, names: Container[str] = ()) -> bool:
    left = (word for part in reading.left for word in words(part))
    return all(_is_known(word) or _NOT_DONE.search(word) or word in names for word in left)


def _is_known(word: str) -> bool:
    is_number = with_digits(word).isdecimal() and not counts_in_order(word)
    return denies(word) or is_number or not {fold(word)}.isdisjoint((*UNITS, *WEEKDAYS, *MONTHS))


@cache
def _lexicon(*, home: bool = False) -> Lexicon:
    nobody_there = ", ".join(
        f"{place} {state}"
        for states, places in PLACES.items()
        for place in places.split(", ")
        for state in states.split(", ")
    )
    undone = f"{UNDONE}, {nobody_there}" + (f", {HOME}, về" if home else "")
    return Lexicon(
        [(undone, frozenset({"undone"}))], fillers=(BESIDE, DOING, "" if home else HOME), open_phrases=_EATING
    )


@cache
def _to_come() -> Lexicon:
    return Lexicon([], fillers=(DOING,))
