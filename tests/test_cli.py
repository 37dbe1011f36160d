"""The command line, as a person uses it and as a script does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus_search.corpus import Corpus
from tests.conftest import SEED, run_command

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize(
    ("query", "status", "first"),
    [
        ("战略能动", 0, "s3.3"), ("反击能力", 0, "fn8"), ("林芳正", 0, "fn15"), ("友岸外包", 0, "s2.4p2"), ("同上", 0, "fn7"),
        ("統合司令部", 0, "s1.2p2"), ('"敌基地攻击能力"', 0, "fn8"), ("Rapidus", 0, "s1.3p2"), ("一万", 1, None),
    ],
)  # fmt: skip
def test_queries_on_the_seed_answer_with_spans_and_status(
    home: Path, query: str, status: int, first: str | None
) -> None:
    done = run_command(home, "query", query, "--json", "--limit", "50")
    assert (done.returncode, done.stderr) == (status, "")
    answer = json.loads(done.stdout)
    assert answer["query"] == query
    assert answer["engine"] == "whoosh"
    assert answer["total"] == len(answer["hits"])
    assert answer["suggestion"] is None
    if first is None:
        assert answer["hits"] == []
        return
    assert answer["hits"][0]["address"] == f"{SEED.stem}#{first}"
    for hit in answer["hits"]:
        assert hit["spans"]
        assert hit["snippet"]["spans"]
        for start, end in hit["snippet"]["spans"]:
            assert hit["snippet"]["text"][start:end] in hit["text"]
        if hit["kind"] == "note":
            assert set(hit["anchor"]) == {"address", "offset", "sentence", "before"}


def test_results_for_people(home: Path) -> None:
    done = run_command(home, "query", "林芳正")
    assert done.returncode == 0
    assert done.stdout.splitlines()[2:9] == [
        "1. 乌克兰危机下的日美同盟形势与战略影响 (2023)",
        "   一、乌克兰危机下日美同盟强化态势 › （四）以加强盟国团结、应对地区安全发展挑战为名，持续推进亚太地缘战略合作 · note ② · p. 20",
        "   2022年4—5月，日本外相林芳正、自卫队统合幕僚长山崎幸二、首相岸田文雄先后赴布鲁塞尔出席北约外长会议、参谋长级会议和首脑会议。这也是日本外相、统合幕僚长和首相首次出席北约以上会议。通过磋商，日本与北约明确表示将构建“特殊战略伙伴关系”。",
        "   after: 特别是巩固日美澳三边“准同盟”，拉拢韩国参与亚太安全事务协商，推动日美菲三方防务合作，谋求与岛屿国家加强安全合作等。",
        "   on: 同时，在北约介入亚太的“新战略概念”及日本的积极响应下，日本与北约围绕亚太的战略协调与防务合作显著加强。",
        "   000_c7225275e9add5be#fn15",
        "",
    ]
    assert "\x1b" not in done.stdout


def test_words_are_completed(home: Path) -> None:
    assert run_command(home, "complete", "alli").stdout == "Alliance\n"
    done = run_command(home, "complete", "日美同盟", "半导", "--limit", "1", "--json")
    assert json.loads(done.stdout) == {"prefix": "日美同盟 半导", "completions": ["日美同盟 半导体"]}
    nothing = run_command(home, "complete", "xyzzy")
    assert (nothing.returncode, nothing.stdout) == (1, "")


def test_articles_are_ranked_on_request(home: Path) -> None:
    answer = json.loads(run_command(home, "query", "日美同盟 半导体", "--group", "article", "--json").stdout)
    assert (answer["group"], answer["total"]) == ("article", 1)
    hit = answer["hits"][0]
    assert hit["doc_id"] == SEED.stem
    assert hit["passages"] > 10
    assert len(hit["others"]) == 2
    assert all(other["spans"] for other in hit["others"])
    shown = run_command(home, "query", "日美同盟 半导体", "--group", "article").stdout
    assert shown.startswith("1–1 of 1 article for 日美同盟 半导体")


def test_a_query_is_explained(home: Path) -> None:
    answer = json.loads(run_command(home, "query", "半导体", "--explain", "--json", "--limit", "1").stdout)
    assert answer["terms"] == {
        "words": {"半导体": 1},
        "parts": {"半导": 1, "导体": 1},
        "characters": {"半": 1, "导": 1, "体": 1},
        "pairs": {"半导": 1, "导体": 1},
    }
    hit = answer["hits"][0]
    assert hit["tier"] == 2
    assert sum(part["score"] for part in hit["parts"]) == pytest.approx(hit["score"], abs=1e-3)
    lines = run_command(home, "query", "半导体", "--explain", "--limit", "1").stdout.splitlines()
    assert lines[:5] == [
        "read as 半导体",
        "words: 半导体",
        "parts: 半导 导体",
        "characters: 半 导 体",
        "pairs: 半导 导体",
    ]
    assert lines[-1].strip().startswith("as written; ")


@pytest.mark.parametrize("option", ["--json", "--jsonl"])
def test_a_query_that_cannot_be_read_is_told_in_json_too(home: Path, option: str) -> None:
    done = run_command(home, "query", "日美（同盟", option)
    assert done.returncode == 2
    assert json.loads(done.stdout) == {
        "query": "日美（同盟",
        "error": {
            "message": "this bracket is not closed",
            "start": 2,
            "end": 3,
            "caret": "this bracket is not closed\n  日美（同盟\n      ^^",
        },
    }
    assert done.stderr == "corpus-search: this bracket is not closed\n  日美（同盟\n      ^^\n"


def test_show_prints_the_contracts_json(home: Path) -> None:
    record = json.loads(run_command(home, "show", SEED.stem, "--json").stdout)
    assert record["doc_id"] == SEED.stem
    assert record["source"] == SEED.name
    assert record["encoding"] == "utf-8"
    assert record["title"] == "乌克兰危机下的日美同盟形势与战略影响"
    assert record["authors"] == ["卢昊", "赵家敏"]
    assert (record["year"], record["doi"], record["pages"]) == (2023, "10.19498/j.cnki.dbyxk.2023.05.002", [13, 29])
    assert len(record["keywords"]) == len(record["keywords_en"]) == 5
    assert [len(s["sections"]) for s in record["sections"]] == [0, 4, 4, 3, 0]
    assert len(record["notes"]) == 37
    text = SEED.read_text("utf-8")
    paragraph = record["sections"][1]["sections"][0]["paragraphs"][0]
    assert paragraph["text"] == "".join(text[a:b] for a, b in paragraph["source"])
    note = record["notes"][6]
    assert (note["label"], note["text"], note["resolves_to"]) == ("③", "同上。", f"{SEED.stem}#fn6")
    assert record["references"] == record["problems"] == []


@pytest.mark.parametrize("fragment", ["front", "abstract", "abstract-en", "s0", "s1.1", "s1.1p1", "fn7", "back"])
def test_show_prints_what_stands_at_an_address(home: Path, fragment: str) -> None:
    plain, as_json = (
        run_command(home, "show", f"{SEED.stem}#{fragment}"),
        run_command(home, "show", f"{SEED.stem}#{fragment}", "--json"),
    )
    assert plain.returncode == as_json.returncode == 0
    assert len(plain.stdout) > 5
    assert json.loads(as_json.stdout)


def test_a_note_is_shown_with_its_sentence_and_what_it_stands_for(home: Path) -> None:
    lines = run_command(home, "show", f"{SEED.stem}#fn7").stdout.splitlines()
    assert lines[0] == "③ 同上。"
    assert lines[1].startswith(f"  = {SEED.stem}#fn6: 「日米安全保障協議委員会")
    assert lines[2:] == ["on: 对此，日本表示全力支持美国的军事部署计划。", f"p. 16  {SEED.stem}#s1.2p1"]


def test_status_tells_all(home: Path) -> None:
    report = json.loads(run_command(home, "status", "--json").stdout)
    assert report["documents"] == 1
    assert report["chunks"] > 80
    assert report["engine"] == "whoosh"
    assert report["fresh"] == "up to date"
    assert report["corpus"] == str((home / "seeds").resolve())
    assert report["words"] == 5
    assert report["files"] == [{"path": SEED.name, "doc_id": SEED.stem}]
    assert "up to date" in run_command(home, "status").stdout


def test_jsonl_prints_a_hit_a_line_and_explain_shows_the_reading(home: Path) -> None:
    lines = run_command(home, "query", "日本", "--jsonl", "--limit", "3", "--offset", "2").stdout.splitlines()
    assert [json.loads(line)["rank"] for line in lines] == [3, 4, 5]
    assert "read as (战略 能动)" in run_command(home, "query", "战略能动", "--explain").stdout


def test_a_corpus_is_indexed_by_the_first_query_and_again_when_it_changed(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.txt").write_text("日美同盟的历史。", "utf-8")
    first = run_command(tmp_path, "query", "同盟", "--corpus", "papers")
    assert first.returncode == 0
    assert first.stderr.startswith("corpus-search: papers is not indexed yet: 1 new; 1 article in 1 chunk; ")
    (tmp_path / "papers" / "b.txt").write_text("同盟的将来。", "utf-8")
    again = run_command(tmp_path, "query", "同盟")
    assert "has changed: 1 new, 1 unchanged; 2 articles in 2 chunks" in again.stderr
    assert run_command(tmp_path, "query", "同盟").stderr == ""


def test_the_environment_names_folders_and_engine(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.txt").write_text("日美同盟的历史。", "utf-8")
    done = run_command(tmp_path, "index", CORPUS_SEARCH_CORPUS="p", CORPUS_SEARCH_INDEX="i")
    assert done.returncode == 0
    assert (tmp_path / "i" / "CURRENT").exists()
    wrong = run_command(tmp_path, "status", CORPUS_SEARCH_INDEX="i", CORPUS_SEARCH_ENGINE="nosuch")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "corpus-search: there is no engine 'nosuch'; there is whoosh, tantivy, opensearch\n",
    )


def test_index_reports_what_it_could_not_read_and_exits_2(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "good.txt").write_text("好的正文。", "utf-8")
    (tmp_path / "seeds" / "junk.txt").write_bytes(bytes(range(32)) * 99)
    done = run_command(tmp_path, "index")
    assert done.returncode == 2
    assert done.stderr == "corpus-search: junk.txt: this is binary data, not text; remove it or convert it to text\n"
    assert done.stdout.startswith("seeds: 1 new, 1 not read; 1 article in 1 chunk")
    summary = json.loads(run_command(tmp_path, "index", "--json").stdout)
    assert summary["failures"] == [
        {"path": "junk.txt", "reason": "this is binary data, not text; remove it or convert it to text"}
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("index", "nowhere"),
            "corpus-search: nowhere: there is no such folder; name the folder that holds your articles",
        ),
        (("query", ""), "corpus-search: the query is empty: write a word to look for"),
        (
            ("query", "x" * 100_000),
            "corpus-search: the query is too long: 100,000 characters, where 1,000 are allowed",
        ),
        (("query", "甲", "--corpus", "nowhere"), "corpus-search: nowhere: there is no such folder"),
        (("show", "nothing"), "corpus-search: nothing: no such document; `corpus-search status` lists them"),
        (("show", ""), "corpus-search: the address is empty: name a document; `corpus-search status` lists them"),
        (
            ("check", f"seeds/{SEED.name}", "--html", "nowhere/report.html"),
            "corpus-search: nowhere/report.html: the report cannot be written (No such file or directory); name another",
        ),
        (("show", f"{SEED.stem}#s9"), f"corpus-search: {SEED.stem}#s9: {SEED.stem} has no such place"),
        (
            ("status", "--index", "nowhere"),
            "corpus-search: nowhere: nothing is indexed here yet; `corpus-search index FOLDER` makes",
        ),
        (("serve", "--host", "no.such.invalid"), "corpus-search: no.such.invalid: there is no such address here"),
    ],
)
def test_errors_are_one_clear_line_and_exit_2(home: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run_command(home, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) <= 1 or arguments[0] == "query"
    assert "Traceback" not in done.stderr


def test_a_query_error_has_its_caret_under_the_place(home: Path) -> None:
    assert run_command(home, "query", "日美“同盟").stderr.splitlines() == [
        "corpus-search: the quotation mark “ is not closed: ” is expected",
        "  日美“同盟",
        "      ^",
    ]


def test_a_port_in_use_is_named(home: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run_command(home, "serve", "--port", port)
    assert done.returncode == 2
    assert done.stderr == (
        f"corpus-search: 127.0.0.1:{port} is in use; stop what listens there, or choose another port with --port\n"
    )


def test_a_query_may_begin_with_a_sign(home: Path) -> None:
    for arguments in (("半导体", "-巴统"), ("-巴统", "半导体"), ("同盟", "-note:日本")):
        done = run_command(home, "query", *arguments, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["query"] == " ".join(arguments)


@pytest.mark.parametrize("command", ["query", "kwic", "statistics", "collocates"])
def test_a_misspelt_option_is_refused_and_never_looked_for(home: Path, command: str) -> None:
    done = run_command(home, command, "同盟", "--limt=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option '--limt'" in done.stderr
    assert "--limit" in done.stderr
    assert json.loads(run_command(home, "query", "--json", "--", "--同盟").stdout)["query"] == "--同盟"


def test_a_corpus_of_an_empty_file_is_asked_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "empty.txt").touch()
    (tmp_path / "draft.md").write_text("他说“日本表示全力支持美国的军事部署计划”。", "utf-8")
    run_command(tmp_path, "index")
    done = run_command(tmp_path, "check", "draft.md")
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 not found" in done.stdout
    for command in (
        ("query", "同盟"),
        ("cited",),
        ("statistics", "同盟"),
        ("collocates", "同盟"),
        ("related", "empty"),
    ):
        done = run_command(tmp_path, *command)
        assert (done.returncode, done.stderr) == (1, ""), command


def test_a_reader_that_has_seen_enough_is_no_error(home: Path) -> None:
    command = f"{sys.executable} -m corpus_search query 日本 --limit 500; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({command}) | head -1"], cwd=home, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.split() == ["0"]


def test_a_corpus_that_is_gone_is_still_searched_and_said(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.txt").write_text("日美同盟的历史。", "utf-8")
    run_command(tmp_path, "index", "papers")
    (tmp_path / "papers").rename(tmp_path / "elsewhere")
    done = run_command(tmp_path, "query", "同盟")
    assert done.returncode == 0
    assert "there is no such folder" in done.stderr
    assert "searching what was indexed before" in done.stderr
    assert "a#s0p1" in done.stdout


def test_a_damaged_index_is_rebuilt_by_a_query_from_the_folder_it_was_of(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.txt").write_text("日美同盟的历史。", "utf-8")
    run_command(tmp_path, "index", "papers")
    (tmp_path / "index" / "CURRENT").write_text("nonsense")
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "b.txt").write_text("别的同盟。", "utf-8")
    done = run_command(tmp_path, "query", "同盟")
    assert "rebuilding it" in done.stderr
    assert "a#s0p1" in done.stdout


def test_no_text_or_name_can_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a\x1b[31m\nb.txt").write_text(
        "题\n\n王 明\n\nDOI：10.1234/abc\x1b[2Jxyz\n\n一、引言\n\n同盟\x1b[2J与\u202e反向\x07[^\x1b[31mx]。\n\n[^\x1b[31mx]: 《史记》，同盟第3页。\n",
        "utf-8",
    )
    for arguments in (
        ("query", "同盟"),
        ("show", "a\x1b[31m\nb"),
        ("show", "a\x1b[31m\nb#s1p1"),
        ("show", "a\x1b[31m\nb#fn1"),
        ("status",),
    ):
        done = run_command(tmp_path, *arguments)
        assert done.returncode == 0
        assert not any(char in done.stdout for char in "\x1b\x07\u202e")


def test_help_names_every_command(home: Path) -> None:
    text = run_command(home, "--help").stdout
    assert all(f"\n  {name} " in text for name in ("index", "query", "show", "cite", "status", "serve"))


def test_a_query_loads_nothing_that_it_does_not_need(seed_corpus: Corpus) -> None:
    asked = ["query", "日美同盟 半导体", "--corpus", str(seed_corpus.folder), "--index", str(seed_corpus.index)]
    code = (
        f"import sys; from corpus_search.cli import commands; commands.main({asked!r}, standalone_mode=False);"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    loaded = set(ran.stderr.split())
    assert {"whoosh", "jieba", "corpus_search.terminal"} <= loaded
    heavy = {"flask", "flask_babel", "bleach", "rapidfuzz", "opencc", "pypinyin", "snowballstemmer", "watchfiles"}
    heavy |= {"lxml", "citeproc", "markdown_it", "pathspec", "filelock", "charset_normalizer", "importlib.metadata"}
    heavy |= {
        "numpy",
        "rich",
        "difflib",
        "jieba.finalseg.prob_emit",
        "pkg_resources",
        "csv",
        "corpus_search.parse",
        "corpus_search.indexer",
        "corpus_search.web",
    }
    assert not heavy & loaded


@pytest.mark.parametrize("command", ["query", "kwic", "evaluate", "replay", "cited", "statistics", "serve"])
def test_help_fits_a_terminal_of_80_columns(home: Path, command: str) -> None:
    from rich.cells import cell_len

    shown = run_command(home, command, "--help").stdout.splitlines()
    assert shown
    assert max(map(cell_len, shown)) <= 80
