"""Text rules: named signals that fire on what a message says outright, in four languages.

The rules live in ``rules/*.yaml``. A pattern is matched against the prepared text: lower case, without accents, Arabic
vowel marks and apostrophes, ``ة`` and ``ى`` as ``ه`` and ``ي``, single spaces. Patterns are prepared in the same way, so
they may be written with accents. The script of a message tells which languages are tried; its identified language does
not, because people mix languages and short texts are misjudged.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from agent.errors import AgentError
from agent.grounding import fold
from policies.taxonomy import LANGUAGES

RULES: Final = Path(__file__).with_name("rules")
LOOK: Final = 4_000
"""Characters of head and of tail that are looked at."""
AROUND: Final = 200
"""Characters before and after a match in which ``also`` must and ``never`` must not match."""
MOST_MATCHES: Final = 8
"""Matches of a pattern that are tried."""

_YAML: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C where PyYAML has it: five times as quick."""

_SCRIPTS: Final = {
    "en": re.compile(r"[a-z]"),
    "es": re.compile(r"[a-z]"),
    "zh": re.compile(r"[\u3400-\u9fff]"),
    "ar": re.compile(r"[\u0621-\u064a]"),
}
_FRAGMENT: Final = re.compile(r"\{([a-z][a-z_]*)\}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+\Z")
_APOSTROPHE: Final = re.compile(r"['’‘´`]")
_BLANK: Final = re.compile(r"\s+")
_LETTERS: Final = str.maketrans("ةى٠١٢٣٤٥٦٧٨٩", "هي0123456789")


class SignalsError(AgentError):
    """The file of text rules is not valid; the message has file, line and pattern."""


class Rule(NamedTuple):
    """The rule of a signal in one language: fires when a needed string occurs and a pattern matches that nothing near it forbids."""

    needs: tuple[str, ...]
    any_of: tuple[re.Pattern[str], ...]
    also: tuple[re.Pattern[str], ...]
    """Patterns that must each match too."""
    never: tuple[re.Pattern[str], ...]
    when: str = ""
    """Another signal that must have fired, of a rule above; empty when there is none."""

    def fires(self, text: str) -> bool:
        """True when the prepared text sets the rule off, ``when`` apart."""
        return any(need in text for need in self.needs) and any(
            self._holds(text[max(0, match.start() - AROUND) : match.end() + AROUND])
            for pattern in self.any_of
            for match in itertools.islice(pattern.finditer(text), MOST_MATCHES)
        )

    def _holds(self, around: str) -> bool:
        return all(pattern.search(around) for pattern in self.also) and not any(
            pattern.search(around) for pattern in self.never
        )


class Signals:
    """Compiled text rules, by language and signal."""

    def __init__(self, rules: dict[str, dict[str, Rule]]) -> None:
        self._rules = rules

    @property
    def names(self) -> frozenset[str]:
        """Every signal that can fire."""
        return frozenset(name for rules in self._rules.values() for name in rules)

    def fire(self, text: str, language: str) -> tuple[str, ...]:
        """Names of the signals that the text sets off, sorted.

        Patterns of the identified language are tried, and of every language written in a script that the text holds.
        """
        ready = prepare(text if len(text) <= 2 * LOOK else f"{text[:LOOK]}\n{text[-LOOK:]}")
        fired: set[str] = set()
        for lang, rules in self._rules.items():
            if lang == language or _SCRIPTS[lang].search(ready):
                for name, rule in rules.items():
                    if name not in fired and (not rule.when or rule.when in fired) and rule.fires(ready):
                        fired.add(name)
        return tuple(sorted(fired))


def prepare(text: str) -> str:
    """The text in the form that patterns are matched against."""
    return _BLANK.sub(" ", fold(_APOSTROPHE.sub("", text))).translate(_LETTERS).strip()


def load_signals(path: Path = RULES) -> Signals:
    """The rules of a file, or of the YAML files of a folder, compiled. Fragments of any file serve in all.

    Raises:
        SignalsError: something is not valid; the message has every fault with file and line.
    """
    return _Loader().load(sorted(path.glob("*.yaml")) if path.is_dir() else [path])


class _Loader:
    """Reads the files and gathers faults."""

    def __init__(self) -> None:
        self._faults: list[str] = []
        self._fragments: dict[str, str] = {}
        self._rules: dict[str, dict[str, Rule]] = {lang: {} for lang in LANGUAGES}

    def load(self, paths: Sequence[Path]) -> Signals:
        documents = [(path, dict(self._entries(_composed(path), path, {"fragments", "signals"}))) for path in paths]
        for path, document in documents:
            for name, node in self._entries(document.get("fragments"), path):
                self._fragments[name] = self._expanded(node, path)
        for path, document in documents:
            for name, node in self._entries(document.get("signals"), path):
                self._signal(name, node, path)
        if not any(self._rules.values()):
            self._faults.append(f"{', '.join(map(str, paths)) or 'no file'}: no signals; expected a mapping `signals`")
        if self._faults:
            raise SignalsError("; ".join(self._faults))
        return Signals(self._rules)

    def _signal(self, name: str, node: Node, path: Path) -> None:
        if not _NAME.match(name):
            self._fault(path, node, f"signal `{name}` does not have the form `group.name`; rename it")
        for lang, body in self._entries(node, path, set(LANGUAGES)):
            if name in self._rules[lang]:
                self._fault(path, node, f"signal `{name}` stands in two files; remove one")
            self._rules[lang][name] = self._rule(body, path, f"`{name}` in `{lang}`", self._rules[lang])

    def _rule(self, node: Node, path: Path, what: str, above: Mapping[str, Rule]) -> Rule:
        parts = dict(self._entries(node, path, {"needs", "any", "also", "never", "when"}))
        when = self._text(parts["when"], path) if "when" in parts else ""
        if when and when not in above:
            self._fault(path, node, f"{what}: `when` names `{when}`, which is no signal above it in this language")
        needs: tuple[str, ...] = ("",)
        if "needs" in parts or not when:
            needs = tuple(map(prepare, self._text(parts.get("needs", node), path).split("|")))
            if not all(needs):
                self._fault(path, node, f"{what}: `needs` lacks a string; give strings one of which must occur")
        if "any" not in parts:
            self._fault(path, node, f"{what} lacks `any`; give patterns one of which must match")
        return Rule(
            needs,
            any_of=self._patterns(parts.get("any"), path)[:1],
            also=self._patterns(parts.get("also"), path, each=True),
            never=self._patterns(parts.get("never"), path),
            when=when,
        )

    def _patterns(self, node: Node | None, path: Path, *, each: bool = False) -> tuple[re.Pattern[str], ...]:
        """The patterns of a list, compiled as one alternation, or one by one when ``each`` must match."""
        if node is None:
            return ()
        if not isinstance(node, SequenceNode):
            self._fault(path, node, "expected a list of patterns")
            return ()
        sources = [(item, self._expanded(item, path)) for item in node.value]
        try:
            if each:
                return tuple(re.compile(source) for _, source in sources)
            return (re.compile("|".join(f"(?:{source})" for _, source in sources)),)
        except re.error:
            self._report(sources, path)
            return ()

    def _report(self, sources: Sequence[tuple[Node, str]], path: Path) -> None:
        for item, source in sources:
            try:
                re.compile(source)
            except re.error as error:
                self._fault(path, item, f"pattern `{item.value}` is wrong: {error}; correct it")

    def _expanded(self, node: Node, path: Path) -> str:
        """The pattern with fragments put in, folded as texts are."""

        def put(match: re.Match[str]) -> str:
            if match[1] in self._fragments:
                return self._fragments[match[1]]
            self._fault(path, node, f"unknown fragment `{match.group()}` in pattern `{node.value}`; define it first")
            return ""

        return _FRAGMENT.sub(put, "".join(map(_folded, self._text(node, path))))

    def _text(self, node: Node, path: Path) -> str:
        if isinstance(node, ScalarNode) and node.value:
            return str(node.value)
        self._fault(path, node, "expected text")
        return ""

    def _entries(self, node: Node | None, path: Path, known: set[str] | None = None) -> Iterator[tuple[str, Node]]:
        """The entries of a mapping; unknown and repeated keys are faults."""
        if node is None:
            return
        if not isinstance(node, MappingNode):
            self._fault(path, node, "expected a mapping")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if known is not None and key.value not in known:
                self._fault(path, key, f"unknown key `{key.value}`; expected one of {', '.join(sorted(known))}")
            elif key.value in seen:
                self._fault(path, key, f"key `{key.value}` stands twice; remove one")
            else:
                seen.add(key.value)
                yield key.value, value

    def _fault(self, path: Path, node: Node, message: str) -> None:
        self._faults.append(f"{path}:{node.start_mark.line + 1}: {message}")


def _composed(path: Path) -> Node | None:
    """The YAML tree of a file."""
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=_YAML)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SignalsError(f"{path}:{line}: not valid YAML: {error.problem}; correct it") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SignalsError(f"{path}: cannot be read: {error}") from error


def _folded(char: str) -> str:
    return char if char.isascii() else fold(char).translate(_LETTERS)
