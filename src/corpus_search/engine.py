"""What must an engine do?

The protocols between this package and whatever stores and ranks its chunks. Engines receive analysed terms,
never raw language, and return chunks with scores; `search` highlights them. A writer is a context manager: a
clean exit commits everything, any other leaves the index as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from corpus_search.article import Article, DocId
from corpus_search.chunk import Chunk
from corpus_search.frozen import dataclass
from corpus_search.query import Field, Filters, Narrow, Query

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[Any]
    """Numbers, one for each chunk."""


class Sort(StrEnum):
    """How hits are ordered; ties break by address."""

    RELEVANCE = "relevance"
    YEAR = "year"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class AnalyzedChunk:
    """A chunk with all an engine needs to index it.

    `folded` is its folded text, `plain` the same folded in everything but its script, `folded_headings` its heading
    path's; `terms`, `heading_terms` and `title_terms` map terms to how often they stand there; `length` is the number
    of its letters, digits and characters.
    """

    chunk: Chunk
    folded: str
    plain: str
    folded_headings: str
    terms: Mapping[str, int]
    heading_terms: Mapping[str, int]
    title_terms: Mapping[str, int]
    length: int


@dataclass(frozen=True, slots=True)
class AnalyzedArticle:
    """An article with what it can be narrowed by: its folded title, its authors and its keywords, one a line.

    `packed` is its record as `records.packed` gives it, empty where nobody has packed it yet.
    """

    article: Article
    title: str
    authors: str
    keywords: str
    packed: bytes = b""


@dataclass(frozen=True, slots=True)
class About:
    """What a document is, in a line."""

    doc_id: DocId
    title: str | None
    authors: tuple[str, ...]
    year: int | None
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Chunks at a glance, without their texts, in the order of their `numbers`.

    Of each chunk, `document` is the place of its document in `documents`, `kind` the place of its kind in
    ``tuple(Kind)``, and `length` how many letters, digits and characters stand in it, signs and blanks left out.
    """

    documents: tuple[DocId, ...]
    numbers: Numbers
    document: Numbers
    kind: Numbers
    length: Numbers


class Clue(StrEnum):
    """What of a query ranks its hits: each sort has its terms, and its own weight."""

    WORDS = "words"
    """The words that the query is cut into."""
    PARTS = "parts"
    """Words inside these words."""
    CHARACTERS = "characters"
    """Single characters, of Han and kana."""
    PAIRS = "pairs"
    """Letters, digits or characters that stand side by side."""


@dataclass(frozen=True, slots=True)
class AnalyzedQuery:
    """A query with the terms that rank its hits, each with how often it counts."""

    query: Query
    terms: Mapping[Clue, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one term adds to a score: `field` is one of the clues, or ``heading`` or ``title`` for a word there."""

    field: str
    term: str
    score: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk that an engine found, with its score.

    `tier` is 2 where every item of the query stands as written, 1 where all of its words do, and 0 where some do;
    it comes before the score. `parts` add up to the score, best first; they are there when asked for.
    """

    chunk: Chunk
    score: float
    tier: int = 2
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class RankedArticle:
    """An article that an engine found: its best passages, and how many of its passages answer in all."""

    score: float
    tier: int
    total: int
    passages: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what an engine found, and how much there is in all.

    `incomplete` tells why there may be more than that, where a part of the index did not answer.
    """

    total: int
    hits: tuple[Ranked, ...]
    incomplete: str | None = None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One page of the articles an engine found, and how many there are in all; `incomplete` as a `Page`'s."""

    total: int
    hits: tuple[RankedArticle, ...]
    incomplete: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Where an engine is found that keeps its indexes elsewhere, and how they are laid out there.

    `urls` are those of one or more of its nodes; whoever needs a `user` and a `password` gives them, or writes them
    into a URL. `ca` is a file with the certificate of whoever signed the servers'; without `verify`, any will do.
    `index` is the name of the index there; without one, a new index is given a name of its own. `shards` and
    `replicas` are those of a new index. A request may take `timeout_s` seconds; what may come right by itself is tried
    again for `patience_s`.
    """

    urls: tuple[str, ...] = ("http://localhost:9200",)
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    verify: bool = True
    index: str = ""
    shards: int = 3
    replicas: int = 1
    timeout_s: float = 30.0
    patience_s: float = 30.0


class Writer(Protocol):
    """Changes an index; see the module's word on committing.

    One that also has ``put(prepared)`` is given what its engine's class prepared of a document, see `EngineClass`.
    """

    def replace(self, analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> None:
        """Put a document in the place of the one with its `doc_id`, if there is one."""

    def delete(self, doc_id: DocId) -> None:
        """Remove a document; does nothing if there is none."""

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Keep `state`, a JSON object, with what is committed."""


class Engine(Protocol):
    """Stores chunks and finds them.

    It may have a ``check()``, which reads what no document shows, and raises `IndexDamagedError` where that is broken.
    """

    name: str

    @property
    def state(self) -> Mapping[str, Any]:
        """The JSON object that was kept with the last commit."""

    def is_current(self) -> bool:
        """Tell whether no later commit has been made than the one this engine reads."""

    def writer(self) -> AbstractContextManager[Writer]:
        """Return a writer that goes on from what is indexed."""

    def search(self, query: AnalyzedQuery, *, limit: int, offset: int, sort: Sort, explain: bool = False) -> Page:
        """Return the hits `offset` to ``offset + limit``, best first; with their scores' parts to `explain` them."""

    def search_articles(
        self, query: AnalyzedQuery, *, limit: int, offset: int, sort: Sort, passages: int, explain: bool = False
    ) -> ArticlePage:
        """Return the articles `offset` to ``offset + limit``, best first, each with up to `passages` of its passages.

        An article has what any of its passages has: two words in two of its sections are both in it.
        """

    def holding(self, runs: Iterable[str]) -> frozenset[DocId]:
        """Return the documents with a chunk in which any of the folded `runs` stands."""

    def facets(self, query: Query, filters: Filters, *, by_article: bool) -> Mapping[Field, Mapping[str, int]]:
        """Return for each of `query.FACETS` how many hits its values have, articles or chunks; none has 0.

        `filters` limit the hits besides `query`. A value's count is what there would be if it alone were chosen in its
        facet.
        """

    def count(self, query: Query) -> int:
        """Return how many chunks `query` matches."""

    def matching(self, query: Query) -> set[int]:
        """Return the numbers of the chunks that `query` matches; a number is a chunk's while the engine is open."""

    def matching_texts(self, query: Query) -> Iterator[tuple[int, str]]:
        """Yield the number and the folded text of each chunk that `query` matches, in the order of their addresses.

        Texts keep their script where the query keeps scripts apart.
        """

    def pieces(self, limits: Iterable[Narrow] = ()) -> Pieces:
        """Return all chunks at a glance, or those within all of the `limits`."""

    def terms(self) -> list[str]:
        """Return the terms of the texts."""

    def frequency(self, term: str) -> int:
        """Return how many chunks have a term in their text, those of deleted documents perhaps included."""

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield each chunk's number and folded text."""

    def chunk(self, number: int) -> Chunk:
        """Return the chunk with a number."""

    def get(self, doc_id: DocId) -> Article | None:
        """Return a document, or None if there is none."""

    def about(self, doc_id: DocId) -> About | None:
        """Return what a document is, or None if there is none."""

    def documents(self) -> tuple[DocId, ...]:
        """Return all documents, in order."""

    def stats(self) -> Mapping[str, Any]:
        """Return counts and sizes: ``documents``, ``chunks``, ``bytes``."""

    def close(self) -> None:
        """Release what the engine holds."""


class EngineClass(Protocol):
    """What an entry point of the group ``corpus_search.engines`` names: it opens indexes, and begins them.

    It may have a static ``prepare(analyzed, chunks)``, which does of a writer's ``replace`` what needs no index. That
    runs in the processes that analyse, several at once; what it returns crosses to the one that writes, so it should be
    little and plain, and is put into the index by the writer's ``put``.
    """

    def __call__(self, folder: Path, /) -> Engine:
        """Open the index in `folder`. Raises `IndexMissingError`, `IndexDamagedError`."""

    def create(self, folder: Path, /) -> AbstractContextManager[Writer]:
        """Return a writer for a new index in `folder`, in place of whatever is there once it commits."""


class ServedEngineClass(Protocol):
    """What such an entry point names for an engine that keeps its indexes elsewhere: ``is_served`` is true of it."""

    is_served: bool

    def __call__(self, folder: Path, /, *, service: Service | None) -> Engine:
        """Open the index that `folder` points to, or that `service` names. Raises `EngineUnavailableError`, too."""

    def create(self, folder: Path, /, *, service: Service | None) -> AbstractContextManager[Writer]:
        """Return a writer for a new index, in place of whatever is there once it commits."""

    def drop(self, folder: Path, /, *, service: Service | None) -> None:
        """Remove the index that `folder` points to; does nothing if there is none."""
