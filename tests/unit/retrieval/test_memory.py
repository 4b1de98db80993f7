"""Giving memory back loses nothing, and keeping it saves asking for it."""

from __future__ import annotations

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval import memory

SIZE = 8 << 20


def resident(path: Path) -> int:
    """Bytes of the mapped file in the memory of this process."""
    inside, found = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace").splitlines():
        if "-" in line.split(" ", 1)[0]:
            inside = line.endswith(str(path))
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_mapped_pages_leave_and_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "vectors.dat"
    path.parent.mkdir()
    path.write_bytes(b"a" * SIZE)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), SIZE) as mapped:
        mapped[:] = b"b" * SIZE
        assert resident(path) == SIZE
        memory.page_out(path.parent)
        assert resident(path) < SIZE  # the kernel may keep pages that somebody else looks at
        assert mapped[:] == b"b" * SIZE


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_only_files_under_the_folder_are_meant(tmp_path: Path) -> None:
    for name in ("release", "release-2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").write_bytes(b"a" * SIZE)
    other = tmp_path / "release-2" / "data"
    with other.open("r+b") as file, mmap.mmap(file.fileno(), SIZE) as mapped:
        assert mapped[:1] + mapped[-1:] == b"aa"
        mapped[:] = b"b" * SIZE
        memory.page_out(tmp_path / "release")
        assert resident(other) == SIZE


@pytest.mark.skipif(sys.platform != "linux", reason="needs mallopt")
def test_what_is_freed_is_used_again() -> None:
    program = """
import resource
from retrieval import memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    data = bytearray(64 << 20)
    del data
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
without = faults()
memory.keep()
faults()
print(without, faults())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    without, kept = map(int, done.stdout.split())
    assert kept < without / 2


def test_elsewhere_nothing_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(memory.ctypes, "CDLL", None)  # calling it would fail
    memory.trim()
    memory.keep()
    memory.page_out(tmp_path)
    assert sys.platform == "win32"
