"""Every address of this service."""

from django.contrib import admin
from django.urls import include, path

from connector import health, metrics, pages
from petstools import urls as tools

urlpatterns = [
    # Addresses are tried in their order, and most requests are tool calls.
    *tools.urlpatterns,
    path("", pages.front, name="front"),
    path("privacy", pages.privacy, name="privacy"),
    path("terms", pages.terms, name="terms"),
    path("support", pages.support, name="support"),
    path(".well-known/openai-apps-challenge", pages.openai_apps_challenge, name="openai-apps-challenge"),
    path("health", health.health, name="health"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("chat.zalo.urls")),
    path("", include("oauthbridge.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "connector.errors.bad_request"
handler403 = "connector.errors.permission_denied"
handler404 = "connector.errors.not_found"
handler500 = "connector.errors.server_error"
