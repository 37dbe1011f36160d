"""Corpora of any size, made of real sentences, and questions to them; the same for every engine, drawn by a seed.

The library itself is one of them. A made chunk is a few sentences of it, drawn at random; sentences are segmented once,
so that a million of them take no longer than a hundred thousand. Engines get a chunk's terms, as `Analyzer.terms` gives
them: the search-mode words of jieba.
"""

from __future__ import annotations

import json
import random
import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus_search.analysis import Analyzer, fold
from corpus_search.article import Article, DocId, Kind, Metadata, address
from corpus_search.chunk import Chunk, Passage
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines import open_engine
from corpus_search.sentences import sentences
from corpus_search.state import State

TERMS = 160
"""How many terms a made chunk has at least, unless told."""

CHUNKS = 75
"""How many chunks an article has."""

POOL = 200_000
"""How many different sentences there are."""

KINDS = ("two words", "keywords", "title", "question", "quoted", "wildcard")
ALL = "all kinds"
"""What is said of all questions together, asked of an engine that answers every kind."""


@dataclass(frozen=True, slots=True)
class Made:
    """A made chunk: its folded text and its terms in order."""

    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its sort, how a user writes it, and its terms; those of a wildcard are the beginning of a word."""

    kind: str
    text: str
    terms: tuple[str, ...]


class Workload:
    """Chunks and questions from the library with an index in a folder, and from a file of queries.

    A made chunk has `terms` terms at least.
    """

    def __init__(self, library: Path, queries: Path, *, seed: int, terms: int = TERMS) -> None:
        self._seed = seed
        self._least = terms
        engine = open_engine("whoosh", library)
        self.analyzer = Analyzer(State.read(engine.state).words)
        self.analyzer.warm_up()
        dice = random.Random(seed)
        self._library = [text for _, text in engine.texts()]
        self._segmented: _Segmented | None = None
        texts = [text for text in self._library if len(text) > 80]
        pool: list[Made] = []
        while len(pool) < POOL:
            text = dice.choice(texts)
            span = dice.choice(sentences(text))
            sentence = text[span.start : span.end].strip()
            terms = tuple(term.text for term in self.analyzer.terms(sentence))
            if terms:
                pool.append(Made(sentence, terms))
        self._pool = pool
        self._queries = [json.loads(line) for line in queries.read_text("utf-8").splitlines()]

    @property
    def library(self) -> int:
        """How many chunks the library itself has."""
        return len(self._library)

    def chunks(self, size: int) -> Iterator[Made]:
        """Yield so many made chunks; a smaller corpus is the beginning of a larger one.

        Where the library has just so many chunks, it is these.
        """
        if size == self.library:
            self._segmented = self._segmented or _Segmented(self._library, self.analyzer)
            yield from self._segmented
            return
        dice = random.Random(self._seed + 1)
        for _ in range(size):
            drawn: list[Made] = []
            count = 0
            while count < self._least:
                drawn.append(dice.choice(self._pool))
                count += len(drawn[-1].terms)
            yield Made("".join(one.text for one in drawn), tuple(term for one in drawn for term in one.terms))

    def questions(self, each: int) -> list[Asked]:
        """Return so many questions of each kind."""
        dice = random.Random(self._seed + 2)
        titles = [_plain(query["text"]) for query in self._queries if query["type"] == "title"]
        asked = [_plain(query["text"]) for query in self._queries if query["type"] == "abstract-sentence"]
        found = []
        for title, question in zip(dice.sample(titles, each), dice.sample(asked, each), strict=True):
            words = [word for word in self._words(dice.choice(titles)) if len(word) > 1] or [title]
            two, more = (dice.sample(words, min(n, len(words))) for n in (2, 4))
            made = dice.choice(self._pool)
            run = _plain(made.text)[: dice.randint(4, 10)].strip()
            word = dice.choice([term for term in made.terms if len(term) > 1] or ["研究"])
            found += [
                Asked("two words", " ".join(two), tuple(two)),
                Asked("keywords", " ".join(more), tuple(more)),
                Asked("title", title, self._terms(title)),
                Asked("question", question[:100], self._terms(question[:100])),
                Asked("quoted", f'"{run}"', tuple(term.text for term in self.analyzer.terms(run))),
                Asked("wildcard", f"{word[:2]}*", (word[:2],)),
            ]
        return [one for one in found if one.terms]

    def _words(self, text: str) -> list[str]:
        return [term.text for term in self.analyzer.words_of(fold(text).text)]

    def _terms(self, text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.text for term in self.analyzer.terms(fold(text).text)))


class _Segmented:
    """Texts with their terms, cut once; a term is kept as a number, for there are tens of millions."""

    def __init__(self, texts: list[str], analyzer: Analyzer) -> None:
        self._texts = texts
        self._numbers = array("I")
        self._ends = array("Q")
        known: dict[str, int] = {}
        for text in texts:
            self._numbers.extend(known.setdefault(term.text, len(known)) for term in analyzer.terms(text))
            self._ends.append(len(self._numbers))
        self._terms = list(known)

    def __iter__(self) -> Iterator[Made]:
        start = 0
        for text, end in zip(self._texts, self._ends, strict=True):
            yield Made(text, tuple(map(self._terms.__getitem__, self._numbers[start:end])))
            start = end


def _plain(text: str) -> str:
    """Return a text without signs: what a bracket or an asterisk means in a query differs from engine to engine."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def articles(chunks: Iterator[Made]) -> Iterator[tuple[AnalyzedArticle, list[AnalyzedChunk]]]:
    """Yield the articles that chunks make, as an engine of ours gets them."""
    number = 0
    while held := [chunk for _, chunk in zip(range(CHUNKS), chunks, strict=False)]:
        doc_id = DocId(f"made-{number:06}")
        number += 1
        article = Article(doc_id, metadata=Metadata(title=held[0].text[:20]))
        yield (
            AnalyzedArticle(article, held[0].text[:20], "", ""),
            [_analyzed(doc_id, order, chunk) for order, chunk in enumerate(held)],
        )


def _analyzed(doc_id: DocId, order: int, made: Made) -> AnalyzedChunk:
    where = address(doc_id, f"s1p{order + 1}")
    passages = (Passage(where, 0, len(made.text)),)
    chunk = Chunk(doc_id, order, where, Kind.BODY, made.text, passages)
    length = sum(map(str.isalnum, made.text))
    return AnalyzedChunk(chunk, made.text, made.text, "", Counter(made.terms), {}, {}, length)
