"""A weight as said → kilograms: "450 g", "3,5 kg", "8 lb 4 oz", "5 lạng", "4kg2", "3 кг 200 г"."""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from petstools.understand import species_words
from petstools.understand.lexicon import OTHERS, Lexicon
from petstools.understand.numbers import NUMBER_WORDS, with_digits
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, has_cyrillic, lowered, quoted, said, spelled, words

LEAST_KG, MOST_KG = Decimal("0.01"), Decimal(1000)

_KG_OF: dict[Decimal, str] = {
    Decimal(1): (
        "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes ký kí kylo kilogam kilôgam cân 公斤 "
        "кг кило килограмм килограмма килограммов килограммы кіло кілограм кілограма кілограмів кілограми"
    ),
    Decimal("0.001"): (
        "g gr grs gm gms gram grams gramme grammes gam г гр грамм грамма граммов граммы грам грама грамів грами"
    ),
    Decimal("0.45359237"): "lb lbs pound pounds фунт фунта фунтов фунти фунтів",
    Decimal("0.028349523125"): "oz ounce ounces унция унции унций унцій унції унція унции унціи",
    Decimal("6.35029318"): "st stone stones",
    Decimal("0.1"): "lạng",
    Decimal("0.5"): "jin цзинь цзиня цзиней цзинів 斤",
    Decimal(10): "yến",
    Decimal(100): "tạ центнер центнера",
}
_UNITS = {fold(word): kg for kg, listed in _KG_OF.items() for word in listed.split()}
_GRAM = Decimal("0.001")
_IMPERIAL = {_UNITS["lb"], _UNITS["oz"], _UNITS["st"]}
# Units after which Vietnamese speech puts a bare tenth: "4 ký 2" is 4.2 kg, "3 lạng 5" is 350 g.
_WITH_TENTHS = {Decimal(1), Decimal("0.1")}

# What an animal of a kind can weigh, newborn to heaviest, in kg; wide on purpose: it catches grams sent as kilograms.
_RANGES: dict[str, tuple[str, str]] = {
    "cat": ("0.04", "25"),
    "dog": ("0.05", "160"),
    "bird": ("0.01", "60"),
    "fish": ("0.01", "100"),
    "rabbit": ("0.02", "15"),
    "hamster": ("0.01", "0.5"),
    "guinea-pig": ("0.03", "4"),
    "mouse": ("0.01", "0.2"),
    "rat": ("0.01", "2"),
    "gerbil": ("0.01", "0.4"),
    "ferret": ("0.01", "5"),
    "chinchilla": ("0.02", "2.5"),
    "hedgehog": ("0.01", "3"),
    "sugar-glider": ("0.01", "0.5"),
    "lizard": ("0.01", "100"),
    "snake": ("0.01", "200"),
    "turtle": ("0.01", "500"),
    "frog": ("0.01", "4"),
    "axolotl": ("0.01", "1"),
    "spider": ("0.01", "0.3"),
    "scorpion": ("0.01", "0.2"),
    "snail": ("0.01", "1.5"),
    "crab": ("0.01", "10"),
    "horse": ("5", "1000"),
    "goat": ("0.5", "200"),
    "sheep": ("0.5", "250"),
    "pig": ("0.3", "600"),
    "donkey": ("4", "700"),
    "cattle": ("8", "1000"),
    "chicken": ("0.02", "12"),
    "duck": ("0.02", "15"),
}

# Words around a weight that leave it as it is: in front of it, and behind it.
_BEFORE = (
    "about, around, approximately, approx, roughly, exactly, weighs, weighing, weigh, weight, weight is, his weight, her weight, "
    "its weight, todays weight, weighed in at, it was, weighed, at, is at, now at, on the scale, it shows, now, today, "
    "current weight, the scale says, "
    "scale says, scales show, "
    "cân nặng, nặng, cân được, cân, tròn, chẵn, trọng lượng, khoảng, chừng, tầm, độ, được, đúng, hiện nặng, hôm nay, "
    "hôm nay cân, hôm nay nặng, sáng nay, sáng nay cân, cân nặng của bé là, mới cân, mới cân xong, vừa cân, vừa cân xong, "
    "chiều nay, tối nay, "
    "весы показали, на весах, теперь, получилось, вышло, сегодня утром, утром, весит, вес, весом, веса, весу, где то, десь, около, "
    "примерно, приблизительно, ровно, уже, сегодня, сейчас весит, взвесили, "
    "ваги показали, на вагах, тепер, вийшло, сьогодні вранці, зранку, важить, вага, вагою, ваги, близько, приблизно, рівно, вже, "
    "сьогодні, зважили"
)
_AFTER = (
    "now, today, this morning, this evening, on the scale, on the scales, even, flat, right now, exactly, please, thanks, "
    "in weight, of weight, weight, approximately, approx, "
    "roughly, about, "
    "nhé, nha, nhen, ạ, ơi, thôi, rồi, chẵn, tròn, hôm nay, sáng nay, chiều nay, tối nay, bây giờ, hiện tại, hiện giờ, "
    "сейчас, сегодня, сегодня утром, на весах, сьогодні вранці, на вагах, уже, ровно, веса, весу, вес, примерно, пожалуйста, зараз, "
    "сьогодні, вже, рівно, ваги, приблизно, будь ласка"
)
# Words that make a weight one of which only the rough size is known: it is offered, never taken.
_ROUGHLY = (
    "over, more than, above, under, less than, below, up to, at least, at most, almost, nearly, just over, just under, close to, "
    "or so, hơn, trên, gần, dưới, ít nhất, gần như, "
    "больше, более, свыше, почти, меньше, менее, под, до, чуть больше, чуть меньше, "
    "більше, понад, майже, менше, до, трохи більше, трохи менше"
)
_NEAR_WORDS = (
    "about around approximately approx roughly khoảng khoang chừng chung tầm độ "
    "около примерно приблизительно где близько приблизно десь"
)
_NEAR = frozenset(_NEAR_WORDS.split())
# "A quarter of a kilo", "три четверти кило".
_QUARTERS = re.compile(
    r"\b(?:(three|три) (?:quarters|четверти|чверті)|(?:a |одна )?(?:quarter|четверть|чверть))(?: of)?(?: an?)? "
    r"(?=kilo|kg|кг|кило|кіло|pound)",
    re.IGNORECASE,
)
_SPOKEN_POINT = re.compile(
    r"\b(\d+) (?:point|phay|cham|запятая|кома|целых(?: и)?|цілих(?: і| та)?) (\d+)\b(?! (?:десят|сот))"
)
_SPOKEN_FRACTION = re.compile(r"\b(\d+) (?:цел|ціл)\w+ (?:(?:и|і|та) )?(\d+) (?:(десят)|сот)\w+")
_NOTHING_AND = re.compile(r"\b(?:khong|không) (?=phay|cham)")
_KILO_OF = re.compile(r"(?<![^\W\d_])(?:ký|kí|ky|ki) l[ôo](?: gam| gram)?\b", re.IGNORECASE)
_FRACTION = re.compile(r"(?<![\d/])(?:(\d{1,3}) )?(1/2|1/4|3/4)(?![\d/])")
_PARTS_OF_ONE = {"1/2": ".5", "1/4": ".25", "3/4": ".75"}
# Said in words, Russian and Ukrainian join kilograms and what is over: "пять триста" 5.3, "вісімнадцять і шість" 18.6.
_KG_AND_GRAMS = re.compile(r"(\d{1,2}) (\d{3})(?= (?:г|гр|грам\w*)\b| *$)(?: (?:г|гр|грам\w*)\b)?")
_KG_AND_TENTHS = re.compile(r"(\d{1,3}) (?:и|і|та|с) ([1-9])(?![\d.,])(?= (?:кг|кил\w+|кіл\w+)\b| *$)")
_COUNTED = "килограмма|килограммов|кілограми|кілограмів|грамма|граммов|грами|грамів"
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_PART = re.compile(rf"(\d+(?:[.,]\d+)*) ({_UNIT})(?!\w)(?: (\d{{1,3}})(?= |$)(?! (?:{_UNIT})(?!\w)))?")
_PARTS = re.compile(rf"{_PART.pattern}(?:(?: ,)?(?: and| va| и| та| і)? {_PART.pattern})*(?= |$)")
_BARE = re.compile(r"\d+(?:[.,]\d+)*(?= |$)")
# "4.2 kg (9.3 lb)", each with its unit.
_TOLD_TWICE = re.compile(r"(\d[\d.,]* ?[^\W\d]+) ?(?:\(|=|/) ?(\d[\d.,]* ?[^\W\d]+)\)?")
_THOUSANDS_WITH_SPACES = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+)(?![\d])")


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A weight in a text: its parts (count, kg of the unit or None, bare tenths); whether nothing else, or its roughness, is said."""

    parts: list[tuple[str, Decimal | None, str]]
    whole: bool
    rough: bool


def understand_weight(
    value: object,
    *,
    unit: object = None,
    species_slug: str | None = None,
    even_if_implausible: bool = False,
    exact: bool = False,
    field: str = "weight_kg",
) -> Decimal | Unclear:
    """The weight in kg, 0.01 to 1000, that `value` tells: as `kept`, or `exact` to whatever was said.

    A number, or a text without a unit, is in `unit`, else in kg. What no animal of the kind weighs is asked about unless
    `even_if_implausible`. Ranges, signs, words beside that may turn the meaning ("lost 200 g", "4kg 2 con"), and separators
    that leave two plausible readings are asked about too.
    """
    text = said(value)
    if not text:
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", "Ask the person how much the animal weighs.")
        return _not_understood(field, value)
    default = Decimal(1)
    if unit is not None and said(unit):
        known = _UNITS.get(fold(said(unit)).rstrip(".")) if _spelled_right(said(unit)) else None
        if known is None:
            return Unclear(
                field,
                "unknown",
                f"{quoted(unit)} is not a unit of weight. If the person's words leave no doubt, send the weight in kg; else ask "
                f"for it.",
            )
        default = known
    spoken = _spoken(text)
    if spoken is None:
        if twice := _TOLD_TWICE.fullmatch(text):
            one, other = (understand_weight(part, exact=True) for part in twice.groups())
            if isinstance(one, Decimal) and isinstance(other, Decimal) and abs(one - other) <= one / 50:
                in_kg = next((part for part in twice.groups() if re.search(r"\d ?[kк]", part, re.IGNORECASE)), twice[1])
                insist = even_if_implausible
                return understand_weight(
                    in_kg, unit=unit, species_slug=species_slug, even_if_implausible=insist, exact=exact, field=field
                )
        return _not_understood(field, value)
    unit_given = unit is not None or spoken.parts[0][1] is not None
    if (
        unit is not None
        and said(unit)
        and spoken.parts[0][1] is not None
        and default not in {kg for _, kg, _ in spoken.parts}
    ):
        return Unclear(
            field,
            "contradiction",
            f"{quoted(value)} and the unit {quoted(unit)} don't agree. If the person's words leave no doubt, send the weight in "
            f"kg alone; "
            "else ask for the weight and its unit.",
        )
    parts = [(count, default if kg is None else kg, tenths) for count, kg, tenths in spoken.parts]
    if not _go_together(parts):
        return _not_understood(field, value)
    readings = _readings(parts, spelled=isinstance(value, str))
    if not readings:
        return _not_understood(field, value)
    if not spoken.whole:
        likely = [kg for kg in readings if LEAST_KG <= kg <= MOST_KG] if spoken.rough else []
        return _not_understood(field, value, likely)
    low, high = _range(None if even_if_implausible else species_slug)
    fitting = [kg for kg in readings if low <= kg <= high]
    if len(fitting) == 1:
        return fitting[0] if exact else kept(fitting[0])
    if fitting:
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} may be {' or '.join(f'{kept(kg)} kg' for kg in fitting)}. If the person's words leave no "
            f"doubt, send it "
            "in kg; else ask which.",
            tuple(map(_candidate, fitting)),
        )
    return _unfitting(field, value, readings[0], low, high, species_slug, unit_given=unit_given)


def says_about(value: object) -> bool:
    """Whether a weight is told as near: "about 4 kg", "chừng 4 ký", "~4". It is kept as said, and the answer says so."""
    text = said(value) if isinstance(value, str) else ""
    return not _NEAR.isdisjoint(words(lowered(text))) or any(sign in text for sign in "~≈")


def _spoken(text: str) -> _Spoken | None:
    """The one weight that a text tells; None where there is none, or more than one number that can't be one weight."""
    # "4'5" is 4.5, "1'200" is 1200.
    if not _spelled_right(text) or re.search(r"\d['’ʼ`´′]\d", text):
        return None
    plain = _KILO_OF.sub("kg", _THOUSANDS_WITH_SPACES.sub(_closed_up, text))
    plain = re.sub(r"(?<=\w) [-–—] (?=\d)", ": ", re.sub(r"(?<![\w.,])[.,](?=\d)", "0.", plain))
    plain = _FRACTION.sub(lambda match: f"{match[1] or 0}{_PARTS_OF_ONE[match[2]]}", plain)
    plain = _QUARTERS.sub(lambda match: "0.75 " if match[1] else "0.25 ", plain)
    plain = _NOTHING_AND.sub("0 ", with_digits(plain))
    plain = _SPOKEN_FRACTION.sub(lambda match: f"{match[1]}.{match[2] if match[3] else match[2].zfill(2)}", plain)
    plain = _SPOKEN_POINT.sub(r"\1.\2", plain)
    if re.search(r"\d", text) and re.fullmatch(r"\D*\d{1,2}\D*", text):
        # "4 триста".
        plain = _KG_AND_GRAMS.sub(r"\1.\2", plain)
    if re.fullmatch(r"(?:bé |con )?cân [^\W\d_]+", lowered(text)):
        # "Cân hai": it weighs two, or 1.2.
        return None
    if not re.search(r"\d", text):
        plain = _KG_AND_TENTHS.sub(r"\1.\2", _KG_AND_GRAMS.sub(r"\1.\2", plain))
        if plain == "0.5":
            # "half", "пів": of what?
            return None
        plain = re.sub(r"^(кило|кіло|килограмм|кілограм) (\d{3})$", r"1.\2 \1", plain)
        if re.fullmatch(r"\d{3,}", plain):
            # "триста": of grams, as people speak, or of the unit that was not said?
            return None
    plain = re.sub(rf"(?<=[^\W\d]) \. (?=\d+ (?:{_UNIT})\b)", " ", plain)
    plain = re.sub(r"^(?=(?:kilo|kilogram|кило|кіло|килограмм|кілограм)$)", "1 ", plain)
    plain = re.sub(r"^(ky|ki|kg|can|lang) ruoi\b", r"1.5 \1", plain).rstrip(" .!")
    # "килограмма четыре" is said for about four; "кило двести" would be 1.2, and so would "ký hai".
    plain = re.sub(rf"^(кг|kg|г|g|{_COUNTED}) (\d+(?:[.,]\d+)?)$", r"\2 \1", plain)
    begin = re.search(r"\d", plain)
    if begin is None:
        return None
    match = _PARTS.match(plain, begin.start()) or _BARE.match(plain, begin.start())
    if match is None:
        return None
    before, after = plain[: begin.start()], plain[match.end() :]
    if re.search(r"\d", after) or re.search(r"[^\w\s~≈:,]", before) or re.search(r"[^\w\s,.!]", after):
        return None
    if match.re is _PARTS:
        listed = [(count, _UNITS[word], tenths) for count, word, tenths in _PART.findall(match[0])]
        # "4 кг 5" isn't said for 4.5 kg.
        if any(tenths and has_cyrillic(word) and len(tenths) < 3 for _, word, tenths in _PART.findall(match[0])):
            return None
        parts: list[tuple[str, Decimal | None, str]] = list(listed)
    else:
        parts = [(match[0], None, "")]
    # Their diacritics count, and are gone with the number words.
    typed = {fold(word): word for word in words(lowered(text))}
    before, after = (" ".join(typed.get(word, word) for word in words(part)) for part in (before, after))
    if not before and not after:
        return _Spoken(parts, whole=True, rough=True)
    rough = not _before(roughly=True).read(before).left and not _after(roughly=True).read(after).left
    return _Spoken(parts, not _before().read(before).left and not _after().read(after).left, rough)


@cache
def _before(*, roughly: bool = False) -> Lexicon:
    animals = (*species_words.WORDS.values(), *species_words.BREEDS.values(), species_words.ANY_ANIMAL)
    return Lexicon(
        [], fillers=(_BEFORE, *animals, species_words.DESCRIBING, _ROUGHLY if roughly else ""), general=not roughly
    )


@cache
def _after(*, roughly: bool = False) -> Lexicon:
    # Nothing that could be counted by a number in front: "4kg 2 con" are two animals.
    return Lexicon([], fillers=(_AFTER, _ROUGHLY if roughly else ""), general=False)


def _spelled_right(text: str) -> bool:
    """False where a word typed with diacritics is none of the units, numbers and words known here: "lãng" is no "lạng"."""
    letters = re.findall(r"[^\W\d_]+", lowered(text))
    marked = [word for word in letters if not (word.isascii() or has_cyrillic(word) or fold(word) == word)]
    return all(spelled(word) in _known_spellings(around=fold(word) not in _UNITS) for word in marked)


@cache
def _known_spellings(*, around: bool) -> frozenset[str]:
    """Of units and numbers; around: of the words around a weight as well."""
    lists = [*_KG_OF.values(), NUMBER_WORDS, "lô phẩy chấm và không", _BEFORE, _AFTER, _ROUGHLY]
    if around:
        animals = (*species_words.WORDS.values(), *species_words.BREEDS.values(), species_words.ANY_ANIMAL)
        lists += [OTHERS, species_words.DESCRIBING, *animals]
    return frozenset(spelled(word) for listed in lists for word in words(lowered(listed)))


def _go_together(parts: list[tuple[str, Decimal, str]]) -> bool:
    """Parts of one weight go from the larger unit to the smaller within one system; a bare number ends them at most."""
    factors = [kg for _, kg, _ in parts]
    return (
        factors == sorted(set(factors), reverse=True)
        and all(_fits_beside(larger, smaller) for larger, smaller in itertools.pairwise(parts))
        and len({kg in _IMPERIAL for kg in factors}) == 1
        and all(map(_tenths_fit, parts))
        and not any(tenths for _, _, tenths in parts[:-1])
    )


def _fits_beside(larger: tuple[str, Decimal, str], smaller: tuple[str, Decimal, str]) -> bool:
    """Whole larger units, and less of the smaller than makes one of them: "3 kg 200 g", not "4.5 kg 200 g" or "8 lb 20 oz"."""
    count = _number(smaller[0], thousands=smaller[1] == _GRAM)
    return larger[0].isdecimal() and count is not None and count * smaller[1] < larger[1]


def _tenths_fit(part: tuple[str, Decimal, str]) -> bool:
    """A bare number may follow whole kilograms or lạng: "4 ký 2", never "8 lb 4" or "4.5 kg 2"."""
    count, kg, tenths = part
    return not tenths or (kg in _WITH_TENTHS and count.isdecimal())


def _closed_up(match: re.Match[str]) -> str:
    return match[1] + match[2].replace(" ", "")


def _readings(parts: list[tuple[str, Decimal, str]], *, spelled: bool) -> list[Decimal]:
    """The weights in kg a text may tell: one, two where a separator may be a decimal point or of thousands, or none."""
    totals = []
    for thousands in (False, True):
        total = Decimal(0)
        for count, kg, tenths in parts:
            number = _number(count, thousands=spelled and (thousands or kg == _GRAM))
            if number is None:
                return []
            total += (number + (Decimal(f"0.{tenths}") if tenths else 0)) * kg
        if total not in totals:
            totals.append(total)
    return totals


def _number(written: str, *, thousands: bool) -> Decimal | None:
    separators = re.findall(r"[.,]", written)
    if not separators:
        return Decimal(written)
    whole, last = re.split(r"[.,](?=\d+$)", written)
    if len(set(separators)) == 1 and re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", written):
        if len(separators) > 1 or thousands:
            return Decimal(re.sub(r"[.,]", "", written))
    elif len(separators) > 1 and (len(set(separators)) == 1 or not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", whole)):
        return None
    return Decimal(f"{re.sub('[.,]', '', whole)}.{last}")


def _range(slug: str | None) -> tuple[Decimal, Decimal]:
    low, high = _RANGES.get(slug or "", ("0", "0"))
    return max(LEAST_KG, Decimal(low)), Decimal(high) or MOST_KG


def kept(kg: Decimal) -> Decimal:
    """A weight as the main app keeps it: in steps of 10 g, halves go up (contract §8.2)."""
    return kg.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _candidate(kg: Decimal) -> Candidate:
    return {"weight_kg": str(kept(kg))}


def _unfitting(
    field: str, value: object, kg: Decimal, low: Decimal, high: Decimal, slug: str | None, *, unit_given: bool
) -> Unclear:
    meant = [] if unit_given else list(_surely_meant(kg, low, high, of_a_kind=slug is not None))
    named = " or ".join(f"{name} ({kept(kg)} kg)" for name, kg in meant)
    hint = f" {'Surely' if len(meant) == 1 else 'Perhaps'} {named} was meant." if meant else ""
    candidates = tuple(_candidate(kg) for _, kg in meant)
    if not LEAST_KG <= kg <= MOST_KG:
        return Unclear(
            field,
            "out_of_range",
            f"A weight must be {LEAST_KG} to {MOST_KG} kg; {quoted(value)} is not.{hint} Ask the person for the weight.",
            candidates,
        )
    return Unclear(
        field,
        "implausible",
        f"{kept(kg)} kg is not what a {slug} weighs ({low} to {high} kg).{hint} Ask the person for the weight and its "
        "unit.",
        candidates,
    )


def _surely_meant(kg: Decimal, low: Decimal, high: Decimal, *, of_a_kind: bool) -> Iterator[tuple[str, Decimal]]:
    """What a number without a unit may have been: a unit that is given is what it says."""
    if low <= kg * _GRAM <= high and kg > high:
        yield "grams", kg * _GRAM
    if of_a_kind and kg < low <= kg * 1000 <= high:
        yield "kilograms", kg * 1000
    pounds = kg * Decimal("0.45359237")
    if of_a_kind and kg > high and low <= pounds <= high:
        yield "pounds", pounds


def _not_understood(field: str, value: object, likely: Iterable[Decimal] = ()) -> Unclear:
    return Unclear(
        field,
        "not_understood",
        f"{quoted(value)} is not one weight and nothing else. If the person's words leave no doubt, send it in figures, in kg "
        "(4.2); else ask for one number with its unit.",
        tuple(map(_candidate, likely)),
    )
