"""Counts as CSV (RFC 4180), for spreadsheets; to be written in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from corpus_search.counting.collocates import Collocates
from corpus_search.counting.frequency import Frequency
from corpus_search.counting.keyness import Keyness
from corpus_search.display import table_cell
from corpus_search.records import Record

COLUMNS = {
    Frequency: ("name", "title", "year", "count", "characters", "per_10000_characters", "articles", "articles_with"),
    Collocates: ("word", "count", "left", "right", "expected", "total", "log_likelihood", "pmi", "logdice"),
    Keyness: (
        "word", "count", "rest", "per_10000_words", "rest_per_10000_words", "log_likelihood", "log_ratio",
        "diff_percent",
    ),
}  # fmt: skip
"""The columns of each table: the names in its rows' JSON."""


def as_csv(counted: Frequency | Collocates | Keyness) -> Iterator[str]:
    """Yield a table of what was counted, a row at a time; articles without a year are the last, without a name.

    It begins with a byte order mark, without which spreadsheets take UTF-8 for something else.
    """
    columns = COLUMNS[type(counted)]
    yield "\ufeff" + _row(dict(zip(columns, columns, strict=True)), columns)
    for row in counted.rows:
        yield _row(row.record(), columns)
    if isinstance(counted, Frequency) and counted.undated:
        yield _row(counted.undated.record(), columns)


def _row(record: Record, columns: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(
        value if isinstance(value := record[name], int | float) else table_cell(str(value or "")) for name in columns
    )
    return out.getvalue()
