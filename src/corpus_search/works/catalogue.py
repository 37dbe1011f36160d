"""Which works does a whole corpus cite, how often, and where?

What reading every note and entry of an index's articles found, kept in one SQLite file beside its generations and read
from there. It is brought up to date when it is first asked for after a change: an article that has not changed is not
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
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from corpus_search.article import Address, Article, DocId, Span
from corpus_search.errors import AddressError, BusyError
from corpus_search.limits import check
from corpus_search.records import Record
from corpus_search.works.collect import Cited, cited
from corpus_search.works.keys import folded, name_key
from corpus_search.works.merge import Form, grouped
from corpus_search.works.model import FIELDS, Work

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


class WorkSort(StrEnum):
    """How works and authors are ordered; ties break by what comes next here, and by title or name."""

    COUNT = "count"
    ARTICLES = "articles"
    YEAR = "year"
    TITLE = "title"


_ORDERS = {
    WorkSort.COUNT: "n DESC, a DESC, w.year DESC, w.title, w.id",
    WorkSort.ARTICLES: "a DESC, n DESC, w.year DESC, w.title, w.id",
    WorkSort.YEAR: "w.year IS NULL, w.year DESC, n DESC, w.title, w.id",
    WorkSort.TITLE: "w.title = '', w.title, n DESC, w.id",
}
_NAME_ORDERS = {
    WorkSort.COUNT: "n DESC, a DESC, x.key",
    WorkSort.ARTICLES: "a DESC, n DESC, x.key",
    WorkSort.TITLE: "x.key",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What is looked at: all, or the works cited in one article, or at some `places` (of texts, notes, entries).

    `text` is looked for in the works' titles, authors, containers and years; `author` is a name's key; `kinds` are
    sorts of works.
    """

    doc_id: str | None = None
    places: frozenset[str] | None = None
    text: str = ""
    author: str | None = None
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CitingPlace:
    """Where a work is cited: the article, the note or entry, and the sentence with its address, where it is known."""

    doc_id: DocId
    entry: Address
    address: Address | None
    offset: int
    sentence: str

    def record(self) -> Record:
        """Return it as a JSON object."""
        return {
            "doc_id": self.doc_id, "entry": self.entry, "address": self.address, "offset": self.offset,
            "sentence": self.sentence or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CitedWork:
    """A work that is cited: by the fullest of its forms, in one language or several.

    `key` names it in URLs, `count` is how often it is cited and `articles` by how many articles, both among what was
    selected; `places` are where.
    """

    key: str
    works: tuple[Work, ...]
    count: int
    articles: int
    places: tuple[CitingPlace, ...] = ()

    @property
    def work(self) -> Work:
        """The work as it is printed first."""
        return self.works[0]

    def record(self) -> Record:
        """Return it as a JSON object."""
        return {
            "key": self.key, "count": self.count, "articles": self.articles, **work_record(self.work),
            "renderings": [work_record(work) for work in self.works[1:]],
            "places": [place.record() for place in self.places],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CitedAuthor:
    """A name under which works are cited, most often in this writing; two people of one name are one here."""

    key: str
    name: str
    works: int
    count: int
    articles: int

    def record(self) -> Record:
        """Return it as a JSON object."""
        return {
            "key": self.key, "name": self.name, "works": self.works, "count": self.count, "articles": self.articles,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A window on a list of works or authors: how many there are in all, and those in the window."""

    total: int
    works: tuple[CitedWork, ...] = ()
    authors: tuple[CitedAuthor, ...] | None = None

    def record(self) -> Record:
        """Return the JSON object of ``cited --json``."""
        if self.authors is not None:
            return {"total": self.total, "authors": [author.record() for author in self.authors]}
        return {"total": self.total, "works": [work.record() for work in self.works]}


def work_record(work: Work) -> Record:
    """Return what a work's entry prints of it, as a JSON object; what is not printed is null."""
    return {
        "type": work.type,
        "authors": list(work.names),
        "others": work.others,
        **{name: work.get(name) for name in FIELDS},
        "year": work.year,
        "language": work.language,
        "printed": work.text,
    }


# --- making it -----------------------------------------------------------------------------------------------

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
    return Catalogue(made)


@cache
def _reader() -> str:
    """Return what tells this program's way of reading entries from another's: its files themselves."""
    files = sorted(Path(__file__).parent.glob("*.py"))
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
    record = _packed((one.work, *one.renderings))
    key = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    form = made.execute(
        "INSERT INTO form (key, name, doc, record) VALUES (?, ?, ?, ?)", (key, name, doc, record)
    ).lastrowid
    made.executemany(
        "INSERT INTO place VALUES (?, NULL, ?, ?, ?, ?, ?)",
        [(form, doc, place.entry, place.address, place.offset, place.sentence) for place in one.places],
    )


def _packed(works: Sequence[Work]) -> str:
    return json.dumps(
        [
            works[0].text,
            *(
                [
                    {name: list(span) for name, span in work.spans.items()}, [list(span) for span in work.authors],
                    work.others, list(work.year_at) if work.year_at else None, work.type, work.language,
                    work.translation, work.pinpoint,
                ]
                for work in works
            ),
        ]
    )  # fmt: skip


def _unpacked(record: str) -> tuple[Work, ...]:
    text, *works = json.loads(record)
    return tuple(
        Work(
            text, {name: Span(*span) for name, span in spans.items()}, tuple(Span(*span) for span in authors), others,
            Span(*year_at) if year_at else None, kind, language, translation, pinpoint,
        )
        for spans, authors, others, year_at, kind, language, translation, pinpoint in works
    )  # fmt: skip


def _group(made: sqlite3.Connection) -> None:
    numbers: dict[str, int] = {}

    def forms() -> Iterator[Form]:
        for number, name, record in made.execute("SELECT id, name, record FROM form"):
            numbers[name] = number
            yield Form(name, _unpacked(record), "#ref" in name.rpartition(".")[0])

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
        self._thread: threading.Thread | None = None
        self._done = (0, len(options["stamps"]))
        self._made: Catalogue | None = None
        self._error: BaseException | None = None

    def result(self, *, progress: Progress | None = None, wait_s: float | None = None) -> Catalogue:
        """Return the catalogue once it is made; after `wait_s` seconds raise `BusyError` instead."""
        if self._made is None and wait_s is None:
            with self._lock:
                if self._made is None:
                    self._made = self._open(progress)
        elif self._made is None:
            self._in_background(wait_s or 0)
        if self._made is None:
            raise self._error or BusyError(
                "the works that are cited are being read for the first time: {:,} of {:,} articles so far; "
                "try again in a moment".format(*self._done)
            )
        return self._made

    def _in_background(self, wait_s: float) -> None:
        with self._lock:
            if self._thread is None or (not self._thread.is_alive() and self._made is None):
                self._error = None
                self._thread = threading.Thread(target=self._run, name="works", daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(wait_s)

    def _run(self) -> None:
        try:
            self._made = self._open(None)
        except Exception as error:
            self._error = error

    def _open(self, progress: Progress | None) -> Catalogue:
        def told(done: int, of: int) -> None:
            self._done = (done, of)
            if progress:
                progress(done, of)

        return open_catalogue(self._folder, keep=self._keep(), progress=told, **self._options)


# --- asking it -----------------------------------------------------------------------------------------------


class Catalogue:
    """The works that are cited; safe to use from several threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def totals(self) -> tuple[int, int, int]:
        """Return how many works, citations and citing articles there are."""
        with self._lock:
            works = self._connection.execute("SELECT COUNT(*) FROM work").fetchone()[0]
            count, articles = self._connection.execute("SELECT COUNT(*), COUNT(DISTINCT doc) FROM place").fetchone()
            return works, count, articles

    def works(
        self,
        chosen: Selection | None = None,
        *,
        sort: WorkSort = WorkSort.COUNT,
        limit: int | None = 50,
        offset: int = 0,
        places: int | None = 50,
    ) -> Listed:
        """Return the works `offset` to ``offset + limit`` of those selected, each with so many `places` at most."""
        chosen = chosen or Selection()
        with self._lock, self._chosen(chosen):
            where, values = _conditions(chosen)
            total = self._connection.execute(
                f"SELECT COUNT(DISTINCT p.work) FROM place p JOIN work w ON w.id = p.work {where}", values
            ).fetchone()[0]
            rows = self._connection.execute(
                "SELECT w.id, COUNT(*) AS n, COUNT(DISTINCT p.doc) AS a FROM place p JOIN work w ON w.id = p.work "
                f"{where} GROUP BY w.id ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?",
                [*values, -1 if limit is None else limit, offset],
            ).fetchall()
            return Listed(total, tuple(self._work(*row, chosen, places) for row in rows))

    def authors(
        self, chosen: Selection | None = None, *, sort: WorkSort = WorkSort.COUNT, limit: int | None = 50,
        offset: int = 0,
    ) -> Listed:  # fmt: skip
        """Return the names `offset` to ``offset + limit`` under which the selected works are cited."""
        chosen = chosen or Selection()
        order = _NAME_ORDERS.get(sort, _NAME_ORDERS[WorkSort.COUNT])
        if chosen == Selection(text=chosen.text):
            return self._all_authors(chosen.text, order, limit, offset)
        with self._lock, self._chosen(chosen):
            where, values = _conditions(chosen, by_name=True)
            source = f"FROM author x JOIN work w ON w.id = x.work JOIN place p ON p.work = w.id {where}"
            total = self._connection.execute(f"SELECT COUNT(DISTINCT x.key) {source}", values).fetchone()[0]
            rows = self._connection.execute(
                f"SELECT x.key, COUNT(DISTINCT w.id), COUNT(*) AS n, COUNT(DISTINCT p.doc) AS a {source} "
                f"GROUP BY x.key ORDER BY {order} LIMIT ? OFFSET ?",
                [*values, -1 if limit is None else limit, offset],
            ).fetchall()
            return Listed(total, authors=tuple(CitedAuthor(row[0], self._name(row[0]), *row[1:]) for row in rows))

    def work(self, key: str, *, places: int | None = None) -> tuple[CitedWork, tuple[tuple[Work, ...], ...]]:
        """Return a work by the key of any of its forms, and all its forms. Raises `AddressError`."""
        with self._lock:
            row = self._connection.execute(
                "SELECT w.id, w.count, w.articles FROM form f JOIN work w ON w.id = f.work WHERE f.key = ?", (key,)
            ).fetchone()
            if row is None:
                raise AddressError(f"{key}: no such work; `corpus-search cited` lists those that are cited")
            forms = self._connection.execute("SELECT record FROM form WHERE work = ? ORDER BY id", (row[0],)).fetchall()
            distinct = {record[0]: _unpacked(record[0]) for record in forms}
            return self._work(*row, Selection(), places), tuple(distinct.values())

    def of_entries(self, doc_id: str) -> Mapping[Address, tuple[str, ...]]:
        """Return for each note and entry of an article the keys of the works it cites."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT DISTINCT p.entry, f.key FROM place p JOIN form f ON f.id = p.form WHERE p.doc = ? ORDER BY f.id",
                (doc_id,),
            ).fetchall()
        found: dict[Address, tuple[str, ...]] = {}
        for entry, key in rows:
            found[Address(entry)] = (*found.get(Address(entry), ()), key)
        return found

    def _work(self, number: int, count: int, articles: int, chosen: Selection, places: int | None) -> CitedWork:
        key, record = self._connection.execute(
            "SELECT f.key, f.record FROM work w JOIN form f ON f.id = w.form WHERE w.id = ?", (number,)
        ).fetchone()
        where, values = _conditions(Selection(chosen.doc_id, chosen.places))
        rows = self._connection.execute(
            "SELECT p.doc, p.entry, p.address, p.offset, p.sentence FROM place p JOIN work w ON w.id = p.work "
            f"{where} {'AND' if where else 'WHERE'} p.work = ? ORDER BY p.doc, p.rowid LIMIT ?",
            [*values, number, -1 if places is None else places],
        ).fetchall()
        return CitedWork(key, _unpacked(record), count, articles, tuple(CitingPlace(*row) for row in rows))

    def _name(self, key: str) -> str:
        return str(self._connection.execute("SELECT name FROM name WHERE key = ?", (key,)).fetchone()[0])

    def _all_authors(self, text: str, order: str, limit: int | None, offset: int) -> Listed:
        words = folded(text).split()
        where = f"WHERE {' AND '.join(['instr(x.key, ?)'] * len(words))}" if words else ""
        with self._lock:
            total = self._connection.execute(f"SELECT COUNT(*) FROM name x {where}", words).fetchone()[0]
            rows = self._connection.execute(
                f"SELECT x.key, x.name, x.works, x.count AS n, x.articles AS a FROM name x {where} "
                f"ORDER BY {order} LIMIT ? OFFSET ?",
                [*words, -1 if limit is None else limit, offset],
            ).fetchall()
        return Listed(total, authors=tuple(CitedAuthor(*row) for row in rows))

    @contextlib.contextmanager
    def _chosen(self, chosen: Selection) -> Iterator[None]:
        """Let a question join the places that are chosen."""
        if chosen.places is None:
            yield
            return
        self._connection.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (place TEXT PRIMARY KEY) WITHOUT ROWID")
        self._connection.execute("DELETE FROM chosen")
        self._connection.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", ((place,) for place in chosen.places))
        try:
            yield
        finally:
            self._connection.execute("DELETE FROM chosen")


def _conditions(chosen: Selection, *, by_name: bool = False) -> tuple[str, list[Any]]:
    """Return the condition of a question, and its values."""
    parts: list[str] = []
    values: list[Any] = []
    if chosen.doc_id is not None:
        parts.append("p.doc = ?")
        values.append(chosen.doc_id)
    if chosen.places is not None:
        parts.append(
            "p.rowid IN (SELECT q.rowid FROM place q JOIN chosen c ON c.place = q.address "
            "UNION SELECT q.rowid FROM place q JOIN chosen c ON c.place = q.entry)"
        )
    for word in folded(chosen.text).split():
        parts.append("instr(x.key, ?)" if by_name else "instr(w.folded, ?)")
        values.append(word)
    if chosen.author is not None:
        parts.append("w.id IN (SELECT work FROM author WHERE key = ?)")
        values.append(chosen.author)
    if chosen.kinds:
        kinds = sorted(chosen.kinds)
        parts.append(f"w.type IN ({', '.join('?' * len(kinds))})")
        values += kinds
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), values


def selected_places(chunks: Iterable[Any]) -> frozenset[str]:
    """Return the addresses of texts, notes and entries at which chunks cite."""
    found: set[str] = set()
    for chunk in chunks:
        found.add(str(chunk.address))
        found.update(str(passage.address) for passage in chunk.passages)
    return frozenset(found)
