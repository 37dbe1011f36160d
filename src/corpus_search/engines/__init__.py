"""Who does the searching? One adapter per engine, each behind the protocol of `corpus_search.engine`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from corpus_search.engine import Engine, Writer
from corpus_search.errors import CorpusSearchError

ENGINES = ("whoosh",)
"""The names of the engines, the default first."""


def _check(name: str) -> None:
    if name not in ENGINES:
        raise CorpusSearchError(f"there is no engine {name!r}; there is {', '.join(ENGINES)}")


def open_engine(name: str, folder: Path) -> Engine:
    """Open the index in `folder` with the engine called `name`.

    Raises `IndexMissingError`, `IndexDamagedError`.
    """
    _check(name)
    from corpus_search.engines.whoosh import WhooshEngine

    return WhooshEngine(folder)


def create_index(name: str, folder: Path) -> AbstractContextManager[Writer]:
    """Return a writer for a new index in `folder`, in place of whatever is there once it commits."""
    _check(name)
    from corpus_search.engines.whoosh import WhooshEngine

    return WhooshEngine.create(folder)
