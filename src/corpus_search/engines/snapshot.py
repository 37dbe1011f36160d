"""What is in an open index, as arrays?

What engines that keep an index beside this process share: `matching`, `ranking` and `facets` ask a `Snapshot` and no
engine. Documents are numbered, an article right before its chunks; a *mask* is an array of booleans, one for each
document. What was deleted but still lies in the engine's files is in no mask and no count, so an index answers the
same whichever way it came about.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus_search.analysis import run_grams
from corpus_search.article import DocId, Kind
from corpus_search.engines.few import namespace
from corpus_search.limits import check
from corpus_search.query import Field

ARTICLE = 0
KINDS = {kind: code for code, kind in enumerate(Kind, ARTICLE + 1)}
"""What the column ``kind`` says of a document: `ARTICLE`, or the kind of chunk."""

NARROWING = {Field.TITLE: "in_title", Field.AUTHOR: "in_authors", Field.KEYWORD: "in_keywords"}
"""The fields of an article that narrow a search to its chunks."""

HEADINGS = "in_headings"
"""The field of a chunk's headings that narrow a search to it."""

LENGTHS = {"text": "length", "heading": "heading_length", "title": "title_length"}
"""The columns with how long a chunk's text, headings and title are: in letters and characters, and in terms."""

NUMBER = "int32"
"""What numbers of documents are kept as: half the room of what numpy counts with."""

_FEW = 32
_FEWER = 16
"""From how many times as many on numbers are looked up one by one."""

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]
    """Booleans, one for each document of the index."""
    Numbers = npt.NDArray[Any]
    """Numbers: of documents, counts, or one for each document of the index."""
else:  # numpy takes a while to load.
    Mask = Numbers = Any


class Postings(NamedTuple):
    """The documents that have a term, in order, and how often each has it."""

    numbers: Numbers
    counts: Numbers


class Cost(NamedTuple):
    """How many microseconds it takes to go through the postings of a term, and to look it up in one document."""

    all_us: float
    one_us: float


class _Kept:
    """What was read last, up to so many bytes of arrays."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._found: OrderedDict[tuple[str, str], Postings] = OrderedDict()

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._found

    def get(self, key: tuple[str, str], read: Callable[[], Postings]) -> Postings:
        """Return what is kept under `key`, or else what is read."""
        found = self._found.get(key)
        if found is not None:
            self._found.move_to_end(key)
            return found
        found = self._found[key] = read()
        self._bytes += found.numbers.nbytes + found.counts.nbytes
        while self._bytes > self._most_bytes and len(self._found) > 1:
            _, old = self._found.popitem(last=False)
            self._bytes -= old.numbers.nbytes + old.counts.nbytes
        return found


class Values(NamedTuple):
    """What articles have in a field: the values, and pairs of a value's and an article's number."""

    names: tuple[str, ...]
    value: Numbers
    article: Numbers


class Snapshot(ABC):
    """An open index as arrays; what an engine reads from its files is its own."""

    KEPT_BYTES = 256 << 20
    """How much of what was read is kept for the next query."""

    def __init__(
        self, *, alive: Mask, kind: Numbers, year: Numbers, is_heading: Mask, lengths: dict[str, Numbers]
    ) -> None:
        self.size = len(kind)
        self.np = np = namespace(kind)
        """Where its arrays come from: numpy, or what stands in for it."""
        self.kind = kind
        self.years = year
        self.is_heading = is_heading
        self.is_article: Mask = alive & (kind == ARTICLE)
        self.is_chunk: Mask = alive & (kind != ARTICLE)
        self.lengths = lengths
        self.chunks = int(self.is_chunk.sum())
        # An article stands right before its chunks.
        self.article_of = np.maximum.accumulate(np.where(kind == ARTICLE, np.arange(self.size), 0))
        self._values: dict[Field, Values] = {}
        self._kept = _Kept(self.KEPT_BYTES)

    # --- what an engine reads ----------------------------------------------------------------------------

    @abstractmethod
    def _read(self, field: str, term: str) -> Postings:
        """Read the living documents with a term in a field."""

    @abstractmethod
    def lexicon(self, field: str) -> Iterable[str]:
        """Return the terms of a field; one may be of deleted documents alone."""

    @abstractmethod
    def latin(self) -> list[str]:
        """Return the terms of the texts that begin with a Latin letter."""

    @abstractmethod
    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term, those that were deleted perhaps included."""

    @abstractmethod
    def text(self, number: int) -> bytes:
        """Return a chunk's folded text, in UTF-8."""

    @abstractmethod
    def plain(self, number: int) -> bytes:
        """Return a chunk's text folded in everything but its script, in UTF-8."""

    @abstractmethod
    def headings(self, number: int) -> bytes:
        """Return the folded headings above a chunk, one a line, in UTF-8."""

    @abstractmethod
    def narrowing(self, number: int, name: str) -> str:
        """Return what an article is narrowed by in the field `name`, folded."""

    @abstractmethod
    def record(self, number: int) -> Mapping[str, Any]:
        """Return the JSON object of a chunk."""

    @abstractmethod
    def article_record(self, number: int) -> Mapping[str, Any]:
        """Return the JSON object of an article."""

    @abstractmethod
    def about(self, number: int) -> Mapping[str, Any]:
        """Return what an article is: ``title``, ``authors``, ``year``, ``keywords``."""

    @abstractmethod
    def article(self, doc_id: DocId) -> int | None:
        """Return the number of the article with an id, or None."""

    @abstractmethod
    def doc_id(self, number: int) -> DocId:
        """Return the document that an article or chunk is of."""

    @abstractmethod
    def close(self) -> None:
        """Release the files."""

    # --- terms -------------------------------------------------------------------------------------------

    def postings(self, field: str, term: str) -> Postings:
        """Return the living documents with a term in a field."""
        return self._kept.get((field, term), lambda: self._read(field, term))

    def together(self, terms: Sequence[tuple[str, str]]) -> tuple[Postings, Numbers]:
        """Return the postings of some terms, each with its field, and of which of them each posting is."""
        np = self.np
        found = [self.postings(field, term) for field, term in terms]
        every = Postings(np.concatenate([one.numbers for one in found]), np.concatenate([one.counts for one in found]))
        return every, np.repeat(np.arange(len(found)), [len(one.numbers) for one in found])

    def having(self, field: str, terms: Sequence[str]) -> list[int]:
        """Return how many living documents have each of some terms in a field."""
        return [len(self.postings(field, term).numbers) for term in terms]

    def cost(self, having: int) -> Cost:
        """Return about what it costs to find a term that so many documents have."""
        return Cost(15 + 0.005 * having, 0.1)

    def among(self, numbers: Numbers) -> Callable[[Sequence[tuple[str, str]]], Numbers]:
        """Return a function that tells how often each of a few documents has each of some terms, one after the other.

        Each term comes with its field; there is one, at least.
        """
        return lambda terms: self.np.concatenate(
            [counts_among(self.postings(field, term), numbers) for field, term in terms]
        )

    def having_run(self, field: str, run: str) -> Numbers:
        """Return the numbers of the documents in which the folded `run` stands, in order.

        A field is ``grams`` for texts, ``in_headings`` for headings, or one of `NARROWING`.
        """
        if field == "grams" and len(run) <= 2:
            return self.postings(field, run).numbers
        return self._kept.get((f"run of {field}", run), lambda: numbered(self._read_run(field, run))).numbers

    def _read_run(self, field: str, run: str) -> Numbers:
        found = self.candidates(field, run_grams(run))
        if len(run) <= 2:
            return found
        wanted = run.encode("utf-8", "surrogatepass")
        if field == "grams":
            return self._matching(found, re.compile(re.escape(wanted)))
        return self._in_order(n for n in each(found) if wanted in self._running(field, n))

    def with_whole_word(self, word: str) -> Numbers | None:
        """Return the numbers of the chunks in which a Latin word or number stands by itself, unstemmed.

        None where the index does not know, and texts have to be read.
        """
        return None

    def with_word(self, pattern: str, grams: Iterable[str]) -> Numbers:
        """Return the numbers of the chunks in which words stand that `pattern` finds, in order; they have all `grams`.

        The pattern is an expression for ASCII alone.
        """
        return self._kept.get(("pattern", pattern), lambda: numbered(self._read_words(pattern, grams))).numbers

    def _read_words(self, pattern: str, grams: Iterable[str]) -> Numbers:
        return self._matching(self.candidates("grams", grams), re.compile(pattern.encode()))

    def _matching(self, numbers: Numbers, pattern: re.Pattern[bytes]) -> Numbers:
        """Return those of some chunks in whose folded texts a pattern is found."""
        return self._in_order(n for n in each(numbers) if pattern.search(self.text(n)))

    def _in_order(self, numbers: Iterable[int]) -> Numbers:
        found: Numbers = self.np.array(list(numbers), dtype=NUMBER)
        return found

    def _running(self, field: str, number: int) -> bytes:
        if field == HEADINGS:
            return self.headings(number)
        return self.narrowing(number, field).encode("utf-8", "surrogatepass")

    # --- masks -------------------------------------------------------------------------------------------

    def none(self) -> Mask:
        """Return the mask of no document."""
        found: Mask = self.np.zeros(self.size, dtype=bool)
        return found

    def mask(self, *every: Numbers) -> Mask:
        """Return the mask of the documents with these numbers."""
        found = self.none()
        for numbers in every:
            found[numbers.astype("intp")] = True
        return found

    def with_term(self, field: str, term: str) -> Mask:
        """Return the mask of the documents that have a term."""
        return self.mask(self.postings(field, term).numbers)

    def candidates(self, field: str, terms: Iterable[str]) -> Numbers:
        """Return the numbers of documents that have all of some terms, in order, and perhaps of a few that do not.

        The rarest terms come first; once a few documents are left, it is quicker to look at them. Their postings are
        those that rank what is found, so that reading them all is no loss.
        """
        found, *others = sorted((self.postings(field, term).numbers for term in terms), key=len)
        for other in others:
            if len(found) <= _FEW:
                break
            found = found[self.are_among(found, other)]
        return found

    def are_among(self, numbers: Numbers, others: Numbers) -> Mask:
        """Tell of each of some documents whether it is one of others; both are in order."""
        if not len(others):
            return self.none()[numbers]
        if len(others) < _FEWER * len(numbers):
            return self.mask(others)[numbers]
        found: Mask = others[self.np.searchsorted(others[:-1], numbers.astype(others.dtype))] == numbers
        return found

    def of_kinds(self, kinds: Iterable[Kind]) -> Mask:
        """Return the mask of the chunks of some kinds."""
        found: Mask = self.is_chunk & self.np.isin(self.kind, [KINDS[kind] for kind in kinds])
        return found

    def of_years(self, first: int, last: int) -> Mask:
        """Return the mask of the chunks of articles from some years, both included."""
        found: Mask = self.is_chunk & (self.years > 0) & (self.years >= first) & (self.years <= last)
        return found

    def chunks_of(self, articles: Numbers) -> Mask:
        """Return the mask of the chunks of the articles with these numbers."""
        found: Mask = self.is_chunk & self.mask(articles)[self.article_of]
        return found

    # --- documents ---------------------------------------------------------------------------------------

    def articles(self) -> list[int]:
        """Return the numbers of the articles."""
        found: list[int] = self.np.flatnonzero(self.is_article).tolist()
        return found

    def values(self, field: Field) -> Values:
        """Return the authors, keywords, years or ids of all articles."""
        if field not in self._values:
            known: dict[str, int] = {}
            pairs = [
                (known.setdefault(name, len(known)), number)
                for number in self.articles()
                for name in dict.fromkeys(self._named(field, number))
            ]
            value = self.np.array([value for value, _ in pairs], dtype="int64")
            article = self.np.array([number for _, number in pairs], dtype="int64")
            self._values[field] = Values(tuple(known), value, article)
        return self._values[field]

    def _named(self, field: Field, number: int) -> list[str]:
        about = self.about(number)
        match field:
            case Field.AUTHOR:
                return list(about["authors"])
            case Field.KEYWORD:
                return list(about["keywords"])
            case Field.YEAR:
                return [str(about["year"])] if about["year"] else []
            case _:
                return [self.doc_id(number)]

    def places(self, numbers: Numbers) -> Numbers:
        """Return numbers by which some documents are in the order of their addresses.

        An article's chunks are numbered in their order; the articles are not.
        """
        np = self.np
        articles, which = np.unique(self.article_of[numbers], return_inverse=True)
        place = np.zeros(len(articles), dtype="int64")
        place[sorted(range(len(articles)), key=[self.doc_id(n) for n in articles.tolist()].__getitem__)] = np.arange(
            len(articles)
        )
        found: Numbers = place[which] * self.size + numbers
        return found

    def by_address(self, chunks: Numbers) -> Numbers:
        """Return the numbers of chunks in the order of their addresses."""
        found: Numbers = chunks[self.np.argsort(self.places(chunks))]
        return found


def counts_among(postings: Postings, numbers: Numbers) -> Numbers:
    """Return the counts that postings have for some documents, 0 for those that are not there."""
    np = namespace(numbers)
    there, counts = postings
    found: Numbers = np.zeros(len(numbers), dtype=counts.dtype)
    if len(there):
        places = np.minimum(np.searchsorted(there, numbers.astype(there.dtype)), len(there) - 1)
        has = there[places] == numbers
        found[has] = counts[places[has]]
    return found


def numbered(numbers: Numbers) -> Postings:
    """Return the numbers of documents as postings without counts, to be kept as such."""
    return Postings(numbers.astype(NUMBER), namespace(numbers).zeros(0, dtype="uint8"))


def numbers_of(mask: Mask) -> list[int]:
    """Return the numbers of the documents in a mask."""
    found: list[int] = namespace(mask).flatnonzero(mask).tolist()
    return found


def each(numbers: Numbers) -> Iterator[int]:
    """Yield numbers of documents whose texts are about to be read, as long as there is time for it."""
    for number in numbers.tolist():
        check()
        yield number
