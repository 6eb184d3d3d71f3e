"""The endpoints that programs call: tokens (RFC 6749, 7009) and registration (RFC 7591), on django-oauth-toolkit's views.

Each refuses what no client may send before the library sees it: a parameter twice, a body that is not a form.
"""

import json
import time
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View
from oauth2_provider.views import RevokeTokenView, TokenView
from oauth2_provider.views.mixins import OAuthLibMixin
from oauthlib.oauth2 import WebApplicationServer

from oauthbridge import registration, security_events
from oauthbridge.addresses import client_address
from oauthbridge.browser import form_problem
from oauthbridge.compiled_queries import told_to_callers, why_it_failed
from oauthbridge.throttle import PERIOD, Throttle
from oauthbridge.validator import claimed_client_id

_LONGEST_REGISTRATION = 20_000

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class CodeFlow(OAuthLibMixin):
    """The code flow and refreshing, nothing else. The library's own choice of server also knows passwords (and would try
    them on staff before refusing the grant), device codes, implicit and OpenID flows."""

    server_class = WebApplicationServer


@method_decorator(csrf_exempt, name="dispatch")
class _FormEndpoint(View):
    """What `/oauth/token` and `/oauth/revoke` share: form body only, no query, each parameter once, never stored anywhere."""

    http_method_names = ["post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            response: HttpResponseBase = self.http_method_not_allowed(request)
        else:
            problem = form_problem(request)
            response = _oauth_error("invalid_request", problem) if problem else self._answer(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return response

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            # One transaction: the code is spent, the token stored and a replayed code's connection ended together or not at all.
            with transaction.atomic():
                response = super().dispatch(request, *args, **kwargs)
        except DatabaseError as error:
            log.error("token endpoint without database", kind=type(error).__name__, why=why_it_failed(error))
            response = _oauth_error("temporarily_unavailable", told_to_callers(error), status=503)
            response["Retry-After"] = "5"
            return response
        if response.status_code >= 400:
            # An error that comes up late, while the token is stored, loses its type in the library.
            response["Content-Type"] = "application/json"
        if response.status_code == 429:
            response["Retry-After"] = str(PERIOD)
        if response.status_code == 401:
            security_events.note(security_events.Event.CLIENT_FAILED, claimed_client_id(request))
            # RFC 6749 §5.2: the scheme the client may use; the library names Bearer, which is none here.
            response["WWW-Authenticate"] = 'Basic realm="Meo Connector"'
            if wait := Throttle("token-failures", settings.TOKEN_FAILURE_LIMIT_PER_MINUTE).hit(client_address(request)):
                # RFC 6585 §4 for the status; of the codes that RFC 6749 §5.2 has, the one that says nothing of the secret.
                response = _oauth_error(
                    "invalid_request", "Too many failed attempts. Wait, then try again.", status=429
                )
                response["Retry-After"] = str(wait)
        return response


class ConnectorTokenView(_FormEndpoint, CodeFlow, TokenView):
    """`POST /oauth/token`: authorization_code and refresh_token (RFC 6749 §4.1.3, §6)."""

    for_programs = waits_for_nobody = True

    @method_decorator(sensitive_post_parameters())
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Past the parent's branch for device codes, a grant that is not offered here, and its signal, which reads the new token
        # again for receivers that do not exist here.
        _url, headers, body, status = self.create_token_response(request)
        return HttpResponse(body, status=status, headers=headers)


class ConnectorRevokeView(_FormEndpoint, CodeFlow, RevokeTokenView):
    """`POST /oauth/revoke` (RFC 7009): either kind of token ends the connection behind it."""

    for_programs = True


@method_decorator(csrf_exempt, name="dispatch")
class RegisterView(View):
    """`POST /oauth/register` (RFC 7591 §3): JSON in, the client id out; nothing is stored."""

    for_programs = True

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if wait := Throttle("register", settings.REGISTRATION_LIMIT_PER_MINUTE).hit(client_address(request)):
            response = _oauth_error("temporarily_unavailable", "Too many registrations from this address.", status=429)
            response["Retry-After"] = str(wait)
        else:
            try:
                registered = registration.register(_json_body(request))
                response = JsonResponse(registered | {"client_id_issued_at": int(time.time())}, status=201)
            except registration.RegistrationRefused as refused:
                response = _oauth_error(refused.code, refused.description, status=refused.status)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return response


def _json_body(request: HttpRequest) -> object:
    """Raises RegistrationRefused."""
    if request.content_type != "application/json":
        raise registration.RegistrationRefused("invalid_client_metadata", "Send the metadata as application/json.")
    try:
        return json.loads(request.body) if len(request.body) <= _LONGEST_REGISTRATION else None
    except (ValueError, RecursionError, RequestDataTooBig, UnreadablePostError):
        raise registration.RegistrationRefused("invalid_client_metadata", "The body could not be read.") from None


def _oauth_error(code: str, description: str, *, status: int = 400) -> JsonResponse:
    """An error in RFC 6749 §5.2's shape."""
    return JsonResponse({"error": code, "error_description": description}, status=status)
