"""Telling the pages of `oauthbridge.pages` apart, as a person reading them would."""

import html

import httpx

TITLES = {
    "bad_link": (400, "This link does not work"),
    "unknown_client": (400, "We don't know this app"),
    "expired": (400, "That took a little too long"),
    "wrong_browser": (400, "Finish where you began"),
    "already_connected": (200, "You are connected"),
    "already_used": (400, "This sign-in link was already used"),
    "already_agreed": (400, "You have already agreed"),
    "declined": (400, "You said no"),
    "refused": (400, "Meo Mai Moi did not confirm the sign-in"),
    "main_app_away": (503, "Meo Mai Moi is not answering"),
    "too_many": (429, "One moment, please"),
    "our_fault": (503, "Something went wrong on our side"),
}


def is_page(response: httpx.Response, problem: str) -> bool:
    """Whether this answer is that page, in English, and sends nobody anywhere. Fails loudly when it is another one."""
    status, title = TITLES[problem]
    assert (response.status_code, response.headers.get("Location")) == (status, None), response.text[:300]
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert title in html.unescape(response.text).replace("’", "'"), response.text[:2000]
    return True
