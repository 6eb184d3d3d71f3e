"""`RATE_LIMIT_PER_MINUTE` for each connection: one person's GPT can't use up what the main app allows them, or us."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from oauthbridge.authentication import Bearer
from oauthbridge.throttle import Throttle, Verdict

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ConnectionThrottle(BaseThrottle):
    """Counts calls of one connection in a sliding minute, across processes."""

    verdict: Verdict | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, Bearer):
            return True
        throttle = Throttle("tools", settings.RATE_LIMIT_PER_MINUTE)
        self.verdict = throttle.hit(str(request.auth.connection.pk))
        return self.verdict.allowed

    def wait(self) -> float | None:
        return self.verdict.retry_after if self.verdict else None
