"""The web search box: a small Flask application over a `Corpus`.

Pages work without JavaScript; all there is of it completes words in the search box. The interface is Chinese or English
by the browser's language.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, render_template, request, url_for
from flask_babel import Babel, get_locale, gettext
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import PathConverter
from werkzeug.wrappers import Response as BaseResponse

from corpus_search import api, caching, check_page, cited_page, gate, related_page, replay_page, statistics_page
from corpus_search.article import Address, Article
from corpus_search.article_page import article_page, permalink
from corpus_search.cite import EXPORTS, STYLES, cite
from corpus_search.concordance_page import concordance_page, concordance_table
from corpus_search.corpus import Corpus
from corpus_search.display import language, visible
from corpus_search.errors import (
    AddressError,
    CitationError,
    CorpusSearchError,
    LimitError,
    QueryError,
    TooSlowError,
)
from corpus_search.help import EXAMPLES
from corpus_search.limits import Limits, Turns
from corpus_search.query import MAX_LENGTH
from corpus_search.related.alike import RelatedArticle, like_article
from corpus_search.results_page import ENDINGS, Asked, exported, missing, problem, results_page, shortened, start_page
from corpus_search.search import Searcher

_log = logging.getLogger(__name__)

Answer = str | BaseResponse | tuple[str, int]

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def templates() -> Path:
    """Return the folder of the templates: inside an installed package, or at the top of the project."""
    packaged = _HERE / "templates"
    return packaged if packaged.is_dir() else _HERE.parents[1] / "templates"


class _Document(PathConverter):
    """A document in a URL: a path, in which even a line's end may stand."""

    regex = r"[^/](?:.|\n)*?"


def create_app(
    corpus: Corpus,
    *,
    hosts: Iterable[str] = gate.LOOPBACK,
    proxy_hops: int = 0,
    prefixed: bool = False,
    limits: Limits | None = None,
) -> Flask:
    """Make the application that searches `corpus`, which must be indexed.

    It answers to `hosts` alone, see `gate`; what is asked is bounded by `limits`.
    """
    app = Flask(__name__, template_folder=str(templates()), static_folder=str(_HERE / "static"))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_HERE / "translations")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=_language)
    turns = Turns(limits or Limits())
    pages = _Pages(corpus, turns)
    app.add_url_rule("/", "home", pages.home)
    app.url_map.converters["document"] = _Document
    app.url_map.merge_slashes = False
    app.add_url_rule("/help", "help", pages.help)
    app.add_url_rule("/concordance", "concordance", pages.concordance)
    app.add_url_rule("/concordance.csv", "concordance_table", pages.concordance_table)
    app.add_url_rule("/export", "export", pages.export)
    app.add_url_rule("/article/<document:doc_id>", "article", pages.article)
    app.register_blueprint(api.blueprint(corpus, turns))
    app.register_blueprint(statistics_page.blueprint(corpus, turns))
    app.register_blueprint(related_page.blueprint(corpus, turns))
    app.register_blueprint(check_page.blueprint(corpus, turns))
    app.register_blueprint(replay_page.blueprint(corpus, turns))
    app.register_blueprint(replay_page.api_blueprint(corpus, turns))
    app.register_blueprint(cited_page.blueprint(corpus, turns))
    app.register_blueprint(cited_page.api_blueprint(corpus, turns))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CorpusSearchError, _error)
    app.after_request(_secure)
    app.jinja_env.filters.update(visible=visible, language=language)
    app.context_processor(_context)
    caching.install(app, corpus)
    gate.install(app, hosts=hosts, proxy_hops=proxy_hops, prefixed=prefixed)
    return app


def _language() -> str:
    return request.accept_languages.best_match(["en", "zh"]) or "en"


def _context() -> dict[str, Any]:
    return {"locale": str(get_locale() or "en"), "max_length": MAX_LENGTH}


def _secure(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _http_error(error: HTTPException) -> tuple[str, int, dict[str, str]] | Response:
    if request.path.startswith("/api/"):
        return api.http_failure(error)
    code = error.code or 500
    if code == 404:
        message = gettext("There is no such page.")
    elif code >= 500:
        message = gettext("Something went wrong here; the server's log says what.")
    else:
        message = error.description or ""
    allowed = {name: value for name, value in error.get_headers() if name == "Allow"}
    return render_template("error.html", heading=str(code), message=message), code, allowed


def _error(error: CorpusSearchError) -> tuple[str, int, dict[str, str]]:
    if not isinstance(error, LimitError):
        _log.error("%s", error)
    heading = gettext("The corpus cannot be searched just now")
    page = render_template("error.html", heading=heading, message=visible(str(error)))
    if isinstance(error, TooSlowError):
        return page, 422, {}
    return page, 503, {"Retry-After": str(api.RETRY_AFTER_S)}


class _Pages:
    """The pages, each a function of the request."""

    def __init__(self, corpus: Corpus, turns: Turns) -> None:
        self._corpus = corpus
        self._turns = turns

    def home(self) -> Answer:
        """Show the search box, and the results if something is asked."""
        asked = Asked.read(request.args)
        if not asked.text:
            return self._corpus.ask(lambda searcher: render_template("search.html", **start_page(searcher)))
        return self._answered(asked, lambda searcher: _page("search.html", asked, results_page(searcher, asked)))

    def concordance(self) -> Answer:
        """Show every occurrence in a line."""
        asked, order = Asked.read(request.args), request.args.get("order", "")
        if not asked.text:
            return redirect(url_for("home"))
        return self._answered(
            asked, lambda searcher: _page("concordance.html", asked, concordance_page(searcher, asked, order))
        )

    def concordance_table(self) -> Answer:
        """Give the concordance as CSV."""
        asked, order = Asked.read(request.args), request.args.get("order", "")
        return self._answered(
            asked,
            lambda searcher: _file(concordance_table(searcher, asked, order), "concordance.csv", "text/csv"),
        )

    def export(self) -> Answer:
        """Give the hits as a file for reference managers or spreadsheets."""
        asked, form = Asked.read(request.args), request.args.get("format", "")
        if form not in EXPORTS:
            raise NotFound
        name = f"corpus-search.{ENDINGS[form]}"
        return self._answered(asked, lambda searcher: _file(exported(searcher, asked, form), name, EXPORTS[form]))

    def _answered(self, asked: Asked, answer: Callable[[Searcher], Answer]) -> Answer:
        """Return an answer found in its turn, or what is wrong with the query."""

        def in_turn(searcher: Searcher) -> Answer:
            with self._turns.turn():
                return answer(searcher)

        try:
            return self._corpus.ask(in_turn)
        except QueryError as error:
            return _page("search.html", asked, {"problem": problem(error)}), 400

    def article(self, doc_id: str) -> Answer:
        """Show an article, with the matches of a search marked in it, or how a place in it is cited."""

        def answer(searcher: Searcher) -> Answer:
            try:
                with self._turns.timed():
                    return self._article(searcher, doc_id, marked=True)
            except TooSlowError:
                return self._article(searcher, doc_id, marked=False)  # To read, one needs no marks.

        return self._corpus.ask(answer)

    def help(self) -> str:
        """Show how to ask."""
        return render_template("help.html", examples=EXAMPLES)

    def _article(self, searcher: Searcher, doc_id: str, *, marked: bool) -> Answer:
        asked = Asked.read(request.args)
        text = asked.text[:MAX_LENGTH]
        try:
            article = searcher.article(doc_id)
        except AddressError as error:
            heading = gettext("There is no such article")
            return render_template("error.html", heading=heading, message=missing(error), text=text), 404
        if "cite" in request.args:
            return _cited(article, request.args["cite"])
        page = article_page(searcher, article, text if marked else "", exact_script=asked.exact_script)
        page["nearby"] = _nearby(searcher, article) if marked else ()
        return _page("article.html", asked, page)


def _nearby(searcher: Searcher, article: Article) -> tuple[RelatedArticle, ...]:
    """Return a few articles like one, if there is time to find them: to read, one needs no others."""
    try:
        return like_article(searcher, article, limit=3)
    except TooSlowError:
        return ()


def _page(template: str, asked: Asked, page: Mapping[str, Any]) -> str:
    common = {"asked": asked, "text": asked.text[:MAX_LENGTH], "shown": visible(shortened(asked.text))}
    return render_template(template, **{**common, **page})


def _cited(article: Article, fragment: str) -> Answer:
    """Show how a place in an article is cited."""
    address = Address(f"{article.doc_id}#{fragment}" if fragment else article.doc_id)
    try:
        citations = [(name, cite(article, address, style=style)) for style, name in STYLES.items()]
    except (AddressError, CitationError) as error:
        heading = gettext("This cannot be cited")
        return render_template("error.html", heading=heading, message=missing(error)), 404
    return render_template(
        "cite.html", article=article, citations=citations, fragment=fragment, permalink=permalink(address)
    )


def _file(content: str, name: str, media_type: str) -> Response:
    response = Response(content.encode("utf-8", "replace"), content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
