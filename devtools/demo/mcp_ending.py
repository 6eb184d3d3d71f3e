"""An MCP client's going on and ending: each refresh token serves once (RFC 9700 §4.14.2), and nothing left that works."""

import requests
from authlib.integrations.base_client import OAuthError

from devtools.demo.mcp_calls import message, result
from devtools.demo.stage import TIMEOUT, Stage, Step, StepFailed, expect


def rotation(stage: Stage) -> None:
    """The GPT has gone; the app goes on. Its refresh gives a new refresh token, too."""
    result(stage, "tools/list")
    before = dict(stage.app.token)
    got = stage.app.refresh_token(timeout=TIMEOUT)
    expect(got["access_token"] != before["access_token"], "the refresh gave the same access token again")
    expect(got["refresh_token"] != before["refresh_token"], "a public client's refresh token was not rotated")
    result(stage, "tools/list")
    stage.old_access_token = before["access_token"]
    stage.fact("The new access token works")


def theft(stage: Stage) -> None:
    """My tool's refresh tokens: one that was spent long ago comes back. Somebody has a copy, so nobody goes on."""
    first = stage.second_app["refresh_token"]
    second = _refreshed(stage, first)
    third = _refreshed(stage, second["refresh_token"])
    answer = _refresh(stage, first)
    expect(answer.status_code == 400 and answer.json()["error"] == "invalid_grant", "a spent refresh token still works")
    for what, refused in (
        ("the newest access token", _try(stage, third["access_token"]).status_code == 401),
        ("the newest refresh token", _refresh(stage, third["refresh_token"]).status_code == 400),
    ):
        expect(refused, f"{what} still works")
    stage.fact("Thief and owner are both signed out; the app offers to sign in again")
    result(stage, "tools/list")
    stage.fact("The other app notices nothing")


def revoke(stage: Stage) -> None:
    """The person disconnects the app: its refresh token is revoked, and nothing works any more."""
    token = stage.app.token
    answer = stage.app.revoke_token(
        stage.server_metadata["revocation_endpoint"], token=token["refresh_token"], timeout=TIMEOUT
    )
    expect(answer.status_code == 200, f"revocation answered {answer.status_code}")
    for access_token in (stage.old_access_token, token["access_token"]):
        expect(_try(stage, access_token).status_code == 401, "an access token still works")
    try:
        stage.app.refresh_token(timeout=TIMEOUT)
    except OAuthError as refusal:
        expect(refusal.error == "invalid_grant", f"the refresh was refused with {refusal.error!r}")
        stage.fact("401, and invalid_grant for its refresh")
        return
    raise StepFailed("a revoked refresh token still gave an access token")


def _refreshed(stage: Stage, refresh_token: str) -> dict[str, str]:
    answer = _refresh(stage, refresh_token)
    expect(answer.status_code == 200, f"the refresh answered {answer.status_code}")
    got: dict[str, str] = answer.json()
    return got


def _refresh(stage: Stage, refresh_token: str) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": stage.second_app["client_id"],
        "resource": f"{stage.connector}/mcp",
    }
    return stage.app_as_stranger.post(stage.second_app["token_url"], data=form, timeout=TIMEOUT)


def _try(stage: Stage, access_token: str) -> requests.Response:
    asked = message("tools/list")
    asked["headers"]["Authorization"] = f"Bearer {access_token}"
    return stage.app_as_stranger.post(f"{stage.connector}/mcp", **asked, timeout=TIMEOUT)


STEPS: list[Step] = [rotation, theft, revoke]
