"""How do I read a PDF with a text layer?

In: the bytes. Out: an `Extract` with headings, paragraphs, notes and their calls, running heads, printed pages. A PDF
holds glyphs and their places, so all of it is found by place and type: `pdf_pages` reads lines, `pdf_flow` finds
columns, running heads and notes, and here lines become blocks.

- A paragraph ends where a line ends though the next word would have found room, where the next line is indented, and at
  a wider gap or another size of type; it goes on over the ends of columns and pages.
- A heading is in larger or bolder type than the text; levels are by rank. The largest on the first page is the title.
- Notes stand at the bottom of a page, after a rule or in smaller type, with labels that are raised in the text.
- Readings in small type above what they read (ruby) are left out. Rows of a table are paragraphs, blank between cells.
- Bullets of lists are left out, as they are in formats that have lists.
- No character is replaced by another; but what is one glyph for several letters (ﬁ) comes as the letters.
- The file's own title, author and keywords are believed if the first page shows them too: programs fill these fields
  with names of files, templates and users.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from corpus_search.errors import FileError
from corpus_search.formats.layout import BlockKind, Extract, LayoutBuilder
from corpus_search.formats.pdf_flow import Flow, FlowLine, PageCall, flows
from corpus_search.formats.pdf_pages import Line, Page, is_wide, read

SUFFIXES = frozenset({".pdf"})
"""The file name endings read as PDF, in lower case."""

_DASHES = "-‐–—"
_BROKEN_ADDRESS = re.compile(r"(?:https?://|www\.|doi\.org/)\S*(?:[/._?=&%-]\n|\n[/._?=&%-])")
_SOFT_HYPHEN = "\u00ad"
_BULLET = re.compile(r"[•◦▪‣⁃\uf0b7\uf0a7]\s+")
_HEADING_LINES = 4
_HEADING_LENGTH = 200
_SHOWN_PAGES = 20


@dataclass(slots=True)
class _Block:
    """Lines that are one block, in the order they are read in."""

    lines: list[FlowLine]
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    key: str = ""
    label: int = 0

    @property
    def first(self) -> Line:
        return self.lines[0].line

    @property
    def style(self) -> tuple[float, bool]:
        return _style(self.first)

    @property
    def characters(self) -> int:
        return sum(len(each.line.text) for each in self.lines)


@dataclass(frozen=True, slots=True)
class _Type:
    """How the running text is set: its size, whether it is bold, and the distance of lines for each size."""

    size: float
    bold: bool
    pitches: Mapping[float, float] = field(default_factory=dict)


def extract(data: bytes, *, path: str) -> Extract:
    """Read a PDF; raise `FileError`, naming `path`, if it is no readable PDF or has no text layer."""
    pages, own_metadata = read(data, path=path)
    _refuse_without_text(pages, path)
    found, size = flows(pages)
    if not any(flow.columns or flow.notes or flow.below for flow in found):
        raise FileError(path, _no_text_layer(pages))
    columns = [column for flow in found for column in flow.columns]
    text_type = _text_type(columns, size)
    blocks = list(_blocks([each for column in columns for each in column], text_type))
    _mark_headings(blocks, text_type)
    builder = LayoutBuilder()
    _build(builder, found, blocks, text_type)
    first = "".join(line.text for line in pages[0].lines)
    builder.metadata.update(_metadata(own_metadata, first))
    text, layout = builder.finished()
    return Extract(text, "pdf", tuple(_remarks(pages)), layout)


# What cannot be read, and what is odd


def _refuse_without_text(pages: Sequence[Page], path: str) -> None:
    characters = sum(len(line.text) for page in pages for line in page.lines)
    unmapped = sum(page.unmapped for page in pages)
    if unmapped * 3 > characters + unmapped:
        raise FileError(path, "its fonts do not say which characters they draw; run it through OCR, or export it again")
    if not characters:
        raise FileError(path, _no_text_layer(pages))


def _no_text_layer(pages: Sequence[Page]) -> str:
    count = len(pages)
    what = f"{count} page{'s' if count > 1 else ''}"
    if any(page.images for page in pages):
        return f"has no text layer: {what} of images; run it through OCR first"
    return f"has no text: {what} without characters; if something is drawn on them, run it through OCR first"


def _remarks(pages: Sequence[Page]) -> Iterator[str]:
    without = [page.index + 1 for page in pages if not page.lines]
    if without:
        shown = ", ".join(map(str, without[:_SHOWN_PAGES])) + (" …" if len(without) > _SHOWN_PAGES else "")
        yield f"no text is on page {shown} of the file; if it is scanned, run it through OCR"
    if unmapped := sum(page.unmapped for page in pages):
        yield f"{unmapped} characters cannot be read, since their fonts do not say what they are"


def _metadata(own: Mapping[str, str], first_page: str) -> Iterator[tuple[str, str]]:
    shown = _squeezed(first_page)
    for name, field_name in (("title", "Title"), ("authors", "Author"), ("keywords", "Keywords")):
        value = " ".join(own.get(field_name, "").split())
        parts = [value] if name == "title" else [part.strip() for part in re.split("[;；,，、]", value)]
        parts = [part for part in parts if part]
        if parts and all(_squeezed(part) in shown for part in parts):
            yield name, "；".join(parts)


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


# Lines become blocks


def _style(line: Line) -> tuple[float, bool]:
    return round(line.size * 2) / 2, line.bold


def _text_type(columns: Iterable[Sequence[FlowLine]], size: float) -> _Type:
    bold = Counter[bool]()
    distances: dict[float, Counter[float]] = defaultdict(Counter)
    for column in columns:
        for each in column:
            if abs(each.line.size - size) < 0.5:
                bold[each.line.bold] += len(each.line.text)
        for above, below in pairwise(column):
            distance = above.line.base - below.line.base
            if _style(above.line)[0] == _style(below.line)[0] and distance < 3.5 * below.line.size:
                distances[_style(below.line)[0]][round(distance * 2) / 2] += 1
    pitches = {}
    for each_size, counts in distances.items():
        # Paragraphs of one line may make the gap between paragraphs the commonest distance.
        most = max(counts.values())
        pitches[each_size] = min(distance for distance, count in counts.items() if count * 4 >= most)
    return _Type(size, bold[True] > bold[False], pitches)


def _stands_out(line: Line, text_type: _Type) -> bool:
    """Whether a line is in larger or bolder type than the running text."""
    larger = line.size >= 1.08 * text_type.size
    bolder = line.bold and not text_type.bold and line.size >= 0.95 * text_type.size
    return (larger or bolder) and any(char.isalpha() for char in line.text)


def _blocks(lines: Sequence[FlowLine], text_type: _Type) -> Iterator[_Block]:
    """Part lines in reading order into blocks."""
    block: list[FlowLine] = []
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else None
        if block and _begins(block, line, following, text_type):
            yield _Block(block)
            block = []
        block.append(line)
    if block:
        yield _Block(block)


def _begins(block: Sequence[FlowLine], line: FlowLine, following: FlowLine | None, text_type: _Type) -> bool:
    """Whether `line` begins a new block after the lines of `block`."""
    last = block[-1]
    above, here = last.line, line.line
    size = here.size
    if abs(above.size - size) > 0.06 * max(above.size, size):
        return True
    if above.bold != here.bold and not (above.bold_ends[1] and here.bold_ends[0]):
        return True
    prominent = _stands_out(here, text_type)
    distance = above.base - here.base
    if above.page == here.page and distance > 0:
        limit = 2 * size if prominent else 1.3 * text_type.pitches.get(_style(here)[0], 2 * size)
        if distance > limit:
            return True
        if prominent and last.centred and line.centred:
            return False
    if not last.is_full(here):
        return True
    if prominent:
        return False
    return _is_indented_anew(block, line, following)


def _is_indented_anew(block: Sequence[FlowLine], line: FlowLine, following: FlowLine | None) -> bool:
    """Whether a line's indent says that a paragraph begins."""
    step = 0.7 * line.line.size
    if len(block) > 1:
        return abs(line.indent - block[1].indent) > step
    if line.indent < block[0].indent - step:
        return False
    continued = following is not None and abs(following.indent - line.indent) < step
    ends = following is None or not line.is_full(following.line)
    if line.indent > block[0].indent + step:
        # A hanging indent, as in lists of references, if the next line keeps it; else that of a new paragraph.
        return not (continued or ends)
    # Two lines of one indent: a quotation, set in; or a paragraph of one full line, and the beginning of the next.
    return line.indent > step and not continued and not ends


def _mark_headings(blocks: Sequence[_Block], text_type: _Type) -> None:
    headings = [
        block
        for block in blocks
        if len(block.lines) <= _HEADING_LINES
        and block.characters <= _HEADING_LENGTH
        and all(_stands_out(each.line, text_type) for each in block.lines)
    ]
    styles = Counter(block.style for block in headings)
    title = _title(headings, styles, text_type)
    front = _front_matter(blocks, headings, title, styles)
    ranks = sorted({block.style for block in headings if block is not title and block not in front}, reverse=True)
    for block in headings:
        if block is title:
            block.kind = BlockKind.TITLE
        elif block not in front:
            block.kind, block.level = BlockKind.HEADING, ranks.index(block.style) + 1


def _title(headings: Sequence[_Block], styles: Mapping[tuple[float, bool], int], text_type: _Type) -> _Block | None:
    """Return the largest heading of the first page, if no other is like it."""
    on_first = [block for block in headings if block.first.page == headings[0].first.page == 0]
    if not on_first:
        return None
    title = max(on_first, key=lambda block: block.style)
    return title if styles[title.style] == 1 and title.first.size >= 1.08 * text_type.size else None


def _front_matter(
    blocks: Sequence[_Block], headings: Sequence[_Block], title: _Block | None, styles: Mapping[tuple[float, bool], int]
) -> list[_Block]:
    """Return what stands below the title in larger type and is no heading: subtitle, authors, institutions."""
    front: list[_Block] = []
    if title is None:
        return front
    after = iter(blocks)
    for block in after:
        if block is title:
            break
    for block in after:
        if block not in headings or styles[block.style] > 1 or not block.lines[0].centred:
            break
        front.append(block)
    return front


# Blocks become text


def _build(builder: LayoutBuilder, found: Sequence[Flow], blocks: Sequence[_Block], text_type: _Type) -> None:
    """Add all blocks: text where it begins, and below it what stands at the bottom of the page."""
    calls = {line: calls for flow in found for line, calls in flow.calls.items()}
    printed = {flow.index: flow.printed for flow in found}
    on_page: dict[int, list[_Block]] = defaultdict(list)
    for block in blocks:
        on_page[block.first.page].append(block)
    for flow in found:
        _add_furniture(builder, flow.heads, flow.printed)
        for block in on_page[flow.index]:
            _add(builder, block, calls, printed)
        for block in _blocks(flow.below, text_type):
            _add(builder, block, {}, printed)
        for note in flow.notes:
            for place, block in enumerate(_blocks(note.lines, text_type)):
                block.kind, block.key, block.label = BlockKind.NOTE, note.key, 0 if place else note.label
                _add(builder, block, {}, printed)
        _add_furniture(builder, flow.feet, flow.printed)


def _add_furniture(builder: LayoutBuilder, texts: Iterable[str], page: int | None) -> None:
    for text in texts:
        builder.end()
        if page is not None:
            builder.page(page)
        builder.begin(BlockKind.FURNITURE)
        builder.add(text)
    builder.end()


def _add(
    builder: LayoutBuilder,
    block: _Block,
    calls: Mapping[Line, Sequence[PageCall]],
    printed: Mapping[int, int | None],
) -> None:
    builder.end()
    page = block.first.page
    if (number := printed.get(page)) is not None:
        builder.page(number)
    builder.begin(block.kind, level=block.level, key=block.key)
    for place, each in enumerate(block.lines):
        line = each.line
        if line.page != page:
            page = line.page
            if (number := printed.get(page)) is not None:
                builder.page(number)
        following = block.lines[place + 1].line if place + 1 < len(block.lines) else None
        start = 0
        if block.label and not place:
            builder.label(line.text[: block.label])
            start = block.label
        elif not place and (bullet := _BULLET.match(line.text)):
            start = bullet.end()
        for call in calls.get(line, ()):
            builder.add(line.text[start : call.start])
            builder.call(call.key, line.text[call.start : call.end])
            start = call.end
        builder.add(_with_line_end(line, start, following))


def _with_line_end(line: Line, start: int, following: Line | None) -> str:
    """Return a line's text from `start` on, with the blank that parts it from the next line's, if one does.

    A hyphen is kept, without a blank: whether it is the word's own or the line's, no file says.
    """
    text = line.text[start:]
    if following is None:
        return text
    last, first = text[-1:], following.text[:1]
    if last == _SOFT_HYPHEN:
        return text[:-1]
    if is_wide(last) and is_wide(first):
        return text
    if is_wide(last) or is_wide(first):
        return text + " " * line.ends_blank
    in_word = last in _DASHES and text[-2:-1].isalnum() and first.isalnum()
    in_address = bool(_BROKEN_ADDRESS.search(f"{text}\n{first}"))
    return text if not line.ends_blank and (in_word or in_address) else text + " "
