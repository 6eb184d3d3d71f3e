"""No accessibility fault that axe can see on any page of staff's."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.contrib import admin
from django.urls import reverse

from oauthbridge.models import User
from tests.admin.conftest import CALLS, CONNECTIONS, PASSWORD, Made, make_call, make_member
from tests.admin.test_in_a_browser import DESK, sign_in
from tests.browser import Chromium
from tests.pages.addresses import patterns
from tests.pages.axe import faults
from tests.playing import Connector

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
]


@pytest.mark.timeout(600)
def test_axe_finds_no_fault(
    connector: Connector, chromium: Chromium, roles: None, connected: Callable[..., Made]
) -> None:
    row = connected().row
    for call in (
        {"effect": "saved", "pet_ids": "1", "record_ids": "2"},
        {"effect": "already"},
        {"effect": "taken_back"},
        {"outcome": "asked", "code": "missing"},
        {"outcome": "error", "status": 504, "code": "UPSTREAM_TIMEOUT"},
        {"outcome": "error", "status": 422, "code": "VALIDATION_FAILED"},
    ):
        make_call(row, **call)
    make_member("superuser", PASSWORD)
    found = faults(chromium, f"{connector.url}/admin/login/")
    sign_in(chromium, connector, "superuser", DESK)

    with httpx.Client(base_url=connector.url, cookies=cookies_of(chromium), trust_env=False) as http:
        pages = [path for path in every_address() if is_page(http.get(path))]
    assert len(pages) > 25, pages
    # What was done to a row is one page of Django's for all kinds of them.
    histories = [path for path in pages if path.endswith("/history/")]
    pages = [path for path in pages if path not in histories[1:]]
    paths = [
        *pages,
        f"{CONNECTIONS}?q=emma",
        f"{CALLS}?outcome=ok&from=2026-01-01",
        "/admin/search/?q=emma",
        "/admin/no/such/page/",
        reverse("admin:oauthbridge_person", args=[row.user.main_app_user_id]),
        f"{reverse('admin:oauthbridge_connection_end')}?id={row.pk}",
    ]
    for path in paths:
        found += [f"{path} {fault}" for fault in faults(chromium, connector.url + path)]

    assert found == []


def every_address() -> Iterator[str]:
    """Of staff's, with the first row of each model where one is asked for."""
    first = {model._meta.label_lower: model._default_manager.first() for model in admin.site._registry}
    first["oauthbridge.user"] = User.objects.filter(is_staff=True).first()
    for route in patterns():
        _admin, app, model, *_rest = [*route.split("/"), "", ""]
        row = first.get(f"{app}.{model}")
        if not route.startswith("admin/") or "logout" in route or re.search(r"[(^]", route):
            continue
        if row is not None:
            route = re.sub("<path:object_id>|<id>", str(row.pk), route)
        if "<" not in route:
            yield f"/{route}"


def is_page(response: httpx.Response) -> bool:
    """Others lead elsewhere, are refused to everybody, or are no pages."""
    return response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")


def cookies_of(chromium: Chromium) -> dict[str, str]:
    return {one["name"]: one["value"] for one in chromium.driver.get_cookies()}
