"""RFC 9700 §4.2, credential leakage via Referer headers: what has a code in its address tells it to nobody."""

import re
from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_the_redirect_with_the_code_and_each_page_with_one_send_no_referer(
    client_app: ClientApp, person: OpenBrowser
) -> None:
    emma = person()
    callback = emma.agree(emma.begin(client_app))

    for answer in (emma.open(callback), emma.open(callback), person("mai").open(callback)):
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_such_a_page_loads_nothing_from_elsewhere(client_app: ClientApp, person: OpenBrowser) -> None:
    """§4.2.4: no third party's resources and no links out of the page that would carry its address."""
    emma = person()
    callback = emma.agree(emma.begin(client_app))
    emma.open(callback)

    page = emma.open(callback)

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert not re.search(r"<(script|img|iframe|link|form)[^>]+(src|href|action)=[\"']?(https?:)?//", page.text)
    assert queries(callback)["code"] not in page.text
