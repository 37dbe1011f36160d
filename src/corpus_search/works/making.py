"""How is the catalogue of cited works made, and kept?

Every note and entry of an index's articles is read once; what is found is kept in one SQLite file beside the index's
generations. It is brought up to date when it is first asked for after a change: an article that has not changed is not
read again, only which forms are one work is found out anew. The file is replaced in one step, so that whoever reads it
meanwhile goes on reading what it was; where it cannot be written, the catalogue is kept in memory.

::

    article   doc, stamp: what its file was when it was read
    form      a work as an entry prints it: record, and the work that it is one with
    place     a citation: by which form, from where, in which sentence
    work      the forms that are one, by the fullest of them; count, articles
    author    a name of a work, by its key
    name      what all works of a name come to
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from corpus_search.article import Article, DocId
from corpus_search.background import Background
from corpus_search.errors import BusyError
from corpus_search.limits import check
from corpus_search.works.catalogue import Catalogue
from corpus_search.works.collect import Cited, cited
from corpus_search.works.keys import folded, name_key
from corpus_search.works.merge import Form, grouped
from corpus_search.works.model import Work, packed, unpacked

FILE = "works.sqlite"
"""The catalogue's name in an index's folder."""

_SCHEMA = """
CREATE TABLE meta (version TEXT NOT NULL);
CREATE TABLE article (doc TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE form (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, doc TEXT NOT NULL, record TEXT NOT NULL,
    work INTEGER);
CREATE INDEX form_doc ON form (doc);
CREATE INDEX form_work ON form (work);
CREATE TABLE place (
    form INTEGER NOT NULL, work INTEGER, doc TEXT NOT NULL, entry TEXT NOT NULL, address TEXT, offset INTEGER,
    sentence TEXT NOT NULL);
CREATE INDEX place_form ON place (form);
CREATE INDEX place_work ON place (work);
CREATE INDEX place_doc ON place (doc);
CREATE INDEX place_entry ON place (entry);
CREATE INDEX place_address ON place (address);
CREATE TABLE work (
    id INTEGER PRIMARY KEY, form INTEGER NOT NULL, title TEXT NOT NULL, year INTEGER, type TEXT, first TEXT NOT NULL,
    count INTEGER NOT NULL, articles INTEGER NOT NULL, folded TEXT NOT NULL);
CREATE INDEX work_count ON work (count DESC);
CREATE TABLE author (work INTEGER NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX author_key ON author (key);
CREATE INDEX author_work ON author (work);
CREATE TABLE name (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, works INTEGER NOT NULL, count INTEGER NOT NULL, articles INTEGER NOT NULL
) WITHOUT ROWID;
"""

Progress = Callable[[int, int], None]
"""Told how many articles of how many are read."""


def open_catalogue(
    folder: Path,
    *,
    version: str,
    stamps: Mapping[DocId, str],
    article: Callable[[str], Article],
    keep: bool = True,
    progress: Progress | None = None,
) -> Catalogue:
    """Return the catalogue of an index in `folder`, after bringing it up to date if it is not of this `version`.

    `stamps` tells for every document what its file was, `article` gives it. With `keep`, what is made is kept.
    """
    path = folder / FILE
    version = f"{_reader()} {version}"
    if (found := _opened(path, version)) is not None:
        return Catalogue(found)
    made = _copied(path)
    _renew(made, stamps, article, progress)
    with made:
        made.execute("DELETE FROM meta")
        made.execute("INSERT INTO meta VALUES (?)", (version,))
    if keep:
        _keep(made, path)
        if (kept := _opened(path, version)) is not None:
            made.close()  # A library's takes a hundred megabytes of memory.
            made = kept
    return Catalogue(made)


@cache
def _reader() -> str:
    """Return what tells this program's way of reading entries from another's: its files themselves."""
    own = Path(__file__).parent
    files = [*sorted(own.glob("*.py")), own.parent / "evidence.py", own.parent / "sentences.py"]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _connected(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, check_same_thread=False)


def _opened(path: Path, version: str) -> sqlite3.Connection | None:
    """Return the kept catalogue, if it is whole and of this version."""
    if not path.is_file():
        return None
    connection = _read_only(path)
    with contextlib.suppress(sqlite3.Error):
        if connection.execute("SELECT version FROM meta").fetchone() == (version,):
            return connection
    connection.close()
    return None


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def _copied(path: Path) -> sqlite3.Connection:
    """Return a catalogue in memory that goes on from the kept one, or an empty one."""
    made = _connected(":memory:")
    if path.is_file():
        try:
            with contextlib.closing(_read_only(path)) as kept:
                kept.backup(made)
            if made.execute("SELECT version FROM meta").fetchone()[0].startswith(f"{_reader()} "):
                return made
        except (sqlite3.Error, TypeError):
            pass
        made.close()
        made = _connected(":memory:")
    made.executescript(_SCHEMA)
    return made


def _keep(made: sqlite3.Connection, path: Path) -> None:
    """Write a catalogue beside the index, whole or not at all; a folder that cannot be written keeps none."""
    with contextlib.suppress(OSError, sqlite3.Error):
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with contextlib.closing(_connected(beside)) as written:
                made.backup(written)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def _renew(
    made: sqlite3.Connection,
    stamps: Mapping[DocId, str],
    article: Callable[[str], Article],
    progress: Progress | None,
) -> None:
    """Read what is new or changed, drop what is gone, and put forms that are one work together."""
    kept = dict(made.execute("SELECT doc, stamp FROM article"))
    gone = [doc for doc, stamp in kept.items() if stamps.get(doc) != stamp]
    new = [doc for doc, stamp in stamps.items() if kept.get(doc) != stamp]
    with made:
        for doc in gone:
            made.execute("DELETE FROM place WHERE doc = ?", (doc,))
            made.execute("DELETE FROM form WHERE doc = ?", (doc,))
            made.execute("DELETE FROM article WHERE doc = ?", (doc,))
        for number, doc in enumerate(new):
            check()
            if progress:
                progress(number, len(new))
            for one in cited(article(doc)):
                _insert(made, doc, one)
            made.execute("INSERT INTO article VALUES (?, ?)", (doc, stamps[doc]))
        if progress and new:
            progress(len(new), len(new))
        _group(made)


def _insert(made: sqlite3.Connection, doc: str, one: Cited) -> None:
    name = f"{one.entry}.{one.number}"
    record = packed((one.work, *one.renderings))
    key = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    form = made.execute(
        "INSERT INTO form (key, name, doc, record) VALUES (?, ?, ?, ?)", (key, name, doc, record)
    ).lastrowid
    made.executemany(
        "INSERT INTO place VALUES (?, NULL, ?, ?, ?, ?, ?)",
        [(form, doc, place.entry, place.address, place.offset, place.sentence) for place in one.places],
    )


def _group(made: sqlite3.Connection) -> None:
    numbers: dict[str, int] = {}

    def forms() -> Iterator[Form]:
        for number, name, record in made.execute("SELECT id, name, record FROM form"):
            numbers[name] = number
            yield Form(name, unpacked(record), "#ref" in name.rpartition(".")[0])

    groups = grouped(forms())
    made.execute("DELETE FROM work")
    made.execute("DELETE FROM author")
    made.execute("CREATE TEMP TABLE IF NOT EXISTS belongs (form INTEGER PRIMARY KEY, work INTEGER)")
    made.execute("DELETE FROM belongs")
    authors: list[tuple[int, str, str]] = []
    works: list[tuple[Any, ...]] = []
    belongs: list[tuple[int, int]] = []
    for number, members in enumerate(groups, 1):
        first = members[0].works[0]
        works.append(
            (number, numbers[members[0].name], first.title or "", first.year, first.type, _first_name(first), 0, 0,
             _searchable(members))
        )  # fmt: skip
        belongs += [(numbers[form.name], number) for form in members]
        authors += [(number, key, name) for key, name in _names(members)]
    made.executemany("INSERT INTO work VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", works)
    made.executemany("INSERT INTO author VALUES (?, ?, ?)", authors)
    made.executemany("INSERT INTO belongs VALUES (?, ?)", belongs)
    made.execute("UPDATE form SET work = (SELECT work FROM belongs WHERE belongs.form = form.id)")
    made.execute("UPDATE place SET work = (SELECT work FROM belongs WHERE belongs.form = place.form)")
    made.execute("DROP TABLE belongs")
    made.execute(
        "UPDATE work SET (count, articles) = "
        "(SELECT COUNT(*), COUNT(DISTINCT doc) FROM place WHERE place.work = work.id)"
    )
    made.execute("DELETE FROM name")
    made.execute(
        "INSERT INTO name SELECT x.key, '', COUNT(DISTINCT x.work), COUNT(*), COUNT(DISTINCT p.doc) "
        "FROM author x JOIN place p ON p.work = x.work GROUP BY x.key"
    )
    # The writing that most works have it in.
    made.execute(
        "UPDATE name SET name = (SELECT a.name FROM author a WHERE a.key = name.key "
        "GROUP BY a.name ORDER BY COUNT(*) DESC, a.name LIMIT 1)"
    )


def _first_name(work: Work) -> str:
    return work.names[0] if work.names else ""


def _searchable(members: Sequence[Form]) -> str:
    """Return what a work can be found by: titles, names, containers and years of all its forms, folded."""
    parts: dict[str, None] = {}
    for form in members:
        for work in form.works:
            for text in (work.title, *work.names, work.get("container"), work.get("publisher"), str(work.year or "")):
                if text:
                    parts["".join(folded(text).split())] = None
    return "\n".join(parts)


def _names(members: Sequence[Form]) -> Iterator[tuple[str, str]]:
    """Yield the authors of a work, by the form that has most of them, in each language."""
    seen: set[str] = set()
    for at in range(max(len(form.works) for form in members)):
        fullest = max((form.works[at] for form in members if at < len(form.works)), key=lambda work: len(work.authors))
        for name in fullest.names:
            key = name_key(name)
            if key and key not in seen:
                seen.add(key)
                yield key, name


class Making:
    """A catalogue on its way: made by whoever asks first and waits, or in the background for those who do not."""

    def __init__(self, folder: Path, *, keep: Callable[[], bool], **options: Any) -> None:
        self._folder = folder
        self._keep = keep
        self._options = options
        self._lock = threading.Lock()
        self._done = (0, len(options["stamps"]))
        self._made: Catalogue | None = None
        self._background = Background(self._opened, name="works")

    def result(self, *, progress: Progress | None = None, wait_s: float | None = None) -> Catalogue:
        """Return the catalogue once it is made; after `wait_s` seconds raise `BusyError` instead."""
        made = self._made
        if made is None:
            made = self._opened(progress) if wait_s is None else self._background.result(wait_s)
        if made is None:
            raise BusyError(
                "the works that are cited are being read for the first time: {:,} of {:,} articles so far; "
                "try again in a moment".format(*self._done)
            )
        return made

    def _opened(self, progress: Progress | None = None) -> Catalogue:
        def told(done: int, of: int) -> None:
            self._done = (done, of)
            if progress:
                progress(done, of)

        with self._lock:
            if self._made is None:
                self._made = open_catalogue(self._folder, keep=self._keep(), progress=told, **self._options)
            return self._made
