"""How do results become a table?

Rows in, a pandas `DataFrame` out, where pandas is installed: it is large, and most who search do without it. What is
not known is missing (``pandas.NA``), years and pages stay whole numbers, several authors are parted by semicolons and
headings by ``›``, as in the CSV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from corpus_search.errors import PackageError

if TYPE_CHECKING:
    from pandas import DataFrame

_WHOLE = frozenset(("rank", "year", "page", "passages"))


def frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> DataFrame:
    """Return a table of `rows`, with just these `columns`, in this order, also where there is no row.

    Raises `PackageError` where pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise PackageError(
            "a DataFrame needs the package pandas; `pip install 'corpus-search[pandas]'` brings it, and record() gives "
            "plain dicts without it"
        ) from error
    cells = [[_plain(row[name]) for name in columns] for row in rows]
    made = pd.DataFrame(cells, columns=list(columns), dtype=object)
    return made.astype({name: "Int64" if name in _WHOLE else "Float64" if name == "score" else "string"
                        for name in columns})  # fmt: skip


def _plain(value: object) -> object:
    """Return a cell as what it says: a kind is a word."""
    return str(value.value) if isinstance(value, Enum) else value
