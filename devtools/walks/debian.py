"""A Debian of a walk's own, made by debootstrap and entered by systemd-nspawn: no registry of images is asked."""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.production import ROOT

# Debian 13, with Python 3.13 as the Dockerfile's image.
SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
PACKAGES = ("python3", "python3-venv", "python-is-python3", "make", "git", "ca-certificates")
# What this machine trusts: a package index may be reached by a proxy with an authority of its own.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def missing(*programs: str) -> str:
    """Why this machine can't have one, empty where it can; `programs` are needed beside debootstrap."""
    if os.geteuid() != 0:
        return "only root can make a Debian root"
    absent = [name for name in ("debootstrap", *programs) if shutil.which(name) is None]
    return f"{', '.join(absent)} not installed (Debian: apt install debootstrap systemd-container podman crun)" * bool(
        absent
    )


@cache
def fresh() -> Path:
    """Its root with PACKAGES and nothing else, once for all walks of a run; gone at the end."""
    # Too large for a /tmp in memory.
    folder = Path(tempfile.mkdtemp(prefix="meo-debian-", dir="/var/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    make = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(folder), MIRROR]
    done = subprocess.run(make, capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode:
        raise RuntimeError(f"debootstrap ended with {done.returncode}: {done.stdout[-1000:]}")
    if AUTHORITIES.exists():
        shutil.copy(AUTHORITIES, folder / str(AUTHORITIES)[1:])
    return folder


def copied(folder: Path) -> Path:
    """One to change, as `fresh`."""
    subprocess.run(["cp", "-a", str(fresh()), str(folder)], check=True, timeout=300)  # noqa: S607
    return folder


def cloned(root: Path, path: str) -> None:
    """What is committed here, cloned into a Debian root."""
    target = root / path[1:]
    clone = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(target)]
    subprocess.run(clone, check=True, timeout=300)


def run(root: Path, command: str, *, user: str = "root", seconds: int = 600, **environment: str) -> tuple[int, str]:
    """A shell line there, on this machine's network; its status, and what it printed."""
    nspawn = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--as-pid2", "--pipe", f"--user={user}"]
    nspawn += [f"--setenv={name}={value}" for name, value in environment.items()]
    done = subprocess.run(
        [*nspawn, "--directory", str(root), "sh", "-ec", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    # systemd-nspawn's own last word, on a host without systemd.
    return done.returncode, done.stdout.partition("Attempted to remove disk file system")[0].rstrip()
