"""The documents under /.well-known that clients read before a sign-in (RFC 8414, RFC 9728)."""

import pytest

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
        "registration_endpoint": f"{connector.url}/oauth/register",
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
        "client_id_metadata_document_supported": True,
    }


def test_it_tells_what_is_to_know_about_the_mcp_address(connector: Connector) -> None:
    told = connector.get("/.well-known/oauth-protected-resource/mcp").json()

    assert told == {
        "resource": f"{connector.url}/mcp",
        "authorization_servers": [connector.url],
        "scopes_supported": [
            "pets:read",
            "pets:write",
            "health:read",
            "health:write",
            "microchips:read",
            "microchips:write",
        ],
        "bearer_methods_supported": ["header"],
        "resource_name": "Meo Mai Moi",
        "resource_documentation": f"{connector.url}/",
        "resource_policy_uri": f"{connector.url}/privacy",
        "resource_tos_uri": f"{connector.url}/terms",
    }
    assert connector.get("/.well-known/oauth-protected-resource").json() == told
    assert connector.get("/").status_code == connector.get("/privacy").status_code == 200


def test_from_the_resource_one_finds_the_server_and_its_endpoints(connector: Connector) -> None:
    (issuer,) = connector.get("/.well-known/oauth-protected-resource/mcp").json()["authorization_servers"]
    server = connector.get(f"{issuer}/.well-known/oauth-authorization-server").json()

    assert server["issuer"] == issuer
    assert connector.get(server["authorization_endpoint"]).status_code == 400
    assert (
        connector.post(server["token_endpoint"], data={"grant_type": "other"}).json()["error"]
        == "unsupported_grant_type"
    )


DOCUMENTS = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_it_is_json_that_anybody_may_read_and_keep_for_a_while(connector: Connector, path: str) -> None:
    response = connector.get(path, headers={"Origin": "https://chatgpt.com"})

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in response.headers
    assert connector.http.head(path).status_code == 200
    assert connector.post(path).status_code == 405


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_client_in_a_browser_may_ask_with_its_protocol_version(connector: Connector, path: str) -> None:
    asking = {
        "Origin": "http://localhost:6274",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "mcp-protocol-version",
    }

    response = connector.http.options(path, headers=asking)

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"].lower() == "mcp-protocol-version"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_callers_host_header_changes_nothing(connector: Connector, path: str) -> None:
    assert connector.get(path, headers={"Host": "localhost"}).json() == connector.get(path).json()


def test_nothing_else_is_there(connector: Connector) -> None:
    for path in (
        "/o/authorize/",
        "/oauth/introspect",
        "/oauth/applications",
        "/oauth/authorized_tokens",
        "/oauth/device-authorization",
        "/oauth/register/x",
        "/oauth/authorize/",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/oauth-protected-resource/mcp/",
    ):
        assert connector.get(path).status_code == 404, path
