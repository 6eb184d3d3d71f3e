"""The service's addresses, one that always fails and one that is open to nobody; both among staff's too."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from connector import urls
from connector.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret detail")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("the secret detail")


urlpatterns = [
    path("fails", fails),
    path("forbidden", forbidden),
    path("admin/fails", fails),
    path("admin/forbidden", forbidden),
    *urls.urlpatterns,
]
