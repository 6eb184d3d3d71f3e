"""Signing in with a browser (RFC 6749 §4.1, 8707, 9207), on django-oauth-toolkit's views.

Each refuses what no client may send before the library sees it: a parameter twice, characters the grammar does not have. Errors are
a page before the redirect URI is trusted, a redirect after (design.md, step 1).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language_from_request, override
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.http import OAuth2ResponseRedirect
from oauthlib.oauth2.rfc6749 import errors

from mainapp import bridge
from oauthbridge import client_documents, clients, consent, metrics, own_connections, security_events
from oauthbridge.addresses import client_address
from oauthbridge.audience import InvalidTarget, audience_of, check_resource
from oauthbridge.browser import (
    browser_cookie_name,
    browser_id_of,
    comes_twice,
    form_problem,
    is_from_our_page,
    with_browser_cookie,
)
from oauthbridge.compiled_queries import why_it_failed
from oauthbridge.consent_page import consent_page
from oauthbridge.endpoints import CodeFlow
from oauthbridge.hand_back import disowned_page, hand_back_page, is_hand_back_token, may_be_framed
from oauthbridge.models import Application, AuthorizationRequest, Connection
from oauthbridge.pages import OF_STATUS, Problem, problem_page
from oauthbridge.redirects import is_loopback
from oauthbridge.throttle import Throttle
from oauthbridge.wording import known_language

# RFC 6749 appendix A.5: state is visible ASCII and space. Longer ones than this nobody sends.
_STATE = re.compile(r"[\x20-\x7e]{0,2000}")
# RFC 7636 §4.2: BASE64URL(SHA256(verifier)) has 43 letters.
_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


# Exempt because POST is no method of theirs: they answer 405, not the page of a forged form.
@method_decorator(csrf_exempt, name="dispatch")
class AuthorizeView(CodeFlow, View):
    """`GET /oauth/authorize`: remember what the client asks for, send the person on to the main app's consent page, an MCP
    client's by way of our own."""

    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if wait := Throttle("authorize", settings.AUTHORIZE_LIMIT_PER_MINUTE).hit(client_address(request)):
            return problem_page(request, Problem.TOO_MANY, from_app=_is_from_app(request), retry_after=wait)
        try:
            return self._begin(request)
        except DatabaseError as error:
            log.error("sign-in not begun", kind=type(error).__name__, why=why_it_failed(error))
            return problem_page(request, Problem.OUR_FAULT, from_app=_is_from_app(request))

    def _begin(self, request: HttpRequest) -> HttpResponseBase:
        try:
            with client_documents.may_be_read():
                scopes, credentials = self.validate_authorization_request(request)
            _refuse_what_the_library_lets_through(request, credentials)
            resource = _resource(request, credentials)
        except FatalClientError:
            return _unknown_client(request)
        except ValueError:
            # oauthlib's way to say that the query is not form-encoded ("%zz").
            return problem_page(request, Problem.BAD_LINK)
        except OAuthToolkitError as error:
            return _redirect_with_error(error)
        browser_id = browser_id_of(request)
        sign_in = consent.begin(
            credentials["request"].client,
            credentials,
            scopes,
            resource=resource,
            redirect_uri_given="redirect_uri" in request.GET,
            browser_id=browser_id,
        )
        metrics.SIGN_INS.labels(metrics.BEGAN).inc()
        response: HttpResponse
        client: Application = credentials["request"].client
        if client.is_mcp:
            response = consent_page(request, sign_in, browser_id)
        else:
            response = HttpResponseRedirect(bridge.consent_url(str(sign_in.pk)))
        return with_browser_cookie(response, browser_id)


# Exempt because its own token, bound to the sign-in and its browser, is the stricter one.
@method_decorator(csrf_exempt, name="dispatch")
class ConsentView(View):
    """`POST /oauth/consent`: what the person said on our own page."""

    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The same question in another language, in the browser that was asked; anything else is an address opened by hand."""
        language = known_language(_single(request, "lang"))
        browser_id = consent.usable_browser_id(request.COOKIES.get(browser_cookie_name()))
        if language is None or browser_id is None:
            return problem_page(request, Problem.BAD_LINK, from_app=True)
        try:
            sign_in = consent.asked_about(_single(request, "sign_in"), browser_id)
        except consent.SignInFailed as failure:
            return problem_page(request, OF_STATUS[failure.status], failure.request, from_app=True)
        except DatabaseError as error:
            log.error("question not asked again", kind=type(error).__name__, why=why_it_failed(error))
            return problem_page(request, Problem.OUR_FAULT, from_app=True)
        with override(language):
            response = consent_page(request, sign_in, browser_id)
        response["Content-Language"] = language
        return response

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if wait := Throttle("consent", settings.AUTHORIZE_LIMIT_PER_MINUTE).hit(client_address(request)):
            return problem_page(request, Problem.TOO_MANY, from_app=True, retry_after=wait)
        form = {} if form_problem(request) else request.POST.dict()
        answer = form.get("answer", "")
        if answer not in ("agree", "cancel") or not is_from_our_page(request):
            return problem_page(request, Problem.BAD_LINK, from_app=True)
        try:
            sign_in = consent.answer(
                form.get("sign_in", ""),
                form.get("token", ""),
                consent.usable_browser_id(request.COOKIES.get(browser_cookie_name())),
                agreed=answer == "agree",
                withholds_deletion=form.get("withhold") == "deletion",
            )
        except consent.AlreadyAgreed as again:
            way_on = bridge.consent_url(str(again.request.pk))
            return problem_page(request, Problem.ALREADY_AGREED, again.request, way_on=way_on)
        except consent.SignInFailed as failure:
            return problem_page(request, OF_STATUS[failure.status], failure.request, from_app=True)
        except DatabaseError as error:
            log.error("answer not stored", kind=type(error).__name__, why=why_it_failed(error))
            return problem_page(request, Problem.OUR_FAULT, from_app=True)
        response: HttpResponseBase
        if answer == "agree":
            response = HttpResponseRedirect(bridge.consent_url(str(sign_in.pk)))
            response["Cache-Control"] = "no-store"
        else:
            metrics.SIGN_INS.labels(AuthorizationRequest.Status.DECLINED).inc()
            response = _redirect_with_error(
                OAuthToolkitError(errors.AccessDeniedError(state=sign_in.state), redirect_uri=sign_in.redirect_uri)
            )
        # RFC 9700 §4.12: the next request must not carry the form.
        response.status_code = 303
        return response


@method_decorator(csrf_exempt, name="dispatch")
class CallbackView(CodeFlow, View):
    """`GET /oauth/callback`: where the main app sends the person back. HEAD is refused: it must never spend a sign-in."""

    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if wait := Throttle("callback", settings.AUTHORIZE_LIMIT_PER_MINUTE).hit(client_address(request)):
            return problem_page(request, Problem.TOO_MANY, retry_after=wait)
        try:
            finished = consent.finish(
                _single(request, "session_id"),
                _single(request, "code"),
                consent.usable_browser_id(request.COOKIES.get(browser_cookie_name())),
                language=(get_language_from_request(request)).partition("-")[0],
                authorize=self._authorize,
            )
        except consent.InAnotherBrowser as elsewhere:
            sign_in = elsewhere.request
            metrics.SIGN_INS.labels(metrics.HANDED_BACK).inc()
            security_events.note(security_events.Event.WRONG_BROWSER, str(sign_in.pk))
            return hand_back_page(request, sign_in, _single(request, "code"))
        except consent.SignInFailed as failure:
            if failure.status == AuthorizationRequest.Status.HELD and failure.request is not None:
                # Opened again: the question of the last page still waits.
                return _to_last_page(failure.request)
            metrics.SIGN_INS.labels(failure.status or "unknown").inc()
            return problem_page(request, OF_STATUS[failure.status], failure.request)
        except DatabaseError as error:
            metrics.SIGN_INS.labels("our_fault").inc()
            log.error("sign-in not stored", kind=type(error).__name__, why=why_it_failed(error))
            return problem_page(request, Problem.OUR_FAULT)
        if isinstance(finished, consent.Identified):
            response = HttpResponseRedirect(reverse("oauth2_provider:connections"))
            response["Cache-Control"] = "no-store"
            own_connections.remember(response, finished.main_app_user_id)
            return response
        if isinstance(finished, consent.Held):
            metrics.SIGN_INS.labels(AuthorizationRequest.Status.HELD).inc()
            # The cookie lives as long as the question.
            return with_browser_cookie(_to_last_page(finished.request), browser_id_of(request))
        metrics.SIGN_INS.labels(AuthorizationRequest.Status.CONNECTED).inc()
        return _redirect(finished.redirect_to)

    def _authorize(self, sign_in: AuthorizationRequest, connection: Connection) -> str:
        """Let django-oauth-toolkit make the code for this connection; returns the client's redirect (RFC 6749 §4.1.2)."""
        if sign_in.resource != audience_of(connection.application):
            raise consent.ClientChanged
        credentials: dict[str, Any] = {
            "client_id": connection.application.client_id,
            "redirect_uri": sign_in.redirect_uri,
            "response_type": "code",
            "state": sign_in.state or None,
            "code_challenge": sign_in.code_challenge or None,
            "code_challenge_method": sign_in.code_challenge_method or None,
            "connection": connection,
            # The validator puts the code here.
            "grants": [],
        }
        # The library reads the request for its address only; a bare one keeps the main app's code out of its hands.
        bare = HttpRequest()
        bare.method = "GET"
        bare.path = bare.path_info = reverse("oauth2_provider:authorize")
        bare.user = connection.user
        try:
            location, _headers, _body, _status = self.create_authorization_response(
                request=bare, scopes=sign_in.scope, credentials=credentials, allow=True
            )
        except OAuthToolkitError:
            raise consent.ClientChanged from None
        if not credentials["grants"]:
            # What is no fault of the redirect URI the library puts into the redirect instead of raising it.
            raise consent.ClientChanged
        return str(location)


# Exempt because its own token, bound to the callback, is the stricter one; and the browser may have no cookie of ours.
@method_decorator(csrf_exempt, name="dispatch")
class HandBackView(View):
    """`POST /oauth/hand-back`: "I did not begin this"."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if wait := Throttle("callback", settings.AUTHORIZE_LIMIT_PER_MINUTE).hit(client_address(request)):
            return problem_page(request, Problem.TOO_MANY, retry_after=wait)
        form = {} if form_problem(request) else request.POST.dict()
        code = form.get("code", "")
        try:
            sign_in = consent.disown(
                form.get("session_id", ""),
                code,
                lambda row: is_from_our_page(request) and is_hand_back_token(form.get("token", ""), row, code),
            )
        except consent.InAnotherBrowser as elsewhere:
            return hand_back_page(request, elsewhere.request, code)
        except consent.SignInFailed as failure:
            return may_be_framed(problem_page(request, OF_STATUS[failure.status], failure.request))
        except DatabaseError as error:
            log.error("sign-in not ended", kind=type(error).__name__, why=why_it_failed(error))
            return problem_page(request, Problem.OUR_FAULT)
        metrics.SIGN_INS.labels(metrics.DISOWNED).inc()
        log.warning("sign-in ended by somebody who did not begin it", sign_in=str(sign_in.pk))
        return disowned_page(request)


# --- Small parts ---------------------------------------------------------------------------------


def _to_last_page(sign_in: AuthorizationRequest) -> HttpResponse:
    """Of a chat's sign-in: the page of ours that asks whether the person means it."""
    response = HttpResponseRedirect(f"{sign_in.redirect_uri}?{urlencode({'sign_in': str(sign_in.pk)})}")
    response["Cache-Control"] = "no-store"
    return response


def _single(request: HttpRequest, name: str) -> str:
    """A query parameter that must stand there exactly once; empty otherwise, which no check accepts."""
    values = request.GET.getlist(name)
    return values[0] if len(values) == 1 else ""


def _refuse_what_the_library_lets_through(request: HttpRequest, credentials: Mapping[str, Any]) -> None:
    """Raises OAuthToolkitError (a redirect) for what RFC 6749 §3.1, appendix A.5 and RFC 7636 §4.2 do not allow."""
    state = credentials.get("state") or ""
    challenge = credentials.get("code_challenge")
    problem = ""
    if not _STATE.fullmatch(state):
        state = ""
        problem = "The state parameter must be visible ASCII of at most 2000 characters."
    elif comes_twice(request.GET):
        problem = "No parameter may come twice."
    elif challenge is None and "code_challenge_method" in request.GET:
        problem = "A code_challenge_method needs a code_challenge."
    elif challenge is not None and credentials.get("code_challenge_method") != "S256":
        problem = "The code_challenge_method must be S256."
    elif challenge is not None and not _S256_CHALLENGE.fullmatch(challenge):
        problem = "The code_challenge must be a base64url SHA-256."
    if problem:
        raise OAuthToolkitError(
            errors.InvalidRequestError(description=problem, state=state or None),
            redirect_uri=credentials["redirect_uri"],
        )


def _resource(request: HttpRequest, credentials: Mapping[str, Any]) -> str:
    """The address that this sign-in's tokens will be good for. Raises OAuthToolkitError (a redirect)."""
    application: Application = credentials["request"].client
    try:
        return check_resource(application, request.GET.getlist("resource"), state=credentials.get("state"))
    except InvalidTarget as error:
        raise OAuthToolkitError(error, redirect_uri=credentials["redirect_uri"]) from None


def _unknown_client(request: HttpRequest) -> HttpResponse:
    client_id = _single(request, "client_id")
    unlisted = client_documents.unlisted_host(client_id)
    host = unlisted or client_documents.host_of(client_id)
    log.warning("client refused", host=host, reason="not listed" if unlisted else "unknown, or another redirect URI")
    clients.count_refused(host)
    return problem_page(
        request, Problem.UNKNOWN_CLIENT, from_app=bool(host) or _is_from_app(request), unlisted=unlisted
    )


def _is_from_app(request: HttpRequest) -> bool:
    """Before it is known which client asks: apps of the MCP door name a resource (RFC 8707), GPTs never do."""
    return "resource" in request.GET


def _redirect_with_error(error: OAuthToolkitError) -> HttpResponseBase:
    """RFC 6749 §4.1.2.1, with `iss` (RFC 9207 §2): the library leaves it off errors, and a strict client drops such an answer."""
    oauth_error: errors.OAuth2Error = error.oauthlib_error
    redirect_uri = oauth_error.redirect_uri
    parameters = {"error": oauth_error.error}
    if oauth_error.description:
        parameters["error_description"] = oauth_error.description
    if oauth_error.state and _STATE.fullmatch(oauth_error.state):
        parameters["state"] = oauth_error.state
    parameters["iss"] = settings.CONNECTOR_PUBLIC_URL
    separator = "&" if "?" in redirect_uri else "?"
    return _redirect(f"{redirect_uri}{separator}{urlencode(parameters)}")


def _redirect(location: str) -> HttpResponseBase:
    # Plain HTTP only to the person's own machine, where it is registered (redirects.is_registered has seen to that).
    schemes = [*settings.REDIRECT_URI_SCHEMES, *(["http"] if is_loopback(location) else [])]
    response: HttpResponse = OAuth2ResponseRedirect(location, schemes)
    response["Cache-Control"] = "no-store"
    # The address holds a code: nothing that the client's page loads may learn it.
    response["Referrer-Policy"] = "no-referrer"
    return response
