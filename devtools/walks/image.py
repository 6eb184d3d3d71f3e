"""The Dockerfile's image: built by buildah, and started against real PostgreSQL and Redis.

No registry is asked: the base that the Dockerfile names is a Debian 13 made by debootstrap, with Debian's own Python 3.13. So this
shows that each step of the Dockerfile works and that what is in the image runs, as its user, from its own files. It does not show
Docker Hub's python image, nor docker compose, nor a container's walls (compose.yaml's read-only root, capabilities, limits), nor how it
stops on TERM (the walk `install` does): buildah runs it in a chroot.
"""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from devtools.faults.scenarios import Options, Row, Scenario
from devtools.faults.stage import Stage, own_database, stage
from devtools.walks import debian, smoke
from tests.ops.processes import Production
from tests.ports import free_port
from tests.production import ROOT

NAME = "meo-connector"
# What no layer may hold, and what the service does not need.
NOT_IN_IT = {".env", ".git", "var", "tests", "devtools", "sandbox", "docs"}
AUTHORITY = "/authority.pem"
GPT_CLIENT = ("python", "manage.py", "gpt_client", "--gpt-id", "g-meo123", "--json")


@dataclass
class Image:
    """In a store of its own; `container` is one made of it."""

    store: Path
    container: str = ""

    def command(self, *arguments: str) -> list[str]:
        return ["buildah", "--root", str(self.store / "root"), "--runroot", str(self.store / "run"), *arguments]

    def buildah(self, *arguments: str) -> str:
        """What buildah printed. Raises RuntimeError with its last words where it fails."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=900, check=False)
        if done.returncode:
            raise RuntimeError(f"buildah {arguments[0]}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout.strip()

    def build(self, base: Path) -> None:
        (named,) = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
        stand_in = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", stand_in, str(base), "/")
        self.buildah("commit", "--quiet", "--rm", stand_in, f"docker.io/library/{named.partition('@')[0]}")
        self.buildah("bud", "--pull-never", "--isolation=chroot", "--format=docker", f"--tag={NAME}", str(ROOT))
        self.container = self.buildah("from", "--pull-never", NAME)


@dataclass
class Running:
    """Commands in the image's container, with what its service is given."""

    image: Image
    environment: dict[str, str] = field(repr=False)
    authority: Path

    def command(self, *command: str, **changes: str) -> list[str]:
        given = [f"--env={key}={value}" for key, value in (self.environment | changes).items()]
        volume = f"--volume={self.authority}:{AUTHORITY}:ro"
        return self.image.command("run", "--isolation=chroot", volume, *given, self.image.container, "--", *command)

    def run(self, *command: str, **changes: str) -> str:
        done = subprocess.run(
            self.command(*command, **changes), capture_output=True, text=True, timeout=180, check=False
        )
        if done.returncode:
            raise RuntimeError(
                f"{' '.join(command)} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
            )
        return done.stdout.strip()


def run(options: Options) -> Iterator[Row]:
    if why := debian.missing("buildah"):
        yield Row((f"not walked: {why}", "–"))
        return
    began = time.monotonic()
    base = debian.fresh()
    yield Row(("a Debian root in place of the base", f"{time.monotonic() - began:.0f} s"))
    began = time.monotonic()
    image = Image(options.folder)
    image.build(base)
    yield Row(("buildah bud: each step of the Dockerfile", f"{time.monotonic() - began:.0f} s"))
    with stage(options.folder) as set_up, own_database() as database:
        machine = ("PATH", "HOME", "TMPDIR", "VIRTUAL_ENV", "PYTHON_DOTENV_DISABLED")
        given = {name: value for name, value in set_up.environment.items() if name not in machine}
        given |= {"DATABASE_URL": database, "SSL_CERT_FILE": AUTHORITY}
        running = Running(image, given, set_up.authority.file)
        yield Row(("what is in it", running.run("python", "-V")), tuple(_inside(running)))
        running.run("python", "manage.py", "migrate", "--no-input", "--verbosity", "0")
        yield Row(("migrate, as compose.yaml's own service", "–"))
        yield from _served(running, set_up)


def _inside(running: Running) -> Iterator[str]:
    if there := set(running.run("ls", "-A", "/app").split()) & NOT_IN_IT:
        yield f"/app has {', '.join(sorted(there))}"
    if running.run("id", "-u") == "0":
        yield "it runs as root"


def _served(running: Running, set_up: Stage) -> Iterator[Row]:
    port, log = free_port(), running.image.store / "container.log"
    made = json.loads(running.image.buildah("inspect", running.image.container))["Docker"]["config"]
    (_shell, *health) = made["Healthcheck"]["Test"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            running.command(*made["Cmd"], BIND=f"127.0.0.1:{port}"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    serving = Production(running.environment, port, log, process)
    try:
        serving.wait_until_ready()
        # Its port is another here.
        running.run(*(part.replace(":8000/", f":{port}/") for part in health))
        yield Row(("the image's own HEALTHCHECK", "–"))
        yield from smoke.rows(serving, set_up, running.run(*GPT_CLIENT))
        running.run("python", "manage.py", "maintenance", "--once")
        yield Row(("maintenance --once", "–"))
    finally:
        # Its end shows nothing: buildah kills what it runs when it is told to stop.
        serving.stop()


SCENARIOS = (Scenario("image", "The Dockerfile's image", ("Step", "Measured"), run),)
