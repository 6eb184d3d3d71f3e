"""Both kinds of 429, storage and conflicts bring along what a caller needs to go on (main-app.md §1.3, §2)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from mainapp import errors, routes
from mainapp.messages import Rate
from tests.mainapp.conftest import client_of, http

TOO_MANY = {"success": False, "data": None, "message": "Too Many Attempts.", "error": "Too Many Attempts."}


def call(serve, body, headers=None, status=429) -> errors.MainAppError:
    server = serve(lambda request, conn: http(status, body, headers))
    with pytest.raises(errors.MainAppError) as caught:
        client_of(server.url).call(routes.CREATE_PET, json={})
    assert len(server.requests) == 1
    return caught.value


def quota(reset: str) -> dict[str, Any]:
    told = {"limit": 1000, "used": 1000, "remaining": 0, "reset_at_utc": reset}
    return {"success": False, "data": {"error_code": "API_DAILY_QUOTA_EXCEEDED", "quota": told}, "message": "…"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "37"}, 37),
        ({"Retry-After": " 37 "}, 37),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "999999999"}, 86_400),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "٣"}, None),
        ({}, None),
    ],
)
def test_a_minute_limit_tells_how_long_to_wait(headers, seconds, serve) -> None:
    error = call(serve, TOO_MANY, headers)

    assert type(error) is errors.Throttled
    assert error.retry_after == seconds


def test_retry_after_may_be_a_date_by_the_main_apps_clock(serve) -> None:
    their_now = datetime(2031, 1, 1, 12, 0, 0, tzinfo=UTC)
    headers = {
        "Date": format_datetime(their_now, usegmt=True),
        "Retry-After": format_datetime(their_now + timedelta(seconds=50), usegmt=True),
    }

    assert call(serve, TOO_MANY, headers).retry_after == 50


def test_a_minute_limit_without_retry_after_is_read_from_its_reset(serve) -> None:
    their_now = datetime(2031, 1, 1, 12, 0, 0, tzinfo=UTC)
    headers = {
        "Date": format_datetime(their_now, usegmt=True),
        "X-RateLimit-Reset": str(int(their_now.timestamp()) + 20),
    }

    assert call(serve, TOO_MANY, headers).retry_after == 20


def test_the_daily_quota_tells_its_numbers_and_the_seconds_to_its_reset_by_the_main_apps_clock(serve) -> None:
    headers = {"Date": "Wed, 01 Jan 2031 23:00:00 GMT", "X-RateLimit-Remaining": "299"}

    error = call(serve, quota("2031-01-02T00:00:00+00:00"), headers)

    assert type(error) is errors.QuotaExceeded
    assert error.quota == errors.Quota(1000, 1000, 0, datetime(2031, 1, 2, tzinfo=UTC))
    assert error.retry_after == 3600


@pytest.mark.parametrize("reset", ["", "soon", "2031-01-02T00:00:00", "2031-13-45T00:00:00+00:00"])
def test_a_quota_that_is_not_understood_is_still_the_quota(reset, serve) -> None:
    error = call(serve, quota(reset))

    assert type(error) is errors.QuotaExceeded
    assert error.quota is None


def test_full_storage_tells_its_bytes(serve) -> None:
    meta = {"used_bytes": 52428000, "limit_bytes": 52428800, "incoming_bytes": 204800, "upgrade_available": True}
    body = {"success": False, "data": None, "message": "…", "error_code": "STORAGE_LIMIT_EXCEEDED", "meta": meta}

    error = call(serve, body, status=413)

    assert type(error) is errors.StorageLimit
    assert error.storage == errors.Storage(52428000, 52428800, 204800, upgrade_available=True)


def test_a_stale_version_brings_the_record_as_it_is_now(serve) -> None:
    value = {"id": 5, "weight_kg": "4.20", "updated_at": "2026-08-01T09:00:02.000000Z"}
    data = {"server_value": value, "server_version": value["updated_at"], "client_base_version": "x"}

    error = call(serve, {"success": False, "data": data, "message": "…", "error": "…"}, status=409)

    assert type(error) is errors.VersionConflict
    assert error.server_value == value
    assert error.server_version == "2026-08-01T09:00:02.000000Z"


def test_a_duplicate_tells_which_pets_exist(serve) -> None:
    body = {"success": False, "data": {"existing_pet_ids": [12, 40]}, "message": "…", "error": "duplicate_pet"}

    error = call(serve, body, status=409)

    assert type(error) is errors.DuplicatePet
    assert error.existing_pet_ids == (12, 40)


def test_a_conflict_of_an_unknown_kind_is_a_conflict(serve) -> None:
    error = call(serve, {"success": False, "data": {"code": "duplicate_candidate"}, "message": "…"}, status=409)

    assert type(error) is errors.Conflict
    assert error.code == "duplicate_candidate"


def test_refused_fields_come_by_name_with_their_first_reason(serve) -> None:
    body = {"message": "…", "errors": {"name": ["Name is required.", "And more."], "country": ["Too short."]}}

    error = call(serve, body, status=422)

    assert error.fields == (
        errors.FieldProblem("name", "Name is required."),
        errors.FieldProblem("country", "Too short."),
    )


def test_a_client_remembers_what_is_left_of_each_routes_minute(serve) -> None:
    server = serve(lambda request, conn: http(429, TOO_MANY, {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0"}))
    client = client_of(server.url)

    with pytest.raises(errors.Throttled):
        client.call(routes.CREATE_PET, json={})

    assert client.rates[routes.CREATE_PET] == Rate(10, 0)
    assert routes.ADD_WEIGHT not in client.rates
