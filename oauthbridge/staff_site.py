"""The site staff work on: who may sign in how often, what a browser is told, and the first page, made of panels.

Apart from `admin/`, whose modules register with this site while they are imported.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from oauthbridge import second_factor, security_events
from oauthbridge.addresses import client_address, whole_address
from oauthbridge.finding import Finder, Hit
from oauthbridge.models import StaffSession, User
from oauthbridge.security_events import Event
from oauthbridge.throttle import Throttle
from oauthbridge.tokens import digest

Response = TypeVar("Response", bound=HttpResponseBase)
# No inline script or style, no eval, nothing from anywhere else. `data:` is for one icon in Django's own style sheet.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# It opens nothing: it only says by what this browser's attempts are counted.
KNOWN_BROWSER_SECONDS = 90 * 86_400
_KNOWN_BROWSER = "oauthbridge.staff-browser"
# How exact "last seen" is.
SEEN_STEP = timedelta(minutes=1)
_SESSION = "staff_session"
ZONE_COOKIE = "meo_staff_zone"
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
TOO_MANY = "Too many attempts. Wait a minute, then try again."
TOO_MANY_TODAY = (
    "Too many codes were tried today. Ask an administrator to take your second factor away, then set up a new one."
)


@dataclass(frozen=True)
class Card:
    """One part of the first page: `size` is tile, half or full; they stand in the order of `place`."""

    place: int
    size: str
    template: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """Cards that one permission shows and one reading of the database fills."""

    permission: str
    cards: Callable[[], list[Card]]


class StaffSignInForm(AdminAuthenticationForm):
    """Counts every attempt, right or wrong, before a password is looked at: by address, and by name or by known browser.

    The name is counted too, so that many addresses can't share the guessing. Whoever hammers on a name would shut its owner out
    by that, so a browser in which somebody has signed in under this name before has a count of its own (OWASP, "device
    cookies"): the hammering holds up unknown browsers only.
    """

    retry_after = 0

    def clean(self) -> Any:
        name = _folded(self.cleaned_data.get("username", ""))
        address = client_address(self.request) if self.request is not None else ""
        browser = known_browser(self.request, name) if self.request is not None else None
        counted = ("staff-browser", browser) if browser is not None else ("staff-name", digest(name))
        for scope, key in (("staff-address", address), counted):
            if wait := Throttle(scope, settings.STAFF_LOGIN_LIMIT_PER_MINUTE).hit(key):
                self.retry_after = wait
                raise ValidationError(TOO_MANY, code="too_many")
        try:
            return super().clean()
        except ValidationError:
            known = User.objects.filter(username__iexact=name).first()
            security_events.note(Event.STAFF_FAILED, known.get_username() if known else security_events.UNKNOWN)
            raise


def known_browser(request: HttpRequest, name: str) -> str | None:
    """What to count by, for a browser that has signed in as `name` (folded) within `KNOWN_BROWSER_SECONDS`."""
    cookie = (
        request.get_signed_cookie(
            settings.STAFF_BROWSER_COOKIE_NAME, "", salt=_KNOWN_BROWSER, max_age=KNOWN_BROWSER_SECONDS
        )
        or ""
    )
    of, _, browser = cookie.partition(":")
    return browser if browser and of == digest(name) else None


def _remember_browser(response: HttpResponse, user: User) -> None:
    response.set_signed_cookie(
        settings.STAFF_BROWSER_COOKIE_NAME,
        f"{digest(_folded(user.username))}:{secrets.token_urlsafe(16)}",
        salt=_KNOWN_BROWSER,
        max_age=KNOWN_BROWSER_SECONDS,
        secure=settings.SERVED_OVER_HTTPS,
        httponly=True,
        samesite="Strict",
    )


def _folded(name: object) -> str:
    return str(name).casefold()


class StaffSite(AdminSite):
    """Django's admin with a throttled sign-in, a strict content security policy and a first page of panels."""

    site_header = "Meo Connector"
    site_title = "Meo Connector"
    index_title = "Overview"
    index_template = "oauthbridge/staff/overview.html"
    login_form = StaffSignInForm
    site_url = None
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.panels: list[Panel] = []
        self.finders: list[Finder] = []

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if (turned_away := self._turned_away(request)) is not None:
                return _guarded(turned_away)
            with timezone.override(zone_of(request)):
                try:
                    response: HttpResponseBase = inner(_in_english(request), *args, **kwargs)
                except PermissionDenied:
                    # The page for everybody else leads back to ChatGPT.
                    response = self._instead(request, "refused.html", "Not for your role", 403)
                except Http404:
                    response = self._instead(request, "not_found.html", "There is no such page", 404)
                if isinstance(response, SimpleTemplateResponse):
                    # Here, where their time zone is set.
                    response.render()
            return _guarded(response)

        return guarded

    def _instead(self, request: HttpRequest, template: str, title: str, status: int) -> TemplateResponse:
        context = {**self.each_context(request), "title": title}
        response = TemplateResponse(request, f"oauthbridge/staff/{template}", context, status=status)
        add_never_cache_headers(response)
        return response

    def _turned_away(self, request: HttpRequest) -> HttpResponse | None:
        """Whoever is signed in and may not go on: a session that was ended or rested too long, or one without its second factor."""
        if not self.has_permission(request):
            return None
        session = current_session(request)
        if session is None:
            logout(request)
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if timezone.now() - session.seen_at > SEEN_STEP:
            StaffSession.objects.filter(pk=session.pk).update(seen_at=timezone.now())
        on_the_way = request.resolver_match is not None and request.resolver_match.url_name in (
            "second_factor",
            "logout",
        )
        if session.is_verified or on_the_way:
            return None
        return HttpResponseRedirect(f"{reverse('admin:second_factor')}?{urlencode({'next': request.get_full_path()})}")

    def get_urls(self) -> list[Any]:
        own = [
            path("second-factor/", self.admin_view(self.second_factor_view), name="second_factor"),
            path("search/", self.admin_view(self.search_view), name="search"),
        ]
        return [*own, *super().get_urls()]

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """What the search box found: its page where it is one thing, else a list, or what can be searched for."""
        term = request.GET.get("q", "").strip()[:200]
        hits: dict[tuple[str, str], Hit] = {}
        for finder in self.finders if term and "\0" not in term else []:
            if request.user.has_perm(finder.permission):
                hits |= {(hit.kind, hit.name): hit for hit in finder.find(term)}
        results = list(hits.values())
        if len(results) == 1 and results[0].url:
            return HttpResponseRedirect(results[0].url)
        context = {
            **self.each_context(request),
            "title": "Found" if results else "Search",
            "term": term,
            "found": results,
            "main_app_people": main_app_people(),
        }
        return TemplateResponse(request, "oauthbridge/staff/search.html", context)

    def second_factor_view(self, request: HttpRequest) -> HttpResponse:
        """The second half of a sign-in: the code, or first the key that makes codes. Throttled by member."""
        session = current_session(request)
        if session is None or session.is_verified:
            return HttpResponseRedirect(reverse("admin:index"))
        factor = second_factor.begin(session.user)
        following = request.POST.get("next", request.GET.get("next", ""))
        error, status = "", 200
        if request.method == "POST":
            if Throttle("staff-code", settings.STAFF_LOGIN_LIMIT_PER_MINUTE).hit(str(session.user_id)):
                error, status = TOO_MANY, 429
            elif not second_factor.may_be_tried(factor):
                error, status = TOO_MANY_TODAY, 429
            elif second_factor.takes(factor, request.POST.get("code", "")):
                StaffSession.objects.filter(pk=session.pk).update(is_verified=True)
                write_log(session.user, session.user, "Gave their second factor.")
                safe = url_has_allowed_host_and_scheme(following, {request.get_host()}, request.is_secure())
                return HttpResponseRedirect(following if safe else reverse("admin:index"))
            else:
                security_events.note(Event.STAFF_FAILED, session.user.get_username())
                error = "That is not the code of this moment. Wait for the next one, then try again."
        key = "" if factor.confirmed_at else second_factor.setup_key(factor)
        context = {
            **self.each_context(request),
            "title": "Second factor",
            "sections": [],
            "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4)),
            "error": error,
            "next": following,
        }
        response = TemplateResponse(request, "oauthbridge/staff/second_factor.html", context, status=status)
        add_never_cache_headers(response)
        return response

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(_in_english(request), extra_context)
        if request.method == "POST" and response.status_code == 302 and isinstance(request.user, User):
            _remember_browser(response, request.user)
        if isinstance(response, TemplateResponse) and response.context_data:
            form = response.context_data.get("form")
            if isinstance(form, StaffSignInForm) and form.retry_after:
                response.status_code = 429
                response["Retry-After"] = str(form.retry_after)
        return _guarded(response)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        cards = [card for panel in self.panels if request.user.has_perm(panel.permission) for card in panel.cards()]
        context = {"cards": sorted(cards, key=lambda card: card.place), "now": timezone.now(), **(extra_context or {})}
        return super().index(request, context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        response = super().password_change(request, extra_context)
        # The form answers with itself (200) until the password is changed, and then with a redirect.
        if request.method == "POST" and response.status_code == 302 and isinstance(request.user, User):
            write_log(request.user, request.user, "Changed their own password.")
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **super().each_context(request),
            "sections": self._sections(request),
            "zone": timezone.get_current_timezone_name(),
            "main_app_people": main_app_people(),
        }

    def _sections(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The ways through the site: one link for each kind of row that this person may see."""
        if not self.has_permission(request):
            return []
        index = reverse("admin:index")
        sections = [{"place": 0, "name": "Overview", "url": index, "here": request.path == index}]
        for model, model_admin in self._registry.items():
            if not model_admin.has_view_permission(request):
                continue
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            place, name = getattr(model_admin, "section", (99, str(model._meta.verbose_name_plural).capitalize()))
            sections.append({"place": place, "name": name, "url": url, "here": request.path.startswith(url)})
        return sorted(sections, key=lambda section: section["place"])


def zone_of(request: HttpRequest) -> tzinfo:
    """The time zone of this member's browser, which staff.js tells in a cookie; UTC until it has."""
    name = request.COOKIES.get(ZONE_COOKIE, "")
    if not _ZONE_NAME.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def main_app_people() -> str:
    """Where staff look people up by e-mail or name, which are not kept here."""
    return str(settings.MAIN_APP_USER_URL).partition("{id}")[0].rstrip("/")


def write_log(by: User, about: User, message: str) -> None:
    LogEntry.objects.log_actions(by.pk, [about], CHANGE, change_message=message, single_object=True)


def current_session(request: HttpRequest) -> StaffSession | None:
    """The session that this request belongs to, if it is still one."""
    number = request.session.get(_SESSION)
    if number is None or request.user.pk is None:
        return None
    alive = StaffSession.objects.alive().select_related("user")
    return alive.filter(pk=number, user_id=request.user.pk).first()


def _note_sign_in(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    # Of a browser that was signed in.
    _note_sign_out(sender, request)
    session = StaffSession.objects.create(
        user=user, address=whole_address(request.META), is_verified=not second_factor.is_asked_of(user)
    )
    request.session[_SESSION] = str(session.pk)
    write_log(user, user, "Signed in.")
    security_events.note(Event.STAFF_SIGNED_IN, user.get_username())


def _note_sign_out(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """The row is what a copy of the cookie lives by where there is no Redis (`SESSION_ENGINE`)."""
    if (number := request.session.get(_SESSION)) is not None:
        StaffSession.objects.filter(pk=number).delete()


user_logged_in.connect(_note_sign_in, dispatch_uid="staff-signed-in")
user_logged_out.connect(_note_sign_out, dispatch_uid="staff-signed-out")


def _in_english(request: HttpRequest) -> HttpRequest:
    """Django's admin speaks the browser's language and ours only English: half a page in each helps nobody."""
    translation.activate("en")
    request.LANGUAGE_CODE = "en"
    return request


def _guarded(response: Response) -> Response:
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    # Under the site's own "no-referrer" a browser sends `Origin: null` with a form, and Django refuses it as forged.
    response["Referrer-Policy"] = "same-origin"
    return response
