"""What is found stands there; what stands there is found; and each hit says where."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_search.analysis import LATIN, Analyzer, fold
from corpus_search.article import Kind
from corpus_search.chunk import chunks
from corpus_search.engine import Sort
from corpus_search.errors import AddressError, QueryError
from corpus_search.highlight import bounded_places, is_bounded, match, snippet
from corpus_search.query import MAX_LENGTH, Field
from corpus_search.query import parse as parse_query
from corpus_search.results import Group
from corpus_search.search import Searcher
from tests.conftest import SEED, MakeCorpus


def _fragments(searcher: Searcher, query: str, **options: object) -> list[str]:
    hits = searcher.search(query, limit=100, **options).hits  # type: ignore[arg-type]
    return [hit.address.partition("#")[2] for hit in hits]


def test_every_sampled_run_is_found_exactly_where_a_scan_finds_it(seed_searcher: Searcher) -> None:
    article = seed_searcher.article(SEED.stem)
    texts = {(c.order, c.address): fold(c.text).text for c in chunks(article)}
    rng = random.Random(7)
    pool = [c.text for c in chunks(article)]
    for _ in range(400):
        text = rng.choice(pool)
        start = rng.randrange(len(text))
        run = text[start : start + rng.randint(1, 30)]
        folded = fold(run).text
        if not folded or any(mark in run for mark in '"“”「」『』'):
            continue
        wanted = {place for place, whole in texts.items() if folded in whole}
        hits = seed_searcher.search(f'"{run}"', limit=200).hits
        assert {(hit.chunk.order, hit.chunk.address) for hit in hits} == wanted, run
        for hit in hits:
            for span in hit.spans:
                assert folded in fold(hit.chunk.text[span.start : span.end]).text


def test_every_hit_has_spans_that_match(seed_searcher: Searcher) -> None:
    for query in (
        "战略能动",
        "同上",
        "統合司令部",
        "日美同盟 半导体",
        "Rapidus",
        "ウクライナ",
        "的",
        "，",
        "2022年",
        "13",
    ):
        results = seed_searcher.search(query, limit=200)
        assert results.total == len(results.hits) > 0
        words = [word.text for item in results.query.ranked for word in item.words]
        words += [item.run.text for item in results.query.ranked]
        for hit in results.hits:
            assert hit.spans
            assert hit.snippet.spans
            assert hit.snippet.text == hit.chunk.text[hit.snippet.start : hit.snippet.end]
            for span in hit.spans:
                assert any(word in fold(hit.chunk.text[span.start : span.end]).text for word in words)


def test_passages_with_all_words_come_first(seed_searcher: Searcher) -> None:
    hits = seed_searcher.search("日美同盟 半导体", limit=100).hits
    both = [("日美同盟" in h.chunk.text) and ("半导体" in h.chunk.text) for h in hits]
    assert True in both
    assert both == sorted(both, reverse=True)


def test_labels_say_how_well_a_hit_matches(seed_searcher: Searcher) -> None:
    assert seed_searcher.search("林芳正").hits[0].match == "exact"
    assert seed_searcher.search("ＱＵＡＤ").hits[0].match == "folded"
    assert seed_searcher.search("戰略能動").hits[0].match == "folded"
    assert seed_searcher.search("統合司令部").hits[0].match == "segmented"


def test_a_note_comes_with_its_sentence(seed_searcher: Searcher) -> None:
    (hit,) = seed_searcher.search("同上").hits
    assert hit.chunk.kind is Kind.NOTE
    assert hit.page == 16
    assert hit.anchor is not None
    assert hit.anchor.sentence == "对此，日本表示全力支持美国的军事部署计划。"


def test_a_passage_names_its_notes_and_the_page_of_the_match(seed_searcher: Searcher) -> None:
    (hit,) = seed_searcher.search('"高效运用反击能力"').hits
    assert (hit.address.partition("#")[2], hit.page) == ("s1.2p2", 17)
    assert "fn8" in [note.partition("#")[2] for note in hit.chunk.notes]


def test_a_run_across_a_former_page_break_and_a_marker_is_found(seed_searcher: Searcher) -> None:
    assert _fragments(seed_searcher, "「未来将向乌提供包括」") == ["s1.1p1"]
    assert _fragments(seed_searcher, "「援助。日本坚持」") == ["s1.1p1"]


def test_no_run_crosses_the_end_of_a_paragraph(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "一、引言\n\n这里说的是同盟。\n\n困境则是另一回事。\n\n二、结语\n\n完。"})
    corpus.update()
    assert _fragments(corpus.searcher(), '"同盟。"') == ["s1p1"]
    assert _fragments(corpus.searcher(), '"同盟。困境"') == []


def test_latin_words_are_whole_unless_quoted(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "Taiwan maintains that it said so in 2013.", "b.txt": "AI 与 13 国。"})
    corpus.update()
    assert [h.chunk.doc_id for h in corpus.searcher().search("AI").hits] == ["b"]
    assert [h.chunk.doc_id for h in corpus.searcher().search("13").hits] == ["b"]
    assert {h.chunk.doc_id for h in corpus.searcher().search('"ai"').hits} == {"a", "b"}


def test_a_single_character_or_sign_does_not_hide_the_rest(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": "日美同盟与半导体。", "b.txt": "核。"})
    corpus.update()
    for query in ("日美同盟 半导体 核", "日美同盟 — 半导体", "日美同盟 & 半导体"):
        assert corpus.searcher().search(query).hits[0].chunk.doc_id == "a"


def test_a_match_at_a_snippets_edge_is_whole() -> None:
    text = "甲" * 40 + "战略能动" + "乙" * 76 + "战略能动" + "丙" * 60
    found = match(text, parse_query("战略能动", Analyzer()), Analyzer())
    cut = snippet(text, found.spans)
    assert {cut.text[a:b] for a, b in cut.spans} == {"战略能动"}


def test_kinds_limit_and_position_sorts(seed_searcher: Searcher) -> None:
    kinds = [
        hit.chunk.kind
        for hit in seed_searcher.search("日本", limit=200, filters={Field.KIND: frozenset({"note"})}).hits
    ]
    assert set(kinds) == {Kind.NOTE}
    orders = [hit.chunk.order for hit in seed_searcher.search("日本", limit=200, sort=Sort.POSITION).hits]
    assert orders == sorted(orders)


def test_pages_of_hits_join_without_gap(seed_searcher: Searcher) -> None:
    whole = [(h.rank, h.address) for h in seed_searcher.search("日本", limit=200).hits]
    parts = [
        (h.rank, h.address) for n in range(0, 200, 7) for h in seed_searcher.search("日本", limit=7, offset=n).hits
    ]
    assert parts == whole


def test_another_articles_abstract_is_only_back_matter(seed_searcher: Searcher) -> None:
    assert {hit.chunk.kind for hit in seed_searcher.search("Camp David", limit=100).hits} == {Kind.BACK}


def test_headings_are_found_and_weigh_on_their_sections(seed_searcher: Searcher) -> None:
    found = _fragments(seed_searcher, "战略能动")
    assert found[:2] == ["s3.3", "abstract"]
    assert found[2].startswith("s3.3p")


def test_a_word_in_the_headings_is_there_for_the_passages_below(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {
            "a.txt": "一、半导体竞争\n\n日本的政策近来转向。\n\n二、其他\n\n日本日本日本，半导体之外的事情也很多。\n\n三、结语\n\n日本日本日本。",
        }
    )
    corpus.update()
    found = _fragments(corpus.searcher(), "半导体 日本")
    assert set(found[:2]) == {"s1p1", "s2p1"}
    assert found.index("s3p1") > 1


def test_a_quoted_run_excludes_what_lacks_it(seed_searcher: Searcher) -> None:
    assert _fragments(seed_searcher, '"敌基地攻击能力"') == ["fn8"]
    assert _fragments(seed_searcher, '"敌基地攻击能力" 半导体') == ["fn8"]
    assert _fragments(seed_searcher, "一万") == []


@pytest.mark.parametrize(
    ("query", "message", "place"),
    [
        ("", "the query is empty: write a word to look for", (0, 0)),
        ("  \u200b ", "something to look for is expected here", (2, 3)),
        ("日美“同盟", "the quotation mark “ is not closed: ” is expected", (2, 3)),
        ('a ""', "there is nothing between these quotation marks", (2, 4)),
        ("长" * 1001, "the query is too long: 1,001 characters, where 1,000 are allowed", (MAX_LENGTH, 1001)),
    ],
)
def test_a_query_that_cannot_be_read_says_why_and_where(query: str, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(QueryError) as error:
        parse_query(query, Analyzer())
    assert str(error.value) == message
    assert (error.value.start, error.value.end) == place


def test_addresses_lead_to_places(seed_searcher: Searcher) -> None:
    for fragment in ("front", "abstract", "abstract-en", "keywords", "s0", "s0p1", "s3.3", "s3.3p2", "fn12", "back"):
        article, place = seed_searcher.locate(f"{SEED.stem}#{fragment}")
        assert article.doc_id == SEED.stem
        assert place is not None
    assert seed_searcher.locate(SEED.stem)[1] is None


@pytest.mark.parametrize("address", ["nothing", "nothing#s1", f"{SEED.stem}#s9", f"{SEED.stem}#fn38", f"{SEED.stem}#"])
def test_an_address_of_nothing_says_so(seed_searcher: Searcher, address: str) -> None:
    with pytest.raises(AddressError, match="no such"):
        seed_searcher.locate(address)


def test_a_document_whose_name_looks_like_an_address_is_found(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {"a#s1.txt": "这是一个古怪的名字。", "a.txt": "一、标题\n\n这是普通的名字。\n\n二、另一\n\n完。"}
    )
    corpus.update()
    assert corpus.searcher().locate("a#s1")[0].doc_id == "a#s1"
    assert corpus.searcher().locate("a#s2")[0].doc_id == "a"


def test_results_of_several_articles_break_ties_by_address(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({f"{name}.txt": f"同样的一句话。{sign}" for name, sign in zip("cab", "，、；", strict=True)})
    corpus.update()
    assert [hit.address for hit in corpus.searcher().search("同样").hits] == ["a#s0p1", "b#s0p1", "c#s0p1"]


def test_incremental_changes_give_the_answers_of_a_fresh_index(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    from corpus_search.corpus import Corpus

    corpus = make_corpus({"seed.txt": SEED.read_bytes()})
    corpus.update()
    texts = {
        "a.txt": "日美同盟研究\n\n王 明\n\n关键词：同盟困境；战略自主\n\n一、同盟困境\n\n同盟困境是同盟政治的核心。",
        "b.txt": "战略自主与同盟困境的关系，学者讨论甚多。",
    }
    for name, text in texts.items():
        (corpus.folder / name).write_text(text, "utf-8")
        corpus.update()
    (corpus.folder / "b.txt").write_text("换了内容：战略自主。", "utf-8")
    corpus.update()
    (corpus.folder / "a.txt").rename(corpus.folder / "c.txt")
    corpus.update()
    fresh = Corpus(corpus.folder, tmp_path / "fresh")
    fresh.update()
    for query in ("同盟困境", "战略自主", "日本", "核心"):
        one, other = (c.searcher().search(query, limit=300).hits for c in (corpus, fresh))
        assert [(hit.address, hit.spans) for hit in one] == [(hit.address, hit.spans) for hit in other], query
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-6)


def test_articles_are_ranked_by_their_passages(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus(
        {
            "apart.txt": "一、海运\n论海运与港口的发展。\n二、铁路\n论铁路与车站的发展。",
            "one.txt": "一、海运\n论海运与港口的发展。",
            "none.txt": "一、航空\n论航空与机场的发展。",
        }
    )
    corpus.update()
    searcher = corpus.searcher()
    assert searcher.search("海运 AND 铁路").total == 0
    both = searcher.search("海运 AND 铁路", group=Group.ARTICLE)
    assert [hit.chunk.doc_id for hit in both.hits] == ["apart"]
    ranked = searcher.search("海运 铁路", group=Group.ARTICLE)
    assert [hit.chunk.doc_id for hit in ranked.hits] == ["apart", "one"]
    assert [hit.passages for hit in ranked.hits] == [4, 2]
    assert [hit.rank for hit in ranked.hits] == [1, 2]
    first = ranked.hits[0]
    assert len({one.address for one in (first, *first.others)}) == 3
    assert all(one.spans for one in (first, *first.others))
    second = searcher.search("海运 铁路", group=Group.ARTICLE, limit=1, offset=1)
    assert (second.total, second.hits) == (2, ranked.hits[1:])


def test_an_explained_score_is_the_sum_of_its_parts(seed_searcher: Searcher) -> None:
    results = seed_searcher.search("日美同盟 半导体", explain=True)
    assert {clue: set(terms) for clue, terms in results.terms.items()} == {
        "words": {"日美", "同盟", "半导体"},
        "parts": {"半导", "导体"},
        "characters": set("日美同盟半导体"),
        "pairs": {"日美", "美同", "同盟", "半导", "导体"},
    }
    for hit in results.hits:
        assert hit.parts
        assert sum(part.score for part in hit.parts) == pytest.approx(hit.score)
    assert {part.field for hit in results.hits for part in hit.parts} == {
        "words",
        "parts",
        "characters",
        "pairs",
        "heading",
        "title",
    }
    assert [hit.tier for hit in results.hits] == sorted((hit.tier for hit in results.hits), reverse=True)


def test_a_note_that_names_a_thing_ranks_below_the_passage_about_it(make_corpus: MakeCorpus) -> None:
    about = "半导体产业是日本经济安全的重点。政府补助半导体工厂，企业联合研发半导体设备，半导体材料也在扩大产能。" * 4
    other = "本节讨论渔业的资源管理、配额制度与沿海社区的变迁①。" * 6
    corpus = make_corpus({"a.txt": f"一、产业\n{about}\n二、渔业\n{other}\n①半导体。"})
    corpus.update()
    hits = corpus.searcher().search("半导体").hits
    assert [hit.chunk.kind for hit in hits][:2] == ["body", "note"]
    assert corpus.searcher().search("kind:note 半导体").hits[0].chunk.kind == "note"


def test_whatever_stands_in_the_texts_a_search_can_be_prepared(make_corpus: MakeCorpus) -> None:
    corpus = make_corpus({"a.txt": f'甲乙 {"a" * (MAX_LENGTH + 1)} "author:( NEAR/3 OR \n'})
    corpus.update()
    corpus.searcher().warm_up()
    assert corpus.searcher().search("甲乙").hits
    empty = make_corpus({})
    empty.update()
    empty.searcher().warm_up()


@given(st.text("a1é日本 .", max_size=12), st.text("a1é日本 .", min_size=1, max_size=3))
def test_a_run_is_bounded_as_an_expression_says(text: str, run: str) -> None:
    before = rf"(?<![{LATIN}])" if re.match(f"[{LATIN}]", run[0]) else ""
    after = rf"(?![{LATIN}])" if re.match(f"[{LATIN}]", run[-1]) else ""
    expected = [found.span() for found in re.finditer(before + re.escape(run) + after, text)]
    assert list(bounded_places(run, text)) == expected
    assert is_bounded(run, text) == bool(expected)
