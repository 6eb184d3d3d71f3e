"""How PostgreSQL finds what a tool call, a refresh and a whole sign-in ask it: each of their statements, with its plan.

Runs in the environment of a bench service; reads its client and one person's tokens from standard input as JSON.
"""

import json
import os
import sys
import uuid
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.settings")
django.setup()

from django.db import connection  # noqa: E402 - Django has to be set up first
from django.test import Client  # noqa: E402


def main() -> None:
    given = json.load(sys.stdin)
    who, tokens = given["client"], given["tokens"]
    credentials = {name: who[name] for name in ("client_id", "client_secret")}
    redirect = who["redirect_uris"][0]
    browser = Client()

    def token(**form: str) -> int:
        body = urlencode(form | credentials)
        return browser.post("/oauth/token", body, content_type="application/x-www-form-urlencoded").status_code

    def call() -> int:
        return browser.get("/pets/1", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code

    def refresh() -> int:
        return token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    def sign_in() -> int:
        asked = {"response_type": "code", "client_id": who["client_id"], "redirect_uri": redirect, "state": "s"}
        away = browser.get("/oauth/authorize", asked)
        session = parse_qs(urlsplit(away.headers["Location"]).query)["session_id"][0]
        back = browser.get("/oauth/callback", {"session_id": session, "code": str(uuid.uuid4())})
        code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
        return token(grant_type="authorization_code", code=code, redirect_uri=redirect)

    for ask in (call, refresh, sign_in):
        seen: list[tuple[str, Any]] = []

        def note(execute: Any, statement: str, parameters: Any, many: bool, context: Any, *, seen: Any = seen) -> Any:
            seen.append((statement, parameters))
            return execute(statement, parameters, many, context)

        with connection.execute_wrapper(note):
            if (status := ask()) != 200:
                sys.exit(f"{ask.__name__} ended with {status}")
        sys.stdout.write(f"\n{ask.__name__.replace('_', '-')}: {len(seen)} statements\n")
        for statement, parameters in seen:
            _explain(statement, parameters)


def _explain(statement: str, parameters: Any) -> None:
    if not statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
        return
    # A plan with what it did, where that changes nothing.
    options = "ANALYZE, BUFFERS, " if statement.startswith("SELECT") else ""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}COSTS OFF) {statement}", parameters)
        lines = [line for (line,) in cursor.fetchall()]
    kind, _space, rest = statement.partition(" ")
    sys.stdout.write(
        f"  {kind} {(rest.partition(' FROM ')[2] or rest)[:110]} …\n"
        + "".join(f"      {line[:130]}\n" for line in lines)
    )


if __name__ == "__main__":
    main()
