"""How well are cited works read? Measured against truth made by hand.

    python benchmarks/works.py [--misses] [--held-out]

Prints a Markdown table: for the seed's 37 notes and for 100 entries of the papers, how many fields were found of those
printed (recall) and how many of those found are printed (precision). A field is right when it is the same characters
but for blanks and width; authors, when all of them are. `--misses` prints what is missed or wrong, of the entries the
rules were made with; with `--held-out`, of the others.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from corpus_search.article import Kind
from corpus_search.works import Work, read_entry
from corpus_search.works.model import FIELDS

TRUTH = Path(__file__).parents[1] / "tests" / "truth" / "works"
SCORED = ("classes", "works", "authors", *FIELDS, "year", "type", "language", "translation")


class Score:
    """Counts of one field: `right`, `found` and `there`."""

    def __init__(self) -> None:
        self.right = self.found = self.there = 0

    def add(self, found: Any, there: Any) -> bool:
        """Count a field, and tell whether it is right."""
        same = bool(found == there)
        self.right += bool(there) and same
        self.found += bool(found)
        self.there += bool(there)
        return same

    @property
    def precision(self) -> float | None:
        """How much of what is found is right."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """How much of what is there is found."""
        return self.right / self.there if self.there else None


def plain(value: Any) -> Any:
    """Return a field without blanks, in one width."""
    if isinstance(value, str):
        return "".join(unicodedata.normalize("NFKC", value).split())
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def fields_of(work: Work) -> dict[str, Any]:
    """Return what was read of a work, as the truth has it."""
    found: dict[str, Any] = {name: work.get(name) for name in FIELDS}
    return found | {
        "authors": list(work.names), "year": work.year, "type": work.type, "language": work.language,
        "translation": work.translation,
    }  # fmt: skip


def compare(entries: Iterable[Mapping[str, Any]], misses: list[str]) -> dict[str, Score]:
    """Return how well `entries` are read, field by field."""
    scores = {name: Score() for name in SCORED}
    for entry in entries:
        kind = Kind.NOTE if "#fn" in entry["address"] else Kind.REFERENCE
        read = read_entry(entry["text"], kind)
        number = entry["address"]
        if not scores["classes"].add(sorted(read.sources), sorted(entry["classes"])):
            misses.append(f"{number} classes: {sorted(read.sources)} for {sorted(entry['classes'])}")
        for at in range(max(len(read.works), len(entry["works"]))):
            found = fields_of(read.works[at]) if at < len(read.works) else {}
            there = entry["works"][at] if at < len(entry["works"]) else {}
            scores["works"].add(bool(found), bool(there))
            for name in SCORED[2:]:
                ours, truth = plain(found.get(name)) or None, plain(there.get(name)) or None
                if not scores[name].add(ours, truth):
                    misses.append(f"{number} {name}: {ours!r} for {truth!r}")
    return scores


def total(scores: Mapping[str, Score]) -> Score:
    """Return all fields' counts together."""
    made = Score()
    for name, score in scores.items():
        if name not in ("classes", "works"):
            made.right, made.found, made.there = (
                made.right + score.right, made.found + score.found, made.there + score.there,
            )  # fmt: skip
    return made


def truth(name: str) -> list[dict[str, Any]]:
    """Return the entries of a truth file."""
    entries: list[dict[str, Any]] = json.loads((TRUTH / f"{name}.json").read_text("utf-8"))
    return entries


def main() -> None:
    """Print the table."""
    library = truth("library")
    seen = [entry for entry in library if not entry["held_out"]]
    unseen = [entry for entry in library if entry["held_out"]]
    misses: dict[str, list[str]] = {"seed": [], "seen": [], "unseen": []}
    columns = {
        "seed": compare(truth("seed"), misses["seed"]),
        "library": compare(library, []),
        "seen": compare(seen, misses["seen"]),
        "unseen": compare(unseen, misses["unseen"]),
    }
    if "--misses" in sys.argv:
        chosen = misses["unseen"] if "--held-out" in sys.argv else misses["seed"] + misses["seen"]
        print("\n".join(chosen))
    heads = ("", "seed, 37 notes", "100 entries", f"of these {len(seen)} seen", f"{len(unseen)} held out")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name in SCORED:
        print(f"| {name} | {' | '.join(_cell(scores[name]) for scores in columns.values())} |")
    print(f"| **all fields** | {' | '.join(_cell(total(scores)) for scores in columns.values())} |")


def _cell(score: Score) -> str:
    if not score.there and not score.found:
        return ""
    parts = ["–" if value is None else f"{value:.2f}" for value in (score.precision, score.recall)]
    return f"{' / '.join(parts)} ({score.there})"


if __name__ == "__main__":
    main()
