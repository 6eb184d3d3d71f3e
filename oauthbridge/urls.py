"""Addresses of the OAuth server. The namespace is django-oauth-toolkit's: its metadata view looks the endpoints up by it.

Its other routes (approval form, application management, device codes, introspection) are not mounted.
"""

from django.urls import path

from oauthbridge import views

app_name = "oauth2_provider"

urlpatterns = [
    path("oauth/authorize", views.AuthorizeView.as_view(), name="authorize"),
    path("oauth/callback", views.CallbackView.as_view(), name="callback"),
    path("oauth/token", views.ConnectorTokenView.as_view(), name="token"),
    path("oauth/revoke", views.ConnectorRevokeView.as_view(), name="revoke-token"),
    path(".well-known/oauth-authorization-server", views.ServerMetadataView.as_view(), name="oauth-server-metadata"),
]
