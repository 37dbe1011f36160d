"""Is each quotation of a draft exact? See `check_quotation`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpus_search.check.align import Change, Piece
from corpus_search.check.find import Finder
from corpus_search.check.verdict import Mark, Place, Verdict
from corpus_search.check.writing import Difference

if TYPE_CHECKING:
    from corpus_search.search import Searcher

__all__ = ["Change", "Difference", "Mark", "Piece", "Place", "Verdict", "check_quotation"]


def check_quotation(searcher: Searcher, text: str, *, work: str = "") -> Verdict:
    """Return whether a quotation stands in the corpus, and where, or what stands there that is nearest to it.

    `work` is the title that it is attributed to, if it is to any: its places come first.
    """
    return Finder(searcher.engine).check(text, work=work)
