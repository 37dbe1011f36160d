"""How does an index change? One generation of it is written that nobody reads yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from corpus_search.analysis import grams
from corpus_search.article import DocId
from corpus_search.chunk import chunk_record
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines.snapshot import ARTICLE, KINDS, LENGTHS
from corpus_search.engines.whoosh.bulk import BulkWriter, merge_small
from corpus_search.engines.whoosh.schema import SCHEMA
from corpus_search.engines.writing import about, committed, narrowing
from corpus_search.generations import Generations, write_state
from corpus_search.records import article_record

_MOST_POSTINGS = 30_000_000
"""How many postings are gathered before they are written as a segment: some half a gigabyte of memory."""


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
        article = analyzed.article
        self.delete(article.doc_id)
        narrowed = narrowing(analyzed)
        record = json.dumps(article_record(article), ensure_ascii=False)
        number = self._writer.docnum
        self._writer.add_document(
            doc_id=article.doc_id,
            name=article.doc_id.encode("utf-8", "surrogatepass"),
            kind=ARTICLE,
            article=record,
            about=json.dumps(about(article)).encode(),
            narrowing=narrowed,
        )
        self._writer.pool.add_document(number, {name: grams(text) for name, text in narrowed.items()})
        for one in chunks:
            chunk = one.chunk
            lengths = {
                "text": one.length,
                "heading": sum(one.heading_terms.values()),
                "title": sum(one.title_terms.values()),
            }
            number = self._writer.docnum
            self._writer.add_document(
                doc_id=article.doc_id,
                kind=KINDS[chunk.kind],
                year=chunk.year or 0,
                is_heading=int(chunk.is_heading),
                headings=one.folded_headings.encode("utf-8", "surrogatepass"),
                plain=one.plain.encode("utf-8", "surrogatepass") if one.plain != one.folded else b"",
                folded=one.folded.encode("utf-8", "surrogatepass"),
                chunk=json.dumps(chunk_record(chunk), ensure_ascii=False),
                **{LENGTHS[name]: length for name, length in lengths.items()},
            )
            self._writer.pool.add_document(
                number,
                {
                    "words": one.terms,
                    "grams": grams(one.folded),
                    "heading": one.heading_terms,
                    "title": one.title_terms,
                    "in_headings": grams(one.folded_headings),
                },
            )
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
