"""What a country says about days: its time zone, and whether it writes the month before the day."""

from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global


def zone_of_country(country: str | None, now: datetime) -> ZoneInfo | None:
    """The one time zone that a country (ISO 3166-1 alpha-2) leaves at the aware moment `now`; None where its clocks differ.

    Source: tzdata's zone.tab. A zone that zone1970.tab gives to another country first (Simferopol) is not counted.
    """
    zones = [ZoneInfo(name) for name in _zones_by_country().get(country or "", ())]
    return zones[0] if len({now.astimezone(zone).utcoffset() for zone in zones}) == 1 else None


def country_of_zone(zone: tzinfo) -> str | None:
    """The country of an IANA zone, old names too; None of an offset and of UTC. Source: CLDR, then tzdata."""
    if not isinstance(zone, ZoneInfo):
        return None
    name = get_global("zone_aliases").get(zone.key, zone.key)
    found = get_global("zone_territories").get(name) or _countries_by_zone().get(name)
    return None if found in {None, "001", "ZZ"} else str(found)


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
