"""No page of the admin shows a token, a code, a digest of one, a ciphertext, or anything made from a password."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oauthbridge.models import Application, AuthorizationRequest, Connection, PendingRevocation, User
from petstools.models import WriteAttempt
from sandbox.server import SandboxServer
from tests.admin.conftest import CALLS, CONNECTIONS, END, PASSWORD, SIGN_INS, Made, make_call, make_member

pytestmark = pytest.mark.once


def pages(made: Made) -> Iterator[str]:
    """Every list and every page of a row, and each search that a secret could be tried with."""
    yield from ("/admin/", CONNECTIONS, SIGN_INS, CALLS, "/admin/oauthbridge/pendingrevocation/")
    yield from ("/admin/oauthbridge/application/", "/admin/oauthbridge/user/", "/admin/admin/logentry/")
    yield "/admin/password_change/"
    yield f"{END}?id={made.row.pk}"
    rows = [made.row, *AuthorizationRequest.objects.all(), *PendingRevocation.objects.all(), Application.objects.get()]
    rows += [*User.objects.filter(is_staff=True), *made.row.tool_calls.all()]
    for row in rows:
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        yield reverse(f"{name}_change", args=[row.pk])
        yield reverse(f"{name}_history", args=[row.pk])


@pytest.mark.parametrize("role", ["superuser", "Support", "Auditor"])
def test_no_page_shows_a_secret(
    sandbox: SandboxServer, staff: Callable[[str], Client], connected: Callable[..., Made], role: str
) -> None:
    made, other = connected("emma"), connected("mai")
    call = make_call(made.row)
    write = WriteAttempt.objects.create(connection=made.row, fingerprint="f" * 64, key="meo-key-0123456789")
    member = make_member("superuser" if role != "superuser" else "Auditor", PASSWORD)
    sandbox.faults.add(outage=True, path="/gpt-auth/revoke")
    browser = staff("superuser") if role == "superuser" else staff(role)
    ender = staff("Support")
    ender.post(f"{END}?id={other.row.pk}", {"reason": "x"})
    waiting = bytes(PendingRevocation.objects.get().sanctum_token)
    secrets = [
        *made.secrets,
        *other.secrets,
        Application.objects.get().client_secret,
        Application.objects.get().client_secret.rpartition("$")[2],
        member.password,
        *member.password.split("$")[2:],
        write.key,
        write.fingerprint,
        waiting.hex(),
        repr(waiting)[2:40],
    ]
    assert Connection.objects.active().get() == made.row

    opened = 0
    for url in pages(made):
        answer = browser.get(url)
        text = answer.content.decode()
        opened += answer.status_code == 200
        assert [secret for secret in secrets if secret in text] == [], url
    assert opened >= 20

    shown = browser.get(reverse("admin:oauthbridge_connection_change", args=[made.row.pk])).content.decode()
    assert "access token" in shown
    assert call.request_id in shown


@pytest.mark.parametrize(
    ("page", "field"),
    [
        (CONNECTIONS, "sanctum_token"),
        (CONNECTIONS, "key_id"),
        (CONNECTIONS, "user__password"),
        (CONNECTIONS, "application__client_secret"),
        (CONNECTIONS, "access_tokens__token_checksum"),
        (SIGN_INS, "state"),
        (SIGN_INS, "code_digest"),
        (SIGN_INS, "connection__sanctum_token"),
        (CALLS, "connection__sanctum_token"),
        ("/admin/oauthbridge/application/", "client_secret"),
        ("/admin/oauthbridge/pendingrevocation/", "sanctum_token"),
        ("/admin/oauthbridge/user/", "password"),
        ("/admin/oauthbridge/user/", "groups__user__password"),
        ("/admin/admin/logentry/", "user__password"),
    ],
)
@pytest.mark.parametrize("lookup", ["__startswith", "__gt", "__exact", ""])
def test_a_secret_can_t_be_guessed_by_filtering_for_it(
    staff: Callable[[str], Client], gpt: Application, page: str, field: str, lookup: str
) -> None:
    browser = staff("Auditor")

    assert browser.get(f"{page}?{field}{lookup}=a").status_code == 400
    assert browser.get(f"{page}?{field}{lookup}=a&_facets=True").status_code == 400


def test_what_is_secret_is_not_read_for_a_page(
    staff: Callable[[str], Client],
    connected: Callable[..., Made],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    made = connected()
    browser = staff("superuser")
    sign_in = reverse("admin:oauthbridge_authorizationrequest_change", args=[AuthorizationRequest.objects.get().pk])
    page = reverse("admin:oauthbridge_connection_change", args=[made.row.pk])

    call = reverse("admin:petstools_toolcall_change", args=[make_call(made.row).pk])
    waiting = "/admin/oauthbridge/pendingrevocation/"
    PendingRevocation.objects.create(id=made.row.pk, sanctum_token=b"x", key_id="k")
    columns = ("token_checksum", "browser_digest", "code_digest", "state", "sanctum_token", 'grant"."code')

    for url in ("/admin/", CONNECTIONS, page, SIGN_INS, sign_in, CALLS, call, waiting, f"{END}?id={made.row.pk}"):
        with django_assert_max_num_queries(30) as asked:
            assert browser.get(url).status_code == 200
        for query in asked.captured_queries:
            read = query["sql"].partition(" FROM ")[0]
            assert [column for column in columns if f'{column}"' in read] == [], url
