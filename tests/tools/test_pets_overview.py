"""pets_overview: POST /pets/overview."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from mainapp.sandbox.records import Pet
from mainapp.sandbox.server import SandboxServer
from mainapp.sandbox.versions import Release
from oauthbridge.models import Connection
from petstools.catalog import overview as catalog
from petstools.tools.fan_out import AT_ONCE
from tests.tools.conftest import Gpt, Told
from tests.tools.documented import departures

Connect = Callable[..., Gpt]
Cat = Callable[..., Pet]
LIST = "GET /my-pets/sections"


@pytest.fixture
def cat(sandbox: SandboxServer) -> Cat:
    """`cat("Nox", -3, 40)`: a cat of Noah's with vaccinations due three days ago and in forty days; None has no due date."""

    def add(name: str, *due_in: int | None, owner: str = "noah", **fields: Any) -> Pet:
        world = sandbox.world
        pet = world.add_pet(world.user(owner), name=name, **fields)
        for number, days in enumerate(due_in):
            due = None if days is None else world.today() + timedelta(days=days)
            world.add_vaccination(pet, f"Vaccine {number}", world.today() - timedelta(days=400), due)
        return pet

    return add


@pytest.fixture
def at(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """Set the connector's and the main app's clocks, in UTC."""

    def set_clocks(moment: str) -> datetime:
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        monkeypatch.setattr("petstools.running.datetime", type("Clock", (), {"now": staticmethod(lambda zone: now)}))
        sandbox.world.now = lambda: now
        return now

    return set_clocks


def names(told: Told) -> list[str]:
    return [one["name"] for one in told.ok["pets"]]


def one(told: Told, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(shown for shown in told.ok["pets"] if shown["name"] == name)
    return found


# --- What it costs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", [{"sort_by": "next_birthday_at"}, {"sort_by": "next_birthday_at", "order": "desc"}]
)
def test_a_question_about_birthdays_is_one_call(gpt: Connect, cat: Cat, question: dict[str, str]) -> None:
    cat("Nox", -3, birthday="2020-05-12")

    told = gpt("noah").post("/pets/overview", **question)

    assert told.upstream == [LIST]
    assert one(told, "Nox")["vaccination_details"] == "not_needed"


def test_only_overdue_reads_only_what_the_summary_calls_overdue(gpt: Connect, cat: Cat) -> None:
    overdue, *_others = cat("Late", -3), cat("Soon", 3), cat("Fine", 300), cat("Nothing"), cat("Undated", None)

    told = gpt("noah").post("/pets/overview", only_overdue=True)

    assert names(told) == ["Late"]
    assert told.upstream == [LIST, f"GET /pets/{overdue.id}/vaccinations"]


def test_due_soon_reads_only_overdue_and_soon_ones(gpt: Connect, cat: Cat) -> None:
    late, soon, _fine = cat("Late", -3), cat("Soon", 3), cat("Fine", 300)

    told = gpt("noah").post("/pets/overview", due_within_days=7)

    assert names(told) == ["Late", "Soon"]
    assert sorted(told.upstream) == sorted([LIST, *(f"GET /pets/{pet.id}/vaccinations" for pet in (late, soon))])


def test_what_has_nothing_due_is_not_read(gpt: Connect, cat: Cat) -> None:
    cat("Nothing")
    cat("Undated", None)
    cat("Rex", species="dog")

    told = gpt("noah").post("/pets/overview")

    assert told.upstream == [LIST]
    assert {shown["vaccination_details"] for shown in told.ok["pets"]} == {"not_needed"}
    assert told.body["incomplete"] is False


def test_it_costs_one_query(gpt: Connect, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    connected = gpt("mai")

    with django_assert_num_queries(1):
        connected.post("/pets/overview", include_weights=True)


def test_weights_are_read_only_when_asked_for_and_only_of_weighed_pets(gpt: Connect, sandbox: SandboxServer) -> None:
    biscuit, rex = sandbox.world.pet("Biscuit"), sandbox.world.pet("Rex")

    told = gpt("emma").post("/pets/overview", include_weights=True, sort_by="next_birthday_at")

    assert sorted(told.upstream) == sorted([LIST, f"GET /pets/{biscuit.id}/weights", f"GET /pets/{rex.id}/weights"])
    newest = [one(told, "Biscuit")["recent_weights"][index]["measured_at"] for index in range(5)]
    assert newest == [(sandbox.world.today() - timedelta(weeks=week)).isoformat() for week in range(5)]
    assert len(one(told, "Biscuit")["recent_weights"]) == 5
    assert one(told, "Leap")["recent_weights"] == []


def test_only_the_page_that_is_shown_is_read(gpt: Connect, cat: Cat) -> None:
    for number in range(35):
        cat(f"Cat {number:02}", 300)
    connected = gpt("noah")

    first, second = connected.post("/pets/overview"), connected.post("/pets/overview", page=2)

    assert (len(first.upstream), len(second.upstream)) == (26, 11)
    assert names(first) + names(second) == [f"Cat {number:02}" for number in range(35)]
    assert (first.body["total"], first.body["next_page"], second.body["next_page"]) == (35, 2, None)


# --- Paginated lists upstream --------------------------------------------------------------------


def test_trap_03_all_pages_of_a_pets_vaccinations_are_read(gpt: Connect, sandbox: SandboxServer, cat: Cat) -> None:
    """The most urgent one was given first, so it stands on the last page (contract §8.4: last given first)."""
    pet = cat("Nox")
    for number in range(60):
        given = sandbox.world.today() - timedelta(days=number + 1)
        sandbox.world.add_vaccination(
            pet, f"Vaccine {number}", given, sandbox.world.today() + timedelta(days=200 - number)
        )

    told = gpt("noah").post("/pets/overview")

    shown = one(told, "Nox")
    assert (len(shown["active_vaccinations"]), shown["active_vaccination_count"]) == (8, 60)
    assert shown["active_vaccinations"][0]["vaccine_name"] == "Vaccine 59"
    assert shown["next_vaccination_due_at"] == (sandbox.world.today() + timedelta(days=141)).isoformat()
    assert told.upstream == [LIST, *[f"GET /pets/{pet.id}/vaccinations"] * 3]


def test_trap_16_completed_ones_do_not_count(gpt: Connect, sandbox: SandboxServer, cat: Cat) -> None:
    pet = cat("Nox", 20)
    day = sandbox.world.today() - timedelta(days=9)
    sandbox.world.add_vaccination(pet, "Old", day, day, completed_at=sandbox.world.timestamp())

    shown = one(gpt("noah").post("/pets/overview"), "Nox")

    assert [each["vaccine_name"] for each in shown["active_vaccinations"]] == ["Vaccine 0"]
    assert shown["overdue_since"] is None


def test_no_answer_reaches_100_000_characters(gpt: Connect, cat: Cat, sandbox: SandboxServer) -> None:
    today = sandbox.world.today()
    for number in range(30):
        pet = cat(f"{number:02} {'x' * 250}", birthday="2020-05-12", description="мяу " * 2000)
        for step in range(12):
            sandbox.world.add_vaccination(pet, "y" * 255, today - timedelta(days=step), today + timedelta(days=step))
            sandbox.world.add_weight(pet, 4.25, today - timedelta(days=step))

    response = gpt("noah").http.post("/pets/overview", {"include_weights": True}, content_type="application/json")

    assert [len(shown["recent_weights"]) for shown in response.json()["pets"]] == [5] * 25
    assert 60_000 < len(response.content.decode()) < 100_000


# --- At once, and in time ------------------------------------------------------------------------


def test_at_most_eight_are_asked_for_at_once(
    gpt: Connect, cat: Cat, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        cat(f"Cat {number}", 3)
    busy = Busy()
    monkeypatch.setattr("mainapp.sandbox.pipeline.time", busy)
    sandbox.faults.add(latency_ms=60, path="vaccinations")

    told = gpt("noah").post("/pets/overview")

    assert len(told.ok["pets"]) == 20
    assert busy.most == AT_ONCE == 8


class Busy:
    """Stands for the stand-in's `time`: counts how many of its requests are at work at one moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(seconds)
        with self._lock:
            self._now -= 1


def test_one_pet_that_hangs_is_marked_and_the_deadline_is_kept(
    gpt: Connect, cat: Cat, sandbox: SandboxServer, settings: Settings
) -> None:
    hanging = cat("Hangs", 3)
    for number in range(10):
        cat(f"Cat {number}", 5)
    settings.TOOL_DEADLINE_SECONDS = 1.5
    sandbox.faults.add(hang_s=10, path=f"/pets/{hanging.id}/")

    started = time.monotonic()
    told = gpt("noah").post("/pets/overview")

    assert time.monotonic() - started < 2.5
    details = {shown["name"]: shown["vaccination_details"] for shown in told.ok["pets"]}
    assert details.pop("Hangs") == "unavailable"
    assert set(details.values()) == {"complete"}
    assert told.body["incomplete"] is True


@pytest.mark.parametrize(
    "fault",
    [{"error_rate": 1.0}, {"html_errors": True}, {"wrong_shape": True}, {"invalid_json": True}, {"drop": "mid_body"}],
)
def test_one_pet_that_cannot_be_read_is_marked(
    gpt: Connect, cat: Cat, sandbox: SandboxServer, settings: Settings, fault: dict[str, Any]
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    broken, _well = cat("Broken", -3), cat("Well", -4)
    sandbox.faults.add(**fault, path=f"/pets/{broken.id}/vaccinations")

    told = gpt("noah").post("/pets/overview", only_overdue=True, sort_by="next_vaccination_due_at")

    assert [(shown["name"], shown["vaccination_details"]) for shown in told.ok["pets"]] == [
        ("Well", "complete"),
        ("Broken", "unavailable"),
    ]
    assert told.body["incomplete"] is True
    assert departures(told.body, catalog.PETS_OVERVIEW.answer) == []


def test_weights_that_cannot_be_read_leave_the_vaccinations_as_they_are(
    gpt: Connect, cat: Cat, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    pet = cat("Nox", 3)
    sandbox.world.add_weight(pet, 4.2)
    sandbox.faults.add(error_rate=1.0, path="weights")

    told = gpt("noah").post("/pets/overview", include_weights=True)

    shown = one(told, "Nox")
    assert (shown["vaccination_details"], shown["recent_weights"]) == ("complete", None)
    assert told.body["incomplete"] is True


def test_a_limit_met_on_the_way_is_not_run_into_again(
    gpt: Connect, cat: Cat, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    for number in range(40):
        cat(f"Cat {number}", 3)
    sandbox.faults.add(throttle_429=True, retry_after=30, path="vaccinations")

    told = gpt("noah").post("/pets/overview")

    assert {shown["vaccination_details"] for shown in told.ok["pets"]} == {"unavailable"}
    assert len(told.upstream) <= 1 + AT_ONCE


def test_a_token_that_dies_on_the_way_ends_the_connection(gpt: Connect, cat: Cat, sandbox: SandboxServer) -> None:
    for number in range(5):
        cat(f"Cat {number}", 3)
    token = sandbox.world.new_token(sandbox.world.user("noah"))
    connected = gpt("noah", token=token)
    sandbox.world.throttles = DiesAfterTheList(sandbox, token)  # type: ignore[assignment]

    told = connected.post("/pets/overview")

    assert (told.status, told.code) == (401, "UNAUTHORIZED")
    connected.connection.refresh_from_db()
    assert connected.connection.status == Connection.Status.BROKEN


class DiesAfterTheList:
    """Stands where the minute limits are counted: the token is revoked with the first request that is counted."""

    def __init__(self, sandbox: SandboxServer, token: str) -> None:
        self._sandbox, self._token = sandbox, token

    def hit(self, key: str, limit: int, now: datetime) -> int:
        self._sandbox.world.revoke(self._token)
        return limit


# --- Order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("asc", ["Latest", "Late", "Soon", "Far", "Nothing", "Undated"]),
        ("desc", ["Far", "Soon", "Late", "Latest", "Nothing", "Undated"]),
    ],
)
def test_overdue_is_earlier_than_anything_upcoming_and_unknown_is_last_either_way(
    gpt: Connect, cat: Cat, order: str, expected: list[str]
) -> None:
    cat("Far", 300), cat("Nothing"), cat("Late", -3, 2), cat("Soon", 3), cat("Undated", None), cat("Latest", -30)

    assert names(gpt("noah").post("/pets/overview", sort_by="next_vaccination_due_at", order=order)) == expected


@pytest.mark.parametrize(("order", "expected"), [("asc", ["anh", "Bo", "Cam"]), ("desc", ["Cam", "Bo", "anh"])])
def test_names_are_sorted_whatever_their_letter_case(gpt: Connect, cat: Cat, order: str, expected: list[str]) -> None:
    for name in ("Cam", "anh", "Bo"):
        cat(name)

    assert names(gpt("noah").post("/pets/overview", order=order)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [("asc", ["In June", "30 June", "July", "Year"]), ("desc", ["July", "30 June", "In June", "Year"])],
)
def test_birthdays_are_sorted_with_a_month_at_its_first_day(
    gpt: Connect, cat: Cat, at: Callable[[str], datetime], order: str, expected: list[str]
) -> None:
    at("2027-05-20T08:00")
    cat("Year", birthday="2020"), cat("July", birthday="2020-07-01")
    cat("30 June", birthday="2020-06-30"), cat("In June", birthday="2020-06")

    told = gpt("noah").post("/pets/overview", sort_by="next_birthday_at", order=order)

    assert names(told) == expected
    in_june = one(told, "In June")
    assert (in_june["next_birthday_at"], in_june["next_birthday_is_approximate"]) == ("2027-06", True)
    assert (in_june["days_until_birthday"], in_june["turns"]) == (12, 7)
    assert one(told, "Year")["next_birthday_at"] is None


@pytest.mark.parametrize(("today", "birthday"), [("2027-01-10", "2027-02-28"), ("2028-01-10", "2028-02-29")])
def test_29_february_falls_on_the_28th_in_other_years(
    gpt: Connect, cat: Cat, at: Callable[[str], datetime], today: str, birthday: str
) -> None:
    at(f"{today}T08:00")
    cat("Leap", birthday="2024-02-29")

    assert one(gpt("noah").post("/pets/overview", sort_by="next_birthday_at"), "Leap")["next_birthday_at"] == birthday


# --- What is told of a pet -----------------------------------------------------------------------


def test_overdue_and_upcoming_are_told_apart(gpt: Connect, cat: Cat, sandbox: SandboxServer) -> None:
    cat("Nox", -3, 10, None)
    today = sandbox.world.today()

    shown = one(gpt("noah").post("/pets/overview"), "Nox")

    assert shown["overdue_since"] == (today - timedelta(days=3)).isoformat()
    assert shown["next_vaccination_due_at"] == (today + timedelta(days=10)).isoformat()
    assert shown["days_until_vaccination"] in (9, 10)  # a day less from 00:00 to 07:00 in Hanoi
    assert [each["is_overdue"] for each in shown["active_vaccinations"]] == [True, False, False]
    assert [each["due_at"] for each in shown["active_vaccinations"]][2] is None


def test_deceased_pets_are_hidden_unless_asked_for_and_never_read(gpt: Connect, cat: Cat) -> None:
    cat("Alive"), cat("Gone", -3, status="deceased", birthday="2015-05-12")
    connected = gpt("noah")

    hidden, told = connected.post("/pets/overview"), connected.post("/pets/overview", include_deceased=True)

    assert names(hidden) == ["Alive"]
    assert names(told) == ["Alive", "Gone"]
    gone = one(told, "Gone")
    assert (gone["next_birthday_at"], gone["overdue_since"], gone["vaccination_details"]) == (None, None, "not_needed")
    assert told.upstream == [LIST]


def test_trap_12_pets_whose_records_the_person_may_not_see_are_marked_and_not_asked_for(
    gpt: Connect, cat: Cat, sandbox: SandboxServer
) -> None:
    shared = cat("Shared", -3, owner="emma")
    sandbox.world.share(shared, sandbox.world.user("noah"), "viewer")

    told = gpt("noah").post("/pets/overview")
    overdue = gpt("noah").post("/pets/overview", only_overdue=True)

    assert told.upstream == [LIST]
    shown = one(told, "Shared")
    assert (shown["vaccination_details"], shown["active_vaccinations"]) == ("not_allowed", [])
    assert shown["vaccination_status"] == "overdue"
    assert names(overdue) == ["Shared"]
    assert told.body["incomplete"] is False


def test_days_are_counted_from_the_persons_day(
    gpt: Connect, cat: Cat, sandbox: SandboxServer, at: Callable[[str], datetime]
) -> None:
    """20:00 UTC on the 11th is the 12th in Hanoi: what was due on the 11th was due yesterday, and is not overdue yet."""
    at("2027-05-11T20:00")
    cat("Due", 0)
    cat("Next", 1)

    told = gpt("noah").post("/pets/overview")

    assert (one(told, "Due")["days_until_vaccination"], one(told, "Due")["overdue_since"]) == (-1, None)
    assert one(told, "Next")["days_until_vaccination"] == 0
    assert names(gpt("noah").post("/pets/overview", due_within_days=0)) == ["Due", "Next"]


# --- Filters -------------------------------------------------------------------------------------


def test_filters_narrow_together(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("emma")

    assert names(connected.post("/pets/overview", species="cats")) == ["Biscuit", "Leap", "Мурка"]
    assert names(connected.post("/pets/overview", species="cats", name="leap")) == ["Leap"]
    assert names(connected.post("/pets/overview", only_overdue=True, species="dog")) == []
    assert names(connected.post("/pets/overview", only_with_upcoming_vaccination=True)) == ["Biscuit", "Мурка"]


def test_due_within_counts_overdue_ones_too(gpt: Connect, cat: Cat) -> None:
    cat("Late", -100), cat("In 10", 10), cat("In 50", 50), cat("In 100", 100), cat("Nothing")
    connected = gpt("noah")

    assert names(connected.post("/pets/overview", due_within_days=0)) == ["Late"]
    assert names(connected.post("/pets/overview", due_within_days=11)) == ["In 10", "Late"]
    assert names(connected.post("/pets/overview", due_within_days=60)) == ["In 10", "In 50", "Late"]


def test_a_name_that_nobody_has_is_asked_about(gpt: Connect) -> None:
    told = gpt("emma").post("/pets/overview", name="Biscit")

    assert told.reason == "no_match"
    assert [each["name"] for each in told.body["candidates"]] == ["Biscuit"]


def test_a_kind_that_does_not_exist_is_asked_about(gpt: Connect) -> None:
    assert gpt("emma").post("/pets/overview", species="dragon").body["missing_fields"] == ["species"]


def test_a_person_without_pets_gets_an_empty_overview(gpt: Connect) -> None:
    assert gpt("noah").post("/pets/overview").ok["pets"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"sort_by": None, "order": "", "page": None, "due_within_days": None, "only_overdue": None},
        {"sort_by": " ", "include_deceased": "", "page": "", "species": None},
        {"order_by": "x", "limit": 5},
    ],
)
def test_what_was_not_given_changes_nothing(gpt: Connect, body: dict[str, Any]) -> None:
    connected = gpt("emma")

    assert connected.post("/pets/overview", **body).ok == connected.post("/pets/overview").ok


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sort_by", "age"),
        ("sort_by", ["name"]),
        ("order", "up"),
        ("due_within_days", -1),
        ("due_within_days", 3651),
        ("due_within_days", 10**4000),
        ("page", 0),
        ("page", 1.5),
        ("only_overdue", "perhaps"),
        ("only_overdue", {}),
        ("include_weights", [True]),
        ("name", ["Miu"]),
    ],
)
def test_what_is_none_of_the_choices_is_refused_before_any_call(gpt: Connect, field: str, value: Any) -> None:
    told = gpt("emma").post("/pets/overview", **{field: value})

    assert (told.status, told.code) == (400, "INVALID_INPUT")
    assert [each["name"] for each in told.body["fields"]] == [field]
    assert told.upstream == []


# --- Older servers -------------------------------------------------------------------------------


def test_without_a_summary_every_cat_is_read_and_a_dog_is_no_gap(
    gpt: Connect, cat: Cat, sandbox: SandboxServer
) -> None:
    sandbox.app.release = Release("v1.10.0")
    cat("Late", -3), cat("Soon", 3), cat("Rex", species="dog")

    told = gpt("noah").post("/pets/overview", only_overdue=True)

    assert names(told) == ["Late"]
    assert len(told.upstream) == 4
    assert told.body["incomplete"] is False
    assert departures(told.body, catalog.PETS_OVERVIEW.answer) == []


def test_without_is_overdue_the_main_apps_own_rule_is_used(
    gpt: Connect, cat: Cat, sandbox: SandboxServer, at: Callable[[str], datetime]
) -> None:
    """Due before today in UTC (contract §14.3): at 20:00 UTC the 11th is not overdue, though it is the 12th in Hanoi."""
    at("2027-05-11T20:00")
    sandbox.app.release = Release("v1.18.1")
    cat("Today", 0), cat("Yesterday", -1)

    assert names(gpt("noah").post("/pets/overview", only_overdue=True)) == ["Yesterday"]


def test_the_answers_are_what_their_documentation_says(gpt: Connect) -> None:
    for key in ("emma", "mai", "olga", "taras", "noah", "pia"):
        told = gpt(key).post("/pets/overview", include_weights=True, include_deceased=True)
        assert departures(told.ok, catalog.PETS_OVERVIEW.answer) == []
