"""Which works does a corpus cite, how often, and where?

Questions in, works and names with their citing places out, from the SQLite file that `making` makes.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from corpus_search.article import Address, DocId
from corpus_search.chunk import Chunk
from corpus_search.errors import AddressError, TooSlowError
from corpus_search.limits import check
from corpus_search.records import Record
from corpus_search.works.keys import folded
from corpus_search.works.model import FIELDS, Work, unpacked


class WorkSort(StrEnum):
    """How works and authors are ordered; ties break by what comes next here, and by title or name."""

    COUNT = "count"
    ARTICLES = "articles"
    YEAR = "year"
    TITLE = "title"


# No SQL here is made of what a user says: that is bound, and the pieces below are put together.
_CITED = "FROM place p JOIN work w ON w.id = p.work"
_ELSEWHERE = (
    "FROM chosen_works c JOIN work w ON w.id = c.id JOIN form f ON f.id = w.form JOIN place q ON q.work = w.id "
    "WHERE q.doc <> ? ORDER BY w.id, q.doc, q.rowid"
)
_ORDERS = {
    WorkSort.COUNT: "n DESC, a DESC, w.year DESC, w.title, w.id",
    WorkSort.ARTICLES: "a DESC, n DESC, w.year DESC, w.title, w.id",
    WorkSort.YEAR: "w.year IS NULL, w.year DESC, n DESC, w.title, w.id",
    WorkSort.TITLE: "w.title = '', w.title, n DESC, w.id",
}
_ALL_NAMES = "FROM name x"
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


_STEPS = 200_000
"""After how many steps of SQLite's machine, some milliseconds, it is asked whether the time is up."""


def _is_late() -> bool:
    try:
        check()
    except TooSlowError:
        return True
    return False


class Catalogue:
    """The works that are cited; safe to use from several threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        connection.set_progress_handler(_is_late, _STEPS)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def totals(self) -> tuple[int, int, int]:
        """Return how many works, citations and citing articles there are."""
        with self._asking():
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
        with self._asking(chosen):
            where, values = _conditions(chosen)
            source, groups = _CITED, "GROUP BY w.id"
            counts, total = "COUNT(*) AS n, COUNT(DISTINCT p.doc) AS a", "COUNT(DISTINCT p.work)"
            if chosen == Selection(text=chosen.text):
                # Of all places, which are counted beforehand.
                source, groups, counts, total = "FROM work w", "", "w.count AS n, w.articles AS a", "COUNT(*)"
            (number,) = self._connection.execute(f"SELECT {total} {source} {where}", values).fetchone()
            rows = self._connection.execute(
                f"SELECT w.id, {counts} {source} {where} {groups} ORDER BY {_ORDERS[sort]} LIMIT ? OFFSET ?",
                [*values, -1 if limit is None else limit, offset],
            ).fetchall()
            return Listed(number, tuple(self._work(row, chosen, places) for row in rows))

    def authors(
        self, chosen: Selection | None = None, *, sort: WorkSort = WorkSort.COUNT, limit: int | None = 50,
        offset: int = 0,
    ) -> Listed:  # fmt: skip
        """Return the names `offset` to ``offset + limit`` under which the selected works are cited."""
        chosen = chosen or Selection()
        order = _NAME_ORDERS.get(sort, _NAME_ORDERS[WorkSort.COUNT])
        if chosen == Selection(text=chosen.text):
            return self._all_authors(chosen.text, order, limit, offset)
        with self._asking(chosen):
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
        with self._asking():
            row = self._connection.execute(
                "SELECT w.id, w.count, w.articles FROM form f JOIN work w ON w.id = f.work WHERE f.key = ?", (key,)
            ).fetchone()
            if row is None:
                message = f"{key}: no such work; `corpus-search cited` lists those that are cited"
                raise AddressError(message, missing="work", name=key)
            forms = self._connection.execute("SELECT record FROM form WHERE work = ? ORDER BY id", (row[0],)).fetchall()
            distinct = {record[0]: unpacked(record[0]) for record in forms}
            return self._work(row, Selection(), places), tuple(distinct.values())

    def shared(self, doc_id: str, places: frozenset[str] | None = None) -> tuple[CitedWork, ...]:
        """Return the works cited in an article, or at some `places` of it, that others cite, too, with their places."""
        chosen = Selection(doc_id, places)
        with self._asking(chosen):
            where, values = _conditions(chosen)
            rows = self._connection.execute(
                f"WITH chosen_works AS (SELECT DISTINCT w.id {_CITED} {where} AND w.articles > 1) SELECT "
                "w.id, f.key, f.record, w.count, w.articles, q.doc, q.entry, q.address, q.offset, q.sentence "
                f"{_ELSEWHERE}",
                [*values, doc_id],
            ).fetchall()
        return tuple(
            CitedWork(key, unpacked(record), count, articles, tuple(CitingPlace(*row[5:]) for row in found))
            for (_, key, record, count, articles), found in groupby(rows, lambda row: row[:5])
        )

    def _work(self, row: tuple[int, int, int], chosen: Selection, places: int | None) -> CitedWork:
        number, count, articles = row
        key, record = self._connection.execute(
            "SELECT f.key, f.record FROM work w JOIN form f ON f.id = w.form WHERE w.id = ?", (number,)
        ).fetchone()
        where, values = _conditions(Selection(chosen.doc_id, chosen.places))
        rows = self._connection.execute(
            f"SELECT p.doc, p.entry, p.address, p.offset, p.sentence {_CITED} {where} "
            f"{'AND' if where else 'WHERE'} p.work = ? ORDER BY p.doc, p.rowid LIMIT ?",
            [*values, number, -1 if places is None else places],
        ).fetchall()
        return CitedWork(key, unpacked(record), count, articles, tuple(CitingPlace(*row) for row in rows))

    def _name(self, key: str) -> str:
        return str(self._connection.execute("SELECT name FROM name WHERE key = ?", (key,)).fetchone()[0])

    def _all_authors(self, text: str, order: str, limit: int | None, offset: int) -> Listed:
        words = folded(text).split()
        where = f"WHERE {' AND '.join(['instr(x.key, ?)'] * len(words))}" if words else ""
        with self._asking():
            total = self._connection.execute(f"SELECT COUNT(*) {_ALL_NAMES} {where}", words).fetchone()[0]
            rows = self._connection.execute(
                f"SELECT x.key, x.name, x.works, x.count AS n, x.articles AS a {_ALL_NAMES} {where} "
                f"ORDER BY {order} LIMIT ? OFFSET ?",
                [*words, -1 if limit is None else limit, offset],
            ).fetchall()
        return Listed(total, authors=tuple(CitedAuthor(*row) for row in rows))

    @contextlib.contextmanager
    def _asking(self, chosen: Selection | None = None) -> Iterator[None]:
        """Let one thread ask, join the places that are chosen, and take no longer than it may."""
        with self._lock:
            try:
                with self._chosen(chosen or Selection()):
                    yield
            except sqlite3.OperationalError:
                check()  # Which says what was wrong, if it is that.
                raise

    @contextlib.contextmanager
    def _chosen(self, chosen: Selection) -> Iterator[None]:
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


def selected_places(chunks: Iterable[Chunk]) -> frozenset[str]:
    """Return the addresses of texts, notes and entries at which chunks cite."""
    found: set[str] = set()
    for chunk in chunks:
        found.add(str(chunk.address))
        found.update(str(passage.address) for passage in chunk.passages)
    return frozenset(found)
