"""How much may a question cost, and how many are answered at once?

The bounds of what is asked from outside. A thread cannot be stopped from without, so that a search takes no longer
than it may is a matter of two things: searches take turns, for a turn is waited only so long; and whoever goes
through many texts on behalf of a question asks `check` at each, which ends the work once its time is up. The time
runs only during the turn, so that nobody pays for another's question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from corpus_search.errors import BusyError, TooSlowError

MAX_HITS = 100
"""The most hits of one answer."""

MAX_WINDOW = 10_000
"""The last hit that can be had; whoever wants more wants a narrower question, or the command line."""

MAX_URL_BYTES = 16 << 10
"""The longest query string of a URL: the longest question, each character four bytes percent-encoded, and room."""


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
    def turn(self) -> Iterator[None]:
        """Wait for a turn and have it, with the time that it may take.

        Raises `BusyError` if none comes, and what `check` raises.
        """
        if not self._free.acquire(timeout=self._limits.wait_s):
            raise BusyError(
                f"too many searches at once: none ended in {self._limits.wait_s:g} s; try again in a moment"
            )
        try:
            with limited(self._limits.search_s):
                yield
        finally:
            self._free.release()

    def timed(self) -> AbstractContextManager[None]:
        """Return the time that a turn may take, for what need not wait for one."""
        return limited(self._limits.search_s)


@dataclass(frozen=True, slots=True)
class _Deadline:
    at_s: float
    allowed_s: float


_deadline: ContextVar[_Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let what is done inside take so many seconds, as far as it asks `check`."""
    token = _deadline.set(_Deadline(time.monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def left_s(at_most: float) -> float:
    """Return how many seconds are left of the time that `limited` gave, `at_most` so many."""
    deadline = _deadline.get()
    return at_most if deadline is None else min(at_most, max(deadline.at_s - time.monotonic(), 0.001))


def check() -> None:
    """Raise `TooSlowError` if the time that `limited` gave is up; nothing happens where none was given."""
    deadline = _deadline.get()
    if deadline and time.monotonic() > deadline.at_s:
        raise TooSlowError(
            f"this search takes longer than the {deadline.allowed_s:g} s that are allowed here; "
            "ask for rarer words or fewer of them, or narrow it with year: or kind:"
        )
