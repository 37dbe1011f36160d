"""Words with wildcards stand where their expressions say, however many wildcards they have."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_search.analysis import Analyzer
from corpus_search.corpus import Corpus
from corpus_search.engines import ENGINES, open_engine
from corpus_search.highlight import has_pattern
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


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_finds_the_texts_in_which_a_word_with_wildcards_stands(tmp_path: Path, engine: str) -> None:
    dice = random.Random(5)
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(40):
        texts = ("".join(dice.choices("thhinégß2b1- ,.'同盟の", k=dice.choice((3, 9, 30)))) for _ in range(4))
        (folder / f"{number}.txt").write_text("一、题\n" + "\n".join(texts), "utf-8")
    corpus = Corpus(folder, tmp_path / "index", engine=engine)
    corpus.update()
    opened = open_engine(engine, tmp_path / "index")
    texts_by_number = dict(opened.texts())
    for asked in (
        "th*",
        "t*",
        "*th",
        "*n",
        "2*",
        "2b*",
        "*1",
        "h2*",
        "én*",
        "*é",
        "t?i",
        "t*n",
        "同h*",
        "*h盟",
        "同盟*",
    ):
        for written in (asked, asked.upper()):
            query = parse(written, ANALYZER)
            (leaf,) = query.leaves()
            assert isinstance(leaf, Pattern)
            wanted = {number for number, text in texts_by_number.items() if has_pattern(leaf, text)}
            assert opened.matching(query) == wanted, written
            assert opened.matching(replace(query, exact_script=True)) == wanted, written
    opened.close()
