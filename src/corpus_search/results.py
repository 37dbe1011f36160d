"""What does a search answer? Hits, in order, with all that is said of them.

What `Searcher.search` returns and the terminal, JSON, pages, tables and receipts are made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, field
from enum import StrEnum
from typing import TYPE_CHECKING

from corpus_search.article import Address, Anchor, Span
from corpus_search.chunk import Chunk
from corpus_search.engine import Clue, Sort
from corpus_search.engine import Part as ScorePart
from corpus_search.errors import EngineUnavailableError
from corpus_search.frozen import dataclass
from corpus_search.highlight import Snippet
from corpus_search.query import Field, Filters, Query
from corpus_search.records import Record, anchor_record

if TYPE_CHECKING:
    from pandas import DataFrame

    from corpus_search.receipt import Receipt
    from corpus_search.search import Searcher


class Group(StrEnum):
    """How hits are put together."""

    NONE = ""
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet's values with their hits: those with most first, years from the latest; `chosen` are the ones asked for.

    `left_out` is how many more values have hits.
    """

    field: Field
    values: tuple[tuple[str, int], ...]
    chosen: frozenset[str]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Support:
    """A note or an entry under a passage, with what it answers of a query: spans in its text."""

    address: Address
    label: str
    text: str
    spans: tuple[Span, ...]

    def record(self) -> Record:
        """Return it as a JSON object."""
        spans = [list(span) for span in self.spans]
        return {"address": self.address, "label": self.label, "text": self.text, "spans": spans}


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk that answers a query.

    `rank` counts from 1; `spans` are the matches in the chunk's text; `address` and `page` tell where the best
    of them stands. `tier` and `parts` explain the rank, see `engine.Ranked`. Where hits are grouped by article, this is
    the article's best passage of so many `passages` that answer, the next best of them are `others`, and `score` and
    `tier` are the article's. `support` is there where notes or entries were asked for with the text.
    """

    rank: int
    score: float
    chunk: Chunk
    address: Address
    page: int | None
    spans: tuple[Span, ...]
    snippet: Snippet
    match: str
    tier: int = 2
    parts: tuple[ScorePart, ...] = ()
    passages: int = 0
    others: tuple[Hit, ...] = ()
    support: tuple[Support, ...] = ()

    @property
    def anchor(self) -> Anchor | None:
        """For a note, where its marker stands."""
        return self.chunk.anchor


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and all that besides it decides the answer of an index; see `Searcher.search`."""

    text: str
    limit: int = 10
    offset: int = 0
    filters: Filters = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    group: Group = Group.NONE
    exact_script: bool = False

    def ask(self, searcher: Searcher) -> Results:
        """Return the answer of an index. Raises `QueryError`."""
        return searcher.search(
            self.text, limit=self.limit, offset=self.offset, filters=self.filters, sort=self.sort, group=self.group,
            exact_script=self.exact_script,
        )  # fmt: skip


COLUMNS = (
    "rank", "score", "address", "doc_id", "title", "authors", "year", "kind", "label", "heading_path", "page", "match",
    "snippet", "text", "passages",
)  # fmt: skip
"""The columns of a table of hits, named as in the JSON; authors are parted by semicolons, headings by ›.

`passages` is missing where hits are not grouped by article.
"""


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a query: one page of hits, and how many there are in all. Goes through its hits, as in a ``for``.

    Grouped by article, a hit is an article and `total` counts articles. `terms` are what ranks, by sort, with how often
    each counts. `question` is what was asked, and `source` the index, as it was when it answered. `incomplete` tells
    why more may answer than was found, where a part of the index could not be asked.
    """

    query: Query
    total: int
    hits: tuple[Hit, ...]
    took_ms: float
    engine: str
    suggestion: str | None = None
    group: Group = Group.NONE
    terms: Mapping[Clue, Mapping[str, float]] = field(default_factory=dict)
    question: Question = field(default_factory=lambda: Question(""))
    source: Searcher | None = field(default=None, repr=False, compare=False)
    incomplete: str | None = None

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def to_frame(self) -> DataFrame:
        """Return the hits as a table for pandas, with `COLUMNS`. Raises `PackageError` where pandas is missing."""
        from corpus_search.frames import frame

        return frame(map(_row, self.hits), COLUMNS)

    def receipt(self) -> Receipt:
        """Return the receipt of this search; see `receipt`.

        Raises `EngineUnavailableError` where not all of the index answered.
        """
        if self.incomplete:
            raise EngineUnavailableError(f"there is no receipt of an answer that is not complete: {self.incomplete}")
        from corpus_search.receipt import receipt_of

        return receipt_of(self)

    def record(self, *, explain: bool = False) -> Record:
        """Return the JSON object of ``query --json``."""
        return {
            "query": self.query.text,
            "parsed": str(self.query),
            "total": self.total,
            "took_ms": round(self.took_ms, 1),
            "engine": self.engine,
            "suggestion": self.suggestion,
            **({"complete": False, "incomplete": self.incomplete} if self.incomplete else {}),
            **({"group": self.group} if self.group else {}),
            **({"terms": dict(self.terms)} if explain else {}),
            "hits": [hit_record(hit, group=self.group, explain=explain) for hit in self.hits],
        }


def hit_record(hit: Hit, *, group: Group = Group.NONE, explain: bool = False) -> Record:
    """Return the JSON object of one hit."""
    chunk = hit.chunk
    more: Record = {}
    if group:
        more = {"passages": hit.passages, "others": [hit_record(other, explain=explain) for other in hit.others]}
    if explain:
        more |= {"tier": hit.tier, "parts": [{**asdict(part), "score": round(part.score, 4)} for part in hit.parts]}
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "doc_id": chunk.doc_id,
        "title": chunk.title,
        "authors": list(chunk.authors),
        "year": chunk.year,
        "address": hit.address,
        "kind": chunk.kind,
        "label": chunk.label,
        "heading_path": list(chunk.heading_path),
        "page": hit.page,
        "text": chunk.text,
        "spans": [list(span) for span in hit.spans],
        "snippet": {"text": hit.snippet.text, "spans": [list(span) for span in hit.snippet.spans]},
        "match": hit.match,
        "notes": list(chunk.notes),
        "references": list(chunk.references),
        "anchor": _with_before(anchor_record(chunk.anchor), chunk.before),
        "claims": [anchor_record(claim) for claim in chunk.claims],
        **({"support": [one.record() for one in hit.support]} if hit.support else {}),
        **more,
    }


def _row(hit: Hit) -> Record:
    return {
        **hit_record(hit),
        "authors": "; ".join(hit.chunk.authors),
        "heading_path": " › ".join(hit.chunk.heading_path),
        "snippet": hit.snippet.text,
        "passages": hit.passages or None,
    }


def _with_before(anchor: Record | None, before: str) -> Record | None:
    return {**anchor, "before": before or None} if anchor else None
