"""Do what README, docs/operations.md and deploy/ say, step by step, on real processes, and say which step is not as it says.

Needs PostgreSQL and Redis as the tests do (TEST_DATABASE_URL, TEST_REDIS_URL) and Debian's packages of both. A walk names what else it
wants where that is missing: pgbouncer and jq; nginx-light, caddy, prometheus; for a fresh Debian (newcomer, install, image) root,
debootstrap, systemd-container, buildah and Debian's mirror. For example `--only image`: a minute for that Debian, two to build and try.
The exit code is 1 when a step is wrong.
"""

import sys

from devtools.faults.__main__ import main

MODULES = (
    *(f"devtools.walks.{name}" for name in ("backup", "rotation", "hosts", "proxies", "newcomer", "install", "image")),
    "devtools.faults.deploys",
)

if __name__ == "__main__":
    sys.exit(main(MODULES, "python -m devtools.walks", __doc__))
