"""How a caller signs in, for the schema: OAuth 2.0 authorization code at this very host (actions.md: one host for all of it)."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

SCHEME = "MeoMaiMoi"


def definition(public_url: str) -> dict[str, Any]:
    """The security scheme object (OpenAPI 3.1 §4.8.27) of the service at this address."""
    return {
        "type": "oauth2",
        "description": "The person signs in on Meo Mai Moi and agrees there.",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{public_url}/oauth/authorize",
                "tokenUrl": f"{public_url}/oauth/token",
                "refreshUrl": f"{public_url}/oauth/token",
                "scopes": dict(settings.OAUTH_SCOPES),
            }
        },
    }


class SignedIn(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    target_class = "oauthbridge.authentication.ConnectionAuthentication"
    name = SCHEME

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {SCHEME: list(settings.OAUTH_SCOPES)}

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return definition(settings.CONNECTOR_PUBLIC_URL)
