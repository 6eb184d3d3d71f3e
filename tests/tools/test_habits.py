"""list_habits, save_habit, record_habit: /habits, /habits/entries (contract §10.2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from petstools.tools import habits
from sandbox.records import Habit, HabitEntry, Pet
from sandbox.server import SandboxServer
from tests.tools.conftest import Gpt, Told
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]


def save(gpt: Gpt, **said: Any) -> Told:
    told = gpt.post("/habits", **said)
    assert departures(told.body, habits.save_habit.answer) == []
    return told


def note(gpt: Gpt, **said: Any) -> Told:
    told = gpt.post("/habits/entries", **said)
    assert departures(told.body, habits.record_habit.answer) == []
    return told


def listed(gpt: Gpt, **said: Any) -> list[dict[str, Any]]:
    told = gpt.get("/habits", **said)
    assert departures(told.body, habits.list_habits.answer) == []
    found: list[dict[str, Any]] = told.ok["habits"]
    return found


@pytest.fixture
def nox(sandbox: SandboxServer) -> Pet:
    return sandbox.world.add_pet(sandbox.world.user("noah"), name="Nox", country="GB")


@pytest.fixture
def pills(sandbox: SandboxServer, nox: Pet) -> Habit:
    return sandbox.world.add_habit(
        sandbox.world.user("noah"),
        "Pills",
        [nox],
        reminder_enabled=True,
        reminder_time="08:30:00",
        reminder_weekdays=[1, 4],
        timezone="Europe/London",
    )


@pytest.fixture
def mood(sandbox: SandboxServer, nox: Pet) -> Habit:
    return sandbox.world.add_habit(
        sandbox.world.user("noah"), "Mood", [nox], value_type="integer_scale", scale_min=1, scale_max=5
    )


# --- The list ------------------------------------------------------------------------------------


def test_a_habit_is_shown_without_what_is_not_set(gpt: Connect, pills: Habit, nox: Pet) -> None:
    assert listed(gpt("noah")) == [
        {
            "habit_id": pills.id,
            "name": "Pills",
            "kind": "yes_no",
            "pets": [{"id": nox.id, "name": "Nox"}],
            "reminder_time": "08:30",
            "weekdays": ["mon", "thu"],
            "reminder_zone": "Europe/London",
            "archived": False,
            "is_own": True,
        }
    ]


def test_what_was_noted_today_stands_beside_it(
    gpt: Connect, pills: Habit, mood: Habit, nox: Pet, sandbox: SandboxServer
) -> None:
    pills.entries.append(HabitEntry(1, nox, sandbox.world.today(), 1))

    shown = {one["name"]: one["entries"] for one in listed(gpt("noah"), day="today", time_zone="UTC")}

    assert shown["Pills"] == [{"pet_id": nox.id, "pet_name": "Nox", "value": 1}]
    assert shown["Mood"][0]["value"] is None


def test_archived_ones_only_where_asked_for(gpt: Connect, pills: Habit, sandbox: SandboxServer) -> None:
    pills.archived_at = sandbox.world.timestamp()

    assert (listed(gpt("noah")), len(listed(gpt("noah"), archived=True))) == ([], 1)


def test_a_day_that_is_none_is_asked_about(gpt: Connect, pills: Habit) -> None:
    assert gpt("noah").get("/habits", day="quando").reason == "not_understood"


# --- Made and changed ----------------------------------------------------------------------------


def test_it_is_made_of_what_was_said(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    told = save(
        gpt("noah"),
        name="Uống thuốc",
        pets=["nox"],
        reminder_time="8 giờ 30 sáng",
        weekdays=["thứ hai", "T5"],
        time_zone="Asia/Saigon",
    )

    (habit,) = sandbox.world.habits.values()
    assert told.status == 201
    assert (habit.name, habit.pets, habit.value_type) == ("Uống thuốc", [nox], "yes_no")
    assert (habit.reminder_enabled, habit.reminder_time, habit.reminder_weekdays) == (True, "08:30:00", [1, 4])
    # Trap 39: the older name is refused.
    assert habit.timezone == "Asia/Ho_Chi_Minh"
    assert told.ok["data"]["reminder_time"] == "08:30"


def test_an_hour_in_a_country_of_several_clocks_needs_the_city(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    nox.country, noah = "US", gpt("noah")

    asked = save(noah, name="Pills", pets="Nox", reminder_time="08:30")
    without = save(noah, name="Brushing", pets="Nox")
    told = save(noah, name="Pills", pets="Nox", reminder_time="08:30", time_zone="America/Denver")

    assert (asked.reason, asked.body["missing_fields"]) == ("missing", ["time_zone"])
    assert without.status == 201
    assert told.ok["data"]["reminder_zone"] == "America/Denver"


def test_a_scale_has_two_ends(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    noah = gpt("noah")

    half = save(noah, name="Appetite", pets=["Nox"], scale_max=5)
    whole = save(noah, name="Appetite", pets=[str(nox.id)], scale_min=1, scale_max=5)

    assert (half.reason, half.body["missing_fields"]) == ("missing", ["scale_min"])
    assert (whole.ok["data"]["kind"], whole.ok["data"]["scale_max"]) == ("scale", 5)


def test_undo_of_a_new_one_archives_it(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    noah = gpt("noah")
    undo = save(noah, name="Brushing", pets="Nox", time_zone="UTC").ok["undo"]

    save(noah, **undo["arguments"])

    assert undo["operation"] == "save_habit"
    assert [one.archived_at is not None for one in sandbox.world.habits.values()] == [True]


@pytest.mark.parametrize("fault", [{"outage": True}, {"quota_exceeded": True}])
def test_what_is_stored_is_told_where_archiving_fails(
    gpt: Connect, pills: Habit, sandbox: SandboxServer, fault: dict[str, Any]
) -> None:
    sandbox.faults.add(path="/archive$", **fault)

    both = gpt("noah").post("/habits", habit_id=pills.id, name="Tablets", archived=True)
    alone = gpt("noah").post("/habits", habit_id=pills.id, archived=True)

    assert (both.code, both.body["message"].startswith("All but archived is stored")) == (alone.code, True)
    assert ("is stored" in alone.body["message"], pills.name) == (False, "Tablets")


def test_the_same_call_again_makes_one(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.faults.add(drop="after_commit", method="POST")
    lost = gpt("noah").post("/habits", name="Brushing", pets="Nox", time_zone="UTC")
    sandbox.faults.clear()

    again = save(gpt("noah"), name="Brushing", pets="Nox", time_zone="UTC")

    assert (lost.code, again.reason, len(sandbox.world.habits)) == ("OUTCOME_UNKNOWN", "already_exists", 1)


def test_what_is_missing_is_asked_at_once(gpt: Connect, nox: Pet) -> None:
    assert save(gpt("noah"), time_zone="UTC").body["missing_fields"] == ["name", "pets"]


def test_a_second_one_of_a_name_is_asked_about(gpt: Connect, pills: Habit, sandbox: SandboxServer) -> None:
    asked = save(gpt("noah"), name="pills", pets="Nox")
    made = save(gpt("noah"), name="pills", pets="Nox", again=True)

    assert (asked.reason, asked.body["candidates"][0]["habit_id"]) == ("already_exists", pills.id)
    assert (made.status, len(sandbox.world.habits)) == (201, 2)


@pytest.mark.parametrize(
    "said",
    [{"on_day": "in three months"}, {"date": "2027-02-28"}, {"due_at": "через три месяца"}, {"once": "tháng sau"}],
)
def test_once_on_a_day_it_says_honestly_what_can_remind(
    gpt: Connect, nox: Pet, sandbox: SandboxServer, said: dict[str, str]
) -> None:
    told = save(gpt("noah"), name="Deworm", pets="Nox", **said)

    assert told.reason == "not_possible"
    assert all(word in told.body["message"] for word in ("once", "three days before", "birthdays", "weekday"))
    assert sandbox.world.habits == {}


def test_of_a_day_it_says_which_one_that_is(gpt: Connect, nox: Pet) -> None:
    told = save(gpt("noah"), name="Deworm", pets="Nox", on_day="5 March 2027")

    assert "Friday 2027-03-05" in told.body["message"]
    assert "a habit on Fridays" in told.body["message"]


def test_only_what_is_sent_changes_and_can_be_taken_back(gpt: Connect, pills: Habit) -> None:
    noah = gpt("noah")
    told = save(noah, habit_id=pills.id, reminder_time="21:00", weekdays="every day")

    assert (pills.name, pills.reminder_time, pills.reminder_weekdays) == ("Pills", "21:00:00", [])
    assert told.ok["before"] == {"reminder_time": "08:30", "weekdays": ["mon", "thu"]}
    save(noah, **told.ok["undo"]["arguments"])
    assert (pills.reminder_time, pills.reminder_weekdays) == ("08:30:00", [1, 4])


def test_the_zone_of_a_reminder_comes_back_with_its_hour(gpt: Connect, pills: Habit) -> None:
    noah = gpt("noah")
    told = save(noah, habit_id=pills.id, reminder_time="21:00", time_zone="Asia/Ho_Chi_Minh")

    assert (pills.reminder_time, pills.timezone) == ("21:00:00", "Asia/Ho_Chi_Minh")
    save(noah, **told.ok["undo"]["arguments"])
    assert (pills.reminder_time, pills.timezone) == ("08:30:00", "Europe/London")


def test_a_reminder_is_switched_off_and_on(gpt: Connect, pills: Habit) -> None:
    noah = gpt("noah")
    off = save(noah, habit_id=pills.id, reminder_time="off")

    assert (pills.reminder_enabled, "reminder_time" in off.ok["data"]) == (False, False)
    save(noah, **off.ok["undo"]["arguments"])
    assert (pills.reminder_enabled, pills.reminder_time, pills.reminder_weekdays) == (True, "08:30:00", [1, 4])


def test_trap_38_a_change_of_another_field_does_not_stumble_over_the_time_as_read(gpt: Connect, pills: Habit) -> None:
    assert save(gpt("noah"), habit_id=pills.id, name="Tablets").ok["data"]["reminder_time"] == "08:30"


def test_trap_40_a_reminder_without_its_time_is_mended_by_any_change(gpt: Connect, pills: Habit) -> None:
    pills.reminder_time = None

    assert save(gpt("noah"), habit_id=pills.id, name="Tablets").ok["data"]["name"] == "Tablets"
    assert pills.reminder_enabled is False


def test_trap_40_both_bounds_go_together(gpt: Connect, mood: Habit) -> None:
    assert save(gpt("noah"), habit_id=mood.id, scale_min=9).ok["data"]["scale_max"] == 9


def test_a_yes_no_habit_gets_no_scale(gpt: Connect, pills: Habit) -> None:
    assert save(gpt("noah"), habit_id=pills.id, scale_min=1, scale_max=5).reason == "contradiction"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"reminder_time": "8"}, "ambiguous"),
        ({"reminder_time": "soon"}, "not_understood"),
        ({"weekdays": "some days", "reminder_time": "08:00"}, "not_understood"),
        ({"weekdays": "mon"}, "missing"),
        ({"pets": "Nobody"}, "no_match"),
        ({}, "missing"),
    ],
)
def test_what_is_asked(gpt: Connect, mood: Habit, said: dict[str, Any], reason: str) -> None:
    assert save(gpt("noah"), habit_id=mood.id, **said).reason == reason


def test_trap_41_a_co_owner_does_not_end_it_for_everybody(
    gpt: Connect, pills: Habit, nox: Pet, sandbox: SandboxServer
) -> None:
    pills.share_with_coowners = True
    sandbox.world.share(nox, sandbox.world.user("olga"), "owner")
    olga = gpt("olga")

    for said in ({"archived": True}, {"pets": "Nox"}):
        assert save(olga, habit_id=pills.id, **said).code == "FORBIDDEN"
    assert (pills.archived_at, save(olga, habit_id=pills.id, name="Tablets").ok["data"]["name"]) == (None, "Tablets")


def test_only_an_owner_puts_a_pet_in(gpt: Connect, nox: Pet, sandbox: SandboxServer) -> None:
    sandbox.world.share(nox, sandbox.world.user("olga"), "editor")

    assert save(gpt("olga"), name="Walk", pets="Nox").code == "FORBIDDEN"


@pytest.mark.parametrize("who", ["taras", "noah"])
def test_another_persons_habit_is_none(gpt: Connect, pills: Habit, who: str) -> None:
    number = pills.id if who == "taras" else 999

    told = save(gpt(who), habit_id=number, name="x")

    assert (told.status, told.code) == (404, "NOT_FOUND")


# --- A day ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "stored"), [("yes", 1), ("có", 1), ("нет", 0), ("ні", 0), (True, 1), (0, 0), ("none", None)]
)
def test_a_day_is_noted(
    gpt: Connect, pills: Habit, nox: Pet, sandbox: SandboxServer, value: Any, stored: int | None
) -> None:
    told = note(gpt("noah"), habit="pills", value=value, day=sandbox.world.today().isoformat())

    assert told.ok["entries"] == [{"pet_id": nox.id, "pet_name": "Nox", "value": stored}]
    assert [one.value for one in pills.entries] == ([] if stored is None else [stored])


def test_undo_restores_what_was_noted(gpt: Connect, mood: Habit, nox: Pet, sandbox: SandboxServer) -> None:
    mood.entries.append(HabitEntry(1, nox, sandbox.world.today(), 2))
    noah = gpt("noah")
    told = note(noah, habit_id=mood.id, value="4", day=sandbox.world.today().isoformat())

    assert told.ok["before"] == {"Nox": 2}
    note(noah, **told.ok["undo"]["arguments"])
    assert [one.value for one in mood.entries] == [2]


@pytest.mark.parametrize("value", ["3", 3, 3.0, "3.0"])
def test_trap_37_a_number_goes_out_as_one(gpt: Connect, mood: Habit, value: Any) -> None:
    told = note(gpt("noah"), habit="Mood", value=value, time_zone="UTC")

    assert told.ok["entries"][0]["value"] == 3


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"value": "6"}, "out_of_range"),
        ({"value": "2.5"}, "out_of_range"),
        ({"value": "so-so"}, "out_of_range"),
        ({"value": 10**400}, "out_of_range"),
        ({"value": "0_3"}, "out_of_range"),
        ({}, "missing"),
        ({"value": 3, "day": "in three days"}, "future"),
        ({"value": 3, "pets": "Tom"}, "no_match"),
        ({"value": 3, "habit": "Nothing like it"}, "no_match"),
    ],
)
def test_what_is_asked_of_a_day(gpt: Connect, mood: Habit, said: dict[str, Any], reason: str) -> None:
    assert note(gpt("noah"), **{"habit": "Mood", **said}).reason == reason


def test_without_its_name_the_only_one_is_meant_and_of_two_is_asked(gpt: Connect, pills: Habit, mood: Habit) -> None:
    asked = note(gpt("noah"), value="yes")

    assert (asked.reason, len(asked.body["candidates"])) == ("missing", 2)


def test_without_any_habit_it_offers_to_make_one(gpt: Connect, nox: Pet) -> None:
    assert "no habits yet" in note(gpt("noah"), value="yes").body["message"]


def test_a_day_that_has_not_begun_where_the_habit_is_kept_is_refused_by_name(
    gpt: Connect, pills: Habit, at: Callable[[str], None]
) -> None:
    at("2026-11-30T18:00+00:00")

    told = note(gpt("noah"), habit="Pills", value="yes", time_zone="Asia/Ho_Chi_Minh")

    assert (told.code, told.body["fields"][0]["name"]) == ("VALIDATION_FAILED", "day")


def test_trap_42_a_pet_that_was_lost_has_left_for_good(
    gpt: Connect, pills: Habit, nox: Pet, sandbox: SandboxServer
) -> None:
    sandbox.world.leave_habits(nox)

    told = note(gpt("noah"), habit_id=pills.id, value="yes")

    assert told.code == "NOT_FOUND" or "for good" in told.body["message"]


def test_some_of_its_pets(gpt: Connect, pills: Habit, nox: Pet, sandbox: SandboxServer) -> None:
    tom = sandbox.world.add_pet(sandbox.world.user("noah"), name="Tom")
    pills.pets.append(tom)
    yesterday = (sandbox.world.today() - timedelta(days=1)).isoformat()

    note(gpt("noah"), habit="Pills", value="yes", pets=["Tom"], day=yesterday)

    assert [(one.pet.name, one.day.isoformat(), one.value) for one in pills.entries] == [("Tom", yesterday, 1)]
