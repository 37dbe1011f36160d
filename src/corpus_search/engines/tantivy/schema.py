"""What does a document of the index hold?

Three sorts of documents, numbered in the order in which they stand: an article with what narrows its chunks and what
it is in a line, its chunks, and its record, the article whole, which nothing but its reader needs.

================ ==========================================================================================
``number``       the place of an article or chunk among all, below 0 for a record; never used twice
``kind`` …       columns of whole numbers, see `COLUMNS`
``doc_id``       the document, for all three; ``article`` and ``record`` once more for these alone
``chars``        every character of the folded text in its place
``pairs``        every pair of neighbours in it; tantivy makes them of the text, all else comes parted by blanks
``latin``        the words and numbers in Latin letters in it, not stemmed
``words`` …      the terms of the text, of the headings above it and of the title, as often as they count
``in_title`` …   every character of what narrows, in its place
``folded`` …     bytes that are given back as they are
================ ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import tantivy

from corpus_search.article import DocId
from corpus_search.folding import MARK, together

RECORD = -1
"""The number of documents that are records."""

COLUMNS = (
    "number", "kind", "year", "is_heading", "length", "heading_length", "title_length", "chars_length", "words_length",
)  # fmt: skip
"""The columns; the lengths of characters and words count tokens, see `counts`."""

RUNNING = ("chars", "in_title", "in_authors", "in_keywords", "in_headings")
"""The fields of characters in their places, where runs are found."""

TERMS = ("words", "heading", "title")
STORED = ("folded", "plain", "headings", "chunk", "about", "narrowing", "record_of")

_BLANK, _LINE_END = "\x1f", "\x1e"
"""What stands for the two blanks of a folded text as characters. To Unicode they are blanks, so it has none itself."""


def spaced(terms: Iterable[str]) -> str:
    """Return terms as tantivy takes them apart again, which is quickest at blanks."""
    return " ".join(terms)


def characters(folded: str) -> str:
    """Return the terms for the characters of a folded text, the same way."""
    return " ".join(folded.replace(" ", _BLANK).replace("\n", _LINE_END))


def characters_together(folded: Sequence[str]) -> list[str]:
    """Return the `characters` of each of some texts, in a third of the time: they are parted as one array."""
    joined = together(folded)
    if joined is None:
        return list(map(characters, folded))
    codes = np.frombuffer(joined.replace(" ", _BLANK).replace("\n", _LINE_END).encode("utf-32-le"), dtype="<u4")
    apart = np.full(2 * len(codes), ord(" "), dtype="<u4")
    apart[::2] = codes
    return [one.strip(" ") for one in apart.tobytes().decode("utf-32-le").split(MARK)]


def schema() -> tantivy.Schema:
    """Return the schema."""
    builder = tantivy.SchemaBuilder()
    for name in COLUMNS:
        builder.add_integer_field(name, fast=True)
    for name in ("doc_id", "article", "record"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in RUNNING:
        builder.add_text_field(name, tokenizer_name="blanks", index_option="position")
    builder.add_text_field("pairs", tokenizer_name="pairs", index_option="freq")
    builder.add_text_field("latin", tokenizer_name="blanks", index_option="basic")
    for name in TERMS:
        builder.add_text_field(name, tokenizer_name="blanks", index_option="freq")
    for name in STORED:
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def registered(index: tantivy.Index) -> tantivy.Index:
    """Make an index that was opened know how its fields are cut; nothing changes or drops what is cut."""
    cut = {
        "blanks": tantivy.Tokenizer.whitespace(),
        "pairs": tantivy.Tokenizer.ngram(min_gram=2, max_gram=2, prefix_only=False),
    }
    for name, tokenizer in cut.items():
        index.register_tokenizer(name, tantivy.TextAnalyzerBuilder(tokenizer).build())
    return index


def key(doc_id: DocId) -> str:
    """Return the term for a document; a file's name may hold what is no Unicode."""
    return doc_id.encode("unicode_escape").decode("ascii")
