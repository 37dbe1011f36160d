"""What the commands share: their options, how they come by a corpus, how they print and complain."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpus_search.cli.cluster import cluster_options, service
from corpus_search.errors import QueryError

if TYPE_CHECKING:
    from corpus_search.corpus import Corpus
    from corpus_search.indexer import Summary
    from corpus_search.query import Filters
    from corpus_search.search import Searcher
    from corpus_search.works.catalogue import Catalogue

FOUND, NOT_FOUND, FAILED, STOPPED = 0, 1, 2, 130
"""The exit statuses."""

KINDS = ("front", "abstract", "keywords", "body", "note", "reference", "back")


class AskingCommand(click.Command):
    """A command whose words are a query.

    A query may begin with a sign, as -巴统 does: what is no option is a word. Two signs mean nothing in a query, so
    that a misspelt option is refused and never looked for; what stands behind `--` is meant as it is written.
    """

    ignore_unknown_options = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse options that are none, then read the others."""
        known = sorted({name for option in self.get_params(ctx) for name in (*option.opts, *option.secondary_opts)})
        for arg in args:
            name = arg.partition("=")[0]
            if arg == "--":
                break
            if arg.startswith("--") and name not in known:
                from difflib import get_close_matches

                raise click.NoSuchOption(name, possibilities=get_close_matches(name, known), ctx=ctx)
        return super().parse_args(ctx, args)


def index_options(command: Callable[..., Any]) -> Callable[..., Any]:
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
    return index(engine(cluster_options(command)))


corpus_option = click.option(
    "--corpus", "corpus_folder", type=click.Path(path_type=Path), envvar="CORPUS_SEARCH_CORPUS",
    help="The folder of articles; if not given, the one that was indexed, or seeds.",
)  # fmt: skip
corpus_argument = click.argument(
    "corpus_folder",
    metavar="[CORPUS]",
    required=False,
    type=click.Path(path_type=Path),
    envvar="CORPUS_SEARCH_CORPUS",
)


def corpus_of(folder: Path | None, index: Path, engine: str) -> Corpus:
    """Return the corpus in `folder`, or the one that was indexed before, or the one in seeds."""
    from corpus_search.corpus import Corpus, indexed_folder

    found = folder or indexed_folder(index, engine=engine, service=service()) or Path("seeds")
    return Corpus(found, index, engine=engine, service=service(), say=say)


def fresh(corpus_folder: Path | None, index_folder: Path, engine: str) -> Corpus:
    """Return the corpus with its index up to date, or as good as it is with a word why it is not."""
    corpus = corpus_of(corpus_folder, index_folder, engine)
    say_failures(corpus.ready())
    return corpus


def catalogue_of(searcher: Searcher) -> Catalogue:
    """Return the works that are cited, with a bar on a terminal while they are read."""
    from corpus_search.terminal import progress

    with progress() as told:
        return searcher.works(progress=lambda done, of: told("reading citations", done, of))


def limits(kinds: Sequence[str]) -> Filters:
    """Return what hits are limited to."""
    from corpus_search.query import Field

    chosen = frozenset(kinds)
    return {Field.KIND: chosen} if chosen else {}


@contextmanager
def errors_as_json(indent: int | None = 2, *, wanted: bool) -> Iterator[None]:
    """Print a query's error as JSON, too, where answers are `wanted` as JSON."""
    try:
        yield
    except QueryError as error:
        if wanted:
            from corpus_search.terminal import error_record

            click.echo(json.dumps(error_record(error), ensure_ascii=False, indent=indent))
        raise


def say(message: str) -> None:
    """Tell the user something, on standard error."""
    from corpus_search.display import one_line

    click.echo(f"corpus-search: {one_line(message)}", err=True)


def say_failures(summary: Summary | None) -> None:
    """Tell which files could not be read, and why."""
    from corpus_search.folder import shown

    for failure in summary.failures if summary else ():
        say(f"{shown(failure.path)}: {failure.reason}")


def print_line(text: str) -> None:
    """Print a line, whatever characters the text brings."""
    from corpus_search.display import one_line

    click.echo(one_line(text))


def print_json(value: Any) -> None:
    """Print a value as JSON, for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_file(text: str) -> None:
    """Print what is made to be a file, in UTF-8 and with its own line ends, whatever the terminal's are."""
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
