"""RFC 9700 §4.7 (CSRF) and CVE-2026-27124's kind: somebody else's sign-in, finished by a person who did not begin it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from oauthbridge.models import AuthorizationRequest, Connection
from tests.playing import ClientApp, Person

Visitor = Callable[[str], Person]


def test_a_cookie_that_a_neighbour_planted_binds_nobody(gpt: ClientApp, visitor: Visitor) -> None:
    """Another host of the domain can set `meo_browser` for all of it, but no name that begins with __Host-."""
    attacker, victim = visitor("mai"), visitor("emma")
    consent_url = attacker.begin(gpt)
    attackers_own = attacker.browser.cookies["__Host-meo_browser"]
    victim.browser.cookies.set("meo_browser", attackers_own, domain=".example.com")

    answer = victim.open(victim.agree(consent_url))

    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert AuthorizationRequest.objects.get().status == "wrong_browser"
    assert not Connection.objects.exists()
    assert victim.main_app_tokens == []


def test_no_page_of_ours_leads_where_a_stranger_says(gpt: ClientApp, visitor: Visitor) -> None:
    """RFC 9700 §4.11, open redirection: neither before the sign-in nor after it."""
    mai = visitor("mai")
    for name in ("next", "return_to", "redirect", "url", "redirect_uri"):
        for path in ("/", "/privacy", "/docs", "/oauth/callback", "/admin/login/", "/oauth/authorize"):
            answer = mai.browser.get(f"https://connector.example.com{path}", params={name: "https://evil.example/"})
            assert urlsplit(answer.headers.get("Location", "")).hostname != "evil.example"
            assert 'href="https://evil.example' not in answer.text
