"""Commands that read a place: `show`, `cite`."""

from __future__ import annotations

from pathlib import Path

import click

from corpus_search.cli.common import (
    FOUND,
    corpus_option,
    fresh,
    index_options,
    print_file,
    print_json,
)

_STYLES = ("gbt7714", "chicago", "apa", "bibtex", "ris", "csl-json")


@click.command()
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@corpus_option
@index_options
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

    corpus = fresh(corpus_folder, index_folder, engine)
    article, place = corpus.ask(lambda searcher: searcher.locate(address))
    paths = [shown(path) for path in corpus.ask(lambda searcher: searcher.paths(article.doc_id))]
    if as_json:
        print_json({**article_record(article), "paths": paths} if place is None else place_record(place))
    elif place is None:
        print_outline(article, paths)
    else:
        print_place(article, place)
    return FOUND


@click.command()
@click.argument("address")
@click.option("--style", type=click.Choice(_STYLES), default="gbt7714", show_default=True, help="How to cite it.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with the article's record in CSL-JSON.")
@corpus_option
@index_options
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

    corpus = fresh(corpus_folder, index_folder, engine)
    article, _ = corpus.ask(lambda searcher: searcher.locate(address))
    citation = cited(article, address, style=style)
    if as_json:
        print_json(citation.record())
    else:
        print_file("\n".join(filter(None, (citation.text.rstrip("\n"), citation.inline))) + "\n")
    return FOUND
