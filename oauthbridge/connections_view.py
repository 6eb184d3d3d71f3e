"""`/connections`: a person sees and ends what they have connected."""

from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from mainapp import bridge
from oauthbridge import consent, own_connections
from oauthbridge.addresses import client_address
from oauthbridge.browser import browser_id_of, form_problem, is_from_our_page, with_browser_cookie
from oauthbridge.compiled_queries import why_it_failed
from oauthbridge.consent_page import page_policy
from oauthbridge.pages import Problem, name_of, problem_page
from oauthbridge.throttle import Throttle
from oauthbridge.wording import ago, known_language, languages

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


# Exempt because its own token, bound to the cookie that says who it is, is the stricter one.
@method_decorator(csrf_exempt, name="dispatch")
class ConnectionsView(View):
    """`/connections`: a person's own, after they have signed in at the main app."""

    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._page(request)
        except DatabaseError as error:
            log.error("connections not shown", kind=type(error).__name__, why=why_it_failed(error))
            return problem_page(request, Problem.OUR_FAULT, from_app=True)

    def post(self, request: HttpRequest) -> HttpResponse:
        if wait := Throttle("connections", settings.AUTHORIZE_LIMIT_PER_MINUTE).hit(client_address(request)):
            return problem_page(request, Problem.TOO_MANY, from_app=True, retry_after=wait)
        form = {} if form_problem(request) else request.POST.dict()
        person = own_connections.person_of(request)
        what = form.get("do", "") if is_from_our_page(request) else ""
        try:
            if what == "sign_in":
                return self._sign_in(request)
            if person is None or not own_connections.is_form_token(request, form.get("token", "")):
                # The quarter of an hour is over, or the form is from elsewhere.
                return self._back(request)
            response = self._back(request)
            if what == "leave":
                own_connections.forget(response)
            elif what == "end" and own_connections.end(person, _as_uuid(form.get("connection", ""))):
                response["Location"] += "?ended=1"
            return response
        except DatabaseError as error:
            log.error("connection not ended", kind=type(error).__name__, why=why_it_failed(error))
            return problem_page(request, Problem.OUR_FAULT, from_app=True)

    def _page(self, request: HttpRequest) -> HttpResponse:
        person = own_connections.person_of(request)
        rows = [] if person is None else list(own_connections.of_person(person))
        accounts = own_connections.account_names(rows)
        language = known_language(request.GET.get("lang", "")) or get_language() or settings.LANGUAGE_CODE
        with override(language):
            context = {
                "signed_in": person is not None,
                "rows": [
                    {
                        "id": row.pk,
                        "name": name_of(row.application),
                        "account": accounts.get(row.pk, ""),
                        "since": row.created_at,
                        "used": ago(row.last_used_at),
                        "without_deleting": row.withholds_deletion,
                    }
                    for row in rows
                ],
                "ended": request.GET.get("ended") == "1",
                "token": own_connections.form_token(request),
                "languages": languages(),
            }
            response = render(request, "oauthbridge/connections.html", context)
        response["Content-Language"] = language
        response["Cache-Control"] = "no-store"
        # Not `no-referrer`: with that a browser calls its own form's origin "null".
        response["Referrer-Policy"] = "same-origin"
        response["Content-Security-Policy"] = page_policy(settings.MAIN_APP_URL)
        return response

    def _sign_in(self, request: HttpRequest) -> HttpResponse:
        browser_id = browser_id_of(request)
        sign_in = consent.begin_identification(browser_id)
        response = HttpResponseRedirect(bridge.consent_url(str(sign_in.pk)))
        response.status_code = 303
        return with_browser_cookie(response, browser_id)

    def _back(self, request: HttpRequest) -> HttpResponse:
        response = HttpResponseRedirect(reverse("oauth2_provider:connections"))
        response.status_code = 303
        response["Cache-Control"] = "no-store"
        return response


def _as_uuid(text: str) -> UUID:
    """A number that no row has where this is none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
