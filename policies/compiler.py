"""From the text of a condition to a compiled CEL program.

Thresholds become numbers and predicates become their conditions; paths become flat variables, because looking up
``risk.hazards.hate`` in nested maps costs CEL a copy of the map. The CEL engine does the evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import cel

from policies.checker import FUNCTIONS, check_condition
from policies.errors import ExpressionError, suggestion
from policies.expressions import Binary, Call, Conditional, ListOf, Literal, Node, Path, Unary, children, parse
from policies.models import ContextFacts, Facts, RiskFacts, TextFacts, ThreadFacts
from policies.schema import TIMES, Schema, getter_of, variable_of
from policies.taxonomy import DOMAIN_OF_FACET, Facet, Hazard

MAX_NODES: Final = 2_000
"""Size of one condition after its predicates are put in."""
_ALL_FACETS: Final = frozenset(Facet)
TRIAL_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The time at which conditions are tried when they are compiled."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a bare name in a condition may stand for."""

    schema: Schema
    thresholds: Mapping[str, float]
    predicates: Mapping[str, Node]
    """Already expanded; a predicate that is itself wrong stands as ``true`` so that it is reported once."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition, ready to run."""

    node: Node
    program: cel.Program
    paths: frozenset[str]
    """The facts it reads."""
    facets: frozenset[Facet]
    """Facets for which it can be anything but false; for all others it is false whatever else holds."""


def expand(source: str, names: Names) -> Node:
    """Parse a condition and put thresholds and predicates in; the result is type-checked."""
    node = _expand(parse(source), names, frozenset())
    if _size(node) > MAX_NODES:
        raise ExpressionError("condition is too large once its predicates are put in; split the rule")
    check_condition(node, names.schema)
    return node


def compile_condition(node: Node) -> Condition:
    """Compile a checked tree and try it on a few facts; raises ``ExpressionError`` if CEL objects."""
    paths = frozenset(_paths(node, frozenset()))
    try:
        program = cel.compile(render(node))
        for facts in trial_facts():
            program.execute(variables(paths, facts))
    except (ValueError, RuntimeError, TypeError, LookupError, ArithmeticError) as error:
        raise ExpressionError(f"condition does not evaluate: {_first_line(error)}") from error
    return Condition(node, program, paths, facets_of(node))


def variables(paths: frozenset[str], facts: Facts, now: datetime = TRIAL_TIME) -> dict[str, Any]:
    """Return the flat CEL variables for these paths."""
    return {variable_of(path): TIMES[path](now) if path in TIMES else getter_of(path)(facts) for path in sorted(paths)}


def facets_of(node: Node) -> frozenset[Facet]:
    """Return the facets for which the condition may be other than false.

    INVARIANT: for a facet outside the result the condition is false, even where another part of it would err,
    because CEL absorbs an error beside a false operand of ``&&``.
    """
    match node:
        case Binary("&&", left, right):
            return facets_of(left) & facets_of(right)
        case Binary("||", left, right):
            return facets_of(left) | facets_of(right)
        case Unary("!", operand) if (named := _named_facets(operand)) is not None:
            return _ALL_FACETS - named
        case Literal(False):
            return frozenset()
        case _:
            named = _named_facets(node)
            return _ALL_FACETS if named is None else named


def _named_facets(node: Node) -> frozenset[Facet] | None:
    """Return the facets of a plain comparison of ``risk.facet``, ``None`` for any other condition."""
    match node:
        case Binary("==", Path(("risk", "facet")), Literal(str(name))):
            return frozenset({Facet(name)})
        case Binary("!=", Path(("risk", "facet")), Literal(str(name))):
            return _ALL_FACETS - {Facet(name)}
        case Binary("in", Path(("risk", "facet")), ListOf(items)):
            if all(isinstance(item, Literal) for item in items):
                return frozenset(Facet(str(item.value)) for item in items if isinstance(item, Literal))
    return None


def _expand(node: Node, names: Names, bound: frozenset[str]) -> Node:
    match node:
        case Literal():
            return node
        case ListOf(items):
            return ListOf(tuple(_expand(item, names, bound) for item in items))
        case Path(parts):
            return _expand_path(node, parts, names, bound)
        case Unary(op, operand):
            return Unary(op, _expand(operand, names, bound))
        case Binary(op, left, right):
            return Binary(op, _expand(left, names, bound), _expand(right, names, bound))
        case Conditional(test, then, other):
            return Conditional(*(_expand(part, names, bound) for part in (test, then, other)))
        case Call(name, target, args):
            if (
                name not in FUNCTIONS
            ):  # before its arguments, whose names may be bound by a macro that does not exist here
                raise ExpressionError(f"unknown function `{name}`{suggestion(name, FUNCTIONS)}")
            if name in ("exists", "all") and args and isinstance(args[0], Path):
                bound |= {args[0].parts[0]}
            on = None if target is None else _expand(target, names, bound)
            return Call(name, on, tuple(_expand(arg, names, bound) for arg in args))


def _expand_path(node: Path, parts: tuple[str, ...], names: Names, bound: frozenset[str]) -> Node:
    if parts[0] in bound:
        return node
    if parts[0] == "threshold" and len(parts) == 2:
        if parts[1] not in names.thresholds:
            raise ExpressionError(f"unknown threshold `{parts[1]}`{suggestion(parts[1], names.thresholds)}")
        return Literal(names.thresholds[parts[1]])
    if len(parts) == 1:
        if parts[0] not in names.predicates:
            known = {*names.predicates, "risk", "context", "text", "thread", "time", "threshold"}
            raise ExpressionError(f"unknown variable or predicate `{parts[0]}`{suggestion(parts[0], known)}")
        return names.predicates[parts[0]]
    return node


def _size(node: Node) -> int:
    return 1 + sum(_size(child) for child in children(node))


def _paths(node: Node, bound: frozenset[str]) -> set[str]:
    if isinstance(node, Path):
        return set() if node.parts[0] in bound else {str(node)}
    if isinstance(node, Call) and node.name in ("exists", "all") and isinstance(node.args[0], Path):
        bound |= {node.args[0].parts[0]}
    return {path for child in children(node) for path in _paths(child, bound)}


def render(node: Node) -> str:
    """Return the CEL text of a checked condition over flat variables."""
    return _render(node, frozenset())


def _render(node: Node, bound: frozenset[str]) -> str:
    match node:
        case Literal(value):
            return _render_literal(value)
        case ListOf(items):
            return f"[{', '.join(_render(item, bound) for item in items)}]"
        case Path(parts):
            return parts[0] if parts[0] in bound else variable_of(".".join(parts))
        case Unary(op, operand):
            return f"{op}({_render(operand, bound)})"
        case Binary(op, left, right):
            # A chain of one operator stays flat: thousands of parentheses would nest the CEL parser too deep.
            flat = op in ("&&", "||") and isinstance(left, Binary) and left.op == op
            first = _render(left, bound)
            return f"{first if flat else _group(left, first)} {op} {_group(right, _render(right, bound))}"
        case Conditional(test, then, other):
            return " ".join(
                ("((", _render(test, bound), ") ? (", _render(then, bound), ") : (", _render(other, bound), "))")
            )
        case Call(name, target, args):
            if name in ("exists", "all") and isinstance(args[0], Path):
                bound |= {args[0].parts[0]}
            on = "" if target is None else f"({_render(target, bound)})."
            return f"{on}{name}({', '.join(_render(arg, bound) for arg in args)})"


def _group(node: Node, rendered: str) -> str:
    return rendered if isinstance(node, Literal | Path | ListOf | Call) else f"({rendered})"


def _render_literal(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'
    return repr(value)


@cache
def trial_facts() -> tuple[Facts, ...]:
    """Facts at both ends of every scale, so that the engine meets each type at least once."""
    return tuple(_facts_with(score, text) for score, text in ((0.0, ""), (1.0, "x")))


def _facts_with(score: float, text: str) -> Facts:
    signals = (text,) if text else ()
    facet = Facet.WRONGDOING if score else Facet.EVERYDAY
    return Facts(
        risk=RiskFacts(
            unsafe=score,
            prompt_attack=score,
            uncertainty=score,
            stakes=score,
            urgent=score,
            domain=DOMAIN_OF_FACET[facet],
            facet=facet,
            facets=dict.fromkeys(Facet, score),
            hazards=dict.fromkeys(Hazard, score),
            signals=signals,
        ),
        context=ContextFacts(),
        text=TextFacts(obfuscated=bool(score), views=signals),
        thread=ThreadFacts(turns=int(score), prior_unsafe=score, escalating=bool(score)),
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
