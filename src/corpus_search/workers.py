"""How is much work done at once? By as many processes as there are processors, each with its own dictionaries.

The work comes back in order, and no more of it waits than the workers need, so memory is bounded by a few articles. A
handful of files is not worth the start of a process, and is done here.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from threading import current_thread, main_thread
from typing import Any, TypeVar

from corpus_search.analysis import Analyzer
from corpus_search.analyzed import analyzed
from corpus_search.article import DocId
from corpus_search.engines import preparer
from corpus_search.errors import CorpusSearchError
from corpus_search.records import article_from, unpacked

_FEWEST = 24
"""From how many pieces of work on several processes are worth their start."""

_GARBAGE = 100_000
"""After how many new objects a worker looks for those that hold one another."""

T = TypeVar("T")
R = TypeVar("R")
_analyst: Analyst | None = None
_analyzer: Analyzer | None = None


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Analyst:
    """Analyses articles with the `words` that the corpus adds, and prepares them for the engine of a name."""

    def __init__(self, words: Iterable[str], engine: str) -> None:
        self.analyzer = Analyzer(words)
        self._prepare = preparer(engine)

    def analyze(self, record: bytes) -> tuple[DocId, Any]:
        """Return which article a packed record is of, and what `engines.put` is given of it."""
        article = article_from(unpacked(record))
        return article.doc_id, self._prepare(*analyzed(article, self.analyzer, packed=record))


def _begin(words: Iterable[str] | None, engine: str) -> None:
    """Prepare a worker: it leaves Ctrl-C to the process that it works for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is made of an article is let go with it; what stays need not be looked through again and again for circles.
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    global _analyst, _analyzer
    if words is not None:
        _analyst = Analyst(words, engine) if engine else None
        _analyzer = _analyst.analyzer if _analyst else Analyzer(words)


def analyze(record: bytes) -> tuple[DocId, Any]:
    """Return what `Analyst.analyze` does, by the one that this worker was begun with."""
    if _analyst is None:
        raise RuntimeError("no worker")
    return _analyst.analyze(record)


def analyzer() -> Analyzer:
    """Return the analyzer of this worker, with the words that it was begun with."""
    if _analyzer is None:
        raise RuntimeError("no worker")
    return _analyzer


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait: what is half started cannot be ended well, and processes begun here never hear of it."""
    if current_thread() is not main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # Its start would undo the mask.
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))  # It may reach another thread.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Processes begin with it.
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def working(
    count: int, work: Sequence[object], *, words: Iterable[str] | None = None, engine: str = ""
) -> Iterator[ProcessPoolExecutor | None]:
    """Give `count` workers for `work`, or none where one process does it as well.

    To cut texts they need the `words` that the corpus adds, to `analyze` the name of the engine that is written, too.
    """
    if count < 2 or len(work) < _FEWEST:
        yield None
        return
    pool = ProcessPoolExecutor(
        count,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(words if words is None else tuple(words), engine),
    )
    try:
        with _uninterrupted():
            for _ in range(count):  # Each piece of work starts a worker, while none is idle.
                pool.submit(os.getpid)
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def results(pool: ProcessPoolExecutor, function: Callable[[T], R], work: Iterable[T], *, ahead: int) -> Iterator[R]:
    """Yield what `function` makes of each piece of work, in order, with at most `ahead` pieces under way.

    Raises `CorpusSearchError` when a worker died.
    """
    waiting: deque[Future[R]] = deque()
    try:
        for piece in work:
            waiting.append(pool.submit(function, piece))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise CorpusSearchError(
            "a process that helped to index was ended from outside, for want of memory perhaps; index again, with "
            "--workers 1 if it happens again"
        ) from error
