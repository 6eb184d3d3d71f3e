"""What gunicorn serves. A start with a bad environment ends here, in sentences, before the first request."""

import os
import sys

import django
from django.core.checks import ERROR, run_checks
from django.core.wsgi import get_wsgi_application

from connector import static_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.settings")
django.setup()

_problems = [message for message in run_checks() if message.is_serious(ERROR) and not message.is_silenced()]
if _problems:
    for _problem in _problems:
        sys.stderr.write(f"{_problem.msg}\n")
    # 3 is what gunicorn's arbiter understands as "the worker can't boot: stop, don't restart it for ever".
    sys.exit(3)

# Tools and sign-ins work without; /health/ready does not say ready.
if _missing := static_files.problem():
    sys.stderr.write(f"{_missing}\n")

application = get_wsgi_application()
