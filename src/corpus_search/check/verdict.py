"""What is said of a quotation?

Frozen answers and their JSON: a `Verdict` on a quotation, the `Place`s where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from corpus_search.article import Address, DocId, Kind, Span
from corpus_search.check.align import Change, Piece
from corpus_search.check.writing import Difference
from corpus_search.records import Record


class Mark(StrEnum):
    """How a quotation stands to the corpus."""

    VERBATIM = "verbatim"
    ALTERED = "altered"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quotation stands, or what is nearest to it.

    `text` is what the source has there, character for character: ``[span.start, span.end)`` of the text at `address`.
    `citation` is ready to be copied (GB/T 7714), or None where the article's title is not known. `pieces` lay the
    quotation beside the text; `differences` say in what its writing differs, `edits` how many letters do.
    """

    address: Address
    span: Span
    text: str
    doc_id: DocId
    title: str | None
    authors: tuple[str, ...]
    year: int | None
    page: int | None
    kind: Kind
    heading_path: tuple[str, ...]
    pieces: tuple[Piece, ...]
    differences: tuple[Difference, ...]
    edits: int
    citation: str | None = None

    @property
    def exact(self) -> bool:
        """Whether the quotation stands there as written, character for character, with nothing left out."""
        return not (self.edits or self.differences or self.has_cuts)

    @property
    def has_cuts(self) -> bool:
        """Whether the quoting author left something out, or put something in, and says so."""
        return any(piece.change is Change.CUT for piece in self.pieces)

    def record(self) -> Record:
        """Return the JSON object of a place."""
        return {
            "address": self.address,
            "span": list(self.span),
            "text": self.text,
            "doc_id": self.doc_id,
            "title": self.title,
            "authors": list(self.authors),
            "year": self.year,
            "page": self.page,
            "kind": self.kind,
            "heading_path": list(self.heading_path),
            "citation": self.citation,
            "exact": self.exact,
            "differences": list(self.differences),
            "edits": self.edits,
            "pieces": [
                {"change": piece.change, "quoted": piece.quoted, "source": piece.source, "difference": piece.difference}
                for piece in self.pieces
            ],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of the quotation `text`.

    ``verbatim``: it stands at all of `places`, best first, and in `total` at so many; where that is not `complete`, it
    may stand at more, for it is too common to be followed everywhere. ``altered``: at the one place, the nearest,
    something else stands. ``missing``: there is no place. `work` is the work that it is attributed
    to, `found_work` the document of that title; where a quotation's parts stand, but not in order in one passage,
    `apart` names a place of each.
    """

    text: str
    mark: Mark
    places: tuple[Place, ...] = ()
    total: int = 0
    complete: bool = True
    work: str = ""
    found_work: DocId | None = None
    apart: tuple[Address, ...] = ()

    @property
    def place(self) -> Place | None:
        """The best place."""
        return self.places[0] if self.places else None

    def record(self) -> Record:
        """Return the JSON object of a verdict."""
        return {
            "text": self.text,
            "mark": self.mark,
            "total": self.total,
            "complete": self.complete,
            "places": [place.record() for place in self.places],
            "work": self.work or None,
            "work_doc_id": self.found_work,
            "apart": list(self.apart),
        }
