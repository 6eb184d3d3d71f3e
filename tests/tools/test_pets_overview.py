"""pets_overview: POST /pets/overview."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from petstools.tools import overview as catalog
from sandbox.records import Pet
from sandbox.server import SandboxServer
from sandbox.versions import Release
from tests.tools.conftest import Gpt, Told
from tests.tools.documented import departures

pytestmark = pytest.mark.once

Connect = Callable[..., Gpt]
Cat = Callable[..., Pet]
LIST = "GET /my-pets/sections"


@pytest.fixture
def at(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """Set the connector's and the main app's clocks, in UTC."""

    def set_clocks(moment: str) -> datetime:
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        monkeypatch.setattr("petstools.execution.datetime", type("Clock", (), {"now": staticmethod(lambda zone: now)}))
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
def test_a_question_about_birthdays_is_one_call(gpt: Connect, cat_due: Cat, question: dict[str, str]) -> None:
    cat_due("Nox", -3, birthday="2020-05-12")

    told = gpt("noah").post("/pets/overview", **question)

    assert told.upstream == [LIST]
    assert one(told, "Nox")["vaccination_details"] == "not_needed"


def test_only_overdue_reads_only_what_the_summary_calls_overdue(
    gpt: Connect, cat_due: Cat, at: Callable[[str], datetime]
) -> None:
    at("2027-05-11T10:00")
    overdue, *_others = (
        cat_due("Late", -3),
        cat_due("Soon", 3),
        cat_due("Fine", 300),
        cat_due("Nothing"),
        cat_due("Undated", None),
    )

    told = gpt("noah").post("/pets/overview", only_overdue=True)

    assert names(told) == ["Late"]
    assert told.upstream == [LIST, f"GET /pets/{overdue.id}/vaccinations"]


def test_due_soon_reads_only_overdue_and_soon_ones(gpt: Connect, cat_due: Cat) -> None:
    late, soon, _fine = cat_due("Late", -3), cat_due("Soon", 3), cat_due("Fine", 300)

    told = gpt("noah").post("/pets/overview", due_within_days=7)

    assert names(told) == ["Late", "Soon"]
    assert sorted(told.upstream) == sorted([LIST, *(f"GET /pets/{pet.id}/vaccinations" for pet in (late, soon))])


@pytest.mark.parametrize(("within", "read"), [(29, 0), (30, 1)])
def test_the_persons_today_may_be_a_day_ahead_of_what_the_summary_calls_soon(
    gpt: Connect, cat_due: Cat, at: Callable[[str], datetime], within: int, read: int
) -> None:
    """20:00 UTC is the next day in Hanoi: due in 31 of the main app's days, so not soon there, is 30 days away."""
    at("2027-05-11T20:00")
    cat_due("Later", 31)

    told = gpt("noah").post("/pets/overview", due_within_days=within)

    assert names(told) == ["Later"] * read
    assert len(told.upstream) == 1 + read


def test_what_has_nothing_due_is_not_read(gpt: Connect, cat_due: Cat) -> None:
    cat_due("Nothing")
    cat_due("Undated", None)
    cat_due("Rex", species="dog")

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


def test_only_the_page_that_is_shown_is_read(gpt: Connect, cat_due: Cat) -> None:
    for number in range(35):
        cat_due(f"Cat {number:02}", 300)
    connected = gpt("noah")

    first, second = connected.post("/pets/overview"), connected.post("/pets/overview", page=2)

    assert (len(first.upstream), len(second.upstream)) == (26, 11)
    assert names(first) + names(second) == [f"Cat {number:02}" for number in range(35)]
    assert (first.body["total"], first.body["next_page"], second.body["next_page"]) == (35, 2, None)


# --- Paginated lists upstream --------------------------------------------------------------------


def test_trap_03_all_pages_of_a_pets_vaccinations_are_read(gpt: Connect, sandbox: SandboxServer, cat_due: Cat) -> None:
    """The most urgent one was given first, so it stands on the last page (contract §8.4: last given first)."""
    pet = cat_due("Nox")
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


def test_trap_16_completed_ones_do_not_count(gpt: Connect, sandbox: SandboxServer, cat_due: Cat) -> None:
    pet = cat_due("Nox", 20)
    day = sandbox.world.today() - timedelta(days=9)
    sandbox.world.add_vaccination(pet, "Old", day, day, completed_at=sandbox.world.timestamp())

    shown = one(gpt("noah").post("/pets/overview"), "Nox")

    assert [each["vaccine_name"] for each in shown["active_vaccinations"]] == ["Vaccine 0"]
    assert shown["overdue_since"] is None


def test_no_answer_reaches_100_000_characters(gpt: Connect, cat_due: Cat, sandbox: SandboxServer) -> None:
    today = sandbox.world.today()
    for number in range(30):
        pet = cat_due(f"{number:02} {'x' * 250}", birthday="2020-05-12", description="мяу " * 2000)
        for step in range(12):
            sandbox.world.add_vaccination(pet, "y" * 255, today - timedelta(days=step), today + timedelta(days=step))
            sandbox.world.add_weight(pet, 4.25, today - timedelta(days=step))

    response = gpt("noah").http.post("/pets/overview", {"include_weights": True}, content_type="application/json")

    assert [len(shown["recent_weights"]) for shown in response.json()["pets"]] == [5] * 25
    assert 60_000 < len(response.content.decode()) < 100_000


# --- Order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("asc", ["Latest", "Late", "Soon", "Far", "Nothing", "Undated"]),
        ("desc", ["Far", "Soon", "Late", "Latest", "Nothing", "Undated"]),
    ],
)
def test_overdue_is_earlier_than_anything_upcoming_and_unknown_is_last_either_way(
    gpt: Connect, cat_due: Cat, order: str, expected: list[str]
) -> None:
    (
        cat_due("Far", 300),
        cat_due("Nothing"),
        cat_due("Late", -3, 2),
        cat_due("Soon", 3),
        cat_due("Undated", None),
        cat_due("Latest", -30),
    )

    assert names(gpt("noah").post("/pets/overview", sort_by="next_vaccination_due_at", order=order)) == expected


@pytest.mark.parametrize(("order", "expected"), [("asc", ["anh", "Bo", "Cam"]), ("desc", ["Cam", "Bo", "anh"])])
def test_names_are_sorted_whatever_their_letter_case(
    gpt: Connect, cat_due: Cat, order: str, expected: list[str]
) -> None:
    for name in ("Cam", "anh", "Bo"):
        cat_due(name)

    assert names(gpt("noah").post("/pets/overview", order=order)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [("asc", ["In June", "30 June", "July", "Year"]), ("desc", ["July", "30 June", "In June", "Year"])],
)
def test_birthdays_are_sorted_with_a_month_at_its_first_day(
    gpt: Connect, cat_due: Cat, at: Callable[[str], datetime], order: str, expected: list[str]
) -> None:
    at("2027-05-20T08:00")
    cat_due("Year", birthday="2020"), cat_due("July", birthday="2020-07-01")
    cat_due("30 June", birthday="2020-06-30"), cat_due("In June", birthday="2020-06")

    told = gpt("noah").post("/pets/overview", sort_by="next_birthday_at", order=order)

    assert names(told) == expected
    in_june = one(told, "In June")
    assert (in_june["next_birthday_at"], in_june["next_birthday_is_approximate"]) == ("2027-06", True)
    assert (in_june["days_until_birthday"], in_june["turns"]) == (12, 7)
    assert one(told, "Year")["next_birthday_at"] is None


@pytest.mark.parametrize(("today", "birthday"), [("2027-01-10", "2027-02-28"), ("2028-01-10", "2028-02-29")])
def test_29_february_falls_on_the_28th_in_other_years(
    gpt: Connect, cat_due: Cat, at: Callable[[str], datetime], today: str, birthday: str
) -> None:
    at(f"{today}T08:00")
    cat_due("Leap", birthday="2024-02-29")

    assert one(gpt("noah").post("/pets/overview", sort_by="next_birthday_at"), "Leap")["next_birthday_at"] == birthday


# --- What is told of a pet -----------------------------------------------------------------------


def test_overdue_and_upcoming_are_told_apart(gpt: Connect, cat_due: Cat, sandbox: SandboxServer) -> None:
    cat_due("Nox", -3, 10, None)
    today = sandbox.world.today()

    shown = one(gpt("noah").post("/pets/overview"), "Nox")

    assert shown["overdue_since"] == (today - timedelta(days=3)).isoformat()
    assert shown["next_vaccination_due_at"] == (today + timedelta(days=10)).isoformat()
    assert shown["days_until_vaccination"] in (9, 10)  # a day less from 00:00 to 07:00 in Hanoi
    assert [each["is_overdue"] for each in shown["active_vaccinations"]] == [True, False, False]
    assert [each["due_at"] for each in shown["active_vaccinations"]][2] is None


def test_deceased_pets_are_hidden_unless_asked_for_and_never_read(gpt: Connect, cat_due: Cat) -> None:
    cat_due("Alive"), cat_due("Gone", -3, status="deceased", birthday="2015-05-12")
    connected = gpt("noah")

    hidden, told = connected.post("/pets/overview"), connected.post("/pets/overview", include_deceased=True)

    assert names(hidden) == ["Alive"]
    assert names(told) == ["Alive", "Gone"]
    gone = one(told, "Gone")
    assert (gone["next_birthday_at"], gone["overdue_since"], gone["vaccination_details"]) == (None, None, "not_needed")
    assert told.upstream == [LIST]


def test_trap_12_pets_whose_records_the_person_may_not_see_are_marked_and_not_asked_for(
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer
) -> None:
    shared = cat_due("Shared", -3, owner="emma")
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
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer, at: Callable[[str], datetime]
) -> None:
    """20:00 UTC on the 11th is the 12th in Hanoi: what was due on the 11th is overdue there."""
    at("2027-05-11T20:00")
    cat_due("Due", 0)
    cat_due("Next", 1)

    told = gpt("noah").post("/pets/overview")

    assert (one(told, "Due")["days_until_vaccination"], one(told, "Due")["overdue_since"]) == (None, "2027-05-11")
    assert one(told, "Due")["vaccination_status"] == "overdue"
    assert one(told, "Next")["days_until_vaccination"] == 0
    assert (told.body["today"], told.body["time_zone"]) == ("2027-05-12", "Asia/Ho_Chi_Minh")
    assert names(gpt("noah").post("/pets/overview", due_within_days=0)) == ["Due", "Next"]
    assert names(gpt("noah").post("/pets/overview", only_overdue=True)) == ["Due"]


# --- Filters -------------------------------------------------------------------------------------


def test_filters_narrow_together(gpt: Connect, sandbox: SandboxServer) -> None:
    connected = gpt("emma")

    assert names(connected.post("/pets/overview", species="cats")) == ["Biscuit", "Leap", "Мурка"]
    assert names(connected.post("/pets/overview", species="cats", name="leap")) == ["Leap"]
    assert names(connected.post("/pets/overview", only_overdue=True, species="dog")) == []
    assert names(connected.post("/pets/overview", only_with_upcoming_vaccination=True)) == ["Biscuit", "Мурка"]


def test_due_within_counts_overdue_ones_too(gpt: Connect, cat_due: Cat) -> None:
    cat_due("Late", -100), cat_due("In 10", 10), cat_due("In 50", 50), cat_due("In 100", 100), cat_due("Nothing")
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
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer
) -> None:
    sandbox.app.release = Release("v1.10.0")
    cat_due("Late", -3), cat_due("Soon", 3), cat_due("Rex", species="dog")

    told = gpt("noah").post("/pets/overview", only_overdue=True)

    assert names(told) == ["Late"]
    assert len(told.upstream) == 4
    assert told.body["incomplete"] is False
    assert departures(told.body, catalog.pets_overview.answer) == []


@pytest.mark.parametrize("release", ["v1.18.1", "v1.18.2"])
def test_what_is_overdue_is_so_by_the_persons_day_on_every_server(
    gpt: Connect, cat_due: Cat, sandbox: SandboxServer, at: Callable[[str], datetime], release: str
) -> None:
    at("2027-05-11T20:00")
    sandbox.app.release = Release(release)
    cat_due("Tomorrow", 1), cat_due("Today", 0), cat_due("Yesterday", -1)

    told = gpt("noah").post("/pets/overview", only_overdue=True)
    in_london = gpt("noah").post("/pets/overview", only_overdue=True, time_zone="Europe/London")

    assert names(told) == ["Today", "Yesterday"]
    assert names(in_london) == ["Yesterday"]


def test_the_answers_are_what_their_documentation_says(gpt: Connect) -> None:
    for key in ("emma", "mai", "olga", "taras", "noah", "pia"):
        told = gpt(key).post("/pets/overview", include_weights=True, include_deceased=True)
        assert departures(told.ok, catalog.pets_overview.answer) == []
