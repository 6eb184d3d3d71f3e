"""The admin in a real Chromium, policy active, on a phone and on a desk: one signs in, ends a connection, nothing overflows."""

from base64 import b32decode
from collections.abc import Callable

import pytest
from django.urls import reverse
from django_otp.oath import totp
from pytest_django import Settings
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions

from oauthbridge.models import Connection
from sandbox.server import SandboxServer
from tests.admin.conftest import CALLS, CONNECTIONS, PASSWORD, SIGN_INS, Made, make_call, make_member, make_message
from tests.browser import OVERFLOW, Chromium, waiting
from tests.playing import Connector

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A page looks the same whatever the database.
    pytest.mark.once,
]
PHONE, DESK = 390, 1280
# What hides what does not fit, or lets it be reached by a scroll that nobody expects.
CUT = """
return [...document.querySelectorAll(arguments[0])].filter((e) => e.scrollWidth > e.clientWidth + 1)
  .map((e) => `${e.id}.${e.className}: ${e.scrollWidth} in ${e.clientWidth}`)
"""


def sign_in(chromium: Chromium, connector: Connector, role: str, width: int) -> None:
    chromium.driver.delete_all_cookies()
    chromium.look(f"{connector.url}/admin/", width=width)
    chromium.driver.find_element(By.ID, "id_username").send_keys(role.lower())
    chromium.driver.find_element(By.ID, "id_password").send_keys(PASSWORD)
    chromium.driver.find_element(By.CSS_SELECTOR, "[type=submit]").click()
    waiting(chromium.driver, 10).until(expected_conditions.presence_of_element_located((By.ID, "sections")))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_second_factor_is_set_up_and_given(
    connector: Connector, chromium: Chromium, roles: None, settings: Settings, width: int
) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    make_member("superuser", PASSWORD)
    chromium.driver.delete_all_cookies()
    chromium.look(f"{connector.url}/admin/oauthbridge/staffsession/", width=width)
    chromium.driver.find_element(By.ID, "id_username").send_keys("superuser")
    chromium.driver.find_element(By.ID, "id_password").send_keys(PASSWORD)
    chromium.driver.find_element(By.CSS_SELECTOR, "[type=submit]").click()
    key = chromium.driver.find_element(By.ID, "setup-key").text.replace(" ", "")
    assert chromium.driver.execute_script(OVERFLOW) <= 0
    assert chromium.console() == []

    chromium.driver.find_element(By.ID, "id_code").send_keys(f"{totp(b32decode(key)):06d}")
    chromium.driver.find_element(By.CSS_SELECTOR, "form.card [type=submit]").click()

    waiting(chromium.driver, 10).until(expected_conditions.presence_of_element_located((By.ID, "sections")))
    assert "/admin/oauthbridge/staffsession/" in chromium.driver.current_url
    assert "superuser" in chromium.driver.find_element(By.ID, "result_list").text
    assert chromium.driver.execute_script(OVERFLOW) <= 0
    assert chromium.console() == []


def test_every_page_is_dressed_fits_and_breaks_no_policy(
    connector: Connector, chromium: Chromium, roles: None, connected: Callable[..., Made]
) -> None:
    row = connected().row
    call = make_call(row, outcome="error", status=504, code="UPSTREAM_TIMEOUT")
    message = make_message(row)
    make_member("superuser", PASSWORD)
    sign_in(chromium, connector, "superuser", PHONE)
    paths = [
        "/admin/",
        CONNECTIONS,
        CALLS,
        SIGN_INS,
        "/admin/oauthbridge/pendingrevocation/",
        "/admin/oauthbridge/application/",
        "/admin/oauthbridge/staffsession/",
        "/admin/oauthbridge/user/",
        "/admin/oauthbridge/user/add/",
        "/admin/admin/logentry/",
        "/admin/password_change/",
        reverse("admin:oauthbridge_connection_change", args=[row.pk]),
        reverse("admin:oauthbridge_connection_history", args=[row.pk]),
        reverse("admin:petstools_toolcall_change", args=[call.pk]),
        "/admin/zalo/sender/",
        "/admin/zalo/event/",
        reverse("admin:zalo_sender_change", args=[message.sender.pk]),
        reverse("admin:zalo_event_change", args=[message.pk]),
        reverse("admin:oauthbridge_person", args=[row.user.main_app_user_id]),
        f"{reverse('admin:oauthbridge_connection_end')}?id={row.pk}",
    ]

    for path in paths:
        chromium.look(connector.url + path, width=PHONE)
        assert chromium.driver.execute_script(OVERFLOW) <= 0, path
        assert chromium.driver.execute_script(CUT, ".results, #changelist-form, .actions, .card") == [], path
        chromium.resize(DESK, 844)
        assert chromium.driver.execute_script(CUT, "#sections, #changelist-form, .results, .card") == [], path
        assert chromium.driver.execute_script(OVERFLOW) <= 0, path
        assert chromium.style("#header", "background-color") == "rgba(255, 255, 255, 1)", path
        # Chromium also remarks and recommends (about autofocus, autocomplete); that is no complaint.
        assert [line for line in chromium.console() if line["level"] in ("WARNING", "SEVERE")] == [], path


def test_support_ends_a_connection_on_a_phone_while_the_main_app_is_away(
    connector: Connector,
    sandbox: SandboxServer,
    chromium: Chromium,
    roles: None,
    connected: Callable[..., Made],
) -> None:
    row = connected().row
    make_member("Support", PASSWORD)
    sandbox.faults.add(outage=True, path="/gpt-auth/revoke")
    sign_in(chromium, connector, "Support", PHONE)
    driver = chromium.driver

    driver.find_element(By.LINK_TEXT, "Connections").click()
    driver.find_element(By.CSS_SELECTOR, "a.person").click()
    driver.find_element(By.PARTIAL_LINK_TEXT, "End this connection").click()
    driver.find_element(By.ID, "id_reason").send_keys("lost phone")
    driver.find_element(By.CSS_SELECTOR, "button.danger").click()
    waiting(driver, 20).until(expected_conditions.presence_of_element_located((By.CSS_SELECTOR, ".messagelist li")))

    assert "it waits among the revocations" in driver.find_element(By.CSS_SELECTOR, ".messagelist").text
    assert driver.find_element(By.CSS_SELECTOR, "h1 .badge").text == "ended"
    row.refresh_from_db()
    assert (row.status, row.end_reason, row.end_note) == (Connection.Status.ENDED, "staff", "lost phone")


def test_several_are_chosen_in_the_list_and_ended(
    connector: Connector, chromium: Chromium, roles: None, connected: Callable[..., Made]
) -> None:
    for key in ("emma", "mai"):
        connected(key)
    make_member("Support", PASSWORD)
    sign_in(chromium, connector, "Support", DESK)
    driver = chromium.driver

    driver.get(connector.url + CONNECTIONS)
    for box in driver.find_elements(By.CSS_SELECTOR, "tbody .action-select"):
        box.click()
    driver.find_element(By.CSS_SELECTOR, "select[name=action] option[value=end_chosen]").click()
    driver.find_element(By.CSS_SELECTOR, ".actions button").click()
    driver.find_element(By.ID, "id_reason").send_keys("incident 9")
    driver.find_element(By.CSS_SELECTOR, "button.danger").click()
    waiting(driver, 20).until(expected_conditions.presence_of_element_located((By.CSS_SELECTOR, ".messagelist li")))

    assert "2 connections ended" in driver.find_element(By.CSS_SELECTOR, ".messagelist").text
    assert not Connection.objects.active().exists()
