"""Engines side by side: the same chunks, the same questions, the same run.

    python benchmarks/engines.py INDEX QUERIES [--size N]... [--engine NAME]... [--without NAME]... [--plot FILE]

INDEX is the index of a library made by corpus-search, QUERIES its queries (see `corpus-search evaluate --help`). From
the library's sentences corpora of each size are made; each engine indexes the same terms in a process of its own, and
then all are asked in turns, question by question, so that what else the machine does falls on all alike. No question is
asked twice. Lucene is found where LUCENE_JARS says, Meilisearch is the program that MEILISEARCH names. Prints Markdown.

Build times hold the making of the chunks and their terms, which is the same for all. Memory is the highest that a
build reaches beyond what the process began with.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import platform
import resource
import shlex
import statistics
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from load import throughput
from peers import BASE, PEERS, Ours
from plot import plotted
from workload import KINDS, Asked, Workload

_FORK = multiprocessing.get_context("fork")
_WARM_UP = 12
SLOW = {"stock Whoosh": 10_000, "Meilisearch": 10_000}
"""The largest corpus that an engine gets which would take hours for more."""

Times = Mapping[str, Mapping[str, list[float]]]
"""Milliseconds, by engine and kind of question."""


def in_a_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `work` returns, done in a process that begins with all that is here."""
    mine, theirs = _FORK.Pipe()

    def send() -> None:
        try:
            theirs.send((True, work(*arguments)))
        except BaseException as error:
            theirs.send((False, f"{type(error).__name__}: {error}"))

    process = _FORK.Process(target=send)
    process.start()
    good, answer = mine.recv()
    process.join()
    if not good:
        raise RuntimeError(answer)
    return answer


def made(name: str) -> Any:
    """Return an engine."""
    return PEERS[name]() if name in PEERS else Ours(name.removesuffix(END_TO_END), end_to_end=name.endswith(END_TO_END))


END_TO_END = ", search()"
"""What is added to the name of ours where it is asked end to end."""


def drawing_s(workload: Workload, size: int) -> float:
    """Return how long it takes to make the chunks alone."""
    started = time.perf_counter()
    deque(workload.chunks(size), maxlen=0)
    return time.perf_counter() - started


def built(name: str, workload: Workload, size: int, folder: Path) -> dict[str, Any]:
    """Build an engine's index; return its version, the seconds, the bytes and the megabytes of memory."""
    folder.mkdir(parents=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    engine = made(name)
    version = engine.version()
    started = time.perf_counter()
    engine.build(folder, workload.chunks(size))
    took_s = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    peak = own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    size_bytes = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
    return {"version": version, "seconds": took_s, "bytes": size_bytes, "memory_mb": peak / 1024}


def asked_in_turns(folders: Mapping[str, Path], questions: list[Asked]) -> dict[str, dict[str, list[float]]]:
    """Ask every engine every question, one after the other; return the milliseconds."""
    engines = {}
    for name, folder in folders.items():
        engines[name] = made(name)
        engines[name].open(folder)
        if isinstance(engines[name], Ours):
            engines[name].prepare(questions)
    times: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in engines}
    for number, asked in enumerate(questions):
        for name, engine in engines.items():
            started = time.perf_counter()
            found = engine.search(asked)
            took_ms = (time.perf_counter() - started) * 1000
            if number >= _WARM_UP and found is not None:
                times[name][asked.kind].append(took_ms)
    for engine in engines.values():
        if hasattr(engine, "close"):
            engine.close()
    return {name: dict(kinds) for name, kinds in times.items()}


def quantile(times: list[float], share: float) -> float:
    """Return the time that a share of the questions did not exceed."""
    ordered = sorted(times)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def print_builds(size: int, builds: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what building took."""
    base = builds[BASE]
    print(f"\n### {size:,} chunks\n\n| engine | build | × FTS5 | index | × FTS5 | memory |\n|---|---|---|---|---|---|")
    for name, built in builds.items():
        print(
            f"| {name} | {built['seconds']:.1f} s | {built['seconds'] / base['seconds']:.2f} "
            f"| {built['bytes'] / 1e6:.0f} MB | {built['bytes'] / base['bytes']:.2f} | {built['memory_mb']:.0f} MB |"
        )


def print_times(times: Times) -> None:
    """Print how long questions took: p50 / p95 / p99, and p50 and p95 as multiples of the base's."""
    print(f"\n| engine | {' | '.join(KINDS)} |\n|---|{'---|' * len(KINDS)}")
    for name, kinds in times.items():
        cells = []
        for kind in KINDS:
            if kind not in kinds:
                cells.append("–")
                continue
            p50, p95, p99 = (quantile(kinds[kind], share) for share in (0.5, 0.95, 0.99))
            base50, base95 = (quantile(times[BASE][kind], share) for share in (0.5, 0.95))
            cells.append(f"{p50:.1f} / {p95:.1f} / {p99:.1f} ms (× {p50 / base50:.2f} / {p95 / base95:.2f})")
        print(f"| {name} | {' | '.join(cells)} |")


def print_machine(versions: Mapping[str, str]) -> None:
    """Print what was measured, where and how."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    cores = multiprocessing.cpu_count()
    print(f"\n{model}, {cores} cores, shared; Python {platform.python_version()}; {', '.join(versions.values())}.")
    print(f"Command: `python {shlex.join(sys.argv)}`")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--size", type=int, action="append", dest="sizes", help="how many chunks; 10,000 and more")
    parser.add_argument("--engine", action="append", dest="engines", help="an engine of ours; whoosh if not given")
    parser.add_argument("--without", action="append", default=[], choices=list(PEERS))
    parser.add_argument("--each", type=int, default=100, help="how many questions of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="where indexes are made and kept for the next run; a temporary one if not given"
    )
    parser.add_argument("--plot", type=Path, help="the SVG file of time against size")
    parser.add_argument("--save", type=Path, help="the JSON file of all that was measured")
    options = parser.parse_args()
    ours = options.engines or ["whoosh"]
    names = [*ours, *(name for name in PEERS if name not in options.without)]
    workload = Workload(options.index, options.queries, seed=options.seed)
    # Otherwise every process would look through all these sentences for garbage, again and again.
    gc.collect()
    gc.freeze()
    questions = workload.questions(options.each + _WARM_UP // len(KINDS))
    saved: dict[str, Any] = {"command": sys.argv, "sizes": {}}
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.sizes or [10_000, 100_000]:
            drawn_s = drawing_s(workload, size)
            builds: dict[str, dict[str, Any]] = {}
            folders = {}
            for name in names:
                if size > SLOW.get(name, size):
                    continue
                folder = (options.folder or Path(scratch)) / str(size) / name.replace(" ", "-")
                kept = folder.with_suffix(".json")
                if kept.exists():
                    builds[name] = json.loads(kept.read_text())
                else:
                    try:
                        builds[name] = in_a_process(built, name, workload, size, folder)
                    except RuntimeError as error:
                        print(f"{name} is left out: {error}", file=sys.stderr)
                        names = [other for other in names if other != name]
                        continue
                    kept.write_text(json.dumps(builds[name]))
                versions[name] = builds[name]["version"]
                folders[name] = folder
                print(f"{size:,} {name}: {builds[name]}", file=sys.stderr)
            print_builds(size, builds)
            print(f"\nMaking the chunks alone, which is in each build: {drawn_s:.1f} s.")
            ends = {name + END_TO_END: folders[name] for name in ours if name in folders}
            times = in_a_process(asked_in_turns, {**ends, **folders}, questions)
            print_times(times)
            servers = {name: folders[name] for name in (*ours, "Meilisearch") if name in folders}
            sent = in_a_process(throughput, servers, [asked.text for asked in questions if asked.kind == "question"])
            print("\n| over HTTP, questions a second | 1 thread | 8 threads |\n|---|---|---|")
            for name, (one, eight) in sent.items():
                print(f"| {name} | {one:.1f} | {eight:.1f} |", flush=True)
            saved["sizes"][size] = {"builds": builds, "times": times, "throughput": sent}
            if options.save:
                options.save.write_text(json.dumps(saved, ensure_ascii=False))
    print_machine(versions)
    if options.plot:
        medians: dict[str, dict[int, float]] = defaultdict(dict)
        for size, measured in saved["sizes"].items():
            for name, kinds in measured["times"].items():
                medians[name][size] = statistics.median(kinds["question"])
        options.plot.write_text(plotted(medians), "utf-8")


if __name__ == "__main__":
    main()
