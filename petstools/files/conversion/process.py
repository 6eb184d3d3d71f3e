"""The conversion process itself: takes one file, gives pictures back, ends.

It is started by `petstools.files.worker` with an empty environment, closed file descriptors and two pipes, and gives up
what else it could do before the first decoder sees a byte: memory and CPU time are capped, no file or socket can be opened
any more (RLIMIT_NOFILE), and the kernel refuses whatever reaches another process (`seal`), so code that a file smuggled in
finds nothing to take away.
"""

import codecs
import contextlib
import resource
import sys
from pathlib import Path

from petstools.files.conversion import protocol, seal
from petstools.files.conversion.file_types import FileType, file_type
from petstools.files.conversion.protocol import Rendered, Task, Unusable
from petstools.files.refusals import RefusalCode

# Pillow looks these up when a file first needs them, and looking up is importing.
_CODECS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-16-be")


def main() -> None:
    """Answer the one task on standard input."""
    task = Task.from_line(sys.stdin.buffer.readline())
    _cap(task)
    data = sys.stdin.buffer.read()
    sys.stdout.buffer.write(_outcome(data, task))


def _outcome(data: bytes, task: Task) -> bytes:
    try:
        return protocol.pack(_converted(data, task))
    except Unusable as unusable:
        return protocol.pack_refusal(unusable.code)
    except MemoryError:
        return protocol.pack_refusal(RefusalCode.TOO_MANY_PIXELS)
    except (OSError, SyntaxError, ValueError, EOFError):
        # Pillow's ways to say that a file of a known type is broken (UnidentifiedImageError is an OSError).
        return protocol.pack_refusal(RefusalCode.DAMAGED)


def _converted(data: bytes, task: Task) -> list[Rendered]:
    kind = file_type(data)
    if kind is None:
        raise Unusable(RefusalCode.NOT_A_PICTURE)
    if kind == "PDF":
        if not task.pdf_allowed:
            raise Unusable(RefusalCode.PDF_IS_NOT_A_PHOTO)
        from petstools.files.conversion import pdf

        _lock(kind)
        return pdf.convert(data, task)
    from petstools.files.conversion import pictures

    _lock(kind)
    return [pictures.convert(data, kind, task)]


def _cap(task: Task) -> None:
    # Where memory runs out for all, the kernel is to end this process and not the web worker.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_AS, (task.memory_bytes, task.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (task.cpu_seconds, task.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _lock(kind: FileType) -> None:
    """Open what is needed for this type, then nothing any more."""
    from PIL import Image

    # All of Pillow: its plugins import one another only when a file first asks for it (a JPEG's EXIF, an MPO).
    Image.init()
    if kind == "HEIF":
        from petstools.files.conversion import pictures

        pictures.load_heif()
    for name in _CODECS:
        codecs.lookup(name)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    seal.seal()
