"""The file of a benchmark, downloaded when asked, with its licence and checksum.

A file is kept only whole and only when its checksum is right: ours where we know it, the caller's where one is given, and
that of the first download afterwards, which is kept beside it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

import httpx

from evals.benchmarks.formats import BENCHMARKS
from evals.errors import BenchmarkError

LARGEST: Final = 200_000_000
"""Bytes; a larger answer is none of these files."""


class Fetched(NamedTuple):
    """A file that is here now."""

    path: Path
    sha256: str
    licence: str
    pinned: bool
    """The checksum was known before the download."""


def fetch(
    name: str, folder: Path, *, sha256: str | None = None, transport: httpx.BaseTransport | None = None
) -> Fetched:
    """The file of the benchmark, downloaded into the folder.

    Raises:
        BenchmarkError: the benchmark is unknown or cannot be downloaded by a program, the server does not give the file, or
            its checksum is another; what was there before stays.
    """
    benchmark = BENCHMARKS.get(name)
    if benchmark is None:
        raise BenchmarkError(f"unknown benchmark `{name}`; known are {', '.join(BENCHMARKS)}")
    if benchmark.url is None:
        raise BenchmarkError(
            f"{benchmark.title} cannot be fetched by a program; get `{benchmark.file}` from {benchmark.page} "
            f"(licence: {benchmark.licence}) and name it with --data"
        )
    target = folder / benchmark.file
    note = target.with_name(f"{target.name}.sha256")
    expected = sha256 or benchmark.sha256 or (note.read_text(encoding="utf-8").split()[0] if note.exists() else None)
    content = _download(benchmark.url, transport)
    digest = hashlib.sha256(content).hexdigest()
    if expected is not None and digest != expected.lower():
        raise BenchmarkError(
            f"`{benchmark.url}` has sha256 {digest}, expected {expected}: the file has changed or is damaged; look at it "
            f"before you trust it, then delete `{note}` or give the new checksum with --sha256"
        )
    folder.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(content)
    partial.replace(target)
    note.write_text(f"{digest}  {target.name}\n", encoding="utf-8")
    return Fetched(target, digest, benchmark.licence, pinned=expected is not None)


def _download(url: str, transport: httpx.BaseTransport | None) -> bytes:
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=60.0, transport=transport) as client,
            client.stream("GET", url) as answer,
        ):
            if not answer.is_success:
                raise BenchmarkError(
                    f"`{url}` answers {answer.status_code}; get the file by hand and name it with --data"
                )
            content = bytearray()
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > LARGEST:
                    raise BenchmarkError(f"`{url}` is larger than {LARGEST} bytes; this is not the file")
            return bytes(content)
    except httpx.HTTPError as error:
        raise BenchmarkError(f"`{url}` cannot be reached: {error or type(error).__name__}") from error
