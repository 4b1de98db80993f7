"""Requests in several wordings."""

from __future__ import annotations

import pytest

from evals.errors import ScenarioError
from evals.wordings import read_wordings
from policies.loader import load_policies
from policies.taxonomy import LANGUAGES, Facet

SHIPPED = read_wordings()


def test_every_group_asks_in_four_languages_and_more_than_once_in_each():
    policies = load_policies()
    groups: dict[str, list[str]] = {}
    for scenario in SHIPPED:
        assert scenario.locale in policies.locales
        groups.setdefault(scenario.tags[0], []).append(str(scenario.language))
    assert len(groups) >= 14
    assert all(languages.count(language) > 1 for languages in groups.values() for language in LANGUAGES)
    assert len({scenario.id for scenario in SHIPPED}) == len(SHIPPED)


def test_tags_that_look_like_facets_are_facets():
    assert {tag for scenario in SHIPPED for tag in scenario.tags[1:]} - {f.value for f in Facet} == {"child", "suicide"}


def test_a_faulty_group_is_named(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text("groups:\n  - {id: a-b, domain: medical, expect: [dance], why: x, wordings: {en: [a], es: [b]}}\n")
    with pytest.raises(ScenarioError, match=r"w\.yaml:1: groups\.0\.expect\.0"):
        read_wordings(path)
    path.write_text("groups: [")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_wordings(path)
