"""How does an index change? One generation of it is written that nobody reads yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import tantivy

from corpus_search.article import DocId
from corpus_search.chunk import chunk_record
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines.snapshot import ARTICLE, KINDS
from corpus_search.engines.tantivy.schema import BETWEEN, COLUMNS, RECORD, key, prepare, schema
from corpus_search.engines.writing import about, committed, narrowing
from corpus_search.generations import Generations, write_state
from corpus_search.reading import packed
from corpus_search.records import article_record

_HEAP_BYTES = 256 << 20
"""How much tantivy gathers before it writes a segment."""


def written(generations: Generations, *, empty: bool) -> AbstractContextManager[TantivyWriter]:
    """Return a writer of the next generation, see `writing.committed`."""

    def opened(folder: Path) -> TantivyWriter:
        index = tantivy.Index(schema(), path=str(folder)) if empty else tantivy.Index.open(str(folder))
        return TantivyWriter(prepare(index), folder)

    return committed(generations, opened, empty=empty)


class TantivyWriter:
    """Changes one generation of an index."""

    def __init__(self, index: tantivy.Index, folder: Path) -> None:
        self._folder = folder
        self._writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        self._state: Mapping[str, Any] = {}
        newest = index.searcher().search(
            tantivy.Query.all_query(), 1, order_by_field="number", order=tantivy.Order.Desc
        ).hits  # fmt: skip
        self._number = newest[0][0] + 1 if newest else 0
        # What an index that was empty holds, so that nothing is removed from it for each document that comes.
        self._came: set[DocId] | None = None if newest else set()

    def replace(self, analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> None:
        """Put a document in the place of the one with its `doc_id`, if there is one."""
        article = analyzed.article
        name = key(article.doc_id)
        self.delete(article.doc_id)
        if self._came is not None:
            self._came.add(article.doc_id)
        narrowed = narrowing(analyzed)
        self._add(
            {"kind": ARTICLE},
            {"doc_id": name, "article": name, **narrowed},
            {"about": _json({"doc_id": article.doc_id, **about(article)}), "narrowing": _json(narrowed)},
        )
        for one in chunks:
            self._add_chunk(name, one)
        made = tantivy.Document()
        made.add_integer("number", RECORD)
        made.add_text("doc_id", name)
        made.add_text("record", name)
        made.add_bytes("record_of", packed(article_record(article)))
        self._writer.add_document(made)

    def _add_chunk(self, name: str, one: AnalyzedChunk) -> None:
        chunk = one.chunk
        columns = {
            "kind": KINDS[chunk.kind],
            "year": chunk.year or 0,
            "is_heading": int(chunk.is_heading),
            "length": one.length,
            "heading_length": sum(one.heading_terms.values()),
            "title_length": sum(one.title_terms.values()),
            "chars_length": len(one.folded),
            "words_length": sum(one.terms.values()),
        }
        texts = {
            "doc_id": name,
            "chars": one.folded,
            "pairs": one.folded,
            "latin": one.folded,
            "words": _joined(one.terms),
            "heading": _joined(one.heading_terms),
            "title": _joined(one.title_terms),
            "in_headings": one.folded_headings,
        }
        stored = {
            "folded": one.folded.encode(),
            "plain": one.plain.encode() if one.plain != one.folded else b"",
            "headings": one.folded_headings.encode(),
            "chunk": _json(chunk_record(chunk)),
        }
        self._add(columns, texts, stored)

    def _add(self, columns: Mapping[str, int], texts: Mapping[str, str], stored: Mapping[str, bytes]) -> None:
        made = tantivy.Document()
        for name in COLUMNS:
            made.add_integer(name, self._number if name == "number" else columns.get(name, 0))
        self._number += 1
        for name, text in texts.items():
            if text:
                made.add_text(name, text)
        for name, data in stored.items():
            if data:
                made.add_bytes(name, data)
        with _failing_as_disk():
            self._writer.add_document(made)

    def delete(self, doc_id: DocId) -> None:
        """Remove a document; does nothing if there is none."""
        if self._came is None or doc_id in self._came:
            self._writer.delete_documents_by_term("doc_id", key(doc_id))

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Keep `state`, a JSON object, with what is committed."""
        self._state = state

    def commit(self) -> None:
        """Write everything down."""
        with _failing_as_disk():
            self._writer.commit()
            self._writer.wait_merging_threads()
        write_state(self._folder, self._state)

    def cancel(self) -> None:
        """Write nothing."""
        self._writer.rollback()


@contextmanager
def _failing_as_disk() -> Iterator[None]:
    """Raise what a disk raises where tantivy cannot write: it says so with a ValueError, once its thread has died."""
    try:
        yield
    except ValueError as error:
        raise OSError(f"tantivy cannot write: {error}") from error


def _joined(terms: Mapping[str, int]) -> str:
    """Return terms as often as they count, for tantivy to take apart again."""
    return BETWEEN.join(chain.from_iterable(repeat(term, count) for term, count in terms.items()))


def _json(record: Any) -> bytes:
    """Return a JSON object; what is no Unicode in it is escaped as everything else is."""
    return json.dumps(record).encode()
