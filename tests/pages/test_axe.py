"""No accessibility fault that axe can see, on any page that people see (staff's: tests/admin/test_axe.py)."""

import pytest

from tests.pages.axe import faults
from tests.pages.test_in_a_browser import CHROMEDRIVER, CHROMIUM, Chromium, chromium
from tests.playing import Connector

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A page looks the same whatever the database.
    pytest.mark.once,
    pytest.mark.skipif(
        not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromedriver (apt-get install them)"
    ),
]
PAGES = (
    "/",
    "/privacy",
    "/terms",
    "/support",
    "/connections",
    "/oauth/callback",
    "/oauth/authorize?client_id=nope",
    "/no/such/page",
)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_fault(connector: Connector, chromium: Chromium, path: str) -> None:
    assert faults(chromium, connector.url + path) == []


def test_axe_finds_no_fault_in_the_operations(connector: Connector, chromium: Chromium) -> None:
    assert faults(chromium, f"{connector.url}/docs", until=".opblock") == []
