"""The people and pets of a fresh stand-in; every date is relative to the world's clock, so it never ages."""

from __future__ import annotations

from datetime import date, timedelta

from .world import World


def seed(world: World) -> None:
    """Owners who write in English, Vietnamese, Russian and Ukrainian, and the accounts that need care."""
    seed_people(world)
    seed_english_home(world)
    seed_vietnamese_home(world)
    seed_cyrillic_homes(world)
    seed_shelter(world)
    seed_shares(world)


def seed_people(world: World) -> None:
    add = world.add_user
    now = world.timestamp()
    add("emma", "Emma Clarke", "emma@example.com", about="English; two cats, a dog, a parrot; long records")
    add("mai", "Nguyễn Thị Mai", "mai@example.com", locale="vi", about="Vietnamese; five pets, one lost, one deceased")
    add("olga", "Ольга Смирнова", "olga@example.com", locale="ru", about="Russian; two cats, editor of Emma's Biscuit")
    add("taras", "Тарас Коваль", "taras@example.com", locale="uk", about="Ukrainian; a dog")
    add("uma", "Uma Unverified", "uma@example.com", email_verified_at=None, about="e-mail not verified")
    add("bana", "Bana Banned", "bana@example.com", banned_at=now, ban_reason="Spam", about="banned: may only read")
    add("noah", "Noah Newcomer", "noah@example.com", about="no pets yet")
    add("pia", "Pia Premium", "pia@example.com", roles=["premium"], about="premium: no daily quota, 5 GB of photos")
    add("quinn", "Quinn Quota", "quinn@example.com", about="990 of today's 1000 requests used")
    add("sonya", "Sonya Shelter", "sonya@example.com", about="sixty cats, each with a shot that is or will be due")
    world.quota.set_used(world.user("quinn"), 990, now)


def seed_english_home(world: World) -> None:
    emma, today = world.user("emma"), world.today()
    biscuit = world.add_pet(
        emma,
        name="Biscuit",
        country="GB",
        sex="male",
        birthday=born(today, 4, "day"),
        description="Ginger, talks a lot.",
    )
    for weeks in range(30):  # more than one page of 25
        world.add_weight(biscuit, round(4.0 + (weeks % 6) * 0.05, 2), today - timedelta(weeks=weeks))
    world.add_vaccination(biscuit, "Rabies", today - timedelta(days=395), today - timedelta(days=30))
    world.add_vaccination(biscuit, "FVRCP", today - timedelta(days=350), today + timedelta(days=14), notes="left leg")
    world.add_vaccination(
        biscuit, "FeLV", today - timedelta(days=700), today - timedelta(days=335), completed_at=world.timestamp()
    )
    world.add_medical_record(
        biscuit, "surgery", today - timedelta(days=600), description="Neutered, no trouble.", vet_name="Dr. Patel"
    )
    world.add_medical_record(biscuit, "checkup", today - timedelta(days=40), description="Teeth fine.")
    world.add_microchip(biscuit, "982000123456789", "HomeAgain", today - timedelta(days=1200))
    world.add_photo(biscuit)
    world.add_pet(emma, name="Leap", country="GB", sex="female", birthday=leap_day(today))
    rex = world.add_pet(emma, name="Rex", species="dog", country="GB", sex="male", birthday=born(today, 6, "month"))
    world.add_weight(rex, 24.5, today - timedelta(days=20))
    world.add_microchip(rex, "985112004567890")
    world.add_pet(emma, name="Captain Flint", species="bird", country="GB", birthday=born(today, 11, "year"))


def seed_vietnamese_home(world: World) -> None:
    mai, today = world.user("mai"), world.today()
    hanoi = next(city for city in world.cities if city.slug == "hanoi")
    miu = world.add_pet(
        mai,
        name="Míu",
        sex="female",
        birthday=born(today, 3, "day"),
        city=hanoi,
        description="Mèo tam thể, thích nằm cửa sổ.",
        description_locale="vi",
    )
    world.add_weight(miu, 3.85, today - timedelta(days=60))
    world.add_weight(miu, 4.1, today - timedelta(days=3))
    world.add_vaccination(miu, "Dại", today - timedelta(days=360), today + timedelta(days=5))
    world.add_medical_record(miu, "deworming", today - timedelta(days=90), vet_name="BS. Hùng")
    world.add_photo(miu)
    world.add_pet(mai, name="Mướp", sex="male", birthday=born(today, 2, "month"))
    world.add_pet(mai, name="Vàng", species="dog", sex="male", birthday=born(today, 5, "year"))
    world.add_pet(mai, name="Mun", sex="female", status="lost")
    world.add_pet(mai, name="Bông", sex="female", status="deceased", birthday=born(today, 15, "day"))


def seed_cyrillic_homes(world: World) -> None:
    olga, taras, today = world.user("olga"), world.user("taras"), world.today()
    murka = world.add_pet(olga, name="Мурка", country="RU", sex="female", birthday=born(today, 7, "day"))
    world.add_weight(murka, 5.2, today - timedelta(days=10))
    world.add_vaccination(murka, "Нобивак", today - timedelta(days=100), today + timedelta(days=265))
    world.add_pet(olga, name="Барсик", country="RU", sex="male")
    sirko = world.add_pet(
        taras, name="Сірко", species="dog", country="UA", sex="male", birthday=born(today, 8, "month")
    )
    world.add_weight(sirko, 18.0, today - timedelta(days=5))
    world.add_pet(world.user("pia"), name="Duchess", country="GB", sex="female", birthday=born(today, 1, "day"))
    world.add_pet(world.user("quinn"), name="Quibble", country="GB")
    world.add_pet(world.user("bana"), name="Ban-Ban", country="GB")


def seed_shelter(world: World) -> None:
    sonya, today = world.user("sonya"), world.today()
    for number in range(60):
        cat = world.add_pet(sonya, name=f"Cat {number + 1}", country="GB", sex=("female", "male")[number % 2])
        due = today + timedelta(days=7 * (number - 10))
        world.add_vaccination(cat, "Rabies", due - timedelta(days=365), due)
    quibble = world.pet("Quibble")
    for years in range(1, 31):  # more than one page of 25
        world.add_vaccination(quibble, "FVRCP", today - timedelta(days=400 * years), today + timedelta(days=years))


def seed_shares(world: World) -> None:
    world.share(world.pet("Biscuit"), world.user("olga"), "editor")
    world.share(world.pet("Мурка"), world.user("emma"), "viewer")
    world.share(world.pet("Vàng"), world.user("emma"), "sitter")


def born(today: date, years: int, precision: str) -> str:
    """A birthday this many years and about four months ago, as text of the given precision."""
    day = (today - timedelta(days=years * 365 + 120)).isoformat()
    return {"year": day[:4], "month": day[:7], "day": day}[precision]


def leap_day(today: date) -> str:
    """The latest 29 February that is at least two years ago."""
    year = today.year - 2
    while year % 4 or (year % 100 == 0 and year % 400):
        year -= 1
    return f"{year}-02-29"
