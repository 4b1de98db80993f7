"""A small installation on disk, for commands that run in a process of their own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from agent.settings import Settings
from corpora.library import BUNDLED_LIBRARY
from tests.acceptance.world import GUIDANCE

HANDRAIL = [sys.executable, "-c", "from api.cli import main; main()"]
REPOSITORY = Path(__file__).parents[3]


def install(folder: Path) -> dict[str, str]:
    """The environment of an installation with its own state and a few documents under ``folder``.

    The exported embedder is copied from the state of this checkout where there is one, for exporting takes a while.
    """
    for path in GUIDANCE:
        (folder / "library" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BUNDLED_LIBRARY / path, folder / "library" / path)
    models = REPOSITORY / Settings().data_dir / "models"
    if models.is_dir():
        shutil.copytree(models, folder / "state" / "models")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HANDRAIL_")}
    return {
        **inherited,
        "HF_HUB_OFFLINE": "1",
        "HANDRAIL_DATA_DIR": str(folder / "state"),
        "HANDRAIL_LIBRARY_DIR": str(folder / "library"),
    }
