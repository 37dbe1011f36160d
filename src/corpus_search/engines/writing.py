"""What do the writers of all engines have in common?

How a generation is committed, what is kept of an article, and how terms come from where they are counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from corpus_search.article import Article
from corpus_search.engine import AnalyzedArticle
from corpus_search.generations import Generations
from corpus_search.records import article_record, packed


class _Committing(Protocol):
    def commit(self) -> None: ...

    def cancel(self) -> None: ...


W = TypeVar("W", bound=_Committing)


@contextmanager
def committed(generations: Generations, opened: Callable[[Path], W], *, empty: bool) -> Iterator[W]:
    """Give the writer `opened` on the next generation, which is in use when the block ends without an exception."""
    with generations.next(empty=empty) as folder:
        writer = opened(folder)
        try:
            yield writer
        except BaseException:
            writer.cancel()
            raise
        writer.commit()


def narrowing(analyzed: AnalyzedArticle) -> dict[str, str]:
    """Return what narrows a search to an article's chunks, under the names in `snapshot.NARROWING`."""
    return {"in_title": analyzed.title, "in_authors": analyzed.authors, "in_keywords": analyzed.keywords}


def packed_record(analyzed: AnalyzedArticle) -> bytes:
    """Return an article's record as few bytes."""
    return analyzed.packed or packed(article_record(analyzed.article))


def about(article: Article) -> Mapping[str, Any]:
    """Return the JSON object of what an article is, in a line; see `Snapshot.about`."""
    meta = article.metadata
    return {
        "title": meta.title,
        "authors": [author.name for author in meta.authors],
        "year": meta.year,
        "keywords": meta.keywords,
    }


BETWEEN = "\x1f"
"""What parts terms that come together. It is a blank to Unicode, so no term has one."""


class Terms(NamedTuple):
    """The terms of some documents in a field.

    `joined` are those of one document after the other, parted by `BETWEEN`; `sizes` tells how many each document has,
    `counts` how often each term stands there, both as 32-bit numbers.
    """

    joined: str
    sizes: bytes
    counts: bytes


def gathered(documents: Sequence[Mapping[str, int]]) -> Terms:
    """Return the terms of documents, each of which has them with their counts."""
    counts = array("I", chain.from_iterable(one.values() for one in documents))
    return Terms(
        BETWEEN.join(chain.from_iterable(documents)), array("I", map(len, documents)).tobytes(), counts.tobytes()
    )


class Numbering(dict[str, int]):
    """The numbers of terms, in the order in which they came."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number
