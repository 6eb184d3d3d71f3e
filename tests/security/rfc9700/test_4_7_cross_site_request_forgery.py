"""RFC 9700 §4.7 (CSRF) and CVE-2026-27124's kind: somebody else's sign-in, finished by a person who did not begin it."""

from collections.abc import Callable

from oauthbridge.models import AuthorizationRequest, Connection
from tests.playing import ClientApp, Person, queries

Visitor = Callable[[str], Person]


def test_a_cookie_that_a_neighbour_planted_binds_nobody(gpt: ClientApp, visitor: Visitor) -> None:
    """Another host of the domain can set `meo_browser` for all of it, but no name that begins with __Host-."""
    attacker, victim = visitor("mai"), visitor("emma")
    consent_url = attacker.begin(gpt)
    attackers_own = attacker.browser.cookies["__Host-meo_browser"]
    victim.browser.cookies.set("meo_browser", attackers_own, domain=".example.com")

    answer = victim.open(victim.agree(consent_url))

    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    assert "Almost done: go on where you began" in answer.text
    assert AuthorizationRequest.objects.get().status == "pending"
    assert not Connection.objects.exists()


def test_an_attackers_answer_in_the_victims_browser_connects_nobody(gpt: ClientApp, visitor: Visitor) -> None:
    """The classic: the attacker agrees, keeps the callback to themselves, and has a victim's browser open it."""
    attacker, victim = visitor("mai"), visitor("emma")
    victim.begin(gpt)
    forged = attacker.agree(attacker.begin(gpt))

    answer = victim.open(forged)

    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    assert not Connection.objects.exists()


def test_who_learned_a_session_id_gets_no_further_than_their_own_account(gpt: ClientApp, visitor: Visitor) -> None:
    """Their code under the victim's session id, in the victim's browser. The main app does not bind its codes to a session
    (contract §5.4): what is left is a ChatGPT of the victim's that sees the attacker's pets, for who can read 122 random bits
    in the victim's browser."""
    attacker, victim = visitor("mai"), visitor("emma")
    had = victim.main_app_tokens
    session = queries(victim.begin(gpt))["session_id"]
    theirs = attacker.agree(attacker.begin(gpt))

    victim.open(theirs.replace(queries(theirs)["session_id"], session))

    assert victim.account.id not in Connection.objects.values_list("user__main_app_user_id", flat=True)
    assert victim.main_app_tokens == had


def test_a_client_without_pkce_that_sends_no_state_begins_nothing(gpt: ClientApp, visitor: Visitor) -> None:
    """Nothing of its own would come back with the code: any answer would do (§4.7.1)."""
    answer = visitor("emma").open(gpt.authorize_url(state=None))

    assert queries(answer.headers["Location"])["error"] == "invalid_request"
    assert not AuthorizationRequest.objects.exists()


def test_no_form_of_another_site_begins_or_finishes_a_sign_in(gpt: ClientApp, visitor: Visitor) -> None:
    emma = visitor("emma")
    callback = emma.agree(emma.begin(gpt))

    for url in (gpt.authorize_url(), callback):
        assert emma.browser.post(url, headers={"Origin": "https://evil.example"}).status_code == 405
    assert "code=" in emma.open(callback).headers["Location"]
