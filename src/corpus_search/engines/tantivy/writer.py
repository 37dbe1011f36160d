"""How does an index change? One generation of it is written that nobody reads yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import tantivy

from corpus_search.analysis import LATIN
from corpus_search.article import DocId
from corpus_search.chunk import chunk_record
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.engines.snapshot import ARTICLE, KINDS
from corpus_search.engines.tantivy.schema import COLUMNS, RECORD, characters, key, registered, schema, spaced
from corpus_search.engines.writing import about, committed, narrowing, packed_record
from corpus_search.generations import Generations, write_state
from corpus_search.records import as_json

_HEAP_BYTES = 256 << 20
"""How much tantivy gathers before it writes a segment."""

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
        self.put(prepare(analyzed, chunks))

    def put(self, prepared: Prepared) -> None:
        """Put what was prepared of a document in the place of the one with its `doc_id`, if there is one."""
        doc_id, parts = prepared
        self.delete(doc_id)
        if self._came is not None:
            self._came.add(doc_id)
        for columns, texts, stored in parts:
            made = tantivy.Document()
            for name, value in columns:
                made.add_integer(name, value)
            for name, text in texts:
                made.add_text(name, text)
            for name, data in stored:
                made.add_bytes(name, data)
            if columns:
                made.add_integer("number", self._number)
                self._number += 1
            else:
                made.add_integer("number", RECORD)
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


# --- what is done before an index is at hand -------------------------------------------------------------------

_Part = tuple[tuple[tuple[str, int], ...], tuple[tuple[str, str], ...], tuple[tuple[str, bytes], ...]]
Prepared = tuple[DocId, list[_Part]]
"""A document's id, and what is kept of it, part by part: numbers, texts and bytes with their fields; none is empty."""


def prepare(analyzed: AnalyzedArticle, chunks: Iterable[AnalyzedChunk]) -> Prepared:
    """Return what `TantivyWriter.put` puts into the index of a document."""
    article = analyzed.article
    name = key(article.doc_id)
    narrowed = narrowing(analyzed)
    described = _part(
        {"kind": ARTICLE},
        {"doc_id": name, "article": name, **{field: characters(text) for field, text in narrowed.items()}},
        {"about": as_json({"doc_id": article.doc_id, **about(article)}), "narrowing": as_json(narrowed)},
    )
    record: _Part = ((), (("doc_id", name), ("record", name)), (("record_of", packed_record(analyzed)),))
    return article.doc_id, [described, *(_chunk_part(name, one) for one in chunks), record]


def _chunk_part(name: str, one: AnalyzedChunk) -> _Part:
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
        "chars": characters(one.folded),
        "pairs": one.folded,
        "latin": spaced(set(_LATIN_WORD.findall(one.folded))),
        "words": _counted(one.terms),
        "heading": _counted(one.heading_terms),
        "title": _counted(one.title_terms),
        "in_headings": characters(one.folded_headings),
    }
    stored = {
        "folded": one.folded.encode(),
        "plain": one.plain.encode() if one.plain != one.folded else b"",
        "headings": one.folded_headings.encode(),
        "chunk": as_json(chunk_record(chunk)),
    }
    return _part(columns, texts, stored)


def _part(columns: Mapping[str, int], texts: Mapping[str, str], stored: Mapping[str, bytes]) -> _Part:
    return (
        tuple((name, columns.get(name, 0)) for name in COLUMNS if name != "number"),
        tuple((name, text) for name, text in texts.items() if text),
        tuple((name, data) for name, data in stored.items() if data),
    )


def _counted(terms: Mapping[str, int]) -> str:
    """Return terms as often as they count."""
    return spaced(chain.from_iterable(map(repeat, terms.keys(), terms.values())))
