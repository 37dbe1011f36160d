"""Does the index agree with the corpus folder?

A folder and what the index remembers of it in; yes or no out, without opening a file where that can be helped: it is
asked before every search from the command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from corpus_search.analysis import fingerprint
from corpus_search.errors import FileError
from corpus_search.folder import USERDICT, Stamp, scan, userdict
from corpus_search.state import Failure, File, State

FORMAT_VERSION = 11
"""Raised whenever what is stored changes its shape, so that old indexes are rebuilt."""


def is_fresh(corpus: Path, index: Path, state: State) -> bool:
    """Tell whether the index agrees with the corpus folder, opening only files whose stamps cannot be trusted yet.

    Raises `CorpusError` when the folder is missing or not readable.
    """
    if state.corpus != str(corpus.resolve()) or state.fingerprint != fingerprint_of(words_of(corpus)[0]):
        return False
    seen = scan(corpus, exclude=index)
    known = {file.path: file for file in state.files}
    failed = {f.path: f.stamp for f in state.failures if f.path != USERDICT and not f.beside}
    there = {**seen.files, **dict.fromkeys(seen.unreadable)}
    kept = {path for path in known if below(path, seen.unreadable)}
    if there.keys() | kept != known.keys() | failed.keys():
        return False
    return all(
        failed[path] == stamp if path in failed else _unchanged(corpus, known[path], stamp)
        for path, stamp in there.items()
    )


def _unchanged(corpus: Path, known: File, stamp: Stamp | None) -> bool:
    if known.stamp != stamp:
        return False
    if known.settled:
        return True
    from corpus_search.reading import load  # Which brings the whole parser with it.

    try:
        return load(corpus, known.path).sha256 == known.sha256
    except FileError:
        return False


def below(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is of a file in one of some folders, or below it."""
    return any(path.startswith(f"{folder}/") for folder in folders)


def words_of(corpus: Path) -> tuple[tuple[str, ...], Failure | None]:
    """Return the words of the corpus's own dictionary, or why it cannot be read."""
    try:
        return userdict(corpus), None
    except FileError as error:
        return (), Failure(error.path, error.reason)


def fingerprint_of(words: Iterable[str]) -> dict[str, str]:
    """Return what decides what is in an index, part by part, beside the files; `words` are the corpus's own."""
    return {"format": str(FORMAT_VERSION), **fingerprint(words)}
