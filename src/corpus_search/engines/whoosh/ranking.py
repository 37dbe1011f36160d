"""How good is a match? BM25 over words, headings, titles and pairs of characters, by whole posting lists.

BM25 is Robertson's and Zaragoza's (The Probabilistic Relevance Framework: BM25 and Beyond, 2009, eq. 3.15), with the
logarithm's argument one more, as everywhere, so that no term counts against a passage.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import NamedTuple

import numpy as np

from corpus_search.engine import AnalyzedQuery, Part
from corpus_search.engines.whoosh.snapshot import Numbers, Snapshot

WEIGHTS = {"words": 1.0, "heading": 1.2, "title": 1.0, "grams": 0.3}
K1, B = 1.2, 0.6
"""The weights of fields, and BM25's parameters.

Chosen on samples of three collections with `corpus-search evaluate`. A word in a title or heading counts more than
one in a text even at equal weights, since these are short. The customary B of 0.75 is for whole documents: with it
a note of one line outranks the section that is about its subject.
"""

_SHOWN = {"grams": "pairs"}


class _Points(NamedTuple):
    """What a term adds to the scores of the chunks that have it."""

    field: str
    term: str
    numbers: Numbers
    points: Numbers


class Ranking:
    """Scores the chunks of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._norms = {}
        for field, lengths in snapshot.lengths.items():
            there = lengths[snapshot.is_chunk & (lengths > 0)]
            average = there.mean() if len(there) else 1.0
            self._norms[field] = K1 * (1 - B + B * lengths / average)

    def scores(self, asked: AnalyzedQuery) -> Numbers:
        """Return the score of every document of the index."""
        scores = np.zeros(self._snapshot.size)
        for term in self._points(asked):
            scores[term.numbers] += term.points
        return scores

    def article_scores(self, asked: AnalyzedQuery, scores: Numbers) -> Numbers:
        """Return the score of every article: its best passage's."""
        found = np.zeros(self._snapshot.size)
        np.maximum.at(found, self._snapshot.article_of, scores)
        return found

    def parts(self, asked: AnalyzedQuery, number: int) -> tuple[Part, ...]:
        """Return what each term adds to the score of a chunk, most first."""
        found = []
        for term in self._points(asked):
            at = int(np.searchsorted(term.numbers, number))
            if at < len(term.numbers) and term.numbers[at] == number:
                found.append(Part(_SHOWN.get(term.field, term.field), term.term, float(term.points[at])))
        return tuple(sorted(found, key=lambda part: (-part.score, part.field, part.term)))

    def _points(self, asked: AnalyzedQuery) -> Iterator[_Points]:
        for field, weight in WEIGHTS.items():
            for term, often in (asked.grams if field == "grams" else asked.terms).items():
                numbers, counts = self._snapshot.postings(field, term)
                if len(numbers):
                    idf = log(1 + (self._snapshot.chunks - len(numbers) + 0.5) / (len(numbers) + 0.5))
                    saturated = counts * (K1 + 1) / (counts + self._norms[field][numbers])
                    yield _Points(field, term, numbers, weight * often * idf * saturated)
