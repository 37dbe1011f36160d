"""A library, measured: how long it takes to index beside plain jieba, how much memory, what the parser made of it.

    python benchmarks/library.py FOLDER [--engine NAME]

In one run: the time that ``jieba.cut_for_search`` takes for the same text on one core; then ``corpus-search index`` of
FOLDER into a temporary folder, by a process of its own: how long it takes with all processors, how long these work for
it, and the peak of the memory that it and its workers take together; and a run with nothing changed. Memory is looked
at up to twenty times a second, shared pages counted once (``Pss`` in ``/proc/*/smaps_rollup``, on Linux only). Of the
articles: how many have no heading, no title, and what share of the numbers that their texts cite in brackets is tied to
an entry. Then it asks: one to three words, the titles of articles, and quoted runs of two to twelve characters of the
texts, all drawn by lot with a seed; each sort once to warm up and once to measure, with how long a whole
`Searcher.search` takes, highlighting included, and how long the engine does of that.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus_search.article import Article
from corpus_search.corpus import Corpus
from corpus_search.engine import Engine
from corpus_search.search import Searcher
from corpus_search.workers import processors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jieba

_BRACKETED = re.compile(r"[\[［【]\s*\d{1,3}(?:\s*[-–—~～,，、;；]\s*\d{1,3})*\s*[\]］】]")


def plain_jieba(folder: Path) -> tuple[float, float, int]:
    """Return the seconds that segmenting all texts takes, those of a processor's work, and the number of characters."""
    jieba.initialize()
    texts = [path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*")) if path.is_file()]
    started, worked = time.perf_counter(), time.process_time()
    for text in texts:
        for _ in jieba.cut_for_search(text):
            pass
    return time.perf_counter() - started, time.process_time() - worked, sum(map(len, texts))


def family(pid: int) -> set[int]:
    """Return a process and all that it began, directly or not."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_name = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            parents.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found, new = set(), [pid]
    while new:
        found.update(new)
        new = [child for one in new for child in parents.get(one, ())]
    return found


def memory(pids: set[int]) -> int:
    """Return how many kB processes take together, what they share counted once."""
    taken = 0
    for pid in pids:
        with suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
            taken += int(re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[0])
    return taken


def index(folder: Path, where: Path, engine: str) -> tuple[dict[str, Any], float]:
    """Index a folder, and print the memory it takes; return the summary, and the seconds that processors worked."""
    command = [sys.executable, "-m", "corpus_search", "index", str(folder), "--index", str(where), "--engine", engine]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak, at, looks = 0, 0.0, 0
    pids: set[int] = set()
    started = time.perf_counter()
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            looked = time.perf_counter()
            if looks % 10 == 0:
                pids = family(process.pid)
            looks += 1
            taken = memory(pids)
            if taken > peak:
                peak, at = taken, looked - started
            # To look takes the processors' time as well: a fiftieth of it at most.
            time.sleep(max(0.05, 50 * (time.perf_counter() - looked)))
        assert process.stdout is not None
        summary: dict[str, Any] = json.loads(process.stdout.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"peak memory: {peak / 1024:.0f} MB, all processes together, after {at:.0f} s ({looks:,} looks)")
    return summary, worked_s


def look(article: Article, counts: Counter[str]) -> None:
    """Count what the parser made of an article."""
    counts["articles"] += 1
    counts["without a heading"] += not any(section.heading for _, section in article.walk())
    counts["without a title"] += not article.metadata.title
    counts["without authors"] += not article.metadata.authors
    counts["with references"] += bool(article.references)
    counts["references"] += len(article.references)
    counts["problems"] += len(article.problems)
    if article.references:
        cited = {(place.address, place.offset) for r in article.references for place in r.cited_in}
        for paragraph in article.paragraphs():
            for match in _BRACKETED.finditer(paragraph.text):
                counts["citations"] += 1
                counts["citations tied"] += (paragraph.address, match.start()) in cited


ASKED = 150


def questions(searcher: Searcher, engine: Engine) -> dict[str, list[str]]:
    """Return what is asked, by sort: the same for the same library, whichever engine holds it."""
    rng = random.Random(3)
    texts = sorted(text for _, text in engine.texts() if len(text) > 30)
    terms = [t for t in sorted(engine.terms()) if re.fullmatch("[\u4e00-\u9fff]{2}", t) and engine.frequency(t) > 20]
    titles = sorted(about.title for about in searcher.titles(1_000_000) if about.title)
    words = [" ".join(rng.sample(terms, rng.choice((1, 2, 3)))) for _ in range(ASKED)]
    asked = ["".join(char if char.isalnum() else " " for char in title) for title in rng.sample(titles, ASKED)]
    runs: list[str] = []
    while len(runs) < ASKED:
        text = rng.choice(texts)
        start = rng.randrange(len(text) - 12)
        run = text[start : start + rng.randint(2, 12)]
        if re.fullmatch("[\u4e00-\u9fff]+", run):
            runs.append(f'"{run}"')
    return {"words": words, "titles": asked, "quoted runs": runs}


def ask(searcher: Searcher) -> None:
    """Ask and print how long it takes."""
    engine = searcher._engine
    search = engine.search
    took: list[float] = []

    def timed(*arguments: object, **options: object) -> object:
        started = time.perf_counter()
        try:
            return search(*arguments, **options)  # type: ignore[arg-type]
        finally:
            took.append((time.perf_counter() - started) * 1000)

    engine.search = timed  # type: ignore[method-assign, assignment]
    for sort, asked in questions(searcher, engine).items():
        for query in asked:
            searcher.search(query)
        took.clear()
        whole = [searcher.search(query).took_ms for query in asked]
        print(f"{sort}: search {percentiles(whole)}; the engine's share {percentiles(took)}")


def percentiles(times_ms: list[float]) -> str:
    """Return the median and the 95th percentile."""
    ordered = sorted(times_ms)
    return f"p50 {ordered[len(ordered) // 2]:.1f} ms, p95 {ordered[len(ordered) * 95 // 100]:.1f} ms"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", default="whoosh")
    options = parser.parse_args()
    folder = options.folder
    jieba.setLogLevel(logging.ERROR)
    jieba_s, jieba_work_s, characters = plain_jieba(folder)
    print(f"{characters:,} characters; jieba.cut_for_search on one core: {jieba_s:.1f} s")
    with tempfile.TemporaryDirectory() as where:
        summary, work_s = index(folder, Path(where), options.engine)
        took_s = summary["took_s"]
        print(", ".join(f"{summary[name]:,} {name}" for name in ("new", "documents", "chunks", "notes", "notes_tied")))
        print(
            f"index with {options.engine}: {took_s:.1f} s on {processors()} processors, {took_s / jieba_s:.2f} × jieba"
        )
        print(f"processors worked {work_s:.1f} s, {work_s / jieba_work_s:.2f} × the {jieba_work_s:.1f} s for jieba")
        corpus = Corpus(folder, Path(where), engine=options.engine)
        print(f"size: {corpus.searcher().stats()['bytes'] / 1e6:.0f} MB")
        print(f"nothing changed: {corpus.update().took_s:.2f} s")
        counts = Counter[str]()
        ask(corpus.searcher())
        for doc_id in corpus.searcher().documents():
            look(corpus.searcher().article(doc_id), counts)
        for name, count in counts.items():
            print(f"{name}: {count:,}")
    versions = ", ".join(f"{name} {version(name)}" for name in ("whoosh3", "tantivy", "jieba", "rjieba", "numpy"))
    print(f"Python {platform.python_version()}, {versions}")


if __name__ == "__main__":
    main()
