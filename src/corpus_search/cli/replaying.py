"""The command `replay`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from corpus_search.cli.common import (
    FOUND,
    NOT_FOUND,
    corpus_option,
    errors_as_json,
    fresh,
    index_options,
    print_json,
    print_line,
)

if TYPE_CHECKING:
    from corpus_search.replay import Change, Documents, Replay

_LISTED = 10
"""How many of a sort are named in the terminal; --json has more."""


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Print what differs as one JSON object.")
@corpus_option
@index_options
def replay(
    file: BinaryIO,
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """Ask the question of the receipt in FILE again, and tell what differs.

    \b
    corpus-search query 战略能动 --receipt 战略能动.json   writes a receipt
    corpus-search replay 战略能动.json                     status 0: the same
    """
    from corpus_search.limits import MAX_RECEIPT_BYTES
    from corpus_search.receipt import read_receipt
    from corpus_search.replay import replay as again

    receipt = read_receipt(file.read(MAX_RECEIPT_BYTES + 1))
    corpus = fresh(corpus_folder, index_folder, engine)
    with errors_as_json(wanted=as_json):
        found = corpus.ask(lambda searcher: again(searcher, receipt))
    if as_json:
        print_json(found.record())
    else:
        for line in _told(found):
            print_line(line)
    return FOUND if found.same else NOT_FOUND


def _told(found: Replay) -> Iterator[str]:
    """Yield what a person wants to know, line by line."""
    from corpus_search.corpus import counted

    before, now = found.before, found.now
    what = "article" if before.question.group else "passage"
    total = f"{counted(now.total, what)} for {before.question.text}"
    then = "" if before.total == now.total else f", {before.total:,} then"
    yield f"{'The same answer as' if found.same else 'Another answer than'} at {before.made}: {total}{then}"
    for move in found.moved:
        yield f"  {move.before.rank} → {move.now.rank}  {move.now.address}"
    yield from _hits("new", found.new)
    yield from _hits("gone", found.gone)
    for move in found.changed:
        other = "text" if move.before.text != move.now.text else f"page, {move.before.page} then, {move.now.page} now"
        yield f"  changed  {move.now.rank}. {move.now.address} ({other})"
    if found.beyond:
        others = counted(len(found.beyond), "document")
        yield f"Beyond these hits, passages of {others} answer otherwise: {_names(found.beyond)}"
    if found.same_corpus:
        yield f"The same corpus: {counted(now.corpus.documents, 'document')}, {counted(now.corpus.passages, 'passage')}"
    else:
        yield f"The corpus has changed: {counted(now.corpus.documents, 'document')}, {before.corpus.documents:,} then"
        yield from _documents(found.documents)
    for part, was, here in found.analysis:
        yield f"  {part}: {was} then, {here} now"


def _hits(sort: str, changes: Iterable[Change]) -> Iterator[str]:
    from corpus_search.replay import Why

    for change in changes:
        hit, why = change.hit, str(change.why)
        if change.why is Why.RANK:
            why = f"beyond these hits {'then' if sort == 'new' else 'now'}"
        yield f"  {sort}  {hit.rank}. {hit.address} ({why})  {hit.snippet}"


def _documents(documents: Documents | None) -> Iterator[str]:
    if documents is None:
        yield "  the receipt does not list its documents: there were too many"
        return
    for sort in ("new", "changed", "gone"):
        names = getattr(documents, sort)
        if names:
            yield f"  {sort}: {_names(names)}"
    if documents.renamed:
        yield f"  renamed: {_names([f'{old} → {new}' for old, new in documents.renamed])}"


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED:,} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more
