"""A country as said, in four languages → its two letters, by CLDR's names (babel) and what people say besides."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from babel import Locale
from babel.core import get_global
from rapidfuzz.distance import OSA

from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, has_cyrillic, lowered, quoted, said, stem, words

_LANGUAGES = ("en", "vi", "ru", "uk")
# In CLDR's list but no countries: unions, test and unknown regions, islands with a code kept in reserve.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"})

# What people say and CLDR doesn't. Two letters here are words ("Mỹ"), not codes.
_ALSO: dict[str, str] = {
    "VN": "viet nam, nước việt, вьет нам, вєт нам",
    "US": "america, usa, u s a, u s, united states of america, the states, mỹ, nước mỹ, hợp chủng quốc hoa kỳ, сша, америка, "
    "штаты, штати, соединенные штаты америки, сполучені штати америки",
    "GB": "britain, great britain, england, scotland, wales, northern ireland, anh, nước anh, anh quốc, англия, британия, "
    "шотландия, соединенное королевство, англія, британія, шотландія, сполучене королівство",
    "RU": "russian federation, nước nga, liên bang nga, российская федерация, рф, російська федерація",
    "UA": "ukraina, ucraina",
    "CZ": "czech republic, czech, cộng hòa séc, tiệp, чешская республика, чеська республіка",
    "DE": "nước đức, фрг, фрн",
    "FR": "nước pháp",
    "JP": "nước nhật, nhật",
    "CN": "prc, tàu, кнр",
    "AU": "úc, nước úc, ốt xtrây lia",
    "IT": "ý, nước ý",
    "IN": "ấn độ, индия, індія",
    "AE": "uae, emirates, dubai, tiểu vương quốc ả rập, оаэ, эмираты, оае, емірати",
    "KR": "republic of korea, южная корея, đại hàn, nam hàn, nam triều tiên",
    "KP": "dprk, северная корея, bắc triều tiên, bắc hàn",
    "NL": "holland, the netherlands, hà lan, голландия, голландія",
    "TR": "turkey",
    "BY": "белоруссия, білорусія",
    "MD": "молдавия, молдавія",
    "KG": "киргизия, киргизстан",
    "MM": "burma, myanmar, miến điện, бирма, мьянма, бірма, мянма",
    "CI": "ivory coast, bờ biển ngà",
    "HK": "hong kong, hồng kông, гонконг",
    "MO": "macau, macao, ma cao, макао",
    "MK": "macedonia, македония, македонія",
    "SZ": "swaziland, свазиленд",
    "CV": "cape verde",
    "TL": "east timor, đông timor, восточный тимор",
    "VA": "vatican, ватикан",
    "PS": "palestine, палестина",
    "BA": "bosnia, босния, боснія",
    "TW": "đài loan",
    "LA": "lào, лаос",
    "KH": "campuchia, cam pu chia, кампучия",
    "CA": "ca na đa",
    "SG": "sin ga po",
}
# Names that more than one country answers to.
_SEVERAL: dict[str, str] = {"korea, корея, triều tiên hàn quốc": "KR KP", "congo, конго": "CD CG"}
# Two letters that are also a language, or a name without its diacritics: "vi" for Vietnamese, "my" for "Mỹ".
_LANGUAGE_OR_COUNTRY: dict[str, tuple[str, ...]] = {
    "VI": ("VI", "VN"),
    "MY": ("MY", "US"),
    "AO": ("AO", "AT"),
    "BI": ("BI", "BE"),
}
_SURE_IN_CAPITALS = frozenset({"MY", "AO", "BI"})
_LEADING = re.compile(
    r"^(?:from|in|the|to|republic of|country|o|ở|tai|tại|tu|từ|nuoc|nước|dat nuoc|đất nước|"
    r"из|в|во|с|республика|з|у|із)\s+(?=\w)"
)


def understand_country(value: object, *, field: str = "country") -> str | Unclear:
    """The ISO 3166 alpha-2 code, in capitals, of the country that `value` names.

    Taken are codes of two or three letters ("UK" is GB), flags, and names in English, Vietnamese, Russian and Ukrainian.
    The main app takes any two letters (main-app.md §6.3), so only codes of real countries pass here.
    """
    text = said(value)
    if not text or not isinstance(value, str):
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", "Ask the person in which country the animal lives.")
        return _unknown(field, value)
    flag = "".join(chr(ord(c) - 0x1F1E6 + ord("A")) for c in text if "\U0001f1e6" <= c <= "\U0001f1ff")
    if len(flag) == 2 and flag in _names():
        return flag
    letters = text.strip(" .").replace(".", "")
    if re.fullmatch(r"[A-Za-z]?", letters):
        return _unknown(field, value)
    if re.fullmatch(r"[A-Za-z]{2}", letters) and (coded := _code(field, value, letters)):
        return coded
    for key in (lowered, fold, _stemmed):
        for phrase in (text, _LEADING.sub("", lowered(text))):
            found = _index(key).get(_spaced(key(phrase)), ())
            if len(found) == 1:
                return found[0]
            if found:
                return _which(field, value, found)
    if "," in text:
        # "Hà Nội, Việt Nam"
        parts = {code for part in text.split(",") if isinstance(code := understand_country(part, field=field), str)}
        if len(parts) == 1:
            return parts.pop()
    if re.fullmatch(r"[A-Za-z]{3}", letters):
        known = get_global("territory_aliases").get(letters.upper(), ())
        if len(known) == 1 and known[0] in _names():
            return str(known[0])
    return _unknown(field, value, _near(fold(text)))


def _code(field: str, value: object, letters: str) -> str | Unclear | None:
    code = letters.upper()
    if code == "UK":
        return "GB"
    both = _LANGUAGE_OR_COUNTRY.get(code)
    if both and not (code in _SURE_IN_CAPITALS and letters.isupper()):
        return _which(field, value, both)
    return code if code in _names() else None


def _which(field: str, value: object, codes: Iterable[str]) -> Unclear:
    codes = tuple(codes)
    listed = " or ".join(f"{_names()[code]} ({code})" for code in codes)
    return Unclear(
        field,
        "ambiguous",
        f"{quoted(value)} may be {listed}. Ask the person which country.",
        _candidates(codes),
    )


def _unknown(field: str, value: object, near: tuple[str, ...] = ()) -> Unclear:
    hint = f" It looks like {' or '.join(_names()[code] for code in near)}." if near else ""
    return Unclear(
        field,
        "unknown",
        f"{quoted(value)} is not a country known here.{hint} Ask the person for the country and send its two-letter code.",
        _candidates(near),
    )


def _candidates(codes: Iterable[str]) -> tuple[Candidate, ...]:
    return tuple({"country": code, "name": _names()[code]} for code in codes)


@cache
def _names() -> dict[str, str]:
    """Country codes and their English names."""
    territories = {str(code): name for code, name in Locale("en").territories.items()}
    return {
        code: name for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES
    }


def _spaced(phrase: str) -> str:
    return " ".join(words(phrase))


def _stemmed(text: str) -> str:
    return " ".join(stem(word) if has_cyrillic(word) else word for word in words(fold(text)))


@cache
def _index(key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Every name, made comparable by `key`, with the codes of the countries that answer to it."""
    index: dict[str, tuple[str, ...]] = {}

    def add(name: str, *codes: str) -> None:
        # A name may end like a case form ("Вьетнам", as if of "Вьетн"), so it counts unstemmed too.
        for known in {_spaced(key(name)), _spaced(fold(name) if key is _stemmed else key(name))} - {""}:
            index[known] = tuple(dict.fromkeys((*index.get(known, ()), *codes)))

    for language in _LANGUAGES:
        territories = Locale(language).territories
        for code in _names():
            add(territories[code], code)
            add(re.sub(r"\s*\(.*?\)", "", territories[code]), code)
    for code, listed in _ALSO.items():
        for name in listed.split(","):
            add(name, code)
    for listed, codes in _SEVERAL.items():
        for name in listed.split(","):
            add(name, *codes.split())
    return index


def _near(bare: str) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for name, codes in _index(fold).items():
        slips = 1 if len(name) < 6 else 2
        distance = OSA.distance(_spaced(bare), name, score_cutoff=slips)
        if len(name) > 3 and distance <= slips:
            for code in codes:
                found[code] = min(distance, found.get(code, distance))
    return tuple(sorted(found, key=lambda code: (found[code], code))[:3])
