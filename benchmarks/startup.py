"""The beginning, measured: a query from a cold command line, and the first answers of a server.

    python benchmarks/startup.py [--repeat N] [--corpus FOLDER] [QUERY]

FOLDER (the seeds) is indexed into a temporary folder. Then, in turns, so that what else the machine does falls on both
alike: ``python -c "import whoosh.index, click"``, and ``corpus-search query QUERY`` in a new process each time, both
with their bytecode kept, as an installed package has it. Prints both medians and their ratio, then how long a server's
first answer takes beside its hundredth.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, urlsplit

from corpus_search.search import Searcher

_OURS = (sys.executable, "-m", "corpus_search")
_BARE = (sys.executable, "-c", "import whoosh.index, click")
_ASKED = 100
_WRITTEN = re.compile(r"[\u4e00-\u9fff]{4,8}")
"""What is asked of a server: what stands in the texts."""
_ENVIRONMENT = dict(os.environ)


def took_ms(command: Sequence[str]) -> float:
    """Return how long a command takes."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_ENVIRONMENT)
    return (time.perf_counter() - started) * 1000


def cold(query: str, corpus: str, index: str, repeat: int) -> None:
    """Print how long a query takes in a new process, beside the bare imports."""
    ours = (*_OURS, "query", query, "--corpus", corpus, "--index", index)
    took_ms(_BARE)
    took_ms(ours)  # The files are in memory, and what is kept of jieba and OpenCC is made.
    pairs = [(took_ms(_BARE), took_ms(ours)) for _ in range(repeat)]
    bare, query_ms = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(ours / bare for bare, ours in pairs)
    print(f"{repeat} times each, in turns, medians:")
    print(f"import whoosh.index, click: {bare:.0f} ms")
    print(f"corpus-search query:        {query_ms:.0f} ms, {ratio:.2f} × (median of the ratios of neighbours)")


def first_answers(corpus: str, index: str, repeat: int) -> None:
    """Print how long the first answer of a new server takes, and its hundredth; no question is asked twice."""
    with closing(Searcher(Path(index))) as searcher:
        runs = sorted({run for _, text in searcher.engine.texts() for run in _WRITTEN.findall(text)})
    asked = min(_ASKED, len(runs))
    for path in ("/", "/api/search"):
        times = [answers_ms(path, random.Random(number).sample(runs, asked), corpus, index) for number in range(repeat)]
        first = statistics.median(one[0] for one in times)
        hundredth = statistics.median(took for one in times for took in one[-9:])
        print(f"{repeat} new servers, {path}, a hundred different questions each, medians:")
        print(f"first answer:               {first:.1f} ms")
        print(f"around the hundredth:       {hundredth:.1f} ms; the first is {first / hundredth:.2f} × that")


def answers_ms(path: str, questions: Sequence[str], corpus: str, index: str) -> list[float]:
    """Return how long the first answers of a new server take, each asked when the one before is there."""
    serve = (*_OURS, "serve", corpus, "--index", index, "--port", "0", "--no-watch")
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, env=_ENVIRONMENT) as server:
        try:
            assert server.stdout
            address = urlsplit(server.stdout.readline().split()[-1])
            times = []
            for question in questions:
                connection = HTTPConnection(address.hostname or "", address.port)
                started = time.perf_counter()
                connection.request("GET", f"{path}?q={quote(question)}")
                answer = connection.getresponse()
                answer.read()
                times.append((time.perf_counter() - started) * 1000)
                assert answer.status == 200
                connection.close()
            return times
        finally:
            server.terminate()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("query", nargs="?", default="日美同盟 半导体")
    parser.add_argument("--corpus", default="seeds")
    parser.add_argument("--repeat", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as index, tempfile.TemporaryDirectory() as bytecode:
        # Where this runs from its sources, they may be kept from having any.
        _ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)
        _ENVIRONMENT["PYTHONPYCACHEPREFIX"] = bytecode
        took_ms((*_OURS, "index", options.corpus, "--index", index))
        cold(options.query, options.corpus, index, options.repeat)
        first_answers(options.corpus, index, max(3, options.repeat // 3))
    versions = ", ".join(f"{name} {version(name)}" for name in ("whoosh3", "jieba", "numpy", "click"))
    print(f"Python {platform.python_version()}, {versions}")
    print(f"Command: `python {shlex.join(sys.argv)}`")


if __name__ == "__main__":
    main()
