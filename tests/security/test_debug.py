"""Django's debug page shows settings, source and locals to whoever provokes an error: production can't be talked into it."""

import subprocess
import sys

import pytest

from tests.production import ROOT, complete_environment, machine_environment

ASK = "import django; from django.conf import settings; print(settings.DEBUG, settings.DEBUG_PROPAGATE_EXCEPTIONS, settings.ADMINS)"


@pytest.mark.parametrize("environment", ["production", "development", "staging"])
def test_nothing_in_the_environment_turns_it_on(environment: str) -> None:
    tried = dict.fromkeys(["DEBUG", "DJANGO_DEBUG", "MEO_DEBUG", "DEBUG_PROPAGATE_EXCEPTIONS"], "true")
    values = machine_environment() | complete_environment() | tried
    values |= {"ENVIRONMENT": environment, "LOG_LEVEL": "debug", "DJANGO_SETTINGS_MODULE": "connector.settings"}

    told = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=values, capture_output=True, text=True, check=True)

    # No mail to ADMINS either: it would carry the same page.
    assert told.stdout.split(maxsplit=2) == ["False", "False", "[]\n"]
