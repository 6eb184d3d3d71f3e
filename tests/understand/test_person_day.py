from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from petstools.understand.outcome import Unclear
from petstools.understand.person_day import (
    NotYet,
    accepted_by_main_app,
    country_of_zone,
    person_zone,
    split_zone,
    time_ago,
    writes_month_first,
    zones_of,
)

HANOI = "Asia/Ho_Chi_Minh"
# 00:30 on 21 November in Hanoi.
NIGHT = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time_zone", "day"),
    [
        (None, 21),
        ("", 21),
        ("Asia/Ho_Chi_Minh", 21),
        ("asia/ho_chi_minh", 21),
        ("Asia/Saigon", 21),
        ("Hanoi", 21),
        ("+07:00", 21),
        ("UTC+7", 21),
        ("GMT+0700", 21),
        ("UTC", 20),
        ("Z", 20),
        ("Europe/Kyiv", 20),
        ("Kyiv", 20),
        ("America/New_York", 20),
        ("-0330", 20),
        ("Pacific/Auckland", 21),
        ("Việt Nam", 21),
        ("Ho Chi Minh City", 21),
        ("Киев", 20),
        ("Japan time", 21),
        ("Москва", 20),
        ("Варшава", 20),
    ],
)
def test_today_is_the_persons_day(time_zone, day):
    zone = person_zone(time_zone, HANOI)

    assert not isinstance(zone, Unclear)
    assert NIGHT.astimezone(zone).date() == date(2026, 11, day)


@pytest.mark.parametrize(
    "time_zone",
    [
        "nonsense",
        "Russia",
        "USA",
        "Washington",
        "../etc/passwd",
        "/etc/passwd",
        "Europe",
        "+25",
        "UTC-13",
        "\ud800",
        "\x00",
        7,
        [],
        "x" * 9999,
    ],
)
def test_what_is_no_time_zone_is_asked_about(time_zone):
    unclear = person_zone(time_zone, HANOI)

    assert isinstance(unclear, Unclear)
    assert unclear.field == "time_zone"


def test_trap_6_todays_date_is_taken_from_seven_in_the_morning_in_hanoi():
    not_yet = accepted_by_main_app(date(2026, 11, 21), NIGHT, ZoneInfo(HANOI))

    assert not_yet == NotYet("07:00 on 2026-11-21, Asia/Ho_Chi_Minh time", date(2026, 11, 20))


def test_trap_6_the_main_apps_own_day_is_taken_at_once():
    assert accepted_by_main_app(date(2026, 11, 20), NIGHT, ZoneInfo(HANOI)) is None
    assert accepted_by_main_app(date(2026, 11, 21), datetime(2026, 11, 21, 0, 0, tzinfo=UTC), ZoneInfo(HANOI)) is None


def test_the_hour_is_told_in_the_persons_zone():
    zone = person_zone("+05:30", HANOI)
    assert not isinstance(zone, Unclear)

    not_yet = accepted_by_main_app(date(2026, 11, 21), NIGHT, zone)

    assert not_yet is not None
    assert not_yet.accepted_from == "05:30 on 2026-11-21, UTC+05:30 time"


@pytest.mark.parametrize(
    ("words", "rest", "zone"),
    [
        ("yesterday evening london time", "yesterday evening", "Europe/London"),
        ("today, new york time", "today", "America/New_York"),
        ("yesterday 5pm (Kyiv time)", "yesterday 5pm", "Europe/Kyiv"),
        ("hôm qua, giờ Hà Nội", "hôm qua", HANOI),
        ("hôm qua giờ Việt Nam", "hôm qua", HANOI),
        ("yesterday UTC", "yesterday", "UTC"),
    ],
)
def test_words_may_name_the_zone_they_are_of(words, rest, zone):
    assert split_zone(words, NIGHT) == (rest, ZoneInfo(zone))


@pytest.mark.parametrize(
    "words",
    ["last time", "at bed time", "yesterday, US time", "hôm qua lúc 5 giờ chiều", "2026-11-20 20:00 UTC", 5, None],
)
def test_words_that_name_no_one_zone_stay_as_they_are(words):
    assert split_zone(words, NIGHT) == (words, None)


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("VN", HANOI),
        ("GB", "Europe/London"),
        ("UA", "Europe/Kyiv"),
        ("NO", "Europe/Oslo"),
        ("DE", "Europe/Berlin"),
        ("XX", None),
    ],
)
def test_a_country_with_one_clock_has_one_zone(country, zone):
    assert zones_of([country], NIGHT) == ([ZoneInfo(zone)] if zone else [])


def test_a_country_with_several_has_one_for_each_of_them():
    hours = {
        country: [NIGHT.astimezone(zone).utcoffset() for zone in zones_of([country], NIGHT)] for country in ("US", "RU")
    }

    assert set(hours["US"]) == {timedelta(hours=of) for of in (-10, -9, -8, -7, -6, -5)}
    assert set(hours["RU"]) == {timedelta(hours=of) for of in range(2, 13)}
    assert [zone.key for zone in zones_of(["VN", "UA", "TH"], NIGHT)] == ["Asia/Bangkok", "Europe/Kyiv"]


@pytest.mark.parametrize(
    ("country", "zone"),
    [("NZ", "Pacific/Auckland"), ("ES", "Europe/Madrid"), ("PT", "Europe/Lisbon"), ("US", "America/New_York")],
)
def test_the_clock_of_most_of_its_zones_comes_first(country, zone):
    assert zones_of([country], NIGHT)[0].key == zone


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        (HANOI, "VN"),
        ("Asia/Saigon", "VN"),
        ("US/Eastern", "US"),
        ("Europe/Kiev", "UA"),
        ("UTC", None),
        ("Etc/GMT+5", None),
    ],
)
def test_a_zone_lies_in_a_country(zone, country):
    assert country_of_zone(ZoneInfo(zone)) == country


@pytest.mark.parametrize("country", ["US", "PH", "CA"])
def test_some_countries_write_the_month_first(country):
    assert writes_month_first(country)


@pytest.mark.parametrize("country", ["VN", "GB", "UA", "RU", "XX", None])
def test_most_write_the_day_first(country):
    assert not writes_month_first(country)


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("2 hours ago", 120), ("half an hour ago", 30), ("an hour ago", 60), ("about an hour ago", 60),
        ("30 phút trước", 30), ("cách đây 2 tiếng", 120),
        ("hai tiếng trước", 120), ("час назад", 60), ("пять минут назад", 5), ("полтора часа назад", 90), ("годину тому", 60),
        ("20 хвилин тому", 20), ("полчаса назад", 30), ("півгодини тому", 30), ("an hour and a half ago", 90),
    ],
)  # fmt: skip
def test_minutes_and_hours_ago_are_counted_from_this_moment(words, minutes):
    assert time_ago(words) == timedelta(minutes=minutes)


@pytest.mark.parametrize("words", ["2 days ago", "2 giờ chiều", "at 2", "3 giờ sáng", "2 hours", "not 2 hours ago", 2])
def test_what_tells_no_such_moment_is_none(words):
    assert time_ago(words) is None
