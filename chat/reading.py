"""What a sentence means: every word of it used, in one way only, or it is not understood (docs/decisions/meaning.md, rule 1).

A sentence is cut into spans in every possible way: a pet's name, a weight, a day, a vaccine, phrases of the language's table. A way
counts when its spans, whatever their order, are those of an intent. No word is left over, so what denies, doubts, compares or
quotes ("không", "nếu", "tăng", "bảo") is simply none that is known, and nothing is written.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar, cast

from chat.intents import AGAIN, ANYWHERE, BEFORE, INTENTS, IS_ITS_WEIGHT, NEVER_FIRST, SAYS_WHAT, TAKEN_TO
from chat.languages import CODES, LONGEST_PHRASE, Language, language
from petstools.understand.dates import understand_date
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Unclear
from petstools.understand.pet_names import Closeness, NameHit, in_a_case, rank
from petstools.understand.pet_status import understand_pet_status
from petstools.understand.text import fold, has_cyrillic, lowered, said, words
from petstools.understand.weight import understand_weight

LONGEST = 24  # words
MOST_LETTERS = 300
# A plain sentence takes a hundred steps to be cut in every way; with each "tôi" more of "tôi tôi tôi …" they triple.
MOST_STEPS = 5000
# What a span may be found to be; the other tags are those of the tables.
PET, NEAR, WEIGHT, NUMBER, DAY, CLOCK = "pet", "near", "weight", "number", "day", "clock"
# "5k": kilograms, or thousands of đồng.
_K = re.compile(r"(\d{1,2})((?:[.,]\d{1,2})?) ?k(\d?)")
_ASKING = frozenset("?？❓❔⁉⁈")
# What says that something is done.
DONE = frozenset({"done", "just", "had", "given", "visited", "dewormed"})
# What leaves open of which day it is said.
EARLIER = frozenset({"was", "part_later", "some_day", "night"})
# Somebody else's words are no record; a list or a joke in brackets, about so much, and "4'2" neither.
_NOT_PLAIN = re.compile(r"[\"“”«»„‟‹›()\[\]{}<>|;…~≈≥≤±]|\.\.|https?:|(?<!\w)['’‘`´]|['’‘`´](?!\w)|\d['’‘ʼ`´′]\d")
_DECORATION = re.compile(r"^[🐱🐶🐾🐈🐕😺😻❤🥰💕💖🩷♥⚖️\u200d\ufe0f☺😊🙂🌸✨💪👍🙏👌🎉😍😘🤗\U0001f3fb-\U0001f3ff]+$")
_SEPARATORS = frozenset({"-", "–", "—", ":", "=", ",", ".", "!", "→"})
# Biscuit's.
_OF = re.compile(r"(?<=[^\W\d_])['’]s\b")
_FRACTION = re.compile(r"[1-9]/[1-9]")
# "7h30", "7:30", "19h"; with a word behind it "7", "7h", "7pm" as well.
_CLOCK = re.compile(r"(\d{1,2})(?:(h|:)([0-5]\d)?)?(am|pm)?")
_SPOKEN = re.compile(r"\d[\d. ]*(?: (?:phay|cham|point|и|і) \d[\d. ]*)?")
_KG_AND_GRAMS = re.compile(r"\d{1,2} \d{3}")
# "килограмма четыре" is about four.
_ABOUT = re.compile(r"(?:кг|kg|г|g|(?:кило|кіло)?гр?амм?(?:а|ов|и|ів)) ")
# A smile at the end turns nothing; laughter does.
_SMILE = re.compile(r"\s*(?:(?<!\S)[:=]-?\)|\^_?\^|<3)$")
# What is said of the night may be of the day before it.
_MORNING = 5
# Asked with a question mark, what would store something is looked up.
_LOOKED_UP = {"record_weight": "last_weight", "record_vaccination": "vaccinations", "renew": "vaccinations"}
T = TypeVar("T")


@dataclass(frozen=True)
class Meaning:
    """What is wanted, and the words for it; `pet` is a place in the list of pets. write: whether something would be stored."""

    intent: str
    pet: int | None = None
    near: tuple[int, ...] = ()
    weight: str = ""
    # Whether it may be no weight of the pet's: "2 kg Xoài", "Míu buổi sáng 200 g".
    unsure: bool = False
    number: str = ""
    day: str = ""
    # Of the time of day, which is not kept: it can only tell which day is meant.
    hour: int | None = None
    tags: frozenset[str] = frozenset()
    text: str = ""
    species: str = ""
    # How many spans it took: of two readings that store nothing the one with the longer phrases counts.
    spans: int = field(default=0, compare=False)


@dataclass(frozen=True)
class _Span:
    kind: str
    text: str
    at: int
    pets: tuple[int, ...] = ()
    hour: int | None = None
    # "Мурке": to her.
    in_a_case: bool = False
    unsure: bool = False


class _TooManyWays(Exception):
    """Nobody writes so; whoever does would hold a worker for hours."""


@dataclass
class _Sentence:
    """The words of a text, with what belongs to them ("4,2", "25/11"), and their places."""

    tokens: list[str]
    pets: Sequence[str]
    today: date
    asking: bool
    cache: dict[tuple[Callable[..., Any], tuple[Any, ...]], Any] = field(default_factory=dict)

    def text(self, at: int, size: int) -> str:
        return " ".join(self.tokens[at : at + size])

    def once(self, find: Callable[..., T], *among: Any) -> T:
        """Days, weights and names are the same in every language: each is looked for once."""
        if (find, among) not in self.cache:
            self.cache[find, among] = find(self, *among)
        return cast("T", self.cache[find, among])


def read(text: str, pets: Sequence[str], today: date) -> Meaning | None:
    """What the text means, with these pets; None where it is not understood whole, or in two ways."""
    clean = _SMILE.sub("", said(text, limit=MOST_LETTERS + 1))
    if not clean or len(clean) > MOST_LETTERS:
        return None
    if free := _note(clean, pets):
        return free
    plain = _NOT_PLAIN.search(clean) is None
    sentence = _Sentence(_tokens(clean), pets, today, not _ASKING.isdisjoint(text))
    if not 0 < len(sentence.tokens) <= LONGEST:
        return None
    for near in (False, True):
        try:
            meanings = [meaning for code in CODES for meaning in _meanings(sentence, language(code), near=near)]
        except _TooManyWays:
            return None
        if any(meaning.pet is not None for meaning in meanings):
            meanings = [meaning for meaning in meanings if meaning.pet is not None]
        if any(meaning.weight for meaning in meanings):
            # "5 cân" is no number beside a scale.
            meanings = [meaning for meaning in meanings if not meaning.number]
        if meanings:
            writing = [meaning for meaning in meanings if INTENTS_BY_NAME[meaning.intent].writes]
            if not writing:
                return min(meanings, key=lambda one: one.spans)
            past = [meaning for meaning in meanings if not _is_to_come(meaning.day, today)]
            if len(past) < len(meanings) and all(meaning.intent == "record_weight" for meaning in meanings):
                # "4 ký mốt" is 4.1 kg, or of the day after tomorrow.
                meanings = writing = [replace(meaning, unsure=True) for meaning in past] or meanings
            # "Mai 4 kg": Mai, or tomorrow?
            if len({_essence(meaning, today) for meaning in meanings}) > 1 or not plain:
                return None
            meaning = min(writing, key=_boldness)
            return _looked_up(meaning) if sentence.asking else meaning
    if sentence.asking or not plain:
        return None
    return _new_pet(clean, sentence) or _status(clean, sentence) or _note_without_colon(clean, pets)


INTENTS_BY_NAME = {intent.name: intent for intent in INTENTS}


def _essence(meaning: Meaning, today: date) -> tuple[Any, ...]:
    """What tells two readings apart for whoever is served."""
    weight, day = _weight(meaning.weight), _day(meaning.day, today)
    if meaning.intent == "record_weight" and day == today:
        # As without a day.
        day = None
    return (meaning.intent, meaning.pet, meaning.near, repr(weight), meaning.number, repr(day), meaning.text)


def _boldness(meaning: Meaning) -> tuple[int, bool, bool]:
    """How little would be asked: of readings that are else alike the shyest is taken."""
    return len(meaning.tags & DONE), not meaning.tags & EARLIER, not meaning.unsure


def _looked_up(meaning: Meaning) -> Meaning | None:
    """ "Míu 4,2 kg?": what stands there tells; None where there is nothing to look up, or of no pet that is certain."""
    if meaning.intent not in _LOOKED_UP or meaning.pet is None or meaning.unsure:
        return None
    return Meaning(_LOOKED_UP[meaning.intent], meaning.pet)


def _tokens(text: str) -> list[str]:
    tokens = []
    for token in lowered(_OF.sub("", text)).split():
        bare = token.rstrip(",.!:?？")
        if bare and bare not in _SEPARATORS and not _DECORATION.match(bare):
            tokens.append(bare)
    return tokens


def _meanings(sentence: _Sentence, spoken: Language, *, near: bool) -> Iterator[Meaning]:
    at_each = [list(_spans_at(sentence, spoken, at, near=near)) for at in range(len(sentence.tokens))]
    for spans in _covers(at_each, 0, len(sentence.tokens), iter(range(MOST_STEPS))):
        if (meaning := _meaning(spans, sentence.today)) is not None:
            yield meaning


def _covers(at_each: list[list[tuple[int, _Span]]], at: int, end: int, steps: Iterator[int]) -> Iterator[list[_Span]]:
    """Every way to cover the words with spans of which none but a filler comes twice. Raises _TooManyWays after so many `steps`."""
    if next(steps, None) is None:
        raise _TooManyWays
    if at == end:
        yield []
        return
    for size, span in at_each[at]:
        for rest in _covers(at_each, at + size, end, steps):
            if span.kind in ANYWHERE | AGAIN or all(other.kind != span.kind for other in rest):
                yield [span, *rest]


def _meaning(spans: list[_Span], today: date) -> Meaning | None:
    telling = [span for span in spans if span.kind not in ANYWHERE]
    kinds = frozenset(span.kind for span in telling)
    if not kinds and any(span.kind == "greeting" for span in spans):
        return Meaning("help")
    if not kinds and any(span.kind == "thanks" for span in spans):
        return Meaning("thanks")
    # "con của Míu" is a child of Míu.
    one_pet = len(kinds & {PET, NEAR, "unnamed"}) < 2
    if not telling or telling[0].kind in NEVER_FIRST or not one_pet:
        return None
    intent = next((one for one in INTENTS if one.fits(kinds)), None)
    if intent is None or ((intent.writes or "own" in kinds) and not _in_place(spans, kinds)):
        return None
    by_kind = {span.kind: span for span in telling}
    words_of = {kind: by_kind[kind].text if kind in by_kind else "" for kind in (WEIGHT, NUMBER, DAY)}
    vaccine = next((span.text for span in telling if span.kind in ("vaccine", "brand")), "")
    pets = by_kind[PET].pets if PET in by_kind else ()
    near = by_kind[NEAR].pets if NEAR in by_kind else ()
    if len(pets) > 1:
        pets, near = (), pets
    tags = kinds | {span.kind for span in spans if span.kind in DONE | EARLIER | {"part"}}
    if tags & DONE and intent.writes and _is_to_come(words_of[DAY], today):
        # "mai mới tiêm" is no shot that was given.
        return None
    hour = by_kind[CLOCK].hour if CLOCK in by_kind else None
    if hour is not None and hour < _MORNING and words_of[DAY] and _day(words_of[DAY], today) != today:
        # "2 am last night" is of today.
        tags |= {"night"}
    if tags & {"night", "some_day"}:
        words_of[DAY] = ""
    return Meaning(
        intent.name,
        pets[0] if pets else None,
        near,
        **words_of,
        unsure=_unsure(spans, tags),
        hour=hour,
        tags=frozenset(tags - {PET, NEAR}),
        text=vaccine,
        spans=len(spans),
    )


def _unsure(spans: list[_Span], tags: frozenset[str]) -> bool:
    """Whether a weight may be that of something to eat or to buy, as nothing beside it says whose it is."""
    if WEIGHT not in tags or tags & IS_ITS_WEIGHT:
        return False
    first = next(span.kind for span in spans if span.kind != "filler")
    of_a_meal = not tags & {DAY, CLOCK} and bool(tags & {"part", "part_later"})
    bought = first == WEIGHT and bool(tags & {PET, NEAR})
    return bought or of_a_meal or "comes_to" in tags or any(span.unsure for span in spans)


def _in_place(spans: list[_Span], kinds: frozenset[str]) -> bool:
    """Whether the small words of a sentence that would store something stand where they turn nothing."""
    spans = [span for span in spans if span.kind != "filler"]
    for at, span in enumerate(spans):
        around = {one.kind for one in (*spans[max(0, at - 1) : at], *spans[at + 1 : at + 2])}
        behind = spans[at + 1].kind if at + 1 < len(spans) else ""
        if span.kind == "loose" or (span.kind == "favour" and "record" not in kinds):
            return False
        if span.kind in ("part", "part_later") and DAY not in around and not kinds & {WEIGHT}:
            return False
        if span.kind == "we" and any(one.kind in (PET, NEAR, "unnamed") for one in spans[:at]):
            # "Мурка, я была у врача".
            return False
        if span.kind in ("to_vet", "for_shot") and all(one.kind != "took" for one in spans):
            # "запиши Мурку к ветеринару", "на прививку" are appointments.
            return False
        if span.kind in BEFORE and behind not in BEFORE[span.kind]:
            return False
        ahead = spans[at - 1].kind if at else ""
        # "Мурке 4 кг" may be what she was given, "у Мурки 4 кг" is hers.
        to_whom = span.kind == "of" or (span.in_a_case and ahead not in ("my", "took"))
        if to_whom and not kinds & SAYS_WHAT:
            return False
        if span.kind == "took" and not kinds & TAKEN_TO:
            return False
        if span.kind == "ours" and ahead not in (PET, NEAR, "unnamed"):
            return False
    return True


def _spans_at(sentence: _Sentence, spoken: Language, at: int, *, near: bool) -> Iterator[tuple[int, _Span]]:
    room = len(sentence.tokens) - at
    for size in range(1, min(LONGEST_PHRASE, room) + 1):
        text = sentence.text(at, size)
        for tag in sorted(spoken.tags(tuple(words(text)))):
            if tag not in ("address", "before_name", "yes", "no", "note"):
                yield size, _Span(tag, text, at)
        if kind := sentence.once(_weight_kind, at, size):
            yield size, _number(text, at) if kind == NUMBER else _Span(kind, text, at)
        elif match := _K.fullmatch(text):
            whole, tenths, over = match.groups()
            if not (tenths and over):
                yield size, _Span(WEIGHT, f"{whole}{tenths} kg {over}".strip(), at, unsure=True)
        if sentence.once(_is_day, at, size):
            yield size, _Span(DAY, text, at)
        if (hour := _hour(sentence, spoken, at, size)) is not None:
            yield size, _Span(CLOCK, text, at, hour=hour)
    # How people call a pet stands before its name: "bé Míu", "con mèo Míu".
    for address in range(min(3, room) + 1):
        if address and not spoken.tags(tuple(words(sentence.text(at, address)))) & {"address", "before_name"}:
            continue
        if address and "address" in spoken.tags(tuple(words(sentence.text(at, address)))):
            yield address, _Span("unnamed", "", at)
        for size in range(1, min(4, room - address) + 1):
            name = sentence.text(at + address, size)
            if pets := sentence.once(_called, name, False):
                yield address + size, _Span(PET, name, at, pets)
            # "кот Мурки" is hers, not she.
            elif not address and (pets := sentence.once(_called, name, True)):
                yield size, _Span(PET, name, at, pets, in_a_case=True)
            elif near and not sentence.once(_called, name, True) and (pets := sentence.once(_nearly, name)):
                yield address + size, _Span(NEAR, name, at, pets)


def _hour(sentence: _Sentence, spoken: Language, at: int, size: int) -> int | None:
    """Of "7h30", "7 am", "в 8 вечера"; None where it is no time of day, or one of the night."""
    match = _CLOCK.fullmatch(sentence.tokens[at])
    if match is None:
        return None
    hour, sign, minutes, half = int(match[1]), match[2], match[3], match[4]
    tags = spoken.tags(tuple(words(sentence.text(at + 1, size - 1)))) & {"oclock", "oclock_later"}
    alone = sign == "h" or minutes or half
    if not (tags or (size == 1 and alone)):
        return None
    if hour < 12 and (half == "pm" or "oclock_later" in tags):
        hour += 12
    if hour == 12 and half == "am":
        hour = 0
    return hour if hour < 24 else None


def called(name: str, pets: Sequence[str], *, in_cases: bool = True) -> tuple[int, ...]:
    """The pets that are certainly meant by a name, or a case form of it: several only where they are called alike."""
    # `rank` looks past words in front of a name ("à", "cho"), which are not ours to drop.
    hits = [hit for hit in rank(name, pets).matches if _as_long(name, hit.name)]
    sure = [hit for hit in hits if hit.closeness <= Closeness.SOUND or (in_cases and _in_a_case(name, hit))]
    closest = min((hit.closeness for hit in sure), default=None)
    return tuple(hit.index for hit in sure if hit.closeness == closest)


def _as_long(name: str, other: str) -> bool:
    """ "susu" is "Su Su" as well."""
    return len(words(name)) == len(words(other)) or "".join(words(fold(name))) == "".join(words(fold(other)))


def _called(sentence: _Sentence, name: str, in_cases: bool) -> tuple[int, ...]:
    return called(name, sentence.pets, in_cases=in_cases)


def _in_a_case(name: str, hit: NameHit) -> bool:
    """ "Мурке" of "Мурка": a case form, not another beginning of the name."""
    of_a_word = hit.closeness == Closeness.WORD and has_cyrillic(name)
    return of_a_word and in_a_case(words(fold(name)), words(fold(hit.name)))


def _nearly(sentence: _Sentence, name: str) -> tuple[int, ...]:
    """Those that a slip of the fingers or a part of the name may mean: they are asked about."""
    parts = name.split()
    if len(name) < 3 or any(letter.isdigit() for letter in name):
        return ()
    if len(parts) > 1 and called(parts[-1], sentence.pets):
        # "котёнок Мурки" is none of them.
        return ()
    ranking = rank(name, sentence.pets)
    hits = [hit for hit in ranking.matches if hit.closeness in (Closeness.WORD, Closeness.PART)] or ranking.suggestions
    return tuple(hit.index for hit in hits[:3])


def _weight_kind(sentence: _Sentence, at: int, size: int) -> str:
    """WEIGHT, NUMBER (without a unit) or nothing; none that a shorter span would tell as well."""
    text = sentence.text(at, size)
    value = _weight(text) if words(text) and not _ABOUT.match(text) else None
    if value is None:
        return ""
    if not _has_unit(text):
        return NUMBER if re.fullmatch(r"\d{1,4}(?:[.,]\d{1,3})?", text) or _is_spoken_number(text) else ""
    for start in range(at, at + size):
        for end in range(start + 1, at + size + 1):
            behind = sentence.tokens[end : at + size]
            if (
                end - start < size
                and sentence.once(_weight_kind, start, end - start) == WEIGHT
                and _weight(sentence.text(start, end - start)) == value
                # "4 kg 200" tells as much as "4 kg 200 g".
                and not any(_has_unit(f"1 {token}") for token in behind)
            ):
                return ""
    return WEIGHT


def _is_spoken_number(text: str) -> bool:
    """ "три восемьсот", "bốn phẩy ba"; a single word may count anything."""
    return len(words(text)) > 1 and any(map(str.isalpha, text)) and _SPOKEN.fullmatch(with_digits(text)) is not None


def _number(text: str, at: int) -> _Span:
    value = understand_weight(text, exact=True)
    if isinstance(value, Unclear) or not any(map(str.isalpha, text)):
        return _Span(NUMBER, text, at)
    # "три восемьсот" leaves no doubt of its units, and may be a price.
    in_grams = _KG_AND_GRAMS.fullmatch(with_digits(text)) is not None
    return (
        _Span(WEIGHT, f"{value.normalize():f} kg", at, unsure=True)
        if in_grams
        else _Span(NUMBER, f"{value.normalize():f}", at)
    )


def _has_unit(text: str) -> bool:
    """With a unit of its own a weight contradicts one that nobody uses of pets."""
    probe = understand_weight(text, unit="tạ")
    return isinstance(probe, Unclear) and probe.reason == "contradiction"


def _weight(text: str) -> object:
    """What tells two weights apart; those that have to be asked about are the tool's to ask about."""
    if text.startswith(("+", "-", "−", "–")):
        return None
    value = understand_weight(text, exact=True)
    if not isinstance(value, Unclear):
        return value
    if value.reason in ("ambiguous", "implausible", "out_of_range") and any(letter.isdigit() for letter in text):
        return (value.reason, value.candidates, re.sub(r"\D", "", text))
    return None


def _is_day(sentence: _Sentence, at: int, size: int) -> bool:
    text = sentence.text(at, size)
    day = None if _FRACTION.fullmatch(text) else sentence.once(_day_in, text)
    shorter = (sentence.text(at + 1, size - 1), sentence.text(at, size - 1)) if size > 1 else ()
    days = [sentence.once(_day_in, one) for one in shorter]
    # "until today" leaves open which day, and "today" does not.
    swallows = isinstance(day, tuple) and any(days)
    return day is not None and day not in days and not swallows


def _day_in(sentence: _Sentence, text: str) -> object:
    return _day(text, sentence.today)


def _day(text: str, today: date) -> object:
    day = understand_date(text, today, field="day")
    if not isinstance(day, Unclear):
        return day
    return (day.reason, day.candidates) if day.reason == "ambiguous" and day.candidates else None


def _is_to_come(text: str, today: date) -> bool:
    day = _day(text, today)
    return isinstance(day, date) and day > today


# --- What holds a text of the person's own -------------------------------------------------------


def _note(text: str, pets: Sequence[str]) -> Meaning | None:
    """ "ghi chú Míu: bỏ ăn hai bữa": a word for it, the pet, and the text as it is."""
    head, _colon, body = text.partition(":")
    return _noted(head.split(), body.strip(), pets)


def _note_without_colon(text: str, pets: Sequence[str]) -> Meaning | None:
    """ "ghi chú Míu bỏ ăn hai bữa", which is asked about."""
    tokens = [] if ":" in text else text.split()
    at_each = (_noted(tokens[:size], " ".join(tokens[size:]), pets) for size in range(len(tokens) - 1, 1, -1))
    return next((replace(meaning, unsure=True) for meaning in at_each if meaning), None)


def _noted(head: Sequence[str], body: str, pets: Sequence[str]) -> Meaning | None:
    for code in CODES:
        tags = language(code).tags
        for size in range(min(LONGEST_PHRASE, len(head) - 1), 0, -1):
            if "note" not in tags(tuple(words(lowered(" ".join(head[:size]))))):
                continue
            name = _tokens(" ".join(head[size:]))
            while name and tags((name[0],)) & {"address", "before_name", "filler", "of", "my"}:
                name = name[1:]
            named = called(" ".join(name), pets) if name else ()
            if body and len(named) == 1:
                return Meaning("note", named[0], text=body)
    return None


def _new_pet(text: str, sentence: _Sentence) -> Meaning | None:
    """ "thêm mèo tên Bông": always asked about before anything is stored."""
    tokens = sentence.tokens
    if any(letter.isdigit() for token in tokens for letter in token):
        return None
    for code in CODES:
        tags = language(code).tags
        begin = next((size for size in range(LONGEST_PHRASE, 0, -1) if "add" in tags(tuple(tokens[:size]))), 0)
        # "thêm bé tên Bông": of which kind is asked then.
        for at in range(max(begin, 2) if begin else 0, len(tokens) - 1 if begin else 0):
            size = next((size for size in (3, 2, 1) if "called" in tags(tuple(tokens[at : at + size]))), 0)
            if size and 0 < len(tokens) - at - size <= 3 and at - begin <= 3:
                kind = [token for token in tokens[begin:at] if "filler" not in tags((token,))]
                # As it was typed, not as it was compared.
                name = " ".join(text.split()[-(len(tokens) - at - size) :]).strip(" ,.!")
                return Meaning("new_pet", text=name, species=" ".join(kind))
        # "thêm mèo Bông", where the name is written as one.
        size = next((size for size in (2, 1) if begin and "address" in tags(tuple(tokens[begin : begin + size]))), 0)
        named = text.split()[-max(1, len(tokens) - begin - size) :]
        if size and begin + size + len(named) == len(tokens) <= begin + size + 3 and all(map(str.istitle, named)):
            return Meaning(
                "new_pet", text=" ".join(named).strip(" ,.!"), species=" ".join(tokens[begin : begin + size])
            )
    return None


def _status(text: str, sentence: _Sentence) -> Meaning | None:
    """Lost, home again or dead, as `understand_pet_status` has it of the words beside the one pet."""
    places = [
        (at, size, called(sentence.text(at, size), sentence.pets))
        for size in (3, 2, 1)
        for at in range(len(sentence.tokens) - size + 1)
    ]
    named = [(at, size, pets[0]) for at, size, pets in places if len(pets) == 1]
    if len({pet for _at, _size, pet in named}) != 1 or any(letter.isdigit() for letter in text):
        return None
    at, size, pet = named[0]
    said_of_it = [*sentence.tokens[:at], *sentence.tokens[at + size :]]
    while said_of_it and any("filler" in language(code).tags((said_of_it[-1],)) for code in CODES):
        said_of_it.pop()
    rest = " ".join(said_of_it)
    status = understand_pet_status(rest)
    if not isinstance(status, Unclear):
        return Meaning("status", pet, text=status)
    offered = {str(one.get("status")) for one in status.candidates}
    if status.reason == "ambiguous" and offered == {"lost", "deceased"}:
        return Meaning("status", pet, text="")
    return None
