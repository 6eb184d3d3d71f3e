"""Nothing but the listed routes of main-app.md §16 can be called, with positive integer ids and known parameters."""

import pytest

from mainapp import errors, routes
from mainapp.routes import Route
from tests.mainapp.conftest import client_of, ok

LISTED = {
    "GET /version",
    "GET /pet-types",
    "GET /countries",
    "GET /users/me",
    "GET /my-pets",
    "GET /my-pets/sections",
    "GET /pets/{pet}",
    "POST /pets",
    "PUT /pets/{pet}",
    "PUT /pets/{pet}/status",
    "DELETE /pets/{pet}",
    "POST /pets/{pet}/photos",
    "POST /pets/{pet}/photos/{photo}/set-primary",
    "DELETE /pets/{pet}/photos/{photo}",
    "GET /pets/{pet}/weights",
    "GET /pets/{pet}/weights/{weight}",
    "POST /pets/{pet}/weights",
    "PUT /pets/{pet}/weights/{weight}",
    "DELETE /pets/{pet}/weights/{weight}",
    "GET /pets/{pet}/medical-records",
    "GET /pets/{pet}/medical-records/{record}",
    "POST /pets/{pet}/medical-records",
    "PUT /pets/{pet}/medical-records/{record}",
    "DELETE /pets/{pet}/medical-records/{record}",
    "POST /pets/{pet}/medical-records/{record}/photos",
    "DELETE /pets/{pet}/medical-records/{record}/photos/{photo}",
    "GET /pets/{pet}/vaccinations",
    "GET /pets/{pet}/vaccinations/{vaccination}",
    "POST /pets/{pet}/vaccinations",
    "PUT /pets/{pet}/vaccinations/{vaccination}",
    "DELETE /pets/{pet}/vaccinations/{vaccination}",
    "POST /pets/{pet}/vaccinations/{vaccination}/renew",
    "POST /pets/{pet}/vaccinations/{vaccination}/photo",
    "DELETE /pets/{pet}/vaccinations/{vaccination}/photo",
    "GET /pets/{pet}/microchips",
    "GET /pets/{pet}/microchips/{microchip}",
    "POST /pets/{pet}/microchips",
    "PUT /pets/{pet}/microchips/{microchip}",
    "DELETE /pets/{pet}/microchips/{microchip}",
    "GET /categories",
    "GET /cities",
    "GET /habits",
    "GET /habits/{habit}",
    "POST /habits",
    "PUT /habits/{habit}",
    "POST /habits/{habit}/archive",
    "POST /habits/{habit}/restore",
    "GET /habits/{habit}/entries/{date}",
    "PUT /habits/{habit}/entries/{date}",
    "POST /gpt-auth/exchange",
    "POST /gpt-auth/revoke",
}


def test_the_list_is_exactly_what_this_product_needs() -> None:
    assert {str(route) for route in routes.ALLOWED} == LISTED


def test_every_write_for_a_person_takes_an_idempotency_key() -> None:
    for route in routes.ALLOWED:
        assert route.idempotent_key == (route.is_write and route.auth == "required"), route


@pytest.mark.parametrize(
    "route",
    [
        Route("DELETE", "/users/me"),
        Route("GET", "/groups"),
        Route("PUT", "/users/me/password"),
        # The listed path under another name: identity of every part counts.
        Route("GET", "/pets/{pet}", "none"),
    ],
    ids=str,
)
def test_it_refuses_a_route_that_is_not_listed(route: Route, serve) -> None:
    server = serve(lambda request, conn: ok({}))
    client = client_of(server.url)

    with pytest.raises(ValueError, match="not a route"):
        client.call(route)

    assert server.requests == []


@pytest.mark.parametrize("pet", [0, -1, 2**63, "1", "1/../../users/me", "abc", 1.0, True, None, "١"])
def test_it_refuses_an_id_that_is_no_positive_integer(pet, serve) -> None:
    server = serve(lambda request, conn: ok({}))
    client = client_of(server.url)

    with pytest.raises(ValueError, match="positive integer"):
        client.call(routes.PET, pet)

    assert server.requests == []
    assert client.calls == 0


@pytest.mark.parametrize("ids", [(), (1, 2)])
def test_it_refuses_too_few_and_too_many_ids(ids, serve) -> None:
    server = serve(lambda request, conn: ok({}))

    with pytest.raises(ValueError, match="takes the ids"):
        client_of(server.url).call(routes.PET, *ids)

    assert server.requests == []


def test_it_refuses_a_query_parameter_the_route_does_not_know(serve) -> None:
    server = serve(lambda request, conn: ok({}))

    with pytest.raises(ValueError, match="query parameters"):
        client_of(server.url).call(routes.WEIGHTS, 1, query={"per_page": 100})

    assert server.requests == []


def test_it_refuses_a_body_on_a_read(serve) -> None:
    server = serve(lambda request, conn: ok({}))

    with pytest.raises(ValueError, match="takes no body"):
        client_of(server.url).call(routes.PET, 1, json={"name": "Miu"})

    assert server.requests == []


def test_it_refuses_a_persons_route_without_a_token(serve) -> None:
    server = serve(lambda request, conn: ok({}))

    with pytest.raises(ValueError, match="token"):
        client_of(server.url, token=None).call(routes.MY_PETS)

    assert server.requests == []


@pytest.mark.parametrize("body", [{"weight_kg": float("nan")}, {"name": "\ud83d"}, {"when": object()}])
def test_it_refuses_a_body_that_is_no_json_without_quoting_it(body, serve) -> None:
    server = serve(lambda request, conn: ok({}))

    with pytest.raises(ValueError, match="cannot be sent as JSON") as caught:
        client_of(server.url).call(routes.CREATE_PET, json=body)

    assert caught.value.__context__ is None
    assert server.requests == []


@pytest.mark.parametrize(
    "url", ["ftp://example.com", "nonsense", "http://", "http://[::1", "http://user:pass@127.0.0.1:1"]
)
def test_a_main_app_address_that_is_none_is_unreachable(url) -> None:
    with pytest.raises(errors.Unreachable, match="MAIN_APP_URL"):
        client_of(url).call(routes.MY_PETS)
