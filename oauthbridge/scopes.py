"""What a client may ask for (RFC 6749 §3.3), door by door: a scope of one door is unknown at the other.

The MCP scopes are named as the main app's abilities are, so that one vocabulary serves both.
"""

from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from oauth2_provider.scopes import BaseScopes

from oauthbridge.models import Application

# In the order in which people read them on the consent page, and clients in the metadata.
MCP_SCOPES: dict[str, str | Promise] = {
    "pets:read": _("See your name, your pets, their photos and habits"),
    "pets:write": _("Add, change and delete pets and their photos, keep their habits"),
    "health:read": _("See weights, vaccinations and medical records"),
    "health:write": _("Add, change and delete weights, vaccinations and medical records"),
    "microchips:read": _("See microchip numbers"),
    "microchips:write": _("Add, change and delete microchip numbers"),
}
# What OpenID Connect calls it (Core §11). Every sign-in here gives a refresh token, so it changes nothing; but ChatGPT signs
# people out when the access token ends unless the server's metadata offers it. No tool needs it, so no challenge names it.
OFFLINE_ACCESS = "offline_access"
_OFFLINE: dict[str, str | Promise] = {OFFLINE_ACCESS: _("Stay connected until you or we end it")}
# What a client gets that asks for nothing, and what `/mcp` challenges with. All six: Cursor asks for what the challenge says
# and never for more, and with less than everything half the tools would be refused there for good.
EVERYDAY: tuple[str, ...] = tuple(MCP_SCOPES)


class DoorScopes(BaseScopes):
    """django-oauth-toolkit's list of scopes, by the client's door. Without a client it is what the server's metadata offers:
    the MCP door's. The Actions scope is typed into a GPT by hand, and an MCP client that read of it might ask for it."""

    def get_all_scopes(self) -> dict[str, str | Promise]:
        return {**settings.OAUTH_SCOPES, **MCP_SCOPES, **_OFFLINE}

    def get_available_scopes(
        self, application: Application | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        if application is None or application.is_mcp:
            return [*MCP_SCOPES, OFFLINE_ACCESS]
        return list(settings.OAUTH_SCOPES)

    def get_default_scopes(
        self, application: Application | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        if application is None or application.is_mcp:
            return list(EVERYDAY)
        return list(settings.OAUTH_SCOPES)


def described(scopes: str) -> list[str | Promise]:
    """What each of these means to the person who is asked, in the order above; `scopes` as in RFC 6749 §3.3."""
    named = scopes.split()
    return [text for scope, text in DoorScopes().get_all_scopes().items() if scope in named]
