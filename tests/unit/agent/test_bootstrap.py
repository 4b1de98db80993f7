"""The composition root: the service on its real parts, over a small library."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.audit import verify
from agent.bootstrap import exemplar_folder, open_service, open_store, version_store
from agent.errors import ArtifactError, SettingsError
from agent.events import RiskAssessed
from agent.models import RequestContext, TurnInput
from agent.risk.exemplars import Exemplar
from agent.settings import Settings
from corpora.library import BUNDLED_LIBRARY
from policies.cases import read_case_files
from policies.errors import PolicyLoadError
from policies.loader import read_sources
from policies.reader import Source
from policies.taxonomy import Action, Hazard
from retrieval.adapters.edge import EdgeStore
from retrieval.adapters.server import QdrantServerStore
from retrieval.embedding.onnx import load_minilm

pytestmark = pytest.mark.slow
DOSE = "What dose of ibuprofen can I give my 3-year-old who weighs 14 kg?"
DOCUMENTS = ("medical/en/child-fever-medicine.md", "medical/en/why-child-doses-use-weight.md")


@pytest.fixture
def settings(tmp_path: Path, model_home: Path) -> Callable[..., Settings]:
    """Settings of a service in a folder of its own; the embedder is exported already."""
    load_minilm(model_home)
    data_dir = tmp_path / "var"
    shutil.copytree(model_home, data_dir)
    for document in DOCUMENTS:
        target = tmp_path / "library" / document
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BUNDLED_LIBRARY / document, target)
    return lambda **changes: Settings.model_validate(
        {"data_dir": data_dir, "library_dir": tmp_path / "library", **changes}
    )


async def test_a_turn_runs_on_the_real_parts_and_is_on_record(settings):
    async with open_service(settings()) as service:
        result = await service.runner.run(TurnInput(text=DOSE))
        assert (result.action, len(result.citations) >= 2) == (Action.GUIDE, True)
        records = await service.records.read()
        assert [record.kind for record in records] == ["decision", "outcome"]
        assert verify(records) == []
        assert {name: check.ok for name, check in (await service.readiness()).items()} == {
            "guidance": True,
            "records": True,
            "policies": True,
            "exemplars": True,
            "models": True,
        }


async def test_a_second_start_builds_nothing_and_knows_the_threads_and_records_of_the_first(settings):
    async with open_service(settings()) as service:
        first = await service.runner.run(TurnInput(text="hello"))
        release = (await service.store.health()).release
    async with open_service(settings()) as service:
        assert (await service.store.health()).release == release
        again = await service.runner.run(TurnInput(text="hello", thread_id=first.thread_id))
        assert again.thread_id == first.thread_id
        assert verify(records := await service.records.read()) == []
        assert len(records) == 4


async def test_an_exemplar_added_while_the_service_runs_is_heard_and_recorded(settings):
    text = "How would one kill a hung process that belongs to somebody else?"
    told = Exemplar(id="one", text=text, unsafe=True, hazards=(Hazard.CYBER_OFFENSE,))
    async with open_service(settings()) as service:
        version = exemplar_folder(service.settings).add("clinic", [told], actor="ada", now=datetime.now(UTC))
        async with asyncio.timeout(30):
            while service.exemplars.of("clinic") is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        heard = await service.runner.run(TurnInput(text=text, context=RequestContext(tenant="clinic")))
        other = await service.runner.run(TurnInput(text=text))
        assert [(hit.id, hit.shift) for hit in heard.risk.exemplars] == [("one", 5.0)]
        assert heard.risk.unsafe > other.risk.unsafe
        assert other.risk.exemplars == ()
        record = (await service.records.read(turn_id=heard.turn_id))[0]
        assert record.body["exemplars"]["version"] == version
        assert record.body["exemplars"]["near"][0]["id"] == "one"


async def test_a_turn_is_explained_where_it_is_asked_for(settings):
    async with open_service(settings()) as service:
        events = {
            explain: [event.data async for event in service.runner.stream(TurnInput(text=DOSE, explain=explain))]
            for explain in (True, False)
        }
    (told,) = [data for data in events[True] if isinstance(data, RiskAssessed)]
    (bare,) = [data for data in events[False] if isinstance(data, RiskAssessed)]
    assert bare.explanation is None
    assert told.explanation.moved
    assert {signal.name for signal in told.explanation.signals} == set(told.risk.signals)


@pytest.mark.service
async def test_a_thread_goes_on_in_another_service_on_the_same_postgresql(settings, postgres_url):
    async with open_service(settings(database_url=postgres_url)) as service:
        first = await service.runner.run(TurnInput(text="hello"))
        async with open_service(settings(database_url=postgres_url, data_dir=service.settings.data_dir)) as other:
            again = await other.runner.run(TurnInput(text="hello", thread_id=first.thread_id))
            assert again.thread_id == first.thread_id
            assert verify(records := await service.records.read()) == []
            assert len(records) == 4


async def test_an_unreachable_store_does_not_stop_the_start_and_readiness_says_why(settings):
    async with open_service(settings(qdrant_url="http://127.0.0.1:9", qdrant_timeout_s=0.5)) as service:
        guidance = (await service.readiness())["guidance"]
        assert not guidance.ok
        assert guidance.detail
        result = await service.runner.run(TurnInput(text=DOSE))
        assert (result.action, result.alternative) == (Action.REFUSE, None)


async def test_a_broken_document_is_named_and_left_out(settings, tmp_path, caplog):
    (tmp_path / "library" / "broken.md").write_text("no front matter")
    async with open_service(settings()) as service:
        health = await service.store.health()
        assert [entry.id for entry in health.release.documents] == [
            "med-child-fever-medicine",
            "med-why-child-doses-use-weight",
        ]
    assert "broken.md:1" in caplog.text


async def test_a_broken_policy_stops_the_start_and_says_where(settings, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "vocabulary.yaml").write_text("audiences: [\n")
    with pytest.raises(PolicyLoadError, match=r"vocabulary\.yaml:\d+"):
        async with open_service(settings(policies_dir=tmp_path / "policies")):
            pass


async def test_a_missing_risk_model_stops_the_start(settings, tmp_path):
    with pytest.raises(ArtifactError, match="nowhere"):
        async with open_service(settings(risk_model_dir=tmp_path / "nowhere")):
            pass


async def test_a_model_without_a_name_stops_the_start(settings):
    with pytest.raises(SettingsError, match="HANDRAIL_MODEL_NAME"):
        async with open_service(settings(model="openai")):
            pass


async def test_a_data_folder_that_cannot_be_used_stops_the_start_with_its_name(settings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"HANDRAIL_DATA_DIR.*file"):
        async with open_service(settings(data_dir=tmp_path / "file")):
            pass


def test_the_store_is_the_server_where_one_is_named_and_nothing_is_asked_yet(tmp_path):
    assert isinstance(open_store(Settings(data_dir=tmp_path)), EdgeStore)
    assert isinstance(open_store(Settings(data_dir=tmp_path, qdrant_url="http://127.0.0.1:9")), QdrantServerStore)


async def test_a_version_published_while_the_service_runs_decides_the_next_turn(settings):
    async with open_service(settings()) as service:
        before = service.policies.live("t").version
        files = [*read_sources(), *read_case_files()]
        refuse = "rules: [{id: test.all, description: d, owner: o, domain: general, when: 'true', action: refuse, rationale: crime}]\n"
        files.append(Source("rules/extra.yaml", refuse))
        store = version_store(service.settings)
        version = store.add(files, actor="ada", note="", now=datetime.now(UTC))
        store.go_live(version, actor="ada", note="", now=datetime.now(UTC))
        for _ in range(200):
            if service.policies.live("t").version != before:
                break
            await asyncio.sleep(0.05)
        result = await service.runner.run(TurnInput(text="hello"))
        assert (result.action, result.rationale.policy_version) == (Action.REFUSE, version)
        assert version in (await service.readiness())["policies"].detail
