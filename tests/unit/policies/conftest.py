"""The packaged policies, loaded once, and a builder of small ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from policies.loader import load_policies, parse_policies
from policies.policy_set import PolicySet
from tests.unit.policies.trees import TEXTS, VOCABULARY, tiny_sources

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def policies() -> PolicySet:
    """The policies that come with Handrail."""
    return load_policies()


@pytest.fixture(scope="session")
def now() -> datetime:
    """A fixed time."""
    return NOW


@pytest.fixture(scope="session")
def tiny() -> Callable[..., PolicySet]:
    """Build a small policy set: ``tiny({"id": ..., "when": ...}, ...)``; omitted fields get defaults."""

    def build(*rules: dict[str, object], vocabulary: str = VOCABULARY, texts: str = TEXTS) -> PolicySet:
        return parse_policies(tiny_sources(*rules, vocabulary=vocabulary, texts=texts))

    return build
