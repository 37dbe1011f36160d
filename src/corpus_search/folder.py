"""What is in the corpus folder?

A folder in; the files that can be read, their stamps and the documents they are, out. Nothing is opened but the
corpus's own dictionary.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from unicodedata import normalize

from corpus_search.article import DocId
from corpus_search.errors import CorpusError, FileError
from corpus_search.formats import SUFFIXES

IGNORE = ".corpusignore"
"""The file in a corpus folder that names what is to be left out, in the patterns of .gitignore."""

USERDICT = "userdict.txt"
"""The file in a corpus folder that teaches jieba words: one a line, in jieba's format."""


_SIDECARS = (".meta.toml", ".csl.json")


class Stamp(NamedTuple):
    """What tells, without opening a file, that it changed: its size, and when it and its entry did."""

    size: int
    mtime_ns: int
    ctime_ns: int

    @property
    def changed_ns(self) -> int:
        """When the file last changed, by the clock that no program sets where there is one."""
        return self.ctime_ns if os.name == "posix" else self.mtime_ns


@dataclass(slots=True)
class Scan:
    """What a folder holds: files by their paths below it, and the folders in it that cannot be read, with why."""

    files: dict[str, Stamp] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)


def scan(corpus: Path, *, exclude: Path) -> Scan:
    """Return what a corpus folder holds, `exclude` (the index) left out.

    Left out as well are hidden files, editors' temporary files, what is no regular file, and links that lead out
    of the folder or in a circle.

    Raises `CorpusError` when the folder is missing or not readable.
    """
    try:
        if not corpus.is_dir():
            what = "is not a folder" if corpus.exists() else "there is no such folder"
            raise CorpusError(f"{corpus}: {what}; name the folder that holds your articles")
        os.scandir(corpus).close()
    except OSError as error:
        raise CorpusError(f"{corpus}: the folder cannot be read ({error.strerror}); check its permissions") from error
    found = Scan()
    ignored = _ignored(corpus)
    top, left_out = corpus.resolve(), os.path.realpath(exclude)

    def unreadable(error: OSError) -> None:
        where = Path(error.filename).relative_to(corpus).as_posix()
        found.unreadable[where] = f"the folder cannot be read ({error.strerror}); check its permissions"

    for folder, folders, names in os.walk(corpus, onerror=unreadable):
        here = Path(folder)
        below = here.relative_to(corpus)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and os.path.realpath(here / name) != left_out
            and not ignored(f"{(below / name).as_posix()}/")
        )
        present = frozenset(names)
        for name in sorted(names):
            path = here / name
            if name.startswith((".", "~")) or path.suffix.lower() not in SUFFIXES:
                continue
            relative = path.relative_to(corpus).as_posix()
            if ignored(relative):
                continue
            stamp = None if relative == USERDICT else _stamp(path, top)
            for beside in _SIDECARS:
                # What lies beside an article changes it, so its stamp is theirs together.
                side = _stamp(path.with_suffix(beside), top) if path.with_suffix(beside).name in present else None
                stamp = (stamp and side and Stamp(*map(_together, stamp, side))) or stamp
            if stamp:
                found.files[relative] = stamp
    return found


def _ignored(corpus: Path) -> Callable[[str], bool]:
    """Return a function that tells whether a path below the corpus folder is left out by `IGNORE`."""
    try:
        lines = (corpus / IGNORE).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return lambda path: False
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(lines)
    return lambda path: bool(spec.match_file(path))


def _together(one: int, other: int) -> int:
    """Return a number that changes when either does."""
    return max(one, other) + (one ^ other) % 1_000


def sidecars(corpus: Path, path: str) -> tuple[str, ...]:
    """Return the paths of the files beside an article that say something of it, see `sidecar`."""
    beside = (PurePosixPath(path).with_suffix(ending).as_posix() for ending in _SIDECARS)
    return tuple(name for name in beside if (corpus / name).is_file())


def _stamp(path: Path, top: Path) -> Stamp | None:
    """Return the stamp of a file, or None if it is not one to read."""
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(top):
            return None
        status = path.stat()
    except (OSError, RuntimeError):  # A circle of links is a RuntimeError before Python 3.13.
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def document_ids(paths: Iterable[str]) -> dict[str, DocId]:
    """Return each path's document: the path without its ending, unless two would share it.

    Paths that differ in nothing that can be shown (in Unicode composition, say) are told apart by ``~2``.
    """
    whole = {path: shown(path) for path in sorted(paths)}
    ids = {path: name.rpartition(".")[0] for path, name in whole.items()}
    while True:
        shared = Counter(ids.values())
        clashing = [path for path in ids if shared[ids[path]] > 1 and ids[path] != whole[path]]
        if not clashing:
            break
        ids.update({path: whole[path] for path in clashing})
    taken: set[str] = set()
    for path, name in ids.items():
        unique, n = name, 1
        while unique in taken:
            n += 1
            unique = f"{name}~{n}"
        taken.add(unique)
        ids[path] = unique
    return {path: DocId(name) for path, name in ids.items()}


def shown(path: str) -> str:
    """Return a path as text that can be written anywhere: composed, and bytes that are no text spelled out."""
    return normalize("NFC", path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def userdict(corpus: Path) -> tuple[str, ...]:
    """Return the words that the corpus's own dictionary lists. Raises `FileError`."""
    path = corpus / USERDICT
    if not path.is_file():
        return ()
    from corpus_search.formats.text import decode

    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileError(USERDICT, f"cannot be read ({error.strerror}); check its permissions") from error
    lines = decode(data, path=USERDICT).text.splitlines()
    return tuple(line.split()[0] for line in lines if line.split() and not line.startswith("#"))
