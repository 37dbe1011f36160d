"""What does a document of tantivy's index hold?

Three sorts of documents, numbered in the order in which they stand: an article with what narrows its chunks and what
it is in a line, its chunks, and its record, the article whole, which nothing but its reader needs.

================ ==========================================================================================
``number``       the place of an article or chunk among all, below 0 for a record; never used twice
``kind`` …       columns of whole numbers, see `COLUMNS`
``doc_id``       the document, for all three; ``article`` and ``record`` once more for these alone
``in_title`` …   every character of what narrows, in its place
``folded`` …     bytes that are given back as they are
================ ==========================================================================================

What characters, pairs and words the texts have is kept beside it, see `postings`.
"""

from __future__ import annotations

from typing import Any

import tantivy

from corpus_search.article import DocId

RECORD = -1
"""The number of documents that are records."""

COLUMNS = ("number", "kind", "year", "is_heading", "length", "heading_length", "title_length")
"""The columns."""

RUNNING = ("in_title", "in_authors", "in_keywords", "in_headings")
"""The fields of characters in their places, where runs are found."""

STORED = ("folded", "plain", "headings", "chunk", "about", "narrowing", "record_of")

_BLANK, _LINE_END = "\x1f", "\x1e"
"""What stands for the two blanks of a folded text as characters. To Unicode they are blanks, so it has none itself."""


def characters(folded: str) -> str:
    """Return the characters of a folded text as tantivy takes them apart again, which is quickest at blanks."""
    return " ".join(folded.replace(" ", _BLANK).replace("\n", _LINE_END))


def schema() -> tantivy.Schema:
    """Return the schema."""
    builder = tantivy.SchemaBuilder()
    for name in COLUMNS:
        builder.add_integer_field(name, fast=True)
    for name in ("doc_id", "article", "record"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in RUNNING:
        builder.add_text_field(name, tokenizer_name="blanks", index_option="position")
    for name in STORED:
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def registered(index: tantivy.Index) -> tantivy.Index:
    """Make an index that was opened know how its fields are cut; nothing changes or drops what is cut."""
    index.register_tokenizer("blanks", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def in_order(searcher: tantivy.Searcher, query: tantivy.Query) -> list[tuple[int, Any]]:
    """Return what a query finds, in the order of the column ``number``: the numbers and the addresses."""
    most = max(searcher.num_docs, 1)
    found: list[tuple[int, Any]] = searcher.search(
        query, most, count=False, order_by_field="number", order=tantivy.Order.Asc
    ).hits
    return found


def key(doc_id: DocId) -> str:
    """Return the term for a document; a file's name may hold what is no Unicode."""
    return doc_id.encode("unicode_escape").decode("ascii")
