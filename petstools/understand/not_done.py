"""What was not done: planned, wished for, advised, awaited, put off, left out. A record tells of what has been done."""

import re
from functools import cache

from petstools.understand.calendar_words import MONTHS, UNITS, WEEKDAYS
from petstools.understand.lexicon import Lexicon, denies
from petstools.understand.numbers import with_digits
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
# What may stand beside "not" and "tomorrow" and still say nothing of what was done.
_DOING = (
    "done, do, did, does, doing, happening, longer, given, give, gave, "
    "made, make, taken, take, happened, yet, still, so far, was, were, been, be, will, "
    "for, at, on, in, the, vet, clinic, until, till, week, weeks, month, months, day, days, "
    "để, đi, sang, qua, làm, tẩy, xổ, sổ, tiêm, chích, mổ, khám, uống, cho, được, bị, thì, mới, xong, thuốc, tuần, ngày, tháng, "
    "hôm, thứ, bác sĩ, "
    "vào, sau, tới, "
    "успел, успела, успели, встиг, встигла, встигли, колол, колола, кололи, ставили, поставили, прививали, привили, щепили, "
    "делал, делала, делали, сделал, сделала, сделали, сделано, сделана, делать, давал, давала, давали, дал, дала, дали, было, еще, "
    "сделать, пока, на, в, во, через, за, неделя, неделе, неделю, месяц, месяце, день, дня, дней, "
    "робив, робила, зробити, робили, зробив, зробила, зробили, зроблено, зроблена, робити, давав, давала, дав, було, ще, поки, у, "
    "тиждень, тижня, тижні, місяць, місяці"
)


def is_to_come(text: str) -> bool:
    """Whether a word says that something is to come, or was left out, whatever else stands there."""
    low = lowered(text)
    # "checkup in two weeks" is to come, not "checkup two weeks after the surgery".
    is_ahead = _AHEAD.search(low) is not None and not BEFORE_OR_AFTER.search(low)
    return is_ahead or _NOT_DONE.search(low) is not None or _INFINITIVE.search(low) is not None


def says_not_done(value: object) -> bool:
    """Whether a text beside a record says nothing but that it was not done, and why: "not done yet", "chưa làm", "перенесли на
    пятницу", "not given because he had a fever".

    Never where more is told ("no complications", "needs a recheck of the ears").
    """
    text = said(value)
    if not text or not isinstance(value, str) or _THE_NEXT_ONE.search(lowered(text)):
        return False
    # "Vì bé sốt nên chưa tiêm": what follows from the reason, else what stands before it.
    return any(map(_only_says_it, {_SO.split(text)[-1], _WHY.split(text)[0]}))


def _only_says_it(text: str) -> bool:
    reading = _lexicon().read(text)
    left = [word for part in reading.left for word in words(part)]
    rest = [word for word in left if not (_is_known(word) or _NOT_DONE.search(word))]
    return (reading.doubt == "denied" or is_to_come(text)) and not rest


def _is_known(word: str) -> bool:
    return denies(word) or with_digits(word).isdecimal() or not {fold(word)}.isdisjoint((*UNITS, *WEEKDAYS, *MONTHS))


@cache
def _lexicon() -> Lexicon:
    return Lexicon([], fillers=(_DOING,))
