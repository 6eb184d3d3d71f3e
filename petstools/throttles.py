"""`RATE_LIMIT_PER_MINUTE` for each connection: one person's app can't use up what the main app allows them, or us."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from oauthbridge.authentication import Bearer
from oauthbridge.local_counter import Tally
from oauthbridge.models import Connection
from oauthbridge.throttle import Verdict
from petstools.answers import Code, ToolError

if TYPE_CHECKING:
    from rest_framework.views import APIView


tally = Tally("tools")


def hit(connection: Connection) -> Verdict:
    """Count one request of this connection, unless it is one too many."""
    return tally.hit(str(connection.pk), settings.RATE_LIMIT_PER_MINUTE)


def wait(verdict: Verdict) -> int:
    """Seconds until the next one fits."""
    return max(1, verdict.retry_after)


def too_many(verdict: Verdict) -> ToolError:
    """What a call is told that was one too many."""
    seconds = wait(verdict)
    return ToolError(
        Code.RATE_LIMITED,
        f"Too many calls from this connection. Wait {seconds} seconds, then go on.",
        retry_after=seconds,
    )


class ConnectionThrottle(BaseThrottle):
    """Counts calls of one connection in a sliding minute, across processes."""

    verdict: Verdict | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, Bearer):
            return True
        self.verdict = hit(request.auth.connection)
        return self.verdict.allowed

    def wait(self) -> float | None:
        return self.verdict.retry_after if self.verdict else None
