"""What a process may still ask of the kernel: for one that decodes a stranger's file, next to nothing (seccomp(2), prctl(2)).

The conversion process has the uid of the web worker that started it. Code that a file smuggled in could read the worker's memory
(process_vm_readv(2), ptrace(2)) or end it (kill(2)); `seal` has the kernel refuse all but what decoding and answering need, and
`hide_memory` keeps the worker's own memory from any process of its uid.
"""

import ctypes
import errno
import os
import struct
from typing import NamedTuple

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_MODE_FILTER = 2
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
# Classic BPF: load a word of struct seccomp_data, jump where equal, jump where a bit is set, return.
_LOAD, _IF_EQUAL, _IF_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x00010000


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split())


class _Calls(NamedTuple):
    """An architecture's name for audit, and its numbers (asm/unistd.h)."""

    audit: int
    # read write close fstat lseek mmap mprotect munmap brk mremap madvise pread64 readv writev rt_sigaction rt_sigprocmask
    # rt_sigreturn sigaltstack sched_yield sched_getaffinity nanosleep clock_nanosleep clock_gettime getpid gettid futex
    # set_robust_list rseq membarrier restart_syscall getrandom getcwd exit exit_group
    allowed: tuple[int, ...]
    # open openat socket
    opening: tuple[int, ...]
    clone: int
    clone3: int
    tgkill: int


_CALLS = {
    "x86_64": _Calls(
        0xC000003E,
        _numbers(
            "0 1 3 5 8 9 10 11 12 25 28 17 19 20 13 14 15 131 24 204 35 230 228 39 186 202 273 334 324 219 318 79 60 231"
        ),
        _numbers("2 257 41"),
        clone=56,
        clone3=435,
        tgkill=234,
    ),
    "aarch64": _Calls(
        0xC00000B7,
        _numbers(
            "63 64 57 80 62 222 226 215 214 216 233 67 65 66 134 135 139 132 124 123 101 115 113 172 178 98 99 293 283 128 278 17 93 94"
        ),
        _numbers("56 198"),
        clone=220,
        clone3=435,
        tgkill=131,
    ),
}


def why_not_sealed() -> str:
    """Why this machine can't `seal`; empty where it can. Changes nothing: a filter that is not there is EFAULT (seccomp(2))."""
    if _machine() not in _CALLS:
        return f"no filter is written for {_machine()}"
    try:
        _prctl(_PR_SET_SECCOMP, _MODE_FILTER, 0)
    except OSError as error:
        if error.errno != errno.EFAULT:
            return f"this kernel has no seccomp filters ({errno.errorcode.get(error.errno or 0)})"
    return ""


def seal() -> None:
    """For good: memory, the open descriptors, threads of its own, the end. Where the kernel has no filters, nothing happens
    (`why_not_sealed` says so in the worker's log and in `manage.py doctor`)."""
    if why_not_sealed():
        return
    program = _program(_CALLS[_machine()])
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many instructions of eight bytes, and where.
    filter_ = ctypes.create_string_buffer(struct.pack("HP", len(program) // 8, ctypes.addressof(code)))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(filter_))


def hide_memory() -> None:
    """No process of the same uid may read this one's memory, attach to it or open its /proc files. Raises OSError."""
    _prctl(_PR_SET_DUMPABLE, 0)


def _machine() -> str:
    return os.uname().machine


def _program(calls: _Calls) -> bytes:
    # An instruction, and whether it holds (1) or not (0): how many to leave out then.
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, calls.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for number in calls.allowed:
        lines += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in calls.opening:
        # As RLIMIT_NOFILE has it, so that decoders meet one answer with and without this filter.
        lines += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.EMFILE)]
    # glibc then takes clone, whose flags can be seen.
    lines += [(_IF_EQUAL, 0, 1, calls.clone3), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    for number, test, value in (
        (calls.clone, _IF_SET, _CLONE_THREAD),
        # abort(3).
        (calls.tgkill, _IF_EQUAL, os.getpid()),
    ):
        lines += [
            (_IF_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (test, 0, 1, value),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ]
    lines.append((_RETURN, 0, 0, _ERRNO | errno.EPERM))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _prctl(option: int, *values: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if library.prctl(ctypes.c_int(option), *arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
