"""What is one searchable piece?

An `Article` in, its `Chunk`s out: one for each note, reference, abstract, keyword list, heading and front or
back block, and a section's text in pieces of about a printed page. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from corpus_search.article import Address, Anchor, Article, DocId, Kind, PageBreak, Paragraph, Part
from corpus_search.evidence import Evidence
from corpus_search.frozen import dataclass
from corpus_search.records import Record, anchor_from, anchor_record
from corpus_search.sentences import sentences

LIMIT = 1_000
"""How long a body chunk may grow, in characters.

A printed page of a Chinese journal holds about a thousand characters, which is two or three paragraphs: enough
for the words of one question to meet, little enough that a hit says where. The seed's 16 sections with text make
21 chunks, so most sections stay whole.
"""

PARAGRAPH_LIMIT = 3 * LIMIT
"""A single paragraph longer than this is split at a sentence end; shorter ones never are."""


CLAIMS = 3
"""How many of the places that cite an entry are kept with it; the work's page has them all."""

_ENTRY = re.compile(r"#ref\d+$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph's place in a chunk's text: ``[start, end)`` holds its characters from `offset` on."""

    address: Address
    start: int
    end: int
    offset: int = 0
    page: int | None = None
    page_breaks: tuple[PageBreak, ...] = ()

    def page_at(self, position: int) -> int | None:
        """Return the printed page of the character at `position` of the chunk's text."""
        inside = position - self.start + self.offset
        page = self.page
        for page_break in self.page_breaks:
            if page_break.offset <= inside:
                page = page_break.page
        return page


@dataclass(frozen=True, slots=True)
class Chunk:
    """One searchable piece of a document.

    `order` is its place among the document's chunks; `text` its passages joined by line feeds; `heading_path`
    the headings above it; `notes` those whose markers stand in it. `is_heading` marks a heading alone. `sources` is
    what it rests on: its notes, those that they point back to (同上), and the entries of the list that it cites. Of a
    note, `before` is the sentence before its anchor's; of an entry, `claims` are the first places that cite it.
    """

    doc_id: DocId
    order: int
    address: Address
    kind: Kind
    text: str
    passages: tuple[Passage, ...]
    title: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    heading_path: tuple[str, ...] = ()
    label: str = ""
    notes: tuple[Address, ...] = ()
    anchor: Anchor | None = None
    is_heading: bool = False
    sources: tuple[Address, ...] = ()
    before: str = ""
    claims: tuple[Anchor, ...] = ()

    @property
    def references(self) -> tuple[Address, ...]:
        """The entries of the list that the chunk cites."""
        return tuple(source for source in self.sources if _ENTRY.search(source))

    def passage_at(self, position: int) -> Passage:
        """Return the passage that holds the character at `position`."""
        return next((p for p in self.passages if position < p.end), self.passages[-1])


def chunks(article: Article) -> tuple[Chunk, ...]:
    """Return the chunks of `article` in reading order; what has no text (a note lost but for its label) has none."""
    return tuple(filter(None, _chunks(article)))


def _chunks(article: Article) -> Iterator[Chunk | None]:
    meta = article.metadata
    authors = tuple(author.name for author in meta.authors)
    orders = count()
    evidence = Evidence(article)

    def chunk(address: Address, kind: Kind, text: str, passages: tuple[Passage, ...], **more: Any) -> Chunk | None:
        if not text:
            return None
        return Chunk(
            article.doc_id, next(orders), address, kind, text, passages, meta.title, authors, meta.year, **more
        )  # fmt: skip

    def part(one: Part) -> Chunk | None:
        whole = (Passage(one.address, 0, len(one.text), page=one.page),)
        notes = tuple(m.note for m in one.markers)
        sources = evidence.sources(notes, ((one.address, 0, len(one.text)),))
        return chunk(one.address, one.kind, one.text, whole, label=one.label, notes=notes, sources=sources)

    yield from map(part, (*article.front, *article.matter))
    paths = {}
    for path, section in article.walk():
        if section.heading:
            whole = (Passage(section.address, 0, len(section.heading), page=section.page),)
            notes = tuple(m.note for m in section.markers)
            yield chunk(
                section.address, Kind.BODY, section.heading, whole, heading_path=path, is_heading=True, notes=notes,
                sources=evidence.sources(notes, ((section.address, 0, len(section.heading)),)),
            )  # fmt: skip
        paths[section.address] = path
        for group in _groups(section.paragraphs):
            for paragraph, _, _ in group:
                paths[paragraph.address] = path
            yield _body_chunk(chunk, section.address, path, group, evidence)
    for note in article.notes:
        whole = (Passage(note.address, 0, len(note.text), page=note.page),)
        path = paths.get(note.anchor.address, ()) if note.anchor else ()
        before = evidence.before(note.anchor) if note.anchor else ""
        yield chunk(
            note.address, Kind.NOTE, note.text, whole, heading_path=path, label=note.label, anchor=note.anchor,
            before=before,
        )  # fmt: skip
    for reference in article.references:
        whole = (Passage(reference.address, 0, len(reference.text)),)
        claims = tuple(evidence.claim(citation) for citation in reference.cited_in[:CLAIMS])
        yield chunk(reference.address, Kind.REFERENCE, reference.text, whole, label=reference.label, claims=claims)
    yield from map(part, article.back)


_Piece = tuple[Paragraph, int, int]


def _groups(paragraphs: tuple[Paragraph, ...]) -> Iterator[list[_Piece]]:
    """Group paragraphs, or the pieces of very long ones, so that no group grows beyond the limit."""
    group: list[_Piece] = []
    size = 0
    for paragraph in paragraphs:
        for start, end in _pieces(paragraph.text):
            if group and size + end - start > LIMIT:
                yield group
                group, size = [], 0
            group.append((paragraph, start, end))
            size += end - start
    if group:
        yield group


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    if len(text) <= PARAGRAPH_LIMIT:
        yield 0, len(text)
        return
    start = 0
    for span in sentences(text):
        if span.end - start > LIMIT and span.start > start:
            yield start, span.start
            start = span.start
        while span.end - start > PARAGRAPH_LIMIT:
            yield start, start + LIMIT
            start += LIMIT
    yield start, len(text)


def _body_chunk(
    chunk: Any, section: Address, path: tuple[str, ...], group: list[_Piece], evidence: Evidence
) -> Chunk | None:
    passages: list[Passage] = []
    texts: list[str] = []
    at = 0
    for paragraph, start, end in group:
        passages.append(Passage(paragraph.address, at, at + end - start, start, paragraph.page, paragraph.page_breaks))
        texts.append(paragraph.text[start:end])
        at += end - start + 1
    notes = tuple(
        marker.note
        for paragraph, start, end in group
        for marker in paragraph.markers
        if start <= max(marker.offset - 1, 0) < end
    )
    pieces = tuple((paragraph.address, start, end) for paragraph, start, end in group)
    made: Chunk | None = chunk(
        section, Kind.BODY, "\n".join(texts), tuple(passages), heading_path=path, notes=notes,
        sources=evidence.sources(notes, pieces),
    )  # fmt: skip
    return made


# --- as a record ---------------------------------------------------------------------------------------------


def chunk_record(chunk: Chunk) -> Record:
    """Return the JSON object that an engine stores for `chunk`."""
    return {
        "doc_id": chunk.doc_id,
        "order": chunk.order,
        "address": chunk.address,
        "kind": chunk.kind,
        "text": chunk.text,
        "passages": [
            [p.address, p.start, p.end, p.offset, p.page, [[b.offset, b.page] for b in p.page_breaks]]
            for p in chunk.passages
        ],
        "title": chunk.title,
        "authors": list(chunk.authors),
        "year": chunk.year,
        "heading_path": list(chunk.heading_path),
        "label": chunk.label,
        "notes": list(chunk.notes),
        "anchor": anchor_record(chunk.anchor),
        "is_heading": chunk.is_heading,
        "sources": list(chunk.sources),
        "before": chunk.before,
        "claims": [anchor_record(claim) for claim in chunk.claims],
    }


def chunk_from(r: Mapping[str, Any]) -> Chunk:
    """Return the chunk that a record holds; the inverse of `chunk_record`."""
    return Chunk(
        DocId(r["doc_id"]),
        r["order"],
        Address(r["address"]),
        Kind(r["kind"]),
        r["text"],
        tuple(
            Passage(Address(a), start, end, offset, page, tuple(PageBreak(*b) for b in breaks))
            for a, start, end, offset, page, breaks in r["passages"]
        ),
        r["title"],
        tuple(r["authors"]),
        r["year"],
        tuple(r["heading_path"]),
        r["label"],
        tuple(map(Address, r["notes"])),
        anchor_from(r["anchor"]),
        r["is_heading"],
        tuple(map(Address, r["sources"])),
        r["before"],
        tuple(filter(None, map(anchor_from, r["claims"]))),
    )
