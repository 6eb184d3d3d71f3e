"""The pages between Zalo and the sign-in: which Zalo account asks, and at the end whether the person means it.

A GET shows and changes nothing, because previews of links are GETs; a POST from our own page, in the browser that was shown it,
goes on. Whoever was sent somebody else's link is told so, and may say so (RFC 10027; docs/security.md, "At the chat's door").
"""

import hmac
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from chat.languages import language
from chat.zalo import linking, work
from chat.zalo.models import Account, LinkOffer, Sender
from mainapp import bridge
from mainapp.errors import MainAppError
from oauthbridge import consent, metrics
from oauthbridge.addresses import client_address
from oauthbridge.browser import (
    browser_cookie_name,
    browser_id_of,
    form_problem,
    is_from_our_page,
    with_browser_cookie,
)
from oauthbridge.compiled_queries import why_it_failed
from oauthbridge.consent_page import form_token, is_form_token, page_policy
from oauthbridge.models import AuthorizationRequest
from oauthbridge.names import name_for_people
from oauthbridge.pages import OF_STATUS, Problem, problem_page
from oauthbridge.scopes import EVERYDAY, described
from oauthbridge.throttle import Throttle
from oauthbridge.wording import ago, days_in_words, known_language, languages

Status = AuthorizationRequest.Status
log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Page(View):
    """What both have in common: counted by address, in a language that can be chosen, kept by nobody."""

    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if wait := Throttle("zalo-link", settings.AUTHORIZE_LIMIT_PER_MINUTE).hit(client_address(request)):
            return problem_page(request, Problem.TOO_MANY, from_chat=True, retry_after=wait)
        chosen = known_language(request.GET.get("lang", "")) or get_language() or settings.LANGUAGE_CODE
        with override(chosen):
            response: HttpResponseBase
            try:
                response = super().dispatch(request, *args, **kwargs)
            except linking.Refused as refused:
                response = problem_page(request, refused.problem, from_chat=True)
            except consent.SignInFailed as failure:
                response = problem_page(request, OF_STATUS[failure.status], failure.request, from_chat=True)
            except DatabaseError as error:
                log.error("a link of a chat was not served", kind=type(error).__name__, why=why_it_failed(error))
                response = problem_page(request, Problem.OUR_FAULT, from_chat=True)
        response["Content-Language"] = chosen
        return response

    def form(self, request: HttpRequest) -> dict[str, str]:
        """The form of our own page, with one of its two answers; empty for whatever else was sent."""
        form = request.POST.dict() if not form_problem(request) and is_from_our_page(request) else {}
        return form if form.get("answer") in ("agree", "cancel") else {}

    def show(self, request: HttpRequest, template: str, sender: Sender, goal: str = "", **context: Any) -> HttpResponse:
        """goal: where the page's form leads on to."""
        context |= {
            "zalo_name": name_for_people(sender.display_name),
            "languages": languages(),
            "request_id": request.META.get("MEO_REQUEST_ID", ""),
        }
        response = render(request, template, context)
        response["Cache-Control"] = "no-store"
        # The address holds the link, or the number of a sign-in; with `no-referrer` a browser would call its own form's origin "null".
        response["Referrer-Policy"] = "strict-origin"
        response["Content-Security-Policy"] = page_policy(*[goal] if goal else [])
        return response


# Exempt because its own token, bound to the offer and the browser, is the stricter one.
@method_decorator(csrf_exempt, name="dispatch")
class LinkView(_Page):
    """`/zalo/link/<token>`: the first page, to which a link in the chat leads."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        offer = linking.offered(token)
        browser_id = browser_id_of(request)
        response = self.show(
            request,
            "zalo/link.html",
            offer.sender,
            goal=settings.MAIN_APP_URL,
            token=_form_token(offer, browser_id),
            asked=ago(offer.created_at),
            scopes=described(" ".join(EVERYDAY)),
            idle=days_in_words(settings.REFRESH_TOKEN_IDLE_DAYS),
            most=days_in_words(settings.CONNECTION_MAX_DAYS),
        )
        return with_browser_cookie(response, browser_id)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        form = self.form(request)
        browser_id = consent.usable_browser_id(request.COOKIES.get(browser_cookie_name()))
        if not form:
            return problem_page(request, Problem.BAD_LINK, from_chat=True)
        offer = linking.known(token)
        if browser_id is None or not _is_form_token(form.get("token", ""), offer, browser_id):
            raise linking.Refused(Problem.WRONG_BROWSER)
        if form["answer"] == "cancel":
            linking.decline(token)
            return problem_page(request, Problem.DECLINED, from_chat=True)
        last_page = f"{settings.CONNECTOR_PUBLIC_URL}{reverse('zalo-linked')}"
        sign_in = linking.begin(token, browser_id, last_page)
        metrics.SIGN_INS.labels(metrics.BEGAN).inc()
        response = HttpResponseRedirect(bridge.consent_url(str(sign_in.pk)))
        response.status_code = 303
        return with_browser_cookie(response, browser_id)


@method_decorator(csrf_exempt, name="dispatch")
class LastPageView(_Page):
    """`/zalo/linked?sign_in=…`: the last page, back from the main app; only its POST connects."""

    def get(self, request: HttpRequest) -> HttpResponse:
        browser_id = consent.usable_browser_id(request.COOKIES.get(browser_cookie_name()))
        sign_in_id = request.GET.get("sign_in", "")
        try:
            sign_in = consent.held(sign_in_id, browser_id)
        except consent.SignInFailed as failure:
            if failure.status != Status.CONNECTED or failure.request is None:
                raise
            sender = linking.of_sign_in(failure.request).sender
            if not linking.is_linked(sender):
                # It was ended since.
                raise consent.SignInFailed(Status.EXPIRED, failure.request) from None
            return self._done(request, sender)
        sender = linking.of_sign_in(sign_in).sender
        try:
            account = consent.whose(sign_in)
        except MainAppError as error:
            return _away(request, sign_in, error)
        return self.show(
            request,
            "zalo/last.html",
            sender,
            sign_in=sign_in,
            token=form_token(sign_in, browser_id or ""),
            person=name_for_people(account.name),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request)
        browser_id = consent.usable_browser_id(request.COOKIES.get(browser_cookie_name()))
        if not form:
            return problem_page(request, Problem.BAD_LINK, from_chat=True)
        sign_in = consent.held(form.get("sign_in", ""), browser_id)
        if not is_form_token(form.get("token", ""), sign_in, browser_id or ""):
            return problem_page(request, Problem.BAD_LINK, from_chat=True)
        if form["answer"] == "cancel":
            consent.let_go(sign_in)
            metrics.SIGN_INS.labels(Status.DECLINED).inc()
            return problem_page(request, Problem.DECLINED, sign_in)
        offer = linking.of_sign_in(sign_in)
        try:
            account = consent.whose(sign_in)
        except MainAppError as error:
            return _away(request, sign_in, error)
        try:
            connection = consent.keep_held(sign_in, account, lambda made: linking.bind(offer, made))
        except linking.Refused:
            consent.let_go(sign_in, Status.CLIENT_CHANGED)
            raise
        metrics.SIGN_INS.labels(Status.CONNECTED).inc()
        work.tell(offer.sender, language(connection.language).say("zalo_connected"))
        response = HttpResponseRedirect(f"{reverse('zalo-linked')}?sign_in={sign_in.pk}")
        response.status_code = 303
        response["Cache-Control"] = "no-store"
        return response

    def _done(self, request: HttpRequest, sender: Sender) -> HttpResponse:
        own_id = sender.account.own_id if sender.account.product == Account.Product.OFFICIAL_ACCOUNT else ""
        return self.show(request, "zalo/done.html", sender, back=f"https://zalo.me/{own_id}" if own_id else "")


def _away(request: HttpRequest, sign_in: AuthorizationRequest, error: MainAppError) -> HttpResponse:
    """The question still waits: opened again in a moment, it is asked."""
    log.warning("person not read at the end of a sign-in", kind=type(error).__name__)
    return problem_page(request, Problem.MAIN_APP_AWAY, sign_in)


def _form_token(offer: LinkOffer, browser_id: str, *, key: str | None = None) -> str:
    """What the first page's form carries to prove that it is ours: for this offer, shown in this browser."""
    return salted_hmac("chat.zalo.link", f"{offer.pk}:{browser_id}", secret=key, algorithm="sha256").hexdigest()


def _is_form_token(token: str, offer: LinkOffer, browser_id: str) -> bool:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(token.encode(), _form_token(offer, browser_id, key=key).encode()) for key in keys)
