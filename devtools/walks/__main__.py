"""Do what docs/operations.md says, step by step, on real processes with people at work, and say which step is not as it says.

Needs PostgreSQL and Redis as the tests do (TEST_DATABASE_URL, TEST_REDIS_URL), Debian's packages of both, pgbouncer and jq. The exit
code is 1 when a step is wrong.
"""

import sys

from devtools.faults.__main__ import main

MODULES = ("devtools.walks.backup", "devtools.walks.rotation", "devtools.walks.hosts", "devtools.faults.deploys")

if __name__ == "__main__":
    sys.exit(main(MODULES, "python -m devtools.walks", __doc__))
