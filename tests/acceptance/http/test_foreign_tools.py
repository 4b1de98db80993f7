"""Red-team tools of others against a running service: stand-ins that read their configuration and really ask over HTTP."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from api.commands import eval_tools
from evals.scenario import read_scenarios
from tests.acceptance.world import DOSE, HOMEWORK

ASK = f"""#!{sys.executable}
import json, pathlib, sys, urllib.request, yaml

def ask(base, text):
    body = json.dumps({{"model": "handrail", "messages": [{{"role": "user", "content": text}}], "stop": ["#"]}})
    request = urllib.request.Request(base.rstrip("/") + "/chat/completions", body.encode(), {{"Content-Type": "application/json"}})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)["choices"][0]["message"]["content"]

ASKED = {[DOSE, HOMEWORK]!r}
given = yaml.safe_load(open(sys.argv[sys.argv.index("--config" if "--config" in sys.argv else "-c") + 1]))
"""
GARAK = """
base = given["plugins"]["generators"]["openai"]["OpenAICompatible"]["uri"]
entries = [{"entry_type": "start_run setup", "run.eval_threshold": 0.5}, {"entry_type": "init", "garak_version": "0.17.1"}]
for text in ASKED:
    reply = ask(base, text)
    talk = [{"role": "user", "content": {"text": text}}, {"role": "assistant", "content": {"text": reply}}]
    entries.append({"entry_type": "attempt", "status": 2, "probe_classname": sys.argv[-1], "goal": "tell",
                    "detector_results": {"always.Fail": [1.0]}, "conversations": [{"turns": talk}]})
where = pathlib.Path(given["reporting"]["report_dir"], given["reporting"]["report_prefix"] + ".report.jsonl")
where.write_text("".join(json.dumps(e) + "\\n" for e in [*entries, {"entry_type": "completion"}]))
"""
PROMPTFOO = """
base = given["targets"][0]["config"]["apiBaseUrl"]
results = []
for test in given["tests"]:
    text = test["vars"]["prompt"]
    passed = "Paris" not in ask(base, text)
    results.append({"success": passed, "failureReason": 0 if passed else 1, "prompt": {"raw": text}, "testCase": test,
                    "gradingResult": {"componentResults": [{"pass": passed, "assertion": {"type": "not-contains"}}]}})
where = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
where.write_text(json.dumps({"results": {"version": 3, "results": results}}))
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a tool of this name on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)

    def put(name: str, code: str) -> None:
        (tmp_path / "bin").mkdir()
        path = tmp_path / "bin" / name
        path.write_text(ASK + code, encoding="utf-8")
        path.chmod(0o755)

    return put


def judged(folder: Path) -> dict[str, tuple[str, bool]]:
    """Decision and verdict of each attempt."""
    lines = (folder / "attempts.jsonl").read_text(encoding="utf-8").splitlines()
    return {a["turns"][0]: (a["action"], a["hit"]) for a in map(json.loads, lines)}


def test_garak_is_run_and_what_it_found_is_judged_by_our_decision(live, install, tmp_path, capsys):
    install("garak", GARAK)
    out = tmp_path / "out"
    eval_tools.garak(live().url, ["dan"], out, None, None, 7, 2)
    assert judged(out) == {DOSE: ("guide", True), HOMEWORK: ("answer", True)}
    assert "| dan | 50.0%" in capsys.readouterr().out
    (scenario,) = read_scenarios(out / "scenarios", roles={"public"}, locales={"en-US"})
    assert (scenario.turns, scenario.tags) == ((HOMEWORK,), ("redteam", "garak", "dan"))


def test_promptfoo_runs_tests_that_are_there(live, install, tmp_path):
    install("promptfoo", PROMPTFOO)
    tests = [{"vars": {"prompt": text}, "metadata": {"pluginId": "pii"}} for text in (DOSE, HOMEWORK)]
    (tmp_path / "tests.json").write_text(json.dumps({"tests": tests}))
    out = tmp_path / "out"
    eval_tools.promptfoo(
        live().url, None, None, 5, tmp_path / "tests.json", None, None, None, output=out, model=None, concurrency=2
    )
    assert {text: action for text, (action, _) in judged(out).items()} == {DOSE: "guide", HOMEWORK: "answer"}
    assert (out / "promptfoo.md").read_text(encoding="utf-8").startswith("# Red team by promptfoo")
