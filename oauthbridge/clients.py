"""Who a client id is: entered by hand, described by a document (`cimd`), or registered by itself (`registration`).

Only the first kind has a row from the start. The others get one when a person has connected them: an anonymous request for an
authorization page must not fill the database (chatgpt.com serves a document for any id).
"""

import threading
from datetime import timedelta

import structlog
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from oauth2_provider.cimd import CIMDError
from oauth2_provider.settings import oauth2_settings
from prometheus_client import Counter

from oauthbridge import client_documents, registration
from oauthbridge.compiled_queries import CompiledQuery
from oauthbridge.models import Application, AuthorizationRequest
from oauthbridge.tokens import digest

_CLIENT = CompiledQuery(Application.objects.all(), "client_id")
# How long a document is remembered without a row at the most: as long as its host says, but a flood of ids must run dry.
_REMEMBERED_SECONDS = 3600
# A document takes seconds where its host is slow: more at once would take the threads from everybody else.
_FETCHES = threading.BoundedSemaphore(4)
_REFUSED = Counter("meo_clients_refused", "Sign-ins refused because the app is not known, by its host", ["host"])
# Anybody can make up hosts: so many are counted by name in a process, the rest together.
_MOST_HOSTS = 50
_hosts: set[str] = set()

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def find(client_id: str) -> Application | None:
    """The client. Where a sign-in begins also one without a row, and one whose document is fetched now, being due.

    Whether it may be used now is `Application.is_usable`.
    """
    client = stored(client_id)
    if not client_documents.reading_is_allowed():
        return client
    if client is None:
        client = _unsaved(client_id)
    if not client_documents.accepted(client_id):
        return client
    if client is not None and (not client.has_document or client.disabled_at is not None or _is_fresh(client)):
        return client
    return _read(client_id, client) or client


def stored(client_id: str) -> Application | None:
    """The client, if it has a row."""
    return _CLIENT.first(registration.row_id(client_id))


def keep(sign_in: AuthorizationRequest) -> Application:
    """The row of the client of a sign-in, made now if there is none. Inside the transaction that connects somebody."""
    if sign_in.application is not None:
        return sign_in.application
    client = sign_in.client
    assert client is not None  # noqa: S101 - a sign-in without a client makes no connection
    try:
        with transaction.atomic():
            client.save(force_insert=True)
    except IntegrityError:
        # Somebody else connected it first.
        client = Application.objects.get(client_id=client.client_id)
    sign_in.application = client
    return client


def count_refused(host: str) -> None:
    """Count one; `host` is empty where the client did not call itself by an address."""
    name = host or "none"
    if len(_hosts) < _MOST_HOSTS:
        _hosts.add(name)
    _REFUSED.labels(name if name in _hosts else "other").inc()


def _unsaved(client_id: str) -> Application | None:
    copy = registration.registered_by(client_id) or cache.get(_key("client", client_id))
    return Application.of_copy(copy) if copy is not None else None


def _is_fresh(client: Application) -> bool:
    return bool(client.cimd_expires_at is not None and timezone.now() <= client.cimd_expires_at)


def _read(client_id: str, known: Application | None) -> Application | None:
    """The client as its document describes it now; None where that can't be read, which is remembered for a while."""
    if cache.get(_key("failed", client_id)):
        return None
    if not _FETCHES.acquire(blocking=False):
        log.warning("client document not fetched: too many at once", host=client_documents.host_of(client_id))
        return None
    try:
        document, max_age = oauth2_settings.CIMD_METADATA_FETCHER().fetch(client_id)
    except CIMDError:
        cache.set(_key("failed", client_id), True, oauth2_settings.CIMD_FAILURE_BACKOFF_SECONDS)
        return None
    finally:
        _FETCHES.release()
    client = known or Application.of_copy(
        {"client_id": client_id, "name": "", "redirect_uris": "", "source": "cimd", "expires": None}
    )
    client.name = document["client_name"]
    client.redirect_uris = " ".join(document["redirect_uris"])
    client.cimd_expires_at = timezone.now() + timedelta(seconds=max_age)
    if client.pk is not None:
        client.save(update_fields=["name", "redirect_uris", "cimd_expires_at", "updated"])
    else:
        cache.set(_key("client", client_id), client.copy_of_it(), _REMEMBERED_SECONDS)
    return client


def _key(what: str, client_id: str) -> str:
    return f"client-documents:{what}:{digest(client_id)}"
