"""The product's own settings, with static files collected into a folder that the tests name."""

import os
from pathlib import Path

from connector.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
