"""The command `related`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from corpus_search.cli.common import (
    FOUND,
    NOT_FOUND,
    catalogue_of,
    corpus_option,
    fresh,
    index_options,
    print_json,
    print_line,
)

if TYPE_CHECKING:
    from corpus_search.engine import About
    from corpus_search.related.alike import Related
    from corpus_search.related.citing import SharedWork


@click.command()
@click.argument("address")
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True, help="How many of each sort.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@corpus_option
@index_options
def related(
    address: str,
    limit: int,
    as_json: bool,  # noqa: FBT001
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """List what other articles have like ADDRESS, an article or a passage, and which cite the same works.

    Each comes with why: the words and the works that both have.

    \b
    corpus-search related ARTICLE             articles
    corpus-search related 'ARTICLE#s3.3p2'    passages
    """
    from corpus_search.related.alike import related as found_related

    corpus = fresh(corpus_folder, index_folder, engine)
    found = corpus.ask(lambda searcher: found_related(searcher, catalogue_of(searcher), address, limit=limit))
    if as_json:
        print_json(found.record())
    else:
        _print(found)
    return FOUND if found.passages or found.articles or found.coupled else NOT_FOUND


def _print(found: Related) -> None:
    if not (found.passages or found.articles or found.coupled):
        print_line(f"nothing like {found.address}, and nothing that cites the same works")
    for passage in found.passages:
        print_line(f"{passage.address}  {_name(passage.about)}")
        print_line(f"  {passage.snippet}")
        _print_why(passage.terms, passage.works)
    for article in found.articles:
        print_line(f"{article.about.doc_id}  {_name(article.about)}")
        _print_why(article.terms, article.works)
    if found.coupled:
        print_line("citing the same works:")
    for article in found.coupled:
        print_line(f"{article.about.doc_id}  {_name(article.about)}")
        _print_why((), article.works)
    for same in found.same:
        print_line(f"the same text stands at {same}")


def _name(about: About) -> str:
    return f"{about.title or ''}{f' ({about.year})' if about.year else ''}".strip()


def _print_why(terms: Iterable[str], works: Iterable[SharedWork]) -> None:
    if shown := " ".join(terms):
        print_line(f"  words: {shown}")
    for work in works:
        print_line(f"  both cite: {work.title}")
