"""No accessibility fault that axe can see on any page of staff's."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from oauthbridge.models import AuthorizationRequest
from tests.admin.conftest import CALLS, CONNECTIONS, PASSWORD, SIGN_INS, Made, make_call, make_member
from tests.admin.test_in_a_browser import DESK, sign_in
from tests.pages.axe import faults
from tests.pages.test_in_a_browser import CHROMEDRIVER, CHROMIUM, Chromium, chromium
from tests.playing import Connector

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
    pytest.mark.skipif(
        not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromedriver (apt-get install them)"
    ),
]


def test_axe_finds_no_fault(
    connector: Connector, chromium: Chromium, roles: None, connected: Callable[..., Made]
) -> None:
    row = connected().row
    own = AuthorizationRequest.objects.get(connection=row)
    calls = [
        make_call(row, effect="saved", pet_ids="1", record_ids="2"),
        make_call(row, effect="already"),
        make_call(row, effect="taken_back"),
        make_call(row, outcome="asked", code="missing"),
        make_call(row, outcome="error", status=504, code="UPSTREAM_TIMEOUT"),
        make_call(row, outcome="error", status=422, code="VALIDATION_FAILED"),
    ]
    make_member("superuser", PASSWORD)
    found = faults(chromium, f"{connector.url}/admin/login/")
    sign_in(chromium, connector, "superuser", DESK)

    paths = [
        "/admin/",
        CONNECTIONS,
        f"{CONNECTIONS}?q=emma",
        CALLS,
        f"{CALLS}?outcome=ok&from=2026-01-01",
        SIGN_INS,
        "/admin/search/?q=emma",
        "/admin/no/such/page/",
        "/admin/oauthbridge/pendingrevocation/",
        "/admin/oauthbridge/application/",
        "/admin/oauthbridge/user/",
        "/admin/oauthbridge/user/add/",
        "/admin/oauthbridge/staffsession/",
        "/admin/admin/logentry/",
        "/admin/password_change/",
        reverse("admin:oauthbridge_person", args=[row.user.main_app_user_id]),
        reverse("admin:oauthbridge_connection_change", args=[row.pk]),
        reverse("admin:oauthbridge_connection_history", args=[row.pk]),
        reverse("admin:oauthbridge_authorizationrequest_change", args=[own.pk]),
        reverse("admin:petstools_toolcall_change", args=[calls[0].pk]),
        f"{reverse('admin:oauthbridge_connection_end')}?id={row.pk}",
    ]
    for path in paths:
        found += [f"{path} {fault}" for fault in faults(chromium, connector.url + path)]

    assert found == []
