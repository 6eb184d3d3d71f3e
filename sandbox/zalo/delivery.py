"""Posting events to a webhook: repeated by a schedule with the same body, given up in the end."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.zalo.world import Account, World

# 30 seconds, 5, 15, 30 minutes, an hour; then the webhook is off until somebody sets it again.
SCHEDULE = (30, 300, 900, 1800, 3600)
PATIENCE = 2.0


@dataclass
class Delivery:
    """statuses: of each try, 0 where no answer came within two seconds. due: when to try again, None when over."""

    account: Account
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    statuses: list[int] = field(default_factory=list)
    due: int | None = None

    @property
    def accepted(self) -> bool:
        return 200 in self.statuses


class Deliveries:
    def __init__(self, world: World) -> None:
        self._world = world
        self.all: list[Delivery] = []
        self._held: list[Delivery] = []
        self._lock = threading.Lock()

    def post(self, account: Account, body: bytes, headers: Mapping[str, str]) -> Delivery | None:
        """Now, and as many times as the habits say; None where the account has no webhook."""
        if not account.webhook:
            return None
        delivery = Delivery(account, body, headers)
        with self._lock:
            self.all.append(delivery)
            if self._world.habits.hold:
                self._held.append(delivery)
                return delivery
        self._all_copies(delivery)
        return delivery

    def release(self, *, backwards: bool = True) -> None:
        """Post what was held, the newest first: order is not promised."""
        with self._lock:
            held, self._held = self._held, []
        self._world.habits.hold = False
        for delivery in reversed(held) if backwards else held:
            self._all_copies(delivery)

    def repeat(self) -> int:
        """Try again what is due by the world's clock; how many that were."""
        now = self._world.now()
        with self._lock:
            due = [one for one in self.all if one.due is not None and one.due <= now]
            for one in due:
                one.due = None
        for one in due:
            self._try(one)
        return len(due)

    def _all_copies(self, delivery: Delivery) -> None:
        copies = self._world.habits.copies
        if copies == 1:
            self._try(delivery)
            return
        with ThreadPoolExecutor(copies) as pool:
            for _ in range(copies):
                pool.submit(self._try, delivery)

    def _try(self, delivery: Delivery) -> None:
        tries = len(delivery.statuses)
        retry = {"num_retry": str(tries)} if tries and self._world.habits.copies == 1 else {}
        status = posted(delivery.account.webhook, delivery.body, {**delivery.headers, **retry})
        with self._lock:
            delivery.statuses.append(status)
            if delivery.accepted:
                delivery.due = None
            elif tries < len(SCHEDULE):
                delivery.due = self._world.now() + SCHEDULE[tries] * 1000
            else:
                delivery.account.webhook = ""


def posted(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status, 0 without one."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc, timeout=PATIENCE)
    try:
        connection.request(
            "POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, dict(headers)
        )
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
