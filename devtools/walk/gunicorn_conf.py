"""gunicorn.conf.py, and a worker that notes each function of the product that it enters, with the time."""

import json
import os
import runpy
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
_ROOMS = tuple(f"{ROOT / room}{os.sep}" for room in ("connector", "oauthbridge", "petstools", "mainapp", "chat"))
_entered: list[tuple[float, str, str]] = []

_its_own = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
globals().update(_its_own)


def _note(frame: FrameType, event: str, _argument: Any) -> None:
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(_ROOMS) and code.co_name != "<module>":
        _entered.append((time.monotonic(), code.co_filename.removeprefix(f"{ROOT}{os.sep}"), code.co_qualname))


def post_worker_init(worker: Any) -> None:
    _its_own["post_worker_init"](worker)
    threading.setprofile(_note)
    sys.setprofile(_note)


def worker_exit(_server: Any, _worker: Any) -> None:
    sys.setprofile(None)
    Path(os.environ["WALK_TO"]).write_text(json.dumps(_entered))
