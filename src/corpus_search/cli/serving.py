"""The command `serve`."""

from __future__ import annotations

import re
from pathlib import Path

import click

from corpus_search.cli.common import (
    FOUND,
    corpus_argument,
    fresh,
    index_options,
    say,
)


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


@click.command()
@corpus_argument
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
@index_options
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

    corpus = fresh(corpus_folder, index_folder, engine)

    def ready(url: str) -> None:
        click.echo(f"{corpus.folder}: {url}")
        if host not in ("localhost", "127.0.0.1", "::1") and not allowed_hosts:
            say("whoever reaches this machine may read, by its own names; --allowed-host NAME adds another")

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
