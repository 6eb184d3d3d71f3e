"""Who may see and do what: Support sees and ends, Auditor sees, nobody without a role sees anything; nothing is edited."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from oauthbridge.models import Application, AuthorizationRequest, Connection, PendingRevocation, User
from petstools.models import ToolCall
from tests.admin.conftest import END, Made, make_call, make_member, make_message

pytestmark = pytest.mark.once

ROWS = ["oauthbridge.connection", "oauthbridge.authorizationrequest", "oauthbridge.application", "petstools.toolcall"]
ROWS += ["zalo.sender", "zalo.event"]
SEEN = {
    "superuser": {
        *ROWS,
        "oauthbridge.pendingrevocation",
        "oauthbridge.staffsession",
        "oauthbridge.user",
        "admin.logentry",
    },
    "Auditor": {*ROWS, "oauthbridge.pendingrevocation", "oauthbridge.user", "admin.logentry"},
    "Support": {*ROWS, "oauthbridge.pendingrevocation"},
    "nobody": set[str](),
}
EVERY = sorted(SEEN["superuser"])


def listing(name: str) -> str:
    return reverse("admin:{}_{}_changelist".format(*name.split(".")))


@pytest.fixture
def rows(connected: Callable[..., Made]) -> dict[str, object]:
    """One row of each kind, by its name: the key of its page."""
    made = connected()
    PendingRevocation.objects.create(id=made.row.pk, sanctum_token=b"x", key_id="k")
    event = make_message(made.row)
    return {
        "oauthbridge.connection": made.row.pk,
        "oauthbridge.authorizationrequest": AuthorizationRequest.objects.get().pk,
        "oauthbridge.application": Application.objects.get().pk,
        "oauthbridge.pendingrevocation": made.row.pk,
        "petstools.toolcall": make_call(made.row).pk,
        "zalo.sender": event.sender.pk,
        "zalo.event": event.pk,
    }


def test_these_are_all_the_pages_there_are() -> None:
    assert sorted(f"{model._meta.app_label}.{model._meta.model_name}" for model in admin.site._registry) == EVERY


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("role", SEEN)
def test_a_role_opens_the_lists_it_may_see(staff: Callable[[str], Client], role: str, name: str) -> None:
    assert staff(role).get(listing(name)).status_code == (200 if name in SEEN[role] else 403)


@pytest.mark.parametrize("role", SEEN)
def test_a_role_opens_the_pages_it_may_see(staff: Callable[[str], Client], rows: dict[str, object], role: str) -> None:
    browser = staff(role)
    for name, key in rows.items():
        url = reverse("admin:{}_{}_change".format(*name.split(".")), args=[key])
        assert browser.get(url).status_code == (200 if name in SEEN[role] else 403), name
        history = reverse("admin:{}_{}_history".format(*name.split(".")), args=[key])
        assert browser.get(history).status_code == (200 if name in SEEN[role] else 403), name


@pytest.mark.parametrize("role", SEEN)
def test_the_sections_shown_are_those_that_open(staff: Callable[[str], Client], role: str) -> None:
    page = staff(role).get("/admin/").content.decode()

    assert {name for name in EVERY if f'href="{listing(name)}"' in page.partition("<main")[0]} == SEEN[role]


@pytest.mark.parametrize("role", ["superuser", "Support", "Auditor", "nobody"])
def test_nobody_adds_changes_or_deletes_a_row_by_hand(
    staff: Callable[[str], Client], rows: dict[str, object], role: str
) -> None:
    browser = staff(role)
    for name, key in rows.items():
        label = name.replace(".", "_")
        assert browser.get(reverse(f"admin:{label}_add")).status_code == 403, name
        assert browser.post(reverse(f"admin:{label}_delete", args=[key]), {"post": "yes"}).status_code == 403, name
        changed = browser.post(reverse(f"admin:{label}_change", args=[key]), {"status": "ended", "operation": "x"})
        assert changed.status_code in (200, 403), name
    assert Connection.objects.get().is_active
    assert ToolCall.objects.get().operation == "add_weight"


@pytest.mark.parametrize(
    ("role", "may"), [("superuser", True), ("Support", True), ("Auditor", False), ("nobody", False)]
)
def test_only_support_and_superusers_end(
    staff: Callable[[str], Client], connected: Callable[..., Made], role: str, may: bool
) -> None:
    made = connected()
    browser = staff(role)

    asked = browser.get(f"{END}?id={made.row.pk}")
    done = browser.post(f"{END}?id={made.row.pk}", {"reason": "asked for it"})

    assert (asked.status_code, done.status_code) == ((200, 302) if may else (403, 403))
    assert Connection.objects.get().is_active is not may


def test_who_may_not_end_is_offered_no_way_to(staff: Callable[[str], Client], connected: Callable[..., Made]) -> None:
    made = connected()
    browser = staff("Auditor")

    page = browser.get(reverse("admin:oauthbridge_connection_change", args=[made.row.pk])).content.decode()
    chosen = browser.post(
        listing("oauthbridge.connection"), {"action": "end_chosen", "_selected_action": str(made.row.pk)}
    )

    assert END not in page
    assert "end_chosen" not in browser.get(listing("oauthbridge.connection")).content.decode()
    assert chosen.status_code in (302, 200)
    assert END not in chosen.headers.get("Location", "")
    assert Connection.objects.get().is_active


@pytest.mark.parametrize("role", ["Support", "Auditor"])
def test_only_superusers_make_and_change_staff(staff: Callable[[str], Client], role: str) -> None:
    browser = staff(role)
    me = User.objects.get(username=role.lower())

    given = {"username": me.username, "is_superuser": "on", "is_active": "on"}
    answers = [
        browser.post(reverse("admin:oauthbridge_user_add"), {"username": "x", "password1": "p", "password2": "p"}),
        browser.post(reverse("admin:oauthbridge_user_change", args=[me.pk]), given),
        browser.post(reverse("admin:auth_user_password_change", args=[me.pk]), {"password1": "p", "password2": "p"}),
    ]

    # An Auditor may look at the page, and what he posts to it is not taken.
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    me.refresh_from_db()
    assert not me.is_superuser
    assert not User.objects.filter(username="x").exists()


def test_a_superuser_makes_a_member_of_staff_with_a_role(staff: Callable[[str], Client]) -> None:
    password = "quite-a-long-secret"
    given = {
        "username": "lan",
        "password1": password,
        "password2": password,
        "groups": [Group.objects.get(name="Support").pk],
    }

    answer = staff("superuser").post(reverse("admin:oauthbridge_user_add"), given)

    assert answer.status_code == 302
    lan = User.objects.get(username="lan")
    assert (lan.is_staff, lan.is_superuser, lan.main_app_user_id) == (True, False, None)
    assert [group.name for group in lan.groups.all()] == ["Support"]
    assert Client().login(username="lan", password=password)


def test_people_of_the_main_app_are_not_listed_as_staff_nor_opened_as_such(
    staff: Callable[[str], Client], connected: Callable[..., Made]
) -> None:
    person = connected().row.user
    browser = staff("superuser")

    assert str(person) not in browser.get(listing("oauthbridge.user")).content.decode()
    assert browser.get(reverse("admin:oauthbridge_user_change", args=[person.pk])).status_code == 302


def test_staff_are_shut_out_not_deleted(staff: Callable[[str], Client]) -> None:
    browser = staff("superuser")
    lan = make_member("Support")
    url = reverse("admin:oauthbridge_user_change", args=[lan.pk])

    assert browser.post(reverse("admin:oauthbridge_user_delete", args=[lan.pk]), {"post": "yes"}).status_code == 403
    browser.post(url, {"username": "support", "groups": [group.pk for group in lan.groups.all()]})

    lan.refresh_from_db()
    assert not lan.is_active
    assert lan.is_staff
