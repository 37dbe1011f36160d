"""How is what was counted written for a spreadsheet?"""

from __future__ import annotations

from collections.abc import Iterator

from corpus_search.counting.collocates import Collocates
from corpus_search.counting.frequency import Frequency
from corpus_search.counting.keyness import Keyness
from corpus_search.spreadsheet import csv_rows

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
    """Return a table of what was counted, a row at a time; articles without a year are the last, without a name."""
    columns = COLUMNS[type(counted)]
    undated = (counted.undated,) if isinstance(counted, Frequency) and counted.undated else ()
    records = (row.record() for row in (*counted.rows, *undated))
    return csv_rows(columns, ([record[name] for name in columns] for record in records))
