"""How often, beside what, and where more than elsewhere: compared with counts made the slow way."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_search.analysis import Analyzer, folded_text
from corpus_search.article import DocId, Kind
from corpus_search.chunk import chunks
from corpus_search.corpus import Corpus
from corpus_search.counting import streams as streams_module
from corpus_search.counting.collocates import CollocateOrder, collocates
from corpus_search.counting.frequency import By, frequency
from corpus_search.counting.functional import function_words, is_functional
from corpus_search.counting.keyness import keyness
from corpus_search.counting.measures import (
    THRESHOLDS,
    deviation_of_proportions,
    log_dice,
    log_likelihood,
    log_ratio,
    mutual_information,
    percent_difference,
)
from corpus_search.counting.preparing import Preparing
from corpus_search.counting.streams import Streams, kept, streams
from corpus_search.counting.tables import as_csv
from corpus_search.errors import AddressError, ComparisonError, PreparingError, QueryError
from corpus_search.highlight import Matcher
from corpus_search.query import Field, Narrow
from corpus_search.search import Searcher
from tests.conftest import SEED, SHARED, MakeCorpus, run_command

DOC = DocId(SEED.stem)
SOME = ("01_tamura_history", "03_pollution_network", "05_cas_law", "08_ma_housing_policy", "22_nian_P15")
"""A slice of real articles: Markdown by MinerU, one of them with a thousand notes, and one without references."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The seed and some articles, two of them with a year."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "corpus").mkdir()
    (folder / "corpus" / SEED.name).write_bytes(SEED.read_bytes())
    for i, name in enumerate(SOME):
        path = SHARED / "articles" / f"{name}.md"
        if not path.exists():
            pytest.skip("the articles are not here")
        (folder / "corpus" / path.name).write_bytes(path.read_bytes())
        if i < 2:
            (folder / "corpus" / f"{name}.meta.toml").write_text(f"year = {2019 + i}\n", "utf-8")
    corpus = Corpus(folder / "corpus", folder / "index")
    corpus.update()
    return corpus


@pytest.fixture(scope="module")
def searcher(library: Corpus) -> Searcher:
    return library.searcher()


@pytest.fixture(scope="module")
def words(library: Corpus) -> Streams:
    return streams(library.searcher(), library.index)


# --- formulas ------------------------------------------------------------------------------------------------


def _g2(a: int, n: int, b: int, m: int) -> float:
    """Return G² as Dunning writes it: twice the logarithm of the ratio of the likelihoods of two binomials."""

    def likelihood(p: float, k: int, size: int) -> float:
        return (k * math.log(p) if k else 0) + ((size - k) * math.log(1 - p) if size - k else 0)

    p, p1, p2 = (a + b) / (n + m), a / n, b / m
    return 2 * (likelihood(p1, a, n) + likelihood(p2, b, m) - likelihood(p, a, n) - likelihood(p, b, m))


@given(st.integers(0, 50), st.integers(0, 50), st.integers(51, 500), st.integers(51, 500))
def test_log_likelihood_is_dunnings_ratio(a: int, b: int, n: int, m: int) -> None:
    if a + b:
        found = float(log_likelihood(np.array([a]), n, np.array([b]), m)[0])
        assert found == pytest.approx(_g2(a, n, b, m), abs=1e-8)


def test_the_formulas_give_the_figures_of_their_papers() -> None:
    one = np.array([10])
    # "the swiss", the first line of Dunning's table.
    assert float(log_likelihood(np.array([110]), 221, np.array([2442]), 31556)[0]) == pytest.approx(270.72, abs=0.005)
    assert float(mutual_information(one, 100, np.array([10]), 900)[0]) == pytest.approx(math.log2(5))
    assert float(log_dice(one, 10, one)[0]) == 14  # Always and only together.
    assert float(log_dice(one, 20, np.array([20]))[0]) == 13  # Half as strong is one less.
    assert float(log_ratio(np.array([20]), 1000, np.array([5]), 1000)[0]) == 2
    assert float(log_ratio(np.array([4]), 1000, np.array([0]), 1000)[0]) == 3
    assert percent_difference(3, 100, 1, 100) == pytest.approx(200)
    assert percent_difference(3, 100, 0, 100) is None
    assert deviation_of_proportions(np.array([1, 1]), np.array([50, 50])) == 0
    assert deviation_of_proportions(np.array([0, 2]), np.array([90, 10])) == pytest.approx(0.9)
    assert deviation_of_proportions(np.array([0, 0]), np.array([90, 10])) is None


def test_the_thresholds_are_those_of_chi_squared_with_one_degree_of_freedom() -> None:
    for level, threshold in THRESHOLDS.items():
        assert math.erfc(math.sqrt(threshold / 2)) == pytest.approx(level, rel=0.02)


# --- frequency -----------------------------------------------------------------------------------------------

QUERIES = (
    "同盟",
    "研究",
    "政策 发展",
    '"日本"',
    "note:日本",
    "kind:body 中国",
    "中?",
    "日本 NEAR/10 美国",
    "history~",
    "，",
)


@pytest.mark.parametrize("query", QUERIES)
def test_counts_add_up_to_what_the_concordance_lists(searcher: Searcher, query: str) -> None:
    lines = searcher.concordance(query, limit=None).lines
    by_article = frequency(searcher, query)
    assert by_article.total == sum(row.count for row in by_article.rows) == len(lines)
    assert {row.name: row.count for row in by_article.rows} == Counter(line.doc_id for line in lines)
    assert by_article.having == len(by_article.rows)
    by_year = frequency(searcher, query, by=By.YEAR)
    years = Counter(line.year for line in lines)
    assert {row.year: row.count for row in by_year.rows if row.count} == {y: n for y, n in years.items() if y}
    rows = [*by_year.rows, *([by_year.undated] if by_year.undated else [])]
    assert (by_year.undated.count if by_year.undated else 0) == years[None]
    assert by_year.total == len(lines)
    assert sum(row.characters for row in rows) == by_year.characters == by_article.characters
    for doc_id in {line.doc_id for line in lines}:
        own = [line for line in lines if line.doc_id == doc_id]
        by_section = frequency(searcher, query, by=By.SECTION, doc_id=doc_id)
        named = Counter(re.sub(r"p\d+$|(?<=fn)\d+$|(?<=ref)\d+$", "", line.address.rpartition("#")[2]) for line in own)
        named = Counter({{"fn": "notes", "ref": "references"}.get(name, name): n for name, n in named.items()})
        assert {row.name: row.count for row in by_section.rows if row.count} == named
        assert by_section.total == len(own) == len(by_section.positions)


def test_a_run_is_counted_as_a_scan_of_the_parsed_articles_does(searcher: Searcher) -> None:
    for run in ("同盟", "中国", "的", "policy", "一"):
        found = {row.name: row for row in frequency(searcher, f'"{run}"').rows}
        for doc_id in searcher.documents():
            texts = [folded_text(chunk.text) for chunk in chunks(searcher.article(doc_id))]
            count = sum(text.count(run) for text in texts)
            assert (found[doc_id].count if doc_id in found else 0) == count
            if count:
                characters = sum(char.isalnum() for text in texts for char in text)
                assert found[doc_id].characters == characters
                assert found[doc_id].per_10k == pytest.approx(count / characters * 10_000)


def test_what_is_compared_with_is_what_was_searched(searcher: Searcher) -> None:
    texts = [
        chunk for doc in searcher.documents() for chunk in chunks(searcher.article(doc)) if chunk.kind is Kind.NOTE
    ]
    characters = sum(char.isalnum() for chunk in texts for char in folded_text(chunk.text))
    for asked in ("note:日本", "kind:note 日本"):
        assert frequency(searcher, asked).characters == characters
    assert frequency(searcher, "日本", filters={Field.KIND: frozenset({"note"})}).characters == characters
    dated = frequency(searcher, "year:2019..2020 研究", by=By.YEAR)
    assert [row.year for row in dated.rows] == [2019, 2020]
    assert dated.undated is None
    assert dated.articles == 2


def test_years_without_a_match_are_rows_and_articles_without_a_year_are_apart(searcher: Searcher) -> None:
    found = frequency(searcher, "日美同盟", by=By.YEAR)
    years = Counter(about.year for about in searcher.titles(99))
    assert {row.year: row.articles for row in found.rows} == {year: n for year, n in years.items() if year}
    assert {row.year: row.count > 0 for row in found.rows}[2019] is False
    assert {row.year: row.count > 0 for row in found.rows}[2023] is True
    assert found.undated is not None
    assert (found.undated.articles, found.undated.name) == (years[None], "")


def test_sections_stand_in_their_order_and_positions_where_they_are(seed_searcher: Searcher) -> None:
    found = frequency(seed_searcher, "战略", by=By.SECTION)
    names = [row.name for row in found.rows]
    assert names[:6] == ["front", "abstract", "keywords", "abstract-en", "keywords-en", "s0"]
    assert names[6:9] == ["s1", "s1.1", "s1.2"]
    assert names[-2:] == ["notes", "back"]
    assert found.rows[names.index("s1.2")].title.startswith("（二）以推进“同盟现代化”")
    edges = [0]
    for row in found.rows:
        edges.append(edges[-1] + row.characters)
        inside = sum(edges[-2] <= position < edges[-1] for position in found.positions)
        assert inside == row.count
    assert list(found.positions) == sorted(found.positions)


def test_what_cannot_be_counted_is_refused(searcher: Searcher) -> None:
    with pytest.raises(AddressError, match="sections are an article's"):
        frequency(searcher, "日本", by=By.SECTION)
    with pytest.raises(AddressError, match="nothing: no such document"):
        frequency(searcher, "日本", doc_id="nothing")
    with pytest.raises(QueryError):
        frequency(searcher, '"日本')
    none = frequency(searcher, "“没有这个词语吧”")
    assert (none.total, none.rows, none.dispersion) == (0, (), None)


# --- words ---------------------------------------------------------------------------------------------------


def _sentences(text: str, analyzer: Analyzer) -> Iterator[list[tuple[str, int, int]]]:
    """Yield the words of a folded text, sentence by sentence, as `streams` says that they are parted."""
    markup = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>\n]*)?/?>|\\[a-z]+|https?://[a-z0-9%&+,./:;=?@_~#-]+")
    hidden = {i for match in markup.finditer(text) for i in range(*match.span())}
    held: list[tuple[str, int, int]] = []
    end = 0
    for term in analyzer.words_of(text):
        if term.start in hidden:
            continue
        if held and _ends(text, end, term.start):
            yield held
            held = []
        held.append((text[term.start : term.end], term.start, term.end))
        end = term.end
    if held:
        yield held


def _ends(text: str, start: int, end: int) -> bool:
    for i in range(start, end):
        if text[i] in "。!?…\n" or text[i : i + 3] == "...":
            return True
        if text[i] == ".":
            before = re.search(r"[a-z]*$", text[:i])
            assert before is not None
            closed = i + 1 == len(text) or text[i + 1] in " \n\t\"')]"
            han = re.compile("[\u3400-\u9fff]")
            if closed and len(before[0]) not in (1, 2):
                return True
            if i and i + 1 < len(text) and han.match(text[i - 1]) and han.match(text[i + 1]):
                return True
    return False


def test_the_stream_is_what_the_analyzer_cuts_each_text_into(searcher: Searcher, words: Streams) -> None:
    texts = [text for _, text in searcher.engine.texts()]
    starts, ends, begins = words.places(0, len(texts))
    breaks = words.breaks(sentences=True)
    for i, text in enumerate(texts):
        wanted = [word for sentence in _sentences(text, searcher.analyzer) for word in sentence]
        low, high = int(words.begins[i]), int(words.ends[i])
        assert [words.word(number) for number in words.ids[low:high].tolist()] == [word for word, _, _ in wanted]
        places = zip((starts - begins[i])[low:high].tolist(), (ends - begins[i])[low:high].tolist(), strict=True)
        assert list(places) == [(start, end) for _, start, end in wanted]
        at = 0
        for sentence in _sentences(text, searcher.analyzer):
            assert breaks[low + at : low + at + len(sentence)].tolist() == [True] + [False] * (len(sentence) - 1)
            at += len(sentence)
    # From the middle on, places are as from the beginning.
    middle = len(texts) // 2
    again, _, first = words.places(middle, len(texts))
    assert (again - first[0] == starts[int(words.begins[middle]) :] - begins[middle]).all()


def test_markup_and_long_signs_are_between_words(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {
            "a.txt": "同盟<td>经济</td>https://www.a.org/b-c_d[2]\\mathrm 安全"
            + "—" * 200
            + "a<b 与 J. Smith et al. said. Then"
        }
    )
    corpus.update()
    made = streams(corpus.searcher(), corpus.index)
    shown = [made.word(number) for number in made.ids.tolist()]
    assert shown == ["同盟", "经济", "2", "安全", "a", "b", "与", "j", "smith", "et", "al", "said", "then"]
    starts, _, _ = made.places(0, len(made.ends))
    text = next(text for _, text in corpus.searcher().engine.texts())
    assert [text.index(word) for word in ("安全", "smith", "then")] == [int(starts[i]) for i in (3, 8, 12)]
    assert made.breaks(sentences=True).nonzero()[0].tolist() == [0, 12]


def test_several_processes_cut_as_one_does(library: Corpus, words: Streams) -> None:
    made = streams_module.make(library.searcher(), processes=2)
    assert (made.ids == words.ids).all()
    assert (made.gaps == words.gaps).all()
    assert made.words == words.words


def test_words_are_kept_and_only_what_changed_is_cut_again(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus({f"{i}.txt": f"一、头\n\n论第{i}种新基建与日美同盟。" for i in range(5)})
    corpus.update()
    streams(corpus.searcher(), corpus.index)
    cut: list[str] = []
    plain = streams_module._cut
    monkeypatch.setattr(streams_module, "_cut", lambda text, analyzer: cut.append(text) or plain(text, analyzer))  # type: ignore[func-returns-value]
    assert kept(corpus.searcher(), corpus.index) is not None
    streams(corpus.searcher(), corpus.index)
    assert cut == []
    (corpus.folder / "new.txt").write_text("新的一篇。", "utf-8")
    (corpus.folder / "0.txt").unlink()
    corpus.update()
    assert kept(corpus.searcher(), corpus.index) is None  # Those of another state are not taken for this one's.
    found = streams(corpus.searcher(), corpus.index)
    assert cut == ["新的一篇。"]
    assert len(list(corpus.index.glob("words-*"))) == 1
    # A word that is taught changes how texts with it are cut, and no others.
    cut.clear()
    (corpus.folder / "userless.txt").write_text("题目\n\n关键词：日美同盟；别的词语\n\n正文。", "utf-8")
    corpus.update()
    again = streams(corpus.searcher(), corpus.index)
    assert sum("新基建" in text for text in cut) == 4
    assert "新的一篇。" not in cut
    monkeypatch.undo()
    anew = streams_module.make(corpus.searcher())
    assert [again.word(i) for i in again.ids.tolist()] == [anew.word(i) for i in anew.ids.tolist()]
    assert (again.gaps == anew.gaps).all()
    assert "日美同盟" in {anew.word(i) for i in anew.ids.tolist()}
    assert "日美同盟" not in {found.word(i) for i in found.ids.tolist()}


def test_broken_words_are_made_anew_and_unwritable_ones_each_time(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    corpus = make_corpus({"a.txt": "日美同盟的历史。"})
    corpus.update()
    searcher = corpus.searcher()
    whole = streams(searcher, corpus.index)
    folder = next(corpus.index.glob("words-*"))
    for name, content in (("ids.npy", b""), ("words.txt", b"x\n"), ("made.json", b"{}"), ("ends.npy", b"\x80pickle")):
        (folder / name).unlink()  # A file that is mapped must not shrink.
        (folder / name).write_bytes(content)
        assert kept(searcher, corpus.index) is None
        assert (streams(searcher, corpus.index).ids == whole.ids).all()
        assert kept(searcher, corpus.index) is not None
    assert (streams(searcher, tmp_path / "nothing" / "there").ids == whole.ids).all()


def test_an_empty_text_has_no_words_and_no_collocates(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "，。！"})
    corpus.update()
    made = streams(corpus.searcher(), corpus.index)
    assert len(made) == 0
    assert collocates(corpus.searcher(), made, "，").occurrences == 1


def test_who_asks_while_words_are_cut_is_told_and_has_them_later(
    make_corpus: MakeCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus({"a.txt": "日美同盟的历史。"})
    corpus.update()
    preparing = Preparing(corpus.index)
    with pytest.raises(PreparingError, match="0% is done"):
        preparing.streams(corpus.searcher(), wait_s=0)
    assert len(preparing.streams(corpus.searcher(), wait_s=60)) == 4
    assert len(Preparing(corpus.index).streams(corpus.searcher(), wait_s=0)) == 4
    # What fails is tried again by the next one.
    failing = Preparing(corpus.index / "nowhere")
    monkeypatch.setattr("corpus_search.counting.preparing.streams", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failing.streams(corpus.searcher(), wait_s=60)
    monkeypatch.undo()
    assert len(failing.streams(corpus.searcher(), wait_s=60)) == 4


# --- collocates ----------------------------------------------------------------------------------------------


def _counted_slowly(
    searcher: Searcher, query: str, left: int, right: int
) -> tuple[int, Counter[str], Counter[str], Counter[str], Counter[str]]:
    """Return how many occurrences there are, and the words beside them, to the left, to the right, and of all texts."""
    asked = searcher.query(query)
    found = 0
    both, before, after, total = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    matching = searcher.engine.matching(asked)
    for number, text in searcher.engine.texts():
        places = Matcher(asked, searcher.analyzer).occurrences(text) if number in matching else ()
        found += len(places)
        for sentence in _sentences(text, searcher.analyzer):
            node = [any(start < b and a < end for a, b in places) for _, start, end in sentence]
            sides: tuple[set[int], set[int]] = (set(), set())
            for a, b in places:
                touched = [i for i, (_, start, end) in enumerate(sentence) if start < b and a < end]
                if touched:
                    sides[0].update(range(max(touched[0] - left, 0), touched[0]))
                    sides[1].update(range(touched[-1] + 1, min(touched[-1] + 1 + right, len(sentence))))
            for i, (word, _, _) in enumerate(sentence):
                if not node[i]:
                    total[word] += 1
                    before[word] += i in sides[0]
                    after[word] += i in sides[1]
                    both[word] += i in sides[0] | sides[1]
    return found, both, before, after, total


@pytest.mark.parametrize(
    ("query", "left", "right"), [("同盟", 5, 5), ('"战略"', 2, 0), ("研究", 0, 3), ("日本 美国", 20, 20)]
)
def test_collocates_are_those_of_a_count_by_hand(
    searcher: Searcher, words: Streams, query: str, left: int, right: int
) -> None:
    found = collocates(searcher, words, query, left=left, right=right, minimum=1, all_words=True, limit=None)
    lines, both, before, after, total = _counted_slowly(searcher, query, left, right)
    assert found.occurrences == lines == searcher.concordance(query, limit=0).total
    assert found.window_words == both.total()
    assert found.words == total.total()
    wanted = {
        word: (count, before[word], after[word], total[word])
        for word, count in both.items()
        if count > both.total() * total[word] / total.total()
    }
    assert {row.word: (row.count, row.left, row.right, row.total) for row in found.rows} == wanted
    for row in found.rows:
        rest = total[row.word] - row.count
        size = total.total() - both.total()
        assert row.log_likelihood == pytest.approx(_g2(row.count, both.total(), rest, size), abs=1e-6)
        assert row.expected == pytest.approx(both.total() * total[row.word] / total.total())
        assert row.pmi == pytest.approx(math.log2(row.count / row.expected))
        assert row.log_dice == pytest.approx(14 + math.log2(2 * row.count / (lines + row.total)))
    assert [row.log_likelihood for row in found.rows] == sorted((r.log_likelihood for r in found.rows), reverse=True)


def test_a_window_ends_with_its_sentence_or_with_its_paragraph(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "一、头\n经济。同盟安全。历史悠久。\n另一段。\n"})
    corpus.update()
    searcher, made = corpus.searcher(), streams(corpus.searcher(), corpus.index)
    options = {"minimum": 1, "all_words": True}
    inside = collocates(searcher, made, "同盟", **options)  # type: ignore[arg-type]
    assert [row.word for row in inside.rows] == ["安全"]
    across = collocates(searcher, made, "同盟", across=True, **options)  # type: ignore[arg-type]
    assert {row.word for row in across.rows} == {"安全", "历史悠久", "经济"}


def test_a_word_that_a_match_touches_is_part_of_it(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "题目\n\n关键词：战略性新兴产业\n\n发展战略性新兴产业很重要。其他事情不重要。"})
    corpus.update()
    made = streams(corpus.searcher(), corpus.index)
    found = collocates(corpus.searcher(), made, "kind:body 战略", minimum=1, all_words=True)
    assert found.occurrences == 1
    assert {row.word for row in found.rows} == {"发展", "很", "重要"}
    assert found.words == 7


def test_a_word_between_two_matches_is_counted_once(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "同盟安全同盟。其他事情。"})
    corpus.update()
    made = streams(corpus.searcher(), corpus.index)
    row = collocates(corpus.searcher(), made, "同盟", minimum=1).rows[0]
    assert (row.word, row.count, row.left, row.right, row.total) == ("安全", 1, 1, 1, 1)


def test_function_words_are_counted_and_not_listed(searcher: Searcher, words: Streams) -> None:
    plain = collocates(searcher, words, "同盟", limit=None)
    everything = collocates(searcher, words, "同盟", all_words=True, limit=None)
    assert (plain.window_words, plain.words) == (everything.window_words, everything.words)
    left_out = {row.word for row in everything.rows} - {row.word for row in plain.rows}
    assert left_out
    assert all(map(is_functional, left_out))
    assert not any(is_functional(row.word) for row in plain.rows)
    assert all(folded_text(word) == word for word in function_words())


@pytest.mark.parametrize("order", list(CollocateOrder))
def test_collocates_are_ordered_as_asked(searcher: Searcher, words: Streams, order: CollocateOrder) -> None:
    found = collocates(searcher, words, "同盟", order=order, limit=None)
    key = {"ll": "log_likelihood", "pmi": "pmi", "logdice": "log_dice", "count": "count"}[order]
    values = [getattr(row, key) for row in found.rows]
    assert values == pytest.approx(sorted(values, reverse=True), abs=1e-9)
    cut = collocates(searcher, words, "同盟", order=order, limit=3)
    assert cut.rows == found.rows[:3]
    assert cut.found == len(found.rows)


def test_scripts_kept_apart_have_their_own_collocates(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "歷史戰略重要。经济战略次要。"})
    corpus.update()
    made = streams(corpus.searcher(), corpus.index)
    found = collocates(corpus.searcher(), made, "戰略", minimum=1, exact_script=True, all_words=True)
    assert {row.word for row in found.rows} == {"历史", "重要"}


# --- keyness -------------------------------------------------------------------------------------------------


def _prose(searcher: Searcher, doc_id: str) -> Counter[str]:
    kinds = (Kind.BODY, Kind.ABSTRACT)
    texts = [folded_text(c.text) for c in chunks(searcher.article(doc_id)) if c.kind in kinds]
    return Counter(w for text in texts for sentence in _sentences(text, searcher.analyzer) for w, _, _ in sentence)


@pytest.mark.parametrize("negative", [False, True])
def test_keywords_are_those_of_a_count_by_hand(searcher: Searcher, words: Streams, negative: bool) -> None:
    by_article = {doc_id: _prose(searcher, doc_id) for doc_id in searcher.documents()}
    found = keyness(searcher, words, doc_id=DOC, negative=negative, all_words=True, limit=None, level=0.01)
    here = by_article[DOC]
    rest = sum((counts for doc_id, counts in by_article.items() if doc_id != DOC), Counter[str]())
    assert (found.words, found.rest, found.texts, found.rest_texts) == (here.total(), rest.total(), 1, len(SOME))
    wanted = {}
    for word in here.keys() | rest.keys():
        g2 = _g2(here[word], here.total(), rest[word], rest.total())
        rarer = here[word] / here.total() < rest[word] / rest.total()
        if here[word] + rest[word] >= 3 and g2 >= 6.63 and rarer is negative:
            wanted[word] = (here[word], rest[word])
    assert {row.word: (row.count, row.other) for row in found.rows} == wanted
    assert all((row.log_ratio < 0) is negative for row in found.rows)
    values = [row.log_likelihood for row in found.rows]
    assert values == sorted(values, reverse=True)
    assert min(values) >= found.threshold == 6.63


def test_the_seeds_keywords_are_about_the_seed(searcher: Searcher, words: Streams) -> None:
    found = keyness(searcher, words, doc_id=DOC, limit=8)
    assert {"日本", "同盟", "战略"} <= {row.word for row in found.rows}
    first = found.rows[0]
    assert first.difference is None or first.difference > 100
    assert first.per_10k == pytest.approx(first.count * 10_000 / found.words)


def test_years_are_compared_with_other_years_alone(searcher: Searcher, words: Streams) -> None:
    found = keyness(searcher, words, years=(2019, 2020), level=0.05)
    dated = sum(about.year is not None for about in searcher.titles(99))
    assert 2 < dated < len(searcher.documents())
    assert (found.texts, found.rest_texts, found.of) == (2, dated - 2, ("year", "2019..2020"))
    assert keyness(searcher, words, years=(2023, 2023)).of == ("year", "2023")


def test_a_querys_passages_are_compared_with_all_others(searcher: Searcher, words: Streams) -> None:
    found = keyness(searcher, words, text="半导体", level=0.05)
    passages = [h for h in searcher.search("半导体", limit=100).hits if h.chunk.kind in ("body", "abstract")]
    assert found.texts == len(passages)
    assert next(row for row in found.rows if row.word == "半导体").other == 0
    own = keyness(searcher, words, text="半导体", level=0.05, filters={Field.DOC: frozenset({DOC})})
    assert own.texts <= found.texts


def test_nothing_to_compare_is_said(seed_searcher: Searcher, seed_corpus: Corpus) -> None:
    made = streams(seed_searcher, seed_corpus.index)
    with pytest.raises(ComparisonError, match="there is nothing to compare it with"):
        keyness(seed_searcher, made, doc_id=DOC)
    with pytest.raises(ComparisonError, match="1999: there is nothing to look at"):
        keyness(seed_searcher, made, years=(1999, 1999))
    with pytest.raises(AddressError):
        keyness(seed_searcher, made, doc_id="nothing")
    with pytest.raises(ComparisonError, match="say what to look at"):
        keyness(seed_searcher, made)


# --- tables and commands -------------------------------------------------------------------------------------


def test_tables_say_what_the_json_says(searcher: Searcher, words: Streams) -> None:
    by_year = frequency(searcher, "研究", by=By.YEAR)
    for counted, records in (
        (by_year, [*by_year.record()["rows"], by_year.record()["undated"]]),
        (found := collocates(searcher, words, "研究"), found.record()["collocates"]),
        (keys := keyness(searcher, words, doc_id=DOC), keys.record()["keywords"]),
    ):
        text = "".join(as_csv(counted))
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        assert len(rows) == len(records)
        for row, record in zip(rows, records, strict=True):
            assert row == {name: "" if record[name] is None else str(record[name]) for name in row}
            assert set(row) == set(record)


def test_no_cell_is_a_formula(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "=HYPERLINK(1)\n\n一、头\n\n日美同盟。"})
    corpus.update()
    table = "".join(as_csv(frequency(corpus.searcher(), "同盟")))
    assert not re.search(r'(^|,)"?=', table, re.M)


def test_the_commands_print_tables_within_80_columns(home: Path) -> None:
    from rich.cells import cell_len

    frequencies = run_command(home, "statistics", "战略", "--by", "section")
    assert (frequencies.returncode, frequencies.stderr) == (0, "")
    lines = frequencies.stdout.splitlines()
    assert lines[0] == "172 of 战略; 108.37 per 10,000 characters"
    assert sum(int(line.split()[0]) for line in lines[3:]) == 172
    beside = run_command(home, "collocates", "同盟", "--limit", "3").stdout
    assert beside.splitlines()[1].split()[:3] == ["word", "count", "left"]
    key = run_command(home, "keyness", "--query", "半导体", "--p", "0.01").stdout
    assert "more frequent at p < 0.01 (G² ≥ 6.63): 18 words" in key
    for text in (frequencies.stdout, beside, key):
        assert all(cell_len(line) <= 80 for line in text.splitlines())


def test_a_count_of_parts_is_not_passed_off_as_one_of_the_whole(home: Path) -> None:
    loose = run_command(home, "statistics", "日美同盟").stdout.splitlines()
    assert loose[0].startswith("109 of 日美同盟")
    assert loose[1] == "where 日美同盟 does not stand whole, its words count; “日美同盟” counts the whole alone"
    whole = run_command(home, "statistics", "“日美同盟”").stdout
    assert whole.startswith("33 of “日美同盟”")
    assert "stand whole" not in whole + run_command(home, "statistics", "同盟").stdout
    for command in ("statistics", "collocates"):
        assert json.loads(run_command(home, command, "日美同盟 -半导体", "--json").stdout)["cut_apart"] == ["日美同盟"]


def test_the_commands_speak_json_and_csv(home: Path) -> None:
    answer = json.loads(run_command(home, "statistics", "同盟", "--json").stdout)
    assert answer["total"] == 97 == json.loads(run_command(home, "kwic", "同盟", "--json").stdout)["total"]
    table = run_command(home, "collocates", "同盟", "--csv").stdout
    assert table.splitlines()[0].lstrip("\ufeff").startswith("word,count,left,right")
    assert len(table.splitlines()) > 21  # All of them, not the 20 that a terminal shows.
    answer = json.loads(run_command(home, "keyness", "--query", "半导体", "--json").stdout)
    assert (answer["threshold"], answer["unit"]) == (15.13, "passages")


def test_the_commands_say_what_is_wrong_or_not_there(home: Path) -> None:
    nothing = run_command(home, "statistics", "没有这个")
    assert (nothing.returncode, nothing.stdout) == (1, "nothing found for 没有这个\n")
    assert run_command(home, "collocates", "没有这个").returncode == 1
    alone = run_command(home, "keyness", "--doc", SEED.stem)
    assert alone.returncode == 2
    assert "nothing to compare it with" in alone.stderr
    for wrong in (("keyness",), ("keyness", "--doc", "a", "--query", "b"), ("keyness", "--year", "2020..2019")):
        assert run_command(home, *wrong).returncode == 2
    assert run_command(home, "statistics", "日美（同盟").returncode == 2


@settings(max_examples=30)
@given(st.lists(st.text("日美同盟。.a b!?\n<td>—", max_size=20), min_size=1, max_size=4))
def test_any_text_has_its_words_where_they_stand(texts: list[str]) -> None:
    analyzer = Analyzer()
    for text in map(folded_text, texts):
        found, gaps, far = streams_module._cut(text, analyzer)
        wanted = [word for sentence in _sentences(text, analyzer) for word in sentence]
        assert found == [word for word, _, _ in wanted]
        assert len(gaps) == len(found)
        assert far == []


@pytest.mark.parametrize("engine", ["whoosh", "tantivy"])
def test_every_engine_counts_the_same(make_corpus: MakeCorpus, engine: str) -> None:
    if engine == "tantivy":
        pytest.importorskip("tantivy")
    made = make_corpus({
        "b.txt": "题目\n\n一、头\n\n日美同盟，同盟。\n",
        "a.txt": "题目二\n\n经济同盟。",
        "a.meta.toml": "year = 2020",
    })  # fmt: skip
    corpus = Corpus(made.folder, made.index, engine=engine)
    corpus.update()
    searcher = corpus.searcher()
    pieces = searcher.engine.pieces()
    assert sorted(pieces.documents) == ["a", "b"]
    assert sorted(pieces.numbers.tolist()) == pieces.numbers.tolist() == [n for n, _ in searcher.engine.texts()]
    for number, document, kind, length in zip(*(one.tolist() for one in (pieces.numbers, pieces.document, pieces.kind, pieces.length)), strict=True):  # fmt: skip
        chunk = searcher.engine.chunk(number)
        assert pieces.documents[document] == chunk.doc_id
        assert tuple(Kind)[kind] is chunk.kind
        assert length == sum(map(str.isalnum, folded_text(chunk.text)))
    limited = searcher.engine.pieces([Narrow(Field.YEAR, years=(2020, 2020)), Narrow(Field.KIND, kinds=frozenset({Kind.BODY}))])  # fmt: skip
    assert {searcher.engine.chunk(number).doc_id for number in limited.numbers.tolist()} == {"a"}
    assert {row.name: row.count for row in frequency(searcher, "同盟").rows} == {"b": 2, "a": 1}
    found = collocates(searcher, streams(searcher, corpus.index), "同盟", minimum=1)
    assert (found.occurrences, {row.word for row in found.rows}) == (3, {"日美", "经济"})
