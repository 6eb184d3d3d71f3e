"""The database away or restarting, at an address that is not a tool: 503 and when to come again, not 500."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from connector import urls

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def without_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the secret detail")


urlpatterns = [*urls.urlpatterns, path("without-database", without_database)]
handler500 = urls.handler500


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_it_is_told_as_something_that_passes(accept: str) -> None:
    client = Client(raise_request_exception=False, headers={"accept": accept})

    answer = client.get("/without-database")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "secret detail" not in answer.text
    if accept == "application/json":
        assert (answer.json()["error"], answer.json()["retry_after"]) == ("SERVICE_UNAVAILABLE", 5)
    else:
        assert answer["Content-Type"].startswith("text/html")
