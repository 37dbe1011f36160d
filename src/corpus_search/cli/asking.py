"""Commands that ask: `query`, `kwic`, `complete`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from corpus_search.cli.common import (
    FOUND,
    KINDS,
    NOT_FOUND,
    AskingCommand,
    corpus_option,
    errors_as_json,
    fresh,
    index_options,
    limits,
    print_file,
    print_json,
    print_line,
    say,
)

_SORTS = ("relevance", "year", "position")
_ORDERS = ("position", "left", "right")
_EXPORTS = ("ris", "bibtex", "csv", "json")


@click.command(cls=AskingCommand)
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many hits.")
@click.option("--offset", type=click.IntRange(0, 1_000_000), default=0, help="How many hits to leave out first.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only hits of this kind; repeatable.")
@click.option("--sort", type=click.Choice(_SORTS), default="relevance", show_default=True, help="The order of hits.")
@click.option("--group", type=click.Choice(["article"]), help="Rank articles by their passages.")
@click.option("--exact-script", is_flag=True, help="Keep Traditional, Simplified and Japanese forms apart.")
@click.option("--explain", is_flag=True, help="Show how the query was read, and what each score is made of.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print each hit as a line of JSON.")
@click.option("--export", "form", type=click.Choice(_EXPORTS),
              help="Print the articles as RIS or BibTeX, or the hits as CSV or JSON.")  # fmt: skip
@click.option("--receipt", "receipt_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write to FILE what was asked and found, for `replay`.")  # fmt: skip
@corpus_option
@index_options
def query(
    words: tuple[str, ...],
    limit: int,
    offset: int,
    kinds: tuple[str, ...],
    sort: str,
    group: str | None,
    exact_script: bool,  # noqa: FBT001
    explain: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    as_jsonl: bool,  # noqa: FBT001
    form: str | None,
    receipt_file: Path | None,
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Find passages and notes. QUERY is words, or more:

    \b
    日美同盟 半导体                  passages with both first, then those with one
    “现代化同盟”                     exactly this run of characters
    半导体 AND 人工智能              both; also OR, NOT, +must, -not, brackets
    战?能动  同盟*                   one character, some characters
    aliance~                         near misspellings of alphabetic words
    日本 NEAR/10 半导体              both within 10 characters
    note:森本敏  脚注：森本敏        in notes; also body: ref:
    body:反击能力 note:防衛省        passages on the one that rest on a note with
                                     the other; with ref:, on an entry they cite
    title:日美同盟 半导体            also author: keyword: heading: doc:
    year:2020..2023 kind:note 同上   in these years and kinds
    """
    from corpus_search.engine import Sort
    from corpus_search.results import Group, hit_record

    text = " ".join(words)
    corpus = fresh(corpus_folder, index_folder, engine)
    options: Any = {
        "limit": limit,
        "offset": offset,
        "filters": limits(kinds),
        "sort": Sort(sort),
        "group": Group(group or ""),
    }
    with errors_as_json(None if as_jsonl else 2, wanted=as_json or as_jsonl or form == "json"):
        results = corpus.ask(
            lambda searcher: searcher.search(text, exact_script=exact_script, explain=explain, **options)
        )
    if results.incomplete and (as_jsonl or form):
        say(f"not complete: {results.incomplete}")
    if receipt_file:
        _keep(results.receipt().text(), receipt_file)
    if as_jsonl:
        for hit in results.hits:
            click.echo(json.dumps(hit_record(hit, group=results.group, explain=explain), ensure_ascii=False))
    elif as_json:
        print_json(results.record(explain=explain))
    elif form:
        from corpus_search.cite import export

        print_file(corpus.ask(lambda searcher: export(results, form, searcher.article)))
    else:
        from corpus_search.terminal import print_results

        print_results(results, explain=explain, evidence=lambda hit: corpus.ask(lambda s: s.evidence(hit)))
    return FOUND if results.total else NOT_FOUND


def _keep(text: str, path: Path) -> None:
    """Write a receipt. Raises `ReceiptError` where that cannot be done."""
    from corpus_search.errors import ReceiptError

    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise ReceiptError(f"{path}: the receipt cannot be written ({error.strerror}); name another file") from error


@click.command(cls=AskingCommand)
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--sort", type=click.Choice(_ORDERS), default="position", show_default=True,
              help="The order of lines: by article and place, or by the context on one side.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 1_000_000), help="How many lines; 50 if not given, all with --csv.")
@click.option("--offset", type=click.IntRange(0, 1_000_000), default=0, help="How many lines to leave out first.")
@click.option("--width", type=click.IntRange(0, 400), help="Columns of context on each side; what fits, if not given.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only lines of this kind; repeatable.")
@click.option("--exact-script", is_flag=True, help="Keep Traditional, Simplified and Japanese forms apart.")
@click.option("--csv", "as_table", is_flag=True, help="Print the lines as CSV, for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as one JSON object.")
@corpus_option
@index_options
def kwic(
    words: tuple[str, ...],
    sort: str,
    limit: int | None,
    offset: int,
    width: int | None,
    kinds: tuple[str, ...],
    exact_script: bool,  # noqa: FBT001
    as_table: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """List every occurrence of QUERY in its context, a line each. QUERY is as for `query`.

    
    corpus-search kwic 同盟 --sort right       by what follows, by pinyin
    corpus-search kwic 同盟 --csv > 同盟.csv   all lines, for a spreadsheet
    """
    from corpus_search.concordance import MOST, WIDTH, Order, as_csv
    from corpus_search.terminal import columns, print_concordance

    text = " ".join(words)
    corpus = fresh(corpus_folder, index_folder, engine)
    context = width if width is not None else WIDTH if as_table or as_json else columns()
    options: Any = {
        "limit": limit or (None if as_table else 50),
        "offset": offset,
        "sort": Order(sort),
        "filters": limits(kinds),
        "exact_script": exact_script,
    }
    with errors_as_json(wanted=as_json):
        found = corpus.ask(lambda searcher: searcher.concordance(text, width=context, **options))
    if as_json:
        print_json(found.record())
    elif as_table:
        for row in as_csv(found.lines):
            click.echo(row.encode(errors="replace"), nl=False)
    else:
        print_concordance(found, width=width)
    if not found.complete:
        say(f"there are more than {MOST:,} occurrences; these are of the first {MOST:,}")
    return FOUND if found.total else NOT_FOUND


@click.command()
@click.argument("prefix", metavar="PREFIX...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@corpus_option
@index_options
def complete(
    prefix: tuple[str, ...],
    limit: int,
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Complete the last word of PREFIX to words of the corpus: 战略, or zhanl."""
    text = " ".join(prefix)
    corpus = fresh(corpus_folder, index_folder, engine)
    found = corpus.ask(lambda searcher: searcher.complete(text, limit=limit))
    if as_json:
        print_json({"prefix": text, "completions": found})
    else:
        for completion in found:
            print_line(completion)
    return FOUND if found else NOT_FOUND
