"""What clients read before a person signs in: which server gives tokens for `/mcp` (RFC 9728), and what it offers (RFC 8414).

Each document stands at the addresses where its RFC puts it and nowhere else. Clients probe more (the OpenID form, the MCP path
behind the server's form) and go on after a 404; a document whose `issuer` is not the one asked for would end their search.
"""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from oauth2_provider.views.metadata import OAuthProtectedResourceMetadataView, OAuthServerMetadataView

from oauthbridge import registration
from oauthbridge.scopes import MCP_SCOPES

# Long enough to spare most of the asking, short enough for a change to be seen while whoever made it still watches.
CACHE_SECONDS = 300


def protected_resource_url() -> str:
    """Where the document about `/mcp` stands (RFC 9728 §3.1: the well-known part goes before the path), for 401 and 403 challenges."""
    return f"{settings.CONNECTOR_PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"


# Exempt because POST is no method of theirs: they answer 405, not the page of a forged form.
@method_decorator(csrf_exempt, name="dispatch")
class _PublicDocument(View):
    """Readable from any page of any site: a client that runs in a browser asks first (CORS), and sends its protocol version."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)  # type: ignore[misc]
        response["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
        return response

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(
            status=204,
            headers={
                "Allow": "GET, HEAD, OPTIONS",
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": "GET, HEAD",
                "Access-Control-Allow-Headers": "MCP-Protocol-Version",
                "Access-Control-Max-Age": "86400",
            },
        )


class ServerMetadataView(_PublicDocument, OAuthServerMetadataView):
    """`GET /.well-known/oauth-authorization-server`."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)
        if registration.is_offered():
            document = json.loads(response.content)
            document["registration_endpoint"] = f"{settings.CONNECTOR_PUBLIC_URL}/oauth/register"
            response.content = json.dumps(document)
        return response


class ProtectedResourceView(_PublicDocument, OAuthProtectedResourceMetadataView):
    """`GET /.well-known/oauth-protected-resource/mcp`, and without the path, where clients look next."""

    def get_resource(self, request: HttpRequest) -> str:
        return str(settings.MCP_URL)

    def get_authorization_servers(self, request: HttpRequest) -> list[str]:
        return [settings.CONNECTOR_PUBLIC_URL]

    def get_scopes_supported(self) -> list[str]:
        """Without `offline_access`: it says something about the client's stay, nothing about this resource."""
        return list(MCP_SCOPES)

    def get_bearer_methods_supported(self) -> list[str]:
        return ["header"]

    def get_resource_name(self) -> str:
        return "Meo Mai Moi"

    def get_resource_documentation(self) -> str:
        return f"{settings.CONNECTOR_PUBLIC_URL}/"

    def get_resource_policy_uri(self) -> str:
        return f"{settings.CONNECTOR_PUBLIC_URL}/privacy"

    def get_resource_tos_uri(self) -> str:
        return f"{settings.CONNECTOR_PUBLIC_URL}/terms"
