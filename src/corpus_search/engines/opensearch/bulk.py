"""How do documents get into a cluster? Many in a request, no faster than it takes them, and each of them in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from opensearchpy import TransportError

from corpus_search.engines.opensearch.connection import Connection, Json, as_line
from corpus_search.errors import EngineUnavailableError

BULK_BYTES = 5 << 20
"""How long a bulk request may be; a document that is longer goes alone."""

_SMALLEST_BYTES = 256 << 10
_SENDERS = 2
_PATIENCE_S = 120.0
"""How long a writer bears with a cluster that is busy, or loses a node and finds another copy."""
_ANSWER_S = 90.0
"""How long an answer is waited for; a node itself waits a minute for another copy to take the place of a lost one."""


class Bulk:
    """Sends documents as they come, in requests of bounded size, while the next ones are made.

    No more than a few requests are under way: a cluster that is slow slows who makes the documents down. What it
    refuses because it is busy (429) is sent again, after a pause that grows, in smaller requests.
    """

    def __init__(
        self, connection: Connection, index: str, beat: Callable[[], None] = lambda: None, *, senders: int = _SENDERS
    ) -> None:
        self._connection = connection
        self._path = f"/{index}/_bulk"
        self._beat = beat
        self._senders = senders
        self._pool = ThreadPoolExecutor(senders, thread_name_prefix="bulk")
        self._sending: list[Future[None]] = []
        self._lines: list[bytes] = []
        self._bytes = 0
        self._stopped = threading.Event()
        self.largest_bytes = BULK_BYTES

    def add(self, name: str, routing: str, document: Json) -> None:
        """Send a document, now or with those that come next."""
        line = as_line({"index": {"_id": name, "routing": routing}}) + as_line(document)
        if self._lines and self._bytes + len(line) > self.largest_bytes:
            self._send()
        self._lines.append(line)
        self._bytes += len(line)

    def _send(self) -> None:
        self._beat()
        while len(self._sending) >= self._senders:
            self._sending.pop(0).result()
        lines, self._lines, self._bytes = self._lines, [], 0
        self._sending.append(self._pool.submit(self._deliver, lines))

    def finish(self) -> None:
        """Wait until everything is written. Raises what kept it from being so."""
        if self._lines:
            self._send()
        for sending in self._sending:
            sending.result()
        self._sending.clear()
        self._pool.shutdown()

    def cancel(self) -> None:
        """Send nothing more."""
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, lines: list[bytes]) -> None:
        """Write documents, each a line that says where and a line that says what."""
        until = time.monotonic() + _PATIENCE_S
        pause_s = 0.2
        while lines:
            left, why = self._tried(lines)
            if len(left) < len(lines):
                until = time.monotonic() + _PATIENCE_S
            lines = left
            if not lines:
                return
            if time.monotonic() + pause_s > until:
                raise EngineUnavailableError(
                    f"{self._connection.address}: has not taken {len(lines)} documents in {_PATIENCE_S:.0f} s ({why}); "
                    "nothing was committed. Try again later, or give it more nodes"
                )
            if self._stopped.wait(pause_s):
                return
            pause_s = min(pause_s * 2, 10.0)

    def _tried(self, lines: list[bytes]) -> tuple[list[bytes], str]:
        """Send documents once; return those that have to be sent again, and why."""
        left: list[bytes] = []
        why = ""
        for batch in _batches(lines, self.largest_bytes):
            try:
                answer = self._connection.ask(
                    "POST", self._path, b"".join(batch), lines=True, patience_s=_PATIENCE_S, request_timeout=_ANSWER_S
                )
            except TransportError as error:
                if error.status_code != 413 or len(batch) == 1:
                    self._connection.fail(error)
                why = "the requests are too long for it"
                self.largest_bytes = max(self.largest_bytes // 2, 1)
                left += batch
                continue
            if not answer["errors"]:
                continue
            results = [item["index"] for item in answer["items"]]
            for line, result in zip(batch, results, strict=True):
                if "error" not in result:
                    continue
                why = f"{result['error'].get('type')}: {result['error'].get('reason')}"[:300]
                if result["status"] not in (429, 502, 503, 504):
                    raise EngineUnavailableError(
                        f"{self._connection.address}: does not take the document {result.get('_id')} ({why})"
                    )
                left.append(line)
            if left:
                self.largest_bytes = max(self.largest_bytes // 2, _SMALLEST_BYTES)
        return left, why


def _batches(lines: list[bytes], largest: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and size + len(line) > largest:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch
