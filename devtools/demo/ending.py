"""Going on and ending: refresh (RFC 6749 §6), revocation (RFC 7009), and nothing left that works."""

from authlib.integrations.base_client import OAuthError

from devtools.demo.connecting import main_app_tokens
from devtools.demo.stage import TIMEOUT, Stage, Step, StepFailed, expect


def refresh(stage: Stage) -> None:
    """An hour later ChatGPT refreshes its access token."""
    before = stage.chatgpt.token["refresh_token"]
    got = stage.chatgpt.refresh_token(timeout=TIMEOUT)
    expect(got["access_token"] != stage.old_access_token, "the refresh gave the same access token again")
    expect(got.get("refresh_token", before) == before, "the GPT's refresh token was rotated")
    stage.done("GET", "/pets")
    stage.fact("The new access token works")


def revoke(stage: Stage) -> None:
    """The person disconnects: the refresh token is revoked, and with it all there is."""
    answer = stage.chatgpt.revoke_token(
        f"{stage.connector}/oauth/revoke", token=stage.chatgpt.token["refresh_token"], timeout=TIMEOUT
    )
    expect(answer.status_code == 200, f"revocation answered {answer.status_code}")


def nothing_works(stage: Stage) -> None:
    """Neither access token opens anything now, and no refresh brings one back."""
    for access_token in (stage.old_access_token, stage.chatgpt.token["access_token"]):
        stage.chatgpt.token = {**stage.chatgpt.token, "access_token": access_token}
        answer = stage.call("GET", "/pets", status=401)
        expect(answer.get("error") == "UNAUTHORIZED", f"the error is {answer.get('error')!r}")
    try:
        stage.chatgpt.refresh_token(timeout=TIMEOUT)
    except OAuthError as refusal:
        expect(refusal.error == "invalid_grant", f"the refresh was refused with {refusal.error!r}")
        stage.fact("invalid_grant: this is what makes ChatGPT offer to sign in again")
        return
    raise StepFailed("a revoked refresh token still gave an access token")


def gone_upstream(stage: Stage) -> None:
    """The main app's own list shows that all its tokens are gone: the GPT's, and both apps'."""
    left = main_app_tokens(stage)
    expect(left == stage.main_app_tokens_before, f"{left - stage.main_app_tokens_before} token(s) stayed alive there")
    waiting = stage.processes.manage("retry_revocations", "--dry-run").strip()
    stage.fact(f"As many tokens as before the first sign-in. retry_revocations: {waiting}")


STEPS: list[Step] = [refresh, revoke, nothing_works]
LAST_STEPS: list[Step] = [gone_upstream]
