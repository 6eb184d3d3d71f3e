"""Which day it is for the person, and whether the main app, whose day is UTC's, takes that day yet; what a country says of days."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from petstools.understand.country import understand_country
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Unclear
from petstools.understand.text import fold, quoted, said

_OFFSET = re.compile(r"(?:utc|gmt|z)?\s*(?:([+-]|−)\s*(\d{1,2})(?::?([0-5]\d))?)?", re.IGNORECASE)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class NotYet:
    """A day that the main app doesn't take yet.

    `accepted_from` is the person's hour from which it will ("07:00 on 2026-11-22, Asia/Ho_Chi_Minh time"), `yesterday`
    the newest day that it takes now.
    """

    accepted_from: str
    yesterday: date


def person_zone(time_zone: object, default: str, *, field: str = "time_zone") -> tzinfo | Unclear:
    """The time zone that an IANA name ("Asia/Ho_Chi_Minh", any letter case), its city, an offset ("+07:00", "UTC+7"), or a country or
    well-known place whose country has one clock ("Việt Nam", "Ho Chi Minh City", "Киев") means.

    `default` is an IANA name from the settings and counts where `time_zone` is None or blank; raises KeyError
    (zoneinfo.ZoneInfoNotFoundError) when that one is none.
    """
    text = said(time_zone)
    if time_zone is None or (isinstance(time_zone, str) and not time_zone.strip()):
        return ZoneInfo(default)
    name = _zone_names().get(_bare(text))
    if name:
        return ZoneInfo(name)
    match = _OFFSET.fullmatch(text) if text else None
    if match:
        away = timedelta(hours=int(match[2] or 0), minutes=int(match[3] or 0)) * (1 if match[1] == "+" else -1)
        if _WEST <= away <= _EAST:
            return timezone(away)
    if text and (city := _zones_by_foreign_names().get(_bare(text))):
        return ZoneInfo(city)
    country = understand_country(re.sub(r" time$", "", text)) if re.search(r"[^\W\d_]{4}", text) else None
    zones = zones_of([country], datetime.now(UTC)) if isinstance(country, str) else []
    if len(zones) == 1:
        return zones[0]
    return Unclear(
        field,
        "not_understood",
        f"{quoted(time_zone)} is not a time zone. Send an IANA name like {default}, or leave it out.",
    )


_OF_A_PLACE = re.compile(
    r"(?P<words>.*?\D)[\s,]+(?:\(?(?:in )?(?P<zone>[^\d,()]{2,40}?)(?:'s)? time\)?|(?:theo )?giờ (?P<gio>[^\d,]{2,40})|"
    r"(?P<offset>(?:utc|gmt)(?:\s?[+−-]\d{1,2}(?::?[0-5]\d)?)?))",
    re.IGNORECASE,
)


def split_zone(value: object, now: datetime) -> tuple[object, tzinfo | None]:
    """Words for a day and the zone that they name: "yesterday evening london time" → "yesterday evening", Europe/London.

    Cities of the IANA names, countries that have one zone at `now`, and UTC or GMT with an offset. Whatever names none stays
    as it was, with None.
    """
    match = _OF_A_PLACE.fullmatch(said(value)) if isinstance(value, str) else None
    if match is None:
        return value, None
    # "yesterday evening london": the place is the last one, two or three words.
    place = (match["zone"] or match["gio"] or match["offset"]).split()
    for at in range(len(place)):
        zone = _zone_called(" ".join(place[at:]), now)
        if zone is not None:
            return " ".join((match["words"].strip(" ,("), *place[:at])).strip(), zone
    return value, None


_MINUTES_OR_HOURS_AGO = re.compile(
    r"(?:(?:about|around|khoang|около|близько) )?(?P<count>\d{1,3}(?:[.,]5)?) ?(?:(?P<minutes>mins?|minutes?|phut|минут[уы]?|мин|"
    r"хвилин[уи]?|"
    r"хв)|"
    r"h|hrs?|hours?|gio|tieng|час(?:а|ов)?|годин[уи]?) (?:ago|truoc|назад|тому)|"
    r"(?:cach day|hoi) (?P<vi>\d{1,3}(?:[.,]5)?) ?(?:(?P<phut>phut)|gio|tieng)(?: truoc)?"
)
_HALF_AN_HOUR = re.compile(r"^(пол|пів)(часа|години)\b", re.IGNORECASE)
_ONE_OF_THEM = re.compile(r"^(?=(?:минуту|час|хвилину|годину) )")


def time_ago(value: object) -> timedelta | None:
    """How long ago a moment was that is told in minutes or hours: "2 hours ago", "30 phút trước", "час назад"."""
    if not isinstance(value, str):
        return None
    plain = _ONE_OF_THEM.sub("1 ", with_digits(_HALF_AN_HOUR.sub(r"\1 \2", said(value))))
    plain = re.sub(r"^0\.5 (?:an? |1 )?", "0.5 ", re.sub(r"^an? hour and a 0\.5 ", "1.5 hours ", plain))
    match = _MINUTES_OR_HOURS_AGO.fullmatch(re.sub(r"^(about |around )?(?:an|a) ", r"\g<1>1 ", plain))
    if match is None:
        return None
    count = float((match["count"] or match["vi"]).replace(",", "."))
    return timedelta(minutes=count) if match["minutes"] or match["phut"] else timedelta(hours=count)


def _zone_called(place: str, now: datetime) -> tzinfo | None:
    zone = person_zone(place, "UTC")
    if not isinstance(zone, Unclear):
        return zone
    country = understand_country(place)
    zones = [] if isinstance(country, Unclear) else zones_of([country], now)
    return zones[0] if len(zones) == 1 else None


def accepted_by_main_app(day: date, now_utc: datetime, zone: tzinfo = UTC) -> NotYet | None:
    """None when the main app takes `day` as not in the future, which it judges by UTC's day (main-app.md §15 trap 6).

    Vaccinations, medical records, birthdays and microchips are refused until then; weights are not. `zone` is the
    person's, for the hour. A day that is still to come for the person too should have been asked about before.
    """
    today = now_utc.astimezone(UTC).date()
    if day <= today:
        return None
    from_then = datetime.combine(day, time(0), UTC).astimezone(zone)
    return NotYet(f"{from_then:%H:%M on %Y-%m-%d}, {zone_name(zone)} time", today)


def zone_name(zone: tzinfo) -> str:
    """The zone as `person_zone` takes it: "Asia/Ho_Chi_Minh", "UTC+07:00"."""
    return zone.key if isinstance(zone, ZoneInfo) else str(zone)


@cache
def _zone_names() -> dict[str, str]:
    """Every IANA name by its small letters, and by its city alone where only one zone has it; Hanoi has no zone of its own."""
    names = sorted(name for name in available_timezones() if not name.startswith(("posix/", "right/", "Etc/")))
    cities: dict[str, list[str]] = {}
    for name in names:
        if "/" in name:
            cities.setdefault(_bare(name.rsplit("/", 1)[1]), []).append(name)
    by_city = {city: zones[0] for city, zones in cities.items() if len(zones) == 1}
    return by_city | {"hanoi": "Asia/Ho_Chi_Minh"} | {_bare(name): name for name in names}


@cache
def _zones_by_foreign_names() -> dict[str, str]:
    """Zones by their cities' names in Vietnamese, Russian and Ukrainian. Source: CLDR."""
    zones: dict[str, set[str]] = {}
    for language in ("vi", "ru", "uk"):
        for zone, names in Locale(language).time_zones.items():
            if (city := names.get("city")) and zone in available_timezones():
                zones.setdefault(_bare(city), set()).add(zone)
    return {city: names.pop() for city, names in zones.items() if len(names) == 1}


def _bare(name: str) -> str:
    """ "Hà Nội", "hanoi" and "Ho_Chi_Minh", "ho chi minh" are one each."""
    return fold(name).replace("_", "").replace(" ", "")


# --- What a country says about days: its time zone, and whether it writes the month before the day ---------


def zones_of(countries: Iterable[str], now: datetime) -> list[ZoneInfo]:
    """The time zones of these countries (ISO 3166-1 alpha-2), one for each of their clocks at the aware moment `now`; the clock
    that most of their zones go by comes first.

    Source: tzdata's zone.tab. A zone that zone1970.tab gives to another country first (Simferopol) is not counted.
    """
    clocks: dict[timedelta | None, list[ZoneInfo]] = {}
    for country in sorted(countries):
        for zone in map(ZoneInfo, _zones_by_country().get(country, ())):
            clocks.setdefault(now.astimezone(zone).utcoffset(), []).append(zone)
    return [zones[0] for zones in sorted(clocks.values(), key=len, reverse=True)]


def country_of_zone(zone: tzinfo) -> str | None:
    """The country of an IANA zone, old names too; None of an offset and of UTC. Source: CLDR, then tzdata."""
    if not isinstance(zone, ZoneInfo):
        return None
    name = get_global("zone_aliases").get(zone.key, zone.key)
    country = get_global("zone_territories").get(name) or _countries_by_zone().get(name)
    return None if country in {None, "001", "ZZ"} else str(country)


@cache
def writes_month_first(country: str | None) -> bool:
    """Whether a country's own short date has the month before the day (US, PH, CA …). Source: CLDR."""
    if country is None:
        return False
    try:
        short = str(Locale.parse(f"und_{country}").date_formats["short"].pattern)
    except (UnknownLocaleError, ValueError):
        return False
    return short.find("M") < short.find("d")


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    first_country = {zone: countries.split(",")[0] for countries, zone in _rows("zone1970.tab")}
    zones: dict[str, tuple[str, ...]] = {}
    for country, zone in _rows("zone.tab"):
        if first_country.get(zone, country) == country:
            zones[country] = (*zones.get(country, ()), zone)
    return zones


@cache
def _countries_by_zone() -> dict[str, str]:
    return {zone: country for country, zone in _rows("zone.tab")}


def _rows(table: str) -> list[tuple[str, str]]:
    """Country (or countries) and zone of each line."""
    lines = (files("tzdata") / "zoneinfo" / table).read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(row[0], row[2]) for row in cells]
