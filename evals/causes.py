"""What probably broke scenarios between two runs: what the broken ones have in common. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from evals.metrics import paired
from evals.outcomes import Outcome, Run

SHARE: Final = 0.25
"""Of the broken scenarios, what something must have in common to be named."""
MOVED: Final = 0.2
"""A change of the risk score that is named."""
_MOST: Final = 4
_GOOD: Final[tuple[Callable[[Outcome], bool], ...]] = (
    lambda outcome: outcome.acceptable,
    lambda outcome: outcome.cites_expected,
    lambda outcome: outcome.right_language,
)


def causes(baseline: Run, run: Run) -> list[str]:
    """Sentences for a person, the set-up first; empty where nothing is broken.

    Actions that became another, rules that no longer fire or fire anew, documents that are no longer cited, risk scores that moved, languages and
    domains that are hit more than others, and checks of the content that no longer hold.
    """
    pairs = paired(baseline.outcomes, run.outcomes)
    broken = [(before, after) for before, after in pairs if _worse(before, after)]
    if not broken:
        return []
    alike = [after for _, after in pairs]
    return [
        *setup_changes(baseline, run),
        *_common("{}", broken, _other_action),
        *_common("rule `{}` no longer fires", broken, lambda a, b: set(a.rules) - set(b.rules)),
        *_common("rule `{}` fires anew", broken, lambda a, b: set(b.rules) - set(a.rules)),
        *_common("document `{}` is no longer cited", broken, lambda a, b: set(a.cited) - set(b.cited)),
        *_common("the content breaks `{}`", broken, lambda a, b: set(b.broken) - set(a.broken)),
        *_common("the reply is now in `{}`", broken, _other_language),
        *_common("the risk score {} by 0.2 or more", broken, _moved),
        *_more_often("language", [b for _, b in broken], alike, lambda o: o.language),
        *_more_often("domain", [b for _, b in broken], alike, lambda o: o.domain),
    ]


def _worse(before: Outcome, after: Outcome) -> bool:
    """No longer acceptable, without the document that was expected, or in another language."""
    return any(good(before) and not good(after) for good in _GOOD)


def setup_changes(baseline: Run, run: Run) -> list[str]:
    """What is another between the two set-ups."""
    before, after = baseline.manifest.setup, run.manifest.setup
    return [
        f"{name} was `{before.get(name, 'not said')}` and is `{after.get(name, 'not said')}`"
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


def _common(
    said: str, broken: Sequence[tuple[Outcome, Outcome]], of: Callable[[Outcome, Outcome], Iterable[str]]
) -> list[str]:
    counts = Counter(thing for a, b in broken for thing in of(a, b))
    return [
        f"{said.format(thing)} in {count} of {len(broken)} broken scenarios"
        for thing, count in counts.most_common(_MOST)
        if count >= SHARE * len(broken)
    ]


def _other_action(before: Outcome, after: Outcome) -> set[str]:
    if before.action is after.action:
        return set()
    old, new = (outcome.action.value if outcome.action else "failed" for outcome in (before, after))
    return {f"`{old}` became `{new}`"}


def _other_language(before: Outcome, after: Outcome) -> set[str]:
    return {after.reply_language} - {before.reply_language} if after.action is not None else set()


def _moved(before: Outcome, after: Outcome) -> set[str]:
    if before.unsafe is None or after.unsafe is None or abs(after.unsafe - before.unsafe) < MOVED:
        return set()
    return {"fell" if after.unsafe < before.unsafe else "rose"}


def _more_often(
    name: str, broken: Sequence[Outcome], everything: Sequence[Outcome], of: Callable[[Outcome], str]
) -> list[str]:
    """Parts that more than half of the broken scenarios are in, and more than twice as many as of all."""
    hit, whole = Counter(map(of, broken)), Counter(map(of, everything))
    return [
        f"{count} of {len(broken)} broken scenarios have {name} `{part}`"
        for part, count in hit.most_common()
        if count > len(broken) / 2 and count / len(broken) > 2 * whole[part] / len(everything)
    ]
