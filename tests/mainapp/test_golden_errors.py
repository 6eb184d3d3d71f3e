"""Every recorded refusal of the main app comes out as the exception that names it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mainapp import errors, routes, versions
from mainapp.routes import Route
from mainapp.versions import AppVersion
from tests.golden import GOLDEN, first_recording
from tests.mainapp.conftest import ME, client_of, http, ok

TOKENS = {
    "alice": ME,
    "bob": ME,
    "gpt": ME,
    "quota": ME,
    "uma": ME | {"email_verified_at": None},
    "bana": ME | {"is_banned": True},
}
LACKS_ABILITY = {"readonly"}

# Recordings of routes or methods this product cannot call at all (not on its allow-list).
NOT_OURS = {
    "route-not-found": "no such route",
    "method-not-allowed": "method not on the allow-list",
    "method-not-allowed-pet": "method not on the allow-list",
    "pets-patch-not-allowed": "method not on the allow-list",
    "pets-show-non-numeric-id": "ids are integers here",
    "api-tokens-rejects-bearer": "session-only route",
    "pets-show-public-view-no-auth": "public profile, not on the allow-list",
}
BROWSER_ONLY = (
    "gpt-auth-confirm",
    "gpt-auth-register",
    "gpt-auth-telegram-link",
    "throttle-429-gpt-auth-telegram-link",
)

# Where the status alone does not say it.
BY_NAME: list[tuple[str, type[errors.MainAppError]]] = [
    (r"gpt-auth-exchange-code-.*", errors.BadBridgeCode),
    (r"gpt-auth-.*-(missing|wrong)-api-key", errors.BridgeKeyRefused),
    (r"gpt-auth-.*-not-configured", errors.BridgeNotConfigured),
    (r"maintenance-503.*", errors.Maintenance),
    (r"quota-429-.*", errors.QuotaExceeded),
    (r"throttle-429-.*", errors.Throttled),
    (r"photos-create-storage-limit", errors.StorageLimit),
    (r".*-not-allowed-for-type", errors.FeatureNotAvailable),
    (r"auth-unverified-user-(create-pet|my-pets|weights-create)", errors.EmailNotVerified),
    (r"auth-unverified-user-pets-show-others", errors.Forbidden),
    (r"auth-banned-user-.*|weights-create-banned-user", errors.AccountBanned),
    (r".*lacks-ability|auth-token-pet-read-only-my-pets", errors.AbilityMissing),
    (r".*(bad-token|no-auth|no-token).*", errors.TokenRefused),
    (r"pets-create-duplicate.*|localized-ru-pets-create-duplicate", errors.DuplicatePet),
    (r".*idempotent-(different-body|same-key-other-path)", errors.IdempotencyConflict),
    (r".*expected.*", errors.ExpectedMismatch),
    (r".*(stale|base-version).*", errors.VersionConflict),
]
BY_STATUS: dict[int, type[errors.MainAppError]] = {
    401: errors.TokenRefused,
    403: errors.Forbidden,
    404: errors.NotFound,
    413: errors.BodyTooLarge,
    422: errors.ValidationFailed,
    425: errors.StillProcessing,
    500: errors.ServerFault,
}


def recordings() -> list[Any]:
    found = []
    for path in (GOLDEN / f"{name}.json" for name in sorted(first_recording())):
        status = json.loads(path.read_text())["response"]["status"]
        if status >= 400 and path.stem not in NOT_OURS and not path.stem.startswith(BROWSER_ONLY):
            found.append(pytest.param(path, id=path.stem))
    assert len(found) > 100, "the recordings were not found"
    return found


def expected_kind(name: str, status: int) -> type[errors.MainAppError]:
    return next((kind for pattern, kind in BY_NAME if re.fullmatch(pattern, name)), None) or BY_STATUS[status]


def route_of(method: str, path: str) -> tuple[Route, tuple[int, ...]]:
    for route in routes.ALLOWED:
        pattern = re.sub(r"\{\w+\}", r"(\\d+)", route.template)
        match = re.fullmatch("/api" + pattern, path)
        if route.method == method and match:
            return route, tuple(int(value) for value in match.groups())
    raise AssertionError(f"no route of ours for {method} {path}")


@pytest.mark.parametrize("path", recordings())
def test_it_names_the_recorded_refusal(path: Path, serve, settings) -> None:
    settings.MAIN_APP_MAX_ATTEMPTS = 1
    recording = json.loads(path.read_text())
    asked, told = recording["request"], recording["response"]
    who = re.sub(r"Bearer <(.*)>", r"\1", asked["headers"].get("Authorization", ""))

    def play(request, _conn):
        if request.path == "/api/users/me" and asked["path"] != "/api/users/me":
            if who in LACKS_ABILITY:
                return http(403, {"success": False, "data": None, "message": "no ability"})
            return ok(TOKENS[who]) if who in TOKENS else http(401, {"message": "Unauthenticated."})
        return http(told["status"], told["body"], told["headers"])

    server = serve(play)
    route, ids = route_of(asked["method"], asked["path"].partition("?")[0])
    keyed = "Idempotency-Key" in asked["headers"]
    client = client_of(server.url)
    versions.seen[server.url] = AppVersion(1, 18, 5)

    with pytest.raises(errors.MainAppError) as caught:
        client.call(route, *ids, json={} if route.is_write else None, idempotency_key="abc" if keyed else None)

    error = caught.value
    kind = expected_kind(path.stem, told["status"])
    assert type(error) is kind
    assert error.status == told["status"]
    assert error.message == told["body"]["message"]
    assert {problem.name for problem in error.fields} == set(told["body"].get("errors", {}))
    assert error.__cause__ is None
    assert error.__context__ is None
