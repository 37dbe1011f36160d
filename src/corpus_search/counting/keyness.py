"""Which words are typical of some texts, against all the rest?

One article, the articles of some years, or the passages that answer a query are compared with all other texts. Words
are ordered by log-likelihood, which says how sure it is that they differ, and come with an effect size, which says by
how much: Log Ratio and %DIFF. Only words whose log-likelihood reaches the threshold of a level are listed, by itself
that of p < 0.0001 (15.13): with thousands of words tested, one in twenty would otherwise differ by chance.

What is compared is prose: paragraphs, headings and abstracts. Reference lists have names and years of their own, and
would stand at the head of every list. Other kinds can be chosen.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from corpus_search.article import DocId, Kind
from corpus_search.counting.functional import is_functional
from corpus_search.counting.measures import THRESHOLDS, log_likelihood, log_ratio, percent_difference
from corpus_search.counting.streams import Streams
from corpus_search.engine import Pieces
from corpus_search.errors import ComparisonError
from corpus_search.query import Field, Filters, Narrow, Query
from corpus_search.records import Record
from corpus_search.search import Searcher

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

PROSE = frozenset({Kind.BODY, Kind.ABSTRACT})
LEVEL = 0.0001
MINIMUM = 3


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word, how often it stands in what is looked at (`count`) and in the rest (`other`), and how much that differs.

    `log_ratio` is above 0 where it is more frequent in what is looked at, and below where less. `difference` is %DIFF,
    None where the rest has it nowhere.
    """

    word: str
    count: int
    other: int
    per_10k: float
    other_per_10k: float
    log_likelihood: float
    log_ratio: float
    difference: float | None

    def record(self) -> Record:
        """Return the JSON object of a keyword."""
        return {
            "word": self.word,
            "count": self.count,
            "rest": self.other,
            "per_10000_words": round(self.per_10k, 4),
            "rest_per_10000_words": round(self.other_per_10k, 4),
            "log_likelihood": round(self.log_likelihood, 4),
            "log_ratio": round(self.log_ratio, 4),
            "diff_percent": None if self.difference is None else round(self.difference, 2),
        }


@dataclass(frozen=True, slots=True)
class Keyness:
    """The words that set what is looked at apart from the rest: the surest first.

    `of` names what is looked at: ``doc``, ``year`` or ``query``, and which. `words` and `rest` are the sizes of the two
    in words; `texts` and `rest_texts` in articles, or in passages for a query. `found` is how many words reach the
    threshold, of which `rows` are the first.
    """

    of: tuple[str, str]
    kinds: tuple[Kind, ...]
    texts: int
    rest_texts: int
    words: int
    rest: int
    level: float
    minimum: int
    negative: bool
    found: int
    rows: tuple[Keyword, ...]

    @property
    def threshold(self) -> float:
        """The log-likelihood from which on words are listed."""
        return THRESHOLDS[self.level]

    def record(self) -> Record:
        """Return the JSON object of ``keyness --json``."""
        name, value = self.of
        return {
            "of": {name: value},
            "kinds": list(self.kinds),
            "unit": "passages" if name == "query" else "articles",
            "texts": self.texts,
            "rest_texts": self.rest_texts,
            "words": self.words,
            "rest_words": self.rest,
            "level": self.level,
            "threshold": self.threshold,
            "minimum": self.minimum,
            "negative": self.negative,
            "total": self.found,
            "keywords": [row.record() for row in self.rows],
        }


def keyness(
    searcher: Searcher,
    streams: Streams,
    *,
    doc_id: str | None = None,
    years: tuple[int, int] | None = None,
    text: str | None = None,
    kinds: Collection[Kind] = PROSE,
    level: float = LEVEL,
    minimum: int = MINIMUM,
    negative: bool = False,
    all_words: bool = False,
    limit: int | None = 50,
    filters: Filters = MappingProxyType({}),
    exact_script: bool = False,
) -> Keyness:
    """Return the words typical of one document, of some years (both included), or of the passages that answer a query.

    `filters` limit the query's passages. Of these, words of the query are typical by themselves.

    The rest are all other texts of the same `kinds`; for years, articles without a year are in neither. Listed are
    words that stand at least `minimum` times in the two together and reach the threshold of `level`, one of
    `measures.THRESHOLDS`: those more frequent than in the rest or, if `negative`, less. Function words and numbers are
    counted, but listed only with `all_words`.

    Raises `QueryError`, `AddressError`, and `ComparisonError` where there is nothing to compare.
    """
    chosen_kinds = tuple(kind for kind in Kind if kind in kinds)
    pieces = searcher.engine.pieces()
    prose = np.isin(pieces.kind, [place for place, kind in enumerate(Kind) if kind in kinds])
    query = None if text is None else searcher.query(text, filters, exact_script=exact_script)
    looked_at, counted, of = _looked_at(searcher, pieces, doc_id, years, query)
    first, second = prose & looked_at, prose & counted & ~looked_at
    here, there = streams.counts(streams.within(first)), streams.counts(streams.within(second))
    size, rest = int(here.sum()), int(there.sum())
    if not size or not rest:
        if size:
            message = f"{of[1]}: there is nothing to compare it with; the corpus has no other texts of these kinds"
            raise ComparisonError(message, alone=True)
        raise ComparisonError(f"{of[1]}: there is nothing to look at; the corpus has no such texts of these kinds")
    words = np.flatnonzero(here + there >= max(minimum, 1))
    count, other = here[words], there[words]
    ll = log_likelihood(count, size, other, rest)
    more = count * rest > other * size
    surprising = np.flatnonzero((ll >= THRESHOLDS[level]) & (~more if negative else more))
    listed = [(i, word) for i in surprising.tolist()
              if not is_functional(word := streams.word(int(words[i]))) or all_words]  # fmt: skip
    listed.sort(key=lambda one: (-round(float(ll[one[0]]), 9), one[1]))
    ratio = log_ratio(count, size, other, rest)
    rows = tuple(
        Keyword(
            word, int(count[i]), int(other[i]), int(count[i]) * 10_000 / size, int(other[i]) * 10_000 / rest,
            float(ll[i]), float(ratio[i]), percent_difference(int(count[i]), size, int(other[i]), rest),
        )
        for i, word in listed[:limit]
    )  # fmt: skip
    by_passage = text is not None
    return Keyness(
        of, chosen_kinds, _texts(pieces, first, by_passage=by_passage), _texts(pieces, second, by_passage=by_passage),
        size, rest, level, minimum, negative, len(listed), rows,
    )  # fmt: skip


def _looked_at(
    searcher: Searcher,
    pieces: Pieces,
    doc_id: str | None,
    years: tuple[int, int] | None,
    query: Query | None,
) -> tuple[Mask, Mask, tuple[str, str]]:
    """Return which chunks are looked at, which are looked at or compared with, and what that is called."""
    everything = np.ones(len(pieces.numbers), dtype=bool)
    if doc_id is not None:
        searcher.article(doc_id)
        return pieces.document == pieces.documents.index(DocId(doc_id)), everything, ("doc", doc_id)
    if years is not None:
        inside = searcher.engine.pieces([Narrow(Field.YEAR, years=years)])
        dated = searcher.engine.pieces([Narrow(Field.YEAR, years=(1, 9999))])
        name = f"{years[0]}..{years[1]}" if years[0] != years[1] else str(years[0])
        return np.isin(pieces.numbers, inside.numbers), np.isin(pieces.numbers, dated.numbers), ("year", name)
    if query is not None:
        matching = np.array(sorted(searcher.engine.matching(query)), dtype=np.int64)
        return np.isin(pieces.numbers, matching), everything, ("query", query.text)
    raise ComparisonError("say what to look at: a document, years or a query")


def _texts(pieces: Pieces, chunks: Mask, *, by_passage: bool) -> int:
    return int(chunks.sum()) if by_passage else len(np.unique(pieces.document[chunks]))
