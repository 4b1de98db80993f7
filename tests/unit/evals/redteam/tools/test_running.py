"""A tool as a process."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from evals.errors import TargetDown, ToolError
from evals.redteam.tools.running import Tool, run_tool

TOOL = Tool("faketool", "get faketool", {"TOLD": "yes"})


@pytest.fixture
def faketool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a tool with this Python code on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)

    def put(code: str) -> None:
        (tmp_path / "bin").mkdir()
        path = tmp_path / "bin" / "faketool"
        path.write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
        path.chmod(0o755)

    return put


async def test_a_tool_runs_with_its_arguments_and_environment(faketool, tmp_path):
    faketool("import os, sys; print(sys.argv[1:], os.environ['TOLD'])")
    gone = asyncio.get_running_loop().create_future()
    await run_tool(TOOL, ["a", "b"], log=tmp_path / "log", gone=gone)
    assert (tmp_path / "log").read_text() == "['a', 'b'] yes\n"


async def test_a_tool_that_is_missing_says_how_to_install_it(tmp_path):
    gone = asyncio.get_running_loop().create_future()
    with pytest.raises(ToolError, match="`faketool` is not on the PATH; install it with `get faketool`"):
        await run_tool(TOOL, [], log=tmp_path / "log", gone=gone)


async def test_a_tool_that_fails_says_its_last_words(faketool, tmp_path):
    faketool("print('\\n'.join(map(str, range(9)))); raise SystemExit(3)")
    gone = asyncio.get_running_loop().create_future()
    with pytest.raises(ToolError, match=r"ended with status 3; the whole log is .*log:\n4\n5\n6\n7\n8"):
        await run_tool(TOOL, [], log=tmp_path / "log", gone=gone)


@pytest.mark.parametrize("how", ["the target is gone", "nobody waits"])
async def test_a_tool_that_nobody_needs_is_ended(faketool, tmp_path, how):
    faketool("import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    gone = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(run_tool(TOOL, [], log=tmp_path / "log", gone=gone))
    log = tmp_path / "log"
    while not (log.exists() and log.read_text().endswith("\n")):  # noqa: ASYNC110 the tool is another process
        await asyncio.sleep(0.02)
    if how == "nobody waits":
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    else:
        gone.set_exception(TargetDown("it is gone"))
        with pytest.raises(TargetDown):
            await running
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.read_text()), 0)
