"""One search box over references, sign-ins, connections, calls and people; and what it says when it finds nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from oauthbridge.models import AuthorizationRequest
from oauthbridge.references import remember, without_sign_in
from tests.admin.conftest import Made, make_call
from tests.pages.walking import page_of

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
REFERENCE = "5e0136604fc47844f8f02162b29acf04"


def find(browser: Client, term: str) -> str:
    """Where it leads; empty when it stays a page."""
    response = browser.get("/admin/search/", {"q": term})
    return response["Location"] if response.status_code == 302 else ""


@pytest.fixture
def failed(connected: Callable[..., Made]) -> AuthorizationRequest:
    row: AuthorizationRequest = AuthorizationRequest.objects.create(
        application=connected().row.application,
        redirect_uri="https://chatgpt.com/aip/g-test/oauth/callback",
        browser_digest="b" * 64,
        status=AuthorizationRequest.Status.EXPIRED,
        expires_at=timezone.now() - timedelta(minutes=1),
        reference=REFERENCE,
        earlier_reference="0a" * 16,
    )
    return row


@pytest.mark.parametrize("term", [REFERENCE, REFERENCE[:8], f" {REFERENCE} ", "0a" * 16])
def test_a_reference_leads_to_its_sign_in(staff: Staff, failed: AuthorizationRequest, term: str) -> None:
    assert find(staff("Support"), term) == reverse("admin:oauthbridge_authorizationrequest_change", args=[failed.pk])


def test_a_sign_in_a_connection_a_person_and_a_call_are_found(staff: Staff, connected: Callable[..., Made]) -> None:
    row = connected().row
    sign_in = AuthorizationRequest.objects.get(connection=row)
    call = make_call(row, request_id="req-12345678")
    browser = staff("Support")

    assert find(browser, str(sign_in.pk)) == reverse("admin:oauthbridge_authorizationrequest_change", args=[sign_in.pk])
    assert find(browser, str(row.pk)) == reverse("admin:oauthbridge_connection_change", args=[row.pk])
    person = row.user.main_app_user_id
    assert find(browser, str(person)) == reverse("admin:oauthbridge_person", args=[person])
    assert find(browser, "req-12345678") == reverse("admin:petstools_toolcall_change", args=[call.pk])


def test_several_calls_of_one_request_are_listed(staff: Staff, connected: Callable[..., Made]) -> None:
    row = connected().row
    for _ in range(2):
        make_call(row, request_id="req-12345678")

    page = staff("Support").get("/admin/search/", {"q": "req-12345678"})

    assert page.content.decode().count("Tool call") >= 2


@pytest.mark.parametrize("term", ["Emma", "emma@example.com", "99999999999999999999", "\0", "ab", "%_%_%_%_%"])
def test_finding_nothing_says_what_can_be_searched_and_where_people_are(staff: Staff, term: str) -> None:
    text = staff("Support").get("/admin/search/", {"q": term}).content.decode()

    assert "You can search for" in text
    assert "Look the person up in the main app" in text


def test_a_list_that_finds_nothing_says_so_too(staff: Staff) -> None:
    text = staff("Support").get("/admin/oauthbridge/connection/", {"q": "emma@example.com"}).content.decode()

    assert "look the person up in the main app" in text


def test_nobody_finds_what_they_may_not_see(staff: Staff, failed: AuthorizationRequest) -> None:
    assert find(staff("nobody"), REFERENCE) == ""


def test_the_page_s_reference_is_kept_with_the_sign_in_and_stands_in_the_log(
    client: Client, failed: AuthorizationRequest, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/oauth/callback", {"session_id": str(failed.pk), "code": str(failed.pk)})

    failed.refresh_from_db()
    assert (failed.reference, failed.earlier_reference) == (response["X-Request-ID"], REFERENCE)
    assert failed.reference in page_of(response).text
    assert failed.problem == "expired"
    line = next(
        record.msg for record in caplog.records if isinstance(record.msg, dict) and record.msg["event"] == "request"
    )
    assert line["sign_in"] == str(failed.pk)
    assert (line["problem"], line["request_id"]) == ("expired", failed.reference)


def test_a_page_without_a_sign_in_is_found_with_what_is_known(staff: Staff, client: Client) -> None:
    response = client.get("/oauth/authorize", {"client_id": "https://app.example/client.json", "response_type": "code"})
    reference = response["X-Request-ID"]
    assert reference in page_of(response).text

    for term in (reference, reference[:8]):
        text = staff("Support").get("/admin/search/", {"q": term}).content.decode()

        assert f"<code>{reference}</code>" in text
        assert "unknown client · /oauth/authorize" in text
        assert "0 s ago" in text
        # What the page said to somebody who came from an app, ready to be copied.
        for words in ("the app cannot be used with Meo Mai Moi", 'id="tell-vi"', 'id="tell-ru"', 'id="tell-uk"'):
            assert words in text


def test_what_to_tell_of_a_page_is_what_its_door_was_told(staff: Staff, client: Client) -> None:
    from_gpt = client.get("/oauth/callback")["X-Request-ID"]
    from_chat = client.get("/zalo/link/nonsense")["X-Request-ID"]
    browser = staff("Support")

    assert "Go back to ChatGPT" in browser.get("/admin/search/", {"q": from_gpt}).content.decode()
    assert "Go back to Zalo" in browser.get("/admin/search/", {"q": from_chat}).content.decode()


def test_a_page_of_ours_that_failed_says_that_we_look_at_it(staff: Staff, client: Client) -> None:
    request = RequestFactory().get("/connections")
    request.META["MEO_REQUEST_ID"] = "c0ffee00" * 4
    remember(request, "our page 500", None)

    text = staff("Support").get("/admin/search/", {"q": "c0ffee00"}).content.decode()

    assert "Something went wrong on our side, and we are looking at it" in text


def test_a_reference_that_only_begins_alike_is_not_found(staff: Staff, client: Client) -> None:
    reference = client.get("/oauth/callback")["X-Request-ID"]

    text = staff("Support").get("/admin/search/", {"q": f"{reference}0"}).content.decode()

    assert "Page without a sign-in" not in text


def test_of_a_flood_nothing_is_kept(staff: Staff, client: Client, settings: Settings) -> None:
    settings.AUTHORIZE_LIMIT_PER_MINUTE = 1
    answers = [client.get("/oauth/authorize", {"client_id": "nope"}) for _ in range(2)]
    assert answers[1].status_code == 429

    text = staff("Support").get("/admin/search/", {"q": answers[1]["X-Request-ID"]}).content.decode()

    assert "Nothing is kept under" in text


def test_a_wrong_address_shows_staff_their_own_page(staff: Staff) -> None:
    response = staff("Support").get("/admin/no/such/page/")

    assert response.status_code == 404
    assert "To the overview" in response.content.decode()


def test_a_wrong_address_asks_strangers_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/admin/no/such/page/")["Location"].startswith("/admin/login/")


def test_a_link_that_is_a_secret_is_not_kept_with_its_page(staff: Staff, client: Client) -> None:
    response = client.get("/zalo/link/s3cret-of-a-chat")
    reference = response["X-Request-ID"]
    assert reference in page_of(response).text

    text = staff("Support").get("/admin/search/", {"q": reference}).content.decode()

    assert "/zalo/link/&lt;str:token&gt;" in text
    assert "s3cret" not in text
    assert "s3cret" not in repr(without_sign_in(reference))
