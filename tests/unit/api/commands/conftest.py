"""Commands as a user types them, in a data directory of their own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from api.cli import main
from retrieval.embedding.onnx import load_minilm


class Said(NamedTuple):
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


@pytest.fixture
def handrail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run ``handrail`` with these arguments."""
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(tmp_path / "var"))

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["handrail", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def data_dir(tmp_path: Path, model_home: Path) -> Path:
    """The data directory of ``handrail``, with the embedder exported already."""
    load_minilm(model_home)
    shutil.copytree(model_home, tmp_path / "var", dirs_exist_ok=True)
    return tmp_path / "var"
