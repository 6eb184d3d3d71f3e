"""GET /.well-known/oauth-authorization-server (RFC 8414)."""

from tests.playing import Connector


def test_it_tells_exactly_what_is_offered(connector: Connector) -> None:
    told = connector.get("/.well-known/oauth-authorization-server").json()

    methods = told.pop("token_endpoint_auth_methods_supported")
    assert methods == told.pop("revocation_endpoint_auth_methods_supported")
    assert methods == ["client_secret_post", "client_secret_basic", "none"]
    assert told == {
        "issuer": connector.url,
        "authorization_endpoint": f"{connector.url}/oauth/authorize",
        "token_endpoint": f"{connector.url}/oauth/token",
        "revocation_endpoint": f"{connector.url}/oauth/revoke",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "scopes_supported": [
            "health:read",
            "health:write",
            "microchips:read",
            "microchips:write",
            "offline_access",
            "pets:read",
            "pets:write",
        ],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": False,
    }


def test_it_is_json_that_anybody_may_read_and_keep_for_a_while(connector: Connector) -> None:
    response = connector.get("/.well-known/oauth-authorization-server", headers={"Origin": "https://chatgpt.com"})

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_the_callers_host_header_changes_nothing(connector: Connector) -> None:
    response = connector.get("/.well-known/oauth-authorization-server", headers={"Host": "localhost"})

    assert response.json()["issuer"] == connector.url


def test_the_library_s_other_routes_are_not_there(connector: Connector) -> None:
    for path in (
        "/o/authorize/",
        "/oauth/introspect",
        "/oauth/applications",
        "/oauth/authorized_tokens",
        "/oauth/device-authorization",
        "/oauth/register",
        "/oauth/authorize/",
        "/.well-known/openid-configuration",
    ):
        assert connector.get(path).status_code == 404, path
