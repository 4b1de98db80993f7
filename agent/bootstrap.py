"""The composition root: with ``office``, which opens what is kept, the only place that names adapters and reads settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from agent.adapters.database import open_database
from agent.adapters.exemplar_files import ExemplarFolder, WatchedExemplars
from agent.adapters.model_roles import ModelRoles, open_guard, open_roles
from agent.adapters.policy_files import WatchedPolicies
from agent.adapters.records_sql import SqlRecords
from agent.adapters.secret_file import load_secret
from agent.adapters.subject_keys_sql import SqlSubjectKeys
from agent.attachments.ocr import open_ocr
from agent.attachments.reader import AttachmentReader
from agent.context import Dependencies
from agent.desk import Desk
from agent.drafting import Drafter
from agent.drift import read_window
from agent.feedback import Feedback
from agent.graph import build_graph
from agent.metrics import Metrics
from agent.moderation import Limits, load_protected
from agent.nearness import Nearness
from agent.office import open_back_office, own_records, require_folder
from agent.overload import ReviewLimits
from agent.perception import TextPerceiver
from agent.ports import Records
from agent.prompts import load_messages, load_template
from agent.prompts.model_prompt import ALTERNATIVE, CITED, VISION
from agent.readiness import Check, of_guidance, of_records
from agent.replays import Replays
from agent.review import Review
from agent.risk.cascade import Band
from agent.risk.classifier import BUNDLED, RiskClassifier
from agent.risk.exemplars import ExemplarSource, Reach
from agent.risk.judging import Judging
from agent.risk.output_head import load_output_head
from agent.runner import TurnRunner
from agent.screening import Screener
from agent.sealing import Sealer
from agent.settings import Settings
from agent.tracing import exporting
from corpora.adoption import BUNDLED_ORIGIN, FOLDER_ORIGIN
from corpora.curation import Curation
from corpora.errors import PublisherBusy
from corpora.helplines import load_helplines
from corpora.library import BUNDLED_LIBRARY
from corpora.review_rules import BUNDLED_RULES, load_review_rules
from corpora.store import CorpusStore
from policies.store import VersionStore
from retrieval.adapters.edge import EdgeStore
from retrieval.adapters.rerank_http import connect_reranker
from retrieval.embedding.cache import CachedEmbedder
from retrieval.embedding.onnx import load_minilm
from retrieval.embedding.sentence_transformers import load_sentence_transformers
from retrieval.errors import RetrievalError
from retrieval.index import Progress
from retrieval.ports import Embedder
from retrieval.publisher import Ensured, Publisher
from retrieval.rerank import RerankedSearcher
from retrieval.search import Searcher
from retrieval.withdrawals import Withdrawals

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from agent.adapters.keys_sql import SqlKeys
    from retrieval.adapters.server import QdrantServerStore

    Store = EdgeStore | QdrantServerStore

_SHARE_OF_STAGE = 0.8
"""Of the time of a stage, what a model may take to write: the rest is for closing the reply with a word why."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """The running service."""

    runner: TurnRunner
    screener: Screener
    settings: Settings
    engine: AsyncEngine
    records: SqlRecords
    keys: SqlKeys
    review: Review
    feedback: Feedback
    replays: Replays
    exemplars: ExemplarSource
    perceiver: TextPerceiver
    policies: WatchedPolicies
    reranker: RerankedSearcher | None
    embedder: Embedder
    store: Store
    desk: Desk
    metrics: Metrics
    risk_model: str
    models: ModelRoles

    async def versions(self) -> dict[str, str | None]:
        """What decides and what is cited, by name."""
        release = (await self.store.health()).release
        return {
            "policies": self.policies.live("").version,
            "corpus": release.id if release else None,
            "risk_model": self.risk_model,
        }

    async def readiness(self) -> dict[str, Check]:
        """Every dependency by name. The service is ready when all are ok."""
        checks = {
            "guidance": await of_guidance(self.store, self.embedder, self.desk),
            "records": await of_records(self.records),
            "policies": Check(True, self.policies.status()),
            "exemplars": Check(True, self.exemplars.status()),
            "models": Check(True, self.models.status()),
        }
        if self.reranker is not None:
            checks["reranker"] = Check(True, self.reranker.status())
        return checks


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """The service, ready to run turns; everything it holds is released afterwards.

    An unreachable vector store does not stop the start: turns then refuse with the reason, and ``readiness`` says so.

    Raises:
        SettingsError, PolicyLoadError, ArtifactError, ModelError, RecordsUnavailable: a part that must not be missing is
            broken; the message says which and where.
    """
    async with AsyncExitStack() as stack:
        require_folder(settings.data_dir)
        policies = WatchedPolicies(version_store(settings), settings.policies_dir)
        await asyncio.to_thread(policies.load)
        messages = load_messages()
        judging = await stack.enter_async_context(open_judging(settings))
        embedder = judging.embedder
        store = open_store(settings)
        if not isinstance(store, EdgeStore):
            stack.push_async_callback(store.close)
        office = await stack.enter_async_context(open_back_office(settings))
        searcher, desk = await _desk(settings, office.engine, store, office.records, lambda: embedder, office.sealer)
        reranker = await stack.enter_async_context(open_reranker(settings, searcher))
        await ensure_release(settings, desk)
        await stack.enter_async_context(desk.watching())
        tracing = stack.enter_context(exporting(settings.otlp_endpoint))
        models = await asyncio.to_thread(open_roles, settings, tracing)
        stack.push_async_callback(models.close)
        deps = Dependencies(
            perceiver=(perceiver := TextPerceiver()),
            judge=judging.reviewed,
            policies=policies,
            search=reranker or searcher,
            records=office.records,
            model=models.answer,
            messages=messages,
            helplines=load_helplines(),
            answer_template=load_template(),
            clock=office.clock,
            sealer=office.sealer,
            cases=office.cases,
            record_text=settings.record_text,
            output_judge=judging.output_judge,
            attachments=await asyncio.to_thread(open_attachments, settings, models),
            material_judge=judging.material_judge,
            protected=await asyncio.to_thread(load_protected, settings.fingerprints_dir),
            writer=models.writer(models.alternative, ALTERNATIVE, near := Nearness(embedder)),
            citing=models.writer(models.answer, CITED, near),
            limits=Limits(settings.reply_max_chars, _SHARE_OF_STAGE * settings.turn_timeout_s),
            explainer=judging.explainer,
            explain_turns=settings.explain_turns,
            review_limits=ReviewLimits(max_open=settings.review_max_open, max_late=settings.review_max_late),
            history_tokens=settings.history_tokens,
            risk_model=judging.fingerprint,
            tracing=tracing,
            observer=(metrics := Metrics(read_window(settings.drift_reference) if settings.drift_reference else None)),
        )
        graph = build_graph(office.checkpoints, timeout_s=settings.turn_timeout_s)
        runner = TurnRunner(graph, deps, max_input_chars=settings.max_input_chars, replay_s=settings.replay_seconds)
        stack.push_async_callback(runner.close)
        await stack.enter_async_context(policies.watching())
        review = office.review_telling(runner, Drafter(models.answer, deps.answer_template) if models.answer else None)
        await stack.enter_async_context(review.watching())
        await stack.enter_async_context(office.webhooks(metrics))
        yield Service(
            runner=runner,
            screener=Screener(deps, max_input_chars=settings.max_input_chars, timeout_s=settings.turn_timeout_s),
            settings=settings,
            engine=office.engine,
            records=office.records,
            keys=office.keys,
            review=review,
            feedback=office.feedback(metrics),
            replays=office.replays,
            exemplars=judging.exemplars,
            perceiver=perceiver,
            policies=policies,
            reranker=reranker,
            embedder=embedder,
            store=store,
            desk=desk,
            metrics=metrics,
            risk_model=judging.fingerprint,
            models=models,
        )


@asynccontextmanager
async def open_judging(settings: Settings) -> AsyncIterator[Judging]:
    """What judges, without the rest of the service; it follows the exemplars on disk.

    Raises:
        ArtifactError, ModelError, LabelError: a part is broken; the message says which and where.
    """
    async with AsyncExitStack() as stack:
        executor = stack.enter_context(ThreadPoolExecutor(max_workers=4, thread_name_prefix="handrail"))
        embedder = await asyncio.to_thread(open_embedder, settings)
        remembering = remembering_embedder(settings, embedder)
        exemplars = WatchedExemplars(exemplar_folder(settings), remembering)
        await asyncio.to_thread(exemplars.load)
        guard = await asyncio.to_thread(open_guard, settings)
        if guard is not None:
            stack.push_async_callback(guard.close)
        classifier = await asyncio.to_thread(RiskClassifier.load, settings.risk_model_dir or BUNDLED)
        encoder = classifier.manifest.sha256["encoder.onnx"]
        head = await asyncio.to_thread(load_output_head, settings.risk_model_dir or BUNDLED, encoder)
        await stack.enter_async_context(exemplars.watching())
        reach = Reach(settings.exemplar_radius, settings.exemplar_weight)
        band = Band(settings.guard_low, settings.guard_high)
        yield Judging(
            classifier, embedder, remembering, exemplars, executor, reach=reach, guard=guard, band=band, head=head
        )


def open_attachments(settings: Settings, models: ModelRoles) -> AttachmentReader:
    """What reads files, with the models that see and hear where there are any. Blocks for a moment.

    Raises:
        SettingsError: the program for OCR that the settings name cannot be run.
    """
    return AttachmentReader(
        max_bytes=settings.max_attachment_bytes,
        max_chars=settings.attachment_chars,
        timeout_s=settings.attachment_timeout_s,
        ocr=open_ocr(settings.ocr, settings.ocr_languages),
        vision=models.vision,
        vision_prompt=load_template(VISION, frozenset()),
        transcriber=models.transcriber,
    )


def exemplar_folder(settings: Settings) -> ExemplarFolder:
    """The exemplars in the data directory."""
    return ExemplarFolder(settings.data_dir / "exemplars")


def remembering_embedder(settings: Settings, embedder: Embedder) -> Embedder:
    """The embedder, with what it embedded once kept in the data directory."""
    return CachedEmbedder(embedder, settings.data_dir / "cache" / "embeddings.sqlite")


def version_store(settings: Settings) -> VersionStore:
    """The published versions of the policies in the data directory."""
    return VersionStore(settings.data_dir / "policies")


def open_embedder(settings: Settings, *, export: bool = True) -> Embedder:
    """The configured embedder. The bundled model is exported to ONNX on first use.

    Raises:
        ModelError: the model is missing, damaged or cannot be exported.
    """
    if settings.embedder == "onnx":
        return load_minilm(settings.data_dir, export=export)
    return load_sentence_transformers(settings.embedder)


def open_store(settings: Settings) -> Store:
    """The configured vector store, not yet asked anything."""
    if settings.qdrant_url is None:
        return EdgeStore(settings.data_dir / "index")
    # The client of the server takes a second and 37 MB to import; only who asks for a server pays for it.
    from retrieval.adapters.server import connect_server

    key = settings.qdrant_api_key
    return connect_server(
        settings.qdrant_url, api_key=key.get_secret_value() if key else None, timeout_s=settings.qdrant_timeout_s
    )


@asynccontextmanager
async def open_reranker(settings: Settings, searcher: Searcher) -> AsyncIterator[RerankedSearcher | None]:
    """The searcher in the order of the configured reranker, where there is one."""
    if settings.rerank_url is None or settings.rerank_model is None:
        yield None
        return
    key = settings.rerank_api_key
    reranker = connect_reranker(
        settings.rerank_url,
        settings.rerank_model,
        key.get_secret_value() if key else None,
        timeout_s=settings.rerank_timeout_s,
    )
    try:
        yield RerankedSearcher(searcher, reranker)
    finally:
        await reranker.close()


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """The desk alone, for commands; the embedder is opened when something must be embedded.

    Raises:
        SettingsError, CorpusStoreUnavailable, ReviewRulesError, RecordsUnavailable: as ``open_service``.
    """
    async with AsyncExitStack() as stack:
        require_folder(settings.data_dir)
        store = open_store(settings)
        if not isinstance(store, EdgeStore):
            stack.push_async_callback(store.close)
        engine = await stack.enter_async_context(open_database(settings))
        secret = load_secret(settings)
        records = await stack.enter_async_context(own_records(engine, secret))
        sealer = Sealer(secret, SqlSubjectKeys(engine))
        _, desk = await _desk(settings, engine, store, records, cache(partial(open_embedder, settings)), sealer)
        yield desk


async def _desk(
    settings: Settings,
    engine: AsyncEngine,
    store: Store,
    records: Records,
    embedder: Callable[[], Embedder],
    sealer: Sealer,
) -> tuple[Searcher, Desk]:
    corpus = CorpusStore(engine)
    await corpus.open()
    curation = Curation(corpus, load_review_rules(settings.review_rules or BUNDLED_RULES))
    publisher = Publisher(corpus, store, cache(lambda: remembering_embedder(settings, embedder())), curation)
    withdrawals = Withdrawals(corpus)
    searcher = Searcher(store, excluded=withdrawals.current)
    return searcher, Desk(curation, publisher, withdrawals, searcher, records, embedder, sealer)


async def publish_library(
    settings: Settings, desk: Desk, *, progress: Progress | None = None, force: bool = False
) -> Ensured:
    """What the library folder and the store publish is being served afterwards. Nothing is rebuilt that has not changed.

    Raises:
        RetrievalError, CorporaError: the release could not be built; the one before it goes on serving.
    """
    root, origin = (settings.library_dir, FOLDER_ORIGIN) if settings.library_dir else (BUNDLED_LIBRARY, BUNDLED_ORIGIN)
    done = await desk.publisher.ensure(root, origin, progress=progress, force=force)
    for problem in done.problems:
        logger.warning("guidance skipped: %s", problem, extra={"action": "guidance_skipped"})
    return done


async def ensure_release(settings: Settings, desk: Desk) -> None:
    """The library is published where the store can be reached; otherwise the start goes on without."""
    try:
        await publish_library(settings, desk)
    except (RetrievalError, PublisherBusy) as error:
        logger.error("guidance not published: %s", error, extra={"action": "publish_failed"})
