"""Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document-01): who ChatGPT, Claude and Cursor say they are.

`clients` decides when one is read, and what becomes of it. Of a document only what this server can honour is taken over, and
where the published ones say more than that (ChatGPT's preferred authentication, Claude's further grants, Cursor's own scheme),
the rest is left out instead of refusing the client.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.datastructures import CaseInsensitiveMapping
from oauth2_provider.cimd import CIMDError, SafeMetadataFetcher
from oauth2_provider.settings import oauth2_settings

from mainapp.http.connection import Deadline, HttpError, NotPublic, Origin, Response
from mainapp.http.fetching import asked
from oauthbridge import client_documents
from oauthbridge.known_clients import KnownClient
from oauthbridge.models import Application
from oauthbridge.names import name_for_people
from oauthbridge.redirects import is_loopback, is_relay

_LONGEST_REDIRECT_URI = 500
_MOST_REDIRECT_URIS = 20
# What a host answers that is away, or does not like our address; after 404 and 410 there is no such client.
_NO_ANSWER = frozenset({403, 407, 408, 425, 429, 451, *range(500, 600)})
# RFC 3986's characters and no others: a blank would make two addresses of one where they are stored.
_URI = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class NotAnswered(CIMDError):
    """The host does not hand the document out to us now, which says nothing about the client."""


class ClientDocumentFetcher(SafeMetadataFetcher):
    """Reads a client's document with the means of `mainapp.http.fetching`, and makes of it what this server can register.

    Instead of the parent's own fetching, which knows no end for a name look-up or for a body that comes drop by drop, and no
    authority but the public ones. The parent's checks of the answer (status, type, size, JSON) are kept.
    """

    def fetch(self, client_id: str) -> tuple[dict[str, Any], int]:
        """The document as it is registered, and for how many seconds it counts. Raises CIMDError.

        Of a known client whose host does not answer it is our own copy, for as short a time as any counts.
        """
        host = client_documents.host_of(client_id)
        known = client_documents.known_by(client_id)
        try:
            return self.published(client_id)
        except NotAnswered as error:
            if known is None or not known.redirect_uris:
                self._note(client_id, error)
                raise
            log.warning("client document not answered: our copy serves", host=host, reason=str(error))
            return as_registered(known.copy(client_id), client_id), oauth2_settings.CIMD_METADATA_MIN_AGE_SECONDS
        except CIMDError as error:
            self._note(client_id, error)
            raise

    def published(self, client_id: str) -> tuple[dict[str, Any], int]:
        """The same of what is published now, and of nothing else."""
        document, max_age = self._read(client_id)
        if document.get("client_id") != client_id:
            raise CIMDError("it names another client_id")
        return as_registered(document, client_id), max_age

    def _note(self, client_id: str, error: CIMDError) -> None:
        """For staff; of a client that nobody has connected yet there is no row to tell it in."""
        log.warning("client document refused", host=client_documents.host_of(client_id), reason=str(error))
        Application.objects.filter(client_id=client_id, registration_source=Application.RegistrationSource.CIMD).update(
            document_failed_at=timezone.now(), document_problem=_printable(error)
        )

    def _read(self, client_id: str) -> tuple[dict[str, Any], int]:
        parts = client_documents.parts_of(client_id)
        if parts is None:
            raise CIMDError("not an address that may be a client id")
        host, port, path = parts
        request = asked(
            Origin("https", host, port),
            path,
            {"Accept": "application/json, application/*+json"},
            Deadline(oauth2_settings.CIMD_FETCH_TIMEOUT_SECONDS),
            private_addresses=settings.MCP_CLIENT_PRIVATE_ADDRESSES,
            ca_file=settings.MCP_CLIENT_CA_FILE,
        )
        try:
            with request as answer:
                if answer.status in _NO_ANSWER:
                    raise NotAnswered(f"client_id document returned HTTP {answer.status}")
                document, max_age = self._read_document(_Answer(answer))
        except HttpError as error:
            # A name that leads into our own network is no host that is away.
            kind = CIMDError if isinstance(error, NotPublic) else NotAnswered
            raise kind(f"not fetched: {error}") from None
        except (ValueError, RecursionError):
            # A number of 5000 digits in Cache-Control, 8000 brackets in the body.
            raise CIMDError("not to be read") from None
        return document, max_age


class _Answer:
    """What the parent reads of an answer."""

    def __init__(self, answer: Response) -> None:
        self.status = answer.status
        self.headers = CaseInsensitiveMapping(answer.headers)
        self._answer = answer

    def read(self, most: int) -> bytes:
        """The body of at most so many bytes."""
        if self.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise CIMDError("compressed, which was not asked for")
        if (body := self._answer.body(most)) is None:
            raise CIMDError("too large")
        return body


def _printable(error: CIMDError) -> str:
    """As much as fits; some of it may be a stranger's, and staff read it in a terminal."""
    return "".join(character if character.isprintable() else "?" for character in str(error))[:200]


def as_registered(document: Mapping[str, Any], client_id: str) -> dict[str, Any]:
    """What of a client's document is registered. Raises CIMDError where too little is left, or the document can't be meant."""
    if "client_secret" in document or "client_secret_expires_at" in document:
        raise CIMDError("it holds a client_secret, and is public")
    if "none" not in _authentication_methods(document):
        raise CIMDError("it offers no token endpoint authentication that this server knows")
    if "authorization_code" not in _texts(document, "grant_types", ["authorization_code"]):
        raise CIMDError("it does not use authorization codes")
    if "code" not in _texts(document, "response_types", ["code"]):
        raise CIMDError("it does not use authorization codes")
    host = client_documents.host_of(client_id)
    known = client_documents.known_by(client_id)
    wanted = _texts(document, "redirect_uris", [])[:_MOST_REDIRECT_URIS]
    redirect_uris = [uri for uri in dict.fromkeys(wanted) if _may_be_sent_to(uri, host, known)]
    if not redirect_uris:
        raise CIMDError("it names no redirect URI that may be used")
    if len(redirect_uris) < len(wanted):
        log.info("redirect URIs of a client left out", host=host, left_out=len(wanted) - len(redirect_uris))
    return {
        "client_id": client_id,
        "client_name": name_for_people(document.get("client_name")) or host,
        "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }


def _authentication_methods(document: Mapping[str, Any]) -> set[str]:
    """All it can use: the preferred one, and those beside it (OpenID Connect RP Metadata Choices 1.0)."""
    preferred = document.get("token_endpoint_auth_method", "none")
    if not isinstance(preferred, str):
        raise CIMDError("token_endpoint_auth_method is no text")
    return {preferred, *_texts(document, "token_endpoint_auth_methods_supported", [])}


def _texts(document: Mapping[str, Any], name: str, default: list[str]) -> list[str]:
    values = document.get(name, default)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise CIMDError(f"{name} is no list of texts")
    return values


def _may_be_sent_to(uri: str, own_host: str, known: KnownClient | None) -> bool:
    """The person's own computer; on the web a known client's own addresses, another's own host, one under it or a listed one.

    A document that somebody got onto a listed host must not be a way to send codes elsewhere.
    """
    if len(uri) > _LONGEST_REDIRECT_URI or not _URI.fullmatch(uri) or is_relay(uri):
        return False
    if is_loopback(uri):
        return True
    if known is not None:
        return known.may_be_sent_to(uri)
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme == "https" and (
        client_documents.is_listed_host(parts.netloc)
        or parts.netloc == own_host
        or re.fullmatch(rf"[a-z0-9.-]+\.{re.escape(own_host)}", parts.netloc) is not None
    )
