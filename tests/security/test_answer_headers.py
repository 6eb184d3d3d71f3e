"""What every answer tells a browser and a cache, the answers that Django makes by itself included."""

from urllib.parse import urlencode

import httpx
import pytest

from tests.playing import ClientApp, Connector

KINDS = [
    ("GET", "/"),
    ("GET", "/privacy"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/health"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/oauth/authorize"),
    ("POST", "/oauth/authorize"),
    ("GET", "/oauth/callback"),
    ("HEAD", "/oauth/callback"),
    ("GET", "/oauth/token"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("OPTIONS", "/oauth/token"),
    ("GET", "/pets"),
    ("OPTIONS", "/pets"),
    ("GET", "/pets/%00"),
    ("GET", "/pet-types"),
    ("GET", "/nothing-here"),
    ("GET", "//evil.example/%2e%2e"),
    ("GET", "/static/nothing.css"),
    ("GET", "/static/%2e%2e/connector/settings.py"),
    ("GET", "/static/oauthbridge/page.css"),
    ("POST", "/"),
    ("PROPFIND", "/"),
    ("GET", "/admin/"),
    ("POST", "/admin/login/"),
]
ACCEPTED = ("text/html", "application/json")


@pytest.mark.parametrize("accept", ACCEPTED)
@pytest.mark.parametrize(("method", "path"), KINDS)
def test_no_answer_goes_without_them(outside: Connector, method: str, path: str, accept: str) -> None:
    answer = outside.http.request(method, path, headers={"Accept": accept})
    headers = answer.headers

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not any(digit in headers.get("Server", "") for digit in "0123456789")
    assert "X-Powered-By" not in headers
    if answer.status_code >= 400:
        assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://chatgpt.com"])
@pytest.mark.parametrize(
    "path", ["/pets", "/oauth/token", "/oauth/revoke", "/account", "/admin/login/", "/oauth/callback"]
)
def test_no_script_of_another_origin_may_read_what_is_somebodys(outside: Connector, path: str, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = outside.http.request(method, path, headers=asked)

        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("path", ["/", "/privacy"])
def test_a_cookie_does_not_choose_the_language_that_a_cache_keeps_for_all(outside: Connector, path: str) -> None:
    """Web cache poisoning (CWE-349): the answer is public and varies by Accept-Language alone."""
    asked = {"Accept-Language": "en", "Cookie": "django_language=vi; meo_language=vi; =vi; vi"}

    answer = outside.get(path, headers=asked)

    assert answer.headers["Content-Language"] == "en"
    assert (answer.headers["Vary"], "public" in answer.headers["Cache-Control"]) == ("Accept-Language", True)


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "Forwarded"]
)
def test_no_header_that_caches_do_not_know_changes_a_public_answer(outside: Connector, header: str) -> None:
    for path in ("/", "/privacy", "/openapi.json", "/.well-known/oauth-authorization-server"):
        usual, asked = outside.get(path), outside.get(path, headers={header: "host=evil.example"})

        assert asked.content == usual.content


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_cannot_be_overridden(outside: Connector, header: str) -> None:
    """POST /pets/1 is no operation; DELETE is one, and would say 401."""
    asked = outside.http.post("/pets/1?_method=DELETE", headers={header: "DELETE"}, data={"_method": "DELETE"})
    usual = outside.http.post("/pets/1")

    assert asked.status_code == usual.status_code


@pytest.mark.parametrize(
    "path",
    [
        "/oauth/token/",
        "/OAUTH/token",
        "/oauth//token",
        "/oauth/..;/admin/",
        "//pets",
    ],
)
def test_each_address_has_one_spelling(outside: Connector, path: str) -> None:
    request = outside.http.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())

    answer = outside.http.send(request)

    assert (answer.status_code, answer.headers.get("Location")) == (404, None)


def test_a_forged_form_gets_a_page_of_ours(outside: Connector) -> None:
    """Django's own page for it explains in English how forms are protected, under an inline style."""
    answer: httpx.Response = outside.http.post("/admin/login/", headers={"Accept": "text/html"}, data={"username": "a"})

    assert answer.status_code == 403
    assert "CSRF" not in answer.text
    assert "<style" not in answer.text


def test_what_sets_cookies_binds_them_to_this_very_host(outside: Connector, gpt: ClientApp) -> None:
    """__Host-: a neighbour under the same domain can neither read nor plant one (cookie tossing; RFC 6265bis §4.1.3.2)."""
    begun = outside.get(f"/oauth/authorize?{urlencode(gpt.request_parameters())}")
    staff = outside.get("/admin/login/", headers={"Accept": "text/html"})

    assert (begun.status_code, staff.status_code) == (302, 200)
    for answer in (begun, staff):
        for cookie in answer.headers.get_list("Set-Cookie"):
            assert cookie.startswith("__Host-")
            assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
            assert "Domain" not in cookie
