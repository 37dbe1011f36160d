"""What stands around it, each time that it stands somewhere?

A query in; a concordance out (KWIC, keyword in context): every occurrence of what the query shows in a line of its own,
with its left and right context as the source has them. Where the texts are long and the word is frequent, nothing but
the lines asked for is read from the store: the others are counted, and sorted, by the folded texts alone.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from corpus_search.analysis import Analyzer, extends, fold
from corpus_search.article import Address, DocId, Kind, Span
from corpus_search.chunk import Chunk
from corpus_search.engine import Engine
from corpus_search.frozen import dataclass
from corpus_search.highlight import Matcher
from corpus_search.limits import check
from corpus_search.query import Query
from corpus_search.records import Record

if TYPE_CHECKING:
    from pandas import DataFrame

MOST = 1_000_000
"""How many occurrences are counted and sorted at most: 的 stands half as often in 2,000 papers."""

REACH = 20
"""How many characters of a context decide its place: more than are seen beside most matches on a terminal."""

WIDTH = 40
"""How many cells of context a line has on each side, if not said otherwise: 20 Han, or 40 Latin letters."""


class Order(StrEnum):
    """How lines are ordered; ties break by address and offset.

    By context, the character beside the match comes first, then the one beyond it, up to `REACH` of them: leftwards for
    the left context, in reading order for the right one. Contexts are folded, so that 戰 and 战 are one. First come
    contexts that end at their text's edge, then signs, digits, letters and kana, each by code point, and last Han, by
    pinyin and tone and then by code point. A character has its commonest reading, whatever word it stands in.
    """

    POSITION = "position"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Line:
    """One occurrence.

    `left`, `match` and `right` are the chunk's own text, but that the end of a line is a blank. `span` is where the
    match stands in the text at `address`, which is as fine as is known: a paragraph.
    """

    left: str
    match: str
    right: str
    address: Address
    span: Span
    doc_id: DocId
    title: str | None
    authors: tuple[str, ...]
    year: int | None
    page: int | None
    kind: Kind
    heading_path: tuple[str, ...]

    def record(self) -> Record:
        """Return the JSON object of a line."""
        return {
            "left": self.left,
            "match": self.match,
            "right": self.right,
            "address": self.address,
            "span": list(self.span),
            "doc_id": self.doc_id,
            "title": self.title,
            "authors": list(self.authors),
            "year": self.year,
            "page": self.page,
            "kind": self.kind,
            "heading_path": list(self.heading_path),
        }


@dataclass(frozen=True, slots=True)
class Concordance:
    """The occurrences `offset` to ``offset + len(lines)`` of a query, and how many there are in all.

    A concordance that is not `complete` was cut at `MOST` occurrences, the first by address: there are more than
    `total`.
    """

    query: Query
    total: int
    complete: bool
    sort: Order
    offset: int
    lines: tuple[Line, ...]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def to_frame(self) -> DataFrame:
        """Return the lines as a table for pandas, with `COLUMNS`. Raises `PackageError` where pandas is missing."""
        from corpus_search.frames import frame

        return frame(({**line.record(), "authors": "; ".join(line.authors)} for line in self.lines), COLUMNS)

    def record(self) -> Record:
        """Return the JSON object of ``kwic --json``."""
        return {
            "query": self.query.text,
            "parsed": str(self.query),
            "total": self.total,
            "complete": self.complete,
            "sort": self.sort,
            "offset": self.offset,
            "lines": [line.record() for line in self.lines],
        }


def concordance(
    query: Query,
    engine: Engine,
    analyzer: Analyzer,
    *,
    limit: int | None = 50,
    offset: int = 0,
    sort: Order = Order.POSITION,
    width: int = WIDTH,
    most: int = MOST,
) -> Concordance:
    """Return the occurrences `offset` to ``offset + limit``, or to the last, with `width` cells of context a side."""
    numbers, starts, ends = array("q"), array("q"), array("q")
    contexts: list[str] = []
    complete = True
    matcher = Matcher(query, analyzer)
    for number, text in engine.matching_texts(query):
        check()
        for start, end in matcher.occurrences(text):
            if len(numbers) == most:
                complete = False
                break
            numbers.append(number)
            starts.append(start)
            ends.append(end)
            if sort is Order.LEFT:
                contexts.append(text[max(start - REACH, 0) : start][::-1])
            elif sort is Order.RIGHT:
                contexts.append(text[end : end + REACH])
        if not complete:
            break
    stop = len(numbers) if limit is None else min(offset + limit, len(numbers))
    window = range(offset, stop) if sort is Order.POSITION else _window(contexts, offset, stop)
    places = [(numbers[i], Span(starts[i], ends[i])) for i in window]
    lines = _lines(engine, places, scripts=not query.exact_script, width=width)
    return Concordance(query, len(numbers), complete, sort, offset, lines)


def _lines(engine: Engine, places: Sequence[tuple[int, Span]], *, scripts: bool, width: int) -> tuple[Line, ...]:
    """Return the lines of places in chunks' folded texts; a chunk is read once, however many are in it."""
    of: dict[int, list[int]] = defaultdict(list)
    for i, (number, _) in enumerate(places):
        of[number].append(i)
    lines: dict[int, Line] = {}
    for number, indices in of.items():
        check()
        chunk = engine.chunk(number)
        folded = fold(chunk.text, scripts=scripts)
        for i in indices:
            lines[i] = _line(chunk, folded.original(*places[i][1]), width)
    return tuple(lines[i] for i in range(len(places)))


_LINE_END = re.compile("\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


def _line(chunk: Chunk, span: Span, width: int) -> Line:
    left, match, right = (
        _LINE_END.sub(" ", text)
        for text in (chunk.text[: span.start], chunk.text[slice(*span)], chunk.text[span.end :])
    )
    passage = chunk.passage_at(span.start)
    shift = passage.offset - passage.start
    return Line(
        ending(left, width),
        match,
        beginning(right, width),
        passage.address,
        Span(span.start + shift, span.end + shift),
        chunk.doc_id,
        chunk.title,
        chunk.authors,
        chunk.year,
        passage.page_at(span.start),
        chunk.kind,
        chunk.heading_path,
    )


# --- contexts ------------------------------------------------------------------------------------------------


def beginning(text: str, cells: int) -> str:
    """Return as much of the beginning of `text` as fits into `cells`, whole characters with their marks."""
    from rich.cells import cell_len

    at = used = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and _joined(text, end):
            end += 1
        used += cell_len(text[at:end])
        if used > cells:
            break
        at = end
    return text[:at]


def ending(text: str, cells: int) -> str:
    """Return as much of the end of `text` as fits into `cells`, whole characters with their marks."""
    from rich.cells import cell_len

    at, used = len(text), 0
    while at > 0:
        start = at - 1
        while start > 0 and _joined(text, start):
            start -= 1
        used += cell_len(text[start:at])
        if used > cells:
            break
        at = start
    return text[at:]


def _joined(text: str, at: int) -> bool:
    """Tell whether the character at `at` is one with the character before: a mark, or part of an emoji."""
    char = text[at]
    return char > "\u02ff" and (
        extends(char) or char == "\u200d" or text[at - 1] == "\u200d" or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


# --- order ---------------------------------------------------------------------------------------------------

_NEAR = 2


def _window(contexts: Sequence[str], offset: int, stop: int) -> list[int]:
    """Return the indices of the contexts that come `offset` to `stop` in order; equal ones stay as they are.

    Contexts are counted by their nearest characters, and only those that could stand within the window are sorted.
    """
    counts = Counter(context[:_NEAR] for context in contexts)
    wanted: set[str] = set()
    before = at = 0
    for near in sorted(counts, key=_collated):
        if at + counts[near] <= offset:
            before += counts[near]
        elif at < stop:
            wanted.add(near)
        at += counts[near]
    found = [i for i, context in enumerate(contexts) if context[:_NEAR] in wanted]
    found.sort(key=lambda i: _collated(contexts[i]))
    return found[offset - before : max(stop - before, 0)]


def _collated(folded: str) -> str:
    """Return a string that sorts as `Order` says; none of a character's is the beginning of another's."""
    return folded.translate(_COLLATION)


@lru_cache(maxsize=30_000)
def _reading(char: str) -> str:
    from pypinyin import Style, pinyin

    found = pinyin(char, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
    return str(found[0][0]) if found else ""


class _Collation(dict[int, str]):
    """What stands for each character, filled as they come, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        sound = _reading(char)
        if sound:
            place = f"\3{sound}\0{char}"
        elif char.isalnum():
            place = f"\2{char}"
        else:
            place = f"\1{char}"
        self[code] = place
        return place


_COLLATION = _Collation()


# --- as a table ----------------------------------------------------------------------------------------------

COLUMNS = ("left", "match", "right", "address", "title", "authors", "year", "page", "kind")
"""The columns of a table of lines; authors are parted by semicolons."""


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """Return a table of `lines` as CSV, a row at a time; see `spreadsheet`."""
    from corpus_search.spreadsheet import csv_rows

    return csv_rows(
        COLUMNS,
        (
            (line.left, line.match, line.right, line.address, line.title, "; ".join(line.authors), line.year, line.page,
             line.kind)
            for line in lines
        ),
    )  # fmt: skip
