"""rjieba beside jieba: does it cut every run of Han of a library alike?

    python benchmarks/segmentation.py FOLDER [--every N]

Reads all articles of FOLDER as `index` does, adds the words that their keywords teach, and cuts each different run of
Han with jieba alone and with what `analysis.ChineseSegmenter` makes of rjieba. Prints how many runs there are, in how
many an added word is found, how many are cut otherwise (the first few in full), and the processor time of each. Exits
with 1 if any is.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

from corpus_search.analysis import _HAN_RUN, ChineseSegmenter, folded_text, teachable
from corpus_search.chunk import chunks
from corpus_search.folder import document_ids, scan
from corpus_search.reading import Task, read
from corpus_search.records import article_from, unpacked


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
                runs.update(dict.fromkeys(re.findall(_HAN_RUN, folded_text(chunk.text))))
    words = teachable(keywords)
    plain, both = ChineseSegmenter(words, fast=False), ChineseSegmenter(words)
    plain.load()
    both.load()
    if both._fast is None:
        sys.exit("rjieba is not used: it is not installed, or its sum of frequencies does not go around")
    started = time.process_time()
    wanted = {run: [word for word, _, _ in plain.cut(run)] for run in runs}
    plain_s = time.process_time() - started
    started = time.process_time()
    found = {run: [word for word, _, _ in both.cut(run)] for run in runs}
    both_s = time.process_time() - started
    started = time.process_time()
    for run in runs:
        both.counts_for_search([[run]])
    search_s = time.process_time() - started
    differing = [run for run in runs if wanted[run] != found[run]]
    taught = sum(not words.isdisjoint(cut) for cut in wanted.values())
    print(f"{len(runs):,} different runs of {sum(map(len, runs)):,} characters; {len(words):,} words added")
    print(f"{taught:,} runs have an added word; cut otherwise: {len(differing):,}")
    print(f"jieba {plain_s:.1f} s; jieba and rjieba {both_s:.1f} s, with the words inside words {search_s:.1f} s")
    for run in differing[:10]:
        print(run, wanted[run], found[run])
    print(f"jieba {version('jieba')}, rjieba {version('rjieba')}")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
