"""Every connector keeps the promises of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.connectors.base import Skip, SourceFolder
from corpora.connectors.table import CONNECTORS
from tests.unit.corpora.connectors.conftest import Files, a_profile


@pytest.mark.parametrize("name", CONNECTORS)
def test_broken_files_are_faults_and_never_errors(name: str, upstream: Callable[[Files], Path], tmp_path: Path) -> None:
    connector = CONNECTORS[name]
    (tmp_path / "outside").write_bytes(b"secret")
    broken = {
        f"broken-{number}{suffix}": data
        for suffix in connector.suffixes
        for number, data in enumerate((b"\xff\xfe\x00", b"{ [ <", b""))
    }
    root = upstream(broken)
    (root / f"link{connector.suffixes[0]}").symlink_to(tmp_path / "outside")
    found = list(connector.find(SourceFolder(root), a_profile()))
    assert all(isinstance(each, Skip) or name == "markdown" for each in found)
    faults = {skip.path for skip in found if isinstance(skip, Skip) and skip.fault}
    assert f"link{connector.suffixes[0]}" in faults
    assert any(path.startswith("broken-0") for path in faults)
    assert list(connector.find(SourceFolder(root), a_profile())) == found
