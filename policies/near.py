"""Near misses: rules that did not match, but would if each score they compare lay a margin to the other side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.expressions import Binary, Call, Conditional, Literal, Node, Path, Unary, children
from policies.models import Gap
from policies.schema import Schema, variable_of

MARGIN: Final = 0.05
"""How far a score may lie from a threshold and still be near it."""

_UPWARD: Final = frozenset({">", ">="})
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def widened(node: Node, *, positive: bool = True, margin: float = MARGIN) -> Node:
    """Return the condition with every comparison of a score moved by ``margin`` towards true.

    Below a ``!`` the comparisons move the other way; the test of ``? :`` stays as it is, for it has no one way. A
    condition that holds still holds when widened.
    """
    match node:
        case Unary("!", operand):
            return Unary("!", widened(operand, positive=not positive, margin=margin))
        case Binary("&&" | "||" as op, left, right):
            return Binary(
                op, widened(left, positive=positive, margin=margin), widened(right, positive=positive, margin=margin)
            )
        case Binary(op) if (comparison := _comparison(node)) is not None:
            path, op, number = comparison
            lower = (op in _UPWARD) is positive
            return Binary(op, path, Literal(number - margin if lower else number + margin))
        case Conditional(test, then, other):
            moved = (widened(part, positive=positive, margin=margin) for part in (then, other))
            return Conditional(test, *moved)
        case Call("exists" | "all" as name, target, (item, condition)):
            return Call(name, target, (item, widened(condition, positive=positive, margin=margin)))
        case _:
            return node


def gaps(node: Node, values: Mapping[str, Any], *, positive: bool = True) -> Iterator[Gap]:
    """Yield each comparison that is not met and would be within the margin."""
    match node:
        case Unary("!", operand):
            yield from gaps(operand, values, positive=not positive)
        case Binary(op) if (comparison := _comparison(node)) is not None:
            path, op, number = comparison
            score = values[variable_of(str(path))]
            holds = {"<": score < number, "<=": score <= number, ">": score > number, ">=": score >= number}[op]
            if holds is not positive and abs(score - number) <= MARGIN:
                yield Gap(path=str(path), score=score, threshold=number)
        case Conditional(_, then, other):
            yield from gaps(then, values, positive=positive)
            yield from gaps(other, values, positive=positive)
        case _:
            for child in children(node):
                yield from gaps(child, values, positive=positive)


def _comparison(node: Binary) -> tuple[Path, str, float] | None:
    """Return a comparison of a score with a number as path, operator, number; ``None`` for anything else."""
    if node.op not in _ORDER:
        return None
    match node.left, node.right:
        case Path(parts), Literal(float(number)) if Schema.is_score(parts):
            return node.left, node.op, number
        case Literal(float(number)), Path(parts) if Schema.is_score(parts):
            return node.right, _MIRRORED[node.op], number
    return None
