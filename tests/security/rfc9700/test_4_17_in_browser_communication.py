"""RFC 9700 §4.17, attacks on in-browser communication flows: an answer is a redirect and never a message between windows."""

import re
from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


@pytest.mark.parametrize("mode", ["web_message", "form_post", "fragment", "query.jwt", "okta_post_message"])
def test_no_other_way_of_answering_is_offered(client_app: ClientApp, person: OpenBrowser, mode: str) -> None:
    """Nor silently given in the usual one (RFC 6749 §3.1.1 has no more than that for `code`)."""
    answer = person().open(client_app.authorize_url(response_mode=mode))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{client_app.redirect_uri}?error=invalid_request&")
    assert "#" not in answer.headers["Location"]


def test_the_usual_way_may_be_named(client_app: ClientApp, person: OpenBrowser) -> None:
    location = person().sign_in_to_raw(client_app, response_mode="query")

    assert location.startswith(f"{client_app.redirect_uri}?code=")


def test_no_page_of_a_sign_in_runs_a_script(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    for page in (emma.open(client_app.authorize_url(client_id="x")), emma.open(callback)):
        assert "<script" not in page.text
        assert "script-src" not in page.headers["Content-Security-Policy"]


def test_the_page_that_hands_back_runs_our_own_files_only(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()

    page = person("mai").open(emma.agree(emma.begin(client_app)))

    assert re.findall(r"<script[^>]*>", page.text) == [
        '<script src="/static/oauthbridge/copy.js">',
        '<script src="/static/oauthbridge/hand_back.js">',
    ]
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
