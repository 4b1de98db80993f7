"""``handrail corpora evaluate``: what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.commands.corpora_evaluation import evaluate
from api.commands.errors import CommandError


@pytest.mark.parametrize(
    ("files", "judged"),
    [(None, None), ([Path("topics")], None), ([Path("t"), Path("d"), Path("q")], Path("judged"))],
)
def test_a_set_has_three_files_and_excludes_judged_requests(files: list[Path] | None, judged: Path | None) -> None:
    with pytest.raises(CommandError, match="three files TOPICS DOCS QRELS, or --judged FOLDER"):
        evaluate(files, judged)
