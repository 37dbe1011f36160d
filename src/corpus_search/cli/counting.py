"""Commands that count: `statistics`, `collocates`, `keyness`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    print_json,
    print_line,
)

if TYPE_CHECKING:
    from corpus_search.corpus import Corpus
    from corpus_search.counting.collocates import Collocates
    from corpus_search.counting.frequency import Frequency
    from corpus_search.counting.keyness import Keyness
    from corpus_search.counting.streams import Streams
    from corpus_search.query import Query

_BY = ("article", "year", "section")
_SORTS = ("ll", "pmi", "logdice", "count")
_LEVELS = ("0.05", "0.01", "0.001", "0.0001")
_BAR = 12
_COLUMNS = 80
_limit = click.option(
    "--limit", type=click.IntRange(1, 1_000_000), help="How many rows; 20 if not given, all with --csv."
)
_kinds = click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only texts of this kind; repeatable."
)
_exact = click.option("--exact-script", is_flag=True, help="Keep Traditional, Simplified and Japanese forms apart.")
_all = click.option("--all-words", is_flag=True, help="List function words and numbers, too.")
_csv = click.option("--csv", "as_table", is_flag=True, help="Print the rows as CSV, for a spreadsheet.")
_json = click.option("--json", "as_json", is_flag=True, help="Print it all as one JSON object.")


@click.command(cls=AskingCommand)
@click.argument("words", metavar="QUERY...", nargs=-1, required=True)
@click.option("--by", type=click.Choice(_BY), help="What to count by: article; section, if --doc is given.")
@click.option("--doc", "doc_id", metavar="DOC", help="Only in this article.")
@_limit
@_kinds
@_exact
@_csv
@_json
@corpus_option
@index_options
def statistics(
    words: tuple[str, ...],
    by: str | None,
    doc_id: str | None,
    limit: int | None,
    kinds: tuple[str, ...],
    exact_script: bool,  # noqa: FBT001
    as_table: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Count what `kwic` lists for QUERY, by article, year, or section of one article.

    Each count stands with the same for 10,000 characters: letters, digits and Han of the texts searched.

    \b
    corpus-search statistics 同盟 --by year
    corpus-search statistics 同盟 --doc ARTICLE --by section
    """
    from corpus_search.counting.frequency import By, frequency

    corpus = fresh(corpus_folder, index_folder, engine)
    counted_by = By(by or ("section" if doc_id else "article"))
    with errors_as_json(wanted=as_json):
        found = corpus.ask(
            lambda searcher: frequency(
                searcher,
                " ".join(words),
                by=counted_by,
                doc_id=doc_id,
                filters=limits(kinds),
                exact_script=exact_script,
            )
        )
    if as_json:
        print_json(found.record())
    elif as_table:
        _print_table(found)
    else:
        _print_frequency(found, limit or 20)
    return FOUND if found.total else NOT_FOUND


@click.command(cls=AskingCommand)
@click.argument("words", metavar="WORD...", nargs=-1, required=True)
@click.option("--window", type=click.IntRange(0, 20), default=5, show_default=True, help="How many words on each side.")
@click.option("--left", type=click.IntRange(0, 20), help="How many words to the left, if not as many as to the right.")
@click.option("--right", type=click.IntRange(0, 20), help="How many words to the right, if not as many as to the left.")
@click.option("--across-sentences", is_flag=True, help="Let a window reach beyond its sentence, within the paragraph.")
@click.option("--min", "minimum", type=click.IntRange(1, 1_000_000), default=3, show_default=True,
              help="How often a word must stand in windows to be listed.")  # fmt: skip
@click.option("--sort", type=click.Choice(_SORTS), default="ll", show_default=True,
              help="By log-likelihood, mutual information, logDice, or count.")  # fmt: skip
@_all
@_limit
@_kinds
@_exact
@_csv
@_json
@corpus_option
@index_options
def collocates(
    words: tuple[str, ...],
    window: int,
    left: int | None,
    right: int | None,
    across_sentences: bool,  # noqa: FBT001
    minimum: int,
    sort: str,
    all_words: bool,  # noqa: FBT001
    limit: int | None,
    kinds: tuple[str, ...],
    exact_script: bool,  # noqa: FBT001
    as_table: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """List the words that stand beside WORD, or any query's matches, more often than by chance.

    A window is of words in the same sentence. Signs are no words; function words and numbers are counted as words, but
    not listed.

    \b
    corpus-search collocates 同盟
    corpus-search collocates 同盟 --left 0 --right 3 --sort logdice
    """
    from corpus_search.counting.collocates import CollocateOrder
    from corpus_search.counting.collocates import collocates as counted

    corpus = fresh(corpus_folder, index_folder, engine)
    streams = _streams(corpus)
    rows = limit or (None if as_table else 20)
    options: Any = {
        "left": window if left is None else left,
        "right": window if right is None else right,
        "across": across_sentences,
        "minimum": minimum,
        "order": CollocateOrder(sort),
        "all_words": all_words,
        "limit": rows,
        "filters": limits(kinds),
        "exact_script": exact_script,
    }
    with errors_as_json(wanted=as_json):
        found = counted(corpus.searcher(), streams, " ".join(words), **options)
    if as_json:
        print_json(found.record())
    elif as_table:
        _print_table(found)
    else:
        _print_collocates(found)
    return FOUND if found.rows else NOT_FOUND


@click.command()
@click.option("--doc", "doc_id", metavar="DOC", help="The words of this article.")
@click.option("--year", metavar="YEARS", help="The words of the articles of a year, or of years: 2020..2023.")
@click.option("--query", "text", metavar="QUERY", help="The words of the passages that answer a query.")
@click.option("--p", "level", type=click.Choice(_LEVELS), default="0.0001", show_default=True,
              help="The level of significance that a word must reach to be listed.")  # fmt: skip
@click.option("--min", "minimum", type=click.IntRange(1, 1_000_000), default=3, show_default=True,
              help="How often a word must stand in all texts to be listed.")  # fmt: skip
@click.option("--negative", is_flag=True, help="List the words that are rarer than in the rest.")
@_all
@_limit
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True,
              help="What to compare: text and abstracts, if not given; repeatable.")  # fmt: skip
@_exact
@_csv
@_json
@corpus_option
@index_options
def keyness(
    doc_id: str | None,
    year: str | None,
    text: str | None,
    level: str,
    minimum: int,
    negative: bool,  # noqa: FBT001
    all_words: bool,  # noqa: FBT001
    limit: int | None,
    kinds: tuple[str, ...],
    exact_script: bool,  # noqa: FBT001
    as_table: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """List the words that set an article, some years or a query's passages apart from all other texts.

    The surest first, by log-likelihood (G²); Log Ratio says by how much: 1 is twice as frequent, 2 four times.

    \b
    corpus-search keyness --doc ARTICLE
    corpus-search keyness --year 2020..2023
    corpus-search keyness --query 半导体
    """
    from corpus_search.article import Kind
    from corpus_search.counting.keyness import PROSE
    from corpus_search.counting.keyness import keyness as counted

    if sum(given is not None for given in (doc_id, year, text)) != 1:
        raise click.UsageError("say what to look at, by one of --doc, --year and --query")
    years = _years(year) if year is not None else None
    corpus = fresh(corpus_folder, index_folder, engine)
    streams = _streams(corpus)
    options: Any = {
        "doc_id": doc_id,
        "years": years,
        "text": text,
        "kinds": frozenset(map(Kind, kinds)) or PROSE,
        "level": float(level),
        "minimum": minimum,
        "negative": negative,
        "all_words": all_words,
        "limit": limit or (None if as_table else 20),
        "exact_script": exact_script,
    }
    with errors_as_json(wanted=as_json):
        found = counted(corpus.searcher(), streams, **options)
    if as_json:
        print_json(found.record())
    elif as_table:
        _print_table(found)
    else:
        _print_keyness(found)
    return FOUND if found.rows else NOT_FOUND


def _years(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,4})(?:\.\.(\d{1,4}))?", text, re.ASCII)
    years = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if years[0] > years[1]:
        raise click.BadParameter("a year is expected, or years, as in 2020..2023", param_hint="--year")
    return years


def _streams(corpus: Corpus) -> Streams:
    """Return the words of the corpus; cutting them for the first time is shown."""
    from corpus_search.counting.streams import streams
    from corpus_search.terminal import progress
    from corpus_search.workers import processors

    with progress() as advance:
        return streams(
            corpus.searcher(),
            corpus.index,
            processes=processors(),
            progress=lambda done, total: advance("counting words", done, total),
        )


# --- printing ------------------------------------------------------------------------------------------------


def _print_table(found: Frequency | Collocates | Keyness) -> None:
    from corpus_search.counting.tables import as_csv

    for row in as_csv(found):
        click.echo(row.encode(errors="replace"), nl=False)


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _print_frequency(found: Frequency, limit: int) -> None:
    from corpus_search.corpus import counted
    from corpus_search.counting.frequency import By

    if not found.total:
        print_line(f"nothing found for {found.query.text}")
        return
    of = "" if found.by is By.SECTION else f" in {found.having:,} of {counted(found.articles, 'article')}"
    print_line(f"{found.total:,} of {found.query.text}{of}; {_rate(found.per_10k)} per 10,000 characters")
    _say_cut_apart(found.query)
    spread = (
        ""
        if found.dispersion is None
        else f"dispersion {found.dispersion:.2f} (DP: 0 even, towards 1 all in one place)"
    )
    print_line(spread)
    rows = [*found.rows, *([found.undated] if found.undated else [])]
    shown = rows if found.by is not By.ARTICLE else rows[:limit]
    most = max((row.per_10k or 0 for row in shown), default=0)
    names = [_name(row.name, row.title, row.depth, found.by) for row in shown]
    _print_rows(
        ("count", "per 10k", "", str(found.by)),
        [
            (f"{row.count:,}", _rate(row.per_10k), _bar(row.per_10k or 0, most), name)
            for row, name in zip(shown, names, strict=True)
        ],
        "rrll",
    )
    if len(shown) < len(rows):
        print_line(f"and {len(rows) - len(shown):,} more; --limit or --csv shows them")


def _name(name: str, title: str, depth: int, by: str) -> str:
    if by == "year":
        return name or "no year"
    if by == "section":
        return f"{name}  {'  ' * depth}{title}"
    return f"{name}  {title}".rstrip()


def _say_cut_apart(query: Query) -> None:
    """Tell what is counted by its words, too, lest their count be taken for the whole's."""
    from corpus_search.counting.frequency import cut_apart

    for item in cut_apart(query):
        print_line(f"where {item} does not stand whole, its words count; “{item}” counts the whole alone")


def _print_collocates(found: Collocates) -> None:
    if not found.occurrences:
        print_line(f"nothing found for {found.query.text}")
        return
    where = "the paragraph" if found.across else "the sentence"
    print_line(
        f"{found.occurrences:,} of {found.query.text}; {found.left} words to the left and {found.right} to the right, "
        f"within {where}"
    )
    _say_cut_apart(found.query)
    most = max((row.log_likelihood for row in found.rows), default=0)
    _print_rows(
        ("word", "count", "left", "right", "expected", "G²", "", "PMI", "logDice"),
        [
            (
                row.word, f"{row.count:,}", f"{row.left:,}", f"{row.right:,}", f"{row.expected:.1f}",
                f"{row.log_likelihood:.1f}", _bar(row.log_likelihood, most, 8), f"{row.pmi:.2f}", f"{row.log_dice:.2f}",
            )
            for row in found.rows
        ],
        "lrrrrrlrr",
    )  # fmt: skip
    if len(found.rows) < found.found:
        print_line(f"and {found.found - len(found.rows):,} more; --limit or --csv shows them")
    if not found.rows:
        print_line(f"no word stands there {found.minimum} times and more often than by chance")


def _print_keyness(found: Keyness) -> None:
    from corpus_search.corpus import counted

    name, value = found.of
    unit = "passage" if name == "query" else "article"
    print_line(f"{name} {value}: {counted(found.words, 'word')} in {counted(found.texts, unit)}")
    print_line(f"the rest: {counted(found.rest, 'word')} in {counted(found.rest_texts, unit)}")
    direction = "rarer" if found.negative else "more frequent"
    print_line(f"{direction} at p < {found.level:g} (G² ≥ {found.threshold}): {counted(found.found, 'word')}")
    most = max((row.log_likelihood for row in found.rows), default=0)
    _print_rows(
        ("word", "count", "per 10k", "rest", "per 10k", "G²", "", "Log Ratio"),
        [
            (
                row.word, f"{row.count:,}", f"{row.per_10k:.2f}", f"{row.other:,}", f"{row.other_per_10k:.2f}",
                f"{row.log_likelihood:.1f}", _bar(row.log_likelihood, most, 8), f"{row.log_ratio:+.2f}",
            )
            for row in found.rows
        ],
        "lrrrrrlr",
    )  # fmt: skip
    if len(found.rows) < found.found:
        print_line(f"and {found.found - len(found.rows):,} more; --limit or --csv shows them")


_PARTS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def _bar(value: float, most: float, columns: int = _BAR) -> str:
    """Return a bar of so many columns at most, to an eighth of a column."""
    eighths = round(value / most * columns * 8) if most else 0
    return "█" * (eighths // 8) + _PARTS[eighths % 8]


def _print_rows(head: Sequence[str], rows: Iterable[Sequence[str]], sides: str) -> None:
    """Print a table, columns to the left or the right (``l``, ``r``) as `sides` say, no line wider than 80 columns."""
    from rich.cells import cell_len

    from corpus_search.concordance import beginning
    from corpus_search.display import one_line

    lines = [head, *([one_line(cell) for cell in row] for row in rows)]
    widths = [min(max(cell_len(line[i]) for line in lines), 60) for i in range(len(head))]
    # What is too wide takes it from the widest column: a title, or a word.
    widest = max(range(len(head)), key=lambda i: widths[i])
    widths[widest] = max(widths[widest] - max(sum(widths) + 2 * len(head) - 2 - _COLUMNS, 0), 4)
    for line in lines:
        cells = []
        for cell, width, side in zip(line, widths, sides, strict=True):
            shown = cell if cell_len(cell) <= width else beginning(cell, width - 1) + "…"
            blank = " " * (width - cell_len(shown))
            cells.append(shown + blank if side == "l" else blank + shown)
        click.echo("  ".join(cells).rstrip())
