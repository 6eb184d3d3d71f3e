"""Whose request this is, as far as the network says: the address that callers are counted by."""

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from oauthbridge.tokens import digest


def client_address(request: HttpRequest) -> str:
    """The caller that throttles count: an IPv4 address, or an IPv6 caller's /64, of which a household has one, and 2^64 addresses
    to hide behind."""
    address = whole_address(request.META)
    try:
        number = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Network((int(number) >> 64 << 64, 64))) if isinstance(number, IPv6Address) else address


def whole_address(meta: Mapping[str, Any]) -> str:
    """The caller as our outermost proxy saw it: what stands left of our own proxies' entries may be made up."""
    if settings.TRUSTED_PROXY_COUNT:
        forwarded = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= settings.TRUSTED_PROXY_COUNT:
            return _cleaned(forwarded[-settings.TRUSTED_PROXY_COUNT])
    return _cleaned(str(meta.get("REMOTE_ADDR", "")))


# With a port, as some proxies write it: each connection would be somebody else.
_WITH_PORT = re.compile(r"(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]+)?")


def _cleaned(given: str) -> str:
    with_port = _WITH_PORT.fullmatch(given)
    try:
        address = ip_address((with_port[1] or with_port[2]) if with_port else given)
    except ValueError:
        # No address: the proxy's own word for it ("unknown", RFC 7239 §6.2).
        return digest(given)[:32]
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
