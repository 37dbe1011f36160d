"""What happens while one looks on? A corpus folder is followed, and its index brought up to date with each change."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from typing import Any

from corpus_search.corpus import Corpus
from corpus_search.errors import CorpusError, CorpusSearchError
from corpus_search.folder import shown

_log = logging.getLogger(__name__)

_RETRY_S = 1.0
_ROUND_MS = 5_000
"""How often a watched folder is looked at even without an event: some file systems send none."""


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
