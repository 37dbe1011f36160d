"""What does a file's format say of its structure, in terms of blocks?

A text with its `Layout` in; blocks, and the places in their texts where the format marks notes and pages, out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus_search.article import Span
from corpus_search.formats.layout import BlockKind, Layout, LayoutBlock
from corpus_search.parse.blocks import Block, Line, TextBuilder
from corpus_search.parse.labels import NoteLabel
from corpus_search.parse.notes import Place
from corpus_search.parse.pages import Pages

_LINE = re.compile(r"[^\r\n]+")

LONGEST_HEADING = 1_000
"""The longest heading or title, in characters, that a format is believed: it is kept with every passage below it."""


def layout_blocks(text: str, layout: Layout) -> tuple[Block, ...]:
    """Return the blocks of a text, without the markup in them; one that is nothing but markup keeps it."""
    ends = [match.end() for match in re.finditer(r"\r\n|\r|\n", text)]
    skipped = sorted(layout.skipped)
    made = []
    for said in layout.blocks:
        if said.kind in (BlockKind.HEADING, BlockKind.TITLE) and said.end - said.start > LONGEST_HEADING:
            said = replace(said, kind=BlockKind.PARAGRAPH, level=0)
        line = Line(
            bisect_right(ends, said.start) + 1,
            said.start,
            said.end,
            indented=False,
            after_blank=True,
            after_form_feed=False,
        )
        builder = _shown(text, said, skipped)
        if not builder.text.strip():
            builder = TextBuilder(text)
            builder.add(text[said.start : said.end], (Span(said.start, said.end),))
        made.append(Block((line,), builder.text, builder.spans, said))
    titles = {block.text for block in made if block.is_kind(BlockKind.TITLE)}
    # A book repeats its title over a chapter that has none of its own.
    return tuple(
        replace(block, said=replace(block.said, kind=BlockKind.FURNITURE))
        if block.said and block.is_kind(BlockKind.HEADING) and block.text in titles
        else block
        for block in made
    )


def _shown(text: str, said: LayoutBlock, skipped: Sequence[Span]) -> TextBuilder:
    """Put a block's text together from what stands between its markup, line by line."""
    builder = TextBuilder(text)
    for line in _LINE.finditer(text, said.start, said.end):
        after = "\n" if said.kind is BlockKind.METADATA else " "
        pieces = list(_between(line.start(), line.end(), skipped))
        while pieces and not text[slice(*pieces[0])].strip():
            pieces.pop(0)
        while pieces and not text[slice(*pieces[-1])].strip():
            pieces.pop()
        for n, (start, end) in enumerate(pieces):
            piece = text[start:end]
            start += len(piece) - len(piece.lstrip()) if n == 0 else 0
            end -= len(piece) - len(piece.rstrip()) if n == len(pieces) - 1 else 0
            builder.add(text[start:end], (Span(start, end),), after=after)
            after = ""
    return builder


def _between(start: int, end: int, skipped: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Yield the parts of ``[start, end)`` that no span of `skipped` covers."""
    first = max(bisect_right(skipped, Span(start, start)) - 1, 0)
    for span in skipped[first:]:
        if span.start >= end:
            break
        if span.end <= start:
            continue
        if span.start > start:
            yield start, span.start
        start = span.end
    if start < end:
        yield start, end


class Said:
    """What a layout says, by block."""

    def __init__(self, text: str, layout: Layout, blocks: Sequence[Block]) -> None:
        self._text = text
        self._blocks = blocks
        self._starts = [block.start for block in blocks]
        # What a note says of another note is part of its text.
        self.calls = [
            place
            for call in layout.calls
            if (place := self._place(call.start, call.end, call.key))
            and not blocks[place.block].is_kind(BlockKind.NOTE)
        ]
        self.labels = [place for span in layout.labels if (place := self._place(span.start, span.end, ""))]
        self._page_starts = layout.page_starts

    def furniture(self) -> frozenset[int]:
        """Return the blocks that belong to the page."""
        return frozenset(i for i, block in enumerate(self._blocks) if block.is_kind(BlockKind.FURNITURE))

    def pages(self) -> Pages:
        """Return the printed pages that the format knows."""
        of_block = {i: b.said.page for i, b in enumerate(self._blocks) if b.said and b.said.page is not None}
        if not of_block:
            return Pages({}, None)
        inside: dict[int, list[tuple[int, int]]] = {}
        for start in self._page_starts:
            place = self._place(start.offset, start.offset, "")
            if place:
                inside.setdefault(place.block, []).append((place.label.start, start.page))
        known = [*of_block.values(), *(start.page for start in self._page_starts)]
        return Pages(of_block, (min(known), max(known)), inside=inside)

    def _place(self, start: int, end: int, key: str) -> Place | None:
        """Return where a part of the source stands in a block's text."""
        i = bisect_right(self._starts, start) - 1
        if i < 0 or start > self._blocks[i].end:
            return None
        first, last = (_offset(self._blocks[i].spans, position) for position in (start, end))
        text = self._blocks[i].text
        after = last + len(text[last:]) - len(text[last:].lstrip())
        return Place(i, NoteLabel("said", key, first, last, self._text[start:end].strip().rstrip(":："), after))


def _offset(spans: Sequence[Span], position: int) -> int:
    """Return where the source's `position` stands in a text that came from `spans`."""
    at = 0
    for span in spans:
        if position < span.end:
            return at + max(position - span.start, 0)
        at += span.end - span.start
    return at
