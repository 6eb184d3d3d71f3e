"""What the search box finds of sign-ins, connections and people."""

from collections.abc import Iterator
from typing import cast

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from oauthbridge.admin.reading import as_person_id, as_uuid
from oauthbridge.admin.sign_ins import status_badge
from oauthbridge.admin.times import moment
from oauthbridge.finding import MOST_FOUND, Finder, Hit, is_reference
from oauthbridge.models import AuthorizationRequest, Connection, User
from oauthbridge.references import under, without_sign_in
from oauthbridge.replies import about_page
from oauthbridge.staff_site import StaffSite


def sign_in_hit(sign_in: AuthorizationRequest) -> Hit:
    return Hit(
        "Sign-in",
        str(sign_in.pk),
        reverse("admin:oauthbridge_authorizationrequest_change", args=[sign_in.pk]),
        format_html("{} {}", status_badge(sign_in), moment(sign_in.created_at)),
    )


def sign_ins(term: str) -> Iterator[Hit]:
    if is_reference(term):
        rows = under(term).only("status", "created_at", "expires_at")
        yield from map(sign_in_hit, rows.order_by("-created_at")[:MOST_FOUND])
        if (page := without_sign_in(term)) is not None:
            app = f" · an app of {page.host}, which is on no list" if page.host else ""
            what = f"{page.problem.replace('_', ' ')} · {page.path}{app} · "
            text = format_html("{}{}", what, moment(page.shown_at))
            yield Hit("Page without a sign-in", page.reference, "", text, about_page(page))
    if (number := as_uuid(term)) is not None:
        yield from map(
            sign_in_hit, AuthorizationRequest.objects.filter(pk=number).only("status", "created_at", "expires_at")
        )


def connections(term: str) -> Iterator[Hit]:
    if (number := as_person_id(term)) is not None and User.objects.filter(main_app_user_id=number).exists():
        yield Hit("Person", str(number), reverse("admin:oauthbridge_person", args=[number]))
    if (key := as_uuid(term)) is not None:
        for row in Connection.objects.filter(pk=key).only("status"):
            yield Hit("Connection", str(row.pk), reverse("admin:oauthbridge_connection_change", args=[row.pk]))


cast(StaffSite, admin.site).finders.extend(
    [
        Finder("oauthbridge.view_authorizationrequest", sign_ins),
        Finder("oauthbridge.view_connection", connections),
    ]
)
