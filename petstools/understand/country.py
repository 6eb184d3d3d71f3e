"""A country as said, in four languages → its two letters, by CLDR's names (babel) and what people say besides."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from babel import Locale
from babel.core import get_global
from rapidfuzz.distance import OSA

from petstools.understand.lexicon import Lexicon, Reading
from petstools.understand.outcome import Candidate, Unclear
from petstools.understand.text import fold, quoted, said, words

_LANGUAGES = ("en", "vi", "ru", "uk")
# In CLDR's list but no countries: unions, test and unknown regions, islands with a code kept in reserve.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"})

# What people say and CLDR doesn't. Two letters here are words ("Mỹ"), not codes.
_ALSO: dict[str, str] = {
    "VN": "viet nam, nước việt, вьет нам, вєт нам",
    "US": "america, usa, u s a, u s, the us, united states of america, the states, mỹ, nước mỹ, hợp chủng quốc hoa kỳ, сша, америка, "
    "штаты, штати, соединенные штаты америки, сполучені штати америки",
    "GB": "uk, britain, great britain, england, scotland, wales, northern ireland, anh, nước anh, anh quốc, англия, британия, "
    "шотландия, соединенное королевство, англія, британія, шотландія, сполучене королівство",
    "RU": "russian federation, nước nga, liên bang nga, российская федерация, рф, російська федерація",
    "PL": "polska, ba lan",
    "UA": "ukraina, ucraina",
    "CZ": "czech republic, czech, cộng hòa séc, tiệp, чешская республика, чеська республіка",
    "DE": "deutschland, nước đức, фрг, фрн",
    "FR": "nước pháp",
    "JP": "nước nhật, nhật",
    "CN": "prc, tàu, кнр",
    "AU": "úc, nước úc, ốt xtrây lia",
    "IT": "ý, nước ý",
    "IN": "ấn độ, индия, індія",
    "AE": "uae, emirates, dubai, tiểu vương quốc ả rập, оаэ, эмираты, оае, емірати",
    "KR": "republic of korea, hàn, южная корея, đại hàn, nam hàn, nam triều tiên",
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
    "CA": "ca na đa, kanada",
    "SG": "sin ga po",
}
# Names that more than one country answers to.
_SEVERAL: dict[str, str] = {"georgia": "GE US", "korea, корея, triều tiên hàn quốc": "KR KP", "congo, конго": "CD CG"}
# Two letters that are also a language, or a name without its diacritics: "vi" for Vietnamese, "my" for "Mỹ".
_UNCERTAIN = frozenset({"?"})
_LANGUAGE_OR_COUNTRY: dict[str, tuple[str, ...]] = {
    "VI": ("VI", "VN"),
    "MY": ("MY", "US"),
    "AO": ("AO", "AT"),
    "BI": ("BI", "BE"),
    "LA": ("LA", "US"),
}
_SURE_IN_CAPITALS = frozenset({"MY", "AO", "BI"})
# Two letters that a person types for a word, or for "not available", as easily as for a country.
_WORDS_IN_SMALL_LETTERS = frozenset(
    words("ad am as at ba be bo by cc co cu do et gi hn id in is it la li ma me mo na ne no pa pm sa so to tv va vu")
)
_WORDS_IN_ANY = frozenset({"NA"})
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_FILLERS = (
    "from, in, country, lives in, live in, living in, based in, city, city of, town of, ở, tại, từ, đến từ, sống ở, "
    "sống tại, sống, "
    "đang ở, bên, nước, đất nước, quốc gia, thành phố, tp, из, в, во, с, со, страна, живет в, живем в, город, г, з, із, "
    "у, в, країна, "
    "живе в, живе у, місто, м"
)
# A brother or somebody's opinion, not England or Italy.
_OPEN = (
    "anh tôi, anh mình, anh em, anh ấy, anh này, anh kia, anh ơi, anh ạ, của anh, "
    "ý tôi, ý mình, ý em, ý tớ, ý nó, ý là, ý đó, ý này"
)
# Well-known places beside the cities of CLDR's time zones.
_PLACES: dict[str, str] = {
    "VN": (
        "hà nội, hanoi, danang, haiphong, dalat, saigon, sài gòn, hcm, hcmc, tphcm, hồ chí minh, thành phố hồ chí minh, ho "
        "chi minh city, đà nẵng, hải phòng, cần thơ, huế, nha trang, "
        "đà lạt, vũng tàu, biên hòa, hạ long, quy nhơn, phú quốc, hội an, vinh, thanh hóa, nghệ an, cà mau, phan thiết, mũi né, "
        "bình dương, đồng nai, long an, bắc ninh, quảng ninh, "
        "ninh bình, lâm đồng, sapa, sa pa, вунгтау, далат, фукуок, муйне, нинь бинь, нінь бінь, ханой, хошимин, сайгон, дананг, "
        "нячанг, ханой, хошимін"
    ),
    "UA": "київ, киев, kyiv, kiev, lviv, lvov, odesa, odessa, kharkiv, kharkov, dnipro, zaporizhzhia, vinnytsia, poltava, ternopil, "
    "львів, одеса, харків, дніпро, запоріжжя, вінниця, полтава, тернопіль, чернівці, ужгород, житомир, черкаси, суми, чернігів, "
    "івано франківськ, луцьк, рівне, хмельницький, кропивницький, миколаїв, херсон, маріуполь, "
    "кривий ріг, кременчук, біла церква, бровари, ірпінь, буча, мукачево, chernihiv, ivano frankivsk, lutsk, rivne, mykolaiv, "
    "kherson, mariupol, uzhhorod, chernivtsi, cherkasy, kryvyi rih, чернигов, ивано франковск, луцк, ровно, хмельницкий, николаев, "
    "мариуполь, кривой рог, "
    "львов, одесса, харьков, днепр, запорожье, винница, полтава, черновцы",
    "RU": (
        "saint petersburg russia, санкт петербург, петербург, питер, казань, нижний новгород, ростов на дону, сочи, пермь, "
        "уфа, воронеж, "
        "челябинск, краснодар, ярославль, тверь, тула, рязань, ижевск, барнаул, тюмень, kazan, sochi, nizhny novgorod"
    ),
    "DE": (
        "munich, münchen, hamburg, frankfurt, cologne, köln, stuttgart, düsseldorf, dresden, leipzig, мюнхен, гамбург, "
        "франкфурт, кельн, "
        "дрезден, лейпциг, кельн"
    ),
    "PL": "krakow, kraków, wroclaw, wrocław, gdansk, gdańsk, poznan, łódź, краков, вроцлав, гданьск, краків",
    "GB": "manchester, liverpool, edinburgh, glasgow, leeds, bristol, cardiff, belfast",
    "FR": "lyon, marseille, bordeaux, toulouse, лион, марсель",
    "IT": "milan, milano, naples, turin, florence, roma, милан, неаполь",
    "ES": "barcelona, seville, барселона",
    "CH": "geneva, bern, basel, женева",
    "NL": "rotterdam, utrecht, the hague",
    "US": (
        "san francisco, san diego, seattle, houston, dallas, boston, miami, las vegas, nyc, philadelphia, atlanta, california, "
        "texas, florida, "
        "new jersey, ohio, oregon, arizona, colorado, illinois, michigan, massachusetts, pennsylvania, virginia, hawaii, alaska, "
        "washington dc, washington d c"
    ),
    "CA": "montreal, ottawa, calgary, quebec, ontario, british columbia, alberta",
    "AU": "canberra, new south wales, queensland",
    "NZ": "wellington, christchurch",
    "JP": "osaka, kyoto, осака",
    "CN": "beijing, guangzhou, shenzhen, bắc kinh, thượng hải, quảng châu, thẩm quyến, пекин, пекін",
    "IN": "delhi, new delhi, mumbai, bangalore",
    "TH": "chiang mai, phuket, pattaya, băng cốc, пхукет",
    "ID": "bali, denpasar, ubud, jakarta, бали, балі, джакарта",
    "MY": "penang, langkawi",
    "TR": "ankara, antalya, анталья",
    "KZ": "astana, астана",
    "BR": "rio de janeiro, brasilia, рио де жанеиро",
    "IL": "tel aviv, haifa, тель авив, хаифа",
    "GE": "batumi, батуми, батумі",
}
# Names of more than one well-known place, or whose country is disputed: a question, with CLDR's as the likely one.
_NOT_CERTAIN = (
    "boa vista, center, chihuahua, cordoba, creston, dawson, famagusta, gaza, halifax, hebron, jerusalem, kirov, la "
    "paz, la rioja, "
    "mendoza, merida, nassau, nome, oral, regina, resolute, salta, san juan, san luis, santiago, simferopol, stanley, tripoli"
)


def understand_country(value: object, *, field: str = "country") -> str | Unclear:
    """The ISO 3166 alpha-2 code, in capitals, of the country that `value` names.

    Taken are codes of two letters, and of three in capitals ("UK" is GB), flags, names in English, Vietnamese, Russian and
    Ukrainian, and cities that only one country is known for. What is said beside is asked about, except the place in front of
    a country ("Springfield, USA"). The main app takes any two letters (main-app.md §6.3): only real countries pass here.
    """
    text = said(value)
    if not text or not isinstance(value, str):
        if value is None or (isinstance(value, str) and not value.strip()):
            return Unclear(field, "missing", "Ask the person in which country the animal lives.")
        return _unknown(field, value)
    letters = text.strip(" .").replace(".", "")
    if re.fullmatch(r"[A-Za-z]?", letters):
        return _unknown(field, value)
    if re.fullmatch(r"[A-Za-z]{2}", letters) and (coded := _code(field, value, letters)):
        return coded
    if re.fullmatch(r"[A-Z]{3}", letters):
        known = get_global("territory_aliases").get(letters, ())
        if len(known) == 1 and known[0] in _names():
            return str(known[0])
    flags = ["".join(chr(ord(c) - 0x1F1E6 + ord("A")) for c in flag) for flag in _FLAG.findall(text)]
    if flags:
        text = _FLAG.sub(" ", text)
    reading = _lexicon().read(text)
    named = [frozenset({flag}) for flag in flags if flag in _names()] + list(reading.meanings)
    codes = frozenset().union(*named) - _UNCERTAIN
    # "Tbilisi, Georgia": one place says which of the other's countries is meant.
    common = frozenset.intersection(*named) if any(len(one) == 1 for one in named) else frozenset()
    codes = common or codes
    certain = len(codes) == 1 and not reading.asking and any(not one & _UNCERTAIN for one in named)
    if certain and not reading.left:
        return next(iter(codes))
    if certain and not reading.doubt and _ends_in_country(text, codes):
        return next(iter(codes))
    if codes:
        return _which(field, value, sorted(codes))
    return _unknown(field, value, _near(fold(text)))


def unmistakable(code: str) -> str:
    """The code, or the country's name where the code may be meant otherwise: taken as it is when it comes back."""
    unsure = code in _WORDS_IN_ANY or (code in _LANGUAGE_OR_COUNTRY and code not in _SURE_IN_CAPITALS)
    return _names()[code] if unsure else code


def _ends_in_country(text: str, codes: frozenset[str]) -> bool:
    """True for "a place we don't know, its country"."""
    place, comma, country = text.rpartition(",")
    return bool(comma) and not _lexicon().read(place).meanings and _lexicon().read(country) == Reading((codes,), ())


def _code(field: str, value: object, letters: str) -> str | Unclear | None:
    code = letters.upper()
    if code == "UK":
        return "GB"
    both = _LANGUAGE_OR_COUNTRY.get(code)
    if both and not (code in _SURE_IN_CAPITALS and letters.isupper()):
        return _which(field, value, both)
    if code not in _names():
        return None
    if code in _WORDS_IN_ANY or (letters in _WORDS_IN_SMALL_LETTERS):
        return _which(field, value, (code,))
    return code


def _which(field: str, value: object, codes: Iterable[str]) -> Unclear:
    codes = tuple(codes)
    listed_names = " or ".join(f"{_names()[code]} ({code})" for code in codes[:6])
    return Unclear(
        field,
        "ambiguous",
        f"{quoted(value)} may be {listed_names}, or something else. If the person's words leave no doubt, send the one meant as "
        "the candidates have it; else ask which country.",
        _candidates(codes[:6]),
    )


def _unknown(field: str, value: object, near: tuple[str, ...] = ()) -> Unclear:
    hint = f" It looks like {' or '.join(_names()[code] for code in near)}." if near else ""
    return Unclear(
        field,
        "unknown",
        f"{quoted(value)} is not a country known here.{hint} If the person's words leave no doubt, send the country's two-letter code; "
        "else ask in which country the animal lives.",
        _candidates(near),
    )


def _candidates(codes: Iterable[str]) -> tuple[Candidate, ...]:
    return tuple({"country": unmistakable(code), "name": _names()[code]} for code in codes)


@cache
def _names() -> dict[str, str]:
    """Country codes and their English names."""
    territories = {str(code): name for code, name in Locale("en").territories.items()}
    return {
        code: name for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES
    }


@cache
def _lexicon() -> Lexicon:
    countries = [
        (name, code)
        for language in _LANGUAGES
        for code in _names()
        for full in (Locale(language).territories[code].replace(",", " "),)
        for name in (full, re.sub(r"\s*\(.*?\)", "", full))
    ]
    named = {fold(name) for name, _ in countries}
    cities = [(city, code) for city, code in _zone_cities() if fold(city) not in named]
    return Lexicon(
        [
            *((name, frozenset({code})) for name, code in countries),
            *((listed_names, frozenset({code})) for code, listed_names in _ALSO.items()),
            *((listed_names, frozenset(codes.split())) for listed_names, codes in _SEVERAL.items()),
            *((listed_names, frozenset({code})) for code, listed_names in _PLACES.items()),
            *(
                (city, frozenset({code}) | (_UNCERTAIN if fold(city) in _NOT_CERTAIN.split(", ") else frozenset()))
                for city, code in cities
            ),
        ],
        fillers=(_FILLERS,),
        open_phrases=_OPEN,
        stemmed=True,
    )


def _zone_cities() -> Iterator[tuple[str, str]]:
    """The cities that CLDR names time zones after, in four languages, and their countries."""
    for zone, code in get_global("zone_territories").items():
        if code in _names() and not zone.startswith("Antarctica/"):
            for language in _LANGUAGES:
                city = Locale(language).time_zones.get(zone, {}).get("city") or (
                    zone.rpartition("/")[2].replace("_", " ") if language == "en" else None
                )
                if city and "," not in city:
                    yield city, code


def _near(bare: str) -> tuple[str, ...]:
    distances: dict[str, int] = {}
    for name, codes in _lexicon().bare_phrases():
        slips = 1 if len(name) < 6 else 2
        distance = OSA.distance(bare, name, score_cutoff=slips)
        if len(name) > 3 and distance <= slips:
            for code in codes - _UNCERTAIN:
                distances[code] = min(distance, distances.get(code, distance))
    return tuple(sorted(code for code in distances if distances[code] == min(distances.values()))[:3])
