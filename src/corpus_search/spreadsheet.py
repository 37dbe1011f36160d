"""How is a table written for a spreadsheet?

The columns' names and rows of values in, CSV (RFC 4180) out, a row at a time, to be written in UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from corpus_search.display import table_cell

_MARK = "\ufeff"
"""A byte order mark, without which spreadsheets take UTF-8 for something else."""

Cell = str | int | float | None


def csv_rows(columns: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """Yield a table, its head first; None is an empty cell, and no text is a formula."""
    yield _MARK + _row(columns)
    for row in rows:
        yield _row(row)


def _row(cells: Iterable[Cell]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(table_cell(cell) if isinstance(cell, str) else cell for cell in cells)
    return out.getvalue()
