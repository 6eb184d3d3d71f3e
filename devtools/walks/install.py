"""docs/operations.md, "Install", line by line on a fresh Debian that runs systemd, against real PostgreSQL and Redis.

The lines are taken from the page itself. What a person does by hand is done here: the environment is filled in, a password is given.
"""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import Stage, own_database, stage
from devtools.walks import debian, smoke
from tests.ops.processes import Production
from tests.ports import free_port
from tests.production import ROOT

ENVIRONMENT = "etc/meo-connector.env"
PASSWORD = "Purr-sonal-and-long-1"


@dataclass(frozen=True)
class Machine:
    """A Debian whose systemd runs, on this machine's network; `leader` is its first process."""

    root: Path
    leader: int

    def run(self, command: str, **environment: str) -> tuple[int, str]:
        """A shell line of its administrator's; its status, and what it printed."""
        given = {"PATH": "/usr/sbin:/usr/bin", "HOME": "/root", "LANG": "C.UTF-8", **environment}
        done = subprocess.run(
            ["nsenter", f"--target={self.leader}", "--all", "--wdns=/", "sh", "-ec", command],  # noqa: S607
            env=given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout

    def state(self, unit: str) -> str:
        return self.run(f"systemctl is-active {unit} || true")[1].strip()


@contextlib.contextmanager
def booted(root: Path) -> Iterator[Machine]:
    """Raises RuntimeError where its systemd does not come up within a minute."""
    status, output = debian.run(
        root, "apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd systemd-sysv dbus 2>&1",
        DEBIAN_FRONTEND="noninteractive",
    )  # fmt: skip
    if status:
        raise RuntimeError(output[-2000:])
    nspawn = subprocess.Popen(
        ["systemd-nspawn", "--boot", "--register=no", "--keep-unit", "--console=pipe", f"--directory={root}"],  # noqa: S607
        # Where this machine has the older kind of groups too.
        env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children").read_text().split()
            if children:
                machine = Machine(root, int(children[0]))
                if machine.run("systemctl is-system-running")[1].strip() in ("running", "degraded"):
                    break
            time.sleep(0.5)
        else:
            raise RuntimeError("systemd did not come up in systemd-nspawn")
        yield machine
    finally:
        nspawn.terminate()
        nspawn.wait(90)


def lines() -> list[str]:
    """Each command of the page's section, in order."""
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.partition("\n## Install\n")[2].partition("\n### ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def run(options: Options) -> Iterator[Row]:
    if why := debian.missing("systemd-nspawn", "nsenter"):
        yield Row((f"not walked: {why}", "–"))
        return
    root = debian.copied(options.folder / "debian")
    debian.cloned(root, "/srv/meo-connector")
    with stage(options.folder) as set_up, own_database() as database, booted(root) as machine:
        port = free_port()
        shutil.copy(set_up.authority.file, root / "etc" / "main-app.pem")
        given = set_up.environment | {
            "DATABASE_URL": database,
            "BIND": f"127.0.0.1:{port}",
            "SSL_CERT_FILE": "/etc/main-app.pem",
        }
        made = ""
        for line in lines():
            began = time.monotonic()
            status, printed = _followed(machine, line, given)
            wrong = () if status == 0 else (f"it ended with {status}: {printed[-1500:]}",)
            if "gpt_client" in line:
                made = printed
            yield Row((line, f"{time.monotonic() - began:.0f} s"), wrong)
        serving = Production(given, port, options.folder / "none", set_up.connector.process)
        yield from smoke.rows(serving, set_up, made)
        yield from _units(machine, serving, set_up)


def _followed(machine: Machine, line: str, given: dict[str, str]) -> tuple[int, str]:
    if line.startswith("editor "):
        _fill_in(machine.root / ENVIRONMENT, given)
        return 0, ""
    line = line.replace("<address of this repository>", "/srv/meo-connector")
    if "createsuperuser" in line:
        line += " --no-input"
    if "gpt_client" in line:
        line = line.replace("g-…", "g-meo123") + " --json"
    # One shell for the page's reader; one for each line here.
    folder = "/opt/meo-connector"
    return machine.run(f"cd {folder} 2>/dev/null || true; {line}", DJANGO_SUPERUSER_PASSWORD=PASSWORD)


def _fill_in(file: Path, given: dict[str, str]) -> None:
    """Its first block, as a person does; what is of this walk goes to the end."""
    first, empty, rest = file.read_text().partition("\n\n# Only when")
    first = re.sub(
        r"^# ([A-Z_]+)=.*$", lambda found: f"{found[1]}={given.get(found[1], '')}", first, flags=re.MULTILINE
    )
    own = "".join(f"{name}={given[name]}\n" for name in ("BIND", "SSL_CERT_FILE"))
    file.write_text(f"{first}{empty}{rest}\n{own}")


def _units(machine: Machine, serving: Production, set_up: Stage) -> Iterator[Row]:
    for unit in ("meo-connector", "meo-connector-maintenance"):
        state = machine.state(unit)
        yield Row((f"{unit}.service", state), () if state == "active" else (_journal(machine, unit),))
    machine.run("systemctl kill --signal=KILL --kill-whom=main meo-connector")
    began = time.monotonic()
    wrong: tuple[str, ...] = ()
    try:
        serving.wait_until_ready()
    except AssertionError:
        wrong = (_journal(machine, "meo-connector"),)
    yield Row(("killed, it is back by itself", f"{time.monotonic() - began:.0f} s"), wrong)
    began = time.monotonic()
    machine.run("systemctl stop meo-connector meo-connector-maintenance")
    results = machine.run("systemctl show --property=Result meo-connector meo-connector-maintenance")[1].split()
    wrong = () if set(results) == {"Result=success"} else (f"{results}",)
    yield Row(("systemctl stop", f"{time.monotonic() - began:.1f} s"), wrong)
    environment = machine.root / ENVIRONMENT
    environment.write_text(environment.read_text().replace("\nSECRET_KEY=", "\nSECRET_KEY=short\n# SECRET_KEY="))
    machine.run("systemctl start --no-block meo-connector")
    # Type=notify: it stays "activating" until gunicorn says that it serves, or ends, and between two tries.
    until = time.monotonic() + 40
    while (state := machine.state("meo-connector")) != "failed" and time.monotonic() < until:
        time.sleep(1)
    yield Row(
        ("a bad environment: it stays down", state), () if state == "failed" else (_journal(machine, "meo-connector"),)
    )


def _journal(machine: Machine, unit: str) -> str:
    return machine.run(f"journalctl --no-pager --lines=25 --output=cat --unit={unit}")[1]


SCENARIOS = (Scenario("install", "operations.md: install without Docker", ("Step", "Took"), run),)
