"""Connecting again: the newest consents of a person for a client live, older ones end (design.md "Token rules")."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import httpx
from django.core.management import call_command
from pytest_django import Settings

from oauthbridge.models import Connection, PendingRevocation
from sandbox.server import SandboxServer
from tests.oauth.doors import confidential_client, opened_by, public_client
from tests.oauth.test_refresh import works
from tests.oauth.token_endpoint import refused
from tests.playing import NO_TLS, ClientApp, Connector, Person, queries

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


def test_the_older_one_ends_when_the_new_code_is_redeemed_and_not_before(
    client_app: ClientApp, person: OpenBrowser
) -> None:
    emma = person()
    old = emma.connect(client_app)

    code = emma.sign_in_to(client_app)["code"]

    assert works(client_app, old["access_token"])
    assert len(emma.main_app_tokens) == 2
    assert client_app.exchange(code).status_code == 200
    assert not works(client_app, old["access_token"])
    assert len(emma.main_app_tokens) == 1


def test_a_code_that_nobody_fetches_ends_nothing_but_its_own_connection(
    client_app: ClientApp, person: OpenBrowser, travel: Callable[..., None]
) -> None:
    emma = person()
    old = emma.connect(client_app)
    code = emma.sign_in_to(client_app)["code"]
    call_command("maintenance", "--once", stdout=StringIO())
    assert Connection.objects.active().count() == 2, "its code may still be redeemed"

    travel(seconds=66)
    call_command("maintenance", "--once", stdout=StringIO())

    assert works(client_app, old["access_token"])
    assert len(emma.main_app_tokens) == 1
    ended = Connection.objects.exclude(status="active").get()
    assert ended.end_reason == "not_redeemed"
    assert refused(client_app.exchange(code), "invalid_grant")


def test_ten_machines_of_one_person_share_a_public_client(connector: Connector, person: OpenBrowser) -> None:
    app, emma = public_client(connector), person()

    tokens = [emma.connect_with_pkce(app) for _ in range(11)]

    alive = [opened_by(connector, each["access_token"]) == {"mcp"} for each in tokens]
    assert alive == [False] + [True] * 10


def test_a_client_with_a_secret_is_one_service(connector: Connector, person: OpenBrowser) -> None:
    app, emma = confidential_client(connector), person()

    first, second = emma.connect_with_pkce(app), emma.connect_with_pkce(app)

    assert opened_by(connector, first["access_token"]) == set()
    assert opened_by(connector, second["access_token"]) == {"mcp"}


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


def test_one_person_redeeming_many_codes_at_once_keeps_one(client_app: ClientApp, person: OpenBrowser) -> None:
    browsers = [person() for _ in range(6)]
    callbacks = [each.agree(each.begin(client_app)) for each in browsers]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda pair: pair[0].open(pair[1]), zip(browsers, callbacks, strict=True)))
    codes = [queries(each.headers["Location"])["code"] for each in answers]
    form = {"grant_type": "authorization_code", "redirect_uri": client_app.redirect_uri, **client_app.credentials}

    with ThreadPoolExecutor(6) as pool:
        statuses = list(
            pool.map(
                lambda code: (
                    httpx.post(
                        f"{client_app.connector.url}/oauth/token", data=form | {"code": code}, verify=NO_TLS
                    ).status_code
                ),
                codes,
            )
        )

    assert statuses == [200] * 6
    assert Connection.objects.active().count() == 1
    assert [Connection.objects.active().get().open_token().reveal()] == browsers[0].main_app_tokens
