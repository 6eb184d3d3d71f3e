"""Whose request this is, as far as the network says: the address that callers are counted by."""

import re
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

from oauthbridge.tokens import digest


def client_address(request: HttpRequest) -> str:
    """The caller as our outermost proxy saw it: what stands left of our own proxies' entries may be made up.

    An IPv4 address, or an IPv6 caller's /64: a household has one of those, and 2^64 addresses to hide behind.
    """
    if settings.TRUSTED_PROXY_COUNT:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= settings.TRUSTED_PROXY_COUNT:
            return _network_of(forwarded[-settings.TRUSTED_PROXY_COUNT])
    return _network_of(str(request.META.get("REMOTE_ADDR", "")))


# With a port, as some proxies write it: each connection would be somebody else.
_WITH_PORT = re.compile(r"(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]+)?")


def _network_of(given: str) -> str:
    with_port = _WITH_PORT.fullmatch(given)
    try:
        address = ip_address((with_port[1] or with_port[2]) if with_port else given)
    except ValueError:
        # No address: the proxy's own word for it ("unknown", RFC 7239 §6.2).
        return digest(given)[:32]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)
