"""What does a document of the index hold?

A document is a chunk, or an article, which holds what narrows its chunks and stands right before them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from whoosh import columns, fields, formats

from corpus_search.engines.snapshot import LENGTHS


class Counts(fields.FieldType):  # type: ignore[misc]
    """A field of terms with their counts, which come analysed and are written in bulk, see `bulk`."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None, scorable=False)


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
    in_title=Counts(),
    in_authors=Counts(),
    in_keywords=Counts(),
    in_headings=Counts(),
    about=fields.COLUMN(columns.VarBytesColumn()),
    narrowing=fields.STORED(),
    headings=fields.COLUMN(columns.VarBytesColumn()),
    plain=fields.COLUMN(columns.VarBytesColumn()),
    folded=fields.COLUMN(columns.VarBytesColumn()),
    chunk=fields.STORED(),
    article=fields.STORED(),
    words=Counts(),
    grams=Counts(),
    heading=Counts(),
    title=Counts(),
    **{column: _numbers("I") for column in LENGTHS.values()},
)
