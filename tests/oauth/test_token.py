"""POST /oauth/token with an authorization code (RFC 6749 §4.1.3, §5; RFC 7636 §4.5)."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_django import Settings

from oauthbridge.models import AccessToken, Application, Connection, Grant, RefreshToken, User
from sandbox.server import SandboxServer
from tests.oauth.storage import without_table
from tests.oauth.token_endpoint import FORM, form, kept_nowhere, no_tokens, refused
from tests.playing import ClientApp, Person, pkce

OpenBrowser = Callable[..., Person]
Travel = Callable[..., None]


class TestTheAnswer:
    def test_it_has_what_chatgpt_needs(self, client_app: ClientApp, code: str) -> None:
        response = client_app.exchange(code)

        assert response.status_code == 200
        told = response.json()
        assert set(told) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
        assert (told["token_type"].lower(), told["expires_in"], told["scope"]) == ("bearer", 3600, "pets")
        assert kept_nowhere(response)

    def test_tokens_are_opaque_and_long(self, client_app: ClientApp, code: str) -> None:
        told = client_app.exchange(code).json()

        for token in (told["access_token"], told["refresh_token"]):
            assert len(token) >= 43
            assert "." not in token

    def test_the_access_token_never_outlives_the_connection(
        self, client_app: ClientApp, person: OpenBrowser, settings: Settings
    ) -> None:
        settings.CONNECTION_MAX_DAYS = 0

        person().connect(client_app)

        assert AccessToken.objects.get().expires == Connection.objects.get().expires_at


class TestTheCode:
    def test_a_replay_is_refused_and_ends_what_the_code_had_made(
        self, client_app: ClientApp, person: OpenBrowser, code: str, sandbox: SandboxServer
    ) -> None:
        made = client_app.exchange(code).json()

        assert refused(client_app.exchange(code), "invalid_grant")

        connection = Connection.objects.get()
        assert (connection.status, connection.end_reason) == ("ended", "code_replayed")
        assert no_tokens()
        assert person().main_app_tokens == []
        assert refused(client_app.refresh(made["refresh_token"]), "invalid_grant")

    def test_it_is_refused_where_its_person_is_forgotten_at_this_moment(
        self, client_app: ClientApp, code: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def forget(user_id: int) -> None:
            Connection.objects.filter(user=user_id).delete()
            User.objects.filter(pk=user_id).delete()

        monkeypatch.setattr("oauthbridge.connections._PERSON_BY_ID", SimpleNamespace(first=forget))

        assert refused(client_app.exchange(code), "invalid_grant")
        assert no_tokens()

    def test_a_replay_by_somebody_who_is_not_the_client_ends_nothing(self, client_app: ClientApp, code: str) -> None:
        made = client_app.exchange(code).json()

        assert refused(client_app.exchange(code, client_secret="wrong"), "invalid_client", 401)
        assert refused(client_app.exchange(code, client_secret=None), "invalid_client", 401)

        assert client_app.refresh(made["refresh_token"]).status_code == 200

    def test_a_replay_after_the_codes_minute_is_known_too(
        self, client_app: ClientApp, code: str, travel: Travel
    ) -> None:
        client_app.exchange(code)
        travel(seconds=61)

        assert refused(client_app.exchange(code), "invalid_grant")

        assert Connection.objects.get().status == "ended"

    def test_a_replay_with_other_faults_is_known_too(self, client_app: ClientApp, code: str) -> None:
        client_app.exchange(code)

        assert refused(client_app.exchange(code, redirect_uri="https://evil.example"), "invalid_grant")

        assert Connection.objects.get().status == "ended"

    def test_a_code_of_another_client_is_refused_and_harmed_in_no_way(
        self, client_app: ClientApp, person: OpenBrowser
    ) -> None:
        other = ClientApp.made_for_gpt(client_app.connector, "g-other", client_id="meo-gpt-test")
        code = person().sign_in_to(other)["code"]

        assert refused(client_app.exchange(code), "invalid_grant")
        assert refused(client_app.exchange(code, redirect_uri=other.redirect_uri), "invalid_grant")

        assert other.exchange(code).status_code == 200
        assert refused(client_app.exchange(code), "invalid_grant")
        assert Connection.objects.get().status == "active"

    def test_it_lives_for_a_minute(self, client_app: ClientApp, code: str, travel: Travel) -> None:
        travel(seconds=61)

        assert refused(client_app.exchange(code), "invalid_grant")

        assert no_tokens()

    @pytest.mark.parametrize("code", ["", "unknown", "\x00", "é", "x" * 5000, " "], ids=repr)
    def test_an_unknown_one_is_refused(self, client_app: ClientApp, code: str) -> None:
        response = client_app.exchange(code)

        assert response.json()["error"] in ("invalid_grant", "invalid_request")
        assert response.status_code == 400

    def test_its_digest_is_not_the_code(self, client_app: ClientApp, code: str) -> None:
        stored = str(Grant.objects.values_list("code", flat=True).get())

        assert stored != code
        assert refused(client_app.exchange(stored), "invalid_grant")

    @pytest.mark.parametrize(
        "uri",
        [
            "https://chat.openai.com/aip/g-meo123/oauth/callback",
            "https://chatgpt.com/aip/g-meo123/oauth/callback/",
            "HTTPS://chatgpt.com/aip/g-meo123/oauth/callback",
            "https://evil.example",
            "",
        ],
    )
    def test_another_redirect_uri_is_refused(self, client_app: ClientApp, code: str, uri: str) -> None:
        assert refused(client_app.exchange(code, redirect_uri=uri), "invalid_grant")

        assert no_tokens()
        assert client_app.exchange(code).status_code == 200

    def test_the_redirect_uri_must_come_again_if_it_came_before(
        self, client_app: ClientApp, person: OpenBrowser, code: str
    ) -> None:
        assert refused(client_app.exchange(code, redirect_uri=None), "invalid_request")

        Application.objects.update(redirect_uris=client_app.redirect_uri)  # now there is one to fall back on
        assert refused(client_app.exchange(code, redirect_uri=None), "invalid_request")

    def test_without_one_before_it_may_stay_away(self, client_app: ClientApp, person: OpenBrowser) -> None:
        Application.objects.update(redirect_uris=client_app.redirect_uri)
        code = person().sign_in_to(client_app, redirect_uri=None)["code"]

        assert client_app.exchange(code, redirect_uri=None).status_code == 200


class TestPkce:
    @pytest.fixture
    def pair(self) -> tuple[str, str]:
        return pkce()

    @pytest.fixture
    def code(self, client_app: ClientApp, person: OpenBrowser, pair: tuple[str, str]) -> str:
        return person().sign_in_to(client_app, code_challenge=pair[1], code_challenge_method="S256")["code"]

    def test_the_right_verifier_opens(self, client_app: ClientApp, code: str, pair: tuple[str, str]) -> None:
        assert client_app.exchange(code, code_verifier=pair[0]).status_code == 200

    @pytest.mark.parametrize("wrong", ["", "x", "A" * 43, "é" * 43, "\x7f" * 43, "A" * 5000])
    def test_a_wrong_one_does_not(self, client_app: ClientApp, code: str, wrong: str, pair: tuple[str, str]) -> None:
        assert refused(client_app.exchange(code, code_verifier=wrong), "invalid_grant")

        assert no_tokens()

    def test_the_challenge_itself_is_no_verifier(self, client_app: ClientApp, code: str, pair: tuple[str, str]) -> None:
        assert refused(client_app.exchange(code, code_verifier=pair[1]), "invalid_grant")

    def test_none_at_all_does_not(self, client_app: ClientApp, code: str) -> None:
        response = client_app.exchange(code)

        assert (response.status_code, no_tokens()) == (400, True)
        assert response.json()["error"] in ("invalid_request", "invalid_grant")

    def test_a_verifier_where_no_challenge_was_is_a_downgrade(self, client_app: ClientApp, person: OpenBrowser) -> None:
        code = person().sign_in_to(client_app)["code"]

        assert refused(client_app.exchange(code, code_verifier=pkce()[0]), "invalid_grant")

    def test_a_public_client_needs_nothing_else(self, client_app: ClientApp, person: OpenBrowser) -> None:
        app = ClientApp.made_public(client_app.connector)
        verifier, challenge = pkce()

        told = person().connect(app, code_challenge=challenge, code_challenge_method="S256", code_verifier=verifier)

        assert told["refresh_token"]

    @pytest.mark.parametrize("secret", ["", "x"])
    def test_a_public_client_has_no_secret_to_show(
        self, client_app: ClientApp, person: OpenBrowser, secret: str
    ) -> None:
        app = ClientApp.made_public(client_app.connector)
        verifier, challenge = pkce()
        code = person().sign_in_to(app, code_challenge=challenge, code_challenge_method="S256")["code"]

        response = app.exchange(code, code_verifier=verifier, client_secret=secret or None)

        assert response.status_code == (401 if secret else 200)


class TestTheRequest:
    @pytest.mark.once
    @pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "foo"])
    def test_a_parameter_twice_is_refused(self, client_app: ClientApp, code: str, name: str) -> None:
        body = form(client_app, code, foo="1")
        content = urlencode([*body.items(), (name, body[name])])

        response = client_app.connector.post("/oauth/token", content=content, headers={"Content-Type": FORM})

        assert refused(response, "invalid_request")
        assert no_tokens()

    def test_parameters_in_the_address_are_refused(self, client_app: ClientApp, code: str) -> None:
        body = form(client_app, code)

        for query, rest in (("", body), ("code", body), ("client_secret", body)):
            moved = {query: rest[query]} if query else {"foo": "1"}
            response = client_app.connector.post("/oauth/token", params=moved, data=rest)
            assert refused(response, "invalid_request")
        assert refused(client_app.connector.post("/oauth/token", params=body), "invalid_request")
        assert no_tokens()

    @pytest.mark.once
    @pytest.mark.parametrize(
        "content_type",
        ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xml", "", "nonsense", "*/*"],
    )
    def test_only_forms_are_read(self, client_app: ClientApp, code: str, content_type: str) -> None:
        body = form(client_app, code)
        content = json.dumps(body) if "json" in content_type else urlencode(body)

        response = client_app.connector.post("/oauth/token", content=content, headers={"Content-Type": content_type})

        assert refused(response, "invalid_request")
        assert no_tokens()

    def test_multipart_is_no_form_here(self, client_app: ClientApp, code: str) -> None:
        files: Any = {name: (None, value) for name, value in form(client_app, code).items()}

        assert refused(client_app.connector.post("/oauth/token", files=files), "invalid_request")

    @pytest.mark.once
    @pytest.mark.parametrize(
        "content_type", [FORM + "; charset=utf-8", FORM.upper(), FORM + ";charset=UTF-8", FORM + "; x=y"]
    )
    def test_a_form_may_name_its_charset(self, client_app: ClientApp, code: str, content_type: str) -> None:
        response = client_app.connector.post(
            "/oauth/token", content=urlencode(form(client_app, code)), headers={"Content-Type": content_type}
        )

        assert response.status_code == 200

    @pytest.mark.once
    @pytest.mark.parametrize("charset", ["nonsense", "utf-16", "rot13", "idna", "\x7f"])
    def test_an_odd_charset_breaks_nothing(self, client_app: ClientApp, code: str, charset: str) -> None:
        response = client_app.connector.post(
            "/oauth/token",
            content=urlencode(form(client_app, code)),
            headers={"Content-Type": f"{FORM}; charset={charset}"},
        )

        assert response.status_code in (200, 400, 401)
        assert kept_nowhere(response)

    @pytest.mark.once
    @pytest.mark.parametrize(
        ("grant_type", "error"),
        [
            (None, {"invalid_request", "unsupported_grant_type"}),
            ("", {"invalid_request", "unsupported_grant_type"}),
            ("password", {"unsupported_grant_type", "unauthorized_client"}),
            ("client_credentials", {"unsupported_grant_type", "unauthorized_client"}),
            ("implicit", {"unsupported_grant_type"}),
            ("urn:ietf:params:oauth:grant-type:device_code", {"unsupported_grant_type"}),
            ("urn:ietf:params:oauth:grant-type:jwt-bearer", {"unsupported_grant_type"}),
            ("urn:ietf:params:oauth:grant-type:token-exchange", {"unsupported_grant_type"}),
            ("openid", {"unsupported_grant_type"}),
            ("Authorization_Code", {"unsupported_grant_type"}),
            ("é", {"unsupported_grant_type"}),
            ("x" * 5000, {"unsupported_grant_type"}),
        ],
    )
    def test_other_grants_are_not_offered(
        self, client_app: ClientApp, code: str, grant_type: str | None, error: set[str]
    ) -> None:
        response = client_app.exchange(
            code, grant_type=grant_type, username="a", password="b", device_code="x", scope="pets"
        )

        assert response.status_code == 400
        assert response.json()["error"] in error
        assert refused(response, response.json()["error"])
        assert no_tokens()

    def test_a_missing_code_is_an_invalid_request(self, client_app: ClientApp) -> None:
        assert refused(client_app.exchange("", code=None), "invalid_request")

    @pytest.mark.parametrize("body", [b"", b"&&&", b"%", b"%zz=%zz", b"\xff\xfe\x00", b"a" * 100_000, b"=" * 1000])
    def test_junk_is_an_error_and_no_more(self, client_app: ClientApp, body: bytes) -> None:
        for path in ("/oauth/token", "/oauth/revoke"):
            response = client_app.connector.post(path, content=body, headers={"Content-Type": FORM})

            assert response.status_code in (400, 401), response.text[:200]
            assert kept_nowhere(response)
            assert "error" in response.json()

    def test_a_body_without_end_is_refused(self, client_app: ClientApp) -> None:
        content = b"code=" + b"x" * 1_500_000

        response = client_app.connector.post("/oauth/token", content=content, headers={"Content-Type": FORM})

        assert refused(response, "invalid_request")

    def test_a_thousand_parameters_are_refused(self, client_app: ClientApp) -> None:
        response = client_app.connector.post("/oauth/token", data={f"p{n}": "1" for n in range(1000)})

        assert refused(response, "invalid_request")

    @pytest.mark.once
    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
    def test_only_post(self, client_app: ClientApp, code: str, method: str) -> None:
        for path in ("/oauth/token", "/oauth/revoke"):
            response = client_app.connector.http.request(method, path, params=form(client_app, code))

            assert response.status_code == 405
            assert response.headers["Cache-Control"] == "no-store"
        assert no_tokens()

    @pytest.mark.parametrize("resource", ["https://a.example", "not a uri", "urn:x", "https://a.example/#f", "é"])
    def test_a_client_of_the_actions_door_may_name_no_resource(
        self, client_app: ClientApp, code: str, resource: str
    ) -> None:
        assert refused(client_app.exchange(code, resource=resource), "invalid_target")
        assert no_tokens()

        # Nothing was spent.
        assert client_app.exchange(code, resource="").status_code == 200
        assert (AccessToken.objects.get().resource, RefreshToken.objects.get().resource) == ([], [])

    def test_a_nul_anywhere_is_refused(self, client_app: ClientApp, code: str) -> None:
        for name in ("code", "client_id", "client_secret", "redirect_uri", "grant_type", "foo"):
            assert refused(client_app.exchange(code, **{name: "a\x00b"}), "invalid_request")


def test_the_database_away_is_temporary_and_loses_nothing(client_app: ClientApp, code: str) -> None:
    with without_table(RefreshToken):
        response = client_app.exchange(code)

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert kept_nowhere(response)
    assert not AccessToken.objects.exists()
    assert client_app.exchange(code).status_code == 200
