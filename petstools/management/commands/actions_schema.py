"""`manage.py actions_schema`: the schema that a GPT imports, written, linted, and compared with the committed copy."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from petstools.schema import compare, lint
from petstools.schema.document import Json, as_text, document, operations

COPY = Path(settings.BASE_DIR) / "docs" / "gpt" / "openapi.json"

EXAMPLES = f"""
A GPT imports the schema from CONNECTOR_PUBLIC_URL/openapi.json; nobody has to paste a file. The copy in docs/gpt/openapi.json
is there to be compared with: GPTs keep what they once imported, so a change can break one that was not imported again.

Checked each time:
  ChatGPT's limits    {lint.MOST_OPERATIONS} operations; {lint.LONGEST_OPERATION_TEXT} characters in a summary or description, \
{lint.LONGEST_FIELD_TEXT} in a field's
  what it can't read  headers, cookies, multipart, unions, null in what is sent, objects and lists without a shape
  what must be said   operationId, x-openai-isConsequential and security of each operation, every field, an example of each

With --check also, against the copy:
  breaking            operation, path, parameter or field gone; required added; type or choice narrowed. Fails, unless
                      VERSION (connector/settings.py) has moved.
  anything else       asks for the copy to be written again, and fails until it is.

Examples:
  manage.py actions_schema                               lint, and show what a model chooses from
  manage.py actions_schema --check                       for CI
  manage.py actions_schema --out openapi.json            write it for this service's own address
  manage.py actions_schema --out docs/gpt/openapi.json   write the committed copy again (it keeps the address it has)
  manage.py actions_schema --json                        the result for scripts

Exit code: 0 fine; 1 a rule is broken, or the copy differs.
"""


class Command(BaseCommand):
    help = "Write the OpenAPI schema that a GPT imports, check it against ChatGPT's limits and the committed copy."
    requires_migrations_checks = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare with docs/gpt/openapi.json as well")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write the schema there")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--copy", type=Path, default=COPY, metavar="FILE", help="compare with this copy instead")

    def handle(self, *args: Any, **options: Any) -> None:
        copy: Path = options["copy"]
        out: Path | None = options["out"]
        made = document(settings.CONNECTOR_PUBLIC_URL)
        broken = lint.problems(made)
        over_the_copy = out is not None and out.resolve() == copy.resolve() and copy.exists()
        changed = _changes(copy) if options["check"] or over_the_copy else []
        verdict = _verdict(broken, changed, made, copy)
        if over_the_copy and not _breaks_unannounced(changed, made, copy):
            # Writing it is the answer to every other difference.
            changed, verdict = [], _verdict(broken, [], made, copy)
        if out is not None and not verdict:
            if over_the_copy:
                made = document(_address(_read(copy)))
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(as_text(made), encoding="utf-8")
        if options["json"]:
            self.stdout.write(_as_json(made, broken, changed, verdict))
        else:
            self._show(made, broken, changed, None if verdict else out)
        if verdict:
            raise CommandError(verdict)
        if not options["json"]:
            self.stdout.write(
                self.style.SUCCESS("All rules hold." + (" The copy is the same." if options["check"] else ""))
            )

    def _show(
        self, made: Json, broken: list[lint.Problem], changed: list[compare.Change], written: Path | None
    ) -> None:
        console = Console(file=self.stdout._out, width=160, highlight=False, markup=False)  # type: ignore[arg-type]
        console.print(_table(made))
        size = len(as_text(made, indent=None))
        console.print(
            f"{made['info']['title']} {made['info']['version']} at {_address(made)}: "
            f"{len(list(operations(made)))} of {lint.MOST_OPERATIONS} operations, {size:,} of {lint.MOST_CHARACTERS:,} characters."
        )
        if written is not None:
            console.print(f"Written to {written}.")
        for title, lines in (("Broken rules", broken), ("Changed against the copy", changed)):
            if lines:
                console.print(f"\n{title}:")
                for one in lines:
                    mark = "breaks: " if isinstance(one, compare.Change) and one.breaks else ""
                    console.print(f"  {mark}{one}", soft_wrap=True)


def _table(made: Json) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("operation", "address", "asks first", "sign-in", "text", "summary"):
        table.add_column(name, no_wrap=True, justify="right" if name == "text" else "left")
    for path, method, one in operations(made):
        table.add_row(
            one["operationId"],
            f"{method.upper():<6} {path}",
            "always" if one["x-openai-isConsequential"] else "",
            "" if one["security"] else "none",
            f"{len(one['description'])}",
            one["summary"],
        )
    return table


def _changes(copy: Path) -> list[compare.Change]:
    before = _read(copy)
    # At the copy's own address, so that the two differ in nothing that is this machine's.
    return compare.changes(before, document(_address(before)))


def _read(copy: Path) -> Json:
    try:
        before: Json = json.loads(copy.read_text(encoding="utf-8"))
        _address(before)
    except FileNotFoundError:
        raise CommandError(f"{copy} is not there. Write it: manage.py actions_schema --out {copy}") from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise CommandError(
            f"{copy} is no schema of ours. Write it again: rm it, then manage.py actions_schema --out {copy}"
        ) from None
    return before


def _address(made: Json) -> str:
    return str(made["servers"][0]["url"])


def _verdict(broken: list[lint.Problem], changed: list[compare.Change], made: Json, copy: Path) -> str:
    """What is wrong, in a line; empty when nothing is."""
    if broken:
        return (
            f"{len(broken)} broken {'rule' if len(broken) == 1 else 'rules'}: a GPT could not use this schema as it is."
        )
    if not changed:
        return ""
    rewrite = f"manage.py actions_schema --out {copy}"
    if breaking := _breaks_unannounced(changed, made, copy):
        return (
            f"{breaking} {'change breaks' if breaking == 1 else 'changes break'} GPTs that imported an earlier schema. Take it back, "
            f"or raise VERSION (connector/settings.py), then: {rewrite}   (If no GPT has imported it yet, delete {copy} first.)"
        )
    return f"The copy is not what is served. If that is meant, write it again: {rewrite}"


def _breaks_unannounced(changed: list[compare.Change], made: Json, copy: Path) -> int:
    """How many changes break GPTs while the version says that there are none."""
    breaking = sum(one.breaks for one in changed)
    return breaking if breaking and _read(copy)["info"]["version"] == made["info"]["version"] else 0


def _as_json(made: Json, broken: list[lint.Problem], changed: list[compare.Change], verdict: str) -> str:
    shown = {
        "version": made["info"]["version"],
        "url": _address(made),
        "operations": [one["operationId"] for _path, _method, one in operations(made)],
        "characters": len(as_text(made, indent=None)),
        "problems": [{"where": one.where, "what": one.what} for one in broken],
        "changes": [{"where": one.where, "what": one.what, "breaks": one.breaks} for one in changed],
        "verdict": verdict,
    }
    return json.dumps(shown, ensure_ascii=False, indent=1)
