"""Which requests come in, and under which name?

Before the application sees a request: a `Host` that is none of the server's own names is turned away, or any web
page could reach a corpus on its reader's machine by letting its own name point there (DNS rebinding). What a reverse
proxy says of the address that the reader sees is believed only where that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, abort, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from corpus_search.limits import MAX_DRAFT_BYTES, MAX_RECEIPT_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_WRAPPING = 4 << 10
"""What a form adds to the file that it sends."""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""The names of the machine itself."""

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\s:@/\\]+?)\.?(?::\d{1,5})?")
_PREFIX = re.compile(r"(?:/[\w.~-]+)*", re.ASCII)


def install(app: Flask, *, hosts: Iterable[str], proxy_hops: int, prefixed: bool) -> None:
    """Let only requests to `hosts` through to `app`, and none that brings more than `WITH_BODY` allows.

    So many `proxy_hops` are believed what they say of host, scheme, and of the prefix unless it is `prefixed` already.
    """
    app.wsgi_app = _HostCheck(app.wsgi_app, hosts)  # type: ignore[method-assign]
    if proxy_hops:
        hops = proxy_hops
        inner = app.wsgi_app if prefixed else _PrefixCheck(app.wsgi_app)
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            inner, x_for=hops, x_proto=hops, x_host=hops, x_prefix=0 if prefixed else hops
        )
    app.before_request(_without_body)


def host_name(value: str) -> str | None:
    """Return the name in a `Host` header, in small letters and without its port, or None if it is none."""
    match = _HOST.fullmatch(value)
    return match["name"].lower() if match else None


class _HostCheck:
    """Answers 421 where a request is not meant for this server."""

    def __init__(self, app: WSGIApplication, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if host_name(environ.get("HTTP_HOST", "")) in self._hosts:
            # The prefix without a slash is the start page, too: a redirect would have to know the address in full.
            environ["PATH_INFO"] = environ.get("PATH_INFO") or "/"
            return self._app(environ, start_response)
        message = (
            "This server does not answer to the name in the request's Host header.\n"
            "Whoever runs it can allow the name: corpus-search serve --allowed-host NAME\n"
        )
        # The name itself is not repeated: it is the sender's.
        return Response(message, 421, {"X-Content-Type-Options": "nosniff"})(environ, start_response)


class _PrefixCheck:
    """Drops a prefix that is no path: one such as //example.org would lead the page's links away."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        prefix = environ.get("SCRIPT_NAME", "").rstrip("/")
        environ["SCRIPT_NAME"] = prefix if _PREFIX.fullmatch(prefix) else ""
        return self._app(environ, start_response)


WITH_BODY = {
    "check.page": MAX_DRAFT_BYTES,
    "check.answer": MAX_DRAFT_BYTES,
    "replay.answer": MAX_RECEIPT_BYTES + _WRAPPING,
    "api_replay.replayed": MAX_RECEIPT_BYTES,
}
"""What a draft or a receipt is sent to, each with how many bytes it takes.

None of them changes anything, so that no other site gains by sending one, too.
"""


def _without_body() -> None:
    """Refuse a request with a body where everything is asked in the address, and elsewhere one that is too long."""
    wrong = request.routing_exception
    if isinstance(wrong, MethodNotAllowed) and "POST" in (wrong.valid_methods or ()):
        return  # It is the method that is wrong, and that is said.
    most = WITH_BODY.get(request.endpoint or "", 0) if request.method == "POST" else 0
    if not most:
        if request.content_length or "chunked" in request.headers.get("Transfer-Encoding", ""):
            abort(413, "A request here has no body: ask in the address, with GET.")
        return
    if "chunked" in request.headers.get("Transfer-Encoding", ""):
        abort(411, "The length of what is sent has to be said, in Content-Length.")
    if (request.content_length or 0) > most:
        abort(413, f"What is sent here has {most:,} bytes at most.")
    request.max_content_length = request.max_form_memory_size = most
