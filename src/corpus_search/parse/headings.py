"""Which blocks are headings, and how deep?

Body blocks in, headings with their levels out. A label alone proves nothing (二、三线城市 begins a sentence, and
lists are numbered as headings are), so a heading must be short, unfinished as a sentence, the next in its
sequence, and no item of a list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus_search.formats.layout import BlockKind
from corpus_search.parse.blocks import Block, width
from corpus_search.parse.labels import (
    HeadingLabel,
    Rank,
    heading_label,
    is_caption,
    is_endnotes_heading,
    is_references_heading,
    is_unnumbered_heading,
    markers,
)

MAX_WIDTH = 120
"""The widest heading, in columns: two full lines of a book page."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The block that is a heading, and its level from 1 down; `gap` tells that its predecessor is missing."""

    block: int
    level: int
    gap: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    block: int
    place: int
    label: HeadingLabel | None
    depth: int


def find_headings(blocks: Sequence[Block], body: Sequence[int]) -> tuple[Heading, ...]:
    """Find the headings among the blocks whose indices are `body`, in order."""
    depths = {blocks[i].depth for i in body} - {0}
    if len(depths) > 1 or any(blocks[i].is_kind(BlockKind.HEADING) for i in body):
        return _by_depth(blocks, body)
    candidates = [c for place, i in enumerate(body) if (c := _candidate(blocks, i, place, len(body)))]
    # A numeral alone on its line parts sections only where others do so too.
    bare = [c for c in candidates if c.label and c.label.length == len(blocks[c.block].text)]
    if len(bare) == 1 and bare[0].label and bare[0].label.rank is Rank.CHINESE:
        candidates.remove(bare[0])
    for _ in range(3):
        headings = _sequence(candidates)
        items = _list_items(headings, candidates)
        if not items:
            break
        candidates = [c for c in candidates if c.block not in items]
    return headings


def _by_depth(blocks: Sequence[Block], body: Sequence[int]) -> tuple[Heading, ...]:
    """Take at its word a format that knows headings, and Markdown where it uses several depths."""
    found, stack = [], list[int]()
    for i in body:
        depth = blocks[i].depth
        if depth:
            while stack and stack[-1] >= depth:
                stack.pop()
            stack.append(depth)
            found.append(Heading(i, len(stack)))
    return tuple(found)


def _candidate(blocks: Sequence[Block], i: int, place: int, count: int) -> _Candidate | None:
    text = _without_markers(blocks[i].text)
    depth = blocks[i].depth
    if blocks[i].is_kind(BlockKind.TABLE, BlockKind.CAPTION):
        return None
    if is_references_heading(text) or is_endnotes_heading(text):
        return _Candidate(i, place, None, depth or 1)
    if width(text) > MAX_WIDTH * 2 or (place == count - 1 and not depth) or is_caption(text):
        return None
    if is_unnumbered_heading(text):
        return _Candidate(i, place, None, depth or 1)
    label = heading_label(text)
    if label and _plausible(text, label, marked=depth > 0):
        return _Candidate(i, place, label, depth)
    if depth and width(text) <= MAX_WIDTH:
        return _Candidate(i, place, None, -1)
    return None


def _without_markers(text: str) -> str:
    last = markers(text)[-1:]
    return text[: last[0].start] if last and last[0].end == len(text) else text


def _plausible(text: str, label: HeadingLabel, *, marked: bool) -> bool:
    rest = text[label.length :].strip("*_ ")
    if not rest:
        return label.rank <= Rank.CLAUSE or marked or label.rank is Rank.CHINESE
    if width(rest) > MAX_WIDTH or re.search(r"[。；;！!]", rest.rstrip("”」』）)")):
        return False
    if rest[-1] in "，,、；;" or (rest[-1] in "：:。." and not marked):
        return False
    return bool(re.search(r"[^\W\d_]", rest))


def _sequence(candidates: Sequence[_Candidate]) -> tuple[Heading, ...]:
    """Keep the candidates whose numbers follow each other, and give each its level."""
    found: list[Heading] = []
    stack: list[tuple[Rank, int, tuple[int, ...]]] = []  # rank, depth of the decimal number, numbers
    numbered = any(c.label for c in candidates)
    for candidate in candidates:
        label = candidate.label
        if label is None:
            if candidate.depth < 0 and numbered:
                found.append(Heading(candidate.block, len(stack) + 1))
            else:
                stack.clear()
                found.append(Heading(candidate.block, 1))
            continue
        key = (label.rank, len(label.numbers))
        kept = [entry for entry in stack if entry[:2] <= key]
        parent = kept[:-1] if kept and kept[-1][:2] == key else kept
        before = kept[-1][2] if kept and kept[-1][:2] == key else None
        number = label.numbers[-1]
        if len(label.numbers) > 1 and not _under(label.numbers[:-1], parent):
            continue
        expected = before[-1] + 1 if before else 1
        gap = number == expected + 1
        fresh_start = before is None and not found and 0 < number <= 12
        from_zero = before is None and label.rank is Rank.ARABIC and number == 0
        if number != expected and not gap and not fresh_start and not from_zero:
            continue
        stack = [*parent, (*key, label.numbers)]
        found.append(Heading(candidate.block, len(stack), (gap or fresh_start) and number > 1))
    return tuple(found)


def _under(prefix: tuple[int, ...], parents: Sequence[tuple[Rank, int, tuple[int, ...]]]) -> bool:
    """Tell whether a decimal number with `prefix` fits below the headings above it (2.1 below 2 or 二)."""
    return not parents or parents[-1][2][-1] == prefix[-1]


def _list_items(headings: Sequence[Heading], candidates: Sequence[_Candidate]) -> set[int]:
    """Return the blocks that are items of a list or a table of contents: siblings with nothing between them."""
    by_block = {c.block: c for c in candidates}
    items: set[int] = set()
    run: list[_Candidate] = []

    def close() -> None:
        label = run[-1].label if run else None
        if label and len(run) >= (2 if label.rank >= Rank.ARABIC and len(label.numbers) == 1 else 3):
            items.update(c.block for c in run if c.depth == 0)
        run.clear()

    for heading in headings:
        candidate = by_block[heading.block]
        if run:
            last = run[-1]
            same = (
                candidate.label is not None
                and last.label is not None
                and candidate.label.rank == last.label.rank
                and len(candidate.label.numbers) == len(last.label.numbers)
            )
            if not (same and candidate.place == last.place + 1):
                close()
        run.append(candidate)
    close()
    return items
