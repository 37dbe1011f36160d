"""How does a server come by the words of the corpus, which take longer to cut than an answer may take?

They are cut in the background, and who asks is told how far that is; what is kept beside the index is there at once.
"""

from __future__ import annotations

import threading
from pathlib import Path

from corpus_search.background import Background
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
            if work is None or work.version != searcher.version:
                work = self._work = _Work(searcher, self._folder)
        return work.result(wait_s)


class _Work:
    """The streams of one state of an index."""

    def __init__(self, searcher: Searcher, folder: Path) -> None:
        self.version = searcher.version
        self._share = 0.0
        self._kept = kept(searcher, folder)
        self._making = Background(lambda: streams(searcher, folder, progress=self._tell), name="words")

    def _tell(self, done: int, total: int) -> None:
        self._share = done / total if total else 1.0

    def result(self, wait_s: float) -> Streams:
        made = self._kept if self._kept is not None else self._making.result(wait_s)
        if made is None:
            raise PreparingError(self._share)
        return made
