"""Which lines belong together?

Decoded text in, `Block`s out: the paragraphs-to-be of the page, before anybody knows what they are. A block
is one line of a file that keeps each paragraph on a line, or the lines of a paragraph in a file that wraps
them. Also here: `TextBuilder`, which puts a text together from pieces of the source and remembers where each
came from.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from unicodedata import east_asian_width

from corpus_search.article import Span
from corpus_search.formats.layout import BlockKind, LayoutBlock
from corpus_search.parse.labels import markup_length

# A pattern that begins with a set is searched for much quicker than one that begins with a choice.
_LINE_END = re.compile(r"[\n\r\v\f\x85\u2028\u2029](?:(?<=\r)\n)?")
_TERMINAL = tuple("。！？!?…;；:：.")
_CLOSING = "”’」』》）)]］〕】\"'*"
_LATIN = re.compile(r"[0-9A-Za-z\u00c0-\u024f,.;:!?)\]’”\"'%]")
_LATIN_START = re.compile(r"[0-9A-Za-z\u00c0-\u024f(\[‘“\"'<&]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line's text without the blanks around it: ``[start, end)`` in the source, and its 1-based number."""

    number: int
    start: int
    end: int
    indented: bool
    after_blank: bool
    after_form_feed: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together; `text` joins them, `spans` tell where each of its characters came from.

    `said` is what the file's format says of the block, None in a plain text.
    """

    lines: tuple[Line, ...]
    text: str
    spans: tuple[Span, ...]
    said: LayoutBlock | None = None

    @property
    def depth(self) -> int:
        """The level that marks the block as a heading: of its Markdown sign or its style; 0 if nothing does."""
        if self.said:
            return self.said.level if self.said.kind is BlockKind.HEADING else 0
        if not self.text.startswith("#"):
            return 0
        return markup_length(self.text) and len(self.text) - len(self.text.lstrip("#"))

    def is_kind(self, *kinds: BlockKind) -> bool:
        """Tell whether the format says that the block is one of `kinds`."""
        return self.said is not None and self.said.kind in kinds

    @property
    def start(self) -> int:
        """Where the block begins in the source."""
        return self.lines[0].start

    @property
    def end(self) -> int:
        """Where the block ends in the source."""
        return self.lines[-1].end

    @property
    def number(self) -> int:
        """The 1-based line the block begins on."""
        return self.lines[0].number


class TextBuilder:
    """Puts a text together from pieces of `source`, in order, and remembers where each came from."""

    __slots__ = ("_length", "_parts", "_source", "_spans")

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self._spans: list[Span] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where the text so far came from."""
        return tuple(self._spans)

    def add(self, text: str, spans: Sequence[Span], *, after: str = "") -> None:
        """Add a piece that stands at `spans`; `after` is what parts it from the piece before.

        Nothing does within a line (``""``). After a broken line (``" "``) a blank is put if both sides are
        Latin, since Chinese and Japanese join without one; a new paragraph (``"\n"``) begins a line. The
        separator stands for one blank character of the source.
        """
        if not spans:
            return
        if self._spans and after:
            last = self._spans[-1].end
            latin = _LATIN.match(self._source[last - 1]) and _LATIN_START.match(text)
            if (latin or after == "\n") and last < spans[0].start and self._source[last].isspace():
                self._append(after, (Span(last, last + 1),))
        self._append(text, spans)

    def _append(self, text: str, spans: Sequence[Span]) -> None:
        self._parts.append(text)
        self._length += len(text)
        for span in spans:
            if self._spans and self._spans[-1].end == span.start:
                self._spans[-1] = Span(self._spans[-1].start, span.end)
            else:
                self._spans.append(span)


def cut(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """Return where ``text[start:end]`` came from, `spans` telling where all of the text did."""
    if len(spans) == 1:  # As is the rule.
        (whole,) = spans
        first, last = whole.start + max(start, 0), min(whole.start + end, whole.end)
        if first >= last:
            return ()
        return (whole if whole == (first, last) else Span(first, last),)
    found = []
    offset = 0
    for span in spans:
        length = span.end - span.start
        first, last = max(start - offset, 0), min(end - offset, length)
        if first < last:
            found.append(Span(span.start + first, span.start + last))
        offset += length
        if offset >= end:
            break
    return tuple(found)


@lru_cache(maxsize=2_000)
def width(text: str) -> int:
    """Return how many terminal columns `text` takes: two for each wide character."""
    if text.isascii():
        return len(text)
    narrow, beyond = _narrow()
    if beyond.search(text):
        return sum(map(_columns, text))
    return len(text) + len(narrow.sub("", text))


def is_wider(text: str, columns: float) -> bool:
    """Tell whether `text` takes more than so many terminal columns; that of a long text is seen by its length."""
    return len(text) > columns or (2 * len(text) > columns and width(text) > columns)


@lru_cache(maxsize=20_000)
def _columns(char: str) -> int:
    return 2 if east_asian_width(char) in "WFA" else 1


@cache
def _narrow() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds runs of narrow characters, but for those beyond the first plane, which the other finds."""
    narrow = [code for code in range(0x10000) if _columns.__wrapped__(chr(code)) == 1]
    starts = [code for before, code in pairwise([-2, *narrow]) if code - before > 1]
    ends = [code for code, after in pairwise([*narrow, 0x20000]) if after - code > 1]
    ranges = "".join(f"\\u{start:04x}-\\u{end:04x}" for start, end in zip(starts, ends, strict=True))
    return re.compile(f"[{ranges}]+"), re.compile("[\U00010000-\U0010ffff]")


def is_finished(text: str) -> bool:
    """Tell whether `text` ends as a sentence, a clause before a list, or a quotation does."""
    return text.rstrip().rstrip(_CLOSING)[-1:] in _TERMINAL


def split_lines(source: str) -> tuple[Line, ...]:
    """Return the lines of `source` that are not blank."""
    return tuple(_lines(source))


def _lines(source: str) -> Iterator[Line]:
    start, number, blank, form_feed = 0, 1, True, False
    while start <= len(source):
        end_match = _LINE_END.search(source, start)
        end = end_match.start() if end_match else len(source)
        content = source[start:end].lstrip()
        if content:
            first = end - len(content)
            yield Line(number, first, first + len(content.rstrip()), first > start, blank, form_feed)
            form_feed = False
        blank = not content
        if not end_match:
            break
        ending = end_match.group()
        form_feed = form_feed or ending == "\f"
        start = end + len(ending)
        number += ending not in "\f\v"


_LINE_NUMBER = re.compile(r"(\d{1,4})(?:[\s號]+|(?=[^\d\s.．、,，)）\]]))(?=\S)")
_FEWEST_NUMBERED = 8
_FEWEST_LABELLED = 3
_FARTHEST, _NEAR = 60, 3
"""Between runs so far apart, and so near to one, a number that fits counts on."""


def without_line_numbers(source: str, lines: Sequence[Line]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Part the numbers that a manuscript's lines begin with from the lines; return both.

    Numbers count lines where each is the next and many lines break off in the middle of a sentence: a list's do not.
    """
    found = [(place, m) for place, line in enumerate(lines) if (m := _LINE_NUMBER.match(source, line.start, line.end))]
    runs: list[list[tuple[int, re.Match[str]]]] = []
    for place, match in found:
        last = runs[-1][-1] if runs else None
        if last and int(match[1]) == int(last[1][1]) + 1 and place - last[0] <= 3:
            runs[-1].append((place, match))
        else:
            runs.append([(place, match)])
    numbers: dict[int, re.Match[str]] = {}
    for run in runs:
        broken_off = sum(not is_finished(source[lines[place].start : lines[place].end]) for place, _ in run)
        labelled = sum(
            source[match.end()] in "[［" for _, match in run
        )  # Entries of a list, with numbers of their own.
        if len(run) >= _FEWEST_NUMBERED and (broken_off * 3 >= len(run) or labelled >= _FEWEST_LABELLED):
            numbers.update(run)
    if numbers:
        # Lines between tables and headings, where few stand together, count on from the runs around them.
        known = sorted(numbers)
        for place, match in found:
            after = bisect_left(known, place)
            low = int(numbers[known[after - 1]][1]) if after else 0
            high = int(numbers[known[after]][1]) if after < len(known) else low + _FARTHEST
            near = (after < len(known) and known[after] - place <= _NEAR and 0 < high - int(match[1]) <= _NEAR) or (
                after > 0 and place - known[after - 1] <= _NEAR and 0 < int(match[1]) - low <= _NEAR
            )
            if low < int(match[1]) < high and (high <= low + _FARTHEST or near):
                numbers.setdefault(place, match)
    texts = (
        replace(line, start=numbers[place].end()) if place in numbers else line for place, line in enumerate(lines)
    )
    return tuple(texts), tuple(
        replace(lines[place], end=match.start() + len(match.group().rstrip())) for place, match in numbers.items()
    )


def split_blocks(source: str, lines: Sequence[Line], starts_block: Callable[[str, bool], bool]) -> tuple[Block, ...]:
    """Gather `lines` into blocks.

    `starts_block` tells from a line's text that it cannot continue the line before (a heading, a note); it is
    also told whether that line breaks off in the middle of a sentence.
    A file is taken as wrapped when the lines inside its runs without blanks are nearly equally wide;
    otherwise each of its lines is a block.
    """
    if not lines:
        return ()
    wrap = _wrap_width(source, lines)
    if wrap is None:
        return tuple(block_of(source, (line,)) for line in lines)
    blocks: list[list[Line]] = [[lines[0]]]
    for previous, line in pairwise(lines):
        text = source[line.start : line.end]
        before = source[previous.start : previous.end]
        # Two blanks at a line's end are Markdown's sign that the line ends there.
        broken = source.startswith("  ", previous.end) and is_finished(before)
        continues = (
            not line.after_blank
            and not broken
            and not line.after_form_feed
            and not line.indented
            and width(before) >= wrap * 0.8
            and not starts_block(text, not is_finished(before))
        )
        if continues:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return tuple(block_of(source, group) for group in blocks)


def block_of(source: str, lines: Sequence[Line]) -> Block:
    """Return the block that `lines` make."""
    if len(lines) == 1:
        start, end = lines[0].start, lines[0].end
        return Block(tuple(lines), source[start:end], (Span(start, end),))
    builder = TextBuilder(source)
    for line in lines:
        builder.add(source[line.start : line.end], (Span(line.start, line.end),), after=" ")
    return Block(tuple(lines), builder.text, builder.spans)


def _wrap_width(source: str, lines: Sequence[Line]) -> int | None:
    """Return the width in columns that the file's lines are wrapped at, or None."""
    inner = [
        width(source[line.start : line.end])
        for line, after in pairwise(lines)
        if not after.after_blank and not after.indented
    ]
    if len(inner) < 4:
        return None
    inner.sort()
    full = inner[int(len(inner) * 0.9)]
    near = sum(full * 0.85 <= columns <= full * 1.1 for columns in inner)
    return full if 30 <= full <= 160 and near >= len(inner) * 0.6 else None
