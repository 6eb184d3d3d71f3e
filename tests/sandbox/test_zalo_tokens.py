"""The stand-in's grant page and token address: codes and refresh tokens work once."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.zalo.server import ZaloServer

VERIFIER = "v" * 43
BACK = "https://connector.example/zalo"


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    with ZaloServer() as server:
        yield server


def ask(zalo: ZaloServer, secret: str | None = None, **form: str) -> dict[str, str]:
    headers = {"secret_key": zalo.world.app_secret if secret is None else secret}
    body = {"app_id": zalo.world.app_id, **form}
    answer = httpx.post(f"{zalo.url}/v4/oa/access_token", data=body, headers=headers)
    assert answer.status_code == 200
    return dict(answer.json())


def refreshed(zalo: ZaloServer, token: str) -> dict[str, str]:
    return ask(zalo, grant_type="refresh_token", refresh_token=token)


def code(zalo: ZaloServer) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    query = {"app_id": zalo.world.app_id, "redirect_uri": BACK, "code_challenge": challenge, "state": "s"}
    page = httpx.get(f"{zalo.url}/v4/oa/permission", params=query)
    assert "Đồng ý" in page.text
    back = httpx.post(f"{zalo.url}/v4/oa/permission", params=query)
    got = parse_qs(urlsplit(back.headers["Location"]).query)
    assert got["oa_id"] == [zalo.world.oa.id]
    assert "state" not in got
    return got["code"][0]


def is_good(zalo: ZaloServer, token: str) -> bool:
    body = {"recipient": {"user_id": "nobody"}, "message": {"text": "x"}}
    answer = httpx.post(f"{zalo.url}/v3.0/oa/message/cs", json=body, headers={"access_token": token})
    return bool(answer.json()["error"] != -216)


def test_a_grant_becomes_a_pair_once(zalo: ZaloServer) -> None:
    granted = code(zalo)
    form = {"grant_type": "authorization_code", "code": granted, "code_verifier": VERIFIER}

    pair = ask(zalo, **form)

    assert pair["expires_in"] == "90000"
    assert is_good(zalo, pair["access_token"])
    assert "access_token" not in ask(zalo, **form)


@pytest.mark.parametrize("wrong", [{"code_verifier": "w" * 43}, {"code": "other"}])
def test_a_wrong_verifier_or_code_gives_nothing(zalo: ZaloServer, wrong: dict[str, str]) -> None:
    form = {"grant_type": "authorization_code", "code": code(zalo), "code_verifier": VERIFIER, **wrong}

    assert ask(zalo, **form)["error"]


def test_a_code_lives_ten_minutes(zalo: ZaloServer) -> None:
    granted = code(zalo)
    zalo.advance(601)

    assert ask(zalo, grant_type="authorization_code", code=granted, code_verifier=VERIFIER)["error"]


def test_refreshing_replaces_both_tokens(zalo: ZaloServer) -> None:
    first = zalo.issue_tokens()

    second = refreshed(zalo, first["refresh_token"])

    assert is_good(zalo, second["access_token"])
    assert not is_good(zalo, first["access_token"])


def test_a_refresh_token_that_comes_twice_ends_the_grant(zalo: ZaloServer) -> None:
    first = zalo.issue_tokens()
    second = refreshed(zalo, first["refresh_token"])

    assert refreshed(zalo, first["refresh_token"])["error"]
    assert not is_good(zalo, second["access_token"])
    assert refreshed(zalo, second["refresh_token"])["error"]


def test_the_access_token_lives_25_hours_the_refresh_token_three_months(zalo: ZaloServer) -> None:
    first = zalo.issue_tokens()
    zalo.advance(89_000)
    assert is_good(zalo, first["access_token"])
    zalo.advance(1_001)
    assert not is_good(zalo, first["access_token"])

    second = refreshed(zalo, first["refresh_token"])
    zalo.advance(91 * 24 * 3600)
    assert refreshed(zalo, second["refresh_token"])["error"]


def test_the_app_must_prove_itself(zalo: ZaloServer) -> None:
    first = zalo.issue_tokens()

    assert ask(zalo, secret="wrong", grant_type="refresh_token", refresh_token=first["refresh_token"])["error"]
    assert is_good(zalo, first["access_token"])
