"""A weight as said → kilograms: "450 g", "3,5 kg", "8 lb 4 oz", "5 lạng", "4kg2", "3 кг 200 г"."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, has_cyrillic, quoted, said

LEAST_KG, MOST_KG = Decimal("0.01"), Decimal(1000)

_KG_OF: dict[Decimal, str] = {
    Decimal(1): (
        "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes ky ki kylo kilogam kilôgam can "
        "кг кило килограмм килограмма килограммов килограммы кіло кілограм кілограма кілограмів кілограми"
    ),
    Decimal("0.001"): (
        "g gr grs gm gms gram grams gramme grammes gam г гр грамм грамма граммов граммы грам грама грамів грами"
    ),
    Decimal("0.45359237"): "lb lbs pound pounds фунт фунта фунтов фунти фунтів",
    Decimal("0.028349523125"): "oz ounce ounces унция унции унций унцій унції унція унции унціи",
    Decimal("6.35029318"): "st stone stones",
    Decimal("0.1"): "lang",
    Decimal(10): "yen",
    Decimal(100): "ta центнер центнера",
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

_SMALL_WORDS = re.compile(
    r"\b(?:about|around|approximately|approx|roughly|exactly|weighs|weighing|weight|is|it|its|s|he|she|hes|shes|now|today|"
    r"can nang|trong luong|nang|khoang|chung|tam|no|be|con|duoc|la|dung|hien tai|"
    r"весит|вес|весом|около|примерно|приблизительно|ровно|сеичас|уже|важить|вага|вагою|близько|приблизно|рівно|зараз|вже)\b|[~≈:]"
)
_SPOKEN_POINT = re.compile(r"\b(\d+) (?:point|phay|cham|запятая|кома) (\d+)\b")
_KILO_OF = re.compile(r"\b(?:ký|kí|ky|ki) l[ôo](?: gam| gram)?\b", re.IGNORECASE)
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_PART = re.compile(rf"(\d+(?:[.,]\d+)*) ({_UNIT})\b(?: (\d{{1,3}})(?= |$)(?! (?:{_UNIT})\b))?")
_ONLY_PARTS = re.compile(rf"{_PART.pattern}(?:(?: ,)?(?: and| va| и| та| і)? {_PART.pattern})*")
_THOUSANDS_WITH_SPACES = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+)(?![\d])")


def understand_weight(
    value: object,
    *,
    unit: object = None,
    species_slug: str | None = None,
    even_if_implausible: bool = False,
    field: str = "weight_kg",
) -> Decimal | Unclear:
    """The weight in kg, 0.01 to 1000, two decimals (halves go up), that `value` tells.

    A number, or a text without a unit, is in `unit`, else in kg. What no animal of the kind weighs is asked about, with
    the reading that was surely meant (450 for a cat: grams) as a candidate, unless `even_if_implausible`. Ranges, signs,
    and separators that leave two plausible readings are asked about too.
    """
    text = said(value)
    if not text:
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", "Ask the person how much the animal weighs.")
        return _not_understood(field, value)
    default = Decimal(1)
    if unit is not None and said(unit):
        known = _UNITS.get(fold(said(unit)).rstrip("."))
        if known is None:
            return Unclear(field, "unknown", f"{quoted(unit)} is not a unit of weight. Ask for the weight in kg or g.")
        default = known
    plain = " ".join(
        _SMALL_WORDS.sub(" ", with_digits(_KILO_OF.sub("kg", _THOUSANDS_WITH_SPACES.sub(_closed_up, text)))).split()
    )
    plain = _SPOKEN_POINT.sub(r"\1.\2", plain)
    plain = re.sub(r"^(?=(?:kilo|кило|кіло)$)", "1 ", plain).rstrip(" .")
    if re.fullmatch(r"\d+(?:[.,]\d+)*", plain):
        parts = [(plain, default, "")]
        unit_given = unit is not None
        if plain == "0.5" and not unit_given and not re.search(r"\d", text):
            # "half", "пів": of what?
            return _not_understood(field, value)
    elif _ONLY_PARTS.fullmatch(plain):
        # "4 кг 5" isn't said for 4.5 kg.
        if any(tenths and has_cyrillic(word) and len(tenths) < 3 for _, word, tenths in _PART.findall(plain)):
            return _not_understood(field, value)
        parts = [(count, _UNITS[word], tenths) for count, word, tenths in _PART.findall(plain)]
        unit_given = True
        if unit is not None and said(unit) and default not in {kg for _, kg, _ in parts}:
            return Unclear(
                field,
                "contradiction",
                f"{quoted(value)} and the unit {quoted(unit)} don't agree. Ask the person for the weight and its unit.",
            )
    else:
        return _not_understood(field, value)
    if not _go_together(parts):
        return _not_understood(field, value)
    readings = _readings(parts, spelled=isinstance(value, str))
    if not readings:
        return _not_understood(field, value)
    low, high = _range(None if even_if_implausible else species_slug)
    fitting = [kg for kg in readings if low <= kg <= high]
    if len(fitting) == 1:
        return _rounded(fitting[0])
    if fitting:
        return Unclear(
            field,
            "ambiguous",
            f"{quoted(value)} may be {' or '.join(f'{_rounded(kg)} kg' for kg in fitting)}. Ask the person which.",
            tuple(map(_candidate, fitting)),
        )
    return _unfitting(field, value, readings[0], low, high, species_slug, unit_given=unit_given)


def _go_together(parts: list[tuple[str, Decimal, str]]) -> bool:
    """Parts of one weight go from the larger unit to the smaller within one system; a bare number ends them at most."""
    factors = [kg for _, kg, _ in parts]
    return (
        factors == sorted(set(factors), reverse=True)
        and len({kg in _IMPERIAL for kg in factors}) == 1
        and all(map(_tenths_fit, parts))
        and not any(tenths for _, _, tenths in parts[:-1])
    )


def _tenths_fit(part: tuple[str, Decimal, str]) -> bool:
    """A bare number may follow whole kilograms or lạng: "4 ký 2", never "8 lb 4" or "4.5 kg 2"."""
    count, kg, tenths = part
    return not tenths or (kg in _WITH_TENTHS and count.isdecimal())


def _closed_up(found: re.Match[str]) -> str:
    return found[1] + found[2].replace(" ", "")


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


def _rounded(kg: Decimal) -> Decimal:
    return kg.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _candidate(kg: Decimal) -> Candidate:
    return {"weight_kg": str(_rounded(kg))}


def _unfitting(
    field: str, value: object, kg: Decimal, low: Decimal, high: Decimal, slug: str | None, *, unit_given: bool
) -> Unclear:
    meant = list(_surely_meant(kg, low, high, guess_unit=slug is not None and not unit_given))
    named = " or ".join(f"{name} ({_rounded(kg)} kg)" for name, kg in meant)
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
        f"{_rounded(kg)} kg is not what a {slug} weighs ({low} to {high} kg).{hint} Ask the person for the weight and its "
        "unit.",
        candidates,
    )


def _surely_meant(kg: Decimal, low: Decimal, high: Decimal, *, guess_unit: bool) -> Iterator[tuple[str, Decimal]]:
    if low <= kg * _GRAM <= high and kg > high:
        yield "grams", kg * _GRAM
    if guess_unit and kg < low <= kg * 1000 <= high:
        yield "kilograms", kg * 1000
    pounds = kg * Decimal("0.45359237")
    if guess_unit and kg > high and low <= pounds <= high:
        yield "pounds", pounds


def _not_understood(field: str, value: object) -> Unclear:
    return Unclear(
        field,
        "not_understood",
        f"{quoted(value)} is not a weight. Ask the person for one number with its unit, like “4.2 kg” or “450 g”.",
    )
