"""Programs are bounded in time and memory, and see nothing of the service."""

from __future__ import annotations

import sys
import time

import pytest

from agent.attachments.child import ChildFailed, python, run


def program(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_it_reads_what_it_is_given_and_nothing_of_the_environment(monkeypatch):
    monkeypatch.setenv("HANDRAIL_SECRET_KEY", "secret")
    code = "import sys, os; print(sys.stdin.read()[::-1], 'HANDRAIL_SECRET_KEY' in os.environ)"
    assert (await run(program(code), b"abc", timeout_s=10)).split() == [b"cba", b"False"]


async def test_one_that_does_not_end_is_ended():
    began = time.monotonic()
    with pytest.raises(ChildFailed) as caught:
        await run(program("import time; time.sleep(60)"), b"", timeout_s=0.3)
    assert caught.value.slow
    assert time.monotonic() - began < 10


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited from outside on Linux only")
async def test_one_that_takes_too_much_memory_fails():
    code = "import sys; sys.stdin.read(); bytearray(3 << 30)"
    with pytest.raises(ChildFailed) as caught:
        await run(program(code), b"x", timeout_s=10)
    assert not caught.value.slow


async def test_one_that_is_missing_fails():
    with pytest.raises(ChildFailed):
        await run(["/nowhere/tesseract"], b"", timeout_s=1)


async def test_a_module_of_ours_finds_what_it_imports():
    command, environ = python("agent.attachments.images")
    assert await run(command, b"", timeout_s=20, environ=environ) == b""
