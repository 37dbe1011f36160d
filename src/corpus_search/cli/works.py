"""The command that tells who is cited, and for what: `cited`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpus_search.cli.common import (
    FOUND,
    NOT_FOUND,
    catalogue_of,
    corpus_option,
    errors_as_json,
    fresh,
    index_options,
    print_file,
    print_json,
)

if TYPE_CHECKING:
    from corpus_search.search import Searcher
    from corpus_search.works.catalogue import Listed

_SORTS = ("count", "articles", "year", "title")
_EXPORTS = ("ris", "bibtex", "csl-json")


@click.command()
@click.argument("words", metavar="[WORDS]...", nargs=-1)
@click.option("--authors", is_flag=True, help="List names instead of works.")
@click.option("--author", help="Only works of this author.")
@click.option("--query", "question", help="Only what passages and notes cite that answer this query.")
@click.option("--doc", "doc_id", help="Only what this article cites.")
@click.option("--sort", type=click.Choice(_SORTS), default="count", show_default=True, help="The order.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), help="How many; 20 if not given, all with --export.")
@click.option("--offset", type=click.IntRange(0, 1_000_000), default=0, help="How many to leave out first.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.option("--export", "form", type=click.Choice(_EXPORTS), help="Print the works as a bibliography.")
@corpus_option
@index_options
def cited(
    words: tuple[str, ...],
    authors: bool,  # noqa: FBT001
    author: str | None,
    question: str | None,
    doc_id: str | None,
    sort: str,
    limit: int | None,
    offset: int,
    as_json: bool,  # noqa: FBT001
    form: str | None,
    corpus_folder: Path | None,
    index_folder: Path,
    engine: str,
) -> int:
    """List the works that the articles cite, and the sentences that cite them.

    WORDS are looked for in titles, names, journals and years. What is cited again (同上, ibid., or in another form) is
    counted with it.

    \b
    corpus-search cited                           the works cited most
    corpus-search cited --authors                 the names cited most
    corpus-search cited 日本学刊 2022             works that have these words
    corpus-search cited --query 反击能力          what passages on this cite
    corpus-search cited --doc ARTICLE --export ris > article.ris
    """
    from corpus_search.works.catalogue import Selection, WorkSort
    from corpus_search.works.keys import name_key

    corpus = fresh(corpus_folder, index_folder, engine)
    window: Any = {"sort": WorkSort(sort), "limit": limit or (None if form else 20), "offset": offset}

    def chosen(searcher: Searcher) -> Selection:
        if doc_id is not None:
            searcher.article(doc_id)  # Which complains if there is none.
        places = searcher.cited_by(question) if question else None
        return Selection(doc_id, places, " ".join(words), name_key(author) if author else None)

    def answer(searcher: Searcher) -> Listed:
        selected, catalogue = chosen(searcher), catalogue_of(searcher)
        if authors and not form:
            return catalogue.authors(selected, **window)
        return catalogue.works(selected, **window, places=0 if form else None)

    with errors_as_json(wanted=as_json):
        found = corpus.ask(answer)
    if form:
        from corpus_search.cite import WRITERS
        from corpus_search.works.items import items

        print_file(WRITERS[form](items(found.works)))
    elif as_json:
        print_json(found.record())
    else:
        from corpus_search.works.terminal import print_authors, print_works

        print_authors(found, offset) if authors else print_works(found, offset)
    return FOUND if found.total else NOT_FOUND
