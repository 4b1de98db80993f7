"""The life of a document in a running service: real parts, over HTTP, with turns going on all the time."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.http.installation import HANDRAIL, REPOSITORY, install

pytestmark = pytest.mark.slow

ANA = {"name": "Ana", "role": "editor"}
BO = {"name": "Bo", "role": "reviewer"}
CY = {"name": "Cy", "role": "clinical_reviewer"}
PAT = {"name": "Pat", "role": "publisher"}
DOC = "med-flying-with-ear-infection"
QUESTION = "Is it safe to fly with an ear infection?"
OTHER = "What dose of ibuprofen can I give my 3-year-old who weighs 14 kg?"

TEXT = """\
---
id: med-flying-with-ear-infection
title: Flying with an ear infection
domain: medical
facets: [health_information]
hazards: [advice_health]
locale: en
jurisdictions: [any]
audience: [public]
urgency: routine
stance: protective
need: A person with an ear infection wants to know whether to take a flight.
keywords: [flying, flight, ear infection, ear pain, airplane, plane, ear pressure]
next_steps:
  - When should I see a doctor about my ear?
  - How can I ease ear pressure on a plane?
sources:
  - key: s1
    publisher: Example Health Service
    title: Ear infections
    url: https://example.org/ears
    accessed_on: 2026-11-01
    licence: CC0
reviewed_on: 2026-11-01
review_by: 2027-04-01
reviewers:
  - {name: Ana, role: editor}
status: draft
licence: CC-BY-4.0
---
## Before you fly with an ear infection {#before}
Ask a doctor before you fly with an ear infection, because a blocked ear cannot even out the pressure. [s1]
A flight with an ear infection can hurt a lot and can harm the eardrum. [s1]

## On the plane {#on-the-plane}
- Swallow, yawn or chew while the plane goes up and down, to ease ear pressure. [s1]
- Wake a child with an ear infection before the plane goes down, so that the child can drink. [s1]

## When to see a doctor {#see-a-doctor}
See a doctor when ear pain after a flight lasts longer than a day. [s1]
"""


class Turns:
    """Asks the same question over and over, from another thread; every answer is kept."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.answers: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self._thread = threading.Thread(target=self._run, name="turns")
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            response = httpx.post(f"{self._url}/v1/turns", json={"input": OTHER}, timeout=30)
            if response.status_code == 200:
                self.answers.append(response.json())
            else:
                self.failures.append(response.text)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(30)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return install(tmp_path)


@pytest.fixture
def url(environment: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        [*HANDRAIL, "serve", "--port", "0"],
        env=environment,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, line + process.stderr.read()
    yield found[0]
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in log) == (0, False), log


def handrail(environment: dict[str, str], *arguments: str) -> str:
    """What a command of another process prints."""
    command = [*HANDRAIL, "corpora", *arguments]
    done = subprocess.run(
        command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cited(url: str, question: str = QUESTION) -> tuple[str, set[str]]:
    """Id of a turn, and the documents that its reply cites."""
    response = httpx.post(f"{url}/v1/turns", json={"input": question}, timeout=30)
    assert response.status_code == 200, response.text
    result = response.json()
    return result["turn_id"], {citation["document_id"] for citation in result["citations"]}


def test_a_document_from_import_to_recall_while_turns_go_on(url: str, environment: dict[str, str]) -> None:
    def post(path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        response = httpx.post(f"{url}/v1/corpora/{path}", json=body, timeout=60)
        assert response.status_code == status, response.text
        return response.json()

    turns = Turns(url)
    try:
        first_release = httpx.get(f"{url}/v1/corpora/status").json()["live_release"]
        assert DOC not in cited(url)[1]
        (stored,) = post("documents", actor=ANA, documents=[{"path": "medical/en/flying.md", "text": TEXT}])[
            "documents"
        ]
        assert post("lint", documents=[{"path": "medical/en/flying.md", "text": TEXT}])["errors"] == 0
        post(f"documents/{DOC}/submit", actor=ANA)
        post(f"documents/{DOC}/approve", 403, actor={**ANA, "role": "clinical_reviewer"})
        post(f"documents/{DOC}/approve", actor=BO)
        assert DOC not in cited(url)[1]
        post("releases", 409, actor=PAT)
        post(f"documents/{DOC}/approve", actor=CY)
        assert DOC not in cited(url)[1]
        published = post("releases", actor=PAT, reason="asked for")
        assert published["published"] == [f"{DOC}@{stored['revision']}"]
        turn, documents = cited(url)
        assert DOC in documents

        post(f"documents/{DOC}/withdraw", actor=CY, reason="the advice was wrong")
        assert DOC not in cited(url)[1]
        params = {"revision": stored["revision"]}
        affected = httpx.get(f"{url}/v1/corpora/documents/{DOC}/affected", params=params).json()["turns"]
        assert [each["turn_id"] for each in affected] == [turn]
        assert f"1 turns cited {DOC}" in handrail(environment, "affected", DOC)

        back = post("rollback", actor=PAT, reason="the release before")
        assert back["release"]["id"] == first_release
        assert DOC not in cited(url)[1]
    finally:
        turns.end()
    assert turns.failures == []
    assert len(turns.answers) >= 5
    assert {answer["action"] for answer in turns.answers} == {"guide"}
    releases = [answer["corpus_release"] for answer in turns.answers]
    assert set(releases) == {first_release, published["release"]["id"]}


def test_what_another_process_does_takes_effect_within_two_seconds(
    url: str, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "flying.md").write_text(TEXT, encoding="utf-8")
    handrail(environment, "import", str(tmp_path / "docs"), "--as", "Ana")
    handrail(environment, "submit", DOC, "--as", "Ana")
    handrail(environment, "approve", DOC, "--as", "Bo", "--role", "reviewer")
    handrail(environment, "approve", DOC, "--as", "Cy", "--role", "clinical_reviewer")
    assert f"published {DOC}@" in handrail(environment, "publish", "--as", "Pat")
    time.sleep(2)
    assert DOC in cited(url)[1]
    handrail(environment, "withdraw", DOC, "--as", "Cy", "--role", "clinical_reviewer", "--reason", "wrong")
    time.sleep(2)
    assert DOC not in cited(url)[1]


def test_questions_that_nothing_covers_are_gathered_without_personal_data(url: str) -> None:
    for name in ("maria.lopez@example.org", "jo.doe@example.com"):
        cited(url, f"What are the symptoms of an ear infection? Write to {name}")
    (gap,) = [
        each
        for each in httpx.get(f"{url}/v1/corpora/gaps", timeout=30).json()["gaps"]
        if any("ear infection" in example for example in each["examples"])
    ]
    assert gap["turns"] == 2
    assert "example" not in str(gap["examples"]).replace("'examples'", "")
