"""`RATE_LIMIT_PER_MINUTE` for each connection: one person's app can't use up what the main app allows them, or us."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from oauthbridge.authentication import Bearer
from oauthbridge.models import Connection
from oauthbridge.throttle import Throttle, Verdict
from petstools.answers import Code, ToolError

if TYPE_CHECKING:
    from rest_framework.views import APIView


def hit(connection: Connection) -> Verdict:
    """Count one request of this connection, unless it is one too many."""
    return Throttle("tools", settings.RATE_LIMIT_PER_MINUTE).hit(str(connection.pk))


def too_many(verdict: Verdict) -> ToolError:
    """The answer to a call that was one too many."""
    message = f"Too many calls from this connection. Wait {verdict.retry_after} seconds, then go on."
    return ToolError(Code.RATE_LIMITED, message, retry_after=verdict.retry_after)


class ConnectionThrottle(BaseThrottle):
    """Counts calls of one connection in a sliding minute, across processes. Raises the ToolError of one too many."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, Bearer) and not (verdict := hit(request.auth.connection)).allowed:
            raise too_many(verdict)
        return True
