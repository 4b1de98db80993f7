"""Types of conditions: every name exists, every operator fits its operands, every text literal can occur."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from policies.errors import ExpressionError, suggestion
from policies.expressions import Binary, Call, Conditional, ListOf, Literal, Node, Path, Unary
from policies.schema import BOOL, INT, TEXT, FactType, Kind, Schema

FUNCTIONS: Final[dict[str, str]] = {
    "size": "`size(x)` of a text or list",
    "startsWith": "`text.startsWith(text)`",
    "endsWith": "`text.endsWith(text)`",
    "contains": "`text.contains(text)`",
    "matches": '`text.matches("pattern")`',
    "exists": "`list.exists(name, condition)`",
    "all": "`list.all(name, condition)`",
}
"""Every function of the language with its form."""

MAX_PATTERN: Final = 200
"""Characters in one pattern."""
MAX_REPEATS: Final = 100
"""Product of all counted repetitions in one pattern."""

_REPEATS: Final = re.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
_NUMBERS: Final = (Kind.INT, Kind.FLOAT)


def check_condition(node: Node, schema: Schema) -> None:
    """Pass when the condition is a well-typed boolean over the facts; else raise ``ExpressionError``."""
    found = _type(node, schema, {})
    if found.kind is not Kind.BOOL:
        raise ExpressionError(f"condition is a {found.kind}, expected true or false; compare it with something")


def _type(node: Node, schema: Schema, bound: Mapping[str, FactType]) -> FactType:
    match node:
        case Literal(value):
            return _type_of_literal(value)
        case ListOf(items):
            return _type_of_list(items, schema, bound)
        case Path(parts):
            return bound[parts[0]] if len(parts) == 1 and parts[0] in bound else schema.type_of(".".join(parts))
        case Unary(op, operand):
            return _type_of_unary(op, _type(operand, schema, bound))
        case Conditional(test, then, other):
            _want_bool(_type(test, schema, bound), "the test of `? :`")
            first, second = _type(then, schema, bound), _type(other, schema, bound)
            if first.kind is not second.kind:
                raise ExpressionError(f"`? :` gives a {first.kind} or a {second.kind}; both sides need one type")
            return FactType(first.kind)
        case Call(name, target, args):
            return _type_of_call(name, target, args, schema, bound)
        case Binary(op, left, right):
            return _type_of_binary(op, left, right, schema, bound)


def _type_of_literal(value: str | int | float | bool) -> FactType:
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    return TEXT if isinstance(value, str) else FactType(Kind.FLOAT)


def _type_of_list(items: tuple[Node, ...], schema: Schema, bound: Mapping[str, FactType]) -> FactType:
    for item in items:
        kind = _type(item, schema, bound).kind
        if kind is not Kind.TEXT:
            raise ExpressionError(f"a list holds texts only, this one holds a {kind}")
    return FactType(Kind.LIST) if items else FactType(Kind.EMPTY)


def _type_of_unary(op: str, operand: FactType) -> FactType:
    if op == "!":
        return _want_bool(operand, "the operand of `!`")
    if operand.kind not in _NUMBERS:
        raise ExpressionError(f"`-` needs a number, got a {operand.kind}")
    return FactType(operand.kind)


def _want_bool(found: FactType, where: str) -> FactType:
    if found.kind is not Kind.BOOL:
        raise ExpressionError(f"{where} is a {found.kind}, expected true or false; compare it with something")
    return BOOL


def _type_of_binary(op: str, left: Node, right: Node, schema: Schema, bound: Mapping[str, FactType]) -> FactType:
    a, b = _type(left, schema, bound), _type(right, schema, bound)
    if op in ("&&", "||"):
        _want_bool(a, f"the left side of `{op}`")
        return _want_bool(b, f"the right side of `{op}`")
    if op in ("+", "-", "*", "/"):
        return _type_of_arithmetic(op, a, b, right)
    if op == "in":
        if a.kind is not Kind.TEXT or b.kind is not Kind.LIST:
            raise ExpressionError(f"`in` needs a text and a list, got a {a.kind} and a {b.kind}")
    elif a.kind is not b.kind and not (a.kind in _NUMBERS and b.kind in _NUMBERS):
        raise ExpressionError(f"`{op}` compares a {a.kind} with a {b.kind}; both sides need one type")
    elif a.kind in (Kind.LIST, Kind.EMPTY):
        raise ExpressionError(f"`{op}` cannot compare lists; use `in`, `size`, `exists` or `all`")
    elif op not in ("==", "!=") and a.kind in (Kind.BOOL, Kind.TEXT):
        raise ExpressionError(f"`{op}` needs numbers, got a {a.kind}")
    _check_literals(left, b)
    _check_literals(right, a)
    return BOOL


def _type_of_arithmetic(op: str, a: FactType, b: FactType, right: Node) -> FactType:
    if a.kind not in _NUMBERS or b.kind not in _NUMBERS:
        raise ExpressionError(f"`{op}` needs two numbers, got a {a.kind} and a {b.kind}")
    if a.kind is not b.kind:
        raise ExpressionError(f"`{op}` mixes a whole number and a decimal number; write both as decimals, as in `2.0`")
    if op == "/" and not (isinstance(right, Literal) and right.value):
        raise ExpressionError("`/` may only divide by a fixed number other than zero")
    return FactType(a.kind)


def _check_literals(node: Node, against: FactType) -> None:
    """Reject a text that the fact on the other side can never be, and a score outside 0 to 1."""
    literals = node.items if isinstance(node, ListOf) else (node,)
    for literal in literals:
        if not isinstance(literal, Literal):
            continue
        if against.names is not None and isinstance(literal.value, str) and literal.value not in against.names:
            raise ExpressionError(f"unknown {against.what} `{literal.value}`{suggestion(literal.value, against.names)}")
        if against.probability and isinstance(literal.value, int | float) and not 0 <= literal.value <= 1:
            raise ExpressionError(f"a score is compared with `{literal.value}`; expected a number from 0 to 1")


def _type_of_call(
    name: str, target: Node | None, args: tuple[Node, ...], schema: Schema, bound: Mapping[str, FactType]
) -> FactType:
    if name not in FUNCTIONS:
        raise ExpressionError(f"unknown function `{name}`{suggestion(name, FUNCTIONS)}")
    usage = ExpressionError(f"wrong use of `{name}`; expected {FUNCTIONS[name]}")
    if name == "size":
        if target is not None or len(args) != 1:
            raise usage
        if _type(args[0], schema, bound).kind not in (Kind.TEXT, Kind.LIST):
            raise usage
        return INT
    if target is None:
        raise usage
    on = _type(target, schema, bound)
    if name in ("exists", "all"):
        return _type_of_macro(on, args, usage, schema, bound)
    if on.kind is not Kind.TEXT or len(args) != 1 or _type(args[0], schema, bound).kind is not Kind.TEXT:
        raise usage
    if name == "matches":
        _check_pattern(args[0], usage)
    return BOOL


def _check_pattern(pattern: Node, usage: ExpressionError) -> None:
    """Reject patterns that are slow to build: they are built anew for every turn."""
    if not isinstance(pattern, Literal):
        raise usage
    text = str(pattern.value)
    if len(text) > MAX_PATTERN:
        raise ExpressionError(f"pattern has {len(text)} characters, at most {MAX_PATTERN} are allowed; shorten it")
    product = 1
    for low, high in _REPEATS.findall(text):
        product *= int(high or low)
    if product > MAX_REPEATS:
        raise ExpressionError(
            f"pattern repeats a part up to {product} times, at most {MAX_REPEATS} are allowed; use `*` or `+`"
        )


def _type_of_macro(
    on: FactType, args: tuple[Node, ...], usage: ExpressionError, schema: Schema, bound: Mapping[str, FactType]
) -> FactType:
    if on.kind is not Kind.LIST or len(args) != 2:
        raise usage
    name = args[0]
    if not isinstance(name, Path) or len(name.parts) != 1:
        raise usage
    if bound:
        raise ExpressionError("`exists` and `all` stand inside each other, which can be slow; write two conditions")
    item = FactType(Kind.TEXT, on.names, on.what)
    return _want_bool(_type(args[1], schema, {**bound, name.parts[0]: item}), "the condition of a list function")
