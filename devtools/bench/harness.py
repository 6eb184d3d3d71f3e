"""The connector as a target of the owner's benchmark harness (not in this repository; its README says more): `--help` says how.

    python -m devtools.bench.harness target > /tmp/ours.toml
    $HARNESS/run.py --target /tmp/ours.toml --lists paginated

The harness tells the target which main-app tokens its people have; `tokens` connects each, as a sign-in would, and prints an access
token for them. Its own sign-in scenario is left out: it keeps no cookies, and our callback serves no browser but the one that began
(docs/security.md); `make bench` measures sign-ins.
"""

import argparse
import io
import json
import os
import secrets
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from devtools.bench.service import DATABASE, GPT, REDIS, ROOT

NAME = "meo_harness"


def target() -> str:
    """A target file for this checkout and this interpreter."""
    python = f"{sys.executable} -m"
    quoted = {
        "cwd": str(ROOT),
        "command": f"{python} gunicorn",
        "ready": "/health",
        "token": f"{python} devtools.bench.harness tokens",
    }
    environment = {
        "BENCH_USER_TOKENS": "{user_tokens}",
        "MAIN_APP_URL": "{upstream}",
        "CONNECTOR_API_KEY": "{api_key}",
        "CONNECTOR_PUBLIC_URL": "http://127.0.0.1:{port}",
        "BIND": "127.0.0.1:{port}",
        "DATABASE_URL": urlunsplit(urlsplit(DATABASE)._replace(path=f"/{NAME}")),
        "REDIS_URL": urlunsplit(urlsplit(REDIS)._replace(path="/7")),
        "WEB_CONCURRENCY": "1",
        "RATE_LIMIT_PER_MINUTE": "100000",
        "CALLS_IN_FLIGHT_PER_PERSON": "100",
        "LOG_FORMAT": "json",
        "PYTHON_DOTENV_DISABLED": "1",
    }
    lines = ["port = 8102"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in quoted.items()]
    lines += [f"prepare = [{json.dumps(f'{python} devtools.bench.harness prepare')}]", 'skip = ["oauth"]', "", "[env]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in environment.items()]
    return "\n".join(lines)


def prepare() -> None:
    """An empty database with our tables, in place of an earlier one. Raises psycopg.Error, CalledProcessError."""
    # The target file's, so that a copy of it can name another: two targets are compared side by side.
    name = sql.Identifier(urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/"))
    with psycopg.connect(DATABASE, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)


def tokens() -> list[str]:
    """An access token for the person behind each main-app token of $BENCH_USER_TOKENS, in their order."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.settings")
    # A line of ours would be taken for a token.
    os.environ["LOG_LEVEL"] = "error"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction
    from django.utils import timezone

    from mainapp.secret import Secret
    from oauthbridge import connections
    from oauthbridge.models import AccessToken, Application
    from oauthbridge.tokens import TOKEN_BYTES, digest

    call_command("gpt_client", gpt_id=[GPT], json=True, stdout=io.StringIO())
    application = Application.objects.get()
    made = []
    for person, main_app_token in enumerate(os.environ["BENCH_USER_TOKENS"].split(","), 1):
        made.append("meo_at_" + secrets.token_urlsafe(TOKEN_BYTES))
        with transaction.atomic():
            connection = connections.connect(person, application, Secret(main_app_token), language="en")
            AccessToken.objects.create(
                token_checksum=digest(made[-1]),
                expires=timezone.now() + timedelta(days=1),
                scope=" ".join(settings.OAUTH_SCOPES),
                resource=[],
                user=connection.user,
                application=application,
                connection=connection,
            )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m devtools.bench.harness",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=["target", "prepare", "tokens"], help="the last two are for the harness itself")
    what = parser.parse_args().what
    if what == "prepare":
        prepare()
    else:
        sys.stdout.write((target() if what == "target" else "\n".join(tokens())) + "\n")


if __name__ == "__main__":
    main()
