"""What of an answer may be kept, and how is it sent?

Every answer made from the index carries a tag of the index's state, the request and this program. Who has it and asks
again gets 304 until the index changes, without a search. The tags are weak: two answers with one tag say the same, but
for the milliseconds that the search took. Answers are compressed with gzip for those who take it.
"""

from __future__ import annotations

import gzip
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, g, request
from flask_babel import get_locale

from corpus_search import __version__
from corpus_search.corpus import Corpus
from corpus_search.errors import CorpusSearchError

_COMPRESSED = frozenset({
    "text/html", "text/css", "text/javascript", "application/json", "application/x-suggestions+json",
    "application/opensearchdescription+xml", "image/svg+xml",
})  # fmt: skip
_WORTH_IT_BYTES = 500


def install(app: Flask, corpus: Corpus) -> None:
    """Tag, and compress, what `app` answers from `corpus`."""
    tags = _Tags(corpus, _program(app))
    app.after_request(_compress)  # Called after what follows it: so Flask does.
    app.before_request(tags.before)
    app.after_request(tags.after)


def _compress(response: Response) -> Response:
    """Compress an answer for who takes it.

    By hand, for it is a few lines: Flask-Compress brings three libraries with it, and compresses for who forbids it.
    """
    if response.mimetype not in _COMPRESSED:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or request.accept_encodings["gzip"] <= 0 or request.method == "HEAD":
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= _WORTH_IT_BYTES:
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        tag, _ = response.get_etag()
        if tag:
            response.set_etag(tag, weak=True)
    return response


def _program(app: Flask) -> str:
    """Return what tells this program from another: its version, and how its files stand."""
    folders = [Path(__file__).parent, Path(app.root_path) / (app.template_folder or "")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.suffix != ".pyc"]
    return sha256(repr((__version__, stamps)).encode()).hexdigest()


class _Tags:
    def __init__(self, corpus: Corpus, program: str) -> None:
        self._corpus = corpus
        self._program = program

    def before(self) -> Response | None:
        """Answer 304 to who has what would be answered."""
        if request.endpoint == "static":
            return None
        g.version = self._version()
        tag = self._tag(g.version)
        # An asterisk, which stands for any tag, is left to `after`: here it is not known whether there is an answer.
        if tag and tag in request.if_none_match.as_set(include_weak=True) and request.method in ("GET", "HEAD"):
            return Response(status=304)
        return None

    def after(self, response: Response) -> Response:
        """Tag an answer, if it is known which state of the index it is of."""
        if request.endpoint == "static":
            return response
        response.headers.setdefault("Cache-Control", "no-cache")
        if not request.path.startswith("/api/"):
            response.vary.add("Accept-Language")
        version = g.get("version")
        if g.get("incomplete"):
            # What a part of the index did not answer to, it may answer to in a moment.
            response.headers["Cache-Control"] = "no-store"
            return response
        # One state never comes back: where it is the same before and after, the answer is of it.
        if response.status_code in (200, 304) and request.method in ("GET", "HEAD") and version == self._version():
            tag = self._tag(version)
            if tag:
                response.set_etag(tag, weak=True)
                response.make_conditional(request)
        return response

    def _version(self) -> str | None:
        with suppress(CorpusSearchError):
            return self._corpus.searcher().version
        return None

    def _tag(self, version: str | None) -> str | None:
        if version is None or request.routing_exception:
            return None
        locale = "" if request.path.startswith("/api/") else str(get_locale())
        asked = (self._program, version, locale, request.url)
        return sha256(repr(asked).encode()).hexdigest()[:32]
