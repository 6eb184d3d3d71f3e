"""Text that others wrote shows in the admin as text: a client's name, a note, never as HTML (CWE-79)."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.admin.conftest import CALLS, CONNECTIONS, SIGN_INS, Made

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{ 7|add:7 }}"


@pytest.mark.parametrize("role", ["superuser", "Support", "Auditor"])
def test_no_page_makes_markup_of_it(staff: Callable[[str], Client], connected: Callable[..., Made], role: str) -> None:
    made = connected()
    made.row.end_note = HOSTILE
    made.row.save()
    made.row.application.name = HOSTILE
    made.row.application.save()
    browser = staff(role)
    shown = 0

    for path in (
        "/admin/",
        CONNECTIONS,
        f"{CONNECTIONS}{made.row.pk}/change/",
        SIGN_INS,
        CALLS,
        "/admin/oauthbridge/application/",
    ):
        answer = browser.get(path)
        page = answer.content.decode()
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert ">14" not in page or "{{ 7" in page
        shown += "&lt;img src=x" in page

    assert shown, "it shows on no page at all: nothing was tried"


@pytest.mark.parametrize("lookup", ["q", "status__exact", "e", "p", "o"])
def test_no_search_is_repeated_as_markup(staff: Callable[[str], Client], lookup: str) -> None:
    for path in (CONNECTIONS, CALLS, SIGN_INS):
        page = staff("Auditor").get(path, {lookup: HOSTILE}, follow=True).content.decode()

        assert "<img src=x" not in page
        assert "<script>alert" not in page
