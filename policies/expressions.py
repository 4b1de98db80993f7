"""The condition language: a strict, typed subset of CEL, parsed to a small tree.

A full CEL engine (``cel``) runs the conditions; this parser exists so that a wrong name or a wrong type is an
error when files load, on whatever branch it hides, and so that named thresholds and predicates can be put in.

Accepted: ``|| && ! == != < <= > >= in + - * / ?:``, parentheses, numbers, strings, ``true``, ``false``, lists,
``a.b.c``, ``a.b["c"]``, ``size(x)``, ``x.startsWith(y)``, ``x.endsWith(y)``, ``x.contains(y)``, ``x.matches("re")``,
``list.exists(n, cond)`` and ``list.all(n, cond)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from policies.errors import ExpressionError

MAX_LENGTH: Final = 2_000
"""Characters in one condition; longer ones should be split into predicates."""
MAX_DEPTH: Final = 24
"""Nesting of one condition; keeps parsing and evaluation bounded."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string or boolean."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list literal."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A name with its fields: ``risk.hazards.hate``. Index by a literal string is the same as a field."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Unary:
    """``!x`` or ``-x``."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands with an operator between them."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Conditional:
    """``test ? then : other``."""

    test: Node
    then: Node
    other: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; a method has its receiver as ``target``."""

    name: str
    target: Node | None
    args: tuple[Node, ...]


Node = Literal | ListOf | Path | Unary | Binary | Conditional | Call


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node, in order."""
    match node:
        case Literal() | Path():
            return ()
        case ListOf(items):
            return items
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Conditional(test, then, other):
            return (test, then, other)
        case Call(_, target, args):
            return args if target is None else (target, *args)


def bare_names(node: Node) -> set[str]:
    """Return the names without fields that occur in a condition."""
    if isinstance(node, Path):
        return {node.parts[0]} if len(node.parts) == 1 else set()
    return {name for child in children(node) for name in bare_names(child)}


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:\d+\.\d+|\d+|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<op>\|\||&&|==|!=|<=|>=|[-+*/<>!?:.,()\[\]])""",
    re.VERBOSE | re.ASCII,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_RESERVED: Final = frozenset({"null", "has", "dyn", "type", "as", "for", "function", "if", "let", "var", "while"})


def parse(source: str) -> Node:
    """Parse a condition; raises ``ExpressionError`` with the column of the fault."""
    if len(source) > MAX_LENGTH:
        raise ExpressionError(
            f"condition has {len(source)} characters, at most {MAX_LENGTH} are allowed; move parts into `predicates`"
        )
    return _Parser(_tokens(source)).parse()


def _tokens(source: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise ExpressionError(
                f"unexpected character `{source[at]}` at column {at + 1}; write conditions in CEL, "
                "strings in straight quotes"
            )
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(_Token(kind, match.group(), at))
        at = match.end()
    tokens.append(_Token("end", "end of condition", len(source)))
    return tokens


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def parse(self) -> Node:
        node = self._ternary()
        if self._peek().kind != "end":
            raise self._unexpected("an operator or the end of the condition")
        return node

    # --- tokens -----------------------------------------------------------------------------------

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _accept(self, *ops: str) -> str | None:
        token = self._peek()
        if token.kind in ("op", "name") and token.text in ops:
            self._next += 1
            return token.text
        return None

    def _expect(self, op: str) -> None:
        if self._accept(op) is None:
            raise self._unexpected(f"`{op}`")

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self._peek()
        return ExpressionError(f"unexpected `{token.text}` at column {token.at + 1}; expected {wanted}")

    # --- grammar, loosest binding first -------------------------------------------------------------

    def _ternary(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"condition is nested deeper than {MAX_DEPTH} levels; move parts into `predicates`")
        node = self._or()
        if self._accept("?"):
            then = self._or()
            self._expect(":")
            node = Conditional(node, then, self._ternary())
        self._depth -= 1
        return node

    def _or(self) -> Node:
        node = self._and()
        while self._accept("||"):
            node = Binary("||", node, self._and())
        return node

    def _and(self) -> Node:
        node = self._comparison()
        while self._accept("&&"):
            node = Binary("&&", node, self._comparison())
        return node

    def _comparison(self) -> Node:
        node = self._sum()
        op = self._accept("==", "!=", "<", "<=", ">", ">=", "in")
        if op is None:
            return node
        node = Binary(op, node, self._sum())
        if self._peek().text in _COMPARISONS or self._peek().text == "in":
            raise self._unexpected("`&&` between two comparisons")
        return node

    def _sum(self) -> Node:
        node = self._product()
        while op := self._accept("+", "-"):
            node = Binary(op, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._unary()
        while op := self._accept("*", "/"):
            node = Binary(op, node, self._unary())
        return node

    def _unary(self) -> Node:
        ops: list[str] = []
        while op := self._accept("!", "-"):
            ops.append(op)
        if len(ops) > 1:
            raise ExpressionError(f"`{''.join(ops)}` repeats a prefix operator; write it once")
        node = self._postfix()
        return Unary(ops[0], node) if ops else node

    def _postfix(self) -> Node:
        node = self._primary()
        while True:
            if self._accept("."):
                node = self._member(node)
            elif self._accept("["):
                node = self._index(node)
            else:
                return node

    def _member(self, target: Node) -> Node:
        token = self._take()
        if token.kind != "name":
            self._next -= 1
            raise self._unexpected("a field name after `.`")
        if self._accept("("):
            return Call(token.text, target, self._arguments())
        if not isinstance(target, Path):
            raise ExpressionError(f"field `{token.text}` at column {token.at + 1} follows a value that has no fields")
        return Path((*target.parts, token.text))

    def _index(self, target: Node) -> Node:
        token = self._take()
        if token.kind != "string" or not isinstance(target, Path):
            self._next -= 1
            raise self._unexpected('a field name in quotes, as in `risk.hazards["privacy"]`')
        self._expect("]")
        return Path((*target.parts, _unquote(token)))

    def _arguments(self) -> tuple[Node, ...]:
        if self._accept(")"):
            return ()
        args = [self._ternary()]
        while self._accept(","):
            args.append(self._ternary())
        self._expect(")")
        return tuple(args)

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Literal(_number(token))
        if token.kind == "string":
            return Literal(_unquote(token))
        if token.kind == "name":
            return self._name(token)
        if token.text == "(":
            node = self._ternary()
            self._expect(")")
            return node
        if token.text == "[":
            return self._list()
        self._next -= 1
        raise self._unexpected("a value")

    def _name(self, token: _Token) -> Node:
        if token.text in ("true", "false"):
            return Literal(token.text == "true")
        if token.text in _RESERVED or token.text == "in":
            raise ExpressionError(
                f"`{token.text}` at column {token.at + 1} is not available in conditions; every fact is always set, "
                "compare it directly"
            )
        if self._accept("("):
            return Call(token.text, None, self._arguments())
        return Path((token.text,))

    def _list(self) -> Node:
        if self._accept("]"):
            return ListOf(())
        items = [self._ternary()]
        while self._accept(","):
            items.append(self._ternary())
        self._expect("]")
        return ListOf(tuple(items))


def _number(token: _Token) -> int | float:
    if token.text.isdigit():
        value = int(token.text)
        if value >= 2**53:
            raise ExpressionError(f"number `{token.text}` at column {token.at + 1} is too large")
        return value
    return float(token.text)


def _unquote(token: _Token) -> str:
    def replace(match: re.Match[str]) -> str:
        if match.group(1) not in _ESCAPES:
            raise ExpressionError(
                f"unknown escape `{match.group()}` at column {token.at + 1}; known: \\n \\t \\r \\\" \\' \\\\"
            )
        return _ESCAPES[match.group(1)]

    return re.sub(r"\\(.)", replace, token.text[1:-1])
