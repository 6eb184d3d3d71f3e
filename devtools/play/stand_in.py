"""The stand-in main app from outside: its people, who sign in by plain HTTP, and its switches under /__sandbox/."""

import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from devtools.play.signing_in import Browser, SignInFailed


class StandIn:
    """The stand-in at this address."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self._http = http
        self.url = url.rstrip("/")

    def reset(self) -> None:
        """The first state again, and no faults."""
        self._switch("POST", "reset")

    def faults(self, switches: dict[str, Any]) -> None:
        self._switch("PUT", "faults", switches)

    def verify(self, email: str) -> None:
        """Open the link in the verification mail."""
        self._switch("POST", "verify", {"email": email})

    def person(self, key: str) -> dict[str, str]:
        people = self._switch("GET", "people")["people"]
        found = next((one for one in people if one["key"] == key), None)
        if found is None:
            raise SignInFailed(f"Nobody called {key} lives there: {', '.join(one['key'] for one in people)}.")
        return dict(found)

    def browser_of(self, key: str, *, redirect_uri: str) -> Browser:
        """A browser of this person, who signs in on the consent page and agrees."""

        def browser(address: str) -> str:
            person = self.person(key)
            with httpx.Client(trust_env=False, timeout=30) as http:
                consent = _sent_on(_authorize(http, address), "the sign-in did not begin")
                if not consent.startswith(f"{self.url}/"):
                    raise SignInFailed(f"The sign-in goes to {urlsplit(consent).netloc}, which is not this stand-in.")
                http.get(consent)
                http.get(f"{self.url}/sanctum/csrf-cookie")
                self._page(http, "/login", {"email": person["email"], "password": person["password"]})
                query = parse_qs(urlsplit(consent).query)
                agreed = self._page(
                    http, "/api/gpt-auth/confirm", {name: query[name][0] for name in ("session_id", "session_sig")}
                )
                back = _sent_on(http.get(agreed["data"]["redirect_url"]), "the callback sent nobody back")
            if not back.startswith(f"{redirect_uri}?"):
                raise SignInFailed("The browser was not sent back to the redirect URI.")
            return back

        return browser

    def _page(self, http: httpx.Client, path: str, body: dict[str, str]) -> dict[str, Any]:
        headers = {"Origin": self.url, "X-XSRF-TOKEN": unquote(http.cookies.get("XSRF-TOKEN") or "")}
        answer = http.post(f"{self.url}{path}", json=body, headers=headers)
        if answer.status_code != 200:
            raise SignInFailed(f"{path} of the stand-in answered {answer.status_code}.")
        return dict(answer.json())

    def _switch(self, method: str, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._http.request(method, f"{self.url}/__sandbox/{name}", json=body)
        if answer.status_code != 200:
            raise SignInFailed(f"{self.url} has no switch {name} ({answer.status_code}): it is no stand-in main app.")
        return dict(answer.json())


def _authorize(http: httpx.Client, address: str) -> httpx.Response:
    """Many people from one address in a minute are asked to wait; nobody is sent away for it here."""
    answer = http.get(address)
    while answer.status_code == 429:
        time.sleep(min(int(answer.headers.get("Retry-After", "5")), 60))
        answer = http.get(address)
    return answer


def _sent_on(answer: httpx.Response, otherwise: str) -> str:
    if answer.status_code != 302:
        raise SignInFailed(f"{otherwise} ({answer.status_code}).")
    return str(answer.headers["Location"])
