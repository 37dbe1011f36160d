"""How is the web application served? By waitress, with the corpus watched beside it."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable

from waitress.server import create_server

from corpus_search.corpus import Corpus, watch
from corpus_search.errors import ServeError
from corpus_search.web import create_app

_log = logging.getLogger(__name__)

THREADS = 8


def serve(corpus: Corpus, *, host: str, port: int, watching: bool, ready: Callable[[str], None]) -> None:
    """Serve `corpus` until interrupted; `ready` is told the address once it answers.

    Raises `ServeError` when the server cannot listen there.
    """
    # That requests queue for a moment while an index is renewed is no news for who runs the server.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    corpus.ask(lambda searcher: searcher.warm_up())
    try:
        server = create_server(create_app(corpus), host=host, port=port, threads=THREADS, ident=None)
    except ValueError as error:
        raise ServeError(f"{host}: there is no such address here; choose another --host") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ServeError(
                f"{host}:{port} is in use; stop what listens there, or choose another port with --port"
            ) from error
        raise ServeError(
            f"{host}:{port}: cannot listen there ({error.strerror or error}); choose another --host or --port"
        ) from error
    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(corpus,), kwargs={"stop": stop}, daemon=True, name="watch")
    if watching:
        watcher.start()
    shown = f"[{host}]" if ":" in host else host
    bound = getattr(server, "effective_port", port)
    ready(f"http://{shown}:{bound}/")
    try:
        server.run()
    finally:
        stop.set()
        server.close()
