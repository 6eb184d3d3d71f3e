"""No accessibility fault that axe can see, on any page that people see (staff's: tests/admin/test_axe.py)."""

import pytest
from django.urls import resolve

from tests.browser import Chromium
from tests.pages.addresses import patterns
from tests.pages.axe import faults
from tests.playing import ClientApp, Connector, pkce

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A page looks the same whatever the database.
    pytest.mark.once,
]
PAGES = (
    "/",
    "/privacy",
    "/terms",
    "/support",
    "/connections",
    "/zalo/link/nope",
    "/zalo/linked",
    "/zalo/granted",
    "/oauth/callback",
    "/oauth/authorize?client_id=nope",
    "/no/such/page",
)
# For programs, or a form's target; the consent page and what comes after it are looked at below.
NO_PAGES = {
    *("mcp", "mcp/", "openapi.json", "openapi.yaml", ".well-known/openai-apps-challenge", "health", "health/ready"),
    *("metrics", "zalo/webhook", "zalo/bot", "oauth/token", "oauth/register", "register", "oauth/revoke"),
    *(".well-known/oauth-authorization-server", ".well-known/oauth-protected-resource"),
    *(".well-known/oauth-protected-resource/mcp", "oauth/hand-back"),
    # The tools.
    *("pet-types", "account", "habits", "habits/entries", "records"),
}


def test_no_page_is_forgotten() -> None:
    looked_at = {
        resolve(path.partition("?")[0]).route for path in (*PAGES, "/docs", "/oauth/consent") if path != PAGES[-1]
    }
    people = {one for one in patterns() if not one.startswith(("admin/", "pets"))}

    assert people == looked_at | NO_PAGES


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_fault(connector: Connector, chromium: Chromium, path: str) -> None:
    assert faults(chromium, connector.url + path) == []


def test_axe_finds_no_fault_in_the_operations(connector: Connector, chromium: Chromium) -> None:
    assert faults(chromium, f"{connector.url}/docs", until=".opblock") == []


def test_axe_finds_no_fault_in_our_consent_page(connector: Connector, chromium: Chromium) -> None:
    app = ClientApp.made_for_mcp(connector, "Claude", "--for", "claude")
    _verifier, challenge = pkce()
    url = app.authorize_url(code_challenge=challenge, code_challenge_method="S256")

    assert faults(chromium, url, until="form button") == []
