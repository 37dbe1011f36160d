"""The command that checks a draft's quotations: `check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corpus_search.cli.common import FOUND, NOT_FOUND, corpus_option, fresh, index_options, print_json, say

if TYPE_CHECKING:
    from rich.text import Text

    from corpus_search.check import Checked, DraftCheck, Piece

_MARKS = ("verbatim", "altered", "missing")


def _only(_context: click.Context, _parameter: click.Parameter, value: str) -> frozenset[str]:
    chosen = frozenset(filter(None, (name.strip() for name in value.split(","))))
    if wrong := sorted(chosen - {*_MARKS}):
        raise click.BadParameter(f"{wrong[0]}: one or more of {', '.join(_MARKS)} are expected, with commas between")
    return chosen


@click.command()
@click.argument("draft", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--min-length", type=click.IntRange(2, 1000), default=6, show_default=True,
              help="Leave out quotations with fewer letters.")  # fmt: skip
@click.option("--only", metavar="MARKS", default="", callback=_only, help="List these only: altered,missing.")
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path, dir_okay=False), help="Write a report for browsers."
)
@click.option("--base-url", default="http://127.0.0.1:8000", show_default=True,
              help="Where the report's links find the articles: what `serve` prints.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@corpus_option
@index_options
def check(
    draft: Path,
    min_length: int,
    only: frozenset[str],
    html_file: Path | None,
    base_url: str,
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Check every quotation of DRAFT, a file as the corpus has them, against the corpus.

    Each is verbatim, with its place and citation, or altered, with what was changed beside the nearest passage
    ([-what the source says-], {+what the draft says+}), or not found. Quotations stand in “ ”, 「 」, 『 』, ‘ ’ or
    " ", or in paragraphs set off as such. Exit status: 0 if all are verbatim, 1 if not, 2 for an error.
    """
    from corpus_search.check import check_draft, read_draft
    from corpus_search.errors import FileError
    from corpus_search.formats import MAX_BYTES
    from corpus_search.terminal import print_hanging, progress

    if draft.stat().st_size > MAX_BYTES:
        raise FileError(str(draft), f"is too large for a draft (at most {MAX_BYTES // 1_000_000} MB)")
    read = read_draft(draft.read_bytes(), name=draft.name)
    corpus = fresh(corpus_folder, index_folder, engine)
    with progress() as advance:
        found = corpus.ask(lambda searcher: check_draft(searcher, read, min_length=min_length, progress=advance))
    if html_file:
        from corpus_search.check.report import html_report

        report = html_report(found, name=draft.name, base_url=base_url, only=only)
        try:
            html_file.write_text(report, "utf-8")
        except OSError as error:
            raise FileError(
                str(html_file), f"the report cannot be written ({error.strerror}); name another file"
            ) from error
        say(f"{html_file}: written")
    if as_json:
        record = found.record()
        if only:
            record["quotations"] = [one for one in record["quotations"] if one["mark"] in only]
        print_json(record)
    else:
        print_hanging(_lines(found, only))
    return FOUND if found.good else NOT_FOUND


# --- for people ----------------------------------------------------------------------------------------------

_STYLES = {"verbatim": "green", "altered": "yellow", "missing": "red"}


def _lines(found: DraftCheck, only: frozenset[str]) -> Iterator[tuple[Text, Text]]:
    """Yield what is printed: a summary, each quotation with what is said of it, and marks without a partner."""
    from rich.text import Text

    from corpus_search.check.report import described, summary

    yield Text(), Text(summary(found), "bold")
    for one in found.quotations:
        if only and one.verdict.mark not in only:
            continue
        yield Text(), Text()
        style = _STYLES[one.verdict.mark]
        yield Text(), Text(described(one.verdict), f"bold {style}") + Text(f" · {one.quotation.where}", "dim")
        yield from ((Text("  "), line) for line in _body(one))
    if found.remarks:
        yield Text(), Text()
    for remark in found.remarks:
        yield Text(), Text(f"{remark} · {remark.where}", "yellow")


def _body(one: Checked) -> Iterator[Text]:
    from rich.text import Text

    from corpus_search.check.report import elsewhere, place_line
    from corpus_search.display import one_line, visible

    place = one.verdict.place
    if place is None:
        yield Text(visible(one.verdict.text))
    else:
        shown = Text()
        for piece in place.pieces:
            shown.append_text(_piece(piece))
        yield shown
        yield Text(visible(place.citation or place.title or place.doc_id))
        yield Text(f"{place_line(place)}{one_line(place.address)}", "green")
    for line in elsewhere(one.verdict):
        yield Text(line, "dim")


def _piece(piece: Piece) -> Text:
    """Return a piece of a quotation with what was changed in it, as wdiff writes it."""
    from rich.text import Text

    from corpus_search.display import visible

    quoted, source = visible(piece.quoted), visible(piece.replaced)
    shown = Text(f"[-{source}-]" if source else "", "red")
    if piece.change.is_edit:
        return shown.append(f"{{+{quoted}+}}" if quoted else "", "bold green")
    return shown.append(quoted, "dim" if piece.change == "cut" else "")
