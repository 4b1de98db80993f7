"""Markdown and fragments of HTML to parts: what a reader sees, without code, pictures and the words of a site generator."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpora.connectors.base import Block, Part

DEEPEST: Final = 4
"""Headings down to this level begin a part; deeper ones are lines of text."""

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LIQUID_BLOCK: Final = re.compile(
    r"\{%-?\s*(?:comment|capture\s.*?)\s*-?%\}.*?\{%-?\s*end(?:comment|capture)\s*-?%\}", re.DOTALL
)
_TEMPLATE: Final = re.compile(
    r"\{%.*?%\}|\{\{.*?\}\}|^\s*\{::?[^}\n]*\}\s*$|(?<=\S)\{:[^}\n]*\}", re.DOTALL | re.MULTILINE
)
"""Liquid, Jinja, Hugo shortcodes, and the attribute lists of kramdown."""
_ADMONITION: Final = re.compile(
    r'^(?P<indent>[ \t]*)(?:!!!|\?\?\?\+?|===)[ \t]+(?:[\w-]+[ \t]*)?(?:"(?P<title>[^"\n]*)")?[ \t]*$'
)
_CONTAINER: Final = re.compile(r"^[ \t]*:::+.*$")
_FENCE: Final = re.compile(r"^[ \t]*(?P<mark>`{3,}|~{3,})")
_FOOTNOTE: Final = re.compile(r"\[\^[^\]]+\]:?")
_UNSEEN: Final = re.compile(r"<(script|style|svg|noscript|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_BLOCK_TAG: Final = re.compile(
    r"</?(?:p|div|li|tr|br|h[1-6]|ul|ol|table|aside|blockquote|dd|dt|summary|details)\b[^>]*>", re.IGNORECASE
)
_CELL_END: Final = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z!?][^<>]*>")


class Page(NamedTuple):
    """A page without its markup."""

    title: str
    """Its first heading of the first level; empty without one."""
    parts: tuple[Part, ...]
    code_blocks: int
    """Blocks of code that were left out."""


def read_markdown(text: str, title: str = "") -> Page:
    """The parts of a Markdown page. ``title`` heads what stands before the first heading, when the page has no own."""
    reader = _Reader(title)
    reader.read(_parser().parse(without_templates(text)))
    return Page(reader.title, tuple(reader.parts()), reader.code_blocks)


def blocks_of(text: str) -> tuple[Block, ...]:
    """The paragraphs and bullets of a piece of Markdown, whatever headings it has."""
    return tuple(block for part in read_markdown(text).parts for block in part.blocks)


def plain(fragment: str) -> str:
    """What a reader sees of a fragment of HTML, one paragraph a line."""
    text = " ".join(_UNSEEN.sub(" ", _COMMENT.sub(" ", fragment)).split())
    text = _TAG.sub(" ", _BLOCK_TAG.sub("\n", _CELL_END.sub("; ", text)))
    lines = (" ".join(html.unescape(line).split()).strip("; ") for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def without_templates(text: str) -> str:
    """Markdown without what a site generator would have replaced; text inside of admonitions is kept, code untouched."""
    text = _LIQUID_BLOCK.sub("", _COMMENT.sub("", text))
    lines: list[str] = []
    fence = ""
    depth: list[int] = []
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        while depth and line.strip() and indent < depth[-1]:
            depth.pop()
        line = line[min(indent, depth[-1]) :] if depth else line
        match = _FENCE.match(line)
        if match and (not fence or match["mark"].startswith(fence)):
            fence = "" if fence else match["mark"]
        elif not fence and (found := _ADMONITION.match(line)):
            depth.append((depth[-1] if depth else 0) + len(found["indent"]) + 4)
            line = f"\n**{found['title']}**\n" if found["title"] else ""
        elif not fence and _CONTAINER.match(line):
            line = ""
        lines.append(line)
    return _FOOTNOTE.sub("", _TEMPLATE.sub("", "\n".join(lines)))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


class _Reader:
    """Walks the tokens of a page once."""

    def __init__(self, title: str) -> None:
        self.title = ""
        self.code_blocks = 0
        self._given = title
        self._above: dict[int, str] = {}
        self._heading = ""
        self._blocks: list[Block] = []
        self._parts: list[Part] = []

    def parts(self) -> Iterator[Part]:
        """What was read, in order."""
        self._close()
        for part in self._parts:
            yield part if part.heading else part._replace(heading=self.title or self._given)

    def read(self, tokens: Sequence[Token]) -> None:
        """Add what these tokens say."""
        items: list[bool] = []
        cells: list[str] = []
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                self._head(int(token.tag[1]), _inline(tokens[at + 1]))
            elif token.type == "list_item_open":
                items.append(True)
            elif token.type == "list_item_close":
                items.pop()
            elif token.type == "tr_open":
                cells = []
            elif token.type == "tr_close":
                self._add("; ".join(cell for cell in cells if cell), "bullet")
            elif token.type == "inline":
                opened = tokens[at - 1].type
                if opened in ("th_open", "td_open"):
                    cells.append(_inline(token))
                elif opened != "heading_open":
                    # The first paragraph of an item is the bullet; a later one belongs to it, and stands alone for us.
                    self._add(_inline(token), "bullet" if items and items[-1] else "prose")
                    if items:
                        items[-1] = False
            elif token.type == "html_block":
                for line in plain(token.content).split("\n"):
                    self._add(line, "prose")
            elif token.type in ("fence", "code_block"):
                self.code_blocks += 1

    def _head(self, level: int, text: str) -> None:
        if level == 1 and not self.title and text:
            self._close()
            self.title = _ATTRIBUTES.sub("", text)
            self._heading, self._above = "", {}
            return
        if level > DEEPEST:
            self._add(text, "prose")
            return
        self._close()
        self._above = {depth: name for depth, name in self._above.items() if depth < level}
        parents = [_ATTRIBUTES.sub("", name).rstrip(":. ") for depth, name in sorted(self._above.items()) if depth > 1]
        self._above[level] = text
        self._heading = ": ".join([*parents[-1:], text]) if text else ""

    def _add(self, text: str, kind: Literal["prose", "bullet"]) -> None:
        if text.strip():
            self._blocks.append(Block(text, kind))

    def _close(self) -> None:
        if self._blocks:
            self._parts.append(Part(self._heading, tuple(self._blocks)))
            self._blocks = []


_ATTRIBUTES: Final = re.compile(r"\s*\{[#:.][^}]*\}\s*$")


def _inline(token: Token) -> str:
    """The text of a line: of links their words, of code its words, of pictures nothing."""
    pieces: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak") or (child.type == "html_inline" and "br" in child.content[:4]):
            pieces.append(" ")
    return " ".join("".join(pieces).split())
