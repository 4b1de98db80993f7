from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.errors import PolicyLoadError
from policies.loader import load_policies, packaged_root, parse_policies, read_sources, version_of
from policies.policy_set import PolicySet
from policies.reader import MAX_BYTES, Source
from tests.unit.policies.trees import TEXTS, VOCABULARY, tiny_sources


def _problems(root: Path) -> list[str]:
    with pytest.raises(PolicyLoadError) as caught:
        load_policies(root)
    return [str(problem) for problem in caught.value.problems]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree on disk."""
    for source in tiny_sources({"when": "risky"}):
        path = tmp_path / source.name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source.text, encoding="utf-8")
    return tmp_path


def test_the_packaged_policies_load(policies: PolicySet) -> None:
    assert len(policies.rules) > 100
    assert len(policies.version) == 12


def test_a_tree_loads_from_disk(tree: Path) -> None:
    assert [rule.id for rule in load_policies(tree).rules] == ["test.rule0"]


def test_a_missing_folder_or_file_is_named(tmp_path: Path, tree: Path) -> None:
    assert "policy folder does not exist" in _problems(tmp_path / "nowhere")[0]
    (tree / "vocabulary.yaml").unlink()
    assert _problems(tree) == ["vocabulary.yaml:1: file does not exist; every policy folder needs it, create it"]


def test_unreadable_files_are_all_named(tree: Path) -> None:
    (tree / "rules" / "latin.yaml").write_bytes(b"# caf\xe9\n")
    (tree / "rules" / "other.yml").write_text("rules: []")
    (tree / "rules" / "huge.yaml").write_text("#" * (MAX_BYTES + 1))
    (tree / "rules" / "folder.yaml").mkdir()
    problems = _problems(tree)
    assert any("rules/latin.yaml:1: file is not utf-8 (byte 5)" in problem for problem in problems)
    assert any("rules/other.yml:1: file is not read; rename it" in problem for problem in problems)
    assert any("rules/huge.yaml:1: file is larger than" in problem for problem in problems)
    assert any("rules/folder.yaml:1: file cannot be read" in problem for problem in problems)


def test_a_file_that_is_no_yaml_is_reported_alone(tree: Path) -> None:
    (tree / "vocabulary.yaml").write_text("roles: [")
    assert [problem.split(":")[0] for problem in _problems(tree)] == ["vocabulary.yaml"]


def test_problems_of_all_files_come_together() -> None:
    sources = tiny_sources({"when": "risk.unsaf > 0.5"}, vocabulary=VOCABULARY.replace("high: 0.7", "high: 7"))
    with pytest.raises(PolicyLoadError) as caught:
        parse_policies(sources)
    assert [problem.file for problem in caught.value.problems] == ["rules/test.yaml", "vocabulary.yaml"]


def test_no_files_at_all_is_a_load_error() -> None:
    with pytest.raises(PolicyLoadError):
        parse_policies([])


def test_the_version_follows_the_content_and_nothing_else() -> None:
    sources = tiny_sources({"when": "risky"})
    version = version_of(sources)
    assert version_of(list(reversed(sources))) == version
    assert version_of([Source(s.name, s.text.replace("\n", "\r\n")) for s in sources]) == version
    assert version_of([*sources[:2], Source(sources[2].name, sources[2].text + "# x\n")]) != version


def test_a_copy_of_the_packaged_tree_has_the_same_version(tmp_path: Path, policies: PolicySet) -> None:
    for part in ("rules", "rationales", "overlays"):
        shutil.copytree(packaged_root() / part, tmp_path / part)
    shutil.copy(packaged_root() / "vocabulary.yaml", tmp_path)
    assert load_policies(tmp_path).version == policies.version


def test_loading_reads_nothing_but_policy_files(tree: Path) -> None:
    (tree / "cases").mkdir()
    (tree / "cases" / "broken.yaml").write_text("[")
    (tree / "notes.txt").write_text("x")
    assert [source.name for source in read_sources(tree)] == [
        "vocabulary.yaml",
        "rules/test.yaml",
        "rationales/texts.yaml",
    ]


# --- fuzz: whatever is in the files, the only error is a load error ------------------------------------------

YAMLISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
RULE_FIELDS = ("id", "when", "action", "obligations", "rationale", "except", "effective_from", "owner", "extra")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=st.dictionaries(st.sampled_from(RULE_FIELDS), YAMLISH, max_size=5))
def test_fuzzed_rules_never_raise_anything_else(rule: dict[str, object]) -> None:
    with contextlib.suppress(PolicyLoadError):
        parse_policies(tiny_sources(rule))


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["vocabulary.yaml", "rules/fuzz.yaml", "rationales/fuzz.yaml"]),
    text=st.text(max_size=200) | st.text(alphabet="abcdefrules: -[]{}#&*!|>'\"\n0.1?,", max_size=150),
)
def test_fuzzed_files_never_raise_anything_else(name: str, text: str) -> None:
    kept = [source for source in tiny_sources({"when": "risky"}) if source.name != name]
    with contextlib.suppress(PolicyLoadError):
        parse_policies([*kept, Source(name, text)])


@settings(max_examples=60, deadline=None)
@given(
    section=st.sampled_from(["roles", "locales", "signals", "thresholds", "predicates", "audiences", "jurisdictions"]),
    value=YAMLISH,
)
def test_fuzzed_vocabulary_never_raises_anything_else(section: str, value: object) -> None:
    lines = [line for line in VOCABULARY.splitlines() if line and not line.startswith((section, " "))]
    with contextlib.suppress(PolicyLoadError):
        parse_policies(
            tiny_sources({"when": "risky"}, vocabulary="\n".join([*lines, f"{section}: {json.dumps(value)}"]))
        )


WORDS = ["risk.unsafe", "risk.facet", "risk.signals", "context.role", "text.length", '"dosing"', '"public"', "0.5", "1"]
OPERATORS = ["&&", "||", "==", "<", ">=", "in", "+", "/", "?", ":", "!", "(", ")", "[", "]", ",", ".size()", "size("]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS + OPERATORS), max_size=12).map(" ".join))
def test_fuzzed_conditions_never_raise_anything_else(source: str) -> None:
    with contextlib.suppress(PolicyLoadError):
        parse_policies(tiny_sources({"when": source}))


def test_texts_and_vocabulary_of_the_tests_are_sound(tiny: Callable[..., PolicySet]) -> None:
    assert tiny({"when": "risky"}, vocabulary=VOCABULARY, texts=TEXTS).version
