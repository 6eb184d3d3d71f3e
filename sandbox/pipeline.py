"""The order of checks that every API route goes through (main-app.md §0.1), and the parsed call that views get."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from .answers import ApiError, Json, not_found, server_error
from .config import MainApp
from .faults import Fault
from .idempotency import checked_key, fingerprint_of
from .messages import chosen_language
from .records import Habit, Pet, Session, Token, User
from .versions import Release
from .world import World

SESSION_COOKIE = "meo_mai_moi_session"
CHILD_KINDS = ("weight", "medical_record", "vaccination", "microchip")
Files = dict[str, "UploadedFile[Any]"]
WRITES = ("POST", "PUT", "PATCH", "DELETE")
LARGEST_ID = 2**63 - 1
DEEPEST_JSON = 512
# Laravel's TrimStrings: white space, and what is drawn with no width at either end.
_EDGES = re.compile(r"^[\s\0\ufeff\u200b\u200e]+|[\s\0\ufeff\u200b\u200e]+$")


@dataclass
class Call:
    """One API request as its view sees it."""

    app: MainApp
    request: HttpRequest
    fault: Fault
    body: dict[str, Json]  # body over query string, trimmed, "" as null
    files: Files
    user: User | None = None
    token: Token | None = None
    session: Session | None = None
    stateful: bool = False  # from the main app's own pages: cookies count, CSRF is demanded
    language: str = "en"
    pet: Pet | None = None
    habit: Habit | None = None
    rate_headers: dict[str, str] = field(default_factory=dict)
    reached_controller: bool = False

    @property
    def world(self) -> World:
        return self.app.world

    @property
    def release(self) -> Release:
        return self.app.release

    @property
    def me(self) -> User:
        """The caller, on routes that demand one."""
        if self.user is None:
            raise ApiError(401, "Unauthenticated.", reached_controller=False)
        return self.user

    @property
    def record_of(self) -> Pet:
        """The pet of the path."""
        if self.pet is None:
            raise not_found()
        return self.pet

    @property
    def habit_of(self) -> Habit:
        """The habit of the path."""
        if self.habit is None:
            raise not_found()
        return self.habit

    def holds(self, ability: str) -> bool:
        """Whether a token with this ability made the call; never true for a browser session."""
        return self.token is not None and ability in self.token.abilities


View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Endpoint:
    """A view and what the main app checks before it (main-app.md §16)."""

    view: View
    auth: str = "required"  # required, optional, none
    verified: bool = True
    abilities: tuple[str, ...] = ()
    writes_per_minute: int | None = None
    idempotent: bool = False
    public_throttle: bool = False  # per address, as /pet-types
    session_only: bool = False
    csrf: bool = False  # demanded even from callers that are no browser
    late_abilities: bool = False  # abilities were not enforced before v1.18.1
    since: tuple[int, int, int] = (1, 4, 1)  # 404 in older releases


def run(endpoint: Endpoint, request: HttpRequest, app: MainApp, fault: Fault, ids: dict[str, Any]) -> HttpResponse:
    """Answer this request; every refusal becomes an answer here."""
    body, files = parsed_body(request)
    call = Call(app, request, fault, body, files)
    try:
        with app.world.lock:
            identify(call)
        response = with_idempotency(call, endpoint, ids)
    except ApiError as refusal:
        response = answer_of(refusal, call)
    with_headers(response, call)
    return response


def with_headers(response: HttpResponse, call: Call) -> None:
    for name, value in call.rate_headers.items():
        response.headers.setdefault(name, value)
    if call.reached_controller:
        response.headers["X-App-Version"] = call.release.version


def answer_of(refusal: ApiError, call: Call) -> JsonResponse:
    return refusal.response(envelopes=call.release.envelope_errors)


def with_idempotency(call: Call, endpoint: Endpoint, ids: dict[str, Any]) -> HttpResponse:
    header = (call.request.headers.get("Idempotency-Key") or "").strip()
    if not (header and endpoint.idempotent and call.release.idempotency):
        return process(call, endpoint, ids)
    if call.user is None or (call.token is not None and not call.release.idempotency_with_tokens):
        raise ApiError(401, "An idempotency key requires an authenticated user.", reached_controller=False)
    user_id, key, keys = call.user.id, checked_key(header), call.world.idempotency
    fingerprint = fingerprint_of(call.request.method or "", call.request.path, payload_of(call))
    with call.world.lock:
        stored = keys.begin(user_id, key, fingerprint, call.world.now(), coded=call.release.idempotency_with_tokens)
    if stored is not None:
        return stored
    response = None
    try:
        response = process(call, endpoint, ids)
    except ApiError as refusal:
        response = answer_of(refusal, call)
    finally:
        with call.world.lock:
            if response is None:
                keys.abandon(user_id, key)
            else:
                keys.finish(user_id, key, response, call.world.now())
    return response


def process(call: Call, endpoint: Endpoint, ids: dict[str, Any]) -> HttpResponse:
    # The slow part of a slow answer: outside the lock, and with an idempotency key held.
    time.sleep(call.fault.latency_ms / 1000)
    with call.world.lock:
        if call.stateful:
            check_csrf(call)
        if endpoint.auth == "required" and call.user is None:
            raise ApiError(401, "Unauthenticated.", reached_controller=False)
        throttle(call, endpoint)
        if endpoint.csrf and not call.stateful:
            raise ApiError(419, "CSRF token mismatch.", bare=True, reached_controller=False)
        arguments = bound_records(call, ids)
        call.language = language_of(call, endpoint)
        check_storage(call)
        if call.user is not None:
            count_quota(call, endpoint)
        call.reached_controller = True
        check_account(call, endpoint)
        check_abilities(call, endpoint)
        response = endpoint.view(call, **arguments)
        call.world.save()
        return response


def identify(call: Call) -> None:
    """Find the caller: the browser session of the main app's own pages first, then the bearer token."""
    headers = call.request.headers
    origin = headers.get("Origin") or headers.get("Referer") or ""
    call.stateful = bool(origin) and urlsplit(origin).netloc == headers.get("Host")
    if call.stateful:
        call.session = call.world.sessions.get(call.request.COOKIES.get(SESSION_COOKIE, ""))
        if call.session is not None and call.session.user is not None:
            call.user = call.session.user
            return
    scheme, _, plaintext = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        call.token = call.world.token(plaintext.strip())
        call.user = call.token.user if call.token else None


def check_csrf(call: Call) -> None:
    if call.request.method not in WRITES:
        return
    sent = unquote(call.request.headers.get("X-XSRF-TOKEN", ""))
    if call.session is None or not sent or sent != call.session.xsrf:
        raise ApiError(419, "CSRF token mismatch.", bare=True, reached_controller=False)


def throttle(call: Call, endpoint: Endpoint) -> None:
    wide, production = call.release.wide_minute_limits, call.app.is_production
    address = call.request.META.get("REMOTE_ADDR", "")
    caller = f"user:{call.user.id}" if call.user else f"ip:{address}"
    limits: list[tuple[str, int]] = []
    if endpoint.public_throttle:
        limits.append((f"public:{address}", 150 if wide else 30))
    if endpoint.auth == "required" and call.user is not None:
        limits.append((f"authenticated:{caller}", 300 if wide else 60))
    if endpoint.writes_per_minute is not None:
        per_route = call.release.write_limits_per_route
        scope = str(id(endpoint)) if per_route else "write"
        limits.append((f"write:{scope}:{caller}", endpoint.writes_per_minute if production else 300))
    fewest: tuple[int, int] | None = None
    for key, limit in limits:
        remaining = call.world.throttles.hit(key, limit, call.world.now())
        fewest = min(fewest or (remaining, limit), (remaining, limit))
    if fewest is not None:
        call.rate_headers = {"X-RateLimit-Limit": str(fewest[1]), "X-RateLimit-Remaining": str(fewest[0])}


def bound_records(call: Call, ids: dict[str, Any]) -> dict[str, Any]:
    """Path ids as records; a missing one is 404 for everybody (main-app.md §0.1 step 6)."""
    arguments = dict(ids)
    if any(isinstance(number, int) and number > LARGEST_ID for number in arguments.values()):
        raise server_error()  # beyond the database's 64 bits
    missing = ApiError(404, "Resource not found.", reached_controller=False)
    if "habit" in arguments:
        call.habit = call.world.habits.get(whole_number(arguments.pop("habit")))
        if call.habit is None:
            raise missing
    if "pet" not in arguments:
        return arguments
    call.pet = call.world.pets.get(whole_number(arguments.pop("pet")))
    if call.pet is None or call.pet.deleted_at is not None:
        raise missing
    for kind in CHILD_KINDS:
        if kind in arguments:
            arguments["record"] = call.world.child(kind, arguments.pop(kind))
            if arguments["record"] is None:
                raise missing
    return arguments


def whole_number(text: int | str) -> int:
    """A path id that any text may be in: text meets an integer column."""
    if not re.fullmatch(r"\d+", str(text)) or int(text) > LARGEST_ID:
        raise server_error()
    return int(text)


def language_of(call: Call, endpoint: Endpoint) -> str:
    wish = chosen_language(call.request.headers.get("Accept-Language", ""))
    if wish is None and endpoint.auth == "required" and call.user is not None:
        wish = call.user.locale
    return wish or "en"


def check_storage(call: Call) -> None:
    if not call.files or call.user is None or not call.release.storage_limit:
        return
    incoming = sum(upload.size or 0 for upload in call.files.values())
    used, limit = call.world.storage_used(call.user), call.world.storage_limit(call.user)
    if used + incoming > limit:
        upgrade = not call.user.is_premium
        raise ApiError(
            413,
            "Storage limit reached. Upgrade to Premium to unlock 5 GB storage."
            if upgrade
            else "Storage limit reached.",
            extra={
                "error_code": "STORAGE_LIMIT_EXCEEDED",
                "meta": {
                    "used_bytes": used,
                    "limit_bytes": limit,
                    "incoming_bytes": incoming,
                    "upgrade_available": upgrade,
                },
            },
            reached_controller=False,
        )


def count_quota(call: Call, endpoint: Endpoint) -> None:
    free = not call.app.is_production and call.release.quota_off_in_development
    if call.user is None or call.user.is_premium or free or not call.release.quota:
        return
    call.world.quota.count(call.user, call.world.now())


def check_account(call: Call, endpoint: Endpoint) -> None:
    if endpoint.auth != "required" or call.user is None:
        return
    if endpoint.verified and call.user.email_verified_at is None:
        # The app redirects to a page that doesn't exist unless JSON is what the client asks for first.
        if not call.request.headers.get("Accept", "").split(",")[0].strip().startswith("application/json"):
            raise server_error()
        raise ApiError(403, "Your email address is not verified.", bare=True)
    banned = call.user.banned_at is not None and not endpoint.session_only
    if banned and call.request.method in WRITES:
        raise ApiError(403, "Your account is banned. Read-only access only.")


def check_abilities(call: Call, endpoint: Endpoint) -> None:
    if call.token is None or not call.release.abilities_enforced:
        return
    if endpoint.session_only and call.release.bearer_refused_on_confirm:
        raise ApiError(403, "API token management is available only from a session-authenticated browser session.")
    late = endpoint.auth == "optional" or endpoint.late_abilities
    if late and not call.release.abilities_on_optional_auth:
        return
    if endpoint.abilities and not any(ability in call.token.abilities for ability in endpoint.abilities):
        wanted = " or ".join(endpoint.abilities)
        raise ApiError(403, f"This personal access token does not have the required {wanted} ability.")


# The body


def parsed_body(request: HttpRequest) -> tuple[dict[str, Json], Files]:
    """Body over query string as Laravel's input(): strings trimmed, "" as null; broken JSON is an empty body."""
    sent: dict[str, Json] = {}
    files: Files = {}
    content_type = request.META.get("CONTENT_TYPE", "")
    raw = request.body
    if content_type.startswith("application/json"):
        sent = decoded_json(raw)
    elif content_type.startswith("multipart/form-data") and request.method == "POST":
        with contextlib.suppress(MultiPartParserError):
            form, uploads = MultiPartParser(request.META, io.BytesIO(raw), [MemoryOnly(request)], "utf-8").parse()
            sent = dict(form.items())
            files = {name: upload for name, upload in uploads.items() if isinstance(upload, UploadedFile)}
    elif content_type.startswith("application/x-www-form-urlencoded"):
        sent = dict(QueryDict(raw, encoding="utf-8").items())
    fields = {**request.GET.dict(), **sent}
    return {name: value if "password" in name else trimmed(value) for name, value in fields.items()}, files


def decoded_json(raw: bytes) -> dict[str, Json]:
    """The object, or nothing for what PHP can't read: other shapes, too deep, no UTF-8, half a surrogate pair."""
    try:
        decoded = json.loads(raw.decode() or "{}", parse_constant=float_constant)
        json.dumps(decoded, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, dict) and depth_of(decoded) <= DEEPEST_JSON else {}


def depth_of(value: Json) -> int:
    level, depth = [value], 0
    while level:
        inner = [
            list(each.values()) if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)
        ]
        depth += bool(inner)
        level = [each for values in inner for each in values]
    return depth


def float_constant(name: str) -> float:
    """NaN and Infinity are no JSON, whatever Python thinks."""
    raise ValueError(name)


class MemoryOnly(MemoryFileUploadHandler):
    """Uploads of any size in memory; the 10 MB limit of the body is kept before."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


def trimmed(value: Json) -> Json:
    """Every text in it without its edges, an empty one as null; not recursive, as bodies may be deep."""
    outer: Json = [value]
    unseen = [outer]
    while unseen:
        inside = unseen.pop()
        for key, each in list(inside.items() if isinstance(inside, dict) else enumerate(inside)):
            if isinstance(each, str):
                inside[key] = _EDGES.sub("", each) or None
            elif isinstance(each, list | dict):
                unseen.append(each)
    return outer[0]


def payload_of(call: Call) -> Json:
    """What an idempotency key is compared by: the body, or the query string when there is none."""
    if not call.request.body:
        return {"query": call.request.GET.dict()}
    files = {
        name: [hashlib.sha256(upload.read()).hexdigest(), upload.size, upload.content_type, upload.seek(0)]
        for name, upload in call.files.items()
    }
    return {"body": call.body, "files": files}
