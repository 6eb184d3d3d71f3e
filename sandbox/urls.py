"""The routes of the stand-in, with what each demands of its caller (main-app.md §16)."""

from __future__ import annotations

from .pipeline import Endpoint, View
from .routing import page, route
from .views import account, bridge, browser, habits, pages, pet_writes, pets, photos, reference, switches
from .views.health import medical_records, microchips, vaccinations, weights

PUBLIC = "none"
OPTIONAL = "optional"

READ_PETS = ("read", "pets:read")


def health(view: View, kind: str = "health") -> Endpoint:
    """Reading health records: a bad token counts as nobody (main-app.md §11.2)."""
    return Endpoint(view, auth=OPTIONAL, abilities=("read", f"{kind}:read"))


def written(
    view: View, verb: str, writes_per_minute: int | None = None, *, kind: str = "health", late: bool = False
) -> Endpoint:
    return Endpoint(
        view,
        abilities=(verb, f"{kind}:write"),
        writes_per_minute=writes_per_minute,
        idempotent=True,
        late_abilities=late,
    )


def photo(view: View, verb: str, writes_per_minute: int | None = None) -> Endpoint:
    return written(view, verb, writes_per_minute, kind="pet", late=True)


def habit(
    view: View, verb: str = "read", writes_per_minute: int | None = None, since: tuple[int, int, int] = (1, 10, 0)
) -> Endpoint:
    reads = verb == "read"
    abilities = (verb, "habits:read" if reads else "habits:write")
    return Endpoint(view, abilities=abilities, writes_per_minute=writes_per_minute, idempotent=not reads, since=since)


UPDATE_PET = written(pet_writes.update, "update", kind="pet")
DELETE_PET = written(pet_writes.delete, "delete", kind="pet")

urlpatterns = [
    page("", pages.home),
    page("gpt-connect", pages.gpt_connect),
    page("storage/<int:media>/<path:name>", pages.stored_image),
    page("__sandbox/faults", switches.faults),
    page("__sandbox/requests", switches.requests),
    page("__sandbox/reset", switches.reset),
    page("__sandbox/people", switches.people),
    page("__sandbox/verify", switches.verify),
    route("sanctum/csrf-cookie", GET=Endpoint(browser.csrf_cookie, auth=PUBLIC)),
    route("login", POST=Endpoint(browser.login, auth=PUBLIC, writes_per_minute=5, csrf=True)),
    route("logout", POST=Endpoint(browser.logout, auth=PUBLIC, csrf=True)),
    route("api/version", GET=Endpoint(account.version, auth=PUBLIC)),
    route("api/settings/public", GET=Endpoint(account.public_settings, auth=PUBLIC)),
    route("api/pet-types", GET=Endpoint(reference.pet_types, auth=PUBLIC, public_throttle=True)),
    route(
        "api/countries",
        GET=Endpoint(reference.countries, auth=OPTIONAL, public_throttle=True, abilities=("read", "helpers:read")),
    ),
    route(
        "api/cities",
        GET=Endpoint(reference.cities, abilities=("read", "helpers:read")),
        POST=written(reference.create_city, "create", kind="helpers"),
    ),
    route(
        "api/categories",
        GET=Endpoint(reference.categories, abilities=READ_PETS),
        POST=written(reference.create_category, "create", kind="pet"),
    ),
    route("api/user", GET=Endpoint(account.me, verified=False, session_only=True)),
    route("api/users/me", GET=Endpoint(account.me, verified=False, abilities=("read", "profile:read"))),
    route(
        "api/user/locale",
        PUT=Endpoint(account.set_locale, verified=False, abilities=("update", "profile:write"), idempotent=True),
    ),
    route("api/user/api-tokens", GET=Endpoint(account.api_tokens, session_only=True)),
    route("api/gpt-auth/register", POST=Endpoint(bridge.register, auth=PUBLIC, writes_per_minute=5, csrf=True)),
    route(
        "api/gpt-auth/telegram-link",
        POST=Endpoint(bridge.telegram_link, auth=PUBLIC, writes_per_minute=10, csrf=True, since=(1, 6, 1)),
    ),
    route("api/gpt-auth/confirm", POST=Endpoint(bridge.confirm, verified=False, session_only=True)),
    route("api/gpt-auth/exchange", POST=Endpoint(bridge.exchange, auth=PUBLIC)),
    route("api/gpt-auth/revoke", POST=Endpoint(bridge.revoke, auth=PUBLIC)),
    route("api/my-pets", GET=Endpoint(pets.my_pets, abilities=READ_PETS)),
    route("api/my-pets/sections", GET=Endpoint(pets.sections, abilities=READ_PETS)),
    route("api/pets", POST=written(pet_writes.create, "create", 10, kind="pet")),
    # GET asks for a number, PUT and DELETE take anything: that is why GET /pets/abc is 405 and not 404.
    route(
        "api/pets/<int:pet>",
        GET=Endpoint(pets.show, auth=OPTIONAL, abilities=READ_PETS),
        PUT=UPDATE_PET,
        DELETE=DELETE_PET,
    ),
    route("api/pets/<str:pet>", PUT=UPDATE_PET, DELETE=DELETE_PET),
    route("api/pets/<int:pet>/delete", DELETE=DELETE_PET),
    route("api/pets/<int:pet>/view", GET=Endpoint(pets.public_view, auth=OPTIONAL)),
    route("api/pets/<int:pet>/status", PUT=written(pet_writes.set_status, "update", kind="pet")),
    route("api/pets/<int:pet>/photos", POST=photo(photos.create, "update", 10)),
    route("api/pets/<int:pet>/photos/<str:photo>/set-primary", POST=photo(photos.set_primary, "update")),
    route("api/pets/<int:pet>/photos/<str:photo>", DELETE=photo(photos.delete, "delete")),
    route("api/pets/<int:pet>/weights", GET=health(weights.index), POST=written(weights.create, "create", 15)),
    route(
        "api/pets/<int:pet>/weights/<int:weight>",
        GET=health(weights.show),
        PUT=written(weights.update, "update"),
        DELETE=written(weights.delete, "delete"),
    ),
    route(
        "api/pets/<int:pet>/medical-records",
        GET=health(medical_records.index),
        POST=written(medical_records.create, "create", 15),
    ),
    route(
        "api/pets/<int:pet>/medical-records/<int:medical_record>",
        GET=health(medical_records.show),
        PUT=written(medical_records.update, "update"),
        DELETE=written(medical_records.delete, "delete"),
    ),
    route(
        "api/pets/<int:pet>/medical-records/<int:medical_record>/photos",
        POST=written(medical_records.add_photo, "update", 10, late=True),
    ),
    route(
        "api/pets/<int:pet>/medical-records/<int:medical_record>/photos/<int:photo>",
        DELETE=written(medical_records.delete_photo, "delete", late=True),
    ),
    route(
        "api/pets/<int:pet>/vaccinations",
        GET=health(vaccinations.index),
        POST=written(vaccinations.create, "create", 15),
    ),
    route(
        "api/pets/<int:pet>/vaccinations/<int:vaccination>",
        GET=health(vaccinations.show),
        PUT=written(vaccinations.update, "update"),
        DELETE=written(vaccinations.delete, "delete"),
    ),
    route(
        "api/pets/<int:pet>/vaccinations/<int:vaccination>/renew",
        POST=written(vaccinations.renew, "create"),
    ),
    route(
        "api/pets/<int:pet>/vaccinations/<int:vaccination>/photo",
        POST=written(vaccinations.set_photo, "update", 10, late=True),
        DELETE=written(vaccinations.delete_photo, "delete", late=True),
    ),
    route(
        "api/pets/<int:pet>/microchips",
        GET=health(microchips.index, "microchips"),
        POST=written(microchips.create, "create", 10, kind="microchips"),
    ),
    route(
        "api/pets/<int:pet>/microchips/<int:microchip>",
        GET=health(microchips.show, "microchips"),
        PUT=written(microchips.update, "update", kind="microchips"),
        DELETE=written(microchips.delete, "delete", kind="microchips"),
    ),
    route("api/habits", GET=habit(habits.index), POST=habit(habits.create, "create", 10)),
    route(
        "api/habits/<str:habit>",
        GET=habit(habits.show),
        PUT=habit(habits.update, "update"),
        DELETE=habit(habits.delete, "delete"),
    ),
    route("api/habits/<str:habit>/archive", POST=habit(habits.archive, "update")),
    route("api/habits/<str:habit>/restore", POST=habit(habits.restore, "update")),
    route(
        "api/habits/<str:habit>/entries/<str:day>",
        GET=habit(habits.entries),
        PUT=habit(habits.set_entries, "update", 20),
    ),
    route("api/habits/<str:habit>/heatmap", GET=habit(habits.heatmap)),
    route("api/habits/<str:habit>/pet-summary", GET=habit(habits.pet_summary, since=(1, 18, 4))),
]
