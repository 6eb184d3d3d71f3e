"""The routes of the stand-in, with what each demands of its caller (main-app.md §16)."""

from __future__ import annotations

from .pipeline import Endpoint
from .routing import page, route
from .views import account, bridge, browser, pages, pets, reference, switches

PUBLIC = "none"
OPTIONAL = "optional"

READ_PETS = ("read", "pets:read")

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
    route("api/cities", GET=Endpoint(reference.cities, abilities=("read", "helpers:read"))),
    route("api/categories", GET=Endpoint(reference.categories, abilities=READ_PETS)),
    route("api/users/me", GET=Endpoint(account.me, verified=False, abilities=("read", "profile:read"))),
    route(
        "api/user/locale",
        PUT=Endpoint(account.set_locale, verified=False, abilities=("update", "profile:write"), idempotent=True),
    ),
    route("api/user/api-tokens", GET=Endpoint(account.api_tokens, session_only=True)),
    route("api/gpt-auth/register", POST=Endpoint(bridge.register, auth=PUBLIC, writes_per_minute=5, csrf=True)),
    route(
        "api/gpt-auth/telegram-link", POST=Endpoint(bridge.telegram_link, auth=PUBLIC, writes_per_minute=10, csrf=True)
    ),
    route("api/gpt-auth/confirm", POST=Endpoint(bridge.confirm, verified=False, session_only=True)),
    route("api/gpt-auth/exchange", POST=Endpoint(bridge.exchange, auth=PUBLIC)),
    route("api/gpt-auth/revoke", POST=Endpoint(bridge.revoke, auth=PUBLIC)),
    route("api/my-pets", GET=Endpoint(pets.my_pets, abilities=READ_PETS)),
    route("api/my-pets/sections", GET=Endpoint(pets.sections, abilities=READ_PETS)),
    route("api/pets/<int:pet>", GET=Endpoint(pets.show, auth=OPTIONAL, abilities=READ_PETS)),
    route("api/pets/<int:pet>/view", GET=Endpoint(pets.public_view, auth=OPTIONAL)),
]
