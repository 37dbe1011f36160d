"""How well are articles taken apart? Measured against hand-checked truth.

    python benchmarks/structure.py FOLDER... [--misses]

Each FOLDER holds some of the articles that `tests/truth/` describes, under the names it gives. Prints a Markdown table
with precision and recall of what the parser finds and, on request, what it missed or invented.

A truth file says what a careful reader sees: see `tests/truth/README.md`. Those that are marked as held out are of
articles that nobody looked at while rules were written; they are measured by themselves.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from corpus_search.article import Article, Kind
from corpus_search.formats import extract
from corpus_search.parse import parse

TRUTH = Path(__file__).parents[1] / "tests" / "truth"
FIELDS = (
    "title", "authors", "abstract", "keywords", "headings", "references", "citations", "author-year", "notes tied",
)  # fmt: skip


@dataclass(slots=True)
class Score:
    """How much was right, of what was found and of what there is."""

    right: int = 0
    found: int = 0
    there: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Return the share of what was found that is right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Return the share of what there is that was found."""
        return self.right / self.there if self.there else 1.0

    def add(self, found: Iterable[Any], there: Iterable[Any], *, name: str) -> None:
        """Compare what was found with what there is, as bags."""
        ours, truth = Counter(found), Counter(there)
        self.right += (ours & truth).total()
        self.found += ours.total()
        self.there += truth.total()
        self.misses += [f"{name}: missed {one!r}" for one in (truth - ours).elements()]
        self.misses += [f"{name}: invented {one!r}" for one in (ours - truth).elements()]


def plain(text: str) -> str:
    """Return a text without blanks, Markdown's signs and closing marks, in lower case: what two readers agree on."""
    return re.sub(r"[\s*_#$\\{}]+", "", text).rstrip("：:.。,，;；").lower()


def citations(article: Article) -> list[int]:
    """Return the numbers of the references that the text cites, in order: as printed, or their places in the list."""
    texts: dict[str, str] = {p.address: p.text for p in article.paragraphs()}
    order: dict[str, float] = {where: n for n, where in enumerate(texts)}
    order |= {section.address: n - 0.5 for n, (_, section) in enumerate(article.walk())}
    cited = []
    for place_in_list, reference in enumerate(article.references, 1):
        # An entry may have two numbers ([5][9] 某甲); which of them is cited, the text says.
        printed = re.findall(r"\d+", reference.label) + re.findall(r"^[\[［](\d+)[\]］]", reference.text)
        for place in reference.cited_in:
            there = texts.get(place.address, "")[place.offset + 1 :]
            number = next((one for one in reversed(printed) if there.startswith(one)), (printed or [place_in_list])[0])
            cited.append((order.get(place.address, -1), place.offset, int(number)))
    return [number for _, _, number in sorted(cited)]


def compare(article: Article, truth: Mapping[str, Any], scores: Mapping[str, Score]) -> None:
    """Add what an article's parse has right and wrong to `scores`."""
    name = truth["file"]
    meta = article.metadata

    def bag(what: str, found: Iterable[Any], there: Iterable[Any]) -> None:
        scores[what].add(found, there, name=name)

    titles = {plain(t) for t in (truth["title"], *truth.get("title_alt", ())) if t}
    ours = plain(meta.title or "")
    bag("title", [ours] if ours else [], [ours if ours in titles else plain(truth["title"])] if titles else [])
    bag("authors", (plain(a.name) for a in meta.authors), map(plain, truth["authors"]))
    abstract = next((p.text for p in article.matter if p.kind is Kind.ABSTRACT and p.address.endswith("#abstract")), "")
    wanted = tuple(map(plain, truth["abstract"] or ()))
    whole = plain(abstract)
    right = bool(wanted) and whole.startswith(wanted[0]) and whole.endswith(wanted[1])
    shown = wanted if right else (whole[:15], whole[-15:])
    bag("abstract", [shown] if whole else [], [wanted] if wanted else [])
    bag("keywords", map(plain, meta.keywords), map(plain, truth["keywords"]))
    optional = {plain(text) for _, text in truth.get("headings_optional", ())}
    found = [(section.level, plain(section.heading)) for _, section in article.walk() if section.heading]
    lists = {plain(section.heading) for section in _lists(article)}
    bag(
        "headings",
        [one for one in found if one[1] not in optional | lists],
        [(level, plain(text)) for level, text in truth["headings"]],
    )
    starts = [plain(start)[:8] for start in truth["reference_starts"]]
    bag("references", (_first(plain(r.text), starts) for r in article.references), starts)
    cited, there = citations(article), truth["citations"]
    if truth["references"]:
        matched = sum(block.size for block in SequenceMatcher(None, cited, there, autojunk=False).get_matching_blocks())
        score = scores["citations" if not truth["author_year"] else "author-year"]
        if truth["author_year"]:
            _author_year(article, truth, score)
        else:
            # A mark that has lost its digits may be tied or not.
            spare = Counter(cited) - Counter(there)
            lost = (spare & Counter(number for number, _ in truth.get("citations_lost", ()))).total()
            score.right += matched
            score.found += len(cited) - lost
            score.there += len(there)
            if matched < max(len(cited), len(there)):
                score.misses.append(f"{name}: {cited} for {there}")
    tied = sum(note.anchor is not None for note in article.notes)
    score = scores["notes tied"]
    score.right += min(tied, truth["notes_tied"])
    score.found += tied
    score.there += truth["notes_tied"]


def _lists(article: Article) -> Iterator[Any]:
    """Yield the headings of lists, which are labels rather than headings of text."""
    from corpus_search.parse.labels import is_endnotes_heading, is_references_heading

    for _, section in article.walk():
        if is_references_heading(section.heading) or is_endnotes_heading(section.heading):
            yield section


def _first(text: str, starts: Iterable[str]) -> str:
    return next((start for start in starts if text.startswith(start)), text[:8])


def _author_year(article: Article, truth: Mapping[str, Any], score: Score) -> None:
    """Look up the sampled author–year citations: is each tied to its reference, and to no other?"""
    texts = {paragraph.address: paragraph.text for paragraph in article.paragraphs()}
    for printed, number in truth["author_year_sample"]:
        places = {a: t.find(printed) for a, t in texts.items() if printed in t}
        tied = {
            n
            for n, reference in enumerate(article.references, 1)
            for place in reference.cited_in
            if place.address in places and 0 <= place.offset - places[place.address] <= len(printed) + 1
        }
        score.there += 1
        score.found += bool(tied)
        score.right += number in tied
        if number not in tied:
            score.misses.append(f"{truth['file']}: {printed!r} means {number}, is tied to {sorted(tied) or 'nothing'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--misses", action="store_true", help="list what was missed or invented")
    parser.add_argument("--only", default="", help="measure only articles with this in their names")
    options = parser.parse_args()
    groups = {held_out: {name: Score() for name in FIELDS} for held_out in (False, True)}
    measured = Counter[bool]()
    for path in sorted(TRUTH.glob("*.json")):
        truth = json.loads(path.read_text("utf-8"))
        source = next((folder / truth["file"] for folder in options.folder if (folder / truth["file"]).exists()), None)
        if source is None or options.only not in truth["file"]:
            continue
        found = extract(source.read_bytes(), path=source.name)
        held_out = bool(truth.get("held_out"))
        compare(parse(found.text, doc_id=source.stem, layout=found.layout), truth, groups[held_out])
        measured[held_out] += 1
    for held_out, scores in groups.items():
        if measured[held_out]:
            show(scores, f"{measured[held_out]} articles{' held out' if held_out else ''}", misses=options.misses)


def show(scores: Mapping[str, Score], title: str, *, misses: bool) -> None:
    """Print a group's table and, if wanted, what was missed or invented."""
    print(f"{title}\n\n| what | precision | recall | right | found | there |\n|---|---|---|---|---|---|")
    for name, score in scores.items():
        print(
            f"| {name} | {score.precision:.3f} | {score.recall:.3f} | {score.right} | {score.found} | {score.there} |"
        )
    print()
    if misses:
        for name, score in scores.items():
            print("\n".join([f"{name}:", *score.misses, ""]))


if __name__ == "__main__":
    main()
