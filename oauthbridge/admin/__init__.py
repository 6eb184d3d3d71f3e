"""What staff see of connections, sign-ins, waiting revocations, clients and each other.

No secret has a column here, and nothing about a connection is edited by hand: it is ended, with a reason, or left alone.
`ConnectionAdmin` is registered by `petstools.admin`, which adds what it knows of tool calls.
"""

from oauthbridge.admin import clients, finding, overview, revocations, sessions, sign_ins, staff

__all__ = ["clients", "finding", "overview", "revocations", "sessions", "sign_ins", "staff"]
