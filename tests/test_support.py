"""Passages that rest on notes and entries of the list, and the sentences that these support."""

from __future__ import annotations

import pytest

from corpus_search.article import Article, Note
from corpus_search.chunk import chunk_from, chunk_record, chunks
from corpus_search.corpus import Corpus
from corpus_search.engines import ENGINES
from corpus_search.query import Field
from corpus_search.results import Group, hit_record
from corpus_search.search import Searcher
from corpus_search.web import create_app
from tests.conftest import MakeCorpus

DOCUMENT = """潮汐杂记

一、海雾

渔家多言风信。海雾随潮汐而起，①渔港晚归。②

二、灯塔

灯塔夜明，船家称便[1]。沙洲渐高[2]。

注释

① 渔政司「海霧報告」、海事廳、2019年。

② 同上，第3页。

参考文献

[1] 王明. 燈臺考[J]. 海事, 2001, 2(1): 3-9.

[2] 李华. 沙洲志[J]. 海事, 2002, 3(1): 1-2.
"""


@pytest.fixture(params=ENGINES)
def searcher(request: pytest.FixtureRequest, make_corpus: MakeCorpus) -> Searcher:
    made = make_corpus({"潮.txt": DOCUMENT, "旁.txt": DOCUMENT.replace("渔政司", "气象局").replace("潮汐杂记", "旁记")})
    corpus = Corpus(made.folder, made.index, engine=request.param)
    corpus.update()
    return corpus.searcher()


def _found(searcher: Searcher, query: str, **options: object) -> list[tuple[str, list[str]]]:
    hits = searcher.search(query, **options).hits  # type: ignore[arg-type]
    return [(hit.address, [one.address for one in hit.support]) for hit in hits]


def test_a_passage_is_found_by_the_note_it_rests_on(searcher: Searcher) -> None:
    assert _found(searcher, "body:海雾 note:渔政司") == [("潮#s1p1", ["潮#fn1"])]
    assert _found(searcher, "body:海雾 AND note:渔政司") == [("潮#s1p1", ["潮#fn1"])]
    assert _found(searcher, "body:海雾 note:“第3页”") == [("旁#s1p1", ["旁#fn2"]), ("潮#s1p1", ["潮#fn2"])]
    assert _found(searcher, "body:灯塔 note:渔政司") == []
    assert _found(searcher, "body:海雾 note:(渔政司 AND 气象局)") == []


def test_a_passage_is_found_by_the_entry_it_cites(searcher: Searcher) -> None:
    assert _found(searcher, "doc:潮 body:灯塔 ref:灯台考") == [("潮#s2p1", ["潮#ref1"])]
    assert _found(searcher, "doc:潮 body:海雾 ref:海事") == []
    assert _found(searcher, "doc:潮 body:船家 note:渔政司 ref:海事") == []


def test_what_answers_is_marked_in_passage_and_note_apart(searcher: Searcher) -> None:
    hit = searcher.search("body:海雾 note:海霧報告").hits[0]
    assert [hit.chunk.text[a:b] for a, b in hit.spans] == ["海雾"]
    assert [one.text[a:b] for one in hit.support for a, b in one.spans] == ["海霧報告"]
    assert hit_record(hit)["support"][0]["spans"] == [list(span) for span in hit.support[0].spans]


def test_counts_groups_and_windows_are_of_these_passages(searcher: Searcher) -> None:
    query = "body:海雾 note:海事"
    assert searcher.search(query, limit=1, offset=1).total == 2
    facets = {facet.field: dict(facet.values) for facet in searcher.facets(query)}
    assert facets[Field.KIND] == {"body": 2}
    assert facets[Field.DOC] == {"旁": 1, "潮": 1}
    grouped = searcher.search(query, group=Group.ARTICLE)
    assert (grouped.total, [hit.passages for hit in grouped.hits]) == (2, [1, 1])
    assert searcher.search(query, filters={Field.DOC: frozenset({"潮"})}).total == 1
    assert searcher.concordance(query).total == 2


def test_chunks_know_what_they_rest_on_and_come_back_whole(seed: Article) -> None:
    made = chunks(seed)
    assert all(chunk_from(chunk_record(chunk)) == chunk for chunk in made)
    noted = next(chunk for chunk in made if chunk.address.endswith("#fn7"))
    assert noted.before == "同时，美国表明将加强并优化包括日本在内的印太地区军力态势。"
    holder = next(chunk for chunk in made if noted.address in chunk.notes)
    assert set(holder.notes) <= set(holder.sources)


def test_an_entry_shows_what_cites_it(searcher: Searcher) -> None:
    hit = searcher.search("doc:潮 ref:燈臺考").hits[0]
    assert [claim.sentence for claim in hit.chunk.claims] == ["灯塔夜明，船家称便[1]。"]
    assert hit_record(hit)["claims"][0]["address"] == "潮#s2p1"


def test_a_note_shows_its_sentence_and_the_one_before(searcher: Searcher) -> None:
    anchor = hit_record(searcher.search("note:渔政司").hits[0])["anchor"]
    assert (anchor["before"], anchor["sentence"]) == ("渔家多言风信。", "海雾随潮汐而起，渔港晚归。")


def test_a_passage_shows_the_notes_and_entries_of_its_snippet(searcher: Searcher) -> None:
    hit = searcher.search("doc:潮 body:随潮汐").hits[0]
    assert [one.address for one in searcher.evidence(hit)] == ["潮#fn1", "潮#fn2"]
    assert isinstance(searcher.evidence(hit)[0], Note)
    assert [one.address for one in searcher.evidence(searcher.search("doc:潮 body:沙洲渐高").hits[0])] == [
        "潮#ref1",
        "潮#ref2",
    ]


def test_the_page_sets_the_note_under_the_passage(seed_corpus: Corpus) -> None:
    page = create_app(seed_corpus).test_client().get("/?q=body:美国 note:森本敏").text
    assert 'class="support"' in page
    assert "<mark>森本敏</mark>" in page
