"""Minute throttles and the daily quota (main-app.md §2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .answers import ApiError
from .records import User

WINDOW = timedelta(minutes=1)
FREE_ENVIRONMENTS = ("development", "local")


@dataclass
class _Window:
    ends: datetime
    hits: int = 0


class MinuteThrottles:
    """Fixed windows of a minute, as Laravel's rate limiter keeps them: a window starts with its first hit."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}

    def hit(self, key: str, limit: int, now: datetime) -> int:
        """Count one request and return how many remain; 429 with Retry-After when none did."""
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(now + WINDOW)
        if window.hits >= limit:
            wait = math.ceil((window.ends - now).total_seconds())
            raise ApiError(
                429,
                "Too Many Attempts.",
                headers={
                    "Retry-After": str(wait),
                    "X-RateLimit-Limit": str(limit),
                    "X-RateLimit-Remaining": "0",
                    "X-RateLimit-Reset": str(int(window.ends.timestamp())),
                },
                reached_controller=False,
            )
        window.hits += 1
        return limit - window.hits

    def clear(self) -> None:
        self._windows.clear()


class DailyQuota:
    """Requests per user and UTC day, shared by all tokens and the person's own browser (main-app.md §2.2)."""

    def __init__(self, limit: int = 1000) -> None:
        self.limit = limit
        self._used: dict[tuple[int, str], int] = {}

    def used(self, user: User, now: datetime) -> int:
        return self._used.get((user.id, now.date().isoformat()), 0)

    def set_used(self, user: User, used: int, now: datetime) -> None:
        self._used[(user.id, now.date().isoformat())] = used

    def count(self, user: User, now: datetime) -> None:
        """Count one request of this person; 429 without Retry-After when the day is used up."""
        used = self.used(user, now)
        if used >= self.limit:
            raise quota_exceeded(self.limit, used, now)
        self.set_used(user, used + 1, now)


def quota_exceeded(limit: int, used: int, now: datetime) -> ApiError:
    reset = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return ApiError(
        429,
        f"Daily API quota reached ({limit} requests/day). Quota resets at {reset:%Y-%m-%d %H:%M:%S} UTC.",
        data={
            "error_code": "API_DAILY_QUOTA_EXCEEDED",
            "quota": {"limit": limit, "used": used, "remaining": 0, "reset_at_utc": reset.isoformat()},
        },
        reached_controller=False,
    )
