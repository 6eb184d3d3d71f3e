"""What reads code and dependencies instead of attacking: bandit, pip-audit, Django's deployment checks."""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("chat", "connector", "mainapp", "oauthbridge", "petstools", "manage.py", "gunicorn.conf.py")
NOT_AUDITED = "no service answers here that knows of vulnerabilities: nothing was audited"


@dataclass(frozen=True)
class Audit:
    """How one of them ended: `found` is empty where nothing is to be mended; `note` says what it looked at, or why it did not."""

    name: str
    note: str
    found: tuple[str, ...] = ()


def bandit() -> Audit:
    """The product's code by bandit's rules; exceptions and their reasons: pyproject.toml."""
    ran = _run("bandit", "--quiet", "--configfile", "pyproject.toml", "--format", "json", "--recursive", *ROOMS)
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        return Audit("bandit", "did not run", (ran.stderr.strip()[-300:] or "no answer",))
    found = [
        f"{one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text']}" for one in report["results"]
    ]
    found += [f"{one['filename']}: {one['reason']}" for one in report["errors"]]
    return Audit("bandit", f"{report['metrics']['_totals']['loc']} lines of code", tuple(found))


def pip_audit() -> Audit:
    """The pinned dependencies of the service against the Python advisory database, where it can be asked."""
    ran = _run(
        "pip_audit", "--requirement", "requirements.txt", "--no-deps", "--disable-pip", "--progress-spinner", "off",
        "--timeout", "10", "--format", "json",
    )  # fmt: skip
    try:
        packages = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        return Audit("pip-audit", NOT_AUDITED)
    asked = [one for one in packages if "skip_reason" not in one]
    if not asked:
        return Audit("pip-audit", NOT_AUDITED)
    found = [f"{one['name']} {one['version']}: {bad['id']}" for one in asked for bad in one["vulns"]]
    unknown = len(packages) - len(asked)
    return Audit(
        "pip-audit", f"{len(asked)} packages" + (f", {unknown} unknown to it" if unknown else ""), tuple(found)
    )


def deployment_checks() -> Audit:
    """`check --deploy` in a complete production environment."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.production", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return Audit("check --deploy", "production settings", () if ran.returncode == 0 else (ran.stderr.strip()[-500:],))


AUDITS = (bandit, pip_audit, deployment_checks)


def _run(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def main() -> int:
    """`python -m devtools.security.audit`: for CI, which runs the tests already."""
    argparse.ArgumentParser(prog="python -m devtools.security.audit", description=__doc__).parse_args()
    ended = [audit() for audit in AUDITS]
    for one in ended:
        sys.stdout.write(f"{one.name:16} {len(one.found)} findings ({one.note})\n")
        sys.stdout.writelines(f"    {line}\n" for line in one.found)
    return 1 if any(one.found for one in ended) else 0


if __name__ == "__main__":
    sys.exit(main())
