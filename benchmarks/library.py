"""A library, measured: how long it takes to index beside plain jieba, how much memory, what the parser made of it.

    python benchmarks/library.py FOLDER

In one run: the time that ``jieba.cut_for_search`` takes for the same text on one core, then the time to index FOLDER
with all processors into a temporary folder, the peak memory of this process and its workers, and a run with nothing
changed. Of the articles: how many have no heading, no title, and what share of the numbers that their texts cite in
brackets is tied to an entry.
"""

from __future__ import annotations

import argparse
import logging
import platform
import re
import resource
import tempfile
import time
import warnings
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from corpus_search.article import Article
from corpus_search.corpus import Corpus, describe
from corpus_search.workers import processors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jieba

_BRACKETED = re.compile(r"[\[［【]\s*\d{1,3}(?:\s*[-–—~～,，、;；]\s*\d{1,3})*\s*[\]］】]")


def plain_jieba(folder: Path) -> tuple[float, int]:
    """Return the seconds that segmenting all texts takes, and how many characters they have."""
    jieba.initialize()
    texts = [path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*")) if path.is_file()]
    started = time.perf_counter()
    for text in texts:
        for _ in jieba.cut_for_search(text):
            pass
    return time.perf_counter() - started, sum(map(len, texts))


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    jieba.setLogLevel(logging.ERROR)
    jieba_s, characters = plain_jieba(folder)
    print(f"{characters:,} characters; jieba.cut_for_search on one core: {jieba_s:.1f} s")
    with tempfile.TemporaryDirectory() as index:
        corpus = Corpus(folder, Path(index))
        summary = corpus.update(workers=processors())
        print(describe(summary))
        print(f"index: {summary.took_s:.1f} s on {processors()} processors, {summary.took_s / jieba_s:.2f} × jieba")
        own, theirs = (
            resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(f"peak memory: {own:.0f} MB, and at most {theirs:.0f} MB in each worker")
        print(f"size: {corpus.searcher().stats()['bytes'] / 1e6:.0f} MB")
        print(f"nothing changed: {corpus.update().took_s:.2f} s")
        counts = Counter[str]()
        for doc_id in corpus.searcher().documents():
            look(corpus.searcher().article(doc_id), counts)
        for name, count in counts.items():
            print(f"{name}: {count:,}")
    versions = ", ".join(f"{name} {version(name)}" for name in ("whoosh3", "jieba", "numpy"))
    print(f"Python {platform.python_version()}, {versions}")


if __name__ == "__main__":
    main()
