"""Is everything as it must be for this service to work? Each question with its answer, and the repair in words."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.checks import ERROR, run_checks
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from oauth2_provider.cimd import CIMDError

from chat.zalo import tokens
from chat.zalo.models import Account, Event
from chat.zalo.products import ADAPTERS
from connector import static_files
from mainapp import bridge, routes
from mainapp.breaker import breaker_for
from mainapp.errors import BadBridgeCode, BridgeKeyRefused, BridgeNotConfigured, MainAppError
from mainapp.http.connection import Deadline, HttpError
from mainapp.http.fetching import fetch
from mainapp.session import Session
from oauthbridge import client_documents, rotation
from oauthbridge.cimd import ClientDocumentFetcher, NotAnswered, as_registered
from oauthbridge.compiled_queries import why_it_failed
from oauthbridge.known_clients import KNOWN, KnownClient
from oauthbridge.metadata import protected_resource_url
from oauthbridge.models import Application, AuthorizationRequest, PendingRevocation
from petstools.files.conversion import seal
from petstools.retention import last_prune

PATIENCE = 6.0
# Sign-ins, codes and tokens are judged by the clock; the main app's own codes live five minutes.
CLOCK_TOLERANCE = 60
# Connections to the database beside those of a process's WEB_THREADS: four spare threads, and the writer of tool-call lines. And
# what commands on this host may take, `maintenance` among them.
OTHER_THREADS, FOR_COMMANDS = 5, 10


class State(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


GREEN, YELLOW, RED = State


@dataclass(frozen=True)
class Finding:
    """One question's answer. `repair` says what to do, where something is to be done."""

    state: State
    what: str
    repair: str = ""


def examine() -> Iterator[tuple[str, Finding]]:
    """Each question's name and answer, one after the other: a broken database does not hide a broken main app."""
    for name, look in QUESTIONS:
        try:
            yield name, look()
        except Error as error:
            yield name, Finding(RED, f"the database failed ({why_it_failed(error)})", "See database and migrations.")


def _settings() -> Finding:
    problems = [message for message in run_checks() if message.is_serious(ERROR)]
    if not problems:
        return Finding(GREEN, f"{settings.ENVIRONMENT}, nothing missing")
    listed = " ".join(f"{message.obj}: {message.msg}" if message.obj else message.msg for message in problems)
    return Finding(RED, f"{len(problems)} problems", listed)


def _database() -> Finding:
    started = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return Finding(RED, f"no answer ({why_it_failed(error)})", "Start it, or correct DATABASE_URL.")
    took = (time.perf_counter() - started) * 1000
    if connection.vendor == "sqlite" and settings.ENV.is_production:
        return Finding(RED, "SQLite", "Set DATABASE_URL to PostgreSQL.")
    return Finding(GREEN, f"{connection.vendor}, {took:.0f} ms")


def _database_connections() -> Finding:
    """What this host's processes may hold at most, against what PostgreSQL gives: half of it, for a second host, or for an old
    version that gives way to a new one."""
    if connection.vendor != "postgresql":
        return Finding(GREEN, "no PostgreSQL")
    most = settings.WEB_CONCURRENCY * (settings.WEB_THREADS + OTHER_THREADS) + FOR_COMMANDS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int"
        )
        allowed, reserved = cursor.fetchone()
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    # A pooler names the connection to itself, not the session that it lends.
    pooled = session != connection.connection.info.backend_pid
    if pooled and not settings.DATABASE_POOLED:
        what = "DATABASE_URL leads to a pooler, where queries that were prepared may be missing"
        return Finding(RED, what, "Set DATABASE_POOLED=true (docs/operations.md).")
    if pooled:
        return Finding(GREEN, f"a pooler's: max_client_conn has to hold {most} for each host")
    if settings.DATABASE_POOLED:
        what = "no pooler, and nothing is prepared for it"
        return Finding(YELLOW, what, "Unset DATABASE_POOLED: calls are faster without.")
    what = f"{most} at most on this host, PostgreSQL's max_connections is {allowed}"
    if most * 2 <= allowed:
        return Finding(GREEN, what)
    return Finding(
        YELLOW if most <= allowed - reserved else RED,
        f"{what}: " + ("too few" if most > allowed - reserved else "no room for an old version beside a new one"),
        "Lower WEB_CONCURRENCY or WEB_THREADS, or raise max_connections (docs/operations.md).",
    )


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return Finding(RED, f"{len(plan)} not applied", "Run: manage.py migrate")
    return Finding(GREEN, "all applied")


def _static_files() -> Finding:
    missing = static_files.problem()
    if missing:
        return Finding(RED, missing.partition(":")[0], "Run: manage.py collectstatic --no-input, then restart.")
    return Finding(GREEN, "collected" if settings.ENVIRONMENT == "production" else "served from the source")


def _cache() -> Finding:
    probe = uuid.uuid4().hex
    started = time.perf_counter()
    cache.set("doctor", probe, 10)
    came_back = cache.get("doctor") == probe
    took = (time.perf_counter() - started) * 1000
    if not came_back:
        return Finding(
            YELLOW,
            "away",
            "Start Redis, or correct REDIS_URL. Calls are served without it, but each process throttles by itself.",
        )
    if not settings.REDIS_URL:
        if settings.ENV.is_production:
            return Finding(RED, "in this process only", "Set REDIS_URL: throttles must count across processes.")
        return Finding(GREEN, "in this process only")
    return Finding(GREEN, f"Redis, {took:.0f} ms")


def _main_app() -> Finding:
    session = Session(None, language="en", request_id="doctor", deadline=Deadline(PATIENCE), guarded=False)
    try:
        version = session.call(routes.VERSION)
    except MainAppError as error:
        return Finding(
            RED, f"not reachable ({type(error).__name__})", "Is it up? Is MAIN_APP_URL right, and open from here?"
        )
    running = version.get("version") if isinstance(version, dict) else None
    return Finding(GREEN, f"{running or 'no version told'}")


def _breaker() -> Finding:
    """What the processes that serve have told each other; this one has made no calls."""
    if not settings.MAIN_APP_BREAKER_FAILURES:
        return Finding(YELLOW, "turned off", "Set MAIN_APP_BREAKER_FAILURES, unless it is off on purpose.")
    if not settings.REDIS_URL:
        return Finding(GREEN, "each process has its own")
    pause = breaker_for(settings.MAIN_APP_URL.rstrip("/")).pause_anywhere()
    if pause is None:
        return Finding(GREEN, "closed: calls go through")
    return Finding(
        YELLOW,
        f"open: calls are refused, the main app is asked every {pause:.0f} s",
        "See the line on the main app. It closes by itself as soon as the main app answers.",
    )


def _clock() -> Finding:
    """Ours against the main app's, by the Date header of its answer."""
    try:
        answer = fetch(f"{settings.MAIN_APP_URL}/api/version", seconds=PATIENCE)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (HttpError, KeyError, ValueError, TypeError):
        return Finding(YELLOW, "the main app does not tell its time", "See the line on the main app.")
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    if apart > CLOCK_TOLERANCE:
        return Finding(RED, f"{apart:.0f} s apart from the main app's", "Set the clock of this machine (NTP).")
    return Finding(GREEN, f"{apart:.0f} s apart from the main app's")


def _connector_key() -> Finding:
    """A code that never existed: a main app that knows our key answers 400, one that doesn't 401 (contract §5.3)."""
    known: list[bool] = []
    try:
        for key in bridge.connector_keys():
            try:
                bridge.exchange(str(uuid.uuid4()), request_id="doctor", deadline=Deadline(PATIENCE), key=key)
            except (BadBridgeCode, BridgeKeyRefused) as error:
                known.append(isinstance(error, BadBridgeCode))
            else:
                return Finding(RED, "an invented code was accepted", "That is no main app: check MAIN_APP_URL at once.")
    except BridgeNotConfigured:
        return Finding(RED, "the main app has none", "Set the connector key in the main app's environment.")
    except MainAppError as error:
        return Finding(YELLOW, f"can't be told ({type(error).__name__})", "See the line on the main app.")
    if known[0]:
        rest = "; CONNECTOR_API_KEY_FALLBACKS may go" if len(known) > 1 else ""
        return Finding(GREEN, f"accepted by the main app{rest}")
    if any(known):
        return Finding(YELLOW, "the main app takes an older one", "Set the new CONNECTOR_API_KEY in the main app too.")
    return Finding(RED, "refused by the main app", "Set CONNECTOR_API_KEY to the main app's own value.")


def _hmac_secret() -> Finding:
    """Nobody but a person's browser can try it out; how sign-ins end tells."""
    day_ago = timezone.now() - timedelta(days=1)
    begun = AuthorizationRequest.objects.filter(created_at__gte=day_ago)
    came_back = begun.exclude(status=AuthorizationRequest.Status.PENDING).count()
    if came_back:
        return Finding(GREEN, f"{came_back} sign-ins came back in the last 24 h")
    if begun.count() >= 5:
        return Finding(
            YELLOW,
            f"none of {begun.count()} sign-ins of the last 24 h came back",
            "If people see “invalid signature” at the main app, set HMAC_SHARED_SECRET to its value.",
        )
    return Finding(GREEN, "set; no sign-in has tried it lately")


def _public_url() -> Finding:
    """Do we answer there? What stands in front may not let us in from here, which is no fault."""
    url = settings.CONNECTOR_PUBLIC_URL
    if urlsplit(url).path:
        return Finding(RED, url, "Set CONNECTOR_PUBLIC_URL without a path: addresses start at /.")
    try:
        answer = fetch(f"{url}/health", seconds=PATIENCE)
        payload = json.loads(answer.body)
    except ValueError:
        payload = None
    except HttpError as error:
        return Finding(
            YELLOW,
            f"{url}: no answer ({error})",
            "Is the service up, and the proxy in front of it? Open it from outside to be sure.",
        )
    if not isinstance(payload, dict) or "main_app_reachable" not in payload:
        return Finding(
            RED,
            f"{url}: something else answers there ({answer.status})",
            "Correct CONNECTOR_PUBLIC_URL, or where the proxy in front sends requests.",
        )
    if payload.get("version") != settings.VERSION:
        return Finding(
            YELLOW,
            f"{url}: version {payload.get('version')} answers, this is {settings.VERSION}",
            "Restart the web workers to finish the upgrade.",
        )
    return Finding(GREEN, url)


def _mcp_door() -> Finding:
    """Would a client find its way from the MCP address to the sign-in, as RFC 9728 and RFC 8414 have it look?"""
    base = settings.CONNECTOR_PUBLIC_URL
    try:
        challenge = fetch(settings.MCP_URL, body=b"{}", seconds=PATIENCE).headers.get("www-authenticate", "")
        resource = json.loads(fetch(protected_resource_url(), seconds=PATIENCE).body)
        server = json.loads(fetch(f"{base}/.well-known/oauth-authorization-server", seconds=PATIENCE).body)
    except HttpError as error:
        outcome = f"{settings.MCP_URL}: no answer ({error})"
        return Finding(YELLOW, outcome, "See the line on the public URL.")
    except ValueError:
        resource = server = None
    wrong = []
    if protected_resource_url() not in challenge:
        wrong.append(f"{settings.MCP_URL} does not ask for a sign-in")
    if not isinstance(resource, dict) or resource.get("resource") != settings.MCP_URL:
        wrong.append(f"{protected_resource_url()} is not about it")
    if not isinstance(server, dict) or server.get("issuer") != base:
        wrong.append(f"{base}/.well-known/oauth-authorization-server is not this server's")
    if wrong:
        return Finding(
            RED,
            "; ".join(wrong),
            "Correct CONNECTOR_PUBLIC_URL, or let the proxy in front pass /mcp and /.well-known/ on unchanged.",
        )
    return Finding(GREEN, settings.MCP_URL)


def _clients() -> Finding:
    clients = list(
        Application.objects.filter(disabled_at=None).exclude(door=Application.Door.ZALO).order_by("client_id")
    )
    of_gpts = [client.client_id for client in clients if client.door == Application.Door.ACTIONS]
    if not clients:
        return Finding(RED, "none", "Run: manage.py gpt_client --gpt-id g-…, or manage.py mcp_client --help")
    if of_gpts and settings.OAUTH_CLIENT_ID not in of_gpts:
        return Finding(
            YELLOW,
            f"{', '.join(of_gpts)}; not {settings.OAUTH_CLIENT_ID}, which is set",
            "Correct OAUTH_CLIENT_ID, or run: manage.py gpt_client --gpt-id g-…",
        )
    without = [client.client_id for client in clients if not client.redirect_uris.split()]
    if without:
        return Finding(
            RED,
            f"no callback address: {', '.join(without)}",
            "Run: manage.py gpt_client --client-id … --gpt-id g-…, or manage.py mcp_client update … --redirect-uri …",
        )
    failing = [client for client in clients if client.document_fails]
    if failing:
        over = [client for client in failing if client.begins_until and client.begins_until < timezone.now()]
        listed = "; ".join(f"{client.client_id} ({client.document_problem})" for client in failing)
        return Finding(
            RED if over else YELLOW,
            f"document not read: {listed}",
            "Open the address from here: it is the vendor's. New sign-ins go on for seven days with what was read last; who is "
            "connected stays so.",
        )
    return Finding(GREEN, ", ".join(f"{client.client_id} ({client.door})" for client in clients))


def _known_clients() -> Finding:
    """Does each vendor publish what our copy says? While one does not answer the copy serves, so that alone is no fault."""
    if client_documents.KNOWN not in settings.MCP_CLIENT_HOSTS:
        return Finding(GREEN, "not in MCP_CLIENT_HOSTS")
    exact = [known for known in KNOWN if "{" not in known.client_id]
    with ThreadPoolExecutor(len(exact)) as pool:
        problems = [each for each in pool.map(_published, exact) if each is not None]
    silent = [text for is_silent, text in problems if is_silent]
    wrong = [text for is_silent, text in problems if not is_silent]
    what = f"{len(exact) - len(silent)} of {len(exact)} answer"
    if silent:
        # A firewall silences all of them; their names would bury the rest of the table.
        what += f"; our copy serves for {', '.join(silent) if len(silent) < len(exact) else 'all'}"
    if not wrong:
        return Finding(GREEN, what)
    return Finding(
        YELLOW,
        f"{what}; {', '.join(wrong)}",
        "Open the address from here; if the vendor has changed it, bring oauthbridge/known_clients.py up to date.",
    )


def _published(known: KnownClient) -> tuple[bool, str] | None:
    """What is wrong with a client's document, and whether it is only that its host does not answer; None where all is well."""
    try:
        document, _max_age = ClientDocumentFetcher().published(known.client_id)
    except CIMDError as error:
        return isinstance(error, NotAnswered), f"{known.client_id} ({error})"
    if not known.redirect_uris:
        return None
    ours = as_registered(known.copy(known.client_id), known.client_id)
    same = set(document["redirect_uris"]) == set(ours["redirect_uris"])
    return None if same else (False, f"{known.client_id} differs from our copy of {known.as_of}")


def _key_ring() -> Finding:
    lost = sum(moved.result == "lost" for moved in rotation.verify())
    stored = rotation.stored()
    if lost:
        return Finding(
            RED, f"{lost} of {stored} tokens can't be opened", "Put the missing key back into ENCRYPTION_KEY."
        )
    left = rotation.left_over()
    if left:
        return Finding(YELLOW, f"{left} of {stored} tokens under an older key", "Run: manage.py rotate_encryption_key")
    return Finding(GREEN, f"all {stored} stored tokens open")


def _revocations() -> Finding:
    waiting = PendingRevocation.objects.order_by("created_at")
    count = waiting.count()
    oldest = waiting.first()
    if oldest is None:
        return Finding(GREEN, "none wait")
    hours = (timezone.now() - oldest.created_at).total_seconds() / 3600
    state = RED if hours > 24 else YELLOW
    return Finding(
        state,
        f"{count} wait, the oldest for {hours:.1f} h ({oldest.last_error or 'not tried yet'})",
        "Run: manage.py retry_revocations --all; let manage.py maintenance run beside the web workers.",
    )


def _last_prune() -> Finding:
    last = last_prune()
    if last is None:
        return Finding(YELLOW, "not known", "Let manage.py maintenance run, or manage.py prune from cron.")
    hours = (timezone.now() - last).total_seconds() / 3600
    if hours > 26:
        return Finding(YELLOW, f"{hours:.0f} h ago", "Let manage.py maintenance run, or manage.py prune from cron.")
    return Finding(GREEN, f"{hours:.1f} h ago")


def _file_conversion() -> Finding:
    """What keeps a file that takes its converter over from this service's memory and other processes."""
    holds, lacks = [], []
    if reason := seal.why_not_sealed():
        lacks.append(f"the converter may reach other processes: {reason}")
    else:
        holds.append("seccomp filter")
    try:
        # For good; this process has no use for the opposite.
        seal.hide_memory()
        holds.append("hidden memory")
    except OSError as error:
        lacks.append(f"memory can't be hidden ({error.strerror})")
    if lacks:
        repair = "Serve on a Linux kernel with seccomp filters (x86_64 or aarch64), in a container that allows them."
        return Finding(YELLOW, "; ".join(lacks), repair)
    return Finding(GREEN, ", ".join(holds))


def _zalo() -> Finding:
    """Can people be answered there, and are they?"""
    on = {product for product, adapter in ADAPTERS.items() if adapter.is_on()}
    if not on:
        return Finding(GREEN, "not set up")
    waiting = Event.objects.exclude(state=Event.State.DONE).order_by("received_at").first()
    waits = (timezone.now() - waiting.received_at).total_seconds() / 60 if waiting is not None else 0.0
    if waits > 2:
        return Finding(
            RED if waits > 10 else YELLOW,
            f"a message waits for {waits:.0f} min",
            "Let manage.py db_worker run, and manage.py maintenance beside it.",
        )
    accounts = {account.own_id: account for account in Account.objects.filter(product__in=on)}
    listed = {one: str(accounts.get(one, one)) for one in sorted({*accounts, *settings.ZALO_OFFICIAL_ACCOUNTS})}
    troubles = [(known_as, *tokens.trouble(accounts.get(one), timezone.now())) for one, known_as in listed.items()]
    for state in (RED, YELLOW):
        of_this = [f"{one}: {what}" for one, is_red, what in troubles if what and is_red == (state is RED)]
        if of_this:
            return Finding(state, "; ".join(of_this), "See manage.py zalo_oa, and docs/operations.md.")
    return Finding(GREEN, ", ".join(listed.values()) or "nobody has written yet")


QUESTIONS: tuple[tuple[str, Callable[[], Finding]], ...] = (
    ("settings", _settings),
    ("database", _database),
    ("database connections", _database_connections),
    ("migrations", _migrations),
    ("static files", _static_files),
    ("cache", _cache),
    ("main app", _main_app),
    ("breaker", _breaker),
    ("clock", _clock),
    ("connector API key", _connector_key),
    ("HMAC secret", _hmac_secret),
    ("public URL", _public_url),
    ("MCP door", _mcp_door),
    ("clients", _clients),
    ("known apps", _known_clients),
    ("key ring", _key_ring),
    ("revocations", _revocations),
    ("Zalo", _zalo),
    ("last prune", _last_prune),
    ("file conversion", _file_conversion),
)
