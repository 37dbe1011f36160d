"""How does a server come by what takes longer to make than an answer may?

Whoever asks first has it made in a thread of its own, which goes on when those who asked have gone. Who does not wait
that long asks again later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Background(Generic[T]):
    """What `make` makes, once; the thread has a `name`."""

    def __init__(self, make: Callable[[], T], *, name: str) -> None:
        self._make = make
        self._name = name
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._made: T | None = None
        self._error: BaseException | None = None

    def result(self, wait_s: float) -> T | None:
        """Return what is made, or None if that takes longer than `wait_s` seconds more.

        Raises what its making raised; the next to ask has it tried anew.
        """
        with self._lock:
            if self._thread is None or (self._made is None and not self._thread.is_alive()):
                self._error = None
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            thread = self._thread
        thread.join(wait_s)
        if self._error:
            raise self._error
        return self._made

    def _run(self) -> None:
        try:
            self._made = self._make()
        except BaseException as error:
            self._error = error
