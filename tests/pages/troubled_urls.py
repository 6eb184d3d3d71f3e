"""The service's addresses, one that always fails and one that is open to nobody."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from connector import urls


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret detail")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("the secret detail")


urlpatterns = [*urls.urlpatterns, path("fails", fails), path("forbidden", forbidden)]
