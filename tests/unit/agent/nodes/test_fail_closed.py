"""The one end of every turn that went wrong."""

from __future__ import annotations

import pytest
from langgraph.errors import NodeError

from agent.errors import ModelUnavailable, RecordsUnavailable
from agent.events import TurnFailed
from agent.nodes.fail_closed import explain, fail_closed, on_error
from agent.state import Failure
from policies.taxonomy import LANGUAGES
from tests.unit.agent.builders import MESSAGES, Run, facts


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (TimeoutError(), "timeout", 504),
        (RecordsUnavailable("disk full"), "records_unavailable", 503),
        (ModelUnavailable("secret"), "internal_error", 500),
        (ValueError("what the person wrote: secret"), "internal_error", 500),
        (RecursionError(), "internal_error", 500),
    ],
)
def test_a_failure_is_told_in_words_of_our_own(error, code, status):
    explained = explain(Failure("decide", error))
    assert (explained.code, explained.status) == (code, status)
    assert "secret" not in explained.detail


async def test_any_error_leads_here():
    error = ValueError()
    command = await on_error({"messages": []}, NodeError(node="answer", error=error))
    assert command.goto == "fail_closed"
    assert command.update == {"failure": Failure("answer", error)}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_person_reads_a_fixed_sentence_in_their_language(language):
    run = Run()
    given = {
        "messages": [],
        "failure": Failure("answer", ValueError()),
        "context_facts": facts(language=language).context,
    }
    update = await fail_closed(given, run.runtime)
    (failed,) = run.sent
    assert isinstance(failed, TurnFailed)
    assert failed.text == update["messages"][0].text == MESSAGES.get("failed", language)


async def test_it_works_when_not_even_the_language_is_known():
    run = Run()
    await fail_closed({"messages": [], "failure": Failure("perceive", ValueError())}, run.runtime)
    assert run.sent[0].text == MESSAGES.get("failed", "en")
