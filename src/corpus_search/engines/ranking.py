"""How good is a match? BM25 over words, characters and pairs of characters, by whole posting lists.

A sum of BM25 parts (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, eq. 3.15,
the logarithm's argument one more, as everywhere, so that no term counts against a passage). Words alone miss what jieba
cuts otherwise in the question than in the text; characters and their pairs find it (Nie, Gao, Zhang and Zhou, On the
Use of Words and N-grams for Chinese Information Retrieval, 2000). An idf raised to a power keeps the small words of a
question from drowning its matter.

The constants were chosen on half of the queries of three collections and confirmed on the other half; around them the
optimum is flat (`benchmarks/README.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from typing import NamedTuple

from corpus_search.article import Kind
from corpus_search.engine import AnalyzedQuery, Clue, Part
from corpus_search.engines.few import namespace
from corpus_search.engines.snapshot import KINDS, Mask, Numbers, Snapshot

K1, B = 0.9, 0.7
IDF_POWER = 1.5
SHORTEST = 0.5
"""A chunk shorter than this share of the average counts as that long.

Otherwise a note of one line that names a thing would stand above the section that is about it.
"""


class _Feature(NamedTuple):
    """Terms of one sort in one field: what they are called, where their postings and lengths are, what they weigh."""

    name: str
    clue: Clue
    field: str
    length: str
    weight: float


FEATURES = (
    _Feature("words", Clue.WORDS, "words", "text", 1.0),
    _Feature("parts", Clue.PARTS, "words", "text", 0.2),
    _Feature("characters", Clue.CHARACTERS, "grams", "text", 1.2),
    _Feature("pairs", Clue.PAIRS, "grams", "text", 0.6),
    _Feature("heading", Clue.WORDS, "heading", "heading", 0.3),
    _Feature("heading", Clue.PARTS, "heading", "heading", 0.06),
    _Feature("title", Clue.WORDS, "title", "title", 0.3),
    _Feature("title", Clue.PARTS, "title", "title", 0.06),
)

# --- of articles ---------------------------------------------------------------------------------------------

ARTICLE_K1, ARTICLE_B = 1.2, 0.6
ARTICLE_FEATURES = {Clue.WORDS: ("words", 1.0), Clue.PARTS: ("words", 1.0), Clue.PAIRS: ("grams", 0.5)}
ARTICLE_TITLE = 0.1
KIND_WEIGHTS = {Kind.FRONT: 5.0, Kind.ABSTRACT: 5.0, Kind.KEYWORDS: 5.0, Kind.BACK: 0.5}
"""How an article's score counts its terms: all of its passages together, what says what it is about more than the rest.

An article is judged whole: the sum of its passages, or the best of them, does worse on every sort of question.
"""
NOT_ABOUT = (Kind.NOTE, Kind.REFERENCE, Kind.BACK)


class _Term(NamedTuple):
    """A term that ranks: of which feature it is, how many documents have it, and what all its occurrences weigh."""

    feature: _Feature
    text: str
    having: int
    weight: float

    @property
    def most(self) -> float:
        """More than it adds to any score."""
        return self.weight * (K1 + 1)


_DEAR_US = 1000.0
"""From what a term's postings cost on, one looks first whether they are needed."""
_SHORT_US = 20.0
"""Up to which cost the postings of terms are gone through all at once."""
_LOOK_UP_US = 20.0
"""What it takes to begin to look up a term."""
_AT_ONCE = 16_000
"""How many counts are looked up at once, of some terms in some documents."""
_NEAR = (0.7, 0.5, 0.35, 0.2)
"""From which share of the highest score on others are near it: the first at which they are enough."""
_SLACK = 1e-6
"""What may be lost where the same parts are added up in another order."""


class _Race:
    """Which documents can still have one of the highest scores? `rest` is what each may still get.

    `numbers` are first those that are sure, whatever they get, then the others of which `count` are wanted.
    """

    def __init__(self, sure: Numbers, others: Numbers, count: int, rest: float) -> None:
        self._np = namespace(sure)
        self.numbers: Numbers = self._np.concatenate([sure, others])
        self.count = count
        self.rest = rest
        self._sure = len(sure)
        self._least = 0.0  # So much, at least, has the last of those that are wanted in the end.

    @property
    def others(self) -> int:
        """How many there are besides those that are sure."""
        return len(self.numbers) - self._sure

    def narrow(self, added: Numbers) -> Mask:
        """Leave out those that can no longer lead, with so much `added` for each so far; return which are left."""
        others = added[self._sure :]
        left: Mask = self._np.ones(len(added), dtype=bool)
        most = others.max()
        if most > self.rest:
            self._least = max(self._least, float(others[self._highest(others, most)].min()))
        left[self._sure :] = others + (self.rest + _SLACK) >= self._least
        self.numbers = self.numbers[left]
        return left

    def _highest(self, scores: Numbers, most: float) -> Numbers:
        """Return the places of as many of the highest scores as are wanted; the highest is `most`."""
        # Few come near the highest, and are sorted sooner than all.
        for share in _NEAR:
            near = self._np.flatnonzero(scores > most * share)
            if len(near) >= self.count:
                break
        else:
            near = self._np.arange(len(scores))
        found: Numbers = near[self._np.argpartition(scores[near], -self.count)[-self.count :]]
        return found


class Ranking:
    """Scores the chunks and the articles of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._np = np = snapshot.np
        self._norms: dict[str, Numbers] = {}
        for name, lengths in snapshot.lengths.items():
            there = lengths[snapshot.is_chunk & (lengths > 0)]
            self._norms[name] = _norm(np.maximum(lengths, SHORTEST * _average(there)), there, K1, B)
        # Articles by their places in a row, and what a term in a chunk counts for its article.
        self._articles = np.flatnonzero(snapshot.is_article)
        self._place = np.searchsorted(self._articles, snapshot.article_of)
        weights = np.ones(len(KINDS) + 1)
        for kind, weight in KIND_WEIGHTS.items():
            weights[KINDS[kind]] = weight
        self._weight = np.where(snapshot.is_chunk, weights[snapshot.kind], 0.0)
        lengths = self._by_article(np.arange(snapshot.size), snapshot.lengths["text"])
        self._article_norm = _norm(lengths, lengths, ARTICLE_K1, ARTICLE_B)
        self._is_about = snapshot.is_chunk & ~np.isin(snapshot.kind, [KINDS[kind] for kind in NOT_ABOUT])

    def scores(self, asked: AnalyzedQuery) -> Numbers:
        """Return the score of every document of the index."""
        scores: Numbers = self._np.zeros(self._snapshot.size)
        for term in self._terms(asked):
            self._add(term, scores)
        return scores

    def scores_of(self, asked: AnalyzedQuery, numbers: Numbers) -> Numbers:
        """Return the scores of a few documents, in order: the same that `scores` has for them."""
        return self._scores_of(self._terms(asked), numbers)

    def best(self, asked: AnalyzedQuery, found: Numbers, tiers: Numbers, count: int) -> tuple[Numbers, Numbers]:
        """Return those of the documents `found` that could be among the best `count`, and their scores to nine digits.

        Those with equal scores come in the order of their addresses, so all that equal the last are among them.
        """
        terms = self._terms(asked)
        sure = found[:0]
        if len(found) > count:
            tiers_found = tiers[found]
            for tier in (2, 1, 0):
                here = found[tiers_found == tier]
                if len(sure) + len(here) > count > len(sure):
                    found, scores = self._leading(terms, sure, here, count - len(sure))
                    return found, self._np.round(scores, 9)
                sure = self._np.concatenate([sure, here])
                if len(sure) == count:
                    break
            found = sure
        return found, self._np.round(self._scores_of(terms, found), 9)

    def _leading(self, terms: list[_Term], sure: Numbers, numbers: Numbers, count: int) -> tuple[Numbers, Numbers]:
        """Return the documents that are `sure`, and those of some others whose scores could be the highest `count`.

        As MaxScore does (Turtle and Flood, Query Evaluation: Strategies and Optimizations, 1995): the terms that weigh
        most for what they cost come first. Once what the others can add lifts only a few documents above the
        `count`-th, these are looked up in the others, whose long lists of postings need not be gone through: a term
        that stands everywhere weighs little. The scores of all that are returned are sums in one order, so that equal
        ones are equal to the last digit.
        """
        costs = {term: self._snapshot.cost(term.having) for term in terms}
        race = _Race(sure, numbers, count, sum(term.most for term in terms))
        added = self._np.zeros(self._snapshot.size)
        short = [term for term in terms if costs[term].all_us < _SHORT_US]
        self._add_together(short, added)
        race.rest -= sum(term.most for term in short)
        terms = [term for term in terms if costs[term].all_us >= _SHORT_US]
        terms.sort(key=lambda term: -term.most / costs[term].all_us)
        looked_at = race.rest
        for at, term in enumerate(terms):
            cost = costs[term]
            if race.rest < looked_at / 2 or (race.rest < looked_at and cost.all_us > _DEAR_US):
                race.narrow(added[race.numbers])
                looked_at = race.rest
            if _LOOK_UP_US + len(race.numbers) * cost.one_us < cost.all_us:
                return self._looked_up(terms[at:], race, added[race.numbers])
            self._add(term, added)
            race.rest -= term.most
        return self._looked_up([], race, added[race.numbers])

    def _looked_up(self, terms: list[_Term], race: _Race, added: Numbers) -> tuple[Numbers, Numbers]:
        """Return the documents that lead in the end, with their scores, once they are looked up in `terms`, too."""
        terms = sorted(terms, key=lambda term: -term.most)
        looked_at = race.rest
        while terms:
            several = max(1, _AT_ONCE // len(race.numbers))
            for points in self._points_of(race.numbers, terms[:several]):
                added += points
            race.rest -= sum(term.most for term in terms[:several])
            terms = terms[several:]
            if race.rest < looked_at * 3 / 4 and race.others > race.count:
                looked_at = race.rest
                kept = race.narrow(added)
                added = added[kept]
        race.rest = 0.0
        kept = race.narrow(added)
        return race.numbers, added[kept]

    def parts(self, asked: AnalyzedQuery, number: int) -> tuple[Part, ...]:
        """Return what each term adds to the score of a chunk, most first."""
        terms = self._terms(asked)
        found = [
            Part(term.feature.name, term.text, float(added[0]))
            for term, added in zip(terms, self._points_of(self._np.array([number]), terms), strict=True)
            if added[0]
        ]
        return tuple(sorted(found, key=lambda part: (-part.score, part.field, part.term)))

    def _terms(self, asked: AnalyzedQuery) -> list[_Term]:
        found = []
        for feature in FEATURES:
            terms = asked.terms.get(feature.clue, {})
            every = self._snapshot.having(feature.field, [*terms])
            for (term, often), having in zip(terms.items(), every, strict=True):
                if having:
                    idf = inverse_frequency(having, self._snapshot.chunks) ** IDF_POWER
                    found.append(_Term(feature, term, having, feature.weight * often * idf))
        return found

    def _add(self, term: _Term, scores: Numbers) -> None:
        """Add what a term adds to the scores of all documents that have it."""
        numbers, counts = self._snapshot.postings(term.feature.field, term.text)
        numbers = numbers.astype("intp")
        norm = self._norms[term.feature.length][numbers]
        self._np.add.at(scores, numbers, _points(term.weight, counts, norm))

    def _add_together(self, terms: list[_Term], scores: Numbers) -> None:
        """Add what some terms add, which is quicker than one after the other where they have few postings each."""
        for length, norms in self._norms.items():
            own = [term for term in terms if term.feature.length == length]
            if own:
                (numbers, counts), which = self._snapshot.together([(term.feature.field, term.text) for term in own])
                numbers = numbers.astype("intp")
                weights = self._np.array([term.weight for term in own])[which]
                self._np.add.at(scores, numbers, _points(weights, counts, norms[numbers]))

    def _scores_of(self, terms: list[_Term], numbers: Numbers) -> Numbers:
        scores: Numbers = self._np.zeros(len(numbers))
        for points in self._points_of(numbers, terms):
            scores += points
        return scores

    def _points_of(self, numbers: Numbers, terms: Sequence[_Term]) -> Iterator[Numbers]:
        """Yield what each of some terms adds to the scores of a few documents."""
        np, size = self._np, len(numbers)
        counts = self._snapshot.among(numbers)
        norms = {name: norm[numbers] for name, norm in self._norms.items()}
        several = max(1, _AT_ONCE // max(1, size))
        for first in range(0, len(terms), several):
            own = terms[first : first + several]
            every = _points(
                np.repeat(np.array([term.weight for term in own]), [size] * len(own)),
                counts([(term.feature.field, term.text) for term in own]),
                np.concatenate([norms[term.feature.length] for term in own]),
            )
            for n in range(len(own)):
                yield every[n * size : (n + 1) * size]

    def article_scores(self, asked: AnalyzedQuery) -> Numbers:
        """Return the score of every article, at its number."""
        scores = self._np.zeros(len(self._articles))
        for clue, (field, weight) in ARTICLE_FEATURES.items():
            for term, often in asked.terms.get(clue, {}).items():
                numbers, counts = self._snapshot.postings(field, term)
                if not len(numbers):
                    continue
                found = self._by_article(numbers, counts)
                idf = inverse_frequency(int(self._np.count_nonzero(found)), len(self._articles))
                saturated = found * (ARTICLE_K1 + 1) / (found + self._article_norm)
                scores += weight * often * idf * saturated
                titled = self._np.unique(self._place[self._snapshot.postings("title", term).numbers])
                scores[titled] += ARTICLE_TITLE * often * inverse_frequency(len(titled), len(self._articles))
        made: Numbers = self._np.zeros(self._snapshot.size)
        made[self._articles] = scores
        return made

    def article_tiers(self, found: Numbers, tiers: Numbers) -> Numbers:
        """Return the best tier of each article's matching chunks `found` that are about its matter, at its number."""
        made: Numbers = self._np.zeros(self._snapshot.size, dtype=tiers.dtype)
        about = found[self._is_about[found]]
        self._np.maximum.at(made, self._snapshot.article_of[about], tiers[about])
        return made

    def _by_article(self, numbers: Numbers, counts: Numbers) -> Numbers:
        if not len(self._articles):
            return numbers[:0]
        weights = counts * self._weight[numbers]
        size = len(self._articles)
        found: Numbers = self._np.bincount(self._place[numbers], weights=weights, minlength=size)[:size]
        return found


def _points(weight: float | Numbers, counts: Numbers, norm: Numbers) -> Numbers:
    found: Numbers = counts * (weight * (K1 + 1))
    found /= counts + norm
    return found


def inverse_frequency(having: int, of: int) -> float:
    """Return how rare a term is that `having` of so many documents have: the idf of BM25."""
    return log(1 + (of - having + 0.5) / (having + 0.5))


def _average(lengths: Numbers) -> float:
    return float(lengths.mean()) if len(lengths) and lengths.any() else 1.0


def _norm(lengths: Numbers, there: Numbers, k1: float, b: float) -> Numbers:
    made: Numbers = k1 * (1 - b + b * lengths / _average(there))
    return made
