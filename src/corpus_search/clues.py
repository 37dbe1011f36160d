"""What of a query ranks its hits? Its words, the words inside them, its characters, and pairs of these.

A query in, the terms out, each with how often it counts: see `engine.Clue`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from corpus_search.analysis import Analyzer, is_cjk
from corpus_search.engine import AnalyzedQuery, Clue
from corpus_search.query import Fuzzy, Near, Pattern, Query, Run, Words

_LATIN_WEIGHT = 2
"""What a word in letters or digits counts, which has no characters and few pairs to count beside it."""


def analyzed(query: Query, analyzer: Analyzer) -> AnalyzedQuery:
    """Return `query` with the terms that rank its hits."""
    terms = {clue: Counter[str]() for clue in Clue}
    for run in _runs(query):
        words = {(term.start, term.end): term.text for term in analyzer.words_of(run)}
        for word in words.values():
            terms[Clue.WORDS][word] += 1 if is_cjk(word) else _LATIN_WEIGHT
        inside = (term for term in analyzer.terms(run) if (term.start, term.end) not in words)
        terms[Clue.PARTS].update(term.text for term in inside)
        terms[Clue.CHARACTERS].update(filter(is_cjk, run))
        terms[Clue.PAIRS].update(a + b for a, b in pairwise(run) if a.isalnum() and b.isalnum())
        if not words:
            # Signs alone rank by themselves.
            terms[Clue.CHARACTERS].update(run)
    return AnalyzedQuery(query, {clue: dict(counts) for clue, counts in terms.items()})


def _runs(query: Query) -> Iterator[str]:
    """Yield the folded runs of characters that a query looks for."""

    def of(node: object) -> Iterator[str]:
        match node:
            case Run(text):
                yield text
            case Words(run):
                yield run.text
            case Pattern():
                yield from node.pieces
            case Fuzzy(text):
                yield text
            case Near():
                yield from of(node.left)
                yield from of(node.right)

    for leaf in query.leaves():
        yield from of(leaf)
