"""What tests send to `/oauth/token`, and what they hold its answers to."""

import httpx

from oauthbridge.models import AccessToken, RefreshToken
from tests.playing import ClientApp

FORM = "application/x-www-form-urlencoded"


def no_tokens() -> bool:
    return not (AccessToken.objects.exists() or RefreshToken.objects.exists())


def refused(response: httpx.Response, error: str, status: int = 400) -> bool:
    """Whether this is that error of RFC 6749 §5.2, to the letter."""
    assert (response.status_code, response.json()["error"]) == (status, error), response.text
    assert set(response.json()) <= {"error", "error_description", "error_uri"}
    assert all(
        0x20 <= ord(letter) <= 0x7E and letter not in '"\\' for letter in response.json().get("error_description", "")
    )
    assert kept_nowhere(response)
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Basic ")
    else:
        assert "WWW-Authenticate" not in response.headers
    return True


def kept_nowhere(response: httpx.Response) -> bool:
    assert response.headers["Content-Type"].startswith("application/json")
    return (response.headers["Cache-Control"], response.headers["Pragma"]) == ("no-store", "no-cache")


def form(app: ClientApp, code: str, **changes: str | None) -> dict[str, str]:
    usual: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        **app.credentials,
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def with_basic(app: ClientApp, code: str, header: str, **changes: str | None) -> httpx.Response:
    """The code exchanged with this Authorization header and, unless changed, no credentials in the body."""
    body = form(app, code, **({"client_id": None, "client_secret": None} | changes))
    return app.connector.post("/oauth/token", data=body, headers={"Authorization": header})
