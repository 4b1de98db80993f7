"""Translations in gettext catalogues."""

from __future__ import annotations

from corpora.connectors.gettext import GETTEXT
from tests.unit.corpora.connectors.conftest import Gather

CATALOGUE = """\
msgid ""
msgstr ""
"PO-Revision-Date: 2022-10-10 17:59+0000\\n"
"Language: es\\n"
"Content-Type: text/plain; charset=UTF-8\\n"

#. type: YAML Front Matter: title
#: faq.md
msgid "Questions"
msgstr "Preguntas"

#. type: Title #
#: faq.md
msgid "What is copyright? {#what}"
msgstr "¿Qué es el derecho de autor? {#que}"

#. type: Plain text
#: faq.md tutorial.md
msgid "A right of authors."
msgstr "Un [derecho](x) de autores."

#. type: Bullet: '* '
#: faq.md
msgid "Books"
msgstr "Libros"

#. type: Fenced code block
#: faq.md
msgid "code"
msgstr "código"

#. type: Plain text
#: faq.md
#, fuzzy
msgid "Not sure."
msgstr "Quizás."

#. type: Plain text
#: faq.md
msgid "Not yet."
msgstr ""
"""


def test_a_page_is_made_of_what_was_translated(gather: Gather) -> None:
    (faq, tutorial), skips = gather(GETTEXT, {"po/docs.es.po": CATALOGUE}, url="https://example.org/{stem}/")
    assert (faq.key, faq.title, faq.url) == ("faq-es", "Preguntas", "https://example.org/faq/")
    assert str(faq.published) == "2022-10-10"
    assert [(part.heading, [(block.kind, block.text) for block in part.blocks]) for part in faq.parts] == [
        ("¿Qué es el derecho de autor? {#what}", [("prose", "Un derecho de autores."), ("bullet", "Libros")])
    ]
    assert tutorial.key == "tutorial-es"
    assert [(skip.reason, skip.detail) for skip in skips] == [
        ("an entry that is not translated, or not checked", "faq.md: 2 entries")
    ]


def test_empty_and_broken_catalogues_are_named(gather: Gather) -> None:
    found, skips = gather(GETTEXT, {"a.po": "", "b.po": 'msgid "x"\nmsgstr\nnonsense\n'})
    assert (found, [(skip.path, skip.fault) for skip in skips]) == ([], [("a.po", False), ("b.po", True)])
