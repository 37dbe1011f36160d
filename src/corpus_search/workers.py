"""How is much work done at once? By as many processes as there are processors, each with its own dictionaries.

The work comes back in order, and no more of it waits than the workers need, so memory is bounded by a few articles. A
handful of files is not worth the start of a process, and is done here.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from threading import current_thread, main_thread
from typing import TypeVar

from corpus_search.analysis import Analyzer
from corpus_search.analyzed import analyzed
from corpus_search.engine import AnalyzedArticle, AnalyzedChunk
from corpus_search.errors import CorpusSearchError
from corpus_search.reading import unpacked
from corpus_search.records import article_from

_FEWEST = 24
"""From how many pieces of work on several processes are worth their start."""

T = TypeVar("T")
R = TypeVar("R")
_analyzer: Analyzer | None = None


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(words: Iterable[str]) -> None:
    """Prepare a worker: it leaves Ctrl-C to the process that it works for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _analyzer
    _analyzer = Analyzer(words)


def analyze(record: bytes) -> tuple[AnalyzedArticle, tuple[AnalyzedChunk, ...]]:
    """Return a packed article with its chunks, analysed with the words that this worker was begun with."""
    return analyzed(article_from(unpacked(record)), analyzer())


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
def working(count: int, work: Sequence[object], *, words: Iterable[str] = ()) -> Iterator[ProcessPoolExecutor | None]:
    """Give `count` workers for `work`, or none where one process does it as well."""
    if count < 2 or len(work) < _FEWEST:
        yield None
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=(tuple(words),))
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
