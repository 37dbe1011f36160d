"""How does a server come by the words of the corpus, which take longer to cut than an answer may take?

Whoever asks first has them cut in a thread of their own, and is told how far that is; what is kept beside the index is
there at once.
"""

from __future__ import annotations

import threading
from pathlib import Path

from corpus_search.counting.streams import Streams, kept, streams
from corpus_search.errors import PreparingError
from corpus_search.search import Searcher

_WAIT_S = 3.0
"""How long an asker waits before being told to come back: small corpora are ready by then."""


class Preparing:
    """The streams of the index in a folder, made once for each of its states."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._work: _Work | None = None

    def streams(self, searcher: Searcher, *, wait_s: float = _WAIT_S) -> Streams:
        """Return the streams of an index. Raises `PreparingError` while they are made, and what their making raised."""
        with self._lock:
            work = self._work
            if work is None or work.version != searcher.version or work.failed:
                work = self._work = _Work(searcher, self._folder)
        return work.result(wait_s)


class _Work:
    """One making of streams; it goes on when those who asked have gone."""

    def __init__(self, searcher: Searcher, folder: Path) -> None:
        self.version = searcher.version
        self._share = 0.0
        self._made: Streams | None = kept(searcher, folder)
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if self._made is None:
            self._thread = threading.Thread(target=self._make, args=(searcher, folder), daemon=True, name="words")
            self._thread.start()

    @property
    def failed(self) -> bool:
        """Whether it ended without streams; the next asker tries anew."""
        return self._error is not None

    def _make(self, searcher: Searcher, folder: Path) -> None:
        def tell(done: int, total: int) -> None:
            self._share = done / total if total else 1.0

        try:
            self._made = streams(searcher, folder, progress=tell)
        except BaseException as error:
            self._error = error

    def result(self, wait_s: float) -> Streams:
        if self._thread:
            self._thread.join(wait_s)
        if self._error:
            raise self._error
        if self._made is None:
            raise PreparingError(self._share)
        return self._made
