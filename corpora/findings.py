"""What lint has to say about a document."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Finding(BaseModel):
    """One thing to mend, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    line: int
    level: Literal["error", "warning"]
    """``error``: must not be published. ``warning``: an editor should look."""
    code: str
    """Stable kebab-case name of the check."""
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.level} {self.code}: {self.message}"
