"""A corpus folder and its index, kept together and up to date."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from corpus_search.errors import CorpusSearchError, IndexDamagedError, IndexMissingError
from corpus_search.generations import Generations
from corpus_search.indexer import Summary, is_fresh, update
from corpus_search.search import Searcher

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Corpus:
    """A folder of articles and the folder its index is in.

    `say` is told, in a line each, what a user should know of indexing. Safe to use from several threads.
    """

    def __init__(
        self,
        folder: Path,
        index: Path,
        *,
        engine: str = "whoosh",
        say: Callable[[str], None] = _log.info,
    ) -> None:
        self.folder = folder
        self.index = index
        self.engine = engine
        self._say = say
        self._searcher: Searcher | None = None
        self._lock = threading.Lock()

    def update(self, **options: Any) -> Summary:
        """Bring the index up to date; `options` and errors are those of `indexer.update`."""
        return update(self.folder, self.index, engine=self.engine, say=self._say, **options)

    def refresh(self) -> Summary | None:
        """Bring the index up to date if the folder changed, and say so; return what was done, if anything."""
        try:
            searcher = self.searcher()
        except IndexMissingError:
            why = "is not indexed yet"
        except IndexDamagedError:
            why = "has a damaged index"
        else:
            if is_fresh(self.folder, self.index, searcher.state):
                return None
            why = "has changed"
        summary = self.update()
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
                self._searcher = Searcher(self.index, engine=self.engine)
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
    files = ", ".join(parts) or "no files"
    return f"{files}; {summary.documents} articles in {summary.chunks} chunks, {summary.took_s:.1f} s"


def indexed_folder(index: Path) -> Path | None:
    """Return the corpus folder that the index in `index` was made from, if there is one."""
    generations = Generations(index)
    try:
        corpus = generations.state(generations.current()).get("corpus")
    except (IndexMissingError, IndexDamagedError):
        return None
    return Path(corpus) if isinstance(corpus, str) else None


def report(corpus: Corpus) -> dict[str, Any]:
    """Return what ``status`` tells: what is indexed, from where, by what, how fresh and how big.

    Raises `IndexMissingError`, `IndexDamagedError`.
    """
    searcher = corpus.searcher()
    state, stats = searcher.state, searcher.stats()
    try:
        fresh = "up to date" if is_fresh(corpus.folder, corpus.index, state) else "the corpus has changed since"
    except CorpusSearchError as error:
        fresh = str(error)
    return {
        "index": str(corpus.index),
        "corpus": state["corpus"],
        "engine": state["engine"],
        "analyzer": dict(state["fingerprint"]),
        "updated": state["updated"],
        "fresh": fresh,
        "documents": stats["documents"],
        "chunks": stats["chunks"],
        "bytes": stats["bytes"],
        "taught words": len(state["words"]),
        "files": [{"path": f["path"], "doc_id": f["doc_id"]} for f in state["files"]],
        "failures": [{"path": f["path"], "reason": f["reason"]} for f in state["failures"]],
    }


def watch(corpus: Corpus, *, stop: threading.Event | None = None) -> None:
    """Bring the index up to date whenever the corpus folder changes, until `stop` is set.

    What goes wrong is logged and does not end the watch: the next change is another chance.
    """
    from watchfiles import watch as changes

    index = str(corpus.index.resolve())

    def concerns(_: Any, path: str) -> bool:
        return not path.startswith(index)

    for _ in changes(
        corpus.folder, watch_filter=concerns, stop_event=stop, debounce=400, step=100, raise_interrupt=True
    ):
        try:
            summary = corpus.refresh()
        except CorpusSearchError as error:
            _log.warning("%s", error)
        else:
            for failure in summary.failures if summary else ():
                _log.warning("%s: %s", failure.path, failure.reason)
