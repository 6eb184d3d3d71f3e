"""What `make bench` says of its rows: targets, and how they stand to the floor, to the other door and to the best."""

from contextlib import closing
from io import BytesIO

import httpx
import pytest

from devtools.bench.floor import bearer, passing_on
from devtools.bench.rows import SIMPLE, Row, judge
from tests.mainapp.conftest import RawServer, ok


def row(name: str, **figures: float) -> Row:
    return {"name": name, "per_second": 500.0, "cpu_ms": 1.0, "p99_ms": 40.0} | figures


def test_each_target_is_judged() -> None:
    judged = judge(row("get_pet x16", per_second=479.0), SIMPLE[16], lambda _name: None)

    assert {one["figure"]: one["met"] for one in judged} == {"cpu_ms": True, "per_second": False, "p99_ms": True}


@pytest.mark.parametrize("name", ["get_pet x16", "mcp get_pet x16"])
def test_a_row_stands_beside_the_floor_of_its_tool(name: str) -> None:
    earlier = {"floor get_pet x16": row("floor get_pet x16", per_second=400.0, cpu_ms=2.0)}
    measured = row(name)

    judge(measured, (), earlier.get)

    assert measured["of_floor"] == {"per_second": 1.25, "cpu_ms": 0.5}


def test_the_floor_stands_beside_nothing() -> None:
    measured = row("floor get_pet x16")

    judge(measured, (), {"get_pet x64": row("get_pet x64"), "get_pet x16": row("get_pet x16")}.get)

    assert "of_floor" not in measured


def test_more_than_it_can_do_stands_beside_its_best() -> None:
    measured = row("list_pets x256", per_second=300.0)

    judge(measured, (), {"list_pets x64": row("list_pets x64", per_second=600.0)}.get)

    assert measured["share_of_best"] == 0.5


def test_the_floor_passes_on_what_the_main_app_answers_to_those_it_knows() -> None:
    main_app = RawServer(lambda request, _conn: ok({"asked": request.path, "as": request.header("authorization")}))
    told: list[str] = []
    with closing(main_app), httpx.Client(base_url=main_app.url, trust_env=False) as client:
        application = passing_on(client)

        def answer(path: str, authorization: str) -> bytes:
            environ = {"PATH_INFO": path, "HTTP_AUTHORIZATION": authorization, "wsgi.input": BytesIO()}
            return b"".join(application(environ, lambda status, _headers: told.append(status)))

        assert b'"asked": "/api/my-pets/sections", "as": "Bearer 1|' in answer("/pets", bearer(0))
        assert answer("/pets", "Bearer of nobody") == b""
    assert told == ["200 Whatever", "401 Unauthorized"]
