"""What a connector that was just set up must do, whoever set it up."""

import json
import re
from collections.abc import Iterator

import httpx

from devtools.faults.scenarios import Row
from devtools.faults.stage import Stage
from tests.ops.processes import PUBLIC_URL, Production
from tests.playing import ClientApp, Connector


def rows(serving: Production, set_up: Stage, made: str) -> Iterator[Row]:
    """made: what `manage.py gpt_client --json` printed there."""
    with serving.http() as http:
        health = http.get("/health").json()
        wrong = () if health["status"] == "ok" else (f"/health: {health}",)
        yield Row(("/health/ready and /health", f"version {health['version']}"), wrong)
        yield Row(("staff's sign-in page with its styles", "–"), tuple(_unstyled(http)))
        refused = http.get("/pets").status_code
    yield Row(("a tool call without a token", str(refused)), () if refused == 401 else ("not 401",))
    client = json.loads(made)
    app = ClientApp(Connector(PUBLIC_URL), client["client_id"], client["client_secret"], client["redirect_uris"][0])
    token = set_up.sign_in(app, "emma", via=serving)["access_token"]
    with serving.http(Authorization=f"Bearer {token}") as http:
        answer = http.get("/pets")
    wrong = () if answer.status_code == 200 else (answer.text[:200],)
    yield Row(("Emma signs in, and asks for her pets", str(answer.status_code)), wrong)


def _unstyled(http: httpx.Client) -> Iterator[str]:
    page = http.get("/admin/login/")
    styles = re.findall(r'href="([^"]+\.css)"', page.text)
    if page.status_code != 200 or not styles:
        yield f"/admin/login/: {page.status_code}, {len(styles)} styles"
    for style in styles:
        answer = http.get(style)
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/css"):
            yield f"{style}: {answer.status_code}"
