"""A corpus folder and its index, kept together and up to date: what the command line, the web and Python users hold.

::

    from corpus_search import Corpus

    with Corpus("papers") as corpus:
        for hit in corpus.search("战略能动", kind="note"):
            print(hit.address, hit.page, hit.snippet.text)
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from corpus_search.concordance import WIDTH, Concordance, Order
from corpus_search.engine import Service, Sort
from corpus_search.engines import open_engine
from corpus_search.errors import (
    CorpusSearchError,
    IndexDamagedError,
    IndexMissingError,
    OptionError,
    OtherEngineError,
)
from corpus_search.folder import shown
from corpus_search.freshness import is_fresh
from corpus_search.generations import Generations
from corpus_search.options import Values, choice, filters_of, number
from corpus_search.results import Group, Results
from corpus_search.search import Searcher

if TYPE_CHECKING:
    from corpus_search.check import DraftCheck
    from corpus_search.cite import Citation
    from corpus_search.counting.collocates import Collocates
    from corpus_search.counting.frequency import By, Frequency
    from corpus_search.counting.keyness import Keyness
    from corpus_search.indexer import Summary
    from corpus_search.places import Outline, Shown
    from corpus_search.receipt import Receipt
    from corpus_search.related.alike import Related
    from corpus_search.replay import Replay
    from corpus_search.works.catalogue import Listed

_log = logging.getLogger(__name__)

T = TypeVar("T")

_REMEMBERED = "corpus-search-folder"


INDEX = "index"
"""The folder an index is in if none is named, below where one is: that of the command line, too."""

_WAIT_S = 5.0
"""How long a question waits for another process that writes the index."""


class Corpus:
    """A folder of articles, and the folder its index is in: of one corpus each, so that two want two.

    `service` is where an engine is found that is served.

    `say` is told, in a line each, what a user should know of indexing; it is logged if nothing else is said. The first
    question brings the index up to date, as ``corpus-search query`` does; a later change of the folder is noticed when
    `refresh` is called, or while `watching.watch` looks on. Safe to use from several threads. As a context manager, or
    with `close`, it releases the index when it is done with.

    What its methods raise on purpose is a `CorpusSearchError`; each names its own, besides those of an index that
    cannot be made or read (`CorpusError`, `SearchIndexError`).
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        index: str | os.PathLike[str] = INDEX,
        *,
        engine: str = "whoosh",
        service: Service | None = None,
        say: Callable[[str], None] = _log.info,
    ) -> None:
        self.folder = Path(folder)
        self.index = Path(index)
        self.engine = engine
        self.service = service
        self._say = say
        self._searcher: Searcher | None = None
        self._lock = threading.Lock()
        self._is_ready = False
        self._readying = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the index; a further question opens it again."""
        with self._lock:
            searcher, self._searcher = self._searcher, None
        if searcher:
            searcher.close()

    # --- questions ---------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        limit: int | None = 10,
        offset: int = 0,
        kind: Values = None,
        year: Values = None,
        author: Values = None,
        keyword: Values = None,
        doc: Values = None,
        sort: Sort | Literal["relevance", "year", "position"] = Sort.RELEVANCE,
        group: Group | Literal["", "article"] = Group.NONE,
        exact_script: bool = False,
        explain: bool = False,
    ) -> Results:
        """Answer a query, in the language of ``corpus-search query --help``, with the hits from `offset` on.

        Without `limit`, with all of them. `kind`, `year`, `author`, `keyword` and `doc` limit them to a value, or to
        several. With ``group="article"``, a hit is an article with its best passages. Where `exact_script`, 戰略 is not
        战略; to `explain` adds what each score is made of. Raises `QueryError`, `OptionError`.
        """
        options: Any = {
            "offset": number("offset", offset),
            "filters": filters_of(kind=kind, year=year, author=author, keyword=keyword, doc=doc),
            "sort": choice(Sort, "sort", sort),
            "group": choice(Group, "group", group),
            "exact_script": exact_script,
            "explain": explain,
        }
        most = None if limit is None else number("limit", limit)
        return self._answer(
            lambda searcher: searcher.search(
                query, limit=searcher.stats()["chunks"] if most is None else most, **options
            )
        )

    def concordance(
        self,
        query: str,
        *,
        limit: int | None = 50,
        offset: int = 0,
        kind: Values = None,
        year: Values = None,
        author: Values = None,
        keyword: Values = None,
        doc: Values = None,
        sort: Order | Literal["position", "left", "right"] = Order.POSITION,
        width: int = WIDTH,
        exact_script: bool = False,
    ) -> Concordance:
        """Return every occurrence of what a query shows, each with `width` cells of context on each side.

        A Han character is two cells wide. Other options and errors are those of `search`.
        """
        options: Any = {
            "limit": None if limit is None else number("limit", limit),
            "offset": number("offset", offset),
            "filters": filters_of(kind=kind, year=year, author=author, keyword=keyword, doc=doc),
            "sort": choice(Order, "sort", sort),
            "width": number("width", width),
            "exact_script": exact_script,
        }
        return self._answer(lambda searcher: searcher.concordance(query, **options))

    def show(self, address: str) -> Shown:
        """Return what stands at `address`: a document, or a place in it. Raises `AddressError`."""
        from corpus_search.places import shown_at

        return self._answer(lambda searcher: shown_at(searcher, address))

    def outline(self, doc_id: str) -> Outline:
        """Return a document's headings with their addresses and pages. Raises `AddressError`."""
        from corpus_search.places import outline_of

        return self._answer(lambda searcher: outline_of(searcher.article(doc_id)))

    def cite(self, address: str, *, style: str = "gbt7714", page: int | None = None) -> Citation:
        """Return the citation of `address` in one of `cite.STYLES`; `page` is a hit's, if it has one.

        Raises `AddressError`, `CitationError`, `OptionError`.
        """
        from corpus_search.cite import STYLES, cite

        if style not in STYLES:
            raise OptionError(f"style: one of these is expected, not {style!r:.100}: {', '.join(STYLES)}")
        return self._answer(lambda searcher: cite(searcher.locate(address)[0], address, style=style, page=page))

    def complete(self, prefix: str, *, limit: int = 10) -> tuple[str, ...]:
        """Return queries that begin as `prefix` does, its last word completed to words of the corpus."""
        most = number("limit", limit, low=1)
        return self._answer(lambda searcher: searcher.complete(prefix, limit=most))

    def export(self, results: Results, form: str) -> str:
        """Return `results` as the text of a file in one of `cite.EXPORTS`: RIS, BibTeX, CSV, JSON.

        Raises `OptionError`.
        """
        from corpus_search.cite import EXPORTS, export

        if form not in EXPORTS:
            raise OptionError(f"form: one of these is expected, not {form!r:.100}: {', '.join(EXPORTS)}")
        # Its articles are read where it was found: the index may have changed since.
        source = results.source or self.searcher()
        return export(results, form, source.article)

    def replay(self, receipt: Receipt) -> Replay:
        """Ask the question of a search's `Results.receipt` again, and tell what differs; see `replay.Replay`."""
        from corpus_search.replay import replay

        return self._answer(lambda searcher: replay(searcher, receipt))

    def status(self) -> dict[str, Any]:
        """Return what is indexed, from where, by what, how fresh and how big: ``status --json``."""
        return self._answer(lambda _: report(self))

    # The scholar's tools, a method each, which loads its module when it is called:

    def check(self, draft: str) -> DraftCheck:
        """Return what is said of each quotation of a draft: verbatim, altered, or not found; see `check`."""
        from corpus_search.check import check_draft

        return self._answer(lambda searcher: check_draft(searcher, draft))

    def cited(self, words: str = "", *, query: str | None = None, doc_id: str | None = None) -> Listed:
        """Return the works that are cited, the most cited first, each with its citing sentences.

        Only those with `words` in title, names, journal or year, those that what answers `query` cites, or those that
        one document cites. Raises `QueryError`, `AddressError`.
        """
        from corpus_search.works.catalogue import Selection

        def answer(searcher: Searcher) -> Listed:
            if doc_id is not None:
                searcher.article(doc_id)
            places = None if query is None else searcher.cited_by(query)
            return searcher.works().works(Selection(doc_id, places, words))

        return self._answer(answer)

    def frequency(self, query: str, *, by: By | Literal["article", "year", "section"] = "article",
                  doc_id: str | None = None) -> Frequency:  # fmt: skip
        """Count what the concordance of a query lists; see `counting.frequency`.

        Raises `QueryError`, `AddressError`, `OptionError`.
        """
        from corpus_search.counting.frequency import By, frequency

        unit = choice(By, "by", by)
        return self._answer(lambda searcher: frequency(searcher, query, by=unit, doc_id=doc_id))

    def collocates(self, query: str, *, window: int = 5, limit: int | None = 50) -> Collocates:
        """Return the words within `window` words of a query's matches; see `counting.collocates`.

        Raises `QueryError`, `OptionError`.
        """
        from corpus_search.counting.collocates import collocates
        from corpus_search.counting.streams import streams

        size = number("window", window)
        return self._answer(
            lambda searcher: collocates(
                searcher, streams(searcher, self.index), query, left=size, right=size, limit=limit
            )
        )

    def keyness(
        self,
        *,
        doc_id: str | None = None,
        years: tuple[int, int] | None = None,
        query: str | None = None,
        limit: int | None = 50,
    ) -> Keyness:
        """Return the words that set a document, some years or a query's passages apart; see `counting.keyness`.

        Raises `QueryError`, `AddressError`, `ComparisonError`, and `OptionError` unless one of the three is given.
        """
        from corpus_search.counting.keyness import keyness
        from corpus_search.counting.streams import streams

        if sum(given is not None for given in (doc_id, years, query)) != 1:
            raise OptionError("one of doc_id, years and query is expected: what to look at")
        return self._answer(
            lambda searcher: keyness(
                searcher, streams(searcher, self.index), doc_id=doc_id, years=years, text=query, limit=limit
            )
        )

    def related(self, address: str, *, limit: int = 5) -> Related:
        """Return what is like an article or a passage, and who cites the same works. Raises `AddressError`."""
        from corpus_search.related.alike import related

        most = number("limit", limit, low=1)
        return self._answer(lambda searcher: related(searcher, searcher.works(), address, limit=most))

    def _answer(self, question: Callable[[Searcher], T]) -> T:
        """Return what `question` makes of the index, brought up to date if this is the first."""
        if not self._is_ready:
            with self._readying:
                if not self._is_ready:
                    summary = self.ready()
                    for failure in summary.failures if summary else ():
                        _log.warning("%s: %s", shown(failure.path), failure.reason)
                    self._is_ready = True
        return self.ask(question)

    # --- the index ---------------------------------------------------------------------------------------

    def update(self, **options: Any) -> Summary:
        """Bring the index up to date; `options` and errors are those of `indexer.update`."""
        from corpus_search.indexer import update  # Which brings the whole parser with it.

        summary = update(self.folder, self.index, engine=self.engine, service=self.service, say=self._say, **options)
        with contextlib.suppress(OSError):
            _remember(self.index, self.folder)
        return summary

    def refresh(self, **options: Any) -> Summary | None:
        """Bring the index up to date if the folder changed, and say so; return what was done, if anything."""
        try:
            searcher = self.searcher()
        except IndexMissingError:
            why = "is not indexed yet"
        except OtherEngineError:
            why = "has an index of another engine"
        except IndexDamagedError:
            why = "has a damaged index"
        else:
            if is_fresh(self.folder, self.index, searcher.state):
                return None
            why = "has changed"
        summary = self.update(**options)
        if summary.touched or summary.failures:
            self._say(f"{self.folder} {why}: {describe(summary)}")
        return summary

    def ready(self) -> Summary | None:
        """Bring the index up to date as `refresh` does, or say why it stays as good as it is.

        Raises what `refresh` does where there is no index of this folder to ask instead.
        """
        try:
            return self.refresh(wait_s=_WAIT_S)
        except CorpusSearchError as error:
            try:
                of = self.searcher().state.corpus
            except (IndexMissingError, IndexDamagedError):
                raise error from None
            if of != str(self.folder.resolve()):
                raise
            self._say(f"{error}; searching what was indexed before")
            return None

    def ask(self, question: Callable[[Searcher], T]) -> T:
        """Return what `question` makes of the index; a damaged one is made anew, after saying so."""
        try:
            return question(self.searcher())
        except IndexDamagedError as error:
            self._say(f"{error}; rebuilding it")
            self.update(rebuild=True)
            return question(self.searcher())

    def searcher(self) -> Searcher:
        """Return the index as it is now, opened.

        Raises `IndexMissingError`, `IndexDamagedError`.
        """
        with self._lock:
            if self._searcher is None or not self._searcher.is_current():
                # The one before is left to those who still read from it.
                self._searcher = Searcher(self.index, engine=self.engine, service=self.service)
            return self._searcher


def describe(summary: Summary) -> str:
    """Return a line about what an indexing run did."""
    parts = [
        f"{count} {name}"
        for name in ("new", "changed", "renamed", "deleted", "unchanged")
        if (count := getattr(summary, name))
    ]
    if summary.failures:
        parts.append(f"{len(summary.failures)} not read")
    if summary.identical:
        parts.append(f"{summary.identical} identical to another")
    files = ", ".join(parts) or "no files"
    held = f"{counted(summary.documents, 'article')} in {counted(summary.chunks, 'chunk')}"
    if summary.notes:
        held += f", {counted(summary.notes, 'note')} ({summary.notes - summary.notes_tied:,} tied to no sentence)"
    return f"{files}; {held}; {summary.took_s:.1f} s"


def counted(number: int, what: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _remember(index: Path, folder: Path) -> None:
    """Note beside the index which folder it is of, for the day the index itself cannot tell."""
    path, now = index / _REMEMBERED, os.fsencode(folder.resolve())
    if not path.exists() or path.read_bytes() != now:
        path.write_bytes(now)


def indexed_folder(index: Path, *, engine: str = "whoosh", service: Service | None = None) -> Path | None:
    """Return the corpus folder that the index in `index` was made from, if it is known.

    An index of a service that has a name is asked itself: this machine may never have seen it.
    """
    try:
        return Path(os.fsdecode((index / _REMEMBERED).read_bytes()))
    except (OSError, ValueError):
        generations = Generations(index)
    try:
        if service and service.index:
            with contextlib.closing(open_engine(engine, index, service)) as opened:
                return Path(str(opened.state["corpus"]))
        return Path(str(generations.state(generations.current())["corpus"]))
    except (IndexMissingError, IndexDamagedError, KeyError):
        return None


def report(corpus: Corpus) -> dict[str, Any]:
    """Return what ``status`` tells: what is indexed, from where, by what, how fresh and how big.

    Raises `IndexMissingError`, `IndexDamagedError`.
    """
    searcher = corpus.searcher()
    state, stats = searcher.state, searcher.stats()
    try:
        fresh = is_fresh(corpus.folder, corpus.index, state)
        freshness = "up to date" if fresh else "the corpus or the analysis has changed since"
    except CorpusSearchError as error:
        freshness = str(error)
    return {
        "index": str(corpus.index),
        "corpus": state.corpus,
        "engine": state.engine,
        "analyzer": dict(state.fingerprint),
        "updated": state.updated,
        "fresh": freshness,
        "documents": stats["documents"],
        "chunks": stats["chunks"],
        "bytes": stats["bytes"],
        "words": len(state.words),
        "files": [{"path": shown(file.path), "doc_id": file.doc_id} for file in state.files],
        "failures": [{"path": shown(failure.path), "reason": failure.reason} for failure in state.failures],
    }
