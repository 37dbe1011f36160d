"""Who may write an index? One at a time, on whatever machine it is: a document of the index says who."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Mapping
from typing import Any

from opensearchpy import ConflictError, NotFoundError

from corpus_search.engines.opensearch.connection import Connection, Json
from corpus_search.errors import CorpusSearchError, IndexLockedError

LOCK = "lock"

_LEASE_S = 30.0
"""A writer that has not been heard of for so long has died."""


class Lease:
    """The right to write an index, which one writer has at a time, on whatever machine it is.

    It is renewed as the work goes on. A writer that has died is noticed by its silence: what counts is that its lock
    does not change for a while, so that the machines' clocks may differ.
    """

    def __init__(self, connection: Connection, index: str, *, at_least: int) -> None:
        self._connection = connection
        self._path = f"/{index}/_doc/{LOCK}"
        self._beaten = 0.0
        self.generation = at_least
        self._place = self._take()

    def _record(self) -> Json:
        holder = {
            "generation": self.generation, "host": socket.gethostname(), "pid": os.getpid(),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"), "at": time.time(), "beat": secrets.token_hex(4),
        }  # fmt: skip
        return {"sort": LOCK, "holder": holder}

    def _take(self) -> tuple[int, int]:
        self._beaten = time.monotonic()
        try:
            return _place(
                self._connection.ask("PUT", self._path, self._record(), routing=LOCK, op_type="create", refresh="false")
            )
        except ConflictError:
            pass
        silent_since = time.monotonic()
        seen: Json | None = None
        while True:
            try:
                found = self._connection.ask("GET", self._path, routing=LOCK)
            except NotFoundError:
                return self._take()
            holder = found["_source"]["holder"]
            if seen is not None and seen != holder:
                raise IndexLockedError(
                    f"process {holder['pid']} on {holder['host']} (since {holder['since']}) is writing this index; "
                    "wait for it to finish, or stop it"
                )
            seen = holder
            if _has_died(holder) or time.monotonic() - silent_since > _LEASE_S:
                self.generation = max(self.generation, int(holder["generation"]) + 1)
                return self._put(_place(found))
            time.sleep(1.0)

    def _put(self, place: tuple[int, int]) -> tuple[int, int]:
        self._beaten = time.monotonic()
        try:
            found = self._connection.ask(
                "PUT", self._path, self._record(), routing=LOCK, if_seq_no=place[0], if_primary_term=place[1]
            )
        except (ConflictError, NotFoundError) as error:
            raise IndexLockedError("another writer has taken this index over; index again") from error
        return _place(found)

    def renew(self, *, after_s: float = _LEASE_S / 6) -> None:
        """Tell that the writer lives, if it has not told for a while. Raises `IndexLockedError` if it is too late."""
        if time.monotonic() - self._beaten > after_s:
            self._place = self._put(self._place)

    def release(self) -> None:
        """Let others write."""
        seq_no, term = self._place
        try:
            self._connection.ask(
                "DELETE", self._path, routing=LOCK, if_seq_no=seq_no, if_primary_term=term, patience_s=5.0
            )
        except (ConflictError, NotFoundError, CorpusSearchError):
            return  # Whoever took it over has it; where the cluster is gone, the next writer notices the silence.


def _place(found: Json) -> tuple[int, int]:
    return int(found["_seq_no"]), int(found["_primary_term"])


def _has_died(holder: Mapping[str, Any]) -> bool:
    """Tell whether a process of this machine is no more."""
    if holder["host"] != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
