"""What may a call from Python say?

Options as people write them (``kind="note"``, ``year=[2022, 2023]``, ``sort="year"``) in; what the search takes out.
What there is not is an error that names what there is, never something else in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from corpus_search.article import Kind
from corpus_search.errors import OptionError
from corpus_search.query import FACETS, Field, Filters

Values = str | int | Iterable[str | int] | None
"""One value, or several, or None for all."""

_E = TypeVar("_E", bound=StrEnum)


def choice(choices: type[_E], name: str, value: str) -> _E:
    """Return one of `choices`. Raises `OptionError`."""
    try:
        return choices(value)
    except ValueError:
        listed = ", ".join(repr(str(one)) for one in choices if one)
        raise OptionError(f"{name}: one of these is expected, not {value!r:.100}: {listed}") from None


def number(name: str, value: int, *, low: int = 0, high: int | None = None) -> int:
    """Return a whole number in its bounds. Raises `OptionError`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < low or (high is not None and value > high):
        bounds = f"from {low:,} to {high:,}" if high is not None else f"of {low:,} or more"
        raise OptionError(f"{name}: a whole number {bounds} is expected, not {value!r:.100}")
    return value


def filters_of(**chosen: Values) -> Filters:
    """Return what hits are limited to: values by the names of facets. Raises `OptionError`."""
    found: dict[Field, frozenset[str]] = {}
    for name, values in chosen.items():
        if values is None:
            continue
        field = choice(Field, "filters", name)
        if field not in FACETS:
            raise OptionError(f"filters: hits are limited by {', '.join(FACETS)}, not by {name}")
        several = [values] if isinstance(values, str | int) else list(values)
        texts = frozenset(map(str, several))
        for value in texts:
            if field is Field.KIND:
                choice(Kind, "kind", value)
            if field is Field.YEAR and not (value.isascii() and value.isdecimal() and len(value) <= 4):
                raise OptionError(f"year: a year is expected, as 2023, not {value!r:.100}; a range is year:2020..2023")
        if not texts:
            raise OptionError(f"{name}: at least one value is expected; leave the option out for all")
        found[field] = texts
    return found
