"""The parts that judge a message, put together."""

from __future__ import annotations

from concurrent.futures import Executor

from agent.ports import GuardModel
from agent.risk.cascade import Band, Cascade
from agent.risk.classifier import RiskClassifier
from agent.risk.examples import TrainingExamples
from agent.risk.exemplars import ExemplarSource, Reach
from agent.risk.explain import Explainer
from agent.risk.judge import ModelJudge
from agent.risk.material import RiskMaterialJudge
from agent.risk.output import RiskOutputJudge
from agent.risk.output_head import OutputHead
from agent.risk.review import ReviewedJudge
from agent.risk.signals import load_signals
from retrieval.ports import Embedder


class Judging:
    """One classifier and one embedder, and everything that judges with them."""

    def __init__(
        self,
        classifier: RiskClassifier,
        embedder: Embedder,
        remembering: Embedder,
        exemplars: ExemplarSource,
        executor: Executor,
        *,
        reach: Reach,
        guard: GuardModel | None,
        band: Band,
        head: OutputHead | None = None,
    ) -> None:
        """``remembering`` is the embedder with what it embedded once kept on disk; ``head`` judges outputs."""
        self.fingerprint = classifier.fingerprint
        """Of the risk model."""
        self.embedder = embedder
        self.remembering = remembering
        self.exemplars = exemplars
        signals = load_signals()
        self.judge = ModelJudge(classifier, signals, embedder, executor)
        """By the model and its signals alone."""
        cascade = None if guard is None else Cascade(guard, band)
        self.reviewed = ReviewedJudge(self.judge, exemplars, reach, cascade)
        """As in a turn: the exemplars of the tenant and the guard model have their say."""
        self.examples = TrainingExamples(remembering)
        self.explainer = Explainer(classifier, self.examples, executor)
        self.output_judge = RiskOutputJudge(classifier, executor, head)
        """Finds hazards in what a model writes."""
        self.material_judge = RiskMaterialJudge(classifier, signals, executor)
        """Finds orders and requests in what comes with a message."""
