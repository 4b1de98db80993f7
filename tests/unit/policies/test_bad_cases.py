"""Files in ``cases/bad`` must fail to load, with the messages their head comments promise and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.errors import PolicyLoadError
from policies.loader import packaged_root, parse_policies, read_sources
from policies.reader import Source

BAD = sorted((packaged_root() / "cases" / "bad").glob("*.yaml"))


def _head(text: str, key: str) -> list[str]:
    return [line.removeprefix(f"# {key}: ") for line in text.splitlines() if line.startswith(f"# {key}: ")]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_is_rejected_with_file_line_and_fix(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    (name,) = _head(text, "as")
    left_out = ("overlays/",) if name.startswith("overlays/") else ("rules/", "overlays/")
    kept = [source for source in read_sources() if source.name != name and not source.name.startswith(left_out)]
    with pytest.raises(PolicyLoadError) as caught:
        parse_policies([*kept, Source(name, text)])
    problems = [str(problem) for problem in caught.value.problems]
    expected = _head(text, "expect")
    for fragment in expected:
        assert any(fragment in problem for problem in problems), f"no `{fragment}` in {problems}"
    assert len(problems) == len(expected), problems


def test_there_are_bad_files() -> None:
    assert len(BAD) >= 20
