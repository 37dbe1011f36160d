"""Two hundred search at once while the index is rewritten again and again: no error, and no answer of two states.

The load comes from one process on this machine and is bounded: so many connections, for so many seconds. How quick
the answers are is printed (``pytest -m long -s tests/test_load.py``), never asserted.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from corpus_search.corpus import Corpus
from tests.conftest import SEED

AT_ONCE = 200
SECONDS = 20.0
ARTICLES = 40
WORDS = {"old": "从前", "new": "如今"}


class Answer(NamedTuple):
    status: int
    took_s: float
    states: frozenset[str]
    total: int


def _write(folder: Path, state: str) -> None:
    """Put the corpus into a state: each of its articles names it, in every paragraph."""
    other, word = WORDS["old" if state == "new" else "new"], WORDS[state]
    for n in range(ARTICLES if state == "old" else ARTICLES // 2):
        text = f"同盟的第{n}篇\n\n一、{word}\n\n{word}的同盟是一回事。\n\n二、又{word}\n\n到了{word}，同盟还是同盟。\n"
        assert other not in text
        (folder / f"{n:03}.txt").write_text(text, "utf-8")
    for n in range(ARTICLES // 2 if state == "new" else ARTICLES, ARTICLES):
        (folder / f"{n:03}.txt").unlink(missing_ok=True)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Corpus]]:
    corpus = Corpus(tmp_path / "corpus", tmp_path / "index")
    corpus.folder.mkdir()
    shutil.copy(SEED, corpus.folder / "seed.txt")
    _write(corpus.folder, "old")
    corpus.update()
    command = [sys.executable, "-m", "corpus_search", "serve", str(corpus.folder), "--index", str(corpus.index)]
    command += ["--port", "0", "--no-watch", "--search-seconds", "60"]
    with (
        (tmp_path / "errors").open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            yield process.stdout.readline().rpartition(" ")[2].strip(), corpus
        finally:
            process.kill()
    assert (tmp_path / "errors").read_text("utf-8") == ""


async def _get(host: str, port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), body
    finally:
        writer.close()


def _states(path: str, body: bytes) -> tuple[frozenset[str], int]:
    text = body.decode()
    states = frozenset(state for state, word in WORDS.items() if f"{word}的同盟" in text)
    return states, json.loads(text)["total"] if path.startswith("/api/") else -1


async def _searcher(host: str, port: int, number: int, until: float, answers: list[Answer]) -> None:
    question = quote("“的同盟是一回事” OR 从前 OR 如今")
    paths = (
        f"/api/search?q={question}&limit=100",
        f"/?q={question}",
        f"/api/search?q={question}&limit=100&sort=position",
    )
    while time.monotonic() < until:
        path = paths[(number + len(answers)) % len(paths)]
        started = time.monotonic()
        status, body = await _get(host, port, path)
        took = time.monotonic() - started
        states, total = _states(path, body) if status == 200 else (frozenset[str](), -1)
        answers.append(Answer(status, took, states, total))


async def _load(url: str, corpus: Corpus) -> tuple[list[Answer], int]:
    parts = urlsplit(url)
    until = time.monotonic() + SECONDS
    answers: list[Answer] = []
    searching = [
        asyncio.create_task(_searcher(parts.hostname or "", parts.port or 0, n, until, answers)) for n in range(AT_ONCE)
    ]
    rewritten = 0
    while time.monotonic() < until:
        _write(corpus.folder, "new" if rewritten % 2 == 0 else "old")
        # Every third time from the ground up: then not a file of the index is what it was.
        await asyncio.to_thread(corpus.update, rebuild=rewritten % 3 == 2)
        rewritten += 1
    await asyncio.gather(*searching)
    return answers, rewritten


@pytest.mark.long
def test_two_hundred_search_while_the_index_is_rewritten(served: tuple[str, Corpus]) -> None:
    url, corpus = served
    answers, rewritten = asyncio.run(_load(url, corpus))
    times = sorted(answer.took_s * 1000 for answer in answers)
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    seen = Counter("+".join(sorted(answer.states)) or "none" for answer in answers)
    totals = Counter((*sorted(answer.states), answer.total) for answer in answers if answer.total >= 0)
    print(
        f"\n{len(answers):,} answers to {AT_ONCE} at once in {SECONDS:.0f} s, the index rewritten {rewritten} times: "
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms; {dict(seen)} {dict(totals)}"
    )
    assert Counter(answer.status for answer in answers) == {200: len(answers)}
    assert rewritten >= 3
    assert set(seen) == {"old", "new"}
    # The state that an answer names is the one whose passages it counts: one total for each.
    assert len(totals) == 2
