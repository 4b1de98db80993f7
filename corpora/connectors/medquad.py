"""MedQuAD: questions and answers of US health institutes in XML; each file is a document, each question a section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpora.connectors.base import Block, FileByFile, Found, Part, Skip, load_xml, local, text_of
from corpora.connectors.profile import SourceProfile

_PUBLISHERS: Final = {
    "CancerGov": "National Cancer Institute",
    "GARD": "Genetic and Rare Diseases Information Center",
    "GHR": "MedlinePlus Genetics, National Library of Medicine",
    "MPlusHealthTopics": "MedlinePlus, National Library of Medicine",
    "MPlusADAM": "A.D.A.M. Medical Encyclopedia",
    "MPlusDrugs": "MedlinePlus drug information",
    "MPlusHerbsSupplements": "MedlinePlus herbs and supplements",
    "NIDDK": "National Institute of Diabetes and Digestive and Kidney Diseases",
    "NINDS": "National Institute of Neurological Disorders and Stroke",
    "NIHSeniorHealth": "NIH Senior Health, National Institute on Aging",
    "NHLBI": "National Heart, Lung, and Blood Institute",
    "CDC": "Centers for Disease Control and Prevention",
}
_CLOSED: Final = ("MPlusADAM", "MPlusDrugs", "MPlusHerbsSupplements")
"""Sets whose owners did not open their answers."""
_ITEM: Final = re.compile(r"\s{2,}-\s+")
_RUN: Final = re.compile(r"\s{3,}")
_ASKS: Final = re.compile(r"^What is \(are\) (.*?)\s*\?$")


def _parse(path: str, data: bytes, source: SourceProfile) -> Iterator[Found | Skip]:
    root = load_xml(data)
    if local(root) != "Document":
        yield Skip(path, f"root element is `{local(root)[:40]}`; expected `Document`")
        return
    origin = root.get("source", "")
    if origin in _CLOSED:
        yield Skip(path, "text of a third party", _PUBLISHERS[origin])
        return
    focus = next((text_of(child) for child in root if local(child) == "Focus"), "") or path.rpartition("/")[2]
    parts: list[Part] = []
    for pair in root.iter():
        if local(pair) != "QAPair":
            continue
        question = next((text_of(child) for child in pair if local(child) == "Question"), "")
        answer = next(("".join(child.itertext()) for child in pair if local(child) == "Answer"), "")
        if answer.strip():
            parts.append(
                Part(
                    f"{_asked(question)} {{#{pair.get('pid', '')}}}" if pair.get("pid") else question,
                    tuple(_blocks(answer)),
                )
            )
    if not parts:
        yield Skip(path, "has questions without answers")
        return
    yield Found(
        path=path,
        key=path.rsplit(".", 1)[0],
        title=focus,
        parts=tuple(parts),
        url=root.get("url", ""),
        need=f"General health information about {focus}.",
        keywords=tuple(dict.fromkeys(text_of(each) for each in root.iter() if local(each) == "Synonym"))[:12],
        publisher=_PUBLISHERS.get(origin, ""),
    )


def _blocks(answer: str) -> Iterator[Block]:
    """Answers were flattened: dashes between wide gaps were bullets, wide gaps were paragraphs."""
    for run in _paragraphs(answer):
        lead, *items = _ITEM.split(run)
        if lead.strip(" -"):
            yield Block(lead)
        for item in items:
            # What follows the last item of a list after a wide gap is a paragraph again.
            first, *rest = _RUN.split(item.strip())
            yield Block(first, "bullet")
            yield from (Block(text) for text in rest if text.strip())


def _paragraphs(answer: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", answer):
        if "  - " not in paragraph and "   -" not in paragraph:
            yield from (text for text in _RUN.split(paragraph) if text.strip())
        elif paragraph.strip():
            yield paragraph


def _asked(question: str) -> str:
    match = _ASKS.match(question)
    return f"What is {match[1]}?" if match else question.replace(" ?", "?")


MEDQUAD: Final = FileByFile(_parse, ".xml")
