"""Which address a client's tokens are good for (RFC 8707): the MCP address for MCP clients, none for those of the Actions door.

One address, compared letter by letter. django-oauth-toolkit's own rules are looser: any URL may be asked for, a token for a prefix
opens what is below it, and a token for nothing opens everything.
"""

from collections.abc import Iterable

from django.conf import settings
from oauthlib.oauth2.rfc6749 import errors

from oauthbridge.models import Application


class InvalidTarget(errors.CustomOAuth2Error):
    """RFC 8707 §2: at the authorization endpoint a redirect with this error, at the token endpoint a 400."""

    def __init__(self, state: str | None = None) -> None:
        super().__init__(
            error="invalid_target",
            description="The resource must be the address of this service that the client was made for.",
            state=state,
        )


def audience_of(application: Application) -> str:
    """The address that tokens of this client carry; empty for a client of the Actions door, whose tokens carry none."""
    return str(settings.MCP_URL) if application.is_mcp else ""


def check_resource(application: Application, resources: Iterable[str], *, state: str | None = None) -> str:
    """The audience of a client that asked for these `resource` values. Raises InvalidTarget.

    A client that asks for nothing gets it too: nothing can be gained by leaving the parameter out. A parameter without a value
    counts as left out (RFC 6749 §3.1).
    """
    audience = audience_of(application)
    if any(resource != audience for resource in resources if resource):
        raise InvalidTarget(state)
    return audience
