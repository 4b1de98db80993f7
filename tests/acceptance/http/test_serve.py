"""``handrail serve`` as a user starts it: real parts, its own process, a clean end."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from policies.loader import packaged_root
from tests.acceptance.http.installation import HANDRAIL, REPOSITORY

pytestmark = pytest.mark.slow


class Served(NamedTuple):
    """A server in its own process."""

    url: str
    process: subprocess.Popen[str]


@pytest.fixture
def serve(installation: dict[str, str]) -> Iterator[Callable[..., Served]]:
    """Starts servers; they have ended afterwards."""
    running: list[subprocess.Popen[str]] = []

    def start(**settings: str) -> Served:
        command = [*HANDRAIL, "serve", "--port", "0"]
        process = subprocess.Popen(
            command,
            env={**installation, **settings},
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stderr.read()
        return Served(found[0], process)

    yield start
    for process in running:
        process.kill()
        process.communicate()


def failed_start(installation: dict[str, str], **settings: str) -> str:
    """The one line that a start which cannot work leaves on stderr."""
    command = [*HANDRAIL, "serve", "--port", "0"]
    done = subprocess.run(
        command,
        check=False,
        env={**installation, **settings},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def test_it_serves_turns_and_ends_cleanly_on_a_signal(serve):
    served = serve()
    assert httpx.get(f"{served.url}/readyz", timeout=10).json()["status"] == "ready"
    body = {"input": "What dose of ibuprofen can I give my 3-year-old who weighs 14 kg?"}
    result = httpx.post(f"{served.url}/v1/turns", json=body, timeout=30).json()
    assert result["action"] == "guide"
    assert result["corpus_release"]
    again = {"input": "hello", "thread_id": result["thread_id"]}
    assert httpx.post(f"{served.url}/v1/turns", json=again, timeout=30).status_code == 200
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    assert "Traceback" not in served.process.stderr.read()


def test_a_thread_outlives_the_process(serve):
    first = serve()
    thread = httpx.post(f"{first.url}/v1/turns", json={"input": "hello"}, timeout=30).json()["thread_id"]
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(20) == 0
    second = serve()
    answer = httpx.post(f"{second.url}/v1/turns", json={"input": "hello again", "thread_id": thread}, timeout=30)
    assert answer.json()["thread_id"] == thread


def test_a_signal_ends_open_streams(serve):
    with socket.create_server(("127.0.0.1", 0)) as stalled:  # accepts, and never answers
        url = f"http://127.0.0.1:{stalled.getsockname()[1]}/v1"
        served = serve(HANDRAIL_MODEL="openai", HANDRAIL_MODEL_NAME="any", HANDRAIL_MODEL_BASE_URL=url)
        body = {"input": "hello", "stream": True}
        with httpx.stream("POST", f"{served.url}/v1/turns", json=body, timeout=30) as response:
            lines = response.iter_lines()
            next(lines)
            started = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(httpx.RemoteProtocolError):
                list(lines)
        assert served.process.wait(20) == 0
        assert time.monotonic() - started < 8


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_torch_is_not_loaded_while_serving(serve):
    served = serve()
    assert httpx.post(f"{served.url}/v1/turns", json={"input": "hello"}, timeout=30).status_code == 200
    maps = Path(f"/proc/{served.process.pid}/maps").read_text(encoding="utf-8")
    assert "libtorch" not in maps
    assert "onnxruntime" in maps


def test_a_broken_policy_file_stops_the_start_and_says_where(installation, tmp_path):
    shutil.copytree(packaged_root(), tmp_path / "policies", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    rules = tmp_path / "policies" / "rules" / "general.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + "\n  - id: [\n", encoding="utf-8")
    error = failed_start(installation, HANDRAIL_POLICIES_DIR=str(tmp_path / "policies"))
    assert error.startswith("handrail: policies cannot be loaded")
    assert re.search(r"rules/general\.yaml:\d+: ", error)


def test_a_missing_risk_model_stops_the_start_in_one_line(installation, tmp_path):
    error = failed_start(installation, HANDRAIL_RISK_MODEL_DIR=str(tmp_path / "nothing"))
    assert error.startswith("handrail: risk model")
    assert error.count("\n") == 1


def test_a_setting_that_is_none_stops_the_start_in_one_line(installation):
    assert failed_start(installation, HANDRAIL_HOTS="x").startswith("handrail: unknown setting `HANDRAIL_HOTS`")


def test_a_model_kind_without_a_name_stops_the_start_in_one_line(installation):
    assert "HANDRAIL_MODEL_NAME" in failed_start(installation, HANDRAIL_MODEL="openai")


def test_a_port_in_use_stops_the_start_before_anything_is_loaded(serve, installation):
    port = serve().url.rsplit(":", 1)[1]
    command = [*HANDRAIL, "serve", "--port", port]
    done = subprocess.run(
        command, check=False, env=installation, cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert f"port {port}: address already in use" in done.stderr


def test_a_broken_document_is_named_and_left_out_while_the_rest_is_served(installation, tmp_path, serve):
    library = tmp_path / "library"
    shutil.copytree(installation["HANDRAIL_LIBRARY_DIR"], library)
    (library / "medical" / "en" / "broken.md").write_text("no front matter\n", encoding="utf-8")
    served = serve(HANDRAIL_LIBRARY_DIR=str(library))
    assert httpx.get(f"{served.url}/readyz", timeout=10).json()["status"] == "ready"
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(20)
    assert re.search(r"broken\.md:1: ", served.process.stderr.read())


def test_an_unreachable_qdrant_does_not_stop_the_start(serve):
    served = serve(HANDRAIL_QDRANT_URL="http://127.0.0.1:9")
    ready = httpx.get(f"{served.url}/readyz", timeout=10)
    assert ready.status_code == 503
    assert ready.json()["checks"]["guidance"]["ok"] is False
    body = {"input": "What dose of ibuprofen can I give my 3-year-old who weighs 14 kg?"}
    result = httpx.post(f"{served.url}/v1/turns", json=body, timeout=30).json()
    assert (result["action"], result["alternative"]) == ("refuse", None)
