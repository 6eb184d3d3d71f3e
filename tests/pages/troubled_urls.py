"""The service's addresses, and one that always fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from connector import urls


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret detail")


urlpatterns = [*urls.urlpatterns, path("fails", fails)]
