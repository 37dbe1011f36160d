"""Every occurrence in a line of its own: what stands around it, in which order, as a table and on a terminal."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from corpus_search.analysis import Analyzer, fold
from corpus_search.article import Address, DocId, Kind, Span
from corpus_search.concordance import (
    COLUMNS,
    Concordance,
    Line,
    Order,
    as_csv,
    beginning,
    concordance,
    ending,
)
from corpus_search.corpus import Corpus
from corpus_search.display import visible
from corpus_search.engine import Sort
from corpus_search.errors import QueryError
from corpus_search.query import Field, parse
from corpus_search.search import Searcher
from corpus_search.terminal import aligned, print_concordance
from tests.conftest import MakeCorpus
from tests.test_properties import TEXTS

ANALYZER = Analyzer()


@pytest.fixture
def searching(make_corpus: MakeCorpus) -> object:
    def search(**files: str) -> Searcher:
        corpus = make_corpus({f"{name}.txt": text for name, text in files.items()})
        corpus.update()
        return corpus.searcher()

    return search


def _shown(found: Concordance) -> list[str]:
    return [f"{line.left}[{line.match}]{line.right}" for line in found.lines]


def _line(left: str = "", match: str = "同盟", right: str = "", address: str = "D#s1p1") -> Line:
    doc_id = DocId(address.partition("#")[0])
    return Line(left, match, right, Address(address), Span(0, 2), doc_id, None, (), None, None, Kind.BODY, ())


# --- lines ---------------------------------------------------------------------------------------------------


def test_each_occurrence_is_a_line_with_its_place(seed_searcher: Searcher) -> None:
    found = seed_searcher.concordance("林芳正", width=16)
    assert (found.total, found.complete, found.offset) == (2, True, 0)
    assert _shown(found) == ["3年4月，日本外相[林芳正]在比利时会见乌克", "4—5月，日本外相[林芳正]、自卫队统合幕僚"]
    body, note = found.lines
    assert (body.address, body.kind, body.page) == ("000_c7225275e9add5be#s1.1p1", "body", 14)
    assert (note.address, note.kind, note.page) == ("000_c7225275e9add5be#fn15", "note", 20)
    assert body.heading_path[0] == "一、乌克兰危机下日美同盟强化态势"
    assert (body.title, body.authors, body.year) == ("乌克兰危机下的日美同盟形势与战略影响", ("卢昊", "赵家敏"), 2023)
    paragraphs = {one.address: one.text for one in seed_searcher.article(body.doc_id).paragraphs()}
    assert paragraphs[body.address][slice(*body.span)] == "林芳正"


def test_what_touches_is_two_lines_and_what_overlaps_is_one(searching: object) -> None:
    search = searching(a="甲同盟同盟乙。", b="日美同盟是同盟。")  # type: ignore[operator]
    assert _shown(search.concordance("同盟", filters={Field.KIND: frozenset({"body"})})) == [
        "甲[同盟]同盟乙。", "甲同盟[同盟]乙。", "日美[同盟]是同盟。", "日美同盟是[同盟]。",
    ]  # fmt: skip
    assert _shown(search.concordance('"同盟" OR "美同"')) == [
        "甲[同盟]同盟乙。", "甲同盟[同盟]乙。", "日[美同盟]是同盟。", "日美同盟是[同盟]。",
    ]  # fmt: skip


def test_context_is_the_source_and_stays_within_its_chunk(searching: object) -> None:
    search = searching(a="一、戰爭\n　　前一段講戰略。\n　　後一段，Ａlliance與战略①。\n")  # type: ignore[operator]
    found = search.concordance("战略")
    assert _shown(found) == [
        "前一段講[戰略]。 後一段，Ａlliance與战略①。",
        "前一段講戰略。 後一段，Ａlliance與[战略]①。",
    ]
    assert [line.address for line in found.lines] == ["a#s1p1", "a#s1p2"]
    assert [line.span for line in found.lines] == [(4, 6), (13, 15)]
    assert _shown(search.concordance("战略", exact_script=True)) == ["前一段講戰略。 後一段，Ａlliance與[战略]①。"]


@pytest.mark.parametrize(
    ("text", "cells", "first", "last"),
    [
        ("日美同盟", 5, "日美", "同盟"),
        ("alliance", 3, "all", "nce"),
        ("ke\u0301e\u0301", 2, "ke\u0301", "e\u0301e\u0301"),
        ("ガカ\uff9eカ", 2, "ガ", "カ"),
        ("👨\u200d👩\u200d👧家👍🏽", 2, "👨\u200d👩\u200d👧", "👍🏽"),
        ("❤\ufe0f心", 2, "❤\ufe0f", "心"),
        ("同盟", 0, "", ""),
        ("", 9, "", ""),
    ],
)
def test_a_context_is_cut_between_whole_characters(text: str, cells: int, first: str, last: str) -> None:
    assert (beginning(text, cells), ending(text, cells)) == (first, last)


@given(st.text(st.sampled_from("日aＡ\u0301\ufe0f\u200d👧🏽 "), max_size=12), st.integers(0, 12))
def test_what_is_cut_fits_and_is_the_text(text: str, cells: int) -> None:
    assert text.startswith(beginning(text, cells))
    assert text.endswith(ending(text, cells))
    assert beginning(text, 10_000) == ending(text, 10_000) == text


# --- all of them ---------------------------------------------------------------------------------------------


def _count(searcher: Searcher, run: str) -> int:
    return sum(text.count(run) for _, text in searcher._engine.texts())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=1, max_size=3), st.data())
@example(["㈠㈠㈠"], None)
@example(["00\r0"], None)
@example(["戰略戰略", "战略\n\n　　战略"], None)
def test_no_occurrence_is_missing(texts: list[str], data: st.DataObject | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "corpus"
        folder.mkdir()
        for i, text in enumerate(texts):
            (folder / f"{i}.txt").write_text(text, "utf-8", newline="")
        corpus = Corpus(folder, Path(name) / "index")
        corpus.update()
        searcher = corpus.searcher()
        whole = [text for _, text in searcher._engine.texts()]
        if data is None:
            runs = ["一", "战略", "(一)", "0\n0"]
        elif any(whole):
            text = data.draw(st.sampled_from([text for text in whole if text]))
            start = data.draw(st.integers(0, len(text) - 1))
            runs = [text[start : data.draw(st.integers(start + 1, min(start + 4, len(text))))]]
        else:
            runs = ["同盟"]
        for run in runs:
            if '"' in run or fold(run).text != run:
                continue
            found = searcher.concordance(f'"{run}"', limit=None)
            assert found.total == len(found.lines) == _count(searcher, run)
            sources = {
                re.sub("\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]", " ", searcher._engine.chunk(n).text)
                for n, _ in searcher._engine.texts()
            }
            for line in found.lines:
                assert any(line.left + line.match + line.right in source for source in sources)
                # The end of a line within a match is a blank in the line, which between Han is nothing.
                assert re.sub(r"\s", "", run) in re.sub(r"\s", "", fold(line.match).text)
            for sort in (Order.LEFT, Order.RIGHT):
                ordered = searcher.concordance(f'"{run}"', limit=None, sort=sort).lines
                assert sorted(map(repr, ordered)) == sorted(map(repr, found.lines))
        searcher.close()


@pytest.mark.parametrize(
    "query", ["同盟", '"日美" 同盟', "防务合作体系", "战?能动 OR 半导体", "Rapidus~", "日本 NEAR/10 半导体"]
)
def test_lines_are_what_is_marked_in_every_hit(seed_searcher: Searcher, query: str) -> None:
    hits = seed_searcher.search(query, limit=1000, sort=Sort.POSITION).hits
    marked = [hit.chunk.text[slice(*span)].replace("\n", " ") for hit in hits for span in hit.spans]
    lines = seed_searcher.concordance(query, limit=None).lines
    assert "".join(marked) == "".join(line.match for line in lines)
    assert len(lines) >= len(marked)


# --- order ---------------------------------------------------------------------------------------------------


def test_lines_come_in_the_order_of_their_addresses(searching: object) -> None:
    search = searching(b="同盟一。", a="同盟二。\n\n一、题\n\n同盟三。\n\n同盟四。", c="同盟五。")  # type: ignore[operator]
    found = search.concordance("同盟")
    assert [line.right for line in found.lines] == ["二。", "三。 同盟四。", "四。", "一。", "五。"]
    assert [line.address for line in found.lines] == ["a#s0p1", "a#s1p1", "a#s1p2", "b#s0p1", "c#s0p1"]


def test_right_context_is_sorted_by_signs_letters_and_pinyin(searching: object) -> None:
    after = ["战乙", "戰甲", "安", "，", "", "zeta", "3", "中", "张", "かな", "绿", "路"]
    search = searching(a="\n\n".join(f"　　是同盟{one}" for one in after))  # type: ignore[operator]
    rights = [line.right.partition(" ")[0] for line in search.concordance("同盟", sort=Order.RIGHT).lines]
    assert rights == ["", "，", "3", "zeta", "かな", "安", "路", "绿", "戰甲", "战乙", "张", "中"]


def test_left_context_is_sorted_from_the_match_outwards(searching: object) -> None:
    search = searching(a="甲方日美同盟。", b="乙方欧美同盟。", c="安全同盟。", d="同盟。")  # type: ignore[operator]
    found = search.concordance("同盟", sort=Order.LEFT)
    assert [line.left for line in found.lines] == ["", "乙方欧美", "甲方日美", "安全"]


def test_equal_contexts_come_in_the_order_of_their_addresses(searching: object) -> None:
    search = searching(b="戰爭同盟，戰爭。", a="战争同盟，战争。")  # type: ignore[operator]
    for sort in Order:
        assert [line.doc_id for line in search.concordance("同盟", sort=sort).lines] == ["a", "b"]


@pytest.mark.parametrize("sort", list(Order))
def test_windows_make_up_the_whole(seed_searcher: Searcher, sort: Order) -> None:
    whole = seed_searcher.concordance("日本", sort=sort, limit=None)
    assert whole.total == len(whole.lines) > 100
    pieces = [
        line
        for offset in range(0, whole.total, 37)
        for line in seed_searcher.concordance("日本", sort=sort, limit=37, offset=offset).lines
    ]
    assert tuple(pieces) == whole.lines
    assert seed_searcher.concordance("日本", sort=sort, offset=whole.total).lines == ()


# --- nothing, and too much -----------------------------------------------------------------------------------


def test_nothing_found_is_an_empty_concordance(seed_searcher: Searcher) -> None:
    for sort in Order:
        found = seed_searcher.concordance("没有这个词语吧", sort=sort)
        assert (found.total, found.complete, found.lines) == (0, True, ())


@pytest.mark.parametrize("query", ["-同盟", "year:2023", '"同盟', ""])
def test_a_query_that_search_refuses_is_refused_the_same(seed_searcher: Searcher, query: str) -> None:
    with pytest.raises(QueryError) as here:
        seed_searcher.concordance(query)
    with pytest.raises(QueryError) as there:
        seed_searcher.search(query)
    assert str(here.value) == str(there.value)


@pytest.mark.parametrize("sort", list(Order))
def test_too_many_occurrences_are_cut_and_said_to_be(seed_searcher: Searcher, sort: Order) -> None:
    asked = parse("林芳正", ANALYZER)
    for most, total, complete in ((1, 1, False), (2, 2, True), (3, 2, True)):
        found = concordance(asked, seed_searcher._engine, ANALYZER, sort=sort, most=most)
        assert (found.total, len(found.lines), found.complete) == (total, total, complete)


# --- as a table ----------------------------------------------------------------------------------------------


def _table(lines: list[Line]) -> list[list[str]]:
    text = "".join(as_csv(lines))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_a_table_holds_every_line(seed_searcher: Searcher) -> None:
    rows = _table(list(seed_searcher.concordance("林芳正", width=16).lines))
    assert rows == [
        list(COLUMNS),
        ["3年4月，日本外相", "林芳正", "在比利时会见乌克", "000_c7225275e9add5be#s1.1p1",
         "乌克兰危机下的日美同盟形势与战略影响", "卢昊; 赵家敏", "2023", "14", "body"],
        ["4—5月，日本外相", "林芳正", "、自卫队统合幕僚", "000_c7225275e9add5be#fn15",
         "乌克兰危机下的日美同盟形势与战略影响", "卢昊; 赵家敏", "2023", "20", "note"],
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_no_cell_is_a_formula(start: str) -> None:
    rows = _table([_line(left=f'{start}HYPERLINK("x")', match=f"{start}1", right='a,b;"c"=', address=f"{start}a#s1")])
    first = visible(start) if start == "\r" else f"'{start}"  # A control character is shown, and begins no formula.
    assert rows[1][:4] == [f'{first}HYPERLINK("x")', f"{first}1", 'a,b;"c"=', f"{first}a#s1"]


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=4))
def test_any_table_reads_back(cells: list[tuple[str, str, str]]) -> None:
    rows = _table([_line(*three) for three in cells])[1:]
    assert [[cell.removeprefix("'") for cell in row[:3]] for row in rows] == [
        [visible(cell).removeprefix("'") for cell in three] for three in cells
    ]


# --- on a terminal -------------------------------------------------------------------------------------------


def _aligned(lines: list[Line], columns: int, width: int | None = None) -> list[str]:
    return [line.plain for line in aligned(lines, columns, width=width)]


def test_matches_stand_below_one_another() -> None:
    lines = [
        _line("日本强化日美", "同盟", "体系以来"),
        _line("an old ", "alliance", " of two"),
        _line("Ａ１", "ＡＢ", "👨\u200d👩\u200d👧家", "D#fn12"),
        _line("", "同盟", ""),
    ]
    assert _aligned(lines, 42) == [
        "日本强化日美 同盟 体系以来          D#s1p1",
        "     an old  alliance  of two       D#s1p1",
        "        Ａ１ ＡＢ 👨\u200d👩\u200d👧家              D#fn12",
        "             同盟                   D#s1p1",
    ]


@given(st.lists(st.tuples(st.text(), st.text(min_size=1), st.text()), min_size=1, max_size=4), st.integers(40, 120))
def test_no_line_is_wider_than_the_terminal_or_steers_it(cells: list[tuple[str, str, str]], columns: int) -> None:
    for line in _aligned([_line(*three, address="很长的名字/" * 9 + "#s1p1") for three in cells], columns):
        assert cell_len(line) <= columns
        assert not set(line) & set("\n\r\t\x1b\x00\x9b\u202e")
        assert line.endswith("#s1p1")


def test_a_width_that_was_asked_for_is_kept() -> None:
    assert _aligned([_line("一二三四五六", "同盟", "七八九十")], 20, width=4) == ["五六 同盟 七八  D#s1p1"]


def test_a_long_match_is_cut_and_takes_no_other_lines_room() -> None:
    lines = _aligned([_line("左", "很长的" * 20, "右"), _line("左", "同盟", "右")], 60)
    assert [cell_len(line) for line in lines] == [59, 59]
    assert lines[0].index("很长") == lines[1].index("同盟")
    assert "…" in lines[0]


def test_hostile_text_is_shown_and_not_obeyed(searching: object, capsys: pytest.CaptureFixture[str]) -> None:
    search = searching(a="坏\x1b[31m红同盟\u202e乱\x07码。")  # type: ignore[operator]
    print_concordance(search.concordance("同盟"))
    shown = capsys.readouterr().out
    assert "红 同盟 �乱␇码。" in shown
    assert "␛[31m" in shown
    assert not set(shown) & set("\x1b\x07\u202e")


# --- the command ---------------------------------------------------------------------------------------------


def _run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "corpus_search", "kwic", *arguments],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("CORPUS_SEARCH")}, **environment},
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with seeds in it, indexed by the first question."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "a.txt").write_text("题目\n\n一、头\n\n日美同盟，同盟关系。\n", "utf-8")
    (folder / "seeds" / "b.txt").write_text("题目二\n\n欧美同盟安全，=同盟。\n", "utf-8")
    assert b"seeds is not indexed yet: 2 new" in _run(folder, "同盟").stderr
    return folder


def test_the_command_prints_a_line_for_each_occurrence(home: Path) -> None:
    done = _run(home, "同盟", "--sort", "right", "--width", "8", "--limit", "3")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "1–3 of 4 for 同盟, by right context",
        "    日美 同盟 ，同盟关  a#s1p1",
        " 安全，= 同盟 。        b#s0p2",
        " 二 欧美 同盟 安全，=   b#s0p2",
    ]


def test_the_command_writes_a_table_of_all_lines(home: Path) -> None:
    done = _run(home, "同盟", "--csv", "--width", "2", PYTHONIOENCODING="ascii")
    assert done.stdout.startswith(b"\xef\xbb\xbfleft,match,right,")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8-sig"), newline="")))
    assert [row["left"] for row in rows] == ["美", "，", "美", "'="]
    assert [row["address"] for row in rows] == ["a#s1p1", "a#s1p1", "b#s0p2", "b#s0p2"]


def test_the_command_speaks_json(home: Path) -> None:
    answer = json.loads(_run(home, "同盟", "--json", "--offset", "3").stdout)
    assert {key: answer[key] for key in ("query", "total", "complete", "sort", "offset")} == {
        "query": "同盟", "total": 4, "complete": True, "sort": "position", "offset": 3,
    }  # fmt: skip
    assert [(line["address"], line["span"]) for line in answer["lines"]] == [("b#s0p2", [8, 10])]


def test_the_command_says_what_is_wrong_or_not_there(home: Path) -> None:
    nothing = _run(home, "没有这个")
    assert (nothing.returncode, nothing.stdout.decode()) == (1, "nothing found for 没有这个\n")
    beyond = _run(home, "同盟", "--offset", "9")
    assert (beyond.returncode, beyond.stdout.decode()) == (0, "only 4 found; --offset leaves out all of them\n")
    broken = _run(home, "日美（同盟", "--json")
    assert broken.returncode == 2
    assert broken.stderr.decode().splitlines() == [
        "corpus-search: this bracket is not closed",
        "  日美（同盟",
        "      ^^",
    ]
    assert json.loads(broken.stdout)["error"]["start"] == 2
    assert _run(home, "同盟", "--kind", "note").returncode == 1


def test_a_match_is_coloured_where_colour_is_wanted(home: Path) -> None:
    assert b"\x1b" in _run(home, "同盟", FORCE_COLOR="1").stdout
    assert b"\x1b" not in _run(home, "同盟").stdout
    assert b"\x1b[31" not in _run(home, "同盟", FORCE_COLOR="1", NO_COLOR="1").stdout
