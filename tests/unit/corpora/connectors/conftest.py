"""A folder of our own to read with a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from corpora.connectors.base import Connector, Found, Skip, SourceFolder
from corpora.connectors.profile import SourceProfile

Files = Mapping[str, str | bytes]
Gather = Callable[..., tuple[list[Found], list[Skip]]]


def a_profile(**fields: Any) -> SourceProfile:
    """A source with these fields instead of plain ones."""
    plain = {
        "name": "example",
        "connector": "markdown",
        "publisher": "Example Group",
        "licence": "CC0-1.0",
        "url": "https://example.org/{stem}",
        "domain": "security",
        "facets": ["defensive"],
    }
    return SourceProfile.model_validate({**plain, **fields})


@pytest.fixture
def upstream(tmp_path: Path) -> Callable[[Files], Path]:
    """Writes files into a folder and returns it."""

    def write(files: Files) -> Path:
        root = tmp_path / "upstream"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture
def gather(upstream: Callable[[Files], Path]) -> Gather:
    """What a connector finds in files, and what it leaves out."""

    def read(connector: Connector, files: Files, **profile: Any) -> tuple[list[Found], list[Skip]]:
        every = list(connector.find(SourceFolder(upstream(files)), a_profile(**profile)))
        return [each for each in every if isinstance(each, Found)], [each for each in every if isinstance(each, Skip)]

    return read
