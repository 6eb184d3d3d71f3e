"""Connecting again: the newest consents of a person for a client live, older ones end (design.md "Token rules")."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pytest_django import Settings

from oauthbridge.models import Connection, PendingRevocation
from sandbox.server import SandboxServer
from tests.oauth.test_refresh import works
from tests.oauth.token_endpoint import refused
from tests.playing import ClientApp, Person

OpenBrowser = Callable[..., Person]


def test_the_older_connection_ends_here_and_in_the_main_app(client_app: ClientApp, person: OpenBrowser) -> None:
    emma = person()
    old = emma.connect(client_app)
    old_token = emma.main_app_tokens[0]

    new = emma.connect(client_app)

    assert not works(client_app, old["access_token"])
    assert refused(client_app.refresh(old["refresh_token"]), "invalid_grant")
    assert works(client_app, new["access_token"])
    assert len(emma.main_app_tokens) == 1
    assert old_token not in emma.main_app_tokens
    assert sorted(Connection.objects.values_list("status", "end_reason")) == [("active", ""), ("ended", "replaced")]


def test_the_older_one_ends_when_the_sign_in_does_not_when_the_code_is_used(
    client_app: ClientApp, person: OpenBrowser
) -> None:
    emma = person()
    unused = emma.sign_in_to(client_app)["code"]

    emma.sign_in_to(client_app)

    assert refused(client_app.exchange(unused), "invalid_grant")


def test_a_failed_sign_in_leaves_the_older_one_alone(
    client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer
) -> None:
    emma = person()
    old = emma.connect(client_app)
    callback = emma.agree(emma.begin(client_app))
    sandbox.faults.add(outage=True, path="/gpt-auth/exchange")

    emma.open(callback)

    assert works(client_app, old["access_token"])


def test_other_people_and_other_clients_are_left_alone(client_app: ClientApp, person: OpenBrowser) -> None:
    other = ClientApp.made_for_gpt(client_app.connector, "g-other", client_id="meo-gpt-test")
    emma, mai = person(), person("mai")
    tokens = [mai.connect(client_app), emma.connect(other)]

    emma.connect(client_app)

    assert all(works(client_app, each["access_token"]) for each in tokens)
    assert Connection.objects.active().count() == 3


def test_a_setting_allows_more_and_then_the_oldest_goes(
    client_app: ClientApp, person: OpenBrowser, settings: Settings
) -> None:
    settings.CONNECTIONS_PER_CLIENT = 2
    emma = person()

    first, second, third = (emma.connect(client_app) for _ in range(3))

    alive = [works(client_app, each["access_token"]) for each in (first, second, third)]
    assert alive == [False, True, True]
    assert len(emma.main_app_tokens) == 2


def test_while_the_main_app_cannot_revoke_the_new_one_works_all_the_same(
    client_app: ClientApp, person: OpenBrowser, sandbox: SandboxServer
) -> None:
    emma = person()
    emma.connect(client_app)
    sandbox.faults.add(outage=True, path="/gpt-auth/revoke")

    new = emma.connect(client_app)

    assert works(client_app, new["access_token"])
    assert PendingRevocation.objects.count() == 1


def test_one_person_signing_in_many_times_at_once_keeps_one(client_app: ClientApp, person: OpenBrowser) -> None:
    browsers = [person() for _ in range(6)]
    callbacks = [each.agree(each.begin(client_app)) for each in browsers]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda pair: pair[0].open(pair[1]), zip(browsers, callbacks, strict=True)))

    assert [each.status_code for each in answers] == [302] * 6
    assert Connection.objects.active().count() == 1
    assert [Connection.objects.active().get().open_token().reveal()] == browsers[0].main_app_tokens
