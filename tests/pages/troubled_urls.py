"""The service's addresses, one that always fails, one without a database and one that is open to nobody."""

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from connector import urls
from connector.urls import handler400, handler403, handler404, handler500  # noqa: F401 - Django looks for them here


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret detail")


def without_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the secret detail")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("the secret detail")


urlpatterns = [
    *urls.urlpatterns,
    path("fails", fails),
    path("without-database", without_database),
    path("forbidden", forbidden),
]
