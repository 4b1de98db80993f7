"""``handrail audit`` over a database on disk."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import empty_checkpoint

from agent.audit import Entry
from agent.drift import read_window
from agent.office import open_back_office
from agent.settings import Settings

Run = Callable[..., tuple[int, str, str]]
SAID = "my secret words"


@pytest.fixture
def run(handrail: Run) -> Run:
    """Exit status, stdout and stderr of a command over an installation of its own."""
    return partial(handrail, "audit")


@pytest.fixture
def said(tmp_path: Path) -> None:
    """Three people said something, one of them long ago."""

    async def say() -> None:
        async with open_back_office(Settings(data_dir=tmp_path / "state")) as office:
            for subject, age in (("old", 400), ("ana", 0), ("bo", 0)):
                found = await office.sealer.seal(
                    f"{SAID} of {subject}",
                    "full",
                    tenant="default",
                    subject=subject,
                    thread_id=f"t-{subject}",
                    language="en",
                )
                assert found is not None
                entry = Entry(
                    kind="decision",
                    turn_id=f"turn_{subject}",
                    thread_id=f"t-{subject}",
                    tenant="default",
                    subject=office.sealer.secret.pseudonym("default", subject),
                    at=datetime.now(UTC) - timedelta(days=age),
                    body={"action": "refuse", "text": found.sealed.model_dump()},
                )
                await office.records.append(entry, found.keys)
                kept = {
                    **empty_checkpoint(),
                    "channel_values": {"messages": [HumanMessage(f"{SAID} of {subject}")]},
                    "channel_versions": {"messages": "1"},
                }
                config = {"configurable": {"thread_id": f"default/t-{subject}", "checkpoint_ns": ""}}
                await office.checkpoints.aput(config, kept, {}, {"messages": "1"})

    asyncio.run(say())


def sql(tmp_path: Path, statement: str) -> None:
    with sqlite3.connect(tmp_path / "state" / "records.db") as connection:
        connection.execute(statement)
    connection.close()


def in_files(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_whole_chain_is_said_to_hold(run: Run, said: None) -> None:
    status, out, _ = run("verify")
    assert (status, "3 records, from 1 to 3: the chain holds" in out) == (0, True)


def test_an_empty_chain_holds(run: Run) -> None:
    assert run("verify")[:1] == (0,)
    assert run("stats")[1].startswith("0 records")


def test_a_change_is_named_and_the_exit_status_says_it(run: Run, said: None, tmp_path: Path) -> None:
    sql(tmp_path, "UPDATE records SET tenant = 'x' WHERE seq = 2")
    status, out, err = run("verify")
    assert (status, out) == (1, "record 2: content does not match its hash\n")
    assert "broken" in err
    assert "Traceback" not in err


def test_a_checkpoint_is_printed_and_checked_against(run: Run, said: None, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(run("checkpoint")[1])
    assert json.loads(kept.read_text())["seq"] == 3
    assert run("verify", "--checkpoint", str(kept))[0] == 0
    changed = {**json.loads(kept.read_text()), "hash": "0" * 64}
    kept.write_text(json.dumps(changed))
    status, out, _ = run("verify", "--checkpoint", str(kept))
    assert (status, "checkpoint" in out) == (1, True)


@pytest.mark.parametrize("form", ["jsonl", "ocsf"])
def test_an_export_has_one_line_a_record_and_no_text(run: Run, said: None, form: str) -> None:
    status, out, err = run("export", "--format", form, "--kind", "decision")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (status, len(lines), "3 records" in err) == (0, 3, True)
    assert SAID not in out


def test_texts_are_opened_when_asked_for_and_that_is_on_record(run: Run, said: None, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert run("export", "--with-text", "--out", str(target), "--since", "2026-01-01")[0] == 0
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [line["body"]["text"] for line in lines if line["kind"] == "decision"] == [
        f"{SAID} of ana",
        f"{SAID} of bo",
    ]
    assert [line["body"]["event"] for line in lines if line["kind"] == "access"] == ["texts_exported"]


def test_an_erased_person_is_nowhere_to_be_read_and_the_chain_holds(run: Run, said: None, tmp_path: Path) -> None:
    assert in_files(tmp_path / "state", f"{SAID} of ana")
    status, out, _ = run("erase", "--subject", "ana", "--yes")
    assert (status, out) == (0, "1 keys destroyed, 1 threads deleted; 1 records stay without text\n")
    assert not in_files(tmp_path / "state", f"{SAID} of ana")
    assert in_files(tmp_path / "state", f"{SAID} of bo")
    exported = run("export", "--with-text")[1]
    assert "of ana" not in exported
    assert f"{SAID} of bo" in exported
    assert run("verify")[0] == 0


def test_records_go_after_their_time(run: Run, said: None) -> None:
    assert "1 records would go" in run("retention", "--keep", "365d", "--dry-run")[1]
    assert "1 records are gone" in run("retention", "--keep", "365d")[1]
    assert "from 2 to 4: the chain holds" in run("verify")[1]


def test_the_sums(run: Run, said: None) -> None:
    sums = json.loads(run("stats", "--json")[1])
    assert (sums["records"], sums["subjects"], sums["action"]) == (3, 3, {"refuse": 3})
    assert "refuse" in run("stats")[1]


def test_another_secret_is_noticed_at_once(run: Run, said: None, tmp_path: Path) -> None:
    (tmp_path / "state" / "secret.key").unlink()
    status, _, err = run("verify")
    assert (status, "were signed with the key" in err, "HANDRAIL_SECRET_KEY" in err) == (2, True, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "--format", "xml"), "`xml` is not known; expected jsonl or ocsf"),
        (("export", "--since", "yesterday"), "--since is `yesterday`"),
        (("export", "--out", "/nowhere/at/all"), "/nowhere/at/all: no such file"),
        (("erase", "--yes"), "--subject, or a conversation with --thread"),
        (("retention", "--keep", "long"), "`long` is not a time span"),
        (("verify", "--checkpoint", __file__), "is not a checkpoint"),
        (("verify", "--checkpoint", "/nowhere"), "/nowhere: no such file"),
        (("checkpoint",), "there are no records yet"),
    ],
)
def test_mistakes_are_said_in_one_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_recorded_turns_become_the_reference_of_the_drift(run: Run, tmp_path: Path):
    async def record() -> None:
        async with open_back_office(Settings(data_dir=tmp_path / "state")) as office:
            for n in range(100):
                decided = {"facts": {"risk": {"unsafe": 0.3}}}
                for kind, body in (("decision", decided), ("outcome", {"action": "refuse" if n < 7 else "answer"})):
                    values = {"kind": kind, "turn_id": f"turn_{n}", "thread_id": "t", "tenant": "default"}
                    entry = {**values, "at": datetime.now(UTC), "body": body}
                    await office.records.append(Entry.model_validate(entry))

    asyncio.run(record())
    out = tmp_path / "reference.json"
    status, _, told = run("reference", str(out))
    assert (status, told.startswith("100 turns, 7 of them refused")) == (0, True)
    assert read_window(out).refusal_rate == 0.07
    status, _, told = run("reference", str(out), "--until", "2020-01-01")
    assert (status, "at least 100 make a reference" in told) == (2, True)
