from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from petstools.understand.outcome import Unclear
from petstools.understand.person_day import NotYet, accepted_by_main_app, person_today, person_zone

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
    ],
)
def test_today_is_the_persons_day(time_zone, day):
    assert person_today(time_zone, HANOI, NIGHT) == date(2026, 11, day)


@pytest.mark.parametrize(
    "time_zone",
    ["nonsense", "../etc/passwd", "/etc/passwd", "Europe", "+25", "UTC-13", "\ud800", "\x00", 7, [], "x" * 9999],
)
def test_what_is_no_time_zone_is_asked_about(time_zone):
    unclear = person_today(time_zone, HANOI, NIGHT)

    assert isinstance(unclear, Unclear)
    assert unclear.field == "time_zone"


def test_a_naive_time_is_taken_as_utc():
    assert person_today(None, HANOI, NIGHT.replace(tzinfo=None)) == date(2026, 11, 21)


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
