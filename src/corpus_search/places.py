"""What stands at an address, and which addresses are there?

An `Article` and a place in it in; its text block by block, each with its own address and page, or the article's
outline, out. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus_search.article import (
    Address,
    Anchor,
    Article,
    DocId,
    Kind,
    Note,
    PageBreak,
    Paragraph,
    Part,
    Reference,
    Section,
)
from corpus_search.folder import shown
from corpus_search.records import Record, anchor_record, article_record, place_record
from corpus_search.search import Place, Searcher


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, note, reference or part: its text as the source has it, with its address and page.

    `page` is the one it begins on, and `page_breaks` say where in it others do. `label` is what is printed before it
    and is not in the text: ③, [7], 内容提要：. `notes` are those whose markers stand in it, and `anchor` is where a
    note's own marker stands.
    """

    address: Address
    kind: Kind
    text: str
    page: int | None = None
    label: str = ""
    notes: tuple[Address, ...] = ()
    anchor: Anchor | None = None
    page_breaks: tuple[PageBreak, ...] = ()

    def record(self) -> Record:
        """Return the JSON object."""
        return {
            "address": self.address,
            "kind": self.kind,
            "label": self.label,
            "page": self.page,
            "page_breaks": [{"offset": one.offset, "page": one.page} for one in self.page_breaks],
            "text": self.text,
            "notes": list(self.notes),
            "anchor": anchor_record(self.anchor),
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands at an address: `place` in `article`, or None for the whole of it; `paths` are the files it is of."""

    address: Address
    article: Article = field(repr=False)
    place: Place | None = field(repr=False)
    paths: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its text, block by block, in reading order; notes and references after the body."""
        if self.place is not None:
            return tuple(_blocks(self.place))
        article = self.article
        places: list[Place] = [
            (*article.front, *article.matter),
            *article.sections,
            *article.notes,
            *article.references,
            article.back,
        ]
        return tuple(block for place in places for block in _blocks(place))

    @property
    def text(self) -> str:
        """Its text, a line for each block."""
        return "\n".join(block.text for block in self.blocks)

    @property
    def page(self) -> int | None:
        """The printed page that it begins on, or None where that is not known."""
        return next((block.page for block in self.blocks), None)

    def record(self) -> Record | list[Record]:
        """Return the JSON of ``show --json``: an object, or a list where a place has several blocks."""
        if self.place is None:
            return {**article_record(self.article), "paths": list(self.paths)}
        return place_record(self.place)


def _blocks(place: Place) -> Iterator[Block]:
    match place:
        case Section():
            for _, section in place.walk():
                if section.heading:
                    notes = tuple(marker.note for marker in section.markers)
                    yield Block(section.address, Kind.BODY, section.heading, section.page, notes=notes)
                for paragraph in section.paragraphs:
                    yield from _blocks(paragraph)
        case Paragraph():
            notes = tuple(marker.note for marker in place.markers)
            yield Block(place.address, Kind.BODY, place.text, place.page, notes=notes, page_breaks=place.page_breaks)
        case Note():
            yield Block(place.address, Kind.NOTE, place.text, place.page, place.label, anchor=place.anchor)
        case Reference():
            yield Block(place.address, Kind.REFERENCE, place.text, None, place.label)
        case _:
            for part in place:
                yield _part(part)


def _part(part: Part) -> Block:
    notes = tuple(marker.note for marker in part.markers)
    return Block(part.address, part.kind, part.text, part.page, part.label, notes)


def shown_at(searcher: Searcher, address: str) -> Shown:
    """Return what stands at `address`. Raises `AddressError`."""
    article, place = searcher.locate(address)
    paths = tuple(shown(path) for path in searcher.paths(article.doc_id))
    return Shown(Address(address), article, place, paths)


# --- outlines ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    """A section in an outline: its heading as printed (empty before the first), and how many paragraphs it has itself.

    `level` is how deep it lies: 1 for a section that is in no other, 0 for the text before the first.
    """

    address: Address
    level: int
    heading: str
    page: int | None
    paragraphs: int

    def record(self) -> Record:
        """Return the JSON object."""
        return {
            "address": self.address,
            "level": self.level,
            "heading": self.heading,
            "page": self.page,
            "paragraphs": self.paragraphs,
        }


@dataclass(frozen=True, slots=True)
class Outline:
    """What an article is made of: the addresses of its `parts` beside the body, its headings, and how many notes."""

    doc_id: DocId
    title: str | None
    authors: tuple[str, ...]
    year: int | None
    pages: tuple[int, int] | None
    parts: tuple[Address, ...]
    headings: tuple[Heading, ...]
    notes: int
    references: int

    def record(self) -> Record:
        """Return the JSON object."""
        return {
            "doc_id": self.doc_id,
            "title": self.title,
            "authors": list(self.authors),
            "year": self.year,
            "pages": list(self.pages) if self.pages else None,
            "parts": list(self.parts),
            "headings": [heading.record() for heading in self.headings],
            "notes": self.notes,
            "references": self.references,
        }


def outline_of(article: Article) -> Outline:
    """Return the outline of an article."""
    meta = article.metadata
    return Outline(
        article.doc_id,
        meta.title,
        tuple(author.name for author in meta.authors),
        meta.year,
        meta.pages,
        tuple(dict.fromkeys(part.address for part in (*article.front, *article.matter, *article.back))),
        tuple(
            Heading(section.address, len(path), section.heading, section.page, len(section.paragraphs))
            for path, section in article.walk()
        ),
        len(article.notes),
        len(article.references),
    )
