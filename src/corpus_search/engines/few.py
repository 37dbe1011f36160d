"""What stands in for numpy where there are few numbers?

numpy takes as long to load as Python with all of Whoosh. An index of a few articles is asked by the same code without
it: what `matching`, `ranking`, `facets` and the snapshots want of numpy is here, under numpy's names, over plain lists.
`Row` is an array of one dimension; what an element comes to, it comes to as in numpy, to the last digit.

Element by element this is slower, so that it is for up to `FEW` documents; `namespace` tells which of the two an array
is of.
"""

from __future__ import annotations

import operator
from array import array as packed
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

FEW = 1_000
"""Up to how many documents an index goes without numpy."""

_KINDS: dict[Any, Callable[[Any], Any]] = {bool: bool, "bool": bool, float: float}
_CODES = {"<u1": "B", "<u2": "H", "<u4": "I", ">B": "B", ">h": "h", ">I": "I"}


def namespace(numbers: Any) -> Any:
    """Return this module for a `Row`, and numpy for an array of numpy's."""
    if isinstance(numbers, Row):
        return _THIS
    import numpy as np

    return np


def for_size(size: int) -> Any:
    """Return what has arrays for an index of so many documents: this module, or numpy."""
    return namespace(Row([]) if size <= FEW else None)


def _elementwise(operation: Callable[[Any, Any], Any]) -> Callable[[Row, Any], Row]:
    def applied(row: Row, other: Any) -> Row:
        if isinstance(other, Row):
            return Row(list(map(operation, row.values, other.values)))
        return Row([operation(value, other) for value in row.values])

    return applied


class Row:
    """Numbers or booleans in a row."""

    __slots__ = ("values",)
    __hash__ = None  # type: ignore[assignment]
    dtype = None
    """An array made with it has whole numbers, as all are that another array's `dtype` is asked for."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    __and__ = _elementwise(operator.and_)
    __or__ = _elementwise(operator.or_)
    __add__ = __radd__ = _elementwise(operator.add)
    __sub__ = _elementwise(operator.sub)
    __mul__ = __rmul__ = _elementwise(operator.mul)
    __truediv__ = _elementwise(operator.truediv)
    __le__ = _elementwise(operator.le)
    __gt__ = _elementwise(operator.gt)
    __ge__ = _elementwise(operator.ge)
    __eq__ = _elementwise(operator.eq)  # type: ignore[assignment]
    __ne__ = _elementwise(operator.ne)  # type: ignore[assignment]

    def __invert__(self) -> Row:
        return Row([not value for value in self.values])

    def __neg__(self) -> Row:
        return Row([-value for value in self.values])

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def _places(self, key: Any) -> Sequence[int]:
        if isinstance(key, slice):
            return range(*key.indices(len(self.values)))
        chosen: list[Any] = key.values if isinstance(key, Row) else list(key)
        if chosen and isinstance(chosen[0], bool):
            return [at for at, is_chosen in enumerate(chosen) if is_chosen]
        return chosen

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int):
            return self.values[key]
        values = self.values
        return Row([values[at] for at in self._places(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, int):
            self.values[key] = value
            return
        places = self._places(key)
        for at, one in zip(places, value if isinstance(value, Row | list) else [value] * len(places), strict=True):
            self.values[at] = one

    @property
    def nbytes(self) -> int:
        """About what it takes."""
        return 8 * len(self.values)

    def astype(self, dtype: Any) -> Row:
        """Return it with other elements."""
        return Row(list(map(_KINDS.get(dtype, int), self.values)))

    def tolist(self) -> list[Any]:
        """Return a list of the elements."""
        return list(self.values)

    def any(self) -> bool:
        """Tell whether any is true."""
        return any(self.values)

    def all(self) -> bool:
        """Tell whether all are true."""
        return all(self.values)

    def sum(self) -> Any:
        """Return the sum."""
        return sum(self.values)

    def mean(self) -> float:
        """Return the average."""
        return float(sum(self.values) / len(self.values))

    def max(self) -> Any:
        """Return the largest."""
        return max(self.values)

    def min(self) -> Any:
        """Return the smallest."""
        return min(self.values)


class _Namespace:
    """numpy's functions for rows; what they do is in numpy's manual."""

    @staticmethod
    def array(values: Iterable[Any], dtype: Any = None) -> Row:
        return Row(list(values)) if dtype is None else Row(list(values)).astype(dtype)

    @staticmethod
    def zeros(size: int, dtype: Any = float) -> Row:
        return Row([_KINDS.get(dtype, int)(0)] * size)

    @staticmethod
    def ones(size: int, dtype: Any = float) -> Row:
        return Row([_KINDS.get(dtype, int)(1)] * size)

    @staticmethod
    def arange(size: int) -> Row:
        return Row(list(range(size)))

    @staticmethod
    def repeat(row: Row, sizes: Sequence[int]) -> Row:
        return Row([value for value, size in zip(row.values, sizes, strict=True) for _ in range(size)])

    @staticmethod
    def frombuffer(data: bytes, dtype: str, count: int = -1, offset: int = 0) -> Row:
        numbers = packed(_CODES[dtype])
        size = len(data) - offset if count < 0 else count * numbers.itemsize
        numbers.frombytes(data[offset : offset + size])
        if (dtype[0] == ">") != _IS_BIG:
            numbers.byteswap()
        return Row(numbers.tolist())

    @staticmethod
    def where(mask: Row, one: Any, other: Any) -> Row:
        ones = one if isinstance(one, Row) else [one] * len(mask)
        others = other if isinstance(other, Row) else [other] * len(mask)
        return Row([a if chosen else b for chosen, a, b in zip(mask, ones, others, strict=True)])

    @staticmethod
    def flatnonzero(row: Row) -> Row:
        return Row([at for at, value in enumerate(row.values) if value])

    @staticmethod
    def count_nonzero(row: Row) -> int:
        return sum(map(bool, row.values))

    @staticmethod
    def concatenate(rows: Iterable[Row]) -> Row:
        return Row([value for row in rows for value in row.values])

    @staticmethod
    def cumsum(row: Row, dtype: Any = None) -> Row:
        return Row(list(accumulate(row.values)))

    @staticmethod
    def isin(row: Row, among: Iterable[Any]) -> Row:
        known = set(among)
        return Row([value in known for value in row.values])

    @staticmethod
    def searchsorted(row: Row, wanted: Row | Sequence[Any]) -> Row:
        return Row([bisect_left(row.values, one) for one in wanted])

    @staticmethod
    def unique(row: Row, *, return_inverse: bool = False) -> Any:
        found = sorted(set(row.values))
        if not return_inverse:
            return Row(found)
        place = {value: at for at, value in enumerate(found)}
        return Row(found), Row([place[value] for value in row.values])

    @staticmethod
    def intersect1d(one: Row, other: Row) -> Row:
        return Row(sorted(set(one.values) & set(other.values)))

    @staticmethod
    def bincount(row: Row, weights: Row | None = None, minlength: int = 0) -> Row:
        size = max(minlength, max(row.values, default=-1) + 1)
        found: list[Any] = [0 if weights is None else 0.0] * size
        for at, weight in zip(row.values, [1] * len(row) if weights is None else weights.values, strict=True):
            found[at] += weight
        return Row(found)

    @staticmethod
    def round(row: Row, digits: int) -> Row:
        # As numpy rounds, which is not quite as Python does.
        power = 10.0**digits
        return Row([round(value * power) / power for value in row.values])

    @staticmethod
    def argsort(row: Row) -> Row:
        return Row(sorted(range(len(row)), key=row.values.__getitem__))

    @staticmethod
    def lexsort(keys: Sequence[Row]) -> Row:
        values = [key.values for key in reversed(keys)]
        return Row(sorted(range(len(values[0])), key=lambda at: [key[at] for key in values]))

    @staticmethod
    def argpartition(row: Row, _at: int) -> Row:
        return _Namespace.argsort(row)

    class add:  # noqa: N801 - numpy's name
        @staticmethod
        def at(row: Row, places: Row, more: Row) -> None:
            for at, one in zip(places.values, more.values, strict=True):
                row.values[at] += one

    class maximum:  # noqa: N801 - numpy's name
        def __new__(cls, row: Row, least: float) -> Any:
            return Row([max(value, least) for value in row.values])

        @staticmethod
        def accumulate(row: Row) -> Row:
            return Row(list(accumulate(row.values, max)))

        @staticmethod
        def at(row: Row, places: Row, others: Row) -> None:
            for at, one in zip(places.values, others.values, strict=True):
                row.values[at] = max(row.values[at], one)

    @staticmethod
    def minimum(row: Row, most: float) -> Row:
        return Row([min(value, most) for value in row.values])


_IS_BIG = packed("H", [1]).tobytes() == b"\x00\x01"
_THIS = _Namespace()
