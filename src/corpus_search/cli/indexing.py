"""Commands about an index: `index`, `status`, `verify`, `doctor`, `evaluate`."""

from __future__ import annotations

from pathlib import Path

import click

from corpus_search.cli.cluster import cluster_options, service
from corpus_search.cli.common import (
    FAILED,
    FOUND,
    NOT_FOUND,
    STOPPED,
    corpus_argument,
    corpus_of,
    corpus_option,
    fresh,
    index_options,
    print_json,
    print_line,
    say,
    say_failures,
)


@click.command()
@corpus_argument
@click.option("--rebuild", is_flag=True, help="Index everything anew.")
@click.option("--watch", "watching", is_flag=True, help="Go on, and index what changes.")
@click.option("--wait", "wait_s", type=click.FloatRange(0), default=30.0, show_default=True,
              help="How many seconds to wait for another process that writes the index.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), help="How many processes to use; all processors, if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@index_options
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
    from corpus_search.corpus import describe
    from corpus_search.engines import missed
    from corpus_search.terminal import progress
    from corpus_search.watching import watch
    from corpus_search.workers import processors

    folder = corpus_folder or (Path("seeds") if Path("seeds").is_dir() else None)
    corpus = corpus_of(folder, index_folder, engine)
    with progress() as advance:
        summary = corpus.update(rebuild=rebuild, wait_s=wait_s, progress=advance, workers=workers or processors())
    say_failures(summary)
    if as_json:
        print_json(summary.record())
    else:
        click.echo(f"{corpus.folder}: {describe(summary)}")
    gain = missed(summary.chunks)
    if gain and summary.touched:
        say(gain)
    if summary.stopped:
        say("stopped before all was done; what is done is indexed, the next `corpus-search index` goes on from there")
        return STOPPED
    if watching:
        say(f"watching {corpus.folder}; Ctrl-C stops")
        watch(corpus)
    return FAILED if summary.failures else FOUND


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@index_options
def status(
    as_json: bool,  # noqa: FBT001
    index_folder: Path,
    engine: str,
) -> int:
    """Tell what is indexed, from where, by what, and how fresh it is."""
    from corpus_search.corpus import report
    from corpus_search.terminal import print_status

    found = report(corpus_of(None, index_folder, engine))
    if as_json:
        print_json(found)
    else:
        print_status(found)
    return FOUND


@click.command()
@click.option("--samples", type=click.IntRange(1), default=1000, show_default=True, help="How many runs to ask.")
@click.option("--seed", default=1, show_default=True, help="Which runs: the same seed draws the same.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@corpus_option
@index_options
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

    searcher = fresh(corpus_folder, index_folder, engine).searcher()
    with progress() as advance:
        verdict = searcher.verify(
            samples=samples, seed=seed, progress=lambda done, total: advance("asking", done, total)
        )
    if as_json:
        print_json(asdict(verdict))
    else:
        click.echo(
            f"{verdict.runs:,} runs, found in {verdict.found:,} chunks: {verdict.missing} missing, "
            f"{verdict.extra} extra, {verdict.unmarked} marked wrong"
        )
        for line in verdict.told:
            click.echo(line)
    return FOUND if verdict.good else FAILED


@click.command()
@click.option("--repair", "mending", is_flag=True, help="Make anew what is broken, remove what crashes left.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@corpus_option
@index_options
def doctor(
    mending: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Read everything in the index once and tell whether it is sound; exit status 1 if it needs repair."""
    from corpus_search.doctor import examine, repair

    corpus = corpus_of(corpus_folder, index_folder, engine)
    findings = list(examine(corpus))
    if as_json:
        print_json([{"level": finding.level, "message": finding.message} for finding in findings])
    else:
        for finding in findings:
            print_line(f"{finding.level}: {finding.message}")
    broken = any(finding.broken for finding in findings)
    if mending:
        for line in repair(corpus, findings):
            say(line)
        return FOUND
    if broken:
        say("the index needs repair: `corpus-search doctor --repair` makes it anew from the articles")
    return NOT_FOUND if broken else FOUND


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--queries", default="queries.jsonl", show_default=True, help="The file of queries in FOLDER.")
@click.option("--engine", default="whoosh", envvar="CORPUS_SEARCH_ENGINE", show_default=True, help="The search engine.")
@cluster_options
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def evaluate(folder: Path, queries: str, engine: str, as_json: bool) -> int:  # noqa: FBT001
    """Measure retrieval quality on the test collection in FOLDER.

    \b
    corpus.jsonl   {"id", "title"?, "text"} a line, or articles in corpus/
    queries.jsonl  {"id", "text", "exclude"?} a line
    qrels.tsv      query, document and relevance, parted by tabs
    """
    from corpus_search.evaluate import Collection
    from corpus_search.evaluate import evaluate as run

    outcome = run(Collection.read(folder, queries=queries), engine=engine, service=service()).record()
    if as_json:
        print_json(outcome)
    else:
        for name, value in {**outcome["measures"], "queries": outcome["queries"]}.items():
            click.echo(f"{name:<8} {value}")
        took = outcome["query_ms"]
        click.echo(f"{outcome['index_s']} s to index, a query {took['p50']} ms (p95 {took['p95']} ms)")
    return FOUND
