"""What the host allows: a bare WSGI application in gunicorn's own threads that passes the main app's answers on.

It looks the bearer up in a dict, asks the main app over one httpx.Client and returns the bytes: no database, no cache, no JSON, no log.
How the connector does beside it, on the same core in the same minute, can be compared between hosts and hours; requests a second can't.
"""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

import httpx
from gunicorn.app.base import BaseApplication

from devtools.bench.main_app import PEOPLE, token

Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


def bearer(person: int) -> str:
    return f"Bearer floor-{person}"


BEARERS = {bearer(person): f"Bearer {token(person + 1)}" for person in range(PEOPLE)}
PETS = "/api/my-pets/sections"
ANSWERED_BY = {"/pets": PETS, "/pets/find": PETS, "/pets/1": "/api/pets/1", "/health": "/api/version"}


class Floor(BaseApplication):
    def __init__(self, port: int, main_app: int, threads: int, processes: int) -> None:
        self._settings = {"bind": f"127.0.0.1:{port}", "workers": processes, "threads": threads, "keepalive": 75}
        self._main_app, self._threads = f"http://127.0.0.1:{main_app}", threads
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("worker_class", "gthread")
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """In each process: connections are not shared."""
        limits = httpx.Limits(max_connections=self._threads, max_keepalive_connections=self._threads)
        return passing_on(httpx.Client(base_url=self._main_app, limits=limits, trust_env=False))


def passing_on(client: httpx.Client) -> Application:
    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        path = environ["PATH_INFO"]
        token_of_person = BEARERS.get(environ.get("HTTP_AUTHORIZATION", ""), "")
        if not token_of_person and path != "/health":
            start_response("401 Unauthorized", [("Content-Length", "0")])
            return []
        environ["wsgi.input"].read()
        answer = client.get(ANSWERED_BY[path], headers={"Accept": "application/json", "Authorization": token_of_person})
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer.content)))]
        start_response(f"{answer.status_code} {answer.reason_phrase}", headers)
        return [answer.content]

    return application


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for argument in ("port", "main_app", "threads", "processes"):
        parser.add_argument(argument, type=int)
    Floor(**vars(parser.parse_args())).run()
