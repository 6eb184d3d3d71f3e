"""A limit holds over all processes together: several of them, one Redis, one caller."""

import subprocess
import sys
import uuid

import pytest
from django.conf import settings

from tests.production import ROOT, machine_environment

pytestmark = pytest.mark.stateful

PROCESSES = 4
LIMIT = 50
# A fixed moment, in the middle of a minute: the real one may end within the test.
TRIES = """
import django
django.setup()
from oauthbridge.throttle import Throttle
import sys
limit, key, tries = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
waits = [Throttle("across", limit).hit(key, now=1_800_000_030.0) for _ in range(tries)]
print(waits.count(0), *{wait for wait in waits if wait})
"""


def test_several_processes_together_get_what_one_would(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not settings.REDIS_URL:
        pytest.skip("without Redis each process counts for itself, and production takes none without")
    environment = machine_environment() | {
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "connector.settings",
        "LOG_LEVEL": "error",
    }
    key = uuid.uuid4().hex
    started = [
        subprocess.Popen(
            [sys.executable, "-c", TRIES, str(LIMIT), key, "40"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    told = [process.communicate("go\n", timeout=60)[0].split() for process in started]

    allowed = sum(int(count) for count, *_waits in told)
    waits = [int(wait) for _count, *waits in told for wait in waits]
    assert allowed == LIMIT
    assert waits
    assert all(0 < wait <= 60 for wait in waits)
