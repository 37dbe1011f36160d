"""How does an index change? One generation of it is written that nobody reads yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from corpus_search.analysis import grams
from corpus_search.article import DocId
from corpus_search.chunk import chunk_record
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines.snapshot import ARTICLE, KINDS, LENGTHS
from corpus_search.engines.whoosh.bulk import BulkWriter, merge_small
from corpus_search.engines.whoosh.schema import SCHEMA
from corpus_search.engines.writing import Terms, about, committed, gathered, narrowing, packed_record
from corpus_search.generations import Generations, write_state
from corpus_search.records import as_json

_MOST_POSTINGS = 15_000_000
"""How many postings are gathered before they are written as a segment: some 300 MB of memory, and half as much again to
write them."""


def written(generations: Generations, *, empty: bool) -> AbstractContextManager[WhooshWriter]:
    """Return a writer of the next generation, see `writing.committed`."""

    def opened(folder: Path) -> WhooshWriter:
        storage = FileStorage(str(folder))
        index = FileIndex.create(storage, SCHEMA) if empty else FileIndex(storage, schema=SCHEMA)
        return WhooshWriter(index, folder)

    return committed(generations, opened, empty=empty)


class WhooshWriter:
    """Changes one generation of an index."""

    def __init__(self, index: FileIndex, folder: Path) -> None:
        self._folder = folder
        self._index = index
        self._writer = BulkWriter(index)
        self._state: Mapping[str, Any] = {}

    def replace(self, analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> None:
        """Put a document in the place of the one with its `doc_id`, if there is one."""
        self.put(prepare(analyzed, chunks))

    def put(self, prepared: Prepared) -> None:
        """Put what was prepared of a document in the place of the one with its `doc_id`, if there is one."""
        self.delete(prepared.doc_id)
        first = self._writer.docnum
        numbers = np.arange(first, first + len(prepared.kept), dtype=np.uint32)
        for kept in prepared.kept:
            self._writer.add_document(doc_id=prepared.doc_id, **kept)
        for field, found in prepared.terms.items():
            self._writer.pool.extend(field, found, numbers)
        if self._writer.pool.postings > _MOST_POSTINGS:
            self._writer.commit(merge=False)
            self._writer = BulkWriter(self._index)

    def delete(self, doc_id: DocId) -> None:
        """Remove a document; does nothing if there is none."""
        self._writer.delete_by_term("doc_id", doc_id)

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Keep `state`, a JSON object, with what is committed."""
        self._state = state

    def commit(self) -> None:
        """Write everything down."""
        self._writer.commit(mergetype=merge_small)
        write_state(self._folder, self._state)

    def cancel(self) -> None:
        """Write nothing."""
        self._writer.cancel()


# --- what is done before an index is at hand -------------------------------------------------------------------


class Prepared(NamedTuple):
    """A document as it is put into the index.

    `kept` is what is kept of its article and of each of its chunks, `terms` are theirs by field.
    """

    doc_id: DocId
    kept: list[dict[str, Any]]
    terms: dict[str, Terms]


def prepare(analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> Prepared:
    """Return what `WhooshWriter.put` puts into the index of a document."""
    article = analyzed.article
    narrowed = narrowing(analyzed)
    kept = [
        {
            "name": article.doc_id.encode("utf-8", "surrogatepass"),
            "kind": ARTICLE,
            "article": packed_record(analyzed),
            "about": as_json(about(article)),
            "narrowing": narrowed,
        }
    ]
    terms: list[dict[str, Mapping[str, int]]] = [{name: grams(text) for name, text in narrowed.items()}]
    for one in chunks:
        kept.append(_kept(one))
        terms.append(
            {
                "words": one.terms,
                "grams": grams(one.folded),
                "heading": one.heading_terms,
                "title": one.title_terms,
                "in_headings": grams(one.folded_headings),
            }
        )
    fields = (*terms[0], *terms[-1])
    return Prepared(article.doc_id, kept, {field: gathered([one.get(field, {}) for one in terms]) for field in fields})


def _kept(one: AnalyzedChunk) -> dict[str, Any]:
    chunk = one.chunk
    lengths = {
        "text": one.length,
        "heading": sum(one.heading_terms.values()),
        "title": sum(one.title_terms.values()),
    }
    return {
        "kind": KINDS[chunk.kind],
        "year": chunk.year or 0,
        "is_heading": int(chunk.is_heading),
        "headings": one.folded_headings.encode("utf-8", "surrogatepass"),
        "plain": one.plain.encode("utf-8", "surrogatepass") if one.plain != one.folded else b"",
        "folded": one.folded.encode("utf-8", "surrogatepass"),
        "chunk": as_json(chunk_record(chunk)),
        **{LENGTHS[name]: length for name, length in lengths.items()},
    }
