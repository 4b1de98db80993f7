"""Statutes without the notes that swamp them."""

from __future__ import annotations

from corpora.connectors.uslm import USLM
from tests.unit.corpora.connectors.conftest import Gather

LAW = """<uscDoc xmlns="http://xml.house.gov/schemas/uslm/1.0" xmlns:dcterms="http://purl.org/dc/terms/">
<meta><dcterms:created>2021-04-29T11:22:12</dcterms:created></meta>
<main><title identifier="/us/usc/t99"><heading>DOORS</heading>
<note><section identifier="/quoted"><num>1</num><content>Quoted law.</content></section></note>
<chapter><section identifier="/us/usc/t99/s7"><num value="7">\u00a7 7.</num><heading> Open doors</heading>
<chapeau>Nobody may leave open—</chapeau>
<paragraph><num>(1)</num><content>a door<footnote>see below</footnote>; or</content></paragraph>
<paragraph><num>(2)</num><chapeau>a gate that</chapeau><subparagraph><num>(A)</num><content>is high,</content></subparagraph>
<continuation>of any kind.</continuation></paragraph>
<sourceCredit>Pub. L. 1</sourceCredit><notes><note><p>Notes that are longer than the law.</p></note></notes></section>
<section identifier="/us/usc/t99/s8"><num>\u00a7 8.</num><heading>Locks</heading>
<subsection><num>(a)</num><heading>Duty.\u2014</heading><content>Locks are locked.</content></subsection>
<subsection><num>(b)</num><chapeau>Except for</chapeau><paragraph><num>(1)</num><content>fires.</content></paragraph></subsection></section>
<section identifier="/us/usc/t99/s9" status="repealed"><num>[\u00a7 9.</num><heading>Repealed]</heading></section>
<section identifier="/us/usc/t99/s10"><num>\u00a7 10.</num><heading>Nothing</heading><notes/></section></chapter></title></main></uscDoc>"""


def test_a_section_of_the_law_is_a_document_without_notes(gather: Gather) -> None:
    (doors, locks), skips = gather(USLM, {"usc99.xml": LAW})
    assert (doors.key, doors.title) == ("us-usc-t99-s7", "99 U.S.C. \u00a7 7 Open doors")
    assert doors.url.endswith("title99-section7")
    assert str(doors.published) == "2021-04-29"
    assert [(block.kind, block.text) for block in doors.parts[0].blocks] == [
        ("prose", "Nobody may leave open\u2014"),
        ("bullet", "(1) a door; or"),
        ("bullet", "(2) a gate that"),
        ("bullet", "(A) is high,"),
        ("prose", "of any kind."),
    ]
    assert [(part.heading, [block.text for block in part.blocks]) for part in locks.parts] == [
        ("(a) Duty.\u2014", ["Locks are locked."]),
        ("(b) Locks", ["Except for", "(1) fires."]),
    ]
    assert [(skip.reason, skip.detail) for skip in skips] == [
        ("a section that is no longer law", "[\u00a7 9"),
        ("a section without text", "\u00a7 10"),
    ]


def test_another_document_is_named(gather: Gather) -> None:
    found, skips = gather(USLM, {"a.xml": "<feed/>"})
    assert (found, [str(skip) for skip in skips]) == (
        [],
        ["a.xml: root element is `feed`; expected a document of the US Code in USLM"],
    )
