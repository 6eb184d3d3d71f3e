"""What the audit of 5fc12a3 found, tried on that commit and on this one: `python -m devtools.security.then_and_now [--write]`.

Needs PostgreSQL and Redis, as `make faults` does, and a clone with that commit.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import django

from devtools.security.audit import ROOT
from devtools.security.document import table, written_into

COMMIT = "5fc12a3"
DOCUMENT = ROOT / "docs" / "security.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.security.then_and_now", description=__doc__)
    parser.add_argument("--only", default="", help="this row alone")
    parser.add_argument("--write", action="store_true", help="write the table into docs/security.md")
    options = parser.parse_args()
    # The stand-in main app and the tests' players are Django's; nothing of them is imported before.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from devtools.faults.deploys import export
    from devtools.security.audit_rows import TESTS, tried

    with tempfile.TemporaryDirectory(prefix="meo-then-") as folder:
        old = export(Path(folder) / "old", COMMIT)
        if old is None:
            sys.stderr.write(f"{COMMIT} is not in this clone.\n")
            return 1
        then, now = (dict(tried(root, options.only)) for root in (old, ROOT))
    rows = [[row, TESTS[row], then[row].what, now[row].what] for row in sorted(then, key=int)]
    made = table(["Row", "Test", f"On {COMMIT}", "Now"], rows)
    sys.stdout.write(made)
    wrong = [row for row in then if then[row].held or not now[row].held]
    sys.stdout.write(f"Not shown: {wrong}\n" if wrong else "Each failed then and is held now.\n")
    if options.write and not options.only:
        DOCUMENT.write_text(written_into(DOCUMENT.read_text(), {"then": made}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
