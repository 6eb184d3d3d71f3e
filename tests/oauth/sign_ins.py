"""How a sign-in ended, by what is stored."""

from oauthbridge.models import (
    AccessToken,
    AuthorizationRequest,
    Connection,
    Grant,
    RefreshToken,
    User,
)


def nobody_connected() -> bool:
    return not any(model.objects.exists() for model in (Connection, Grant, AccessToken, RefreshToken, User))


def how_it_ended() -> str:
    return AuthorizationRequest.objects.get().status
