"""What does a cluster take for so many chunks? Disk, heap, bulk rate, and how long questions take.

    python benchmarks/cluster.py INDEX QUERIES --url URL... [--size N]... [--shards N] [--replicas N] [--questions N]
        [--terms N]

INDEX is the index of a library made by corpus-search, QUERIES its queries (see `corpus-search evaluate --help`), URL
the address of a node; the user and password, where one is needed, stand in it. From the library's sentences corpora of
each size are made, seeded. Each is indexed as `corpus-search index` does it, asked, and removed. Prints Markdown.

Build times hold the making of the chunks and their terms, in one process. Times by the clock depend on what else the
machine does; processor times, of this process and of all nodes together, do not.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import shlex
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workload import TERMS, Workload, articles

from corpus_search.clues import analyzed
from corpus_search.engine import Service, Sort
from corpus_search.engines import create_index, drop_index, open_engine
from corpus_search.engines.opensearch import OpenSearchEngine
from corpus_search.engines.opensearch.connection import Connection
from corpus_search.query import parse
from corpus_search.state import State

_WARM_UP = 10
_MIB = 1 << 20


def cpu_s(connection: Connection) -> float:
    """Return the processor seconds that the nodes have taken so far, all together."""
    time.sleep(1.1)  # A node looks at its process once a second.
    nodes = connection.ask("GET", "/_nodes/stats/process")["nodes"].values()
    return sum(node["process"]["cpu"]["total_in_millis"] for node in nodes) / 1000


class Spent:
    """What was spent since it was made: seconds by the clock, and processor seconds here and on the nodes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        nodes = cpu_s(connection)
        self._began = (time.perf_counter(), time.process_time(), nodes)

    def now(self) -> tuple[float, float, float]:
        """Return the three."""
        clock, here, nodes = self._began
        took_s, here_s = time.perf_counter() - clock, time.process_time() - here
        return took_s, here_s, cpu_s(self._connection) - nodes


def build(workload: Workload, size: int, folder: Path, service: Service) -> None:
    """Index so many chunks."""
    with create_index("opensearch", folder, service) as writer:
        for done, (article, parts) in enumerate(articles(workload.chunks(size))):
            writer.replace(article, parts)
            if done % 20 == 0:
                print(f"{done * len(parts):,} chunks", file=sys.stderr)
        writer.set_state(State("opensearch", {}, str(folder), "", (), (), ()).record())


def questions_of(engine: OpenSearchEngine, workload: Workload, each: int) -> dict[str, list[Callable[[], Any]]]:
    """Return questions to ask, by their kinds."""
    analyzer = workload.analyzer
    asked: dict[str, list[Callable[[], Any]]] = defaultdict(list)
    page: dict[str, Any] = {"limit": 10, "sort": Sort.RELEVANCE}
    for one in workload.questions(each):
        query = analyzed(parse(one.text, analyzer), analyzer)
        asked[one.kind].append(partial(engine.search, query, offset=0, **page))
        if one.kind == "two words":
            left, _, right = one.text.partition(" ")
            near = analyzed(parse(f"{left} NEAR/10 {right or left}", analyzer), analyzer)
            asked["near"].append(partial(engine.search, near, offset=0, **page))
            asked["two words, by article"].append(partial(engine.search_articles, query, offset=0, passages=3, **page))
            asked["two words, facets"].append(partial(engine.facets, query.query, {}, by_article=False))
            asked["two words, hit 5,000"].append(partial(engine.search, query, offset=5_000, **page))
    return asked


def asked_row(size: int, kind: str, asked: Sequence[Callable[[], Any]], connection: Connection) -> str:
    """Ask all questions of a kind, the first few to warm up; return a row of what they took."""
    for ask in asked[:_WARM_UP]:
        ask()
    spent = Spent(connection)
    taken = []
    for ask in asked[_WARM_UP:]:
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    _, here, nodes = spent.now()
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[18]
    return (
        f"| {size:,} | {kind} | {statistics.median(taken):,.0f} ms | {p95:,.0f} ms | "
        f"{nodes / len(taken) * 1000:,.0f} ms | {here / len(taken) * 1000:,.0f} ms |"
    )


def size_row(size: int, spent: tuple[float, float, float], stats: Any, connection: Connection, index: str) -> str:
    """Return a row of what a corpus takes."""
    clock, here, nodes_s = spent
    nodes = connection.ask("GET", "/_nodes/stats/jvm")["nodes"].values()
    heap = max(node["jvm"]["mem"]["pools"]["old"]["peak_used_in_bytes"] for node in nodes)
    segments = connection.ask("GET", f"/{index}/_stats/segments")["_all"]["primaries"]["segments"]
    return (
        f"| {size:,} | {clock:,.0f} s | {here:,.0f} s | {nodes_s:,.0f} s | {(here + nodes_s) / size * 1000:.2f} ms | "
        f"{stats['bytes'] / _MIB:,.0f} MiB | {stats['bytes'] / size:,.0f} | {segments['count']} | "
        f"{heap / _MIB:,.0f} MiB |"
    )


def main() -> None:
    """Measure, and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("index", type=Path)
    options.add_argument("queries", type=Path)
    options.add_argument("--url", action="append", required=True)
    options.add_argument("--size", type=int, action="append")
    options.add_argument("--shards", type=int, default=3)
    options.add_argument("--replicas", type=int, default=1)
    options.add_argument("--questions", type=int, default=20)
    options.add_argument("--terms", type=int, default=TERMS, help="how many terms a chunk has at least")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    service = Service(
        urls=tuple(given.url), shards=given.shards, replicas=given.replicas, timeout_s=120.0, patience_s=120.0
    )
    connection = Connection(service)
    cluster = connection.ask("GET", "/")["version"]
    nodes = connection.ask("GET", "/_nodes/jvm")["nodes"].values()
    heaps = sorted({node["jvm"]["mem"]["heap_max_in_bytes"] // _MIB for node in nodes})
    print(
        f"{platform.platform()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.0f}, "
        f"Python {platform.python_version()}; ",
        end="",
    )
    print(f"OpenSearch {cluster['number']} (Lucene {cluster['lucene_version']}), {len(nodes)} nodes with ", end="")
    print(f"{'/'.join(map(str, heaps))} MiB of heap; opensearch-py {version('opensearch-py')}\n")
    print(f"    python {shlex.join(sys.argv)}\n")
    workload = Workload(given.index, given.queries, seed=given.seed, terms=given.terms)
    rows: list[str] = []
    timings: list[str] = []
    for size in given.size or [10_000]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "index"
            spent = Spent(connection)
            build(workload, size, folder, service)
            took = spent.now()
            engine = open_engine("opensearch", folder, service)
            assert isinstance(engine, OpenSearchEngine)
            index = next(iter(connection.ask("GET", f"/_alias/{engine._store.name}")))
            rows.append(size_row(size, took, engine.stats(), connection, index))
            print(rows[-1], file=sys.stderr)
            gc.collect()
            for kind, asked in questions_of(engine, workload, given.questions + _WARM_UP).items():
                timings.append(asked_row(size, kind, asked, connection))
                print(timings[-1], file=sys.stderr)
            engine.close()
            drop_index("opensearch", folder, service)
    print(
        "| chunks | build | processor here | on the nodes | both, a chunk | disk, one copy | bytes a chunk | "
        "segments | heap, old space at most |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|", *rows, sep="\n")
    print("\n| chunks | question | p50 | p95 | processor on the nodes, mean | here, mean |")
    print("|---:|---|---:|---:|---:|---:|", *timings, sep="\n")


if __name__ == "__main__":
    main()
