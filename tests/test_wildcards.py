"""Words with wildcards stand where their expressions say, however many wildcards they have."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from corpus_search.analysis import Analyzer
from corpus_search.query import Pattern, parse
from corpus_search.wildcards import wildcard_places
from tests.conftest import MakeCorpus

ANALYZER = Analyzer()
WORDS = st.text("同盟ab*?", min_size=1, max_size=6).filter(
    lambda w: re.search(r"[*]|\?.", w) and re.search(r"[^*?]", w)
)


@given(WORDS, st.text("同盟ab，c ", max_size=60))
def test_the_places_are_those_of_the_expression(word: str, text: str) -> None:
    leaves = [leaf for leaf in parse(f'{word} "x"', ANALYZER).leaves() if isinstance(leaf, Pattern)]
    for leaf in leaves:
        wanted = [match.span() for match in re.finditer(leaf.regex, text) if match.end() > match.start()]
        assert list(wildcard_places(leaf.regex, text)) == wanted


@given(st.text("ab同", min_size=1, max_size=3), st.text("ab同2， ", max_size=40))
def test_a_latin_beginning_stands_at_the_beginning_of_a_word(begun: str, text: str) -> None:
    for leaf in parse(f"a{begun}*", ANALYZER).leaves():
        assert isinstance(leaf, Pattern)
        plainly = "(?<![a-z0-9])" + leaf.regex.replace(f"(?<![a-z0-9]a{begun})", "")
        assert plainly != leaf.regex
        found, wanted = ([match.span() for match in re.finditer(regex, text)] for regex in (leaf.regex, plainly))
        assert found == wanted


def test_many_wildcards_take_no_longer_than_a_few(make_corpus: MakeCorpus) -> None:
    # By trying every way to divide this text among the gaps, the sun would go out first.
    corpus = make_corpus({"a.txt": "同" * 2_000 + "，盟。"})
    corpus.update()
    searcher = corpus.searcher()
    assert searcher.search("同*" * 30 + "盟").total == 0
    assert searcher.search("同*" * 499 + "同").total == 1
