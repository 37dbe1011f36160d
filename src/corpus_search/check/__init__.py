"""Is each quotation of a draft exact?

A draft in, a `DraftCheck` out: each of its quotations with a `Verdict`: verbatim, with where it stands, altered, with
what was changed, or not found. `marks` and `draft` find the quotations, `find` asks the corpus, `align` and `writing`
compare letter by letter, `report` makes a page of it. Pure, but for the index that is asked::

    from corpus_search.check import check_draft, check_quotation

    check_quotation(corpus.searcher(), "全力支持美国的军事部署计划").mark
    check_draft(corpus.searcher(), "他说：“全力支持美国的军事部署”。").counts
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus_search.article import Article
from corpus_search.check.align import Change, Piece
from corpus_search.check.draft import (
    MIN_LENGTH,
    Draft,
    Form,
    Quotation,
    Remark,
    Where,
    draft_of,
    quotations,
    read_draft,
)
from corpus_search.check.find import Finder
from corpus_search.check.verdict import Mark, Place, Verdict
from corpus_search.check.writing import Difference
from corpus_search.errors import TooSlowError
from corpus_search.limits import check
from corpus_search.records import Record

if TYPE_CHECKING:
    from corpus_search.search import Searcher

__all__ = [
    "MIN_LENGTH", "Change", "Checked", "Difference", "Draft", "DraftCheck", "Form", "Mark", "Piece", "Place",
    "Quotation", "Remark", "Verdict", "Where", "check_draft", "check_quotation", "read_draft",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """A quotation of a draft, and what is said of it."""

    quotation: Quotation
    verdict: Verdict

    def record(self) -> Record:
        """Return the JSON object of a checked quotation."""
        return {"where": self.quotation.where.record(), "form": self.quotation.form, **self.verdict.record()}


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """What is said of a draft: its quotations in order, marks without a partner, and how many were left out.

    Left out are quotations that are too `short`, that name a work (`titles`), that are nested too `deep`, and those
    inside a quotation that is verbatim (`covered`); `unchecked` are the last ones, for which there was no time.
    """

    quotations: tuple[Checked, ...]
    remarks: tuple[Remark, ...] = ()
    short: int = 0
    titles: int = 0
    deep: int = 0
    covered: int = 0
    unchecked: int = 0

    @property
    def counts(self) -> dict[Mark, int]:
        """How many quotations have each mark."""
        found = Counter(one.verdict.mark for one in self.quotations)
        return {mark: found[mark] for mark in Mark}

    @property
    def good(self) -> bool:
        """Whether every quotation is verbatim."""
        return not self.unchecked and all(one.verdict.mark is Mark.VERBATIM for one in self.quotations)

    def record(self) -> Record:
        """Return the JSON object of ``check --json``."""
        return {
            "counts": {mark.value: count for mark, count in self.counts.items()},
            "unchecked": self.unchecked,
            "left_out": {"short": self.short, "titles": self.titles, "deep": self.deep, "covered": self.covered},
            "quotations": [one.record() for one in self.quotations],
            "remarks": [
                {"what": remark.what, "mark": remark.mark, "where": remark.where.record()} for remark in self.remarks
            ],
        }


def check_quotation(searcher: Searcher, text: str, *, work: str = "") -> Verdict:
    """Return whether a quotation stands in the corpus, and where, or what stands there that is nearest to it.

    `work` is the title that it is attributed to, if it is to any: its places come first.
    """
    return Finder(searcher.engine).check(text, work=work)


def check_draft(
    searcher: Searcher,
    draft: Draft | Article | str,
    *,
    min_length: int = MIN_LENGTH,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> DraftCheck:
    """Return what is said of each quotation of a draft that has at least `min_length` letters.

    Each is checked in a `turn` of its own, so that others who search wait for one quotation and not for a draft. Where
    `limits.limited` gives it all a time, the quotations that it does not suffice for are left unchecked, and counted.
    """
    if isinstance(draft, str):
        draft = draft_of(draft)
    elif isinstance(draft, Article):
        draft = Draft(draft, "", has_lines=False)
    found = quotations(draft, min_length=min_length)
    finder = Finder(searcher.engine)
    verdicts: dict[tuple[str, str], Verdict] = {}
    checked: list[Checked] = []
    standing: set[int] = set()
    covered = unchecked = 0
    for number, quotation in enumerate(found.quotations):
        progress("checking", number, len(found.quotations))
        if quotation.outer in standing:
            # What stands in what is verbatim is so itself.
            standing.add(number)
            covered += 1
            continue
        key = (quotation.text, quotation.work)
        if key not in verdicts:
            try:
                check()
                with turn():
                    verdicts[key] = finder.check(quotation.text, work=quotation.work)
            except TooSlowError:
                unchecked = len(found.quotations) - number
                break
        if verdicts[key].mark is Mark.VERBATIM:
            standing.add(number)
        checked.append(Checked(quotation, verdicts[key]))
    return DraftCheck(tuple(checked), found.remarks, found.short, found.titles, found.deep, covered, unchecked)
