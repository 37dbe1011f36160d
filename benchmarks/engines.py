"""Engines side by side: the same chunks, the same questions, the same run.

    python benchmarks/engines.py INDEX QUERIES [--size N | --size library]... [--engine NAME]... [--without NAME]...

INDEX is the index of a library made by corpus-search, QUERIES its queries (see `corpus-search evaluate --help`). The
corpora are the library itself and, of its sentences, one of each size that is asked for. Each engine indexes the same
terms in a process of its own, and then all are asked in turns, question by question, so that what else the machine does
falls on all alike. No question is asked twice. Lucene is found where LUCENE_JARS says, Meilisearch is the program that
MEILISEARCH names, OPENSEARCH has the addresses of a cluster's nodes; an engine that is not there is left out, and said
to be. What is left in the cluster is to be removed by hand (or with the cluster).

What a size gives is kept in a file of its own in the folder of `--results`, so that sizes can be measured one at a
time; the tables (`engines.md`) and the plot (`engines.svg`) beside it are written anew from all of them after each.

Build times hold the drawing of the chunks, which is the same for all. Memory is the highest that a build reaches beyond
what the process began with, pages of mapped files included, which the system may take back; with a cluster, also all
that its nodes hold.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import platform
import resource
import shlex
import shutil
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from load import throughput
from peers import ENGINES, OURS, Ours
from report import write_report
from workload import ALL, KINDS, Asked, Workload

_FORK = multiprocessing.get_context("fork")
_WARM_UP = 12
SLOW = {"stock Whoosh": 10_000, "Meilisearch": 100_000, "corpus-search (opensearch)": 100_000}
"""The largest corpus that an engine gets which would take hours for more."""

END_TO_END = ", search()"
"""What is added to the name of ours where it is asked end to end."""

SIZES = ("10000", "100000", "library", "500000")


def in_a_process(work: Callable[..., Any], *arguments: Any, anew: bool = False) -> Any:
    """Return what `work` returns, done in a process that begins with all that is here, or `anew`.

    One that begins with much pays for each page that it touches of it: no measure of who answers a question.
    """
    context = multiprocessing.get_context("spawn") if anew else _FORK
    mine, theirs = context.Pipe()
    process = context.Process(target=_send, args=(theirs, work, arguments))
    process.start()
    good, answer = mine.recv()
    process.join()
    if not good:
        raise RuntimeError(answer)
    return answer


def _send(to: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        to.send((True, work(*arguments)))
    except BaseException as error:
        to.send((False, f"{type(error).__name__}: {error}"))


def made(name: str) -> Any:
    """Return an engine."""
    if name.endswith(END_TO_END):
        return Ours(OURS[name.removesuffix(END_TO_END)]().name, end_to_end=True)
    return ENGINES[name]()


def drawing_s(workload: Workload, size: int) -> float:
    """Return how long it takes to make the chunks alone."""
    next(workload.chunks(size))  # The library is segmented once.
    started = time.perf_counter()
    deque(workload.chunks(size), maxlen=0)
    return time.perf_counter() - started


def built(name: str, workload: Workload, size: int, folder: Path) -> dict[str, Any]:
    """Build an engine's index; return its version, the seconds, the bytes and the megabytes of memory."""
    engine = made(name)
    shutil.rmtree(folder, ignore_errors=True)  # A run that was broken off may have left something.
    folder.mkdir(parents=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    version = engine.version()
    started = time.perf_counter()
    engine.build(folder, workload.chunks(size))
    took_s = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    peak = own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    size_bytes = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
    if isinstance(engine, Ours) and engine.service:
        size_bytes, nodes = engine.served(folder)
        peak += nodes / 1024
    return {"version": version, "seconds": took_s, "bytes": size_bytes, "memory_mb": peak / 1024}


def builds_of(
    names: list[str], workload: Workload, size: int, scratch: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, Path]]:
    """Build each engine's index, or take the one that is kept from before; return what it took, and the folders."""
    builds: dict[str, dict[str, Any]] = {}
    folders: dict[str, Path] = {}
    for name in names:
        if size > SLOW.get(name, size):
            continue
        folder = scratch / str(size) / name.replace(" ", "-")
        kept = folder.with_suffix(".json")
        if not kept.exists():
            try:
                taken = in_a_process(built, name, workload, size, folder)
            except RuntimeError as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
                continue
            kept.write_text(json.dumps(taken))
        builds[name], folders[name] = json.loads(kept.read_text()), folder
        print(f"{size:,} {name}: {builds[name]}", file=sys.stderr)
    return builds, folders


def asked_in_turns(folders: Mapping[str, Path], questions: list[Asked]) -> dict[str, dict[str, list[float]]]:
    """Ask every engine every question, one after the other; return the 50th, 95th and 99th percentiles, in ms.

    They are of each kind of question that an engine answers, and of `ALL`, where it answers every kind.
    """
    engines = {}
    for name, folder in folders.items():
        engines[name] = made(name)
        engines[name].open(folder)
        if isinstance(engines[name], Ours):
            engines[name].prepare(questions)
    # What is loaded by now is no garbage: nobody is to wait for a look through all of it.
    gc.collect()
    gc.freeze()
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
    for kinds in times.values():
        if set(KINDS) <= set(kinds):
            kinds[ALL] = [took for kind in KINDS for took in kinds[kind]]
    return {
        name: {kind: [quantile(took, share) for share in (0.5, 0.95, 0.99)] for kind, took in kinds.items()}
        for name, kinds in times.items()
    }


def quantile(times: list[float], share: float) -> float:
    """Return the time that a share of the questions did not exceed."""
    ordered = sorted(times)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def machine() -> str:
    """Return what this is measured on."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return f"{model}, {multiprocessing.cpu_count()} cores; Python {platform.python_version()}"


def measured(workload: Workload, size: int, names: list[str], questions: list[Asked], scratch: Path) -> dict[str, Any]:
    """Return all that is measured at a size, for `report`."""
    drawn_s = drawing_s(workload, size)
    builds, folders = builds_of(names, workload, size, scratch)
    ends = {name + END_TO_END: folders[name] for name in names if name in OURS and name in folders}
    times = in_a_process(asked_in_turns, {**ends, **folders}, questions, anew=True)
    print(f"{size:,}: {times}", file=sys.stderr)
    answering = {name: folder for name, folder in folders.items() if "question" in times[name]}
    sent = in_a_process(throughput, answering, [asked for asked in questions if asked.kind == "question"], anew=True)
    return {
        "size": size,
        "library": size == workload.library,
        "each": len(questions) // len(KINDS) - _WARM_UP // len(KINDS),
        "machine": machine(),
        "load": [round(one, 1) for one in os.getloadavg()],
        "drawing_s": drawn_s,
        "builds": builds,
        "times": times,
        "throughput": sent,
    }


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument(
        "--size", action="append", dest="sizes", help=f"how many chunks, or library; {', '.join(SIZES)} if not given"
    )
    parser.add_argument("--engine", action="append", dest="engines", choices=list(ENGINES), help="all if not given")
    parser.add_argument("--without", action="append", default=[], choices=list(ENGINES))
    parser.add_argument("--each", type=int, default=100, help="how many questions of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="where indexes are made and kept for the next run; a temporary one if not given"
    )
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    workload = Workload(options.index, options.queries, seed=options.seed)
    # Otherwise every process would look through all these sentences for garbage, again and again.
    gc.collect()
    gc.freeze()
    names = [name for name in options.engines or ENGINES if name not in options.without]
    questions = workload.questions(options.each + _WARM_UP // len(KINDS))
    options.results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for asked in options.sizes or SIZES:
            size = workload.library if asked == "library" else int(asked)
            found = measured(workload, size, names, questions, options.folder or Path(scratch))
            # Paths are the machine's.
            chosen = [part for name in options.engines or () for part in ("--engine", name)]
            chosen += [part for name in options.without for part in ("--without", name)]
            command = ["python", "benchmarks/engines.py", "INDEX", "QUERIES", "--size", asked, *chosen]
            found["command"] = shlex.join([*command, "--each", str(options.each), "--seed", str(options.seed)])
            (options.results / f"{size}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
            write_report(options.results)


if __name__ == "__main__":
    main()
