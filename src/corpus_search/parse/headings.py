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
from corpus_search.parse.blocks import Block, is_finished, is_wider
from corpus_search.parse.labels import (
    HeadingLabel,
    Rank,
    heading_labels,
    is_caption,
    is_endnotes_heading,
    is_latin,
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
    """A block that may be a heading: its place in the body, what may number it, and the depth of its sign.

    A depth of -1 is that of a sign before words that neither a number nor custom makes a heading.
    """

    block: int
    place: int
    labels: tuple[HeadingLabel, ...]
    depth: int


def find_headings(blocks: Sequence[Block], body: Sequence[int]) -> tuple[Heading, ...]:
    """Find the headings among the blocks whose indices are `body`, in order."""
    depths = {blocks[i].depth for i in body} - {0}
    if len(depths) > 1 or any(blocks[i].is_kind(BlockKind.HEADING) for i in body):
        return _by_depth(blocks, body)
    candidates = [c for place, i in enumerate(body) if (c := _candidate(blocks, i, place, len(body)))]
    # A numeral alone on its line parts sections only where others do so too.
    bare = [c for c in candidates if c.labels and c.labels[0].length == len(blocks[c.block].text)]
    if len(bare) == 1 and bare[0].labels[0].rank is Rank.CHINESE:
        candidates.remove(bare[0])
    headings: tuple[Heading, ...] = ()
    for _ in range(3):
        chosen = _sequence(candidates)
        headings = tuple(heading for heading, _ in chosen)
        items = _list_items(chosen, candidates)
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
        return _Candidate(i, place, (), depth or 1)
    if is_wider(text, MAX_WIDTH * 2) or (place == count - 1 and not depth) or is_caption(text):
        return None
    if is_unnumbered_heading(text):
        return _Candidate(i, place, (), depth or 1)
    labels = tuple(label for label in heading_labels(text) if _plausible(text, label, marked=depth > 0))
    if labels:
        return _Candidate(i, place, labels, depth)
    if depth and not (is_wider(text, MAX_WIDTH) or (is_latin(text) and _is_han(blocks)) or _is_sentence(blocks, i)):
        return _Candidate(i, place, (), -1)
    return None


def _is_sentence(blocks: Sequence[Block], i: int) -> bool:
    """Tell whether words that only a sign marks are the end of the sentence above, which a page or a picture parts."""
    text = blocks[i].text
    return text[-1] == "。" and "，" in text and i > 0 and not is_finished(blocks[i - 1].text)


def _is_han(blocks: Sequence[Block]) -> bool:
    """Tell whether an article is written in Han: a heading in Latin letters is then its English title."""
    return sum(not is_latin(block.text) for block in blocks[:60]) * 2 > len(blocks[:60])


def _without_markers(text: str) -> str:
    last = markers(text)[-1:]
    return text[: last[0].start] if last and last[0].end == len(text) else text


def _plausible(text: str, label: HeadingLabel, *, marked: bool) -> bool:
    rest = text[label.length :].strip("*_ ")
    if not rest:
        return label.rank <= Rank.CLAUSE or marked or label.rank is Rank.CHINESE
    if is_wider(rest, MAX_WIDTH) or re.search(r"[。；;！!]", rest.rstrip("”」』）)")):
        return False
    if rest[-1] in "，,、；;" or (rest[-1] in "：:。." and not marked):
        return False
    return bool(re.search(r"[^\W\d_]", rest))


_Stack = list[tuple[Rank, int, tuple[int, ...]]]
"""The headings above: the rank of each one's label, the depth of its decimal number, and its numbers."""


def _sequence(candidates: Sequence[_Candidate]) -> list[tuple[Heading, HeadingLabel | None]]:
    """Keep the candidates whose numbers follow each other, each with its level and the label that fits."""
    found: list[tuple[Heading, HeadingLabel | None]] = []
    stack: _Stack = []
    numbered = any(c.labels for c in candidates)
    unnumbered: int | None = None  # Where the last heading without a number stands in `found`, if none came after.
    for candidate in candidates:
        if not candidate.labels:
            nested = candidate.depth < 0 and numbered
            unnumbered = len(found) if nested else None
            if not nested:
                stack.clear()
            found.append((Heading(candidate.block, len(stack) + 1), None))
            continue
        fits = [
            (fit, -n, above, label)
            for n, label in enumerate(candidate.labels)
            if (fit := _fit(label, above := _above(label, stack), stack, first=not found))
        ]
        if not fits and candidate.depth <= 0:
            continue
        fit, _, above, label = max(fits) if fits else (_GAP, 0, *_anyhow(candidate.labels[0], stack))
        stack = [*above, (label.rank, len(label.numbers), label.numbers)]
        gap = fit == _GAP and label.numbers[-1] > 1
        if gap and unnumbered is not None:
            # The one before has lost its number, but not its place.
            lost = found[unnumbered][0]
            found[unnumbered] = (Heading(lost.block, len(stack)), None)
            gap = False
        found.append((Heading(candidate.block, len(stack), gap), label))
        unnumbered = None
    return found


_GAP, _NEXT = 1, 2


def _above(label: HeadingLabel, stack: _Stack) -> _Stack:
    """Return the headings that a heading with this label stands below."""
    key = (label.rank, len(label.numbers))
    kept = [entry for entry in stack if entry[:2] <= key]
    return kept[:-1] if kept and kept[-1][:2] == key else kept


def _fit(label: HeadingLabel, above: _Stack, stack: _Stack, *, first: bool) -> int:
    """Tell how well a label goes on from the headings before it: as the next, over a gap, or (0) not."""
    key = (label.rank, len(label.numbers))
    kept = [entry for entry in stack if entry[:2] <= key]
    before = kept[-1][2] if kept and kept[-1][:2] == key else None
    number = label.numbers[-1]
    if len(label.numbers) > 1 and not _under(label.numbers[:-1], above):
        return 0
    expected = before[-1] + 1 if before else 1
    if number == expected or (before is None and label.rank is Rank.ARABIC and number == 0):
        return _NEXT
    fresh_start = before is None and first and 0 < number <= 12
    return _GAP if number == expected + 1 or fresh_start else 0


def _anyhow(label: HeadingLabel, stack: _Stack) -> tuple[_Stack, HeadingLabel]:
    """Place a heading that a sign marks, but whose number does not fit, by the depth of its number."""
    above = _above(label, stack)
    while above and above[-1][0] is label.rank and above[-1][2] != label.numbers[: above[-1][1]]:
        above = above[:-1]
    missing = len(label.numbers) - 1 - sum(entry[0] is label.rank for entry in above)
    for depth in range(len(label.numbers) - missing, len(label.numbers)):
        above = [*above, (label.rank, depth, label.numbers[:depth])]
    return above, label


def _under(prefix: tuple[int, ...], parents: Sequence[tuple[Rank, int, tuple[int, ...]]]) -> bool:
    """Tell whether a decimal number with `prefix` fits below the headings above it (2.1 below 2 or 二)."""
    return not parents or parents[-1][2][-1] == prefix[-1]


def _list_items(headings: Sequence[tuple[Heading, HeadingLabel | None]], candidates: Sequence[_Candidate]) -> set[int]:
    """Return the blocks that are items of a list or a table of contents: siblings with nothing between them."""
    by_block = {c.block: c for c in candidates}
    items: set[int] = set()
    run: list[tuple[_Candidate, HeadingLabel | None]] = []

    def close() -> None:
        label = run[-1][1] if run else None
        if label and len(run) >= (2 if label.rank >= Rank.ARABIC and len(label.numbers) == 1 else 3):
            items.update(c.block for c, _ in run if c.depth == 0)
        run.clear()

    for heading, label in headings:
        candidate = by_block[heading.block]
        if run:
            last, last_label = run[-1]
            same = (
                label is not None
                and last_label is not None
                and label.rank == last_label.rank
                and len(label.numbers) == len(last_label.numbers)
            )
            if not (same and candidate.place == last.place + 1):
                close()
        run.append((candidate, label))
    close()
    return items
