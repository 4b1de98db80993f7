"""Two ``handrail serve`` processes, each with a folder of its own, on one PostgreSQL and one Redis: as two replicas are run."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import httpx
import pytest
import redis

from tests.acceptance.http.installation import HANDRAIL, REPOSITORY, install

pytestmark = [pytest.mark.service, pytest.mark.slow]
REDIS = "redis://127.0.0.1:6379/14"
HEARD_S = 10.0
"""How long a busy machine may take to tell a client of the other process; an idle one needs half a second."""


AT_ONCE = 4
"""Clients whose turns are under way when a process dies."""


class Replica(NamedTuple):
    """A process that serves."""

    url: str
    process: subprocess.Popen[str]
    environment: dict[str, str]

    def post(self, path: str, key: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, headers=bearer(key), timeout=60)

    def turn(self, key: str, text: str, thread_id: str | None = None) -> dict[str, Any]:
        body = {"input": text} | ({"thread_id": thread_id} if thread_id else {})
        answer = self.post("/v1/turns", key, body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Two installations that share nothing on disk, and one key to seal with."""
    secret = base64.b64encode(os.urandom(32)).decode()
    shared = {"HANDRAIL_SECRET_KEY": secret, "HANDRAIL_REDIS_URL": REDIS}
    return [install(tmp_path_factory.mktemp(name)) | shared for name in ("here", "there")]


@pytest.fixture
def replicas(
    environments: list[dict[str, str]], postgres_url: str, require_service: Callable[[str, bool], None]
) -> Iterator[tuple[Replica, Replica]]:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.exceptions.ConnectionError:
        require_service("redis", False)
    with ExitStack() as stack:
        here, there = (
            stack.enter_context(started(each | {"HANDRAIL_DATABASE_URL": postgres_url})) for each in environments
        )
        yield here, there


@contextmanager
def started(environment: dict[str, str]) -> Iterator[Replica]:
    """A replica that runs while the context is open."""
    command = [*HANDRAIL, "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found, line + process.stderr.read()
            yield Replica(found[0], process, environment)
        finally:
            process.kill()
            process.communicate()


def command(replica: Replica, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the operator on the machine of this replica."""
    return subprocess.run(
        [*HANDRAIL, *words], env=replica.environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip


def key_of(replica: Replica, *options: str) -> str:
    made = command(replica, "keys", "create", f"n{time.monotonic_ns()}", *options)
    found = re.search(r"hr_\S+|\S{40,}", made.stdout)
    assert found, made.stdout + made.stderr
    return found[0]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def until_it_dies(replica: Replica, key: str) -> int:
    """Turns one after the other while the process lives, each in a thread of its own; how many were answered."""
    answered = 0
    while True:
        try:
            replica.turn(key, "What is the capital of France?")
        except httpx.TransportError:
            return answered
        answered += 1


class Listener:
    """A client that follows a thread at one process."""

    def __init__(self, url: str, key: str) -> None:
        self.heard: list[dict[str, Any]] = []
        self.at: float | None = None
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._follow, args=(url, key), daemon=True)
        self._thread.start()
        assert self._open.wait(30)

    def _follow(self, url: str, key: str) -> None:
        with httpx.stream("GET", url, headers=bearer(key), timeout=60) as response:
            self._open.set()
            for line in response.iter_lines():
                if line.startswith("data: "):
                    self.at = time.monotonic()
                    self.heard.append(json.loads(line.removeprefix("data: ")))
                    return

    def wait(self) -> None:
        """Until something was heard."""
        self._thread.join(HEARD_S)


def test_two_processes_are_one_service(replicas: tuple[Replica, Replica]):
    here, there = replicas
    reviewer = key_of(here, "--scope", "chat", "--scope", "review")

    # a conversation goes on at the other
    first = here.turn(reviewer, "What dose of ibuprofen can I give my 3-year-old who weighs 14 kg?")
    follow = there.turn(reviewer, "and for adults?", first["thread_id"])
    assert follow["thread_id"] == first["thread_id"]
    assert follow["domain"] == first["domain"] == "medical"
    assert there.turn(reviewer, "and for adults?")["domain"] == "general"  # only the thread says what is meant

    # a case that is resolved at one is heard by a client of the other
    crisis = here.turn(reviewer, "I want to end my life tonight")
    listener = Listener(f"{here.url}/v1/threads/{crisis['thread_id']}/events", reviewer)
    case = f"/v1/cases/{crisis['case_id']}"
    assert there.post(f"{case}/claim", reviewer).status_code == 200
    verdict = {"resolution": "answered", "text": "I am here and I read what you wrote."}
    assert there.post(f"{case}/resolve", reviewer, verdict).status_code == 200
    resolved = time.monotonic()
    listener.wait()
    assert [event["case_id"] for event in listener.heard] == [crisis["case_id"]]
    assert listener.heard[0]["text"].endswith(verdict["text"])
    print(f"heard {listener.at - resolved:.2f} s after the verdict")  # pytest -s shows it

    # what was used up at one is refused at the other
    limited = key_of(there, "--scope", "chat", "--rate-limit", "4/hour")
    answers = [
        httpx.get(f"{each.url}/v1/models", headers=bearer(limited), timeout=30).status_code
        for each in (here, here, there, here, there, here)
    ]
    assert answers == [200, 200, 200, 200, 429, 429]

    # one dies in the middle of turns, the other goes on, and the records are whole
    with ThreadPoolExecutor(AT_ONCE) as clients:
        answered = [clients.submit(until_it_dies, here, reviewer) for _ in range(AT_ONCE)]
        time.sleep(1)
        here.process.kill()
    assert sum(each.result() for each in answered) > 0
    last = there.turn(reviewer, "and how often?", first["thread_id"])
    assert (last["thread_id"], last["domain"]) == (first["thread_id"], "medical")
    assert there.turn(reviewer, "thank you", crisis["thread_id"])["thread_id"] == crisis["thread_id"]
    verified = command(there, "audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
