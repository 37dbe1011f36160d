"""How much may a question cost, and how many are answered at once?

The bounds of what is asked from outside. A thread cannot be stopped from without, so that a search takes no longer
than it may is a matter of two things: searches take turns, for a turn is waited only so long; and whoever goes
through many texts on behalf of a question asks `check` at each, which ends the work once its time is up. The time
runs only during the turn, so that nobody pays for another's question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from corpus_search.errors import BusyError, StoppedError, TooSlowError
from corpus_search.frozen import dataclass

P = ParamSpec("P")
T = TypeVar("T")

MAX_HITS = 100
"""The most hits of one answer."""

MAX_WINDOW = 10_000
"""The last hit that can be had; whoever wants more wants a narrower question, or the command line."""

MAX_URL_BYTES = 16 << 10
"""The longest query string of a URL: the longest question, each character four bytes percent-encoded, and room."""

MAX_DRAFT_BYTES = 4 << 20
"""The largest draft: a Word file with some pictures, or a million characters of text."""

MAX_RECEIPT_BYTES = 4 << 20
"""The longest receipt that is read: twice what 20,000 documents with long names take."""

DRAFT_S = 30.0
"""How long the quotations of a draft may take together, in seconds; each has its own turn besides."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a search may take and how long it may wait for its turn, in seconds, and how many have one `at_once`.

    One at once is no slower than several: an engine in pure Python answers one at a time anyway.
    """

    search_s: float = 10.0
    wait_s: float = 10.0
    at_once: int = 1


class Turns:
    """Gives searches their turns, as `limits` allow."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = threading.BoundedSemaphore(limits.at_once)

    @contextmanager
    def turn(self, *, stopped: Callable[[], bool] | None = None) -> Iterator[None]:
        """Wait for a turn and have it, with the time that it may take, unless it is `stopped` before.

        Raises `BusyError` if none comes, and what `check` raises.
        """
        if not self._free.acquire(timeout=self._limits.wait_s):
            raise BusyError(
                f"too many searches at once: none ended in {self._limits.wait_s:g} s; try again in a moment"
            )
        try:
            with limited(self._limits.search_s, stopped=stopped):
                check()
                yield
        finally:
            self._free.release()

    def taking(self, question: Callable[P, T]) -> Callable[P, T]:
        """Return a question that is asked in a turn."""

        def asked(*args: P.args, **options: P.kwargs) -> T:
            with self.turn():
                return question(*args, **options)

        return asked

    def timed(self) -> AbstractContextManager[None]:
        """Return the time that a turn may take, for what need not wait for one."""
        return limited(self._limits.search_s)


@dataclass(frozen=True, slots=True)
class _Deadline:
    at_s: float
    allowed_s: float
    stopped: Callable[[], bool] | None = None


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def limited(seconds: float, *, stopped: Callable[[], bool] | None = None) -> Iterator[None]:
    """Let what is done inside take so many seconds, or until it is `stopped`, as far as it asks `check`."""
    token = _deadline.set(_Deadline(time.monotonic() + seconds, seconds, stopped))
    try:
        yield
    finally:
        _deadline.reset(token)


def left_s(at_most: float) -> float:
    """Return how many seconds are left of the time that `limited` gave, `at_most` so many."""
    deadline = _deadline.get()
    return at_most if deadline is None else min(at_most, max(deadline.at_s - time.monotonic(), 0.001))


def check() -> None:
    """Raise `TooSlowError` if the time that `limited` gave is up, or `StoppedError` if nobody waits any more.

    Nothing happens where no time was given.
    """
    deadline = _deadline.get()
    if deadline and deadline.stopped and deadline.stopped():
        raise StoppedError("nobody waits for the answer any more")
    if deadline and time.monotonic() > deadline.at_s:
        raise TooSlowError(
            f"this search takes longer than the {deadline.allowed_s:g} s that are allowed here; "
            "ask for rarer words or fewer of them, or narrow it with year: or kind:"
        )
