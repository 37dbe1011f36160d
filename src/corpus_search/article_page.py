"""What does the page of an article show?

An article and what was searched in; what the template `article.html` shows out: texts with matches marked and notes
called, an outline with the hits of each section, and what says which article it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext
from markupsafe import Markup

from corpus_search.article import (
    Address,
    Article,
    Note,
    Paragraph,
    Part,
    Reference,
    Section,
    Span,
    split_address,
)
from corpus_search.cite import citation_meta
from corpus_search.display import markup, visible
from corpus_search.errors import QueryError
from corpus_search.folder import shown
from corpus_search.search import Highlighter, Searcher

_RESOLVED = 120
"""How much of the note that 同上 stands for is shown beside it, in characters."""


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A section in the outline: matches in its own text and in its notes, and those of the sections in it besides."""

    section: Section
    in_text: int
    in_notes: int
    first: str
    """The fragment of its first match, empty if there is none."""
    inside: tuple[OutlineEntry, ...]

    @property
    def hits(self) -> int:
        """All matches in the section and below it."""
        return self.in_text + self.in_notes + sum(entry.hits for entry in self.inside)


def article_page(searcher: Searcher, article: Article, text: str, *, exact_script: bool) -> dict[str, Any]:
    """Return what the page shows of an article, with the matches of the query `text` marked in it."""
    try:
        marks = searcher.highlighter(text, exact_script=exact_script) if text else None
    except QueryError:
        marks = None
    reading = _Reading(article, marks)
    outline = reading.outline() if any(section.heading for section in article.sections) else ()
    return {
        "article": article,
        "meta": article.metadata,
        "facts": _facts(article),
        "copies": [visible(shown(path)) for path in searcher.paths(article.doc_id) if shown(path) != article.path],
        "outline": outline,
        "most": max((one.in_text + one.in_notes for one in _entries(outline)), default=1) or 1,
        "citation_meta": citation_meta(article, permalink(Address(article.doc_id), whole=True)),
        "open_front": bool(marks) and any(reading.count(part) for part in article.front),
        "text": text,
        "reading": reading,
        "fragment": fragment,
    }


def _entries(outline: Sequence[OutlineEntry]) -> Iterator[OutlineEntry]:
    for entry in outline:
        yield entry
        yield from _entries(entry.inside)


Piece = Section | Paragraph | Part | Note | Reference


class _Reading:
    """How an article's texts are set: matches marked and numbered, notes called, pages begun."""

    def __init__(self, article: Article, marks: Highlighter | None) -> None:
        self._article = article
        self._notes = {note.address: note for note in article.notes}
        self._spans: dict[int, Sequence[Span]] = {}
        self._first: dict[int, int] = {}
        self.total = 0
        """How many matches there are, numbered in the order of the page."""
        for piece in _pieces(article):
            found = marks(_text(piece)) if marks else ()
            self._spans[id(piece)] = found
            self._first[id(piece)] = self.total + 1
            self.total += len(found)

    def count(self, piece: Piece) -> int:
        """Return how many matches stand in a piece of the article."""
        return len(self._spans[id(piece)])

    def text_of(self, piece: Piece) -> Markup:
        """Return the text of a piece of the article as markup."""
        inserted = (
            []
            if isinstance(piece, Note | Reference)
            else [(marker.offset, self._marker(marker.note)) for marker in piece.markers]
        )
        if isinstance(piece, Paragraph):
            inserted += [
                (start.offset, Markup('<span class="page-break" data-page="{}"></span>').format(start.page))
                for start in piece.page_breaks
            ]
        return markup(_text(piece), self._spans[id(piece)], inserted, number=self._first[id(piece)])

    def resolved(self, note: Note) -> tuple[str, str, str] | None:
        """Return what a note such as 同上 stands for: fragment, number and the beginning of its text, or None."""
        other = self._notes.get(note.resolves_to) if note.resolves_to else None
        if other is None:
            return None
        text = other.text if len(other.text) <= _RESOLVED else f"{other.text[:_RESOLVED]}…"
        return fragment(other.address), fragment(other.address)[2:], text

    def outline(self) -> tuple[OutlineEntry, ...]:
        """Return the outline, with the matches of each section."""
        notes: dict[Address, list[Note]] = {}
        for note in self._article.notes:
            if note.anchor:
                notes.setdefault(note.anchor.address, []).append(note)
        return tuple(self._entry(section, notes) for section in self._article.sections)

    def _entry(self, section: Section, notes: Mapping[Address, Sequence[Note]]) -> OutlineEntry:
        own: list[Piece] = [section, *section.paragraphs]
        called = [note for piece in own for note in notes.get(piece.address, ())]
        hit = next((piece for piece in [*own, *called] if self.count(piece)), None)
        return OutlineEntry(
            section,
            sum(map(self.count, own)),
            sum(map(self.count, called)),
            f"m{self._first[id(hit)]}" if hit else "",
            tuple(self._entry(child, notes) for child in section.sections),
        )

    def _marker(self, note: Address) -> Markup:
        name = fragment(note)
        label = visible(self._notes[note].label) or "*"
        return Markup('<sup><a class="marker" id="to-{0}" href="#{0}">{1}</a></sup>').format(name, label)


def _pieces(article: Article) -> list[Piece]:
    """Return everything with a text, in the order of the page."""
    found: list[Piece] = [*article.front, *article.matter]
    for _, section in article.walk():
        found += [section, *section.paragraphs]
    return [*found, *article.notes, *article.references, *article.back]


def _text(piece: Piece) -> str:
    return piece.heading if isinstance(piece, Section) else piece.text


def fragment(address: Address) -> str:
    """Return the part of an address that tells a place in its document."""
    return split_address(address)[1]


def permalink(address: Address, *, whole: bool = False) -> str:
    """Return the URL of a place, with the server's name if it is to be `whole`."""
    doc_id, place = split_address(address)
    return url_for("article", doc_id=doc_id, _anchor=place or None, _external=whole)


def _facts(article: Article) -> list[str]:
    meta = article.metadata
    facts = []
    if meta.journal:
        facts.append(gettext("“%(journal)s”", journal=visible(meta.journal)))
    if meta.year:
        facts.append(
            gettext("%(year)d no. %(issue)s", year=meta.year, issue=meta.issue) if meta.issue else str(meta.year)
        )
    if meta.pages:
        facts.append(gettext("pp. %(first)d–%(last)d", first=meta.pages[0], last=meta.pages[1]))
    if meta.doi:
        facts.append(f"DOI {visible(meta.doi)}")
    return facts
