"""The command `mcp`."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from corpus_search.cli.common import FOUND, corpus_argument, fresh, index_options, say
from corpus_search.cli.serving import _hosts


@click.command()
@corpus_argument
@click.option("--http", "over_http", is_flag=True, help="Serve over streamable HTTP, not standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on, with --http.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True,
              help="The port, with --http; 0 takes any.")  # fmt: skip
@click.option("--allowed-host", "allowed_hosts", metavar="NAME", multiple=True, callback=_hosts,
              help="With --http, answer to this name too, beside the machine's own; repeatable.")  # fmt: skip
@click.option("--no-watch", is_flag=True, help="Do not follow changes in the folder.")
@click.option("--search-seconds", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True,
              help="How long a search may take, and wait for its turn.")  # fmt: skip
@index_options
def mcp(
    corpus_folder: Path | None,
    over_http: bool,  # noqa: FBT001
    host: str,
    port: int,
    allowed_hosts: tuple[str, ...],
    no_watch: bool,  # noqa: FBT001
    search_seconds: float,
    index_folder: Path,
    engine: str,
) -> int:
    """Index the folder CORPUS (default: the one indexed before, or seeds) and serve it to an assistant (MCP).

    An assistant starts it by itself, given this command. Nothing but the protocol goes to standard output; what there
    is to say goes to standard error.
    """
    from corpus_search.errors import PackageError
    from corpus_search.limits import Limits

    try:
        from corpus_search.assistant.server import serve_http, serve_stdio, warm_up
    except ImportError as error:
        raise PackageError(
            f"the package {error.name or 'mcp'} is not installed; `pip install 'corpus-search[mcp]'` brings it"
        ) from error
    from corpus_search.watching import watch

    corpus = fresh(corpus_folder, index_folder, engine)
    # Beside what an assistant waits for first: the list of the tools.
    threading.Thread(target=warm_up, args=(corpus,), daemon=True, name="warm-up").start()
    limits = Limits(search_s=search_seconds, wait_s=search_seconds)
    stop = threading.Event()
    if not no_watch:
        threading.Thread(target=watch, args=(corpus,), kwargs={"stop": stop}, daemon=True, name="watch").start()
    try:
        if not over_http:
            serve_stdio(corpus, limits=limits)
            return FOUND

        def ready(url: str) -> None:
            click.echo(f"{corpus.folder}: {url}")
            if host not in ("localhost", "127.0.0.1", "::1") and not allowed_hosts:
                say("whoever reaches this machine may read, by its own names; --allowed-host NAME adds another")

        serve_http(corpus, host=host, port=port, ready=ready, allowed_hosts=allowed_hosts, limits=limits)
    finally:
        stop.set()
    return FOUND
