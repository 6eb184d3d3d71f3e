"""Play conversations through the connector's doors and judge the state that they leave in the main app.

  make evals                                   the scenarios' own scripts: whether each can be passed (what CI does)
  make evals ARGS="--by-hand"                  play yourself, or let any model play, by lines of JSON on standard input
  make evals ARGS="--model gpt-x"              a model behind an OpenAI-compatible address (EVALS_URL, EVALS_KEY)
  make evals ARGS="--model claude-x --anthropic"
  make evals ARGS="--compare before.json"      what became better or worse since that run (--json > before.json)

Nothing leaves this machine but what a model is sent: the people and pets are the stand-in's.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.players import Player
    from sandbox.server import SandboxServer


def main() -> None:
    options = _options()
    with _served() as sandbox:
        from evals import report
        from evals.judge import Judgement, judged
        from evals.scenario import BadScenario, load
        from evals.stage import staged

        try:
            scenarios = [one for one in load() if _chosen(one.id, one.group, options.only)]
        except BadScenario as error:
            sys.exit(str(error))
        player = _player(options)
        judgements: list[Judgement] = []
        for scenario in scenarios:
            with staged(scenario, sandbox) as stage:
                talk = player.play(stage)
                talk.sent = stage.door.sent
                judgements.append(judged(scenario, talk, stage.changes(), speaks=player.speaks))
            if not options.json:
                report.show(judgements[-1], sys.stderr if options.by_hand else sys.stdout)
        results = report.as_json(judgements)
        if options.json:
            sys.stdout.write(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
        else:
            sys.stdout.write(report.summary(results))
            if options.compare:
                sys.stdout.write(report.compared(json.loads(options.compare.read_text()), results))
        if options.save:
            options.save.write_text(json.dumps(results, ensure_ascii=False, indent=1))
    sys.exit(any(one.verdict == "wrong" for one in judgements))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make evals", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these scenarios, or files of scenarios")
    parser.add_argument("--by-hand", action="store_true", help="read the assistant's moves from standard input")
    parser.add_argument("--model", metavar="NAME", help="let this model play, at EVALS_URL with EVALS_KEY")
    parser.add_argument("--anthropic", action="store_true", help="EVALS_URL speaks Anthropic's protocol, not OpenAI's")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the results there too")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="results of an earlier run")
    return parser.parse_args()


def _chosen(name: str, group: str, only: list[str]) -> bool:
    return not only or name in only or group in only


def _player(options: argparse.Namespace) -> "Player":
    from evals.players import ByHand, Model, Script

    if options.by_hand:
        return ByHand(sys.stdin, sys.stdout)
    if options.model:
        if "CI" in os.environ:
            sys.exit("A model plays never in CI.")
        if not os.environ.get("EVALS_URL"):
            sys.exit("Set EVALS_URL to the model's address, and EVALS_KEY to its key.")
        kind = "anthropic" if options.anthropic else "openai"
        return Model(kind, os.environ["EVALS_URL"], os.environ.get("EVALS_KEY", ""), options.model)
    return Script()


@contextmanager
def _served() -> "Iterator[SandboxServer]":
    """The product in this process, on a database of its own, and a stand-in."""
    with tempfile.TemporaryDirectory(prefix="meo-evals-") as folder:
        for name in [name for name in os.environ if name.isupper() and name.endswith(("_URL", "_KEY", "_SECRET"))]:
            if not name.startswith("EVALS_"):
                del os.environ[name]
        settings: dict[str, Any] = {
            "PYTHON_DOTENV_DISABLED": "1",
            "ENVIRONMENT": "development",
            "DATABASE_URL": f"sqlite:///{folder}/evals.sqlite3",
            "TOOL_CALL_LOG": "off",
            "LOG_LEVEL": "error",
            "RATE_LIMIT_PER_MINUTE": "100000",
            "CALLS_IN_FLIGHT_PER_PERSON": "100",
            "DJANGO_SETTINGS_MODULE": "connector.settings",
        }
        os.environ.update(settings)
        import django

        django.setup()
        from django.conf import settings as configured
        from django.core.management import call_command

        from sandbox.server import SandboxServer

        configured.ALLOWED_HOSTS = ["*"]
        call_command("migrate", verbosity=0)
        with SandboxServer(environment="development") as sandbox:
            configured.MAIN_APP_URL = sandbox.url
            yield sandbox


if __name__ == "__main__":
    main()
