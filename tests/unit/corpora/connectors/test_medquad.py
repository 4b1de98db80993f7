"""Questions and answers on health."""

from __future__ import annotations

from corpora.connectors.medquad import MEDQUAD
from tests.unit.corpora.connectors.conftest import Gather

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<Document id="0000001" source="NINDS" url="https://example.org/headache">
<Focus>Headache</Focus>
<FocusAnnotations><Synonyms><Synonym>Sore head</Synonym></Synonyms></FocusAnnotations>
<QAPairs>
<QAPair pid="1"><Question qid="1-1">What is (are) Headache ?</Question>
<Answer>A headache hurts. Kinds are      - Dull ones    - Sharp ones        Most pass by themselves.</Answer></QAPair>
<QAPair pid="2"><Question qid="1-2">How to treat Headache ?</Question><Answer> </Answer></QAPair>
</QAPairs></Document>"""


def test_each_answered_question_is_a_part_with_its_list_restored(gather: Gather) -> None:
    (found,), skips = gather(MEDQUAD, {"6_NINDS_QA/0000001.xml": FILE})
    assert (found.title, found.key, found.keywords, skips) == ("Headache", "6_NINDS_QA/0000001", ("Sore head",), [])
    assert (found.publisher, found.url) == (
        "National Institute of Neurological Disorders and Stroke",
        "https://example.org/headache",
    )
    assert [part.heading for part in found.parts] == ["What is Headache? {#1}"]
    assert [(block.kind, block.text.strip()) for block in found.parts[0].blocks] == [
        ("prose", "A headache hurts. Kinds are"),
        ("bullet", "Dull ones"),
        ("bullet", "Sharp ones"),
        ("prose", "Most pass by themselves."),
    ]


def test_closed_sets_empty_and_foreign_files_are_left_out(gather: Gather) -> None:
    files = {
        "a.xml": FILE.replace("NINDS", "MPlusADAM"),
        "b.xml": FILE.replace("A headache hurts.", "").replace(
            "Kinds are      - Dull ones    - Sharp ones        Most pass by themselves.", ""
        ),
        "c.xml": "<other/>",
        "d.xml": "<Document>",
    }
    found, skips = gather(MEDQUAD, files)
    assert found == []
    assert [(skip.path, skip.reason.split(":")[0], skip.fault) for skip in skips] == [
        ("a.xml", "text of a third party", False),
        ("b.xml", "has questions without answers", False),
        ("c.xml", "root element is `other`; expected `Document`", False),
        ("d.xml", "not XML", True),
    ]
