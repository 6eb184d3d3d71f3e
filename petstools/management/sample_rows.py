"""Invented connections, sign-ins and tool calls, thousands a second: rows of the kind that real use leaves, and nobody's.

People have ids from `FIRST_PERSON` on and belong to the clients `CLIENT_IDS`, one for each door, so that all of it can be found and
removed again.
"""

import json
import random
import secrets
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection as database
from django.db import models
from django.utils import timezone

from mainapp.secret import Secret
from oauthbridge.models import (
    AccessToken,
    Application,
    AuthorizationRequest,
    Connection,
    PendingRevocation,
    RefreshToken,
    User,
)
from oauthbridge.scopes import EVERYDAY
from oauthbridge.tokens import digest, keyring
from petstools.models import ToolCall

ACTIONS_CLIENT, MCP_CLIENT = CLIENT_IDS = ("sample-data", "sample-data-mcp")
REDIRECT_URIS = {
    ACTIONS_CLIENT: "https://chatgpt.com/aip/g-sample/oauth/callback",
    MCP_CLIENT: "https://claude.ai/api/mcp/auth_callback",
}
# Every so many-th person uses an MCP client.
MCP_EVERY = 3
FIRST_PERSON = 8_000_000_000
BATCH = 2000
# How busy each hour of a day is, from midnight UTC: most people live seven hours ahead.
RHYTHM = (8, 9, 10, 11, 11, 10, 9, 9, 10, 11, 12, 13, 14, 15, 13, 10, 7, 4, 2, 1, 1, 2, 4, 6)
# (operation, weight, usual milliseconds, calls to the main app)
OPERATIONS = (
    ("pets_overview", 30, 420, 4), ("list_pets", 18, 160, 1), ("get_pet", 10, 140, 1), ("add_weight", 14, 260, 2),
    ("list_vaccinations", 8, 170, 1), ("add_vaccination", 6, 310, 3), ("add_medical_record", 5, 330, 3),
    ("attach_files", 2, 2400, 3), ("update_pet", 4, 290, 2), ("record_many", 3, 900, 8),
)  # fmt: skip
# (code, HTTP status, weight)
ERRORS = (
    ("VALIDATION_FAILED", 422, 30), ("NOT_FOUND", 404, 22), ("FORBIDDEN", 403, 10), ("RATE_LIMITED", 429, 4),
    ("QUOTA_EXCEEDED", 429, 8), ("UPSTREAM_TIMEOUT", 504, 9), ("UPSTREAM_UNAVAILABLE", 503, 8),
    ("UPSTREAM_ERROR", 502, 4), ("OUTCOME_UNKNOWN", 504, 2), ("INTERNAL_ERROR", 500, 2), ("SERVICE_UNAVAILABLE", 503, 1),
)  # fmt: skip
# How many records each of the calls that store something leaves behind; so many-th of them was there already.
RECORDS = {
    "add_weight": 1,
    "add_vaccination": 1,
    "add_medical_record": 1,
    "attach_files": 1,
    "record_many": 4,
    "update_pet": 0,
}
ALREADY_EVERY = 25
QUESTIONS = ("missing", "several_pets", "no_match", "possible_duplicate")
ASKED, FAILED = 0.09, 0.045
Status = AuthorizationRequest.Status
Effect = ToolCall.Effect
# (how a sign-in ended, weight); a pending one whose time is over belongs to somebody who never came back.
SIGN_INS_ENDED = (
    (Status.PENDING, 55), (Status.EXPIRED, 12), (Status.WRONG_BROWSER, 14), (Status.CODE_REUSED, 3), (Status.REFUSED, 9),
    (Status.MAIN_APP_AWAY, 7),
)  # fmt: skip
END_REASONS = ((Connection.EndReason.CLIENT_REVOKED, 50), (Connection.EndReason.IDLE, 30),
               (Connection.EndReason.TOKEN_REFUSED, 20))  # fmt: skip


def load(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> int:
    """Write rows, each a dict of attribute names that is complete but for the key; COPY on PostgreSQL. Returns how many."""
    count = 0
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        count += 1
        if len(batch) == BATCH:
            _write(model, batch)
            batch = []
    if batch:
        _write(model, batch)
    return count


def _write(model: type[models.Model], batch: Sequence[dict[str, Any]]) -> None:
    if database.vendor != "postgresql":
        model._default_manager.bulk_create([model(**row) for row in batch])
        return
    quote = database.ops.quote_name
    column_of = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    columns = ", ".join(quote(column_of[name]) for name in batch[0])
    # Both names are the model's own; nothing of a row is in the statement.
    statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
    with database.cursor() as cursor, cursor.copy(statement) as copy:
        for row in batch:
            copy.write_row([json.dumps(value) if isinstance(value, list) else value for value in row.values()])


@dataclass(slots=True)
class _Life:
    """A connection in the making: when it began, when it ended if it did, when it was last used."""

    id: UUID
    user_id: int
    began: datetime
    ended: datetime | None
    used: datetime
    client: Application
    replaced: bool = False


class SampleRows:
    """One invented world, the same for the same seed but for its secrets. Made in the order of its methods."""

    def __init__(self, *, connections: int, tool_calls: int, days: int, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing here is a secret
        self._connections = connections
        self._tool_calls = tool_calls
        self._now = timezone.now()
        self._start = self._now - timedelta(days=days)
        self._lives: list[_Life] = []
        self._of_actions = _client(ACTIONS_CLIENT, "Sample GPT", Application.Door.ACTIONS)
        self._of_mcp = _client(MCP_CLIENT, "Sample app", Application.Door.MCP)

    def people(self) -> Iterator[dict[str, Any]]:
        """Four people for five connections: some connected more than once."""
        for number in range(max(1, self._connections * 4 // 5)):
            yield {
                "password": "!",
                "last_login": None,
                "is_superuser": False,
                "username": None,
                "main_app_user_id": FIRST_PERSON + number,
                "is_staff": False,
                "is_active": True,
                "date_joined": self._start,
            }

    def live(self) -> None:
        """Decide who connected when. Needs the people in the database."""
        people = list(
            User.objects.filter(main_app_user_id__gte=FIRST_PERSON)
            .order_by("main_app_user_id")
            .values_list("pk", flat=True)
        )
        chance = self._random
        span = (self._now - self._start).total_seconds()
        began = sorted(self._start + timedelta(seconds=span * chance.random()) for _ in range(self._connections))
        for number, moment in enumerate(began):
            person = number % len(people)
            client = self._of_mcp if person % MCP_EVERY == MCP_EVERY - 1 else self._of_actions
            life = _Life(UUID(int=chance.getrandbits(128), version=4), people[person], moment, None, moment, client)
            if number + len(people) < len(began):
                # The first people connect a second time, which ends what they had.
                life.ended, life.replaced = began[number + len(people)], True
            elif chance.random() < 0.12:
                life.ended = moment + (self._now - moment) * chance.random()
            self._lives.append(life)

    def calls(self) -> Iterator[dict[str, Any]]:
        chance = self._random
        begins = [life.began for life in self._lives]
        names, weights, _ms, _calls = zip(*OPERATIONS, strict=True)
        facts = {name: (ms, calls) for name, _weight, ms, calls in OPERATIONS}
        codes = [(code, status) for code, status, _weight in ERRORS]
        code_weights = [weight for _code, _status, weight in ERRORS]
        record = saved = 0
        latest: dict[UUID, str] = {}
        for moment in self._moments():
            life = self._lives[int(max(1, bisect_right(begins, moment)) * chance.random())]
            if life.ended is not None and life.ended < moment:
                life = self._lives[int(max(1, bisect_right(begins, moment)) * chance.random())]
            if life.ended is None or life.ended > moment:
                life.used = max(life.used, moment)
            operation = chance.choices(names, weights)[0]
            usual, upstream = facts[operation]
            drawn = chance.random()
            code, status, outcome = "", 200, "ok"
            latency = usual * chance.lognormvariate(0, 0.45)
            if drawn < FAILED:
                (code, status), outcome = chance.choices(codes, code_weights)[0], "error"
                latency = 25_000 if status == 504 else latency
            elif drawn < FAILED + ASKED:
                code, outcome = chance.choice(QUESTIONS), "asked"
            effect = records = ""
            pets = str(1000 + life.id.int % 9000) if operation == "get_pet" or operation in RECORDS else ""
            if operation in RECORDS and outcome == "ok":
                saved += 1
                if saved % ALREADY_EVERY == 0 and life.id in latest:
                    effect, operation, records = str(Effect.ALREADY), "add_weight", latest[life.id]
                else:
                    effect, many = str(Effect.SAVED), RECORDS[operation]
                    records = ",".join(str(record + number) for number in range(1, many + 1))
                    record += many
                    if operation == "add_weight":
                        latest[life.id] = records
            yield {
                "connection_id": life.id,
                "door": life.client.door,
                "effect": effect,
                "pet_ids": pets,
                "record_ids": records,
                "operation": operation,
                "outcome": outcome,
                "status": status,
                "code": code,
                "upstream_calls": upstream,
                "latency_ms": int(latency),
                "request_id": f"{chance.getrandbits(128):032x}",
                "created_at": moment,
            }

    def _moments(self) -> Iterator[datetime]:
        """So many moments, in order, as busy as the hours are."""
        hours = int((self._now - self._start) / timedelta(hours=1))
        weights = [RHYTHM[(self._start + timedelta(hours=hour)).hour] for hour in range(hours)]
        whole, done, sent = sum(weights), 0, 0
        for hour, weight in enumerate(weights):
            done += weight
            here = self._tool_calls * done // whole - sent
            sent += here
            for second in sorted(3600 * self._random.random() for _ in range(here)):
                yield self._start + timedelta(hours=hour, seconds=second)

    def connections(self) -> Iterator[dict[str, Any]]:
        reasons = [reason for reason, _weight in END_REASONS]
        weights = [weight for _reason, weight in END_REASONS]
        ring = keyring()
        for life in self._lives:
            reason = self._random.choices(reasons, weights)[0] if life.ended else ""
            if life.replaced:
                reason = Connection.EndReason.REPLACED
            status = Connection.Status.ACTIVE
            if life.ended:
                refused = reason == Connection.EndReason.TOKEN_REFUSED
                status = Connection.Status.BROKEN if refused else Connection.Status.ENDED
            sealed = None if life.ended else ring.seal(Secret(f"sample|{life.id}"), life.id)
            yield {
                "id": life.id,
                "user_id": life.user_id,
                "application_id": life.client.pk,
                "status": str(status),
                "language": self._random.choice(["vi", "vi", "en", "ru", "uk"]),
                "sanctum_token": sealed.data if sealed else None,
                "key_id": sealed.key_id if sealed else "",
                "created_at": life.began,
                "last_used_at": life.used,
                "expires_at": life.began + timedelta(days=settings.CONNECTION_MAX_DAYS),
                "ended_at": life.ended,
                "end_reason": str(reason),
                "is_legacy": False,
                "end_note": "",
                "ended_by_id": None,
            }

    def access_tokens(self) -> Iterator[dict[str, Any]]:
        """One for each connection that was used within its lifetime."""
        lifetime = timedelta(seconds=settings.ACCESS_TOKEN_SECONDS)
        for life in self._lives:
            if life.ended is None and life.used > self._now - lifetime:
                yield self._token(life, life.used, life.used + lifetime)

    def refresh_tokens(self) -> Iterator[dict[str, Any]]:
        for life in self._lives:
            if life.ended is None:
                expires = life.used + timedelta(days=settings.REFRESH_TOKEN_IDLE_DAYS)
                yield self._token(life, life.began, expires) | {"token_family": None, "revoked": None}

    def _token(self, life: _Life, made: datetime, expires: datetime) -> dict[str, Any]:
        return {
            "token_checksum": digest(secrets.token_urlsafe(32)),
            "user_id": life.user_id,
            "application_id": life.client.pk,
            "connection_id": life.id,
            "scope": _scope(life.client),
            "resource": [settings.MCP_URL] if life.client.is_mcp else [],
            "created": made,
            "updated": made,
            "expires": expires,
        }

    def sign_ins(self) -> Iterator[dict[str, Any]]:
        """The one that made each connection, and in between those that came to nothing."""
        statuses, weights = zip(*SIGN_INS_ENDED, strict=True)
        for life in self._lives:
            yield self._sign_in(life.client, Status.CONNECTED, life.began - timedelta(seconds=40), life.began, life.id)
            if self._random.random() < 0.3:
                status = self._random.choices(statuses, weights)[0]
                came_back = None if status == Status.PENDING else life.began + timedelta(seconds=90)
                yield self._sign_in(life.client, status, life.began, came_back, None)

    def _sign_in(
        self,
        client: Application,
        status: Status,
        began: datetime,
        finished: datetime | None,
        connection_id: UUID | None,
    ) -> dict[str, Any]:
        return {
            "id": UUID(int=self._random.getrandbits(128), version=4),
            "application_id": client.pk,
            "redirect_uri": REDIRECT_URIS[client.client_id],
            "redirect_uri_given": True,
            "scope": _scope(client),
            "resource": settings.MCP_URL if client.is_mcp else "",
            "state": "",
            "code_challenge": "",
            "code_challenge_method": "",
            "browser_digest": digest(secrets.token_urlsafe(16)),
            "status": str(status),
            "created_at": began,
            "expires_at": began + timedelta(seconds=settings.AUTHORIZATION_REQUEST_SECONDS),
            "finished_at": finished,
            "code_digest": None if finished is None else digest(secrets.token_urlsafe(16)),
            "connection_id": connection_id,
            "reference": "" if finished is None or connection_id else f"{self._random.getrandbits(128):032x}",
        }


def _client(client_id: str, name: str, door: Application.Door) -> Application:
    client: Application
    client, _made = Application.objects.get_or_create(
        client_id=client_id,
        defaults={
            "name": name,
            "door": door,
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": REDIRECT_URIS[client_id],
            # Kept by nobody: this client can't be used.
            "client_secret": secrets.token_urlsafe(48),
        },
    )
    return client


def _scope(client: Application) -> str:
    return " ".join(EVERYDAY) if client.is_mcp else "pets"


def remove() -> int:
    """Take all of it out again. Returns how many connections it was."""
    mine = Connection.objects.filter(application__client_id__in=CLIENT_IDS)
    # Deleted table by table and without loading: Django would fetch a million rows to set their connection to NULL.
    for model in (ToolCall, AccessToken, RefreshToken):
        rows = model._default_manager.filter(connection__application__client_id__in=CLIENT_IDS)
        rows._raw_delete(rows.db)
    sign_ins = AuthorizationRequest.objects.filter(application__client_id__in=CLIENT_IDS)
    sign_ins._raw_delete(sign_ins.db)
    PendingRevocation.objects.filter(pk__in=mine.values("pk")).delete()
    count = mine.count()
    mine.delete()
    User.objects.filter(main_app_user_id__gte=FIRST_PERSON, connections__isnull=True).delete()
    Application.objects.filter(client_id__in=CLIENT_IDS).delete()
    return count
