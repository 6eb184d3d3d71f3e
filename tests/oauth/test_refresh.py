"""POST /oauth/token with a refresh token (RFC 6749 §6, RFC 9700 §4.14; design.md "Token rules")."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.db import close_old_connections, transaction
from pytest_django import Settings

from oauthbridge import connections
from oauthbridge.models import AccessToken, Connection, RefreshToken
from tests.oauth.token_endpoint import refused
from tests.playing import NO_TLS, ClientApp, Person, pkce, queries

OpenBrowser = Callable[..., Person]
Travel = Callable[..., None]


@pytest.fixture
def refresh_token(client_app: ClientApp, person: OpenBrowser) -> str:
    return str(person().connect(client_app)["refresh_token"])


@pytest.fixture
def public(client_app: ClientApp) -> ClientApp:
    return ClientApp.made_public(client_app.connector)


def connect_public(app: ClientApp, person: Person) -> dict[str, Any]:
    verifier, challenge = pkce()
    return person.connect(app, code_challenge=challenge, code_challenge_method="S256", code_verifier=verifier)


def works(app: ClientApp, access_token: str) -> bool:
    """Whether the tools take this access token."""
    response = app.connector.get("/pets", headers={"Authorization": f"Bearer {access_token}"})
    assert response.status_code in (200, 401), response.text
    return response.status_code == 200


def at_once(calls: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


class TestConfidential:
    def test_a_new_access_token_and_the_same_refresh_token(self, client_app: ClientApp, refresh_token: str) -> None:
        response = client_app.refresh(refresh_token)

        told = response.json()
        assert response.status_code == 200
        assert told["refresh_token"] == refresh_token
        assert (told["expires_in"], told["token_type"].lower(), told["scope"]) == (3600, "bearer", "pets")
        assert response.headers["Cache-Control"] == "no-store"

    def test_the_older_access_token_lives_on(self, client_app: ClientApp, person: OpenBrowser) -> None:
        first = person().connect(client_app)

        second = client_app.refresh(first["refresh_token"]).json()

        assert first["access_token"] != second["access_token"]
        assert works(client_app, first["access_token"])
        assert works(client_app, second["access_token"])

    def test_eight_at_once_all_get_tokens_that_work(self, client_app: ClientApp, refresh_token: str) -> None:
        url, form = client_app.connector.url, {"grant_type": "refresh_token", "refresh_token": refresh_token}

        answers = at_once(
            [lambda: httpx.post(f"{url}/oauth/token", data=form | client_app.credentials, verify=NO_TLS)] * 8
        )

        assert [each.status_code for each in answers] == [200] * 8
        tokens = {each.json()["access_token"] for each in answers}
        assert len(tokens) == 8
        assert all(works(client_app, token) for token in tokens)
        assert {each.json()["refresh_token"] for each in answers} == {refresh_token}

    def test_each_use_gives_ninety_more_days(self, client_app: ClientApp, refresh_token: str, travel: Travel) -> None:
        for _ in range(3):
            travel(days=89)
            assert client_app.refresh(refresh_token).status_code == 200

    def test_ninety_days_unused_end_the_connection(
        self, client_app: ClientApp, person: OpenBrowser, travel: Travel
    ) -> None:
        emma = person()
        refresh_token = emma.connect(client_app)["refresh_token"]
        travel(days=90, seconds=1)

        assert refused(client_app.refresh(refresh_token), "invalid_grant")

        assert Connection.objects.get().end_reason == "idle"
        assert emma.main_app_tokens == []

    def test_a_year_ends_the_connection_however_much_it_is_used(
        self, client_app: ClientApp, person: OpenBrowser, travel: Travel
    ) -> None:
        emma = person()
        refresh_token = emma.connect(client_app)["refresh_token"]
        for _ in range(4):
            travel(days=80)
            assert client_app.refresh(refresh_token).status_code == 200
        travel(days=45, seconds=1)

        assert refused(client_app.refresh(refresh_token), "invalid_grant")

        assert Connection.objects.get().end_reason == "expired"
        assert emma.main_app_tokens == []

    def test_an_access_token_lives_for_an_hour(
        self, client_app: ClientApp, person: OpenBrowser, travel: Travel
    ) -> None:
        access_token = person().connect(client_app)["access_token"]
        travel(minutes=59)
        assert works(client_app, access_token)
        travel(minutes=1, seconds=1)

        assert not works(client_app, access_token)


class TestScope:
    @pytest.mark.parametrize("scope", [None, "", "pets"])
    def test_the_same_or_none_asked_for_is_the_same(
        self, client_app: ClientApp, refresh_token: str, scope: str | None
    ) -> None:
        assert client_app.refresh(refresh_token, scope=scope).json()["scope"] == "pets"

    @pytest.mark.parametrize("scope", ["pets more", "more", "PETS", "openid", "é"])
    def test_more_is_refused(self, client_app: ClientApp, refresh_token: str, scope: str) -> None:
        assert refused(client_app.refresh(refresh_token, scope=scope), "invalid_scope")

        assert AccessToken.objects.count() == 1


class TestPublicClients:
    def test_each_refresh_token_serves_once(self, public: ClientApp, person: OpenBrowser) -> None:
        first = connect_public(public, person())

        second = public.refresh(first["refresh_token"]).json()

        assert second["refresh_token"] != first["refresh_token"]
        assert public.refresh(second["refresh_token"]).status_code == 200

    def test_a_spent_one_ends_the_connection(self, public: ClientApp, person: OpenBrowser, travel: Travel) -> None:
        emma = person()
        first = connect_public(public, emma)
        second = public.refresh(first["refresh_token"]).json()
        travel(seconds=61)

        assert refused(public.refresh(first["refresh_token"]), "invalid_grant")

        assert ended_by_reuse(public, emma, second)

    def test_one_whose_successor_is_in_use_ends_the_connection_at_once(
        self, public: ClientApp, person: OpenBrowser
    ) -> None:
        emma = person()
        first = connect_public(public, emma)
        second = public.refresh(first["refresh_token"]).json()
        third = public.refresh(second["refresh_token"]).json()

        assert refused(public.refresh(first["refresh_token"]), "invalid_grant")

        assert ended_by_reuse(public, emma, third)

    def test_without_time_to_retry_the_second_use_is_the_end(
        self, public: ClientApp, person: OpenBrowser, settings: Settings
    ) -> None:
        settings.REFRESH_RETRY_SECONDS = 0
        emma = person()
        first = connect_public(public, emma)
        second = public.refresh(first["refresh_token"]).json()

        assert refused(public.refresh(first["refresh_token"]), "invalid_grant")

        assert ended_by_reuse(public, emma, second)


class TestRetries:
    """A retry of the very last refresh is answered for a minute (docs/security.md); who uses which answer decides the rest."""

    def test_a_lost_answer_is_given_anew(self, public: ClientApp, person: OpenBrowser, travel: Travel) -> None:
        first = connect_public(public, person())
        lost = public.refresh(first["refresh_token"]).json()
        travel(seconds=59)

        again = public.refresh(first["refresh_token"])

        assert again.status_code == 200
        assert again.json()["refresh_token"] not in (first["refresh_token"], lost["refresh_token"])
        assert works(public, again.json()["access_token"])
        travel(hours=2)
        third = public.refresh(again.json()["refresh_token"])
        assert third.status_code == 200
        assert public.refresh(third.json()["refresh_token"]).status_code == 200

    def test_retrying_gives_no_more_time(self, public: ClientApp, person: OpenBrowser, travel: Travel) -> None:
        emma = person()
        first = connect_public(public, emma)
        public.refresh(first["refresh_token"])
        travel(seconds=40)
        last = public.refresh(first["refresh_token"]).json()
        travel(seconds=40)

        assert refused(public.refresh(first["refresh_token"]), "invalid_grant")

        assert ended_by_reuse(public, emma, last)

    def test_two_processes_that_asked_within_the_time_both_go_on(
        self, public: ClientApp, person: OpenBrowser, travel: Travel
    ) -> None:
        first = connect_public(public, person())
        mine = public.refresh(first["refresh_token"]).json()
        travel(seconds=30)
        siblings = public.refresh(first["refresh_token"]).json()

        for _ in range(3):
            travel(hours=1)
            mine = public.refresh(mine["refresh_token"]).json()
            siblings = public.refresh(siblings["refresh_token"]).json()

        assert works(public, mine["access_token"])
        assert works(public, siblings["access_token"])

    @pytest.mark.parametrize("whose", ["mine", "siblings"])
    def test_each_of_them_is_watched_by_itself(
        self, public: ClientApp, person: OpenBrowser, travel: Travel, whose: str
    ) -> None:
        """RFC 9700 §4.14.2: a token that was spent long ago ends both, whichever line it is of."""
        emma = person()
        first = connect_public(public, emma)
        lines = {name: [public.refresh(first["refresh_token"]).json()] for name in ("mine", "siblings")}
        for line in lines.values():
            line.append(public.refresh(line[0]["refresh_token"]).json())
        travel(seconds=61)

        assert refused(public.refresh(lines[whose][0]["refresh_token"]), "invalid_grant")

        assert all(ended_by_reuse(public, emma, line[-1]) for line in lines.values())

    def test_a_lost_answer_of_one_is_given_anew_though_the_other_goes_on(
        self, public: ClientApp, person: OpenBrowser
    ) -> None:
        first = connect_public(public, person())
        mine, siblings = (public.refresh(first["refresh_token"]).json() for _ in range(2))

        public.refresh(mine["refresh_token"])
        assert public.refresh(siblings["refresh_token"]).status_code == 200

        assert public.refresh(mine["refresh_token"]).status_code == 200

    def test_four_at_once_are_all_answered_and_all_go_on(self, public: ClientApp, person: OpenBrowser) -> None:
        first = connect_public(public, person())
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": public.client_id}

        answers = at_once([lambda: httpx.post(f"{public.connector.url}/oauth/token", data=form, verify=NO_TLS)] * 4)

        assert [each.status_code for each in answers] == [200] * 4
        assert [public.refresh(each.json()["refresh_token"]).status_code for each in answers] == [200] * 4


class TestHowOften:
    def test_thirty_a_minute_and_the_next_one_waits(
        self, client_app: ClientApp, refresh_token: str, settings: Settings
    ) -> None:
        settings.REFRESH_LIMIT_PER_MINUTE = 3

        answers = [client_app.refresh(refresh_token) for _ in range(4)]

        assert [each.status_code for each in answers] == [200] * 3 + [429]
        assert answers[-1].json()["error"] == "temporarily_unavailable"
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert Connection.objects.get().is_active

    def test_one_that_waits_has_spent_nothing(self, public: ClientApp, person: OpenBrowser, settings: Settings) -> None:
        token = connect_public(public, person())["refresh_token"]
        settings.REFRESH_LIMIT_PER_MINUTE = 1
        token = public.refresh(token).json()["refresh_token"]
        assert public.refresh(token).status_code == 429

        settings.REFRESH_LIMIT_PER_MINUTE = 100
        assert public.refresh(token).status_code == 200

    def test_another_connection_has_its_own_measure(
        self, client_app: ClientApp, person: OpenBrowser, settings: Settings
    ) -> None:
        settings.REFRESH_LIMIT_PER_MINUTE = 1
        tokens = [person(key).connect(client_app)["refresh_token"] for key in ("emma", "mai")]

        assert [client_app.refresh(token).status_code for token in tokens] == [200, 200]


def ended_by_reuse(app: ClientApp, person: Person, last: dict[str, Any]) -> bool:
    """Whether the connection is over for whoever holds its latest tokens, here and in the main app."""
    assert Connection.objects.get().end_reason == "token_reused"
    assert refused(app.refresh(last["refresh_token"]), "invalid_grant")
    assert not works(app, last["access_token"])
    assert not RefreshToken.objects.exists()
    return person.main_app_tokens == []


class TestAfterTheEnd:
    def test_the_answer_is_invalid_grant(self, client_app: ClientApp, refresh_token: str) -> None:
        connections.end(Connection.objects.get().pk, Connection.EndReason.STAFF)

        assert refused(client_app.refresh(refresh_token), "invalid_grant")

    def test_a_refresh_that_races_an_ending_never_survives_it(self, client_app: ClientApp, person: OpenBrowser) -> None:
        for _ in range(5):
            refresh_token = person().connect(client_app)["refresh_token"]
            active = Connection.objects.active().get()
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token} | client_app.credentials

            def refresh(form: dict[str, str] = form) -> int:
                return httpx.post(f"{client_app.connector.url}/oauth/token", data=form, verify=NO_TLS).status_code

            def end(pk: Any = active.pk) -> int:
                try:
                    return int(connections.end(pk, Connection.EndReason.OPS))
                finally:
                    close_old_connections()

            with ThreadPoolExecutor(7) as pool:
                before = [pool.submit(refresh) for _ in range(3)]
                ending = pool.submit(end)
                after = [pool.submit(refresh) for _ in range(3)]
                answers = {each.result() for each in (*before, *after)}

            assert ending.result() == 1
            assert answers <= {200, 400}
            assert not AccessToken.objects.exists()
            assert not RefreshToken.objects.exists()

    def test_a_refresh_that_meets_an_ending_halfway_waits_and_loses(
        self, client_app: ClientApp, refresh_token: str
    ) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token} | client_app.credentials
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                connections.end(Connection.objects.get().pk, Connection.EndReason.OPS)
                refresh = pool.submit(
                    lambda: httpx.post(f"{client_app.connector.url}/oauth/token", data=form, timeout=30, verify=NO_TLS)
                )
                with pytest.raises(TimeoutError):
                    refresh.result(timeout=0.7)

            assert refused(refresh.result(), "invalid_grant")

        assert not AccessToken.objects.exists()

    def test_a_refresh_and_a_new_sign_in_never_wait_for_each_other(
        self, client_app: ClientApp, person: OpenBrowser
    ) -> None:
        emma = person()
        form = {"grant_type": "refresh_token"} | client_app.credentials
        for _ in range(6):
            told = emma.connect(client_app)
            callback = emma.agree(emma.begin(client_app))
            sent = form | {"refresh_token": told["refresh_token"]}

            def refresh(sent: dict[str, str] = sent) -> int:
                return httpx.post(f"{client_app.connector.url}/oauth/token", data=sent, verify=NO_TLS).status_code

            with ThreadPoolExecutor(6) as pool:
                refreshes = [pool.submit(refresh) for _ in range(5)]
                code = queries(emma.open(callback).headers["Location"])["code"]
                assert client_app.exchange(code).status_code == 200

            assert {each.result() for each in refreshes} <= {200, 400}
            assert Connection.objects.active().count() == 1


class TestBadTokens:
    @pytest.mark.parametrize("token", ["", "unknown", "é", "x" * 5000, "meo_rt_" + "A" * 43])
    def test_an_unknown_one_is_refused(self, client_app: ClientApp, token: str) -> None:
        response = client_app.refresh(token)

        assert response.json()["error"] in ("invalid_grant", "invalid_request")
        assert response.status_code == 400

    def test_an_access_token_is_none(self, client_app: ClientApp, person: OpenBrowser) -> None:
        assert refused(client_app.refresh(person().connect(client_app)["access_token"]), "invalid_grant")

    def test_its_checksum_is_none(self, client_app: ClientApp, refresh_token: str) -> None:
        stored = RefreshToken.objects.get().token_checksum

        assert refused(client_app.refresh(stored), "invalid_grant")

    def test_another_clients_is_refused_and_unharmed(self, client_app: ClientApp, refresh_token: str) -> None:
        other = ClientApp.made_for_gpt(client_app.connector, "g-other", client_id="meo-gpt-test")

        assert refused(other.refresh(refresh_token), "invalid_grant")

        assert client_app.refresh(refresh_token).status_code == 200

    def test_none_at_all_is_an_invalid_request(self, client_app: ClientApp) -> None:
        assert refused(client_app.refresh("", refresh_token=None), "invalid_request")

    @pytest.mark.parametrize("secret", [None, "", "wrong"])
    def test_the_client_must_prove_itself(self, client_app: ClientApp, refresh_token: str, secret: str | None) -> None:
        assert refused(client_app.refresh(refresh_token, client_secret=secret), "invalid_client", 401)
