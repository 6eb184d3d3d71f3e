"""Addresses of the OAuth server. The namespace is django-oauth-toolkit's: its metadata view looks the endpoints up by it.

Its other routes (approval form, application management, device codes, introspection) are not mounted.
"""

from django.urls import path

from oauthbridge import endpoints, metadata, views
from oauthbridge.connections_view import ConnectionsView

app_name = "oauth2_provider"

urlpatterns = [
    path("oauth/authorize", views.AuthorizeView.as_view(), name="authorize"),
    path("oauth/consent", views.ConsentView.as_view(), name="consent"),
    path("oauth/callback", views.CallbackView.as_view(), name="callback"),
    path("oauth/hand-back", views.HandBackView.as_view(), name="hand-back"),
    path("connections", ConnectionsView.as_view(), name="connections"),
    path("oauth/token", endpoints.ConnectorTokenView.as_view(), name="token"),
    path("oauth/register", endpoints.RegisterView.as_view(), name="register"),
    # Where clients look that find no address in the metadata (MCP 2025-03-26, "Fallbacks").
    path("register", endpoints.RegisterView.as_view()),
    path("oauth/revoke", endpoints.ConnectorRevokeView.as_view(), name="revoke-token"),
    path(".well-known/oauth-authorization-server", metadata.ServerMetadataView.as_view(), name="oauth-server-metadata"),
    path(
        ".well-known/oauth-protected-resource", metadata.ProtectedResourceView.as_view(), name="oauth-resource-metadata"
    ),
    path(
        ".well-known/oauth-protected-resource/mcp",
        metadata.ProtectedResourceView.as_view(),
        name="oauth-resource-metadata-path",
    ),
]
