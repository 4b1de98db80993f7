"""Check a whole library: every document by itself, and the documents against each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from corpora import checks
from corpora.document import Document, DocumentSection
from corpora.findings import Finding
from corpora.frontmatter import family_of
from corpora.library import BUNDLED_LIBRARY, Library, load_library
from corpora.vocabulary import DEFAULT_VOCABULARY, Vocabulary

__all__ = ["Finding", "lint_library", "lint_loaded", "lint_one"]

NEAR_DUPLICATE: Final = 0.5
"""Share of common shingles from which on two sections say the same."""
_SHINGLE: Final = 5
_LINK_ACROSS: Final = re.compile(r"\]\((?P<target>(?!#|https?://|mailto:|tel:)[^)\s]+)\)")

Check = Callable[[Document], Iterable[Finding]]


def lint_library(
    root: Path = BUNDLED_LIBRARY, *, today: date | None = None, vocabulary: Vocabulary = DEFAULT_VOCABULARY
) -> list[Finding]:
    """Everything to mend under ``root``, by file and line. Raises ``LibraryError`` when there is no such folder."""
    return lint_loaded(load_library(root, vocabulary), today=today)


def lint_loaded(library: Library, *, today: date | None = None) -> list[Finding]:
    """Everything to mend in a library that was read already."""
    findings = [
        Finding(path=problem.path, line=problem.line, level="error", code="unreadable", message=problem.message)
        for problem in library.problems
    ]
    day = today or date.today()
    originals = {document.id: document.revision for document in library.documents}
    for document in library.documents:
        findings += lint_one(document, originals, day)
    findings += _near_duplicates(library.documents)
    return sorted(findings, key=_place)


def lint_one(document: Document, originals: Mapping[str, str], today: date) -> list[Finding]:
    """What to mend in one document, given the revision by id of every document that it may refer to."""
    findings = [finding for check in _checks(today) for finding in check(document)]
    return sorted((*findings, *_translation(document, originals), *_references(document, originals)), key=_place)


def _place(finding: Finding) -> tuple[str, int, str, str]:
    return str(finding.path), finding.line, finding.code, finding.message


def _checks(today: date) -> tuple[Check, ...]:
    return (
        checks.dosage,
        checks.commands,
        checks.harmful_detail,
        checks.unwritten,
        checks.stance,
        partial(checks.expiry, today=today),
        checks.support,
        checks.numbers,
        checks.shape,
        checks.language,
        checks.plainness,
        checks.markup,
        checks.place,
    )


def _translation(document: Document, originals: Mapping[str, str]) -> Iterator[Finding]:
    """A translation names a document that exists; a revision that was left behind is named."""
    original, followed = document.meta.translation_of, document.meta.translation_revision
    if original is None:
        return
    if original not in originals:
        yield _finding(document, "dead-link", f"translation_of `{original}` is no document of the library", "error")
    elif followed is None:
        message = f"translation_of `{original}` without translation_revision; name the revision that was followed"
        yield _finding(document, "translation-drift", message)
    elif followed != originals[original]:
        message = f"follows revision `{followed}` of `{original}`, which is now `{originals[original]}`"
        yield _finding(document, "translation-drift", message)


def _references(document: Document, originals: Mapping[str, str]) -> Iterator[Finding]:
    """A link to another document, by its id or by a path of its file, leads to one that exists."""
    for section in document.sections:
        for sentence in section.sentences:
            for match in _LINK_ACROSS.finditer(sentence.text):
                name = match["target"].split("#")[0]
                if name not in originals:
                    message = f"`{name}` is no document of the library; expected the id of one"
                    yield Finding(
                        path=document.path, line=sentence.line, level="error", code="dead-link", message=message
                    )


def _near_duplicates(documents: Sequence[Document]) -> Iterator[Finding]:
    """Sections of different documents that share most of their wording, each pair once."""
    sections = [(document, section) for document in documents for section in document.sections]
    shingles = [_shingles(section) for _, section in sections]
    holders: dict[int, list[int]] = defaultdict(list)
    for number, own in enumerate(shingles):
        for shingle in own:
            holders[shingle].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        shared.update((first, second) for i, first in enumerate(numbers) for second in numbers[i + 1 :])
    for (first, second), common in sorted(shared.items()):
        one, other = sections[first][0], sections[second][0]
        overlap = common / min(len(shingles[first]), len(shingles[second]))
        if overlap < NEAR_DUPLICATE or _family(one) == _family(other):
            continue
        names = f"`{one.id}#{sections[first][1].id}`"
        message = f"{overlap:.0%} of section `{sections[second][1].id}` is worded like {names}; say it in one place"
        yield Finding(
            path=other.path, line=sections[second][1].line, level="warning", code="near-duplicate", message=message
        )


def _shingles(section: DocumentSection) -> frozenset[int]:
    """Hashes of every run of five words, or of ten characters where words are not spaced."""
    text = " ".join(sentence.text.lower() for sentence in section.sentences)
    words = text.split() if text.isascii() or " " in text[:40] else list(text)
    size = _SHINGLE if words != list(text) else 2 * _SHINGLE
    return frozenset(hash(tuple(words[start : start + size])) for start in range(max(1, len(words) - size + 1)))


def _family(document: Document) -> str:
    return family_of(document.id, document.meta.translation_of)


def _finding(document: Document, code: str, message: str, level: str = "warning") -> Finding:
    return Finding(
        path=document.path, line=2, level="error" if level == "error" else "warning", code=code, message=message
    )
