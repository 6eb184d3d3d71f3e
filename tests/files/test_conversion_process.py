"""The conversion process has nothing to steal and cannot outlive, outgrow or take down the web worker."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mainapp.http.connection import Deadline
from petstools.files import worker
from petstools.files.conversion import seal
from petstools.files.convert import prepare
from petstools.files.refusals import FileRefused, RefusalCode
from tests.files.samples import corners, laughing_pdf, pages, saved

ROOT = str(Path(__file__).resolve().parents[2])


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """Each conversion process that was started."""
    started: list[subprocess.Popen[bytes]] = []
    exchange = worker._exchange

    def watched(process: "subprocess.Popen[bytes]", *args: Any) -> bytes | None:
        started.append(process)
        return exchange(process, *args)

    monkeypatch.setattr(worker, "_exchange", watched)
    return started


def wait_until_it_reads(process: Path) -> None:
    """Until it sleeps, waiting for its task: before that the kernel and Python are still setting it up."""
    deadline, asleep = time.monotonic() + 10, 0
    while asleep < 5:
        assert time.monotonic() < deadline, "it never asked for its task"
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if state == "S" else 0
        time.sleep(0.005)


def test_no_secret_and_no_open_file_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "f00d" * 16)
    seen: dict[str, Any] = {}
    exchange = worker._exchange

    def look_first(process: "subprocess.Popen[bytes]", *args: Any) -> bytes | None:
        folder = Path(f"/proc/{process.pid}")
        wait_until_it_reads(folder)
        seen["environment"] = (folder / "environ").read_bytes().rstrip(b"\0").split(b"\0")
        seen["command"] = (folder / "cmdline").read_bytes()
        seen["files"] = {entry.name: str(entry.readlink()) for entry in (folder / "fd").iterdir()}
        seen["folder"] = str((folder / "cwd").readlink())
        return exchange(process, *args)

    monkeypatch.setattr(worker, "_exchange", look_first)
    secret, other_end = os.pipe()
    os.set_inheritable(secret, True)

    prepare(saved(corners(), "PNG"), kind="pet", deadline=Deadline(30))
    os.close(secret)
    os.close(other_end)

    assert sorted(seen["environment"]) == [b"LANG=C.UTF-8", b"MALLOC_ARENA_MAX=2"]
    assert b"f00d" not in seen["command"]
    assert not [
        name for name, target in seen["files"].items() if int(name) > 2 and target.startswith(("pipe", "socket"))
    ]
    assert seen["files"]["2"] == "/dev/null"
    assert seen["folder"] == "/"


@pytest.mark.parametrize("kind", ["PDF", "HEIF", "JPEG"])
def test_locked_it_opens_no_file_and_no_socket_any_more(kind: str) -> None:
    program = f"""
import sys; sys.path.append({ROOT!r})
import socket, errno
from petstools.files.conversion import process, pictures, pdf
process._lock({kind!r})
for attempt in (lambda: open('/proc/1/environ'), lambda: socket.socket(), lambda: open('/etc/passwd')):
    try:
        attempt()
    except OSError as error:
        print(errno.errorcode[error.errno])
"""

    ended = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.split() == ["EMFILE"] * 3


REACHING_OUT = """
import ctypes, errno, os, signal, threading
libc, parent = ctypes.CDLL(None, use_errno=True), os.getppid()
class Piece(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]
def memory(call):
    taken = ctypes.create_string_buffer(8)
    here, there = Piece(ctypes.addressof(taken), 8), Piece(int(os.environ["SECRET_AT"]), 8)
    return call(parent, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
attempts = {
    "read memory": lambda: memory(libc.process_vm_readv),
    "write memory": lambda: memory(libc.process_vm_writev),
    "trace": lambda: libc.ptrace(16, parent, None, None),
    "signal": lambda: libc.kill(parent, 0),
    "limit": lambda: libc.prlimit(parent, 7, None, ctypes.byref(ctypes.create_string_buffer(16))),
    "watch": lambda: libc.syscall(434, parent, 0),
    "fork": lambda: libc.fork() or os._exit(0),
    "become": lambda: libc.execve(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None), None),
    "connect": lambda: libc.socket(1, 1, 0),
}
def tried():
    for name, attempt in attempts.items():
        ctypes.set_errno(0)
        print(name, "worked" if attempt() != -1 else errno.errorcode[ctypes.get_errno()], flush=True)
"""
NEEDS_FILTERS = pytest.mark.skipif(bool(seal.why_not_sealed()), reason=seal.why_not_sealed())


def _from_inside(first: str) -> dict[str, str]:
    """What a child of this process, of its uid, reaches after `first`."""
    secret = ctypes.create_string_buffer(b"S3cret!")
    ended = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.append({ROOT!r})\n{REACHING_OUT}\n{first}\ntried()"],
        env={"SECRET_AT": str(ctypes.addressof(secret))},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.rsplit(" ", 1) for line in ended.stdout.splitlines())


@NEEDS_FILTERS
@pytest.mark.parametrize("kind", ["PDF", "HEIF", "JPEG"])
def test_locked_it_reaches_no_other_process(kind: str) -> None:
    told = _from_inside(f"from petstools.files.conversion import process, pictures, pdf\nprocess._lock({kind!r})")

    refused = ("read memory", "write memory", "trace", "signal", "limit", "watch", "fork", "become")
    assert told == {**dict.fromkeys(refused, "EPERM"), "connect": "EMFILE"}


def test_unlocked_it_would() -> None:
    """The attempts above are real ones."""
    told = _from_inside("for name in ('write memory', 'trace', 'limit', 'fork', 'become'): del attempts[name]")

    assert told == dict.fromkeys(("read memory", "signal", "watch", "connect"), "worked")


@NEEDS_FILTERS
def test_threads_of_its_own_and_a_crash_stay_possible() -> None:
    program = f"""
import sys; sys.path.append({ROOT!r})
import os, threading
from petstools.files.conversion import seal
seal.seal()
thread = threading.Thread(target=print, args=("here",)); thread.start(); thread.join()
sys.stdout.flush(); os.abort()
"""
    ended = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)

    assert (ended.stdout, ended.returncode) == ("here\n", -signal.SIGABRT)


@pytest.mark.parametrize("hidden", [True, False])
def test_a_worker_hides_its_memory_from_processes_of_its_uid(hidden: bool) -> None:
    """As a uid without capabilities, as in the image: root may read whatever it likes."""
    yama = Path("/proc/sys/kernel/yama/ptrace_scope")
    if not hidden and yama.exists() and yama.read_text().strip() != "0":
        pytest.skip("this kernel lets no process read another's memory")
    program = f"""
import sys; sys.path.append({ROOT!r})
{REACHING_OUT}
from petstools.files.conversion import seal
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    # As after a start under this uid.
    seal._prctl(seal._PR_SET_DUMPABLE, 1)
secret = ctypes.create_string_buffer(b"S3cret!")
if {hidden}: seal.hide_memory()
if not os.fork():
    os.environ["SECRET_AT"] = str(ctypes.addressof(secret))
    parent = os.getppid()
    attempts = {{
        "read memory": attempts["read memory"],
        "environment": lambda: libc.open(b"/proc/%d/environ" % parent, 0),
    }}
    tried()
    os._exit(0)
os.wait()
"""

    ended = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    told = dict(line.rsplit(" ", 1) for line in ended.stdout.splitlines())
    assert told == {"read memory": "EPERM" if hidden else "worked", "environment": "EACCES" if hidden else "worked"}


def test_where_the_kernel_has_no_filters_it_says_so_once_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(seal, "_machine", lambda: "vax")
    worker._warn_unless_sealed.cache_clear()

    for _ in range(2):
        assert prepare(saved(corners(), "PNG"), kind="pet", deadline=Deadline(30))

    worker._warn_unless_sealed.cache_clear()
    (line,) = [one for one in caplog.records if one.message == "file_conversion_not_sealed"]
    assert line.__dict__["reason"] == "no filter is written for vax"


def test_it_loads_neither_django_nor_our_settings() -> None:
    program = f"""
import sys; sys.path.append({ROOT!r})
from petstools.files.conversion import process, pictures, pdf
ours = ('django', 'connector', 'mainapp', 'oauthbridge', 'httpx')
print([name for name in sys.modules if name.split('.')[0] in ours])
"""

    ended = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "[]"


def test_a_file_that_takes_too_long_is_ended_at_the_deadline(processes: list[Any]) -> None:
    started = time.monotonic()

    assert _refusal(laughing_pdf(), deadline=1.0) is RefusalCode.TIMED_OUT

    assert time.monotonic() - started < 2.5
    assert not Path(f"/proc/{processes[0].pid}").exists()


def test_a_file_that_takes_too_much_cpu_time_is_ended(settings: Any) -> None:
    settings.FILE_CONVERSION_CPU_SECONDS = 1

    assert _refusal(laughing_pdf()) is RefusalCode.TIMED_OUT


def test_a_file_that_takes_too_much_memory_is_ended(processes: list[Any]) -> None:
    assert _refusal(laughing_pdf()) in (RefusalCode.CONVERSION_FAILED, RefusalCode.TIMED_OUT)

    assert processes[0].returncode != 0


def test_a_picture_that_does_not_fit_the_memory_is_refused(settings: Any) -> None:
    settings.FILE_CONVERSION_MEMORY_BYTES = 200 << 20

    assert _refusal(saved(Image.new("RGB", (8000, 8000)), "PNG", compress_level=1)) is RefusalCode.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "program",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os; os.abort()",
        "raise SystemExit(3)",
        "print('nonsense')",
        "print('[' * 60000)",
        """print('{"pictures": []}')""",
        """print('{"pictures": [1]}')""",
        """print('{"refused": "no such code"}')""",
        """print('{"pictures": [{"size": 4, "content_type": "image/jpeg", "width": 1, "height": 1, "page": null, '
              '"page_count": null, "still": false}]}\\nhtml', end='')""",
        """print('{"pictures": [{"size": -1, "content_type": "image/jpeg", "width": 1, "height": 1, "page": null, '
              '"page_count": null, "still": false}]}\\n\\xff\\xd8\\xff', end='')""",
        "import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))",
    ],
)
def test_a_process_that_dies_or_lies_is_a_failed_conversion(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_COMMAND", (sys.executable, "-I", "-c", program))

    assert _refusal(b"x" * 1_000_000) is RefusalCode.CONVERSION_FAILED


def test_children_that_a_process_leaves_behind_are_ended_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = (
        "import os, sys, time\n"
        f"if os.fork(): time.sleep(0.2); sys.exit()\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    monkeypatch.setattr(worker, "_COMMAND", (sys.executable, "-I", "-c", program))

    assert _refusal(b"x", deadline=1.0) is RefusalCode.TIMED_OUT

    child = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    time.sleep(0.1)
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"


def test_it_is_not_even_started_when_no_time_is_left(processes: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        worker._places.acquire()
    try:
        assert _refusal(pages(1), deadline=0.2) is RefusalCode.TIMED_OUT
    finally:
        for _ in range(2):
            worker._places.release()

    assert processes == []


def test_nothing_is_left_open_afterwards() -> None:
    prepare(saved(corners(), "PNG"), kind="pet", deadline=Deadline(10))
    before = len(list(Path("/proc/self/fd").iterdir()))

    prepare(saved(corners(), "PNG"), kind="pet", deadline=Deadline(10))
    _refusal(laughing_pdf(), deadline=0.3)

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def _refusal(data: bytes, *, deadline: float = 20) -> RefusalCode:
    with pytest.raises(FileRefused) as refused:
        prepare(data, kind="medical_record", deadline=Deadline(deadline))
    return refused.value.code
