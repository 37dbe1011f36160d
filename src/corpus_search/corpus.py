"""A corpus folder and its index, kept together and up to date."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from corpus_search.engine import Service
from corpus_search.engines import open_engine
from corpus_search.errors import CorpusError, CorpusSearchError, IndexDamagedError, IndexMissingError, OtherEngineError
from corpus_search.folder import shown
from corpus_search.freshness import is_fresh
from corpus_search.generations import Generations
from corpus_search.search import Searcher

if TYPE_CHECKING:
    from corpus_search.indexer import Summary

_log = logging.getLogger(__name__)

T = TypeVar("T")

_REMEMBERED = "corpus-search-folder"
_RETRY_S = 1.0
_ROUND_MS = 5_000
"""How often a watched folder is looked at even without an event: some file systems send none."""


class Corpus:
    """A folder of articles and the folder its index is in; `service` is where an engine is found that is served.

    `say` is told, in a line each, what a user should know of indexing. Safe to use from several threads.
    """

    def __init__(
        self,
        folder: Path,
        index: Path,
        *,
        engine: str = "whoosh",
        service: Service | None = None,
        say: Callable[[str], None] = _log.info,
    ) -> None:
        self.folder = folder
        self.index = index
        self.engine = engine
        self.service = service
        self._say = say
        self._searcher: Searcher | None = None
        self._lock = threading.Lock()

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


def watch(corpus: Corpus, *, stop: threading.Event | None = None) -> None:
    """Bring the index up to date whenever the corpus folder changes, until `stop` is set.

    What goes wrong is logged and does not end the watch: the next change is another chance. A folder that is gone
    is waited for.
    """
    stop = stop or threading.Event()
    gone = False
    while not stop.is_set():
        try:
            _follow(corpus, stop)
        except (OSError, CorpusError) as error:
            if not gone:
                _log.warning("%s: cannot be watched (%s); waiting for it to come back", corpus.folder, error)
            gone = True
            stop.wait(_RETRY_S)
        except Exception as error:
            # The watcher itself gives up on a name that is no text, say; looking now and then does not.
            _log.warning("%s: cannot be watched (%s); it is looked at now and then instead", corpus.folder, error)
            while not stop.wait(_ROUND_MS / 1000):
                with contextlib.suppress(CorpusError):
                    _renew(corpus)


def _follow(corpus: Corpus, stop: threading.Event) -> None:
    from watchfiles import watch as changes

    index = str(corpus.index.resolve())

    def concerns(_: Any, path: str) -> bool:
        return path != index and not path.startswith(index + os.sep)

    if not corpus.folder.is_dir():
        raise CorpusError("there is no such folder")
    _renew(corpus)
    for _ in changes(
        corpus.folder, watch_filter=concerns, stop_event=stop, debounce=400, step=100, rust_timeout=_ROUND_MS,
        yield_on_timeout=True,
    ):  # fmt: skip
        if not corpus.folder.is_dir():
            raise CorpusError("there is no such folder")
        _renew(corpus)


def _renew(corpus: Corpus) -> None:
    try:
        summary = corpus.refresh()
    except CorpusError:
        raise
    except CorpusSearchError as error:
        _log.warning("%s", error)
    except Exception:
        _log.exception("the change could not be indexed; the next one is another chance")
    else:
        for failure in summary.failures if summary else ():
            _log.warning("%s: %s", shown(failure.path), failure.reason)
