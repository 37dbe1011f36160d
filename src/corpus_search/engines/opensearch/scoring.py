"""How good is a match? The scores of `engines.ranking`, added up by the cluster.

The cluster's own similarity says of a term how often it stands in a document, and no more; an expression makes of that
count what `ranking` makes of it, with the length of the text from a column: the lengths that Lucene keeps for itself
are rounded. How many living documents have a term is counted when a term is first asked for, since Lucene's own
numbers hold deleted ones, too. The cluster adds up in 32 bits, which decides the order of all hits; those that are
shown are then scored in full, from their terms.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from corpus_search.engine import AnalyzedChunk, AnalyzedQuery, Part
from corpus_search.engines.opensearch import schema
from corpus_search.engines.opensearch.view import Asking, View, articles, chunks
from corpus_search.engines.ranking import (
    ARTICLE_B,
    ARTICLE_FEATURES,
    ARTICLE_K1,
    ARTICLE_TITLE,
    FEATURES,
    IDF_POWER,
    K1,
    KIND_WEIGHTS,
    SHORTEST,
    B,
    inverse_frequency,
)
from corpus_search.engines.snapshot import LENGTHS

Json = dict[str, Any]

GRAIN = 2
"""What counts are multiplied with to be whole numbers when a kind counts half."""

_KEPT = 200_000
_SATURATED = "w * _score / (_score + a + c * max(doc['{length}'].value, m))"


# --- what is indexed -----------------------------------------------------------------------------------------


def article_terms(held: Iterable[AnalyzedChunk]) -> Json:
    """Return the terms of an article as they count for it, each as often, and how long it is; both times `GRAIN`."""
    words, pairs, title = Counter[str](), Counter[str](), dict[str, None]()
    length = 0
    for one in held:
        weight = round(KIND_WEIGHTS.get(one.chunk.kind, 1.0) * GRAIN)
        for term, count in one.terms.items():
            words[term] += count * weight
        for pair, count in Counter(_pairs(one.folded)).items():
            pairs[pair] += count * weight
        title |= dict.fromkeys(one.title_terms)
        length += one.length * weight
    return {
        "article_words": schema.joined(words),
        "article_pairs": schema.joined(pairs),
        "article_title": " ".join(map(schema.term, title)),
        "article_length": length,
    }


def _pairs(folded: str) -> Iterator[str]:
    return (a + b for a, b in pairwise(folded) if a.isalnum() and b.isalnum())


# --- what is asked -------------------------------------------------------------------------------------------


class _Term(NamedTuple):
    """A term that ranks: what its part of a score is called, where it stands, and what it weighs there."""

    feature: str
    text: str
    field: str
    length: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Norm:
    """What lengths do to scores in a field: ``a + c * max(length, m)`` stands below the line beside the count."""

    a: float
    c: float
    m: float

    @classmethod
    def of(cls, average: float, k1: float, b: float, shortest: float) -> _Norm:
        average = average or 1.0
        return cls(k1 * (1 - b), k1 * b / average, shortest * average)

    def at(self, length: float) -> float:
        return self.a + self.c * max(length, self.m)


class Scoring:
    """Scores the chunks and the articles of a view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._lock = threading.Lock()
        self._having: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._measured = False

    def measure(self, asking: Asking) -> None:
        """Find out how many chunks and articles there are, and how long they are; once, if all of the index answers."""
        if self._measured:
            return
        before = len(asking.missing)
        of_chunks = {name: {"avg": {"field": column}} for name, column in LENGTHS.items()}
        bodies = [
            {"size": 0, "track_total_hits": True, "query": chunks(self._view), "aggs": of_chunks},
            {
                "size": 0, "track_total_hits": True, "query": articles(self._view),
                "aggs": {"mean": {"avg": {"field": "article_length"}}},
            },
        ]  # fmt: skip
        found_chunks, found_articles = asking.several(bodies)
        self.chunks = int(found_chunks["hits"]["total"]["value"])
        self.articles = int(found_articles["hits"]["total"]["value"])
        means = {name: _mean(found_chunks, name) for name in LENGTHS}
        self._norms = {name: _Norm.of(mean, K1, B, SHORTEST) for name, mean in means.items()}
        norm = _Norm.of(_mean(found_articles, "mean") / GRAIN, ARTICLE_K1, ARTICLE_B, 0.0)
        # Counts and lengths are `GRAIN` times what they are.
        self._article_norm = _Norm(norm.a * GRAIN, norm.c, 0.0)
        self._measured = len(asking.missing) == before

    # --- chunks ----------------------------------------------------------------------------------------------

    def terms(self, asking: Asking, asked: AnalyzedQuery) -> list[_Term]:
        """Return the terms that rank chunks, those that stand somewhere, with what they weigh."""
        self.measure(asking)
        found = [
            (feature, term, often, _field(feature.field, term))
            for feature in FEATURES
            for term, often in asked.terms.get(feature.clue, {}).items()
        ]
        having = self._counted(asking, [(field, term) for _, term, _, field in found])
        return [
            _Term(
                feature.name, term, field, feature.length,
                feature.weight * often * inverse_frequency(having[field, term], self.chunks) ** IDF_POWER * (K1 + 1),
            )
            for feature, term, often, field in found
            if having[field, term]
        ]  # fmt: skip

    def clauses(self, terms: Iterable[_Term]) -> list[Json]:
        """Return the parts of a query that score chunks."""
        return [
            _scored(term.field, term.text, LENGTHS[term.length], term.weight, self._norms[term.length])
            for term in terms
        ]

    def parts(self, terms: Iterable[_Term], kept: Mapping[str, Any]) -> tuple[Part, ...]:
        """Return what each term adds to the score of a chunk, most first; `kept` is its document."""
        folded = kept["folded"]
        counts: dict[str, Mapping[str, int]] = {
            name: Counter(kept.get(name, "").split(" ")) for name in ("words", "heading", "title")
        }
        grams = Counter(folded)
        grams.update(map("".join, pairwise(folded)))
        found = []
        for term in terms:
            count = counts[term.field][schema.term(term.text)] if term.field in counts else grams[term.text]
            if count:
                norm = self._norms[term.length].at(kept.get(LENGTHS[term.length], 0))
                found.append(Part(term.feature, term.text, term.weight * count / (count + norm)))
        return tuple(sorted(found, key=lambda part: (-part.score, part.field, part.term)))

    # --- articles --------------------------------------------------------------------------------------------

    def article_clauses(self, asking: Asking, asked: AnalyzedQuery) -> list[Json]:
        """Return the parts of a query that score articles."""
        self.measure(asking)
        fields = {"words": "article_words", "grams": "article_pairs"}
        found = [
            (fields[field], weight, term, often)
            for clue, (field, weight) in ARTICLE_FEATURES.items()
            for term, often in asked.terms.get(clue, {}).items()
        ]
        titles = [("article_title", term) for _, _, term, _ in found]
        having = self._counted(asking, [*((field, term) for field, _, term, _ in found), *titles])
        made = []
        for field, weight, term, often in found:
            if not having[field, term]:
                continue
            points = weight * often * inverse_frequency(having[field, term], self.articles) * (ARTICLE_K1 + 1)
            made.append(_scored(field, term, "article_length", points, self._article_norm))
            if having["article_title", term]:
                boost = ARTICLE_TITLE * often * inverse_frequency(having["article_title", term], self.articles)
                titled = {"term": {"article_title": schema.term(term)}}
                made.append({"constant_score": {"filter": titled, "boost": boost}})
        return made

    # --- terms -----------------------------------------------------------------------------------------------

    def _counted(self, asking: Asking, terms: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Return how many living documents have each of some terms in a field."""
        wanted = dict.fromkeys(terms)
        with self._lock:
            known = {term: self._having[term] for term in wanted if term in self._having}
        unknown = [term for term in wanted if term not in known]
        visible = self._view.visible()
        queries = [_term(field, text) for field, text in unknown]
        if visible:
            queries = [{"bool": {"filter": [query, *visible]}} for query in queries]
        before = len(asking.missing)
        counts = asking.count(queries)
        known |= dict(zip(unknown, counts, strict=True))
        with self._lock:
            if len(asking.missing) == before:  # What a part did not answer to is no count.
                self._having.update(zip(unknown, counts, strict=True))
            while len(self._having) > _KEPT:
                self._having.popitem(last=False)
        return known


def _mean(answer: Json, name: str) -> float:
    """Return a mean that was asked for; that of nothing is 0."""
    return float(answer.get("aggregations", {}).get(name, {}).get("value") or 0.0)


def _field(field: str, term: str) -> str:
    """Return the field of the cluster's that holds a term: characters and pairs are apart."""
    if field != "grams":
        return field
    return "chars" if len(term) == 1 else "joints" if schema.is_joint(term) else "pairs"


def _term(field: str, text: str) -> Json:
    units = schema.units(text) if field in ("chars", "pairs", "joints") else schema.term(text)
    return {"term": {field: units}}


def _scored(field: str, text: str, length: str, weight: float, norm: _Norm) -> Json:
    return {
        "script_score": {
            "query": _term(field, text),
            "script": {
                "lang": "expression",
                "source": _SATURATED.format(length=length),
                "params": {"w": weight, "a": norm.a, "c": norm.c, "m": norm.m},
            },
        }
    }
