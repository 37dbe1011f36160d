"""Citing and exporting from the command line, and what comes out, read by what would read it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from corpus_search.cite import EXPORTS, export
from corpus_search.results import Group
from corpus_search.search import Searcher
from tests.conftest import SEED, MakeCorpus, run_command

ENTRY = "卢昊, 赵家敏. 乌克兰危机下的日美同盟形势与战略影响[J]. 2023(5): "


def _rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_an_address_is_cited(home: Path) -> None:
    done = run_command(home, "cite", f"{SEED.stem}#fn7")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{ENTRY}16, 注③.\n", "")
    assert run_command(home, "cite", SEED.stem).stdout == f"{ENTRY}13-29.\n"
    assert run_command(home, "cite", f"{SEED.stem}#fn7", "--style", "apa").stdout.splitlines() == [
        "卢昊, & 赵家敏. (2023). 乌克兰危机下的日美同盟形势与战略影响. (5), 13–29. https://doi.org/10.19498/j.cnki.dbyxk.2023.05.002",
        "(卢昊 & 赵家敏, 2023, p. 16, 注③)",
    ]


def test_a_citation_is_json_with_the_articles_item(home: Path) -> None:
    record = json.loads(run_command(home, "cite", f"{SEED.stem}#fn7", "--json").stdout)
    (item,) = json.loads(run_command(home, "cite", SEED.stem, "--style", "csl-json").stdout)
    assert record == {
        "address": f"{SEED.stem}#fn7",
        "style": "gbt7714",
        "text": f"{ENTRY}16, 注③.",
        "html": f"{ENTRY}16, 注③.",
        "inline": None,
        "pinpoint": {"pages": "16", "words": "注③", "text": "第16页，注③"},
        "item": item,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cite", "nothing"), "corpus-search: nothing: no such document; `corpus-search status` lists them\n"),
        (
            ("cite", f"{SEED.stem}#s9"),
            f"corpus-search: {SEED.stem}#s9: {SEED.stem} has no such place; "
            f"`corpus-search show {SEED.stem}` lists its parts\n",
        ),
    ],
)
def test_what_cannot_be_cited_is_one_clear_line(home: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run_command(home, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_results_are_exported(home: Path) -> None:
    import rispy
    from pybtex.database import parse_string

    hits = json.loads(run_command(home, "query", "林芳正", "--export", "json").stdout)["hits"]
    rows = _rows(_run_bytes(home, "query", "林芳正", "--export", "csv"))
    assert [row["address"] for row in rows] == [hit["address"] for hit in hits]
    assert rows[0] == {
        "rank": "1",
        "address": f"{SEED.stem}#fn15",
        "title": "乌克兰危机下的日美同盟形势与战略影响",
        "authors": "卢昊; 赵家敏",
        "year": "2023",
        "kind": "note",
        "heading_path": " › ".join(hits[0]["heading_path"]),
        "page": "20",
        "match": "exact",
        "snippet": hits[0]["snippet"]["text"],
        "text": hits[0]["text"],
        "citation": f"{ENTRY}20, 注②.",
    }
    # A hit says on which page of a paragraph it stands.
    assert rows[1]["citation"] == f"{ENTRY}14."
    (record,) = rispy.loads(run_command(home, "query", "林芳正", "--export", "ris").stdout)
    assert record["doi"] == "10.19498/j.cnki.dbyxk.2023.05.002"
    entries = parse_string(run_command(home, "query", "林芳正", "--export", "bibtex").stdout, "bibtex").entries
    assert list(entries) == ["luhao2023"]
    nothing = run_command(home, "query", "一万", "--export", "ris")
    assert (nothing.returncode, nothing.stdout) == (1, "")


def _run_bytes(folder: Path, *arguments: str) -> str:
    """Run a command and return its output with the line ends it has."""
    import sys

    command = [sys.executable, "-m", "corpus_search", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=True).stdout.decode()


def test_each_article_is_exported_once_in_the_order_of_rank(make_corpus: MakeCorpus) -> None:
    import rispy

    one = "{title}\n\n王 明\n\n一、{title}\n\n{title}的历史与现状，以及其他的事情。\n\n二、其他\n\n{title}的将来，也在这里说到。\n"
    corpus = make_corpus({"a.txt": one.format(title="论海运"), "b.txt": one.format(title="论海运与海运政策")})
    corpus.update()
    searcher = corpus.searcher()
    results = searcher.search("海运")
    ranked = list(dict.fromkeys(hit.chunk.doc_id for hit in results.hits))
    assert len(results.hits) > len(ranked) == 2
    assert [record["id"] for record in rispy.loads(export(results, "ris", searcher.article))] == ranked
    assert len(_rows(export(results, "csv", searcher.article))) == len(results.hits)
    grouped = searcher.search("海运", group=Group.ARTICLE)
    assert len(_rows(export(grouped, "csv", searcher.article))) > len(grouped.hits) == 2


def test_no_cell_is_a_formula_and_none_steers_a_terminal(make_corpus: MakeCorpus) -> None:
    lines = [
        "=HYPERLINK(同盟)",
        "+同盟的历史",
        "-同盟的历史",
        "@同盟的历史",
        "＝同盟的历史",
        "同盟\x1b[2J的历史",
        "同盟=历史",
    ]
    corpus = make_corpus({f"{n}.txt": f"{line}\n" for n, line in enumerate(lines)})
    corpus.update()
    searcher = corpus.searcher()
    rows = _rows(export(searcher.search("同盟"), "csv", searcher.article))
    assert {row["address"].partition("#")[0]: row["text"] for row in rows} == {
        "0": "'=HYPERLINK(同盟)",
        "1": "'+同盟的历史",
        "2": "'-同盟的历史",
        "3": "'@同盟的历史",
        "4": "'＝同盟的历史",
        "5": "同盟␛[2J的历史",
        "6": "同盟=历史",
    }


def test_every_export_is_known_by_its_media_type(seed_searcher: Searcher) -> None:
    results = seed_searcher.search("同盟", limit=2)
    assert all(export(results, form, seed_searcher.article) for form in EXPORTS)
    assert json.loads(export(results, "json", seed_searcher.article)) == results.record()
