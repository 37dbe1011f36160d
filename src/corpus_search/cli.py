"""The command line: `corpus-search index | query | kwic | complete | show | cite | status | verify | evaluate | serve`.

Results go to standard output; progress, warnings and errors to standard error. Exit status as grep's: 0 found or
done, 1 nothing found, 2 an error.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from corpus_search import __version__
from corpus_search.errors import (
    CorpusSearchError,
    IndexDamagedError,
    IndexMissingError,
    QueryError,
)

if TYPE_CHECKING:
    from corpus_search.corpus import Corpus
    from corpus_search.indexer import Summary
    from corpus_search.query import Filters

FOUND, NOT_FOUND, FAILED, STOPPED = 0, 1, 2, 130
_KINDS = ("front", "abstract", "keywords", "body", "note", "reference", "back")
_SORTS = ("relevance", "year", "position")
_ORDERS = ("position", "left", "right")
_STYLES = ("gbt7714", "chicago", "apa", "bibtex", "ris", "csl-json")
_EXPORTS = ("ris", "bibtex", "csv", "json")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; no traceback reaches a user."""
    _start_quickly()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(format="corpus-search: %(message)s", level=logging.WARNING)
    try:
        # Not `commands.main`, which takes a closed pipe for a failure.
        with commands.make_context("corpus-search", list(sys.argv[1:] if arguments is None else arguments)) as context:
            status = commands.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        error.show()
        status = FAILED
    except (click.Abort, KeyboardInterrupt):
        _say("stopped")
        status = STOPPED
    except BrokenPipeError:
        # Whoever read the results has what they wanted; nothing more can be written, not even on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FOUND
    except QueryError as error:
        from corpus_search.terminal import caret

        click.echo(f"corpus-search: {caret(error)}", err=True)
        status = FAILED
    except IndexMissingError as error:
        _say(f"{error}; `corpus-search index FOLDER` makes an index")
        status = FAILED
    except IndexDamagedError as error:
        _say(f"{error}; `corpus-search index --rebuild` makes it anew")
        status = FAILED
    except CorpusSearchError as error:
        _say(str(error))
        status = FAILED
    except Exception as error:
        if os.environ.get("CORPUS_SEARCH_DEBUG"):
            raise
        what = f"{error!r:.300}"
        _say(f"something went wrong that should not ({what}); CORPUS_SEARCH_DEBUG=1 shows where, please report it")
        status = FAILED
    sys.exit(status if isinstance(status, int) else FOUND)


def _start_quickly() -> None:
    """Leave out what makes no difference but to how long it takes to begin."""
    # Nothing that is loaded is garbage: by default it is looked through a hundred times before a query is answered.
    gc.set_threshold(100_000)
    # There is no linear algebra here that a pool of threads could hasten.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _say(message: str) -> None:
    from corpus_search.display import one_line

    click.echo(f"corpus-search: {one_line(message)}", err=True)


def _say_failures(summary: Summary | None) -> None:
    from corpus_search.folder import shown

    for failure in summary.failures if summary else ():
        _say(f"{shown(failure.path)}: {failure.reason}")


def _print_line(text: str) -> None:
    from corpus_search.display import one_line

    click.echo(one_line(text))


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print_file(text: str) -> None:
    """Print what is made to be a file, in UTF-8 and with its own line ends, whatever the terminal's are."""
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def _index_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes."""
    index = click.option(
        "--index", "index_folder", type=click.Path(path_type=Path), default="index",
        envvar="CORPUS_SEARCH_INDEX", show_default=True, help="The folder that holds the index.",
    )  # fmt: skip
    engine = click.option(
        "--engine",
        default="whoosh",
        envvar="CORPUS_SEARCH_ENGINE",
        show_default=True,
        help="The search engine.",
    )
    return index(engine(command))


_corpus_option = click.option(
    "--corpus", "corpus_folder", type=click.Path(path_type=Path), envvar="CORPUS_SEARCH_CORPUS",
    help="The folder of articles; if not given, the one that was indexed, or seeds.",
)  # fmt: skip
_corpus_argument = click.argument(
    "corpus_folder",
    metavar="[CORPUS]",
    required=False,
    type=click.Path(path_type=Path),
    envvar="CORPUS_SEARCH_CORPUS",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="corpus-search")
def commands() -> None:
    """Search a folder of Chinese scholarly articles by section and footnote."""


def _corpus(folder: Path | None, index: Path, engine: str) -> Corpus:
    from corpus_search.corpus import Corpus, indexed_folder

    return Corpus(folder or indexed_folder(index) or Path("seeds"), index, engine=engine, say=_say)


@commands.command()
@_corpus_argument
@click.option("--rebuild", is_flag=True, help="Index everything anew.")
@click.option("--watch", "watching", is_flag=True, help="Go on, and index what changes.")
@click.option("--wait", "wait_s", type=click.FloatRange(0), default=30.0, show_default=True,
              help="How many seconds to wait for another process that writes the index.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), help="How many processes to use; all processors, if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@_index_options
def index(
    corpus_folder: Path | None,
    rebuild: bool,  # noqa: FBT001
    watching: bool,  # noqa: FBT001
    wait_s: float,
    workers: int | None,
    as_json: bool,  # noqa: FBT001
    index_folder: Path,
    engine: str,
) -> int:
    """Bring the index up to date with the folder CORPUS (default: seeds, or the one indexed before)."""
    from corpus_search.corpus import describe, watch
    from corpus_search.engines import missed
    from corpus_search.terminal import progress
    from corpus_search.workers import processors

    folder = corpus_folder or (Path("seeds") if Path("seeds").is_dir() else None)
    corpus = _corpus(folder, index_folder, engine)
    with progress() as advance:
        summary = corpus.update(rebuild=rebuild, wait_s=wait_s, progress=advance, workers=workers or processors())
    _say_failures(summary)
    if as_json:
        _print_json(summary.record())
    else:
        click.echo(f"{corpus.folder}: {describe(summary)}")
    gain = missed(summary.chunks)
    if gain and summary.touched:
        _say(gain)
    if summary.stopped:
        _say("stopped before all was done; what is done is indexed, the next `corpus-search index` goes on from there")
        return STOPPED
    if watching:
        _say(f"watching {corpus.folder}; Ctrl-C stops")
        watch(corpus)
    return FAILED if summary.failures else FOUND


# A query may begin with a sign, as -巴统 does: what is no option is a word.
@commands.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many hits.")
@click.option("--offset", type=click.IntRange(0, 1_000_000), default=0, help="How many hits to leave out first.")
@click.option("--kind", "kinds", type=click.Choice(_KINDS), multiple=True, help="Only hits of this kind; repeatable.")
@click.option("--sort", type=click.Choice(_SORTS), default="relevance", show_default=True, help="The order of hits.")
@click.option("--group", type=click.Choice(["article"]), help="Rank articles by their passages.")
@click.option("--exact-script", is_flag=True, help="Keep Traditional, Simplified and Japanese forms apart.")
@click.option("--explain", is_flag=True, help="Show how the query was read, and what each score is made of.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print each hit as a line of JSON.")
@click.option("--export", "form", type=click.Choice(_EXPORTS),
              help="Print the articles as RIS or BibTeX, or the hits as CSV or JSON.")  # fmt: skip
@_corpus_option
@_index_options
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
    title:日美同盟 半导体            also author: keyword: heading: doc:
    year:2020..2023 kind:note 同上   in these years and kinds
    """
    from corpus_search.engine import Sort
    from corpus_search.search import Group, hit_record

    text = " ".join(words)
    corpus = _fresh(corpus_folder, index_folder, engine)
    options: Any = {
        "limit": limit,
        "offset": offset,
        "filters": _limits(kinds),
        "sort": Sort(sort),
        "group": Group(group or ""),
    }
    with _errors_as_json(None if as_jsonl else 2, wanted=as_json or as_jsonl or form == "json"):
        results = corpus.ask(
            lambda searcher: searcher.search(text, exact_script=exact_script, explain=explain, **options)
        )
    if as_jsonl:
        for hit in results.hits:
            click.echo(json.dumps(hit_record(hit, group=results.group, explain=explain), ensure_ascii=False))
    elif as_json:
        _print_json(results.record(explain=explain))
    elif form:
        from corpus_search.cite import export

        _print_file(corpus.ask(lambda searcher: export(results, form, searcher.article)))
    else:
        from corpus_search.terminal import print_results

        print_results(results, explain=explain)
    return FOUND if results.total else NOT_FOUND


def _limits(kinds: Sequence[str]) -> Filters:
    """Return what hits are limited to."""
    from corpus_search.query import Field

    chosen = frozenset(kinds)
    return {Field.KIND: chosen} if chosen else {}


@contextmanager
def _errors_as_json(indent: int | None = 2, *, wanted: bool) -> Iterator[None]:
    """Print a query's error as JSON, too, where answers are `wanted` as JSON."""
    try:
        yield
    except QueryError as error:
        if wanted:
            from corpus_search.terminal import error_record

            click.echo(json.dumps(error_record(error), ensure_ascii=False, indent=indent))
        raise


@commands.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--sort", type=click.Choice(_ORDERS), default="position", show_default=True,
              help="The order of lines: by article and place, or by the context on one side.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 1_000_000), help="How many lines; 50 if not given, all with --csv.")
@click.option("--offset", type=click.IntRange(0, 1_000_000), default=0, help="How many lines to leave out first.")
@click.option("--width", type=click.IntRange(0, 400), help="Columns of context on each side; what fits, if not given.")
@click.option("--kind", "kinds", type=click.Choice(_KINDS), multiple=True, help="Only lines of this kind; repeatable.")
@click.option("--exact-script", is_flag=True, help="Keep Traditional, Simplified and Japanese forms apart.")
@click.option("--csv", "as_table", is_flag=True, help="Print the lines as CSV, for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as one JSON object.")
@_corpus_option
@_index_options
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
    corpus-search kwic 同盟 --sort right       what follows the word, in the order of pinyin
    corpus-search kwic 同盟 --csv > 同盟.csv   all lines, for a spreadsheet
    """
    from corpus_search.concordance import MOST, WIDTH, Order, as_csv
    from corpus_search.terminal import columns, print_concordance

    text = " ".join(words)
    corpus = _fresh(corpus_folder, index_folder, engine)
    context = width if width is not None else WIDTH if as_table or as_json else columns()
    options: Any = {
        "limit": limit or (None if as_table else 50),
        "offset": offset,
        "sort": Order(sort),
        "filters": _limits(kinds),
        "exact_script": exact_script,
    }
    with _errors_as_json(wanted=as_json):
        found = corpus.ask(lambda searcher: searcher.concordance(text, width=context, **options))
    if as_json:
        _print_json(found.record())
    elif as_table:
        for row in as_csv(found.lines):
            click.echo(row.encode(errors="replace"), nl=False)
    else:
        print_concordance(found, width=width)
    if not found.complete:
        _say(f"there are more than {MOST:,} occurrences; these are of the first {MOST:,}")
    return FOUND if found.total else NOT_FOUND


@commands.command()
@click.argument("prefix", metavar="PREFIX...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@_corpus_option
@_index_options
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
    corpus = _fresh(corpus_folder, index_folder, engine)
    found = corpus.ask(lambda searcher: searcher.complete(text, limit=limit))
    if as_json:
        _print_json({"prefix": text, "completions": found})
    else:
        for completion in found:
            _print_line(completion)
    return FOUND if found else NOT_FOUND


def _fresh(corpus_folder: Path | None, index_folder: Path, engine: str) -> Corpus:
    """Return the corpus with its index up to date, or as good as it is with a word why it is not."""
    corpus = _corpus(corpus_folder, index_folder, engine)
    try:
        _say_failures(corpus.refresh(wait_s=5.0))
    except CorpusSearchError as error:
        # An index that cannot be renewed still answers, if it is of this very folder.
        try:
            of = corpus.searcher().state.corpus
        except (IndexMissingError, IndexDamagedError):
            raise error from None
        if of != str(corpus.folder.resolve()):
            raise
        _say(f"{error}; searching what was indexed before")
    return corpus


@commands.command()
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@_corpus_option
@_index_options
def show(
    address: str,
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Print what stands at ADDRESS, or a whole document's outline.

    \b
    corpus-search show ARTICLE            the outline
    corpus-search show 'ARTICLE#s3.3p2'   a paragraph
    corpus-search show 'ARTICLE#fn12'     a note and the sentence it stands on
    """
    from corpus_search.folder import shown
    from corpus_search.records import article_record, place_record
    from corpus_search.terminal import print_outline, print_place

    corpus = _fresh(corpus_folder, index_folder, engine)
    article, place = corpus.ask(lambda searcher: searcher.locate(address))
    paths = [shown(path) for path in corpus.ask(lambda searcher: searcher.paths(article.doc_id))]
    if as_json:
        _print_json({**article_record(article), "paths": paths} if place is None else place_record(place))
    elif place is None:
        print_outline(article, paths)
    else:
        print_place(article, place)
    return FOUND


@commands.command()
@click.argument("address")
@click.option("--style", type=click.Choice(_STYLES), default="gbt7714", show_default=True, help="How to cite it.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with the article's record in CSL-JSON.")
@_corpus_option
@_index_options
def cite(
    address: str,
    style: str,
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Print the citation of ADDRESS, with its page, or its section and paragraph, and its note.

    APA has two lines: the entry in the list of references, and what stands in the text. BibTeX, RIS and CSL-JSON
    describe the article as a whole.
    """
    from corpus_search.cite import cite as cited

    corpus = _fresh(corpus_folder, index_folder, engine)
    article, _ = corpus.ask(lambda searcher: searcher.locate(address))
    citation = cited(article, address, style=style)
    if as_json:
        _print_json(citation.record())
    else:
        _print_file("\n".join(filter(None, (citation.text.rstrip("\n"), citation.inline))) + "\n")
    return FOUND


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@_index_options
def status(
    as_json: bool,  # noqa: FBT001
    index_folder: Path,
    engine: str,
) -> int:
    """Tell what is indexed, from where, by what, and how fresh it is."""
    from corpus_search.corpus import report
    from corpus_search.terminal import print_status

    found = report(_corpus(None, index_folder, engine))
    if as_json:
        _print_json(found)
    else:
        print_status(found)
    return FOUND


@commands.command()
@click.option("--samples", type=click.IntRange(1), default=1000, show_default=True, help="How many runs to ask.")
@click.option("--seed", default=1, show_default=True, help="Which runs: the same seed draws the same.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@_corpus_option
@_index_options
def verify(
    samples: int,
    seed: int,
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Ask quoted runs of the corpus's own text and compare the answers with a scan of every text."""
    from dataclasses import asdict

    from corpus_search.terminal import progress

    searcher = _fresh(corpus_folder, index_folder, engine).searcher()
    with progress() as advance:
        verdict = searcher.verify(
            samples=samples, seed=seed, progress=lambda done, total: advance("asking", done, total)
        )
    if as_json:
        _print_json(asdict(verdict))
    else:
        click.echo(
            f"{verdict.runs:,} runs, found in {verdict.found:,} chunks: {verdict.missing} missing, "
            f"{verdict.extra} extra, {verdict.unmarked} marked wrong"
        )
        for line in verdict.told:
            click.echo(line)
    return FOUND if verdict.good else FAILED


@commands.command()
@click.option("--repair", "mending", is_flag=True, help="Make anew what is broken, remove what crashes left.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@_corpus_option
@_index_options
def doctor(
    mending: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Read everything in the index once and tell whether it is sound; exit status 1 if it needs repair."""
    from corpus_search.doctor import examine, repair

    corpus = _corpus(corpus_folder, index_folder, engine)
    findings = list(examine(corpus))
    if as_json:
        _print_json([{"level": finding.level, "message": finding.message} for finding in findings])
    else:
        for finding in findings:
            _print_line(f"{finding.level}: {finding.message}")
    broken = any(finding.broken for finding in findings)
    if mending:
        for line in repair(corpus, findings):
            _say(line)
        return FOUND
    if broken:
        _say("the index needs repair: `corpus-search doctor --repair` makes it anew from the articles")
    return NOT_FOUND if broken else FOUND


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--queries", default="queries.jsonl", show_default=True, help="The file of queries in FOLDER.")
@click.option("--engine", default="whoosh", envvar="CORPUS_SEARCH_ENGINE", show_default=True, help="The search engine.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def evaluate(folder: Path, queries: str, engine: str, as_json: bool) -> int:  # noqa: FBT001
    """Measure retrieval quality on the test collection in FOLDER.

    \b
    corpus.jsonl   {"id", "title"?, "text"} a line, or a folder corpus/ of articles
    queries.jsonl  {"id", "text", "exclude"?} a line
    qrels.tsv      query, document and relevance, parted by tabs
    """
    from corpus_search.evaluate import Collection
    from corpus_search.evaluate import evaluate as run

    outcome = run(Collection.read(folder, queries=queries), engine=engine).record()
    if as_json:
        _print_json(outcome)
    else:
        for name, value in {**outcome["measures"], "queries": outcome["queries"]}.items():
            click.echo(f"{name:<8} {value}")
        took = outcome["query_ms"]
        click.echo(f"{outcome['index_s']} s to index, a query {took['p50']} ms (p95 {took['p95']} ms)")
    return FOUND


def _hosts(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    from corpus_search.gate import host_name

    names = tuple(host_name(f"[{value}]" if value.count(":") > 1 and "[" not in value else value) for value in values)
    if None in names:
        raise click.BadParameter("a name or address is expected, without http:// and path", param=option)
    return tuple(filter(None, names))


def _prefix(_: click.Context, option: click.Parameter, value: str) -> str:
    prefix = "/" + value.strip("/") if value.strip("/") else ""
    if not re.fullmatch(r"(?:/[\w.~-]+)*", prefix, re.ASCII):
        raise click.BadParameter("a path of letters, digits and - _ . ~ is expected, as in /corpus", param=option)
    return prefix


@commands.command()
@_corpus_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 takes any.")
@click.option("--no-watch", is_flag=True, help="Do not follow changes in the folder.")
@click.option("--allowed-host", "allowed_hosts", metavar="NAME", multiple=True, callback=_hosts,
              help="Answer to this name too, beside the machine's own; repeatable.")  # fmt: skip
@click.option("--prefix", metavar="PATH", default="", callback=_prefix, help="Where a proxy shows it: /corpus.")
@click.option("--proxy-hops", type=click.IntRange(0, 10), default=0, show_default=True,
              help="How many proxies to believe the X-Forwarded headers of.")  # fmt: skip
@click.option("--search-seconds", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True,
              help="How long a search may take, and wait for its turn.")  # fmt: skip
@_index_options
def serve(
    corpus_folder: Path | None,
    host: str,
    port: int,
    no_watch: bool,  # noqa: FBT001
    allowed_hosts: tuple[str, ...],
    prefix: str,
    proxy_hops: int,
    search_seconds: float,
    index_folder: Path,
    engine: str,
) -> int:
    """Index the folder CORPUS (default: the one indexed before, or seeds) and serve the web search box."""
    from corpus_search.limits import Limits
    from corpus_search.serving import serve as run

    corpus = _fresh(corpus_folder, index_folder, engine)

    def ready(url: str) -> None:
        click.echo(f"{corpus.folder}: {url}")
        if host not in ("localhost", "127.0.0.1", "::1") and not allowed_hosts:
            _say("whoever reaches this machine may read, by its own names; --allowed-host NAME adds another")

    run(
        corpus,
        host=host,
        port=port,
        watching=not no_watch,
        ready=ready,
        allowed_hosts=allowed_hosts,
        prefix=prefix,
        proxy_hops=proxy_hops,
        limits=Limits(search_s=search_seconds, wait_s=search_seconds),
    )
    return FOUND
