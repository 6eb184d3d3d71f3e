"""`connector.middleware`: a request id on every answer, one access line, no query string and nothing secret in it."""

import re
import runpy
from collections.abc import MutableMapping
from typing import Any

import pytest
import structlog
from django.test import Client
from structlog.testing import LogCapture

from tests.production import ROOT


@pytest.fixture
def access_lines(monkeypatch: pytest.MonkeyPatch) -> list[MutableMapping[str, Any]]:
    from connector import middleware

    capture = LogCapture()
    monkeypatch.setattr(
        middleware, "log", structlog.wrap_logger(None, processors=[structlog.contextvars.merge_contextvars, capture])
    )
    return capture.entries


def test_every_answer_has_a_request_id(client: Client) -> None:
    ids = {client.get("/no-such-address").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)


def test_a_well_formed_id_from_the_proxy_is_kept(client: Client) -> None:
    answer = client.get("/no-such-address", headers={"X-Request-ID": "proxy-1234.AB_c"})
    assert answer.headers["X-Request-ID"] == "proxy-1234.AB_c"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "short",
        "x" * 65,
        "with space here",
        "new\tline-12345",
        "<script>alert(1)",
        "-leading-dash",
        "日本語日本語日本語",
    ],
)
def test_any_other_id_is_replaced(client: Client, given: str) -> None:
    answer = client.get("/no-such-address", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


@pytest.mark.django_db
def test_the_access_line_names_the_route_and_shows_no_query(
    client: Client, access_lines: list[MutableMapping[str, Any]]
) -> None:
    client.get("/oauth/callback?session_id=11111111-1111-1111-1111-111111111111&code=secret-code")
    (line,) = access_lines
    assert line["endpoint"] == "/oauth/callback"
    assert line["method"] == "GET"
    assert line["status"] >= 400
    assert line["latency_ms"] >= 0
    assert "secret-code" not in str(line)
    assert "11111111" not in str(line)


def test_an_address_that_does_not_exist_is_not_repeated(
    client: Client, access_lines: list[MutableMapping[str, Any]]
) -> None:
    client.get("/meo_at_pasted-into-the-address")
    (line,) = access_lines
    assert line["endpoint"] == "(no such address)"
    assert "pasted" not in str(line)


def test_an_id_of_one_request_is_not_carried_into_the_next(
    client: Client, access_lines: list[MutableMapping[str, Any]]
) -> None:
    first = client.get("/no-such-address").headers["X-Request-ID"]
    second = client.get("/no-such-address").headers["X-Request-ID"]
    assert [line["request_id"] for line in access_lines] == [first, second]


class Untouchable:
    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"gunicorn's access line asks for {name}")


def test_gunicorn_composes_no_line_of_its_own() -> None:
    logger = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["logger_class"]

    # Made without its handlers: those are this process's.
    logger.__new__(logger).access(Untouchable(), Untouchable(), Untouchable(), Untouchable())
