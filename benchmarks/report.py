"""The tables and the plot of `engines`, from what is kept of each size.

python benchmarks/report.py [RESULTS]
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from peers import BASE
from plot import plotted
from workload import ALL, KINDS


def write_report(results: Path) -> None:
    """Write `engines.md` and `engines.svg` from the JSON files in a folder, the smallest size first."""
    sizes = [json.loads(path.read_text("utf-8")) for path in results.glob("*.json")]
    sizes.sort(key=lambda measured: measured["size"])
    (results / "engines.md").write_text("\n".join(_lines(sizes)) + "\n", "utf-8")
    medians: dict[str, dict[int, float]] = defaultdict(dict)
    builds: dict[str, dict[int, float]] = defaultdict(dict)
    for measured in sizes:
        # The library's own chunks are shorter: they are on no line with the made ones.
        if measured["library"] and len(sizes) > 1:
            continue
        for name, kinds in measured["times"].items():
            if "question" in kinds:
                medians[name][measured["size"]] = kinds["question"][0]
        for name, built in measured["builds"].items():
            builds[name][measured["size"]] = built["seconds"]
    title = "a question (OR), median in milliseconds, by the number of chunks"
    (results / "engines.svg").write_text(plotted(medians, title, "ms"), "utf-8")
    title = "building the index, in seconds, by the number of chunks"
    (results / "builds.svg").write_text(plotted(builds, title, "s"), "utf-8")


def _lines(sizes: list[dict[str, Any]]) -> Iterator[str]:
    yield "# Engines side by side"
    yield ""
    yield "Written by `benchmarks/engines.py`, which says what is measured; not to be changed by hand."
    for measured in sizes:
        yield ""
        yield f"## {measured['size']:,} chunks{', the library itself' if measured['library'] else ''}"
        yield ""
        yield from _builds(measured)
        yield ""
        yield from _times(measured)
        yield ""
        yield from _throughput(measured)
        yield ""
        versions = ", ".join(built["version"] for built in measured["builds"].values())
        load = "/".join(map(str, measured["load"]))
        yield f"{measured['machine']}; load at the end {load}; {versions}."
        yield ""
        yield f"`{measured['command']}`, {measured['each']} questions of each kind."
    yield ""
    yield "![Time to answer against size](engines.svg)"
    yield ""
    yield "![Time to build against size](builds.svg)"


def _times_of(value: float, base: float | None) -> str:
    return "" if not base else f"{value / base:.2f}"


def _builds(measured: dict[str, Any]) -> Iterator[str]:
    base = measured["builds"].get(BASE, {})
    yield "| engine | build | × FTS5 | index | × FTS5 | memory |"
    yield "|---|---|---|---|---|---|"
    for name, built in measured["builds"].items():
        seconds, size = (_times_of(built[what], base.get(what)) for what in ("seconds", "bytes"))
        yield (
            f"| {name} | {built['seconds']:.1f} s | {seconds} | {built['bytes'] / 1e6:.0f} MB | {size} "
            f"| {built['memory_mb']:.0f} MB |"
        )
    yield ""
    yield f"Making the chunks alone, which is in each build: {measured['drawing_s']:.1f} s."


def _times(measured: dict[str, Any]) -> Iterator[str]:
    base = measured["times"].get(BASE, {})
    columns = (*KINDS, ALL)
    yield f"| p50 / p95 / p99 in ms (× FTS5's p50 / p95) | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for name, kinds in measured["times"].items():
        cells = []
        for kind in columns:
            if kind not in kinds:
                cells.append("–")
                continue
            cell = " / ".join(f"{took:.1f}" for took in kinds[kind])
            if kind in base:
                ratios = (_times_of(took, one) for took, one in zip(kinds[kind][:2], base[kind], strict=False))
                cell += f" (× {' / '.join(ratios)})"
            cells.append(cell)
        yield f"| {name} | {' | '.join(cells)} |"


def _throughput(measured: dict[str, Any]) -> Iterator[str]:
    base = measured["throughput"].get(BASE, [None, None])
    yield "| questions a second over HTTP | 1 thread | × FTS5 | 8 threads | × FTS5 |"
    yield "|---|---|---|---|---|"
    for name, (one, eight) in measured["throughput"].items():
        yield f"| {name} | {one:.1f} | {_times_of(one, base[0])} | {eight:.1f} | {_times_of(eight, base[1])} |"


if __name__ == "__main__":
    write_report(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "results")
