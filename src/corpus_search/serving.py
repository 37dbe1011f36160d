"""How is the web application served? By waitress, with the corpus watched beside it."""

from __future__ import annotations

import gc
import logging
import socket
import threading
from collections.abc import Callable, Iterable

from flask import Flask
from waitress.server import create_server

from corpus_search.corpus import Corpus
from corpus_search.errors import ServeError
from corpus_search.gate import LOOPBACK, WITH_BODY
from corpus_search.limits import Limits
from corpus_search.watching import watch
from corpus_search.web import create_app

_log = logging.getLogger(__name__)

THREADS = 8
_HEADER_BYTES = 32 << 10
"""The longest head of a request: twice what a question may take, for the address and all the rest."""
_IDLE_S = 30
_ASKED = 5
"""How many questions are asked before the first visitor's."""
_CONNECTIONS = 500


def serve(
    corpus: Corpus,
    *,
    host: str,
    port: int,
    watching: bool,
    ready: Callable[[str], None],
    allowed_hosts: Iterable[str] = (),
    prefix: str = "",
    proxy_hops: int = 0,
    limits: Limits | None = None,
) -> None:
    """Serve `corpus` until interrupted; `ready` is told the address once it answers.

    It answers to the machine's own names, to `host` if that is one, and to `allowed_hosts`. All addresses begin with
    `prefix`, whether a proxy before it passes that on or takes it off.

    Raises `ServeError` when the server cannot listen there.
    """
    shown = f"[{host}]" if ":" in host else host
    hosts = {*LOOPBACK, shown, socket.gethostname(), *allowed_hosts}
    app = create_app(corpus, hosts=hosts, proxy_hops=proxy_hops, prefixed=bool(prefix), limits=limits)
    # That requests queue for a moment while an index is renewed is no news for who runs the server.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    _warm_up(app, corpus)
    try:
        server = create_server(
            app, host=host, port=port, threads=THREADS, ident=None, url_prefix=prefix,
            clear_untrusted_proxy_headers=not proxy_hops, max_request_header_size=_HEADER_BYTES,
            max_request_body_size=max(WITH_BODY.values()), channel_timeout=_IDLE_S, connection_limit=_CONNECTIONS,
        )  # fmt: skip
    except ValueError as error:
        raise ServeError(f"{host}: there is no such address here; choose another --host") from error
    except OSError as error:
        raise ServeError.of(error, host, port) from error
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(corpus,), kwargs={"stop": stop}, daemon=True, name="watch")
    if watching:
        watcher.start()
    bound = getattr(server, "effective_port", port)
    ready(f"http://{shown}:{bound}{prefix}/")
    try:
        server.run()
    finally:
        stop.set()
        server.close()


def _warm_up(app: Flask, corpus: Corpus) -> None:
    """Do once what the first visitors would wait for: load dictionaries, search, suggest, compile the templates."""
    corpus.ask(lambda searcher: searcher.warm_up())
    titles = corpus.ask(lambda searcher: [about.title[:30] for about in searcher.titles(_ASKED) if about.title])
    for asked in (*titles, "预热", "无此一问"):  # What finds little is answered with another question.
        for path in ("/", "/api/search"):
            app.test_client().get(path, query_string={"q": asked}, base_url=f"http://{LOOPBACK[0]}")
    # What is loaded by now stays: the first search is not to wait for a look through all of it.
    gc.collect()
    gc.freeze()
