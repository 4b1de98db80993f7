from __future__ import annotations

from policies.taxonomy import BENIGN_FACETS, DOMAIN_OF_FACET, Action, Facet


def test_every_facet_has_one_domain() -> None:
    assert set(DOMAIN_OF_FACET) == set(Facet)


def test_benign_facets_are_facets() -> None:
    assert set(Facet) > BENIGN_FACETS


def test_actions_are_ordered_from_lax_to_strict() -> None:
    assert sorted(Action, key=lambda action: action.strictness) == list(Action)
    assert [action for action in Action if action.declines] == [Action.GUIDE, Action.REFUSE, Action.ESCALATE]
