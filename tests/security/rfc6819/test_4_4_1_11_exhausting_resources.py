"""RFC 6819 §4.4.1.11, denial of service by many sign-ins: whom a throttle takes for one caller."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from oauthbridge.addresses import client_address


def told_apart(settings: Settings, *addresses: str) -> int:
    settings.TRUSTED_PROXY_COUNT = 1
    requests = [RequestFactory().get("/", headers={"X-Forwarded-For": address}) for address in addresses]
    return len({client_address(request) for request in requests})


def test_one_ipv6_household_is_one_caller(settings: Settings) -> None:
    """Whoever rents one server has 2^64 addresses, each with an allowance of its own if all of it counted."""
    assert (
        told_apart(settings, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:DB8:1:2:0:0:0:1", "[2001:db8:1:2::7]:443")
        == 1
    )
    assert told_apart(settings, "2001:db8:1:2::1", "2001:db8:1:3::1") == 2


def test_a_port_makes_nobody_else_of_a_caller(settings: Settings) -> None:
    assert told_apart(settings, "192.0.2.1", "192.0.2.1:50000", "192.0.2.1:50001", "::ffff:192.0.2.1") == 1
    assert told_apart(settings, "192.0.2.1", "192.0.2.2") == 2


@pytest.mark.parametrize("odd", ["unknown", "_hidden", "x" * 5000, "a b\tc", "1.2.3.4.5", "[::1", "é"])
def test_what_is_no_address_is_a_short_name_at_most(settings: Settings, odd: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1

    caller = client_address(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=odd))

    assert caller.isascii()
    assert len(caller) <= 50
    assert not any(letter.isspace() for letter in caller)
