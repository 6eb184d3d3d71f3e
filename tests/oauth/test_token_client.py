"""POST /oauth/token: who the client is (RFC 6749 §2.3, §5.2)."""

import base64
from collections.abc import Callable

import pytest
from pytest_django import Settings

from oauthbridge.models import Application
from tests.oauth.token_endpoint import form, kept_nowhere, no_tokens, refused, with_basic
from tests.playing import ClientApp, Person, basic, pkce

OpenBrowser = Callable[..., Person]


class TestWhoTheClientIs:
    def test_by_http_basic(self, client_app: ClientApp, code: str) -> None:
        assert with_basic(client_app, code, basic(client_app.client_id, client_app.secret or "")).status_code == 200

    def test_by_http_basic_with_the_client_id_in_the_body_too(self, client_app: ClientApp, code: str) -> None:
        header = basic(client_app.client_id, client_app.secret or "")

        assert with_basic(client_app, code, header, client_id=client_app.client_id).status_code == 200

    @pytest.mark.parametrize("scheme", ["basic", "BASIC"])
    def test_the_scheme_is_case_insensitive(self, client_app: ClientApp, code: str, scheme: str) -> None:
        header = basic(client_app.client_id, client_app.secret or "").replace("Basic", scheme)

        assert with_basic(client_app, code, header).status_code == 200

    def test_not_by_both_at_once(self, client_app: ClientApp, code: str) -> None:
        header = basic(client_app.client_id, client_app.secret or "")

        response = with_basic(client_app, code, header, **client_app.credentials)

        assert refused(response, "invalid_request")
        assert no_tokens()

    def test_a_wrong_basic_is_not_saved_by_a_right_body(self, client_app: ClientApp, code: str) -> None:
        response = with_basic(client_app, code, basic(client_app.client_id, "wrong"), **client_app.credentials)

        assert response.status_code in (400, 401)
        assert no_tokens()

    def test_another_client_id_in_the_body_is_refused(self, client_app: ClientApp, code: str) -> None:
        header = basic(client_app.client_id, client_app.secret or "")

        assert refused(with_basic(client_app, code, header, client_id="another"), "invalid_client", 401)

    @pytest.mark.parametrize(
        "header",
        [
            "Basic",
            "Basic not base64!",
            "Basic " + base64.b64encode(b"no colon").decode(),
            "Basic " + base64.b64encode(b":").decode(),
            "Basic " + base64.b64encode(b"meo-gpt:").decode(),
            "Basic " + base64.b64encode(b":secret").decode(),
            "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
            "Basic " + base64.b64encode("mèo:mèo".encode()).decode(),
            "Basic " + base64.b64encode(b"meo-gpt%00:x").decode(),
            "Basic " + base64.b64encode(b"\x00:\x00").decode(),
            "Basic " + base64.b64encode(b"%zz:%zz").decode(),
            "Basic " + base64.b64encode(b"x" * 3000 + b":y").decode(),
            "Basic =",
            "Basic ====",
            "Basic " + "A" * 5000,
            "Basic a b c",
            "Bearer meo_at_x",
            "Digest username=x",
            "nonsense",
            ",",
            b"Basic \xc3\xa9\xc3\xa9",
            b"\xff\xff \xff",
        ],
    )
    def test_an_odd_header_is_401_and_names_the_scheme(
        self, client_app: ClientApp, code: str, header: str | bytes
    ) -> None:
        for changes in ({}, {"client_id": client_app.client_id}):
            body = form(client_app, code, **({"client_id": None, "client_secret": None} | changes))

            response = client_app.connector.post("/oauth/token", data=body, headers={b"Authorization": header})

            assert refused(response, "invalid_client", 401)
        assert no_tokens()

    @pytest.mark.parametrize("header", ["Bearer x", "Basic x", "nonsense"])
    def test_a_public_client_with_an_odd_header_is_refused(
        self, client_app: ClientApp, person: OpenBrowser, header: str
    ) -> None:
        app = ClientApp.made_public(client_app.connector)
        verifier, challenge = pkce()
        code = person().sign_in_to(app, code_challenge=challenge, code_challenge_method="S256")["code"]

        response = app.connector.post(
            "/oauth/token", data=form(app, code, code_verifier=verifier), headers={"Authorization": header}
        )

        assert refused(response, "invalid_client", 401)

    def test_an_empty_authorization_header_proves_nothing(self, client_app: ClientApp, code: str) -> None:
        assert refused(with_basic(client_app, code, "", client_id=client_app.client_id), "invalid_client", 401)

    @pytest.mark.parametrize(
        "changes",
        [
            {"client_secret": None},
            {"client_secret": ""},
            {"client_secret": "wrong"},
            {"client_id": None},
            {"client_id": "unknown"},
            {"client_id": None, "client_secret": None},
            {"client_id": "MEO-GPT"},
            {"client_secret": "é🐱"},
            {"client_id": "x" * 3000},
        ],
        ids=str,
    )
    def test_wrong_credentials_in_the_body(
        self, client_app: ClientApp, code: str, changes: dict[str, str | None]
    ) -> None:
        assert refused(client_app.exchange(code, **changes), "invalid_client", 401)

        assert no_tokens()
        assert client_app.exchange(code).status_code == 200

    def test_the_stored_digest_is_no_secret(self, client_app: ClientApp, code: str) -> None:
        stored = Application.objects.get().client_secret
        assert stored.startswith("meo_sha256$")

        assert refused(client_app.exchange(code, client_secret=stored), "invalid_client", 401)
        assert refused(client_app.exchange(code, client_secret=stored.partition("$")[2]), "invalid_client", 401)

    def test_failures_are_throttled_and_successes_are_not(
        self, client_app: ClientApp, code: str, settings: Settings
    ) -> None:
        settings.TOKEN_FAILURE_LIMIT_PER_MINUTE = 3
        answers = [client_app.exchange(code, client_secret="wrong") for _ in range(5)]

        assert [each.status_code for each in answers] == [401, 401, 401, 429, 429]
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert kept_nowhere(answers[-1])
        assert client_app.exchange(code).status_code == 200
