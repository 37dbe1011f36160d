"""How do the parts make an article?

Everything the other steps found comes in; the `Article` goes out: paragraphs joined across pages, markers taken
out of the text, the tree of sections, addresses, pages, metadata.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from corpus_search.article import (
    Address,
    Anchor,
    Article,
    Citation,
    DocId,
    Kind,
    Marker,
    Note,
    PageBreak,
    Paragraph,
    Part,
    Problem,
    Reference,
    Section,
    Span,
    address,
)
from corpus_search.parse import fields
from corpus_search.parse.back import choose, english_matter, romanised_names
from corpus_search.parse.blocks import Block, TextBuilder, cut
from corpus_search.parse.citations import (
    is_bracketed,
    numbered_entries,
    numbers_cited,
)
from corpus_search.parse.damaged import set_right
from corpus_search.parse.fields import Field, Segment
from corpus_search.parse.front import FrontMatter
from corpus_search.parse.headings import Heading
from corpus_search.parse.labels import ibid, markup_length, same_as
from corpus_search.parse.layout import Said
from corpus_search.parse.metadata import read_metadata
from corpus_search.parse.notes import Entry, Found
from corpus_search.parse.pages import Furniture, Pages, continues, number_pages
from corpus_search.parse.works import first_author, work, works_cited
from corpus_search.sentences import sentence_before

_MATTER = {
    Field.ABSTRACT: Kind.ABSTRACT,
    Field.KEYWORDS: Kind.KEYWORDS,
    Field.ABSTRACT_EN: Kind.ABSTRACT,
    Field.KEYWORDS_EN: Kind.KEYWORDS,
}


_MORE_LABELS = re.compile(r"[\[［〔【](\d{1,3})[\]］〕】](?=\S)")
_BEFORE, _BESIDE, _BEHIND = 60, 150, 3
"""So far before and behind an author with a year, in characters, a number is the same citation; so close behind the
year, it is that and no other's."""


@dataclass(slots=True)
class _Call:
    """A marker to take out of block `block`'s text at ``[start, end)``, calling the note at `note`."""

    block: int
    start: int
    end: int
    note: Address


@dataclass(slots=True)
class _Draft:
    """A section in the making."""

    heading: Heading | None
    paragraphs: list[list[int]] = field(default_factory=list)
    sections: list[_Draft] = field(default_factory=list)


def assemble(
    source: str,
    *,
    doc_id: DocId,
    path: str,
    encoding: str,
    blocks: Sequence[Block],
    furniture: Furniture,
    front: FrontMatter,
    running: Sequence[int],
    headings: Sequence[Heading],
    notes: Found,
    back: Sequence[int],
    problems: list[Problem],
    said: Said | None = None,
) -> Article:
    """Build the article from what the parsing steps found; block indices point into `blocks`.

    `said` is what the file's format says itself, which then goes before what the text's customs say.
    """
    problems = [*problems, *notes.problems]
    problems += [
        Problem(blocks[h.block].number, f"a heading before {blocks[h.block].text[:12]!r} seems to be missing")
        for h in headings
        if h.gap
    ]
    article = _Assembler(source, doc_id, blocks, notes)
    matter, front_parts = article.front(front, furniture.blocks)
    metadata = read_metadata(blocks, front, matter, front_parts)

    if said:
        groups, breaks = [[i] for i in running], frozenset[int]()
    else:
        groups, breaks = _paragraphs(blocks, front, furniture, notes, running, {h.block for h in headings})
    number = next((n for part in front_parts if (n := fields.article_number(part.text))), None)
    pages = said.pages() if said else number_pages(running, breaks, furniture, number)
    if pages.doubt:
        problems.append(Problem(1, pages.doubt))
    sections = article.sections(groups, headings, pages)

    own, doubt = choose(
        blocks,
        english_matter(blocks, back) if not any(p.address.endswith("#abstract-en") for p in matter) else (),
        [author.name for author in metadata.authors],
        pages.extent[0] if pages.extent else (number.first_page if number else None),
    )
    if doubt:
        problems.append(doubt)
    if own:
        matter += article.matter_from(own.fields)
        front_parts += [article.part(i, Kind.FRONT, "front") for i in (*own.title, *own.byline)]
        metadata = replace(
            metadata,
            title_en=" ".join(blocks[i].text for i in own.title) or metadata.title_en,
            authors_en=tuple(name for i in own.byline for name in romanised_names(blocks[i].text))
            or metadata.authors_en,
        )
    own_blocks = {*own.title, *own.byline, *own.fields} if own else set()
    keywords_en = next((p for p in matter if p.address.endswith("#keywords-en")), None)
    if keywords_en:
        metadata = replace(metadata, keywords_en=fields.keywords_en(keywords_en.text))
    if pages.extent:
        # What the first page carries; an English abstract behind the text stands elsewhere.
        first, last = pages.extent[0], min(min(own_blocks, default=running[-1] + 1), running[-1] + 1)
        front_parts, matter = (
            [p if p.source and p.source[0].start > blocks[last - 1].start else replace(p, page=first) for p in parts]
            for parts in (front_parts, matter)
        )
    made = Article(
        doc_id=doc_id,
        path=path,
        encoding=encoding,
        metadata=replace(metadata, pages=pages.extent),
        front=tuple(front_parts),
        matter=tuple(matter),
        sections=sections,
        notes=article.finished_notes(pages, running),
        references=article.finished_references(),
        back=tuple(article.part(i, Kind.BACK, "back") for i in back if i not in own_blocks),
        furniture=tuple(article.part(i, Kind.BACK, "") for i in sorted(furniture.blocks)),
        problems=tuple(problems),
    )
    lost = _unclaimed(blocks, made)
    problems += [Problem(blocks[i].number, "no rule knows what this is; it is kept as back matter") for i in lost]
    return replace(
        made,
        back=(*made.back, *(article.part(i, Kind.BACK, "back") for i in lost)),
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
    )


def _unclaimed(blocks: Sequence[Block], article: Article) -> list[int]:
    """Return the blocks that stand nowhere in `article`: whatever the rules do, nothing is lost."""
    spans = sorted(span for spans in _all_sources(article) for span in spans)
    starts = [span.start for span in spans]
    ends = list(accumulate((span.end for span in spans), max))
    lost = []
    for i, block in enumerate(blocks):
        before = bisect_left(starts, block.end)  # So many spans start before the block ends.
        if not before or ends[before - 1] <= block.start:
            lost.append(i)
    return lost


def _all_sources(article: Article) -> Iterator[tuple[Span, ...]]:
    for part in (*article.front, *article.matter, *article.back, *article.furniture):
        yield (*part.source, *part.label_source, *(marker.source for marker in part.markers))
    for _, section in article.walk():
        yield (*section.source, *section.label_source, *(marker.source for marker in section.markers))
        for paragraph in section.paragraphs:
            yield (*paragraph.source, *(marker.source for marker in paragraph.markers))
    for note in article.notes:
        yield (*note.source, *note.label_source)
    for reference in article.references:
        yield (*reference.source, *reference.label_source)


def _paragraphs(
    blocks: Sequence[Block],
    front: FrontMatter,
    furniture: Furniture,
    notes: Found,
    running: Sequence[int],
    headings: set[int],
) -> tuple[list[list[int]], frozenset[int]]:
    """Group the running blocks into headings and paragraphs; also return the blocks that begin a page."""
    page_ends = notes.page_bottom | furniture.blocks | set(front.later)
    feeds = {i for i, block in enumerate(blocks) for line in block.lines if line.after_form_feed}
    prose = [i for i in running if i not in headings]
    indents = bool(prose) and sum(blocks[i].lines[0].indented for i in prose) * 2 > len(prose)
    groups: list[list[int]] = []
    breaks: set[int] = set()
    for place, i in enumerate(running):
        if not place:
            groups.append([i])
            continue
        before = running[place - 1]
        ends = not (page_ends.isdisjoint(range(before + 1, i)) and feeds.isdisjoint(range(before + 1, i + 1)))
        joined = (
            before not in headings
            and i not in headings
            and continues(
                blocks[before].text,
                blocks[i].text,
                page_ends=ends,
                indents=indents,
                indented=blocks[i].lines[0].indented,
            )
        )
        if joined:
            groups[-1].append(i)
        else:
            groups.append([i])
        if joined or ends:
            breaks.add(i)
    return groups, frozenset(breaks)


class _Assembler:
    """Makes the parts of one article, and remembers where the markers went."""

    def __init__(self, source: str, doc_id: DocId, blocks: Sequence[Block], notes: Found) -> None:
        self._source = source
        self._doc_id = doc_id
        self._blocks = blocks
        self._notes = notes
        # Notes are numbered by where they are printed; those at page bottoms come in order of appearance.
        self._entries = sorted(notes.notes, key=lambda entry: (entry.block, entry.pieces[0][1]))
        # Which entry each block begins with: what precedes its label on the line introduces it.
        leading: dict[int, tuple[int, Entry]] = {}
        for entry in (*self._entries, *notes.references):
            for block, start, _ in entry.pieces:
                first = leading.get(block)
                if first is None or start < first[0]:
                    leading[block] = (start, entry)
        self._leading = {block: entry for block, (_, entry) in leading.items()}
        self._calls: dict[int, list[_Call]] = {}
        for n, entry in enumerate(self._entries, 1):
            for marker in (entry.marker, *entry.again):
                if marker:
                    call = _Call(marker.block, marker.label.start, marker.label.end, self._address(f"fn{n}"))
                    self._calls.setdefault(marker.block, []).append(call)
        self._anchors: dict[Address, tuple[Anchor, int | None]] = {}
        # References by their places in the list: those with numbers, and as they are cited by author and year.
        keys = [entry.label.key if entry.label else "" for entry in notes.references]
        self._numbered = numbered_entries(keys)
        entries = [self._text(entry.pieces)[0].text for entry in notes.references]
        for n, text in enumerate(entries, 1):
            if more := _MORE_LABELS.match(text):  # [5][9] 某甲: an entry of two numbers.
                self._numbered.setdefault(int(more[1]), n)
        self._works = {n: one for n, text in enumerate(entries, 1) if (one := work(text))}
        self._firsts = {number: first_author(entries[n - 1]) for number, n in self._numbered.items()}
        self._raised = bool(self._numbered) and not is_bracketed(
            block.text for i, block in enumerate(blocks) if i not in notes.blocks
        )
        self._texts: list[tuple[Address, str]] = []  # What may cite: headings and paragraphs, in order.

    def _address(self, fragment: str) -> Address:
        return address(self._doc_id, fragment)

    # --- texts -------------------------------------------------------------------------------------------

    def _text(
        self, pieces: Iterable[tuple[int, int, int]], *, after: str = " "
    ) -> tuple[TextBuilder, list[Marker], list[int]]:
        """Build a text from pieces ``(block, start, end)`` without its markers.

        Also return the markers, and where in the text each piece begins.
        """
        builder = TextBuilder(self._source)
        found: list[Marker] = []
        starts: list[int] = []
        for i, start, end in pieces:
            block = self._blocks[i]
            if i not in self._calls:
                if start < end:
                    builder.add(block.text[start:end], cut(block.spans, start, end), after=after)
                    starts.append(len(builder) - (end - start))
                continue
            calls = sorted((c for c in self._calls[i] if start <= c.start < end), key=lambda c: c.start)
            begun = False
            for upto, call in [*((c.start, c) for c in calls), (end, None)]:
                if start < upto:
                    builder.add(block.text[start:upto], cut(block.spans, start, upto), after="" if begun else after)
                    if not begun:
                        starts.append(len(builder) - (upto - start))
                    begun = True
                if call:
                    where = cut(block.spans, call.start, call.end)
                    found.append(Marker(call.note, len(builder), Span(where[0].start, where[-1].end)))
                    start = call.end
        return builder, found, starts

    def part(self, i: int, kind: Kind, fragment: str) -> Part:
        """Make a part of a whole block."""
        skipped = markup_length(self._blocks[i].text)
        return self._part([(i, skipped, len(self._blocks[i].text))], kind, fragment, label=(i, 0, skipped))

    def _part(
        self,
        pieces: Sequence[tuple[int, int, int]],
        kind: Kind,
        fragment: str,
        *,
        label: tuple[int, int, int] | None = None,
    ) -> Part:
        builder, found, _ = self._text(pieces, after="\n")
        where = self._address(fragment) if fragment else Address("")
        self._anchor(where, builder.text, found, None)
        printed, label_source = "", tuple[Span, ...]()
        if label:
            i, start, end = label
            printed = self._blocks[i].text[start:end].rstrip()
            label_source = cut(self._blocks[i].spans, start, start + len(printed))
        return Part(where, kind, builder.text, builder.spans, printed, label_source, None, tuple(found))

    def _anchor(self, where: Address, text: str, found: Iterable[Marker], paragraph: Paragraph | None) -> None:
        for marker in found:
            anchor = Anchor(where, marker.offset, sentence_before(text, marker.offset))
            page = paragraph.page_at(max(marker.offset - 1, 0)) if paragraph else None
            # A note that is called again belongs to its first call.
            self._anchors.setdefault(marker.note, (anchor, page))

    # --- front matter ------------------------------------------------------------------------------------

    def front(self, front: FrontMatter, furniture: frozenset[int]) -> tuple[list[Part], list[Part]]:
        """Return the abstract and keywords, and all other front matter, in order."""
        matter: list[Part] = []
        parts: list[Part] = []
        taken: set[str] = set()
        for i in sorted({*range(front.end), *front.later} - furniture):
            if i in front.continued:
                continue
            if i not in front.fields:
                parts.append(self.part(i, Kind.FRONT, "front"))
                continue
            found = front.fields[i]
            for segment in found:
                pieces = [(i, segment.value, segment.end)]
                if segment is found[-1]:
                    pieces += [
                        (k, 0, len(self._blocks[k].text)) for k in sorted(front.continued) if front.continued[k] == i
                    ]
                if segment.field in _MATTER and segment.field not in taken and any(a < b for _, a, b in pieces):
                    taken.add(segment.field)
                    matter.append(
                        self._part(
                            pieces,
                            _MATTER[segment.field],
                            segment.field,
                            label=(i, segment.start, segment.value),
                        )
                    )
                else:
                    whole = [(i, segment.start, segment.end), *pieces[1:]]
                    parts.append(self._part(whole, Kind.FRONT, "front"))
        return matter, parts

    def matter_from(self, found: dict[int, Field]) -> list[Part]:
        """Make the English abstract and keywords from their blocks."""
        parts = []
        for wanted in (Field.ABSTRACT_EN, Field.KEYWORDS_EN):
            pieces = []
            label = None
            for i, name in found.items():
                if name is not wanted:
                    continue
                labelled: Sequence[Segment] = fields.segments(self._blocks[i].text)
                value = labelled[0].value if labelled else 0
                if label is None:
                    label = (i, 0, value)
                pieces.append((i, value, len(self._blocks[i].text)))
            if pieces:
                parts.append(self._part(pieces, _MATTER[wanted], wanted, label=label))
        return parts

    # --- body --------------------------------------------------------------------------------------------

    def sections(self, groups: Sequence[list[int]], headings: Sequence[Heading], pages: Pages) -> tuple[Section, ...]:
        """Build the tree of sections."""
        by_block = {h.block: h for h in headings}
        opening = _Draft(None)
        top: list[_Draft] = []
        stack: list[_Draft] = []
        for group in groups:
            heading = by_block.get(group[0])
            if heading is None:
                (stack[-1] if stack else opening).paragraphs.append(group)
                continue
            while stack and stack[-1].heading and stack[-1].heading.level >= heading.level:
                stack.pop()
            draft = _Draft(heading)
            (stack[-1].sections if stack else top).append(draft)
            stack.append(draft)
        found = [self._section(opening, "s0", 0, pages)] if opening.paragraphs else []
        found += [self._section(draft, f"s{n}", 1, pages) for n, draft in enumerate(top, 1)]
        return tuple(found)

    def _section(self, draft: _Draft, fragment: str, level: int, pages: Pages) -> Section:
        where = self._address(fragment)
        heading, source, label_source, found, page = (
            "",
            tuple[Span, ...](),
            tuple[Span, ...](),
            list[Marker](),
            None,
        )
        if draft.heading:
            i = draft.heading.block
            block = self._blocks[i]
            skipped = markup_length(block.text)
            builder, found, _ = self._text([(i, skipped, len(block.text))])
            heading, source = builder.text, builder.spans
            label_source = cut(block.spans, 0, len(block.text[:skipped].rstrip()))
            page = pages.of_block.get(i)
            self._anchor(where, heading, found, Paragraph(where, heading, (), page))
            self._texts.append((where, heading))
        return Section(
            where,
            level,
            heading,
            source,
            label_source,
            page,
            tuple(found),
            tuple(self._paragraph(group, f"{fragment}p{n}", pages) for n, group in enumerate(draft.paragraphs, 1)),
            tuple(
                self._section(child, f"{fragment}.{n}", level + 1, pages) for n, child in enumerate(draft.sections, 1)
            ),
        )

    def _paragraph(self, group: Sequence[int], fragment: str, pages: Pages) -> Paragraph:
        where = self._address(fragment)
        builder, found, starts = self._text([(i, 0, len(self._blocks[i].text)) for i in group])
        page = pages.of_block.get(group[0])
        breaks = []
        last = page
        for i, start in zip(group, starts, strict=False):
            here = pages.of_block.get(i)
            if here is not None and last is not None and here != last:
                breaks.append(PageBreak(start, here))
                last = here
            for offset, number in pages.inside.get(i, ()):
                # Markers before it, which are out of the text, shift it.
                before = sum(c.end - c.start for c in self._calls.get(i, ()) if c.end <= offset)
                breaks.append(PageBreak(start + offset - before, number))
                last = number
        paragraph = Paragraph(where, builder.text, builder.spans, page, tuple(breaks), tuple(found))
        self._anchor(where, paragraph.text, found, paragraph)
        self._texts.append((where, builder.text))
        return paragraph

    def _cited(self) -> dict[int, list[Citation]]:
        """Return the places that cite each reference: by its number, and by author and year."""
        texts = [text for _, text in self._texts]
        cited: dict[int, list[Citation]] = {}
        known = frozenset(self._numbered)
        by_number = numbers_cited(texts, known, raised=self._raised)
        if not self._raised:
            by_number = set_right(texts, by_number, known, self._firsts)
        by_year = works_cited(texts, self._works) if self._works else [[] for _ in texts]
        for (where, _), numbers, works in zip(self._texts, by_number, by_year, strict=True):
            numbered = [(one.start, self._numbered[number]) for one in numbers for number in one.numbers]
            places = list(numbered)
            for one in works:
                others = [other.end for other in works if other is not one]
                # A work that is named beside its number is cited once; the number behind another's year is that one's.
                beside = (
                    number in one.numbers and -_BEFORE <= start - one.start <= _BESIDE
                    for start, number in numbered
                    if not any(0 <= start - end <= _BEHIND for end in others)
                )
                if not any(beside):
                    places += [(one.start, number) for number in one.numbers]
            for start, number in places:
                cited.setdefault(number, []).append(Citation(where, start))
        return cited

    # --- notes and references ----------------------------------------------------------------------------

    def finished_notes(self, pages: Pages, running: Sequence[int]) -> tuple[Note, ...]:
        """Return the notes, tied to their sentences; call this once all texts are made."""
        notes: list[Note] = []
        keys: list[str] = []
        for n, entry in enumerate(self._entries, 1):
            where = self._address(f"fn{n}")
            builder, _, _ = self._text(entry.pieces, after="\n")
            anchor, page = self._anchors.get(where, (None, None))
            if anchor is None and entry.block in self._notes.page_bottom:
                above = [i for i in running if i < entry.block]
                page = pages.of_block.get(above[-1]) if above else None
            target = None
            if ibid(builder.text) and notes:
                target = notes[-1].resolves_to or notes[-1].address
            elif (key := same_as(builder.text)) is not None and key in keys:
                same = notes[len(keys) - 1 - keys[::-1].index(key)]
                target = same.resolves_to or same.address
            notes.append(
                Note(
                    where,
                    entry.label.printed if entry.label else "",
                    builder.text,
                    builder.spans,
                    self._label_source(entry),
                    page,
                    anchor,
                    target,
                )
            )
            keys.append(entry.label.key if entry.label else "")
        return tuple(notes)

    def finished_references(self) -> tuple[Reference, ...]:
        """Return the references, with the places that cite them; call this once all texts are made."""
        cited = self._cited()
        return tuple(
            Reference(
                self._address(f"ref{n}"),
                entry.label.printed if entry.label else "",
                builder.text,
                builder.spans,
                self._label_source(entry),
                tuple(cited.get(n, ())),
            )
            for n, entry in enumerate(self._notes.references, 1)
            for builder, _, _ in [self._text(entry.pieces)]
        )

    def _label_source(self, entry: Entry) -> tuple[Span, ...]:
        if entry.label is None:
            return ()
        block, text_start, _ = entry.pieces[0]
        text = self._blocks[block].text
        # Whatever precedes a label on its line (a heading sign, 注) introduces the note with it.
        start = 0 if self._leading.get(entry.block) == entry else entry.label.start
        return cut(self._blocks[block].spans, start, len(text[:text_start].rstrip()))
