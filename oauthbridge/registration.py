"""Dynamic client registration (RFC 7591) that keeps nothing: the client id carries what was registered, signed by us.

For programs on a person's own computer that have no document to name (MCP 2025-11-25; deprecated in 2026-07-28): public clients
without a secret, PKCE as for every client of the MCP door, loopback redirects of any port (`MCP_REGISTRATION=loopback`), or https
ones too (`open`). A row is made when a person has connected it, so a flood of registrations costs nobody anything.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core import signing

from oauthbridge.names import name_for_people
from oauthbridge.redirects import is_loopback, is_relay, may_be_registered
from oauthbridge.tokens import digest

LOOPBACK, OFF, OPEN = "loopback", "off", "open"
_MOST_REDIRECT_URIS = 10
# All of them together: they travel in every authorization request.
_LONGEST_REDIRECT_URIS = 600
_PREFIX = "reg."
# What a row is called: a client id of that length would not fit there, nor read well in a list.
_ROW_PREFIX = "registered-"
# Nothing but what URIs are made of (RFC 3986): they are stored with blanks between them.
_URI = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
_PORT = re.compile(r"(?<=^http://)(127\.0\.0\.1|\[::1\]|localhost):[0-9]{1,5}")


class RegistrationRefused(Exception):
    """RFC 7591 §3.2.2: `code` is its error code, the text says what to do instead."""

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


def is_offered() -> bool:
    return bool(settings.MCP_REGISTRATION != OFF)


def is_open_to(redirect_uris: Iterable[str]) -> bool:
    """Whether a client with these redirect URIs may begin sign-ins as things are set."""
    return is_offered() and (settings.MCP_REGISTRATION == OPEN or all(map(is_loopback, redirect_uris)))


def register(asked: object) -> dict[str, Any]:
    """The answer to a registration (RFC 7591 §3.2.1). Raises RegistrationRefused."""
    if not is_offered():
        raise RegistrationRefused(
            "access_denied",
            "Registration is turned off here. Use a client id metadata document, or a client id that the operator of this "
            "server has made for you.",
            status=403,
        )
    if not isinstance(asked, dict):
        raise RegistrationRefused("invalid_client_metadata", "Send a JSON object with redirect_uris.")
    redirect_uris = _redirect_uris(asked)
    _check_flow(asked)
    name = name_for_people(asked.get("client_name"))
    registered = {
        "client_id": _sealed(name, redirect_uris),
        "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        # Whatever was asked for: no secret is given to a program that can't keep one (RFC 7591 §2, §3.2.1).
        "token_endpoint_auth_method": "none",
    }
    return registered | ({"client_name": name} if name else {})


def _redirect_uris(asked: Mapping[str, Any]) -> list[str]:
    uris = asked.get("redirect_uris")
    if not isinstance(uris, list) or not uris or not all(isinstance(uri, str) for uri in uris):
        raise RegistrationRefused("invalid_redirect_uri", "redirect_uris must be a list of one address or more.")
    uris = list(dict.fromkeys(uris))
    if len(uris) > _MOST_REDIRECT_URIS or len(" ".join(uris)) > _LONGEST_REDIRECT_URIS:
        raise RegistrationRefused("invalid_redirect_uri", "These are too many redirect_uris, or too long ones.")
    fit = [uri for uri in uris if may_be_registered(uri, loopback=True) and _URI.fullmatch(uri) and not is_relay(uri)]
    if len(fit) < len(uris) or not is_open_to(fit):
        web = " or an https:// address" if settings.MCP_REGISTRATION == OPEN else ""
        raise RegistrationRefused(
            "invalid_redirect_uri",
            "Each redirect URI must be http://127.0.0.1, http://[::1] or http://localhost, with any port and path and without a "
            f"fragment{web}. An app on the web uses a client id metadata document, or a client id made by the operator.",
        )
    return uris


def _check_flow(asked: Mapping[str, Any]) -> None:
    """Only the authorization code flow is served; what is left out is that (RFC 7591 §2)."""
    for name, needed in (("grant_types", "authorization_code"), ("response_types", "code")):
        values = asked.get(name, [needed])
        if not isinstance(values, list) or needed not in values:
            raise RegistrationRefused("invalid_client_metadata", f"{name} must hold {needed}: nothing else is served.")


def _signer() -> signing.Signer:
    """With SECRET_KEY, or one before it that is still named."""
    return signing.Signer(salt="oauthbridge.registration", sep=".")


def _sealed(name: str, redirect_uris: list[str]) -> str:
    # A port counts for nothing (RFC 8252 §7.3): without it all installs of a program have one id.
    portless = list(dict.fromkeys(_PORT.sub(r"\1", uri) for uri in redirect_uris))
    return _PREFIX + _signer().sign_object([name, portless], compress=True)


def registered_by(client_id: str) -> dict[str, Any] | None:
    """What of a client is stored that this id stands for (`Application.of_copy`); None of an id that is none of ours."""
    if not client_id.startswith(_PREFIX) or len(client_id) > 2000:
        return None
    try:
        name, redirect_uris = _signer().unsign_object(client_id.removeprefix(_PREFIX))
    except (signing.BadSignature, ValueError):
        return None
    return {
        "client_id": row_id(client_id),
        "name": name,
        "redirect_uris": " ".join(redirect_uris),
        "source": "dcr",
        "expires": None,
    }


def row_id(client_id: str) -> str:
    """What the row of this client is called: a short name for a registered one, whatever signed it; else its id itself."""
    return f"{_ROW_PREFIX}{digest(client_id)[:40]}" if client_id.startswith(_PREFIX) else client_id
