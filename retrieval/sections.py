"""From documents to sections: what is shown, what is embedded, and what is counted by BM25."""

from __future__ import annotations

from collections.abc import Mapping

from corpora.document import Document, DocumentSection
from corpora.frontmatter import family_of
from retrieval.gloss import reading
from retrieval.models import Section, Sentence, SourceRef


def sections_of(document: Document) -> tuple[Section, ...]:
    """The sections of ``document`` in reading order, each with all that a filter or a citation needs."""
    return tuple(_section(document, section, place) for place, section in enumerate(document.sections))


def _section(document: Document, section: DocumentSection, position: int) -> Section:
    meta = document.meta
    sources = document.sources_of(section)
    return Section(
        section_id=f"{document.id}#{section.id}",
        document_id=document.id,
        revision=document.revision,
        heading=section.heading,
        section=section.id,
        title=meta.title,
        text=section.text,
        domain=meta.domain,
        facets=meta.facets,
        hazards=meta.hazards,
        locale=section.locale,
        jurisdictions=meta.jurisdictions,
        audience=meta.audience,
        urgency=meta.urgency,
        stance=section.stance,
        status=meta.status,
        reviewed_on=meta.reviewed_on,
        review_by=meta.review_by,
        need=meta.need,
        keywords=meta.keywords,
        next_steps=meta.next_steps,
        sources=tuple(
            SourceRef(publisher=source.publisher, title=source.title, url=source.url, licence=source.licence)
            for source in sources
        ),
        sentences=_sentences(section, {source.key: place for place, source in enumerate(sources)}),
        family=family_of(document.id, meta.translation_of),
        position=position,
        asked=meta.asked if position == 0 else (),
        has_asked=bool(meta.asked),
    )


def _sentences(section: DocumentSection, position: Mapping[str, int]) -> tuple[Sentence, ...]:
    """The sentences that may be quoted, each with the positions of its sources in the section."""
    return tuple(
        Sentence(
            text=sentence.text,
            kind=sentence.kind,
            block=sentence.block,
            sources=tuple(position[key] for key in sentence.sources),
        )
        for sentence in section.sentences
        if sentence.kind != "code"
    )


def dense_text(section: Section) -> str:
    """The text that is embedded, in English words: what the document is for comes before what the section says."""
    keywords = ", ".join(section.keywords)
    text = f"{section.title}. {section.need} {keywords}. {section.heading}. {section.text}"
    return reading(text, section.locale)


def asked_texts(section: Section) -> list[str]:
    """The typical requests that are embedded one by one, in English words."""
    return [reading(request, section.locale) for request in section.asked]


def lexical_text(section: Section) -> str:
    """The text whose words are counted."""
    keywords = " ".join(section.keywords)
    return f"{section.title} {section.need} {keywords} {section.heading} {section.text}"
