"""Every way the stand-in can misbehave on purpose, in a test and over HTTP."""

import json
import time

import httpx
import pytest

from sandbox.server import SandboxServer

from .conftest import Client


def test_latency_delays_every_answer(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.faults.latency_ms = 300
    started = time.monotonic()

    client_of("emma").get("/users/me")

    assert 0.3 <= time.monotonic() - started < 2


def test_an_outage_is_the_maintenance_answer(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.faults.outage = True
    bare = client_of("emma").get("/users/me")
    sandbox.faults.retry_after = 120
    dated = client_of("emma").get("/users/me")

    assert (bare.status_code, bare.json()) == (503, {"message": "Service Unavailable"})
    assert (bare.headers.get("retry-after"), dated.headers["retry-after"]) == (None, "120")


def test_a_share_of_requests_fails(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    sandbox.faults.error_rate, sandbox.faults.error_status = 0.5, 502

    statuses = [api.get("/version").status_code for _ in range(60)]

    assert set(statuses) == {200, 502}
    assert 15 < statuses.count(502) < 45


def test_html_errors_alone_are_a_web_servers_page(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.faults.html_errors = True

    answer = client_of("emma").get("/my-pets")

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert "<h1>502 Bad Gateway</h1>" in answer.text


def test_html_errors_change_the_look_of_other_faults(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.faults.html_errors = sandbox.faults.outage = True

    answer = client_of("emma").get("/my-pets")

    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")


@pytest.mark.parametrize("retry_after", [None, 17])
def test_the_minute_throttle_with_and_without_retry_after(
    sandbox: SandboxServer, client_of: Client, retry_after: int | None
) -> None:
    sandbox.faults.throttle_429, sandbox.faults.retry_after = True, retry_after

    answer = client_of("emma").get("/my-pets")

    assert (answer.status_code, answer.json()["message"]) == (429, "Too Many Attempts.")
    assert answer.headers.get("retry-after") == (None if retry_after is None else "17")


def test_the_daily_quota(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.faults.quota_exceeded = True

    answer = client_of("emma").get("/my-pets")

    assert (answer.status_code, answer.json()["data"]["error_code"]) == (429, "API_DAILY_QUOTA_EXCEEDED")
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(("drop", "done"), [("before_headers", False), ("mid_body", True), ("after_commit", True)])
def test_a_dropped_connection_before_or_after_the_work(
    sandbox: SandboxServer, client_of: Client, drop: str, done: bool
) -> None:
    api = client_of("noah")
    sandbox.faults.drop = drop

    with pytest.raises(httpx.RemoteProtocolError):
        api.post("/pets", json={"name": "Gone", "country": "VN"})

    sandbox.faults.clear()
    assert [row["name"] for row in api.get("/my-pets").json()["data"]] == (["Gone"] if done else [])


def test_a_hanging_request_says_nothing_and_ends(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    sandbox.faults.hang_s = 5

    with pytest.raises(httpx.ReadTimeout):
        api.get("/version", timeout=0.3)


def test_stopping_the_server_ends_what_hangs(client_of: Client) -> None:
    server = SandboxServer(api_key="k", hmac_secret="s").start()
    server.faults.hang_s = 60
    started = time.monotonic()
    with httpx.Client(base_url=server.url, timeout=0.2) as api, pytest.raises(httpx.ReadTimeout):
        api.get("/api/version")

    server.stop()

    assert time.monotonic() - started < 5


def test_a_slow_body_trickles(sandbox: SandboxServer, client_of: Client) -> None:
    sandbox.faults.slow_body_bytes_per_s = 100
    started = time.monotonic()

    answer = client_of("emma").get("/version")

    assert answer.json()["data"] == {"version": "v1.18.5"}
    assert time.monotonic() - started > 0.4


def test_invalid_json_comes_after_the_work(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("noah")
    sandbox.faults.invalid_json = True

    answer = api.post("/pets", json={"name": "Cut", "country": "VN"})

    assert answer.status_code == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert sandbox.world.pet("Cut").created_by == sandbox.world.user("noah").id


def test_an_answer_without_a_body_can_not_be_damaged(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    sandbox.faults.invalid_json = True

    answer = api.delete(f"/pets/{sandbox.world.pet('Leap').id}")

    assert (answer.status_code, answer.content) == (204, b"")


def test_another_shape_and_a_huge_body(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    sandbox.faults.wrong_shape = True
    odd = api.get("/my-pets")
    sandbox.faults.clear()
    sandbox.faults.huge_body_mb = 3
    huge = api.get("/my-pets")

    assert isinstance(odd.json()["data"], str)
    assert len(huge.content) > 3 * 1024 * 1024


def test_a_fault_strikes_only_what_it_is_for_and_as_often(sandbox: SandboxServer, client_of: Client) -> None:
    api = client_of("emma")
    sandbox.faults.add(outage=True, method="GET", path=r"/my-pets$", times=2)

    statuses = [api.get(path).status_code for path in ("/users/me", "/my-pets", "/my-pets", "/my-pets")]

    assert statuses == [200, 503, 503, 200]


def test_faults_can_be_switched_over_http(sandbox: SandboxServer, client_of: Client) -> None:
    api, switch = client_of("emma"), f"{sandbox.url}/__sandbox/faults"
    put = httpx.put(switch, json={"latency_ms": 1, "rules": [{"outage": True, "path": "/version"}]})
    struck, spared = api.get("/version").status_code, api.get("/users/me").status_code

    cleared = httpx.delete(switch)

    assert put.json()["rules"][0]["outage"] is True
    assert (struck, spared, api.get("/version").status_code) == (503, 200, 200)
    assert (cleared.json()["latency_ms"], cleared.json()["rules"]) == (0, [])


@pytest.mark.parametrize("body", [b'{"no_such_fault": 1}', b'{"drop": "sometimes"}', b"[1]", b"{"])
def test_a_wrong_switch_is_refused_and_changes_nothing(sandbox: SandboxServer, body: bytes) -> None:
    sandbox.faults.latency_ms = 7

    answer = httpx.put(f"{sandbox.url}/__sandbox/faults", content=body)

    assert answer.status_code == 422
    assert sandbox.faults.latency_ms == 7


def test_the_switches_themselves_are_spared(sandbox: SandboxServer) -> None:
    sandbox.faults.outage = True

    assert httpx.get(f"{sandbox.url}/__sandbox/people").status_code == 200
