"""Files to a ``PolicySet``. All faults of a tree are reported together, each with file, line and fix.

A tree is ``vocabulary.yaml``, ``rules/*.yaml``, ``rationales/*.yaml`` and ``overlays/*/*.yaml`` under one root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from policies.catalogue_reader import Catalogue, read_catalogue
from policies.compiler import Names
from policies.errors import PolicyLoadError, Problem
from policies.overlay_reader import OverlayReader, read_overlays
from policies.policy_set import BALANCED, Overlay, PolicySet, Rule, Vocabulary
from policies.reader import MAX_BYTES, Item, Problems, Source, read_yaml
from policies.rule_reader import read_drafts
from policies.vocabulary_reader import FILE as VOCABULARY
from policies.vocabulary_reader import read_vocabulary

__all__ = ["PolicySet", "load_policies", "packaged_root", "parse_policies", "read_sources", "version_of"]

RULES: Final = "rules"
RATIONALES: Final = "rationales"
OVERLAYS: Final = "overlays"
VERSION_DIGITS: Final = 12


def packaged_root() -> Path:
    """Return the folder of the policies that come with Handrail."""
    return Path(__file__).parent


def load_policies(root: Path | None = None) -> PolicySet:
    """Return the policies under ``root`` (``None``: the packaged ones); raises ``PolicyLoadError`` with every fault."""
    return parse_policies(read_sources(root))


def read_sources(root: Path | None = None) -> tuple[Source, ...]:
    """Return the text of every policy file under ``root``; raises ``PolicyLoadError`` when one cannot be read."""
    folder = packaged_root() if root is None else root
    if not folder.is_dir():
        raise PolicyLoadError([Problem(str(folder), 1, "policy folder does not exist; check the path")])
    paths = [folder / VOCABULARY]
    problems: list[Problem] = []
    for part, pattern in ((RULES, "*"), (RATIONALES, "*"), (OVERLAYS, "**/*")):
        paths += sorted((folder / part).glob(f"{pattern}.yaml"))
        for stray in sorted((folder / part).glob(f"{pattern}.yml")):
            name = stray.relative_to(folder).as_posix()
            problems.append(Problem(name, 1, "file is not read; rename it to end in `.yaml`"))
    sources: list[Source] = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > MAX_BYTES:
                problems.append(Problem(name, 1, f"file is larger than {MAX_BYTES} bytes; split it"))
            else:
                sources.append(Source(name, path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            problems.append(Problem(name, 1, "file does not exist; every policy folder needs it, create it"))
        except OSError as error:
            problems.append(
                Problem(name, 1, f"file cannot be read: {error.strerror or 'input error'}; check its rights")
            )
        except UnicodeDecodeError as error:
            problems.append(Problem(name, 1, f"file is not utf-8 (byte {error.start}); save it as utf-8"))
    if problems:
        raise PolicyLoadError(problems)
    return tuple(sources)


def parse_policies(sources: Sequence[Source]) -> PolicySet:
    """Return the policies in these texts; raises ``PolicyLoadError`` with every fault, and nothing else."""
    problems = Problems()
    documents = {source.name: read_yaml(source, problems) for source in sources}
    # A file that cannot be read makes every reference into it look wrong: report the cause alone.
    if problems.found:
        raise PolicyLoadError(problems.found)
    vocabulary_file = documents.get(VOCABULARY) or Item(None, VOCABULARY, 1)
    vocabulary, names = read_vocabulary(vocabulary_file, problems)
    catalogue = read_catalogue(_under(RATIONALES, documents), problems)
    overlays = read_overlays(_under(OVERLAYS, documents), vocabulary, problems)
    rules = _rules(documents, overlays, vocabulary, names, BALANCED, catalogue, problems)
    if problems.found:
        raise PolicyLoadError(problems.found)
    used = {overlay.risk_appetite for overlay, _ in overlays if overlay.risk_appetite} - {BALANCED}
    by_appetite = {
        name: _rules(documents, overlays, vocabulary, names, name, catalogue, problems) for name in sorted(used)
    }
    if problems.found:
        raise PolicyLoadError(problems.found)
    return PolicySet(
        rules=rules,
        vocabulary=vocabulary,
        rationales=catalogue.rationales,
        disclaimers=catalogue.disclaimers,
        version=version_of(sources),
        overlays=tuple(overlay for overlay, _ in overlays),
        by_appetite=by_appetite,
    )


def _rules(
    documents: dict[str, Item | None],
    overlays: Sequence[tuple[Overlay, Item]],
    vocabulary: Vocabulary,
    names: dict[str, Names],
    appetite: str,
    catalogue: Catalogue,
    problems: Problems,
) -> tuple[Rule, ...]:
    """Return the compiled rules of all layers with the thresholds of one risk appetite."""
    drafts = read_drafts(_under(RULES, documents), names[appetite], names[BALANCED], catalogue, problems)
    for overlay, document in overlays:
        OverlayReader(overlay, document, vocabulary, names[appetite], catalogue, problems).apply(drafts)
    compiled = (draft.rule(problems) for draft in drafts.values())
    return tuple(rule for rule in compiled if rule is not None)


def version_of(sources: Sequence[Source]) -> str:
    """Return a short hash of the content; the order of the files and the style of line ends do not count."""
    digest = hashlib.sha256()
    for source in sorted(sources, key=lambda source: source.name):
        text = "\n".join(source.text.splitlines())
        digest.update(f"{source.name}\0{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:VERSION_DIGITS]


def _under(folder: str, documents: dict[str, Item | None]) -> list[Item]:
    return [item for name, item in sorted(documents.items()) if name.startswith(f"{folder}/") and item is not None]
