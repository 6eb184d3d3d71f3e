"""What gunicorn serves. A start with a bad environment ends here, in sentences, before the first request."""

import os
import sys

import django
from django.core.checks import ERROR, run_checks
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connector.settings")
django.setup()

_problems = [message for message in run_checks() if message.is_serious(ERROR) and not message.is_silenced()]
if _problems:
    for _problem in _problems:
        sys.stderr.write(f"{_problem.msg}\n")
    # 3 is what gunicorn's arbiter understands as "the worker can't boot: stop, don't restart it for ever".
    sys.exit(3)

application = get_wsgi_application()
