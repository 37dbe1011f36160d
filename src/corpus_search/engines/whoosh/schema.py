"""What does a document of the index hold?

A document is a chunk, or an article, which holds what narrows its chunks and stands right before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from whoosh import columns, fields, formats

from corpus_search.analysis import grams
from corpus_search.article import Kind
from corpus_search.query import Field

ARTICLE = 0
KINDS = {kind: code for code, kind in enumerate(Kind, ARTICLE + 1)}
"""What the column ``kind`` says of a document: `ARTICLE`, or the kind of chunk."""

NARROWING = {Field.TITLE: "in_title", Field.AUTHOR: "in_authors", Field.KEYWORD: "in_keywords"}
"""The fields of an article that narrow a search to its chunks."""

LENGTHS = {"text": "length", "heading": "heading_length", "title": "title_length"}
"""The columns with how long a chunk's text, headings and title are: in letters and characters, and in terms."""


def _postings(counts: Mapping[str, int]) -> Iterator[tuple[bytes, int, float, bytes]]:
    """Yield terms with their counts as Whoosh's writer takes them, in order."""
    for term, count in sorted((t.encode(errors="surrogatepass"), n) for t, n in counts.items()):
        yield term, count, float(count), b""


class _Counted(fields.FieldType):  # type: ignore[misc]
    """A field that keeps which documents have a term, and how often; lengths are kept in columns."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None, scorable=False)


class TermCounts(_Counted):
    """A field whose values are terms with their counts, analysed before they come here."""

    def index(self, value: Mapping[str, int], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield each term with its count."""
        return _postings(value)


class Grams(_Counted):
    """A field whose values are folded texts, indexed by their characters and pairs to narrow a search."""

    def index(self, value: str, **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield each gram with its count."""
        return _postings(grams(value))


class Numbers(columns.NumericColumn):  # type: ignore[misc]
    """A column of numbers, 0 where there is none, that is read as one array."""

    class Reader(columns.NumericColumn.Reader):  # type: ignore[misc]
        """Reads the column."""

        def array(self) -> np.ndarray:
            """Return the numbers of all documents; the zeros at the end are not stored."""
            data = self._dbfile.get(self._basepos, self._count * self._fixedlen)
            found = np.zeros(self._doccount, dtype=self._typecode)
            found[: self._count] = np.frombuffer(data, dtype=f">{self._typecode}")
            return found


def _numbers(typecode: str) -> Any:
    return fields.COLUMN(Numbers(typecode))


SCHEMA = fields.Schema(
    doc_id=fields.ID(),
    name=fields.COLUMN(columns.VarBytesColumn()),
    kind=_numbers("B"),
    year=_numbers("h"),
    is_heading=_numbers("B"),
    in_title=Grams(),
    in_authors=Grams(),
    in_keywords=Grams(),
    in_headings=Grams(),
    narrowing=fields.STORED(),
    headings=fields.COLUMN(columns.VarBytesColumn()),
    folded=fields.COLUMN(columns.VarBytesColumn()),
    chunk=fields.STORED(),
    article=fields.STORED(),
    words=TermCounts(),
    grams=TermCounts(),
    heading=TermCounts(),
    title=TermCounts(),
    **{column: _numbers("I") for column in LENGTHS.values()},
)
