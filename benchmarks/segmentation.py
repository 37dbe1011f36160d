"""rjieba beside jieba: does it cut every run of Han of a library alike?

    python benchmarks/segmentation.py FOLDER [--every N]

Reads all articles of FOLDER as `index` does, adds the words that their keywords teach, and cuts each different run of
Han with jieba alone and with what `analysis.ChineseSegmenter` makes of both. Prints how many runs there are, how many
of them hold no added word and are rjieba's, how many are cut otherwise (the first few in full), and the time of each.
Exits with 1 if any is. For comparison, it counts the runs that rjieba would cut otherwise with the words added to it.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib.metadata import version
from pathlib import Path

import rjieba

from corpus_search.analysis import _RUN, ChineseSegmenter, folded_text, teachable
from corpus_search.chunk import chunks
from corpus_search.folder import document_ids, scan
from corpus_search.reading import Task, read, unpacked
from corpus_search.records import article_from


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every Nth article only")
    options = parser.parse_args()
    runs: dict[str, None] = {}
    keywords: set[str] = set()
    ids = document_ids(scan(options.folder, exclude=options.folder / "index").files)
    for path in list(ids)[:: options.every]:
        record = read(Task(options.folder, path, ids[path])).record
        if record:
            article = article_from(unpacked(record))
            keywords.update(article.metadata.keywords)
            for chunk in chunks(article):
                runs.update(dict.fromkeys(m["han"] for m in _RUN.finditer(folded_text(chunk.text)) if m["han"]))
    words = teachable(keywords)
    plain, both = ChineseSegmenter(words, fast=False), ChineseSegmenter(words)
    frequencies = plain._loaded().FREQ
    both._loaded()
    taught = rjieba.Jieba()
    for word in sorted(words, key=lambda word: (len(word), word)):
        taught.add_word(word, frequencies[word], "n")
    started = time.perf_counter()
    wanted = {run: [word for word, _, _ in plain.cut(run)] for run in runs}
    plain_s = time.perf_counter() - started
    started = time.perf_counter()
    found = {run: [word for word, _, _ in both.cut(run)] for run in runs}
    both_s = time.perf_counter() - started
    differing = [run for run in runs if wanted[run] != found[run]]
    ours = sum(map(both._is_plain, runs))
    added = sum(wanted[run] != taught.cut(run) for run in runs)
    print(f"{len(runs):,} different runs of {sum(map(len, runs)):,} characters; {len(words):,} words added")
    print(f"{ours:,} runs hold no added word and are rjieba's ({ours / max(len(runs), 1):.0%})")
    print(f"cut otherwise: {len(differing):,}; with the words added to rjieba it would be {added:,}")
    print(f"jieba {plain_s:.1f} s; jieba and rjieba {both_s:.1f} s")
    for run in differing[:10]:
        print(run, wanted[run], found[run])
    print(f"jieba {version('jieba')}, rjieba {version('rjieba')}")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
