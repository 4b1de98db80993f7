"""Whether memory that is not needed goes back to the system. Best effort, and on Linux only."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MAPS: Final = Path("/proc/self/maps")
_MADV_PAGEOUT: Final = 21
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_MAX: Final = -4


def trim() -> None:
    """What was freed in this process goes back to the system: a dictionary of 45 MB takes 65 while it is read."""
    call = _libc("malloc_trim")
    if call is not None:
        call(0)


def keep() -> None:
    """What is freed from now on stays with this process for what it asks for next. For long computations: a step of training takes
    and frees gigabytes, and getting them from the system anew each time takes a tenth of its time."""
    call = _libc("mallopt")
    if call is not None:
        call(_M_MMAP_MAX, 0)
        call(_M_TRIM_THRESHOLD, 2**31 - 1)


def page_out(folder: Path) -> None:
    """No page of files under ``folder`` that this process has mapped is in its memory, until it is read again.

    Nothing is lost, whatever is written or mapped at the same time: the kernel writes changed pages to their files first.
    """
    call = _libc("madvise")
    if call is None:
        return
    call.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for start, end in list(_mapped(str(folder.resolve()) + "/")):
        call(start, end - start, _MADV_PAGEOUT)  # a kernel that does not know the advice says so, and nothing happens


def _mapped(prefix: str) -> Iterator[tuple[int, int]]:
    """Address ranges of the files whose paths begin with ``prefix``."""
    with _MAPS.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            columns = line.rstrip("\n").split(maxsplit=5)
            if len(columns) == 6 and columns[5].startswith(prefix):
                start, _, end = columns[0].partition("-")
                yield int(start, 16), int(end, 16)


def _libc(function: str) -> ctypes._FuncPointer | None:
    """The function of the C library; ``None`` where there is none."""
    return getattr(ctypes.CDLL(None), function, None) if sys.platform == "linux" else None
