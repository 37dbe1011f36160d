"""What does a document of the index hold?

A document is a chunk, or an article, which holds what narrows its chunks and stands right before them.
"""

from __future__ import annotations

import re
from typing import Any

from whoosh import columns, fields, formats

from corpus_search.engines.snapshot import LENGTHS
from corpus_search.limits import check


class Counts(fields.FieldType):  # type: ignore[misc]
    """A field of terms with their counts, which come analysed and are written in bulk, see `bulk`."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None, scorable=False)


class Numbers(columns.NumericColumn):  # type: ignore[misc]
    """A column of numbers, 0 where there is none, that is read as one array."""

    class Reader(columns.NumericColumn.Reader):  # type: ignore[misc]
        """Reads the column."""

        def array(self, np: Any) -> Any:
            """Return the numbers of all documents as an array; the zeros at the end are not stored."""
            data = self._dbfile.get(self._basepos, self._count * self._fixedlen)
            found = np.zeros(self._doccount, dtype=self._typecode)
            found[: self._count] = np.frombuffer(data, dtype=f">{self._typecode}")
            return found


class Texts(columns.VarBytesColumn):  # type: ignore[misc]
    """A column of texts, many of which can be looked through at once."""

    class Reader(columns.VarBytesColumn.Reader):  # type: ignore[misc]
        """Reads the column."""

        def matching(self, numbers: list[int], pattern: re.Pattern[bytes]) -> list[int]:
            """Return those of some documents in whose texts a pattern is found, as long as there is time to look."""
            get, base, offsets, lengths = self._dbfile.get, self._basepos, self._offsets, self._lengths
            found = []
            for at in range(0, len(numbers), _AT_ONCE):
                check()
                some = numbers[at : at + _AT_ONCE]
                found += [n for n in some if pattern.search(get(base + offsets[n], lengths[n]))]
            return found


_AT_ONCE = 500
"""How many texts are looked through between two looks at the clock."""


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
    folded=fields.COLUMN(Texts()),
    chunk=fields.STORED(),
    article=fields.STORED(),
    words=Counts(),
    grams=Counts(),
    heading=Counts(),
    title=Counts(),
    **{column: _numbers("I") for column in LENGTHS.values()},
)
