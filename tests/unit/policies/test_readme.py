from __future__ import annotations

import re
from pathlib import Path

from policies.loader import parse_policies, read_sources
from policies.reader import Source

README = Path("policies/README.md")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_python_example_runs() -> None:
    (example,) = _blocks("python")
    exec(compile(example, str(README), "exec"), {})


def test_the_example_rule_loads() -> None:
    (example,) = _blocks("yaml")
    kept = [source for source in read_sources() if not source.name.startswith(("rules/", "overlays/"))]
    text = "rules:\n" + "".join(f"  {line}\n" for line in example.splitlines())
    (rule,) = parse_policies([*kept, Source("rules/example.yaml", text)]).rules
    assert rule.exemptions


def test_every_module_is_in_the_table_of_files() -> None:
    text = README.read_text(encoding="utf-8")
    for path in Path("policies").glob("*.py"):
        assert path.name == "__init__.py" or f"`{path.name}`" in text, path.name
