"""RFC 6819 §4.6.6, leaks of confidential data by HTTP proxies: nothing that is somebody's may be kept on the way."""

from collections.abc import Callable

import pytest

from tests.playing import ClientApp, Connector, Person, queries

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OpenBrowser = Callable[..., Person]


def test_no_answer_that_is_somebodys_may_be_kept(
    client_app: ClientApp, connector: Connector, person: OpenBrowser
) -> None:
    emma = person()
    begun = emma.open(client_app.authorize_url())
    callback = emma.agree(begun.headers["Location"])
    finished = emma.open(callback)
    code = queries(finished.headers["Location"])["code"]
    exchanged = client_app.exchange(code)
    bearer = {"Authorization": f"Bearer {exchanged.json()['access_token']}"}
    answers = {
        "authorize": begun,
        "callback": finished,
        "callback again": emma.open(callback),
        "token": exchanged,
        "token refused": client_app.exchange(code),
        "tool": connector.get("/pets", headers=bearer),
        "tool refused": connector.get("/pets"),
        "no tool": connector.get("/pets/nothing/here", headers=bearer),
        "revoked": client_app.revoke(exchanged.json()["access_token"]),
        "staff": connector.get("/admin/login/"),
    }

    for name, answer in answers.items():
        assert "no-store" in answer.headers["Cache-Control"], name
        assert "public" not in answer.headers["Cache-Control"], name
