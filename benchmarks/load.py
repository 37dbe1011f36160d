"""How many questions a second does a server answer?

Each server is asked by one thread, then by eight, for some seconds; questions go round in the same order.
"""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peers import BEST, Meilisearch

_SECONDS = 6.0
_THREADS = (1, 8)


def throughput(folders: Mapping[str, Path], questions: list[str]) -> dict[str, tuple[float, ...]]:
    """Return the questions a second that each server answers, to one thread and to eight."""
    found = {}
    for name, folder in folders.items():
        if name == "Meilisearch":
            server = Meilisearch()
            server.open(folder)
            found[name] = tuple(_rate(server.port, questions, threads, meilisearch=True) for threads in _THREADS)
            server.close()
        else:
            process, port = _served(name, folder)
            found[name] = tuple(_rate(port, questions, threads, meilisearch=False) for threads in _THREADS)
            process.terminate()
            process.join()
    return found


def _served(name: str, folder: Path) -> tuple[Any, int]:
    """Serve an index of ours; return the process and its port."""
    fork = multiprocessing.get_context("fork")
    mine, theirs = fork.Pipe()

    def run() -> None:
        from corpus_search.corpus import Corpus
        from corpus_search.serving import serve

        corpus = Corpus(folder, folder, engine=name)
        serve(corpus, host="127.0.0.1", port=0, watching=False, ready=theirs.send)

    process = fork.Process(target=run)
    process.start()
    return process, int(mine.recv().rstrip("/").rpartition(":")[2])


def _rate(port: int, questions: list[str], threads: int, *, meilisearch: bool) -> float:
    until = time.perf_counter() + _SECONDS
    turns, answered = count(), [0] * threads

    def ask(thread: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < until:
            text = questions[next(turns) % len(questions)]
            if meilisearch:
                body = json.dumps({"q": text, "limit": BEST}).encode()
                connection.request("POST", "/indexes/made/search", body, {"Content-Type": "application/json"})
            else:
                connection.request("GET", f"/api/search?q={quote(text)}&limit={BEST}")
            answer = connection.getresponse()
            answer.read()
            answered[thread] += answer.status == 200

    asking = [threading.Thread(target=ask, args=(thread,)) for thread in range(threads)]
    started = time.perf_counter()
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return sum(answered) / (time.perf_counter() - started)
