"""Whatever a model or a person sends: nothing raises, nothing is out of range, nothing is made up."""

import calendar
import string
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from petstools.understand.age import age_at, next_birthday, stored_birthday
from petstools.understand.birthday import Birthday, understand_birthday
from petstools.understand.country import understand_country
from petstools.understand.dates import understand_date
from petstools.understand.numbers import with_digits
from petstools.understand.outcome import Unclear
from petstools.understand.person_day import accepted_by_main_app, person_zone
from petstools.understand.pet_names import Closeness, rank
from petstools.understand.record_types import RecordType, understand_record_type
from petstools.understand.sex import understand_sex
from petstools.understand.species import PetTypeChoice, understand_species
from petstools.understand.text import fold, said
from petstools.understand.weight import understand_weight
from tests.understand.pet_types import PET_TYPES
from tests.understand.phrases import ages, dates, species, weights, words

TODAY = date(2026, 11, 18)
KNOWN = [
    text
    for table in (
        species.MEANT,
        species.OPEN,
        dates.MEANT,
        dates.ASKED,
        ages.MEANT,
        weights.MEANT,
        words.COUNTRIES,
        words.SEXES,
        words.RECORD_TYPES,
    )
    for text, *_ in table
    if isinstance(text, str)
]
# Scraps of real phrases glued together reach deeper into the grammars than random letters do.
SCRAPS = sorted({scrap for text in KNOWN for scrap in text.split()})
scrambled = st.lists(st.sampled_from(SCRAPS) | st.integers(0, 3000).map(str), max_size=6).map(" ".join)
digits_and_signs = st.text(string.digits + " .,-/:+T#@~kgмлnămth", max_size=24)
any_text = st.text(st.characters(), max_size=60) | scrambled | digits_and_signs | st.sampled_from(KNOWN)
numbers = st.integers() | st.floats() | st.decimals() | st.just(10**5000)
anything: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | any_text
    | numbers
    | st.binary(max_size=5)
    | st.lists(any_text, max_size=2)
    | st.just({})
    | st.dates()
)
any_day = st.dates()
usual_day = st.dates(date(1990, 1, 1), date(2090, 12, 31))


thorough = settings(deadline=None, derandomize=True, database=None, max_examples=200)


def asks(answer: object, field: str) -> bool:
    assert isinstance(answer, Unclear)
    assert answer.field == field
    assert answer.reason
    assert answer.message.strip()
    assert len(answer.message) < 600
    answer.message.encode()
    return True


@thorough
@given(anything)
def test_a_species_is_one_of_the_list_or_a_question(value):
    answer = understand_species(value, PET_TYPES)

    assert answer in PET_TYPES if isinstance(answer, PetTypeChoice) else asks(answer, "species")


@thorough
@given(anything)
def test_no_species_is_made_up_where_there_are_none(value):
    assert isinstance(understand_species(value, []), Unclear)


@thorough
@given(st.text(st.characters(categories=["Nd", "Nl", "Sm", "Sc"]), max_size=20) | st.lists(st.integers()) | st.floats())
def test_what_holds_no_word_is_no_species(value):
    assert isinstance(understand_species(value, PET_TYPES), Unclear)


@thorough
@given(anything, st.lists(any_text, max_size=6))
def test_names_found_are_names_given(query, names):
    ranking = rank(query, names)

    for hit in (*ranking.matches, *ranking.suggestions):
        assert hit.name == names[hit.index]
    assert not (ranking.matches and ranking.suggestions)
    assert [hit.closeness for hit in ranking.matches] == sorted(hit.closeness for hit in ranking.matches)
    assert len({hit.index for hit in ranking.matches}) == len(ranking.matches)


@thorough
@given(any_text, st.lists(any_text, max_size=4))
def test_a_name_finds_itself_first(name, others):
    assume(fold(said(name)))

    best = rank(name, [*others, name]).best

    assert len(others) in [hit.index for hit in best]
    assert best[0].closeness is Closeness.EXACT


@thorough
@given(anything, any_day, st.sampled_from(["past", "future"]), st.booleans())
def test_a_date_is_in_range_or_a_question(value, today, prefer, year_needed):
    answer = understand_date(value, today, field="record_date", prefer=prefer, year_needed=year_needed)

    assert 1900 <= answer.year <= 2100 if isinstance(answer, date) else asks(answer, "record_date")


@thorough
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), usual_day)
def test_a_date_written_out_comes_back(day, today):
    name, short = calendar.month_name[day.month], calendar.month_abbr[day.month]
    for written in (
        day.isoformat(),
        f"{day.isoformat()}T23:59:59Z",
        f"{day:%d/%m/%Y}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day} {name} {day.year}",
        f"{short} {day.day}, {day.year}",
        f"ngày {day.day} tháng {day.month} năm {day.year}",
        f"{calendar.day_name[day.weekday()]}, {day.day} {name} {day.year}",
    ):
        assert understand_date(written, today, field="record_date") == day, written


@thorough
@given(st.integers(0, 4000), usual_day)
def test_days_ago_are_counted_from_the_day_given(count, today):
    day = today - timedelta(days=count)
    assume(day.year >= 1900)

    for phrase in (f"{count} days ago", f"{count} ngày trước", f"{count} дней назад", f"{count} днів тому"):
        assert understand_date(phrase, today, field="record_date") == day


@thorough
@given(st.integers(1, 12), st.integers(1, 31), usual_day)
def test_without_a_year_the_day_lies_on_the_preferred_side(month, day, today):
    past = understand_date(f"{day}/{month}", today, field="record_date")
    future = understand_date(f"{day}/{month}", today, field="due_at", prefer="future")

    assert isinstance(past, Unclear) or (past <= today and (past.day, past.month) == (day, month))
    assert isinstance(future, Unclear) or (future >= today and (future.day, future.month) == (day, month))


@thorough
@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("birth_date", "birth_month_year", "age_months", "age", "birthday"), anything)
    ),
    any_day,
    st.sampled_from([None, "cat", "turtle", "unicorn"]),
)
def test_a_birthday_is_no_later_than_today_and_possible_or_a_question(fields, today, slug):
    answer = understand_birthday(**fields, today=today, species_slug=slug)

    if isinstance(answer, Birthday):
        first = date(answer.year, answer.month or 1, answer.day or 1)
        assert first <= today
        assert answer.year >= 1900
        assert (answer.month is None, answer.day is None) == {
            "day": (False, False),
            "month": (False, True),
            "year": (True, True),
        }[answer.precision]
    elif answer is not None:
        assert answer.field in fields
        asks(answer, answer.field)


@thorough
@given(st.dates(date(1991, 1, 1), TODAY))
def test_a_birthday_comes_back_at_every_precision(born):
    assert understand_birthday(birth_date=born.isoformat(), today=TODAY) == Birthday(
        "day", born.year, born.month, born.day
    )
    assert understand_birthday(birth_month_year=f"{born:%Y-%m}", today=TODAY) == Birthday(
        "month", born.year, born.month
    )
    assert understand_birthday(birthday=str(born.year), today=TODAY) == Birthday("year", born.year)


@thorough
@given(st.dates(date(1991, 1, 1), TODAY))
def test_an_age_told_agrees_with_the_birthday_it_is_of(born):
    age = age_at(Birthday("day", born.year, born.month, born.day), TODAY)
    assert age is not None
    assert age.months is not None

    both = understand_birthday(birth_date=born.isoformat(), age_months=age.years * 12 + age.months, today=TODAY)
    years = understand_birthday(birth_date=born.isoformat(), age=f"{age.years} years", today=TODAY)

    assert both == years == Birthday("day", born.year, born.month, born.day) or age.years == 0


@thorough
@given(anything, anything, anything, anything, any_day)
def test_stored_parts_of_any_kind_give_an_age_or_none(precision, year, month, day, today):
    for stored in (stored_birthday(precision, year, month, day), stored_birthday("day", year, month, day)):
        age, coming = age_at(stored, today), next_birthday(stored, today)
        assert age is None or (age.years >= 0 and (age.months is None or 0 <= age.months < 12))
        assert coming is None or coming.days_until >= 0


@thorough
@given(any_day, any_day, st.sampled_from(["day", "month"]))
def test_the_next_birthday_lies_within_a_year_and_is_the_first(one, other, precision):
    born, today = min(one, other), max(one, other)
    coming = next_birthday(stored_birthday(precision, born.year, born.month, born.day), today)

    if coming is None:
        assert today.year >= 9998
        return
    assert coming.turns_age >= 1
    assert 0 <= coming.days_until <= 366
    assert coming.approximate is (coming.date is None)
    if coming.date:
        assert coming.date == today + timedelta(days=coming.days_until)
        assert (coming.date.month, coming.date.day) in {(born.month, born.day), (2, 28)}
        assert coming.turns_age == coming.date.year - born.year


@thorough
@given(
    anything,
    st.none() | any_text | st.sampled_from(["kg", "g", "lb", "lạng"]),
    st.sampled_from([None, "cat", "horse", "mouse", "?"]),
)
def test_a_weight_is_in_range_or_a_question(value, unit, slug):
    answer = understand_weight(value, unit=unit, species_slug=slug)

    if isinstance(answer, Decimal):
        assert Decimal("0.01") <= answer <= 1000
        assert answer == answer.quantize(Decimal("0.01"))
    else:
        asks(answer, "weight_kg")


@thorough
@given(st.integers(1, 100_000))
def test_a_weight_written_in_any_way_comes_back(hundredths):
    kg = Decimal(hundredths) / 100
    whole, part = divmod(hundredths, 100)

    for written in (
        kg,
        float(kg),
        str(kg),
        f"{kg} kg",
        f"{kg} кг".replace(".", ","),
        f"{hundredths * 10} g",
        f"{hundredths * 10} gam",
        f"{whole}kg{part:02d}",
        f"{whole} кг {part * 10} г",
    ):
        assert understand_weight(written) == kg.quantize(Decimal("0.01")), written


@thorough
@given(anything)
def test_a_country_is_two_letters_or_a_question(value):
    answer = understand_country(value)

    assert (
        len(answer) == 2 and answer.isascii() and answer.isupper()
        if isinstance(answer, str)
        else asks(answer, "country")
    )


@thorough
@given(anything)
def test_a_sex_is_one_of_three_or_a_question(value):
    answer = understand_sex(value)

    assert answer in {"male", "female", "not_specified"} if isinstance(answer, str) else asks(answer, "sex")


@thorough
@given(anything)
def test_a_record_type_is_usual_or_other_with_its_word_or_a_question(value):
    answer = understand_record_type(value)

    if isinstance(answer, RecordType):
        assert answer.record_type in {
            "checkup",
            "deworming",
            "treatment",
            "surgery",
            "medication",
            "test",
            "vet_visit",
            "other",
        }
        assert answer.said is None or 0 < len(answer.said) <= 200
    else:
        asks(answer, "record_type")


@thorough
@given(anything, st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_the_persons_day_is_within_a_day_of_utcs(time_zone, now):
    zone = person_zone(time_zone, "Asia/Ho_Chi_Minh")

    if isinstance(zone, Unclear):
        asks(zone, "time_zone")
    else:
        assert abs((now.astimezone(zone).date() - now.date()).days) <= 1


@thorough
@given(any_day, st.datetimes(timezones=st.just(UTC)))
def test_the_main_app_takes_every_day_up_to_its_own(day, now):
    not_yet = accepted_by_main_app(day, now)

    assert (not_yet is None) is (day <= now.date())


@thorough
@given(any_text)
def test_numbers_are_written_as_digits_once(text):
    assert with_digits(with_digits(text)) == with_digits(with_digits(with_digits(text)))
