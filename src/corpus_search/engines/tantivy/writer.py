"""How does an index change? One generation of it is written that nobody reads yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tantivy

from corpus_search.analysis import LATIN
from corpus_search.article import DocId
from corpus_search.chunk import chunk_record
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines.snapshot import ARTICLE, KINDS, NARROWING, Numbers
from corpus_search.engines.tantivy.schema import COLUMNS, RECORD, characters, in_order, key, registered, schema
from corpus_search.engines.tantivy.segments import SegmentsWriter
from corpus_search.engines.writing import Terms, about, committed, gathered, narrowing, packed_record
from corpus_search.generations import Generations, write_state
from corpus_search.records import as_json

_HEAP_BYTES = 96 << 20
"""How much tantivy gathers before it writes a segment.

What is left at the end is written while no worker has anything to do, so it should be little.
"""

_LATIN_WORD = re.compile(f"[{LATIN}]+")


def written(generations: Generations, *, empty: bool) -> AbstractContextManager[TantivyWriter]:
    """Return a writer of the next generation, see `writing.committed`."""

    def opened(folder: Path) -> TantivyWriter:
        index = tantivy.Index(schema(), path=str(folder)) if empty else tantivy.Index.open(str(folder))
        return TantivyWriter(registered(index), folder)

    return committed(generations, opened, empty=empty)


class TantivyWriter:
    """Changes one generation of an index."""

    def __init__(self, index: tantivy.Index, folder: Path) -> None:
        self._folder = folder
        self._index = index
        self._writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        self._segments = SegmentsWriter(folder, TERMS)
        self._state: Mapping[str, Any] = {}
        newest = index.searcher().search(
            tantivy.Query.all_query(), 1, order_by_field="number", order=tantivy.Order.Desc
        ).hits  # fmt: skip
        self._number = newest[0][0] + 1 if newest else 0
        # What an index that was empty holds, so that nothing is removed from it for each document that comes.
        self._came: set[DocId] | None = None if newest else set()
        self._has_deleted = False

    def replace(self, analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> None:
        """Put a document in the place of the one with its `doc_id`, if there is one."""
        self.put(prepare(analyzed, chunks))

    def put(self, prepared: Prepared) -> None:
        """Put what was prepared of a document in the place of the one with its `doc_id`, if there is one."""
        self.delete(prepared.doc_id)
        if self._came is not None:
            self._came.add(prepared.doc_id)
        try:
            self._put(prepared)
        except BaseException:
            # What was interrupted may be committed without this document: nothing of it is to stay.
            self._remove(prepared.doc_id)
            raise

    def _put(self, prepared: Prepared) -> None:
        numbered = [part for part in prepared.parts if part.columns]
        first = self._number
        self._number += len(numbered)
        chunks = {number: part for number, part in enumerate(numbered, first) if part.sort == "chunk"}
        texts = [part.stored[_FOLDED].decode() for part in chunks.values()]
        self._segments.add(list(chunks), texts, prepared.terms)
        number = first
        for part in prepared.parts:
            fields = _FIELDS[part.sort]
            made = tantivy.Document()
            for name, value in zip(_GIVEN, part.columns, strict=False):  # A record has none.
                made.add_integer(name, value)
            for name, text in zip(fields.texts, part.texts, strict=True):
                if text:
                    made.add_text(name, text)
            for name, data in zip(fields.stored, part.stored, strict=True):
                if data:
                    made.add_bytes(name, data)
            made.add_integer("number", number if part.columns else RECORD)
            number += 1 if part.columns else 0
            with _failing_as_disk():
                self._writer.add_document(made)

    def delete(self, doc_id: DocId) -> None:
        """Remove a document; does nothing if there is none."""
        if self._came is None or doc_id in self._came:
            self._remove(doc_id)

    def _remove(self, doc_id: DocId) -> None:
        self._has_deleted = True
        self._writer.delete_documents_by_term("doc_id", key(doc_id))

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Keep `state`, a JSON object, with what is committed."""
        self._state = state

    def commit(self) -> None:
        """Write everything down."""
        try:
            self._segments.begin()
            with _failing_as_disk():
                self._writer.commit()
                self._writer.wait_merging_threads()
            self._segments.commit(self._living() if self._has_deleted else None)
        except BaseException:
            self._segments.cancel()
            raise
        write_state(self._folder, self._state)

    def _living(self) -> Numbers:
        """Return the numbers of what is in the index, in order."""
        self._index.reload()
        every = in_order(self._index.searcher(), tantivy.Query.all_query())
        return np.fromiter((number for number, _ in every), np.int64, len(every))

    def cancel(self) -> None:
        """Write nothing."""
        self._segments.cancel()
        self._writer.rollback()


@contextmanager
def _failing_as_disk() -> Iterator[None]:
    """Raise what a disk raises where tantivy cannot write: it says so with a ValueError, once its thread has died."""
    try:
        yield
    except ValueError as error:
        raise OSError(f"tantivy cannot write: {error}") from error


# --- what is done before an index is at hand -------------------------------------------------------------------


class _Fields(NamedTuple):
    """The fields of a sort of documents, in the order in which a part has what is in them."""

    texts: tuple[str, ...]
    stored: tuple[str, ...]


class _Part(NamedTuple):
    """A document of one sort; without names, as many thousands of them cross between processes.

    An article and a chunk have all columns in their order but the number, a record none. What is empty is not kept.
    """

    sort: str
    columns: tuple[int, ...]
    texts: tuple[str, ...]
    stored: tuple[bytes, ...]


TERMS = ("words", "heading", "title", "latin")
"""The fields of terms that come counted; the last has the words and numbers in Latin letters in a text, unstemmed."""

_GIVEN = tuple(name for name in COLUMNS if name != "number")
_FIELDS = {
    "article": _Fields(("doc_id", "article", *NARROWING.values()), ("about", "narrowing")),
    "chunk": _Fields(("doc_id", "in_headings"), ("folded", "plain", "headings", "chunk")),
    "record": _Fields(("doc_id", "record"), ("record_of",)),
}
_FOLDED = _FIELDS["chunk"].stored.index("folded")


class Prepared(NamedTuple):
    """A document's id, what is kept of it, part by part, and the terms of its chunks by field."""

    doc_id: DocId
    parts: list[_Part]
    terms: dict[str, Terms]


def prepare(analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> Prepared:
    """Return what `TantivyWriter.put` puts into the index of a document."""
    article = analyzed.article
    name = key(article.doc_id)
    narrowed = narrowing(analyzed)
    described = _Part(
        "article",
        (ARTICLE, *[0] * (len(_GIVEN) - 1)),
        (name, name, *(characters(narrowed[field]) for field in NARROWING.values())),
        (as_json({"doc_id": article.doc_id, **about(article)}), as_json(narrowed)),
    )
    record = _Part("record", (), (name, name), (packed_record(analyzed),))
    held = tuple(chunks)
    return Prepared(
        article.doc_id,
        [described, *(_chunk_part(name, one) for one in held), record],
        {
            "words": gathered([one.terms for one in held]),
            "heading": gathered([one.heading_terms for one in held]),
            "title": gathered([one.title_terms for one in held]),
            "latin": gathered([dict.fromkeys(_LATIN_WORD.findall(one.folded), 1) for one in held]),
        },
    )


def _chunk_part(name: str, one: AnalyzedChunk) -> _Part:
    chunk = one.chunk
    return _Part(
        "chunk",
        (
            KINDS[chunk.kind],
            chunk.year or 0,
            int(chunk.is_heading),
            one.length,
            sum(one.heading_terms.values()),
            sum(one.title_terms.values()),
        ),
        (name, characters(one.folded_headings)),
        (
            one.folded.encode(),
            one.plain.encode() if one.plain != one.folded else b"",
            one.folded_headings.encode(),
            as_json(chunk_record(chunk)),
        ),
    )
