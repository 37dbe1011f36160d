"""How many questions a second does a server answer?

Each server is asked by one thread, then by eight, for some seconds; questions go round in the same order. Ours is
`serve`, Meilisearch is a server of its own; what is a library alone is put behind waitress, which serves ours, too.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from peers import BEST, ENGINES, OURS, Meilisearch
from workload import Asked

_SECONDS = 6.0
_THREADS = (1, 8)


def throughput(folders: Mapping[str, Path], questions: list[Asked]) -> dict[str, tuple[float, ...]]:
    """Return the questions a second that each server answers, to one thread and to eight."""
    found = {}
    for name, folder in folders.items():
        if name == "Meilisearch":
            server = Meilisearch()
            server.open(folder)
            found[name] = tuple(_rate(server.port, questions, threads, meilisearch=True) for threads in _THREADS)
            server.close()
            continue
        process, port = _in_a_process(_serving(name, folder) if name in OURS else _library(name, folder, questions))
        found[name] = tuple(_rate(port, questions, threads, meilisearch=False) for threads in _THREADS)
        process.terminate()
        process.join()
    return found


def _in_a_process(serve: Callable[[Callable[[str], Any]], None]) -> tuple[Any, int]:
    """Serve in a process of its own; return it and its port."""
    fork = multiprocessing.get_context("fork")
    mine, theirs = fork.Pipe()
    process = fork.Process(target=serve, args=(theirs.send,))
    process.start()
    return process, int(mine.recv().rstrip("/").rpartition(":")[2])


def _serving(name: str, folder: Path) -> Callable[[Callable[[str], Any]], None]:
    def run(ready: Callable[[str], Any]) -> None:
        from corpus_search.corpus import Corpus
        from corpus_search.serving import serve

        ours = OURS[name]()
        corpus = Corpus(folder, folder, engine=ours.name, service=ours.service)
        serve(corpus, host="127.0.0.1", port=0, watching=False, ready=ready)

    return run


def _library(name: str, folder: Path, questions: list[Asked]) -> Callable[[Callable[[str], Any]], None]:
    """Return what serves a library: each thread has its own, but for bm25s, which would be eight times in memory."""

    def run(ready: Callable[[str], Any]) -> None:
        from waitress import create_server

        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        known = {asked.text: asked for asked in questions}
        own = threading.local()
        shared = _opened(name, folder) if name == "bm25s" else None

        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            engine = shared or getattr(own, "engine", None)
            if engine is None:
                engine = own.engine = _opened(name, folder)
            found = engine.search(known[unquote(environ["QUERY_STRING"]).partition("=")[2].partition("&")[0]])
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"total": found}).encode()]

        server: Any = create_server(answer, host="127.0.0.1", port=0, threads=8)
        ready(f"http://127.0.0.1:{server.effective_port}")
        server.run()

    return run


def _opened(name: str, folder: Path) -> Any:
    engine = ENGINES[name]()
    engine.open(folder)
    return engine


def _rate(port: int, questions: list[Asked], threads: int, *, meilisearch: bool) -> float:
    until = time.perf_counter() + _SECONDS
    turns, answered = count(), [0] * threads

    def ask(thread: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < until:
            text = questions[next(turns) % len(questions)].text
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
