"""RFC 9700 §4.16, clickjacking: no page of ours shows in anybody's frame, but the one that hands back in Telegram's
(tests/oauth/test_hand_back.py)."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_no_page_of_a_sign_in_or_of_staff_can_be_framed(
    client_app: ClientApp, connector: Connector, person: OpenBrowser
) -> None:
    emma = person()
    begun = emma.open(client_app.authorize_url())
    callback = emma.agree(begun.headers["Location"])
    html = {"Accept": "text/html"}
    answers = {
        "authorize": begun,
        "an unknown client": emma.open(client_app.authorize_url(client_id="unknown")),
        "spent": emma.open(callback),
        "broken link": emma.open(f"{connector.url}/oauth/callback"),
        "staff": connector.get("/admin/login/", headers=html),
        "front": connector.get("/", headers=html),
        "docs": connector.get("/docs", headers=html),
        "missing": connector.get("/nothing", headers=html),
    }

    for name, answer in answers.items():
        assert answer.headers["X-Frame-Options"] == "DENY", name
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], name
