"""A 403 means many things and its text none: `GET /users/me` tells which (main-app.md §11.2, §11.3)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mainapp import errors, routes
from tests.mainapp.conftest import ME, client_of, http, ok

REFUSED = http(403, {"message": "This action is unauthorized."})
DEAD = http(401, {"success": False, "data": None, "message": "Unauthenticated."})
NO_ABILITY = http(403, {"success": False, "data": None, "message": "no ability"})
UNVERIFIED = ok(ME | {"email_verified_at": None})
BANNED = ok(ME | {"is_banned": True})
READ, OWN_READ, WRITE, OWN_WRITE = routes.PET, routes.SECTIONS, routes.UPDATE_PET, routes.CREATE_PET


def app(me: bytes, answer: bytes = REFUSED):
    return lambda request, conn: me if request.path == "/api/users/me" else answer


def call(server, route) -> errors.MainAppError:
    ids = (1,) * len(route.parameters)
    with pytest.raises(errors.MainAppError) as caught:
        client_of(server.url).call(route, *ids, json={} if route.is_write else None)
    return caught.value


@pytest.mark.parametrize(
    ("route", "me", "kind"),
    [
        (READ, ok(ME), errors.Forbidden),
        (READ, DEAD, errors.TokenRefused),
        (READ, NO_ABILITY, errors.AbilityMissing),
        (READ, UNVERIFIED, errors.Forbidden),
        (READ, BANNED, errors.Forbidden),
        (OWN_READ, ok(ME), errors.AbilityMissing),
        (OWN_READ, DEAD, errors.TokenRefused),
        (OWN_READ, UNVERIFIED, errors.EmailNotVerified),
        (OWN_READ, BANNED, errors.AbilityMissing),
        (WRITE, ok(ME), errors.Forbidden),
        (WRITE, DEAD, errors.TokenRefused),
        (WRITE, NO_ABILITY, errors.AbilityMissing),
        (WRITE, UNVERIFIED, errors.EmailNotVerified),
        (WRITE, BANNED, errors.AccountBanned),
        (OWN_WRITE, ok(ME), errors.AbilityMissing),
        (OWN_WRITE, UNVERIFIED, errors.EmailNotVerified),
        (OWN_WRITE, BANNED, errors.AccountBanned),
    ],
)
def test_a_403_gets_its_true_name(route, me, kind, serve) -> None:
    server = serve(app(me))

    error = call(server, route)

    assert type(error) is kind
    assert error.status == 403
    assert [request.path for request in server.requests][1:] == ["/api/users/me"]


def test_an_unverified_and_banned_person_hears_of_the_e_mail_first_as_in_the_main_app(serve) -> None:
    server = serve(app(ok(ME | {"email_verified_at": None, "is_banned": True})))

    assert type(call(server, WRITE)) is errors.EmailNotVerified


@pytest.mark.parametrize("me", [http(502, b"<html>"), http(200, b"<html>"), http(429, {"message": "Too Many"})])
@pytest.mark.parametrize(("route", "proved"), [(READ, False), (WRITE, True)])
def test_when_nobody_answers_for_the_token_it_is_not_called_dead(route, proved, me, serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    server = serve(app(me))

    error = call(server, route)

    assert not isinstance(error, errors.TokenRefused)
    # A login-only route has refused a dead token before it comes to 403; another one proves nothing either way.
    assert isinstance(error, errors.Forbidden) == proved


def test_a_401_of_a_login_only_route_is_a_dead_token_without_asking(serve) -> None:
    server = serve(app(ok(ME), DEAD))

    assert type(call(server, OWN_READ)) is errors.TokenRefused
    assert len(server.requests) == 1


def test_a_401_of_a_route_for_guests_too_is_asked_about(serve) -> None:
    dead, alive = serve(app(DEAD, DEAD)), serve(app(ok(ME), DEAD))

    assert type(call(dead, routes.WEIGHTS)) is errors.TokenRefused
    assert type(call(alive, routes.WEIGHTS)) is errors.Forbidden


def test_users_me_itself_is_believed(serve) -> None:
    assert type(call(serve(app(DEAD)), routes.ME)) is errors.TokenRefused
    assert type(call(serve(app(NO_ABILITY)), routes.ME)) is errors.AbilityMissing


def test_a_401_on_a_public_route_says_nothing_about_the_token(serve) -> None:
    server = serve(app(DEAD, DEAD))

    assert type(call(server, routes.PET_TYPES)) is errors.Refused


def test_it_asks_once_for_all_threads_of_a_question(serve) -> None:
    server = serve(app(ok(ME)))
    client = client_of(server.url)

    def ask(pet: int) -> type:
        with pytest.raises(errors.MainAppError) as caught:
            client.call(routes.PET, pet)
        return type(caught.value)

    with ThreadPoolExecutor(8) as threads:
        kinds = set(threads.map(ask, range(1, 9)))

    assert kinds == {errors.Forbidden}
    assert [request.path for request in server.requests].count("/api/users/me") == 1


def test_a_proxys_403_page_asks_nobody(serve) -> None:
    server = serve(app(ok(ME), http(403, b"<html>Forbidden</html>")))

    assert type(call(server, READ)) is errors.BrokenAnswer
    assert len(server.requests) == 1
