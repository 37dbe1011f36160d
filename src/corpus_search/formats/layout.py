"""What does a format itself say of a text's structure?

Formats with structure of their own (HTML, DOCX, EPUB, PDF, TEI, Markdown with notes) come as a text, one block a line,
and a `Layout` that says what the blocks are: headings with their levels, notes with their keys, which marker calls
which note, where printed pages begin. It says what the format says and no more; what the genre's customs say (which
block is the abstract, which lines are references) is for `corpus_search.parse` to find out, as in plain text.

`LayoutBuilder` puts text and layout together for formats that are no text; offsets are code points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from corpus_search.article import Span

_WORDS = re.compile(r"\s+|\S+")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


class BlockKind(StrEnum):
    """What a block is, as far as the format says."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    NOTE = "note"
    TABLE = "table"
    CAPTION = "caption"
    FURNITURE = "furniture"
    """A running head or a page number: of the page, not of the text."""
    METADATA = "metadata"
    """What a file says of itself at its head, as YAML does."""


@dataclass(frozen=True, slots=True)
class LayoutBlock:
    """The block at ``[start, end)`` of the text, no blanks around it.

    `level` is a heading's, from 1 down; `key` ties a note to its calls, several blocks with one key are one note;
    `page` is the printed page the block begins on, if the format knows it; `quoted` says that the block is set off as
    a quotation.
    """

    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    key: str = ""
    page: int | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A marker at ``[start, end)`` of the text that calls the note with this key."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class PageStart:
    """The printed page `page` begins at `offset` of the text, inside a block."""

    offset: int
    page: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What a format says of a text.

    `labels` are the labels that stand at the beginning of notes (``①`` before the note's own text); `skipped` is
    markup inside blocks that is no text (Markdown's ``**``); `metadata` what the file says of itself beside its text:
    ``title``, ``authors`` (joined by ``；``), ``keywords`` (likewise), ``abstract``, ``doi``, ``date``, ``journal``.
    """

    blocks: tuple[LayoutBlock, ...]
    calls: tuple[Call, ...] = ()
    labels: tuple[Span, ...] = ()
    skipped: tuple[Span, ...] = ()
    page_starts: tuple[PageStart, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extract:
    """A file's text, the encoding it was decoded from, what is odd about it (sentences), and what its format says."""

    text: str
    encoding: str
    remarks: tuple[str, ...] = ()
    layout: Layout | None = None


class LayoutBuilder:
    """Puts a text together, block by block::

        builder.begin(BlockKind.HEADING, level=1)
        builder.add("一、引言")
        builder.begin()
        builder.add("正文")
        builder.call("fn1", "①")
        builder.add("，还有。")
        builder.begin(BlockKind.NOTE, key="fn1")
        builder.label("①")
        builder.add("《书》，第3页。")
        text, layout = builder.finished()

    White space is put in order as a browser does: runs of blanks are one, those at the ends of a block are none; and a
    line end after Han or kana is none.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._start = 0
        self._pending = ""
        self._last = " "  # The last character of running text: a marker after it changes nothing.
        self._open: LayoutBlock | None = None
        self._page: int | None = None
        self._blocks: list[LayoutBlock] = []
        self._calls: list[Call] = []
        self._labels: list[Span] = []
        self._page_starts: list[PageStart] = []
        self.metadata: dict[str, str] = {}

    def begin(
        self, kind: BlockKind = BlockKind.PARAGRAPH, *, level: int = 0, key: str = "", quoted: bool = False
    ) -> None:
        """Begin a block, and end the one before it; a block without text is none."""
        self.end()
        self._open = LayoutBlock(0, 0, kind, level, key, self._page, quoted)

    def end(self) -> None:
        """End the block that is open, if one is."""
        if self._open and self._length > self._start:
            self._blocks.append(replace(self._open, start=self._start, end=self._length))
            self._append("\n")
        self._open = None
        self._start = self._length
        self._pending = ""

    def add(self, text: str) -> None:
        """Add running text to the block that is open, beginning a paragraph if none is."""
        if self._open is None:
            if not text.strip():
                return
            self.begin()
        for word in _WORDS.findall(text):
            if word.isspace():
                self._pending += word
                continue
            joined = "\n" in self._pending and _WIDE.match(self._last)
            if self._pending and self._length > self._start and not joined:
                self._append(" ")
            self._pending = ""
            self._append(word)
            self._last = word[-1]

    def call(self, key: str, printed: str) -> None:
        """Add a marker, as it is printed, that calls the note `key`."""
        start, _ = self._marked(printed)
        self._calls.append(Call(start, self._length, key))

    def label(self, printed: str) -> None:
        """Add the label that a note begins with."""
        start, end = self._marked(printed)
        self._labels.append(Span(start, end))

    def page(self, number: int) -> None:
        """Say that the printed page `number` begins here."""
        self._page = number
        if self._open and self._length > self._start:
            self._page_starts.append(PageStart(self._length, number))
        elif self._open:
            self._open = replace(self._open, page=number)

    def finished(self) -> tuple[str, Layout]:
        """Return the text and its layout."""
        self.end()
        layout = Layout(
            tuple(self._blocks),
            tuple(self._calls),
            tuple(self._labels),
            page_starts=tuple(self._page_starts),
            metadata=dict(self.metadata),
        )
        return "".join(self._parts), layout

    def _marked(self, printed: str) -> tuple[int, int]:
        if self._open is None:
            self.begin()
        self._pending = ""
        start = self._length
        self._append("".join(printed.split()) or "*")
        return start, self._length

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
