"""Which network addresses are the public internet."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = (
    # Python's own tables differ by patch release, and these are missing from some or all of them.
    ip_network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    ip_network("100.64.0.0/10"),  # carrier NAT, RFC 6598
    ip_network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    ip_network("2001::/23"),  # Teredo and other protocol assignments, RFC 2928
    ip_network("2002::/16"),  # 6to4: carries any IPv4 address, RFC 3056
    ip_network("3fff::/20"),  # documentation, RFC 9637
)


def is_public(address: str) -> bool:
    """Whether a resolved address belongs to the public internet.

    False for private, loopback, link-local, shared, multicast, reserved, unspecified and documentation ranges, and for
    every IPv6 form that tunnels to an IPv4 address, except IPv4-mapped (RFC 4291 §2.5.5.2) and NAT64 (RFC 6052, what
    an IPv6-only host gets for an IPv4-only name), which count as the IPv4 address they carry. Anything that is not a
    plain address (a zone id, a name) is not public.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        carried = IPv4Address(parsed.packed[-4:]) if parsed in _NAT64 else parsed.ipv4_mapped
        if parsed.scope_id is not None or (carried is None and parsed not in _GLOBAL_UNICAST):
            return False
        parsed = carried or parsed
    is_special = any(parsed.version == network.version and parsed in network for network in _NOT_PUBLIC)
    return parsed.is_global and not (is_special or parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)
