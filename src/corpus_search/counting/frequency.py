"""How often does something stand in each section, article or year?

A query in; counts out, absolute and for each 10,000 characters of the texts that are searched: their letters, digits
and Han characters, signs and blanks left out. Characters rather than words, so that no segmentation plays a part. An
occurrence is a line of the concordance, so that counts add up to its total. What is searched are all texts, or those
within the limits that the query is under: its kinds, years, documents, and what stands in fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from corpus_search.article import Address, DocId, Kind, split_address
from corpus_search.chunk import Chunk
from corpus_search.counting.measures import deviation_of_proportions, per
from corpus_search.engine import Engine
from corpus_search.errors import AddressError
from corpus_search.highlight import Matcher
from corpus_search.limits import check
from corpus_search.query import And, Field, Filters, Narrow, Node, Query, Within, Words
from corpus_search.records import Record
from corpus_search.search import Searcher


class By(StrEnum):
    """What counts are told apart by."""

    ARTICLE = "article"
    YEAR = "year"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Row:
    """Counts of a section, an article or a year.

    `name` is the fragment of a section's address, a document's id, or a year; empty for articles without a year.
    `title` is the heading or title; `articles` how many articles there are and `having` how many have an occurrence.
    `depth` is how deep a section lies: 0 for one of the first level, and for what is no section.
    """

    name: str
    title: str
    count: int
    characters: int
    articles: int = 1
    having: int = 0
    year: int | None = None
    depth: int = 0

    @property
    def per_10k(self) -> float | None:
        """Occurrences for each 10,000 characters; None where no text is."""
        return per(self.count, self.characters)

    def record(self) -> Record:
        """Return the JSON object of a row."""
        rate = self.per_10k
        return {
            "name": self.name,
            "title": self.title,
            "year": self.year,
            "count": self.count,
            "characters": self.characters,
            "per_10000_characters": None if rate is None else round(rate, 4),
            "articles": self.articles,
            "articles_with": self.having,
        }


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a query's matches stand, in all and in each of `rows`.

    Articles are ordered by their counts, and only those with any are rows; years and sections stand in their order,
    those without any included. Articles without a year are `undated`, apart from the years. `positions` are, where one
    document is looked at, the characters before each occurrence; `dispersion` is Gries's DP over all articles searched,
    or over the document's sections.
    """

    query: Query
    by: By
    total: int
    characters: int
    articles: int
    having: int
    rows: tuple[Row, ...]
    undated: Row | None = None
    dispersion: float | None = None
    doc_id: DocId | None = None
    positions: tuple[int, ...] = ()

    @property
    def per_10k(self) -> float | None:
        """Occurrences for each 10,000 characters; None where no text is."""
        return per(self.total, self.characters)

    def record(self) -> Record:
        """Return the JSON object of ``statistics --json``."""
        rate = self.per_10k
        return {
            "query": self.query.text,
            "parsed": str(self.query),
            "cut_apart": list(cut_apart(self.query)),
            "by": self.by,
            "doc_id": self.doc_id,
            "total": self.total,
            "characters": self.characters,
            "per_10000_characters": None if rate is None else round(rate, 4),
            "articles": self.articles,
            "articles_with": self.having,
            "dispersion": None if self.dispersion is None else round(self.dispersion, 4),
            "rows": [row.record() for row in self.rows],
            "undated": self.undated.record() if self.undated else None,
            "positions": list(self.positions),
        }


def limits_of(query: Query) -> tuple[Narrow, ...]:
    """Return what every match of `query` is limited to: the kinds, years, documents and the like that it names."""

    def of(node: Node) -> Iterator[Narrow]:
        match node:
            case Narrow():
                yield node
            case Within(kinds=kinds):
                yield Narrow(Field.KIND, kinds=kinds)
            case And(nodes):
                for one in nodes:
                    yield from of(one)

    return tuple(limit for node in query.required for limit in of(node))


def cut_apart(query: Query) -> tuple[str, ...]:
    """Return the items of `query`, as written, of which a part is counted where the whole does not stand.

    日美同盟 is counted where it stands, and where it does not, so are 日美 and 同盟; in quotation marks, it alone is.
    """
    return tuple(
        dict.fromkeys(
            leaf.run.written
            for leaf in query.leaves()
            if isinstance(leaf, Words)
            and not leaf.run.text.isascii()
            and any(clue.text != leaf.run.text for clue in leaf.clues)
        )
    )


def frequency(
    searcher: Searcher,
    text: str,
    *,
    by: By = By.ARTICLE,
    doc_id: str | None = None,
    filters: Filters = MappingProxyType({}),
    exact_script: bool = False,
) -> Frequency:
    """Count what the concordance of a query lists, by section of one document, by article or by year.

    With `doc_id`, only that document is searched. Sections are those of one document: of `doc_id`, or of the only one
    there is. Raises `QueryError`, and `AddressError` where there is no such document or sections of several are meant.
    """
    engine = searcher.engine
    if by is By.SECTION and doc_id is None:
        documents = engine.documents()
        if len(documents) != 1:
            raise AddressError("sections are an article's: say of which, by its id (`corpus-search status` lists them)")
        doc_id = documents[0]
    if doc_id is not None:
        searcher.article(doc_id)
        filters = {**filters, Field.DOC: frozenset({doc_id})}
    query = searcher.query(text, filters, exact_script=exact_script)
    if by is By.SECTION and doc_id is not None:
        return _by_section(searcher, query, DocId(doc_id))
    pieces = engine.pieces(limits_of(query))
    counts = np.zeros(len(pieces.documents), dtype=np.int64)
    at = dict(zip(pieces.numbers.tolist(), pieces.document.tolist(), strict=True))
    for number, _, places in places_of(searcher, query):
        counts[at[number]] += len(places)
    sizes = np.bincount(pieces.document, weights=pieces.length, minlength=len(counts)).astype(np.int64)
    searched = np.bincount(pieces.document, minlength=len(counts)) > 0
    rows, undated = (_years if by is By.YEAR else _articles)(engine, pieces.documents, counts, sizes, searched)
    return Frequency(
        query, by, int(counts.sum()), int(sizes.sum()), int(searched.sum()), int((counts > 0).sum()), rows, undated,
        deviation_of_proportions(counts, sizes), DocId(doc_id) if doc_id else None,
    )  # fmt: skip


def places_of(searcher: Searcher, query: Query) -> Iterator[tuple[int, str, tuple[tuple[int, int], ...]]]:
    """Yield the number of each chunk that matches, its folded text, and where the occurrences stand in it."""
    matcher = Matcher(query, searcher.analyzer)
    for number, text in searcher.engine.matching_texts(query):
        check()
        yield number, text, matcher.occurrences(text)


def _articles(
    engine: Engine, documents: tuple[DocId, ...], counts: np.ndarray, sizes: np.ndarray, searched: np.ndarray
) -> tuple[tuple[Row, ...], None]:
    found = np.flatnonzero(counts).tolist()
    rows = []
    for i in sorted(found, key=lambda i: (-counts[i], documents[i])):
        about = engine.about(documents[i])
        title, year = (about.title or "", about.year) if about else ("", None)
        rows.append(Row(documents[i], title, int(counts[i]), int(sizes[i]), having=1, year=year))
    return tuple(rows), None


def _years(
    engine: Engine, documents: tuple[DocId, ...], counts: np.ndarray, sizes: np.ndarray, searched: np.ndarray
) -> tuple[tuple[Row, ...], Row | None]:
    of: dict[int | None, list[int]] = {}
    for i in np.flatnonzero(searched).tolist():
        about = engine.about(documents[i])
        of.setdefault(about.year if about else None, []).append(i)

    def row(year: int | None) -> Row:
        these = of[year]
        return Row(
            str(year or ""), "", int(counts[these].sum()), int(sizes[these].sum()), len(these),
            int((counts[these] > 0).sum()), year,
        )  # fmt: skip

    return tuple(row(year) for year in sorted(filter(None, of))), row(None) if None in of else None


# --- sections ------------------------------------------------------------------------------------------------

_GATHERED = {Kind.NOTE: "notes", Kind.REFERENCE: "references"}


def _by_section(searcher: Searcher, query: Query, doc_id: DocId) -> Frequency:
    """Count by what a document is built of: front matter, sections without those below them, notes, references."""
    engine = searcher.engine
    pieces = engine.pieces(limits_of(query))
    chunks = {number: engine.chunk(number) for number in pieces.numbers.tolist()}
    counts, sizes, titles = Counter[str](), Counter[str](), dict[str, str]()
    before: dict[int, int] = {}
    for number, length in zip(pieces.numbers.tolist(), pieces.length.tolist(), strict=True):
        chunk = chunks[number]
        name = _part(chunk)
        before[number] = sizes.total()
        sizes[name] += length
        titles.setdefault(name, chunk.heading_path[-1] if chunk.kind is Kind.BODY and chunk.heading_path else "")
    positions = []
    for number, text, places in places_of(searcher, query):
        counts[_part(chunks[number])] += len(places)
        positions += [before[number] + sum(map(str.isalnum, text[:start])) for start, _ in places]
    rows = tuple(
        Row(name, titles[name], counts[name], sizes[name], having=int(counts[name] > 0), depth=_depth(name))
        for name in sizes
    )
    spread = deviation_of_proportions(np.array([row.count for row in rows]), np.array([row.characters for row in rows]))
    return Frequency(
        query, By.SECTION, counts.total(), sizes.total(), 1, int(counts.total() > 0), rows, None, spread, doc_id,
        tuple(positions),
    )  # fmt: skip


def _part(chunk: Chunk) -> str:
    """Return the fragment that a chunk is counted under; notes together, and references."""
    return _GATHERED.get(chunk.kind) or split_address(Address(chunk.address))[1]


def _depth(name: str) -> int:
    return name.count(".")
