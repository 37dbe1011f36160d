"""The same answers as the command line's ``--json``, over HTTP, described in `openapi.yaml`.

A request in, JSON out. What is asked amiss is answered with what is wrong, never with something else: a parameter that
is unknown, given twice or out of its bounds is an error. ``/api/search`` answers as ``query``, ``/api/articles/…`` as
``show``, ``/api/cite`` as ``cite``, ``/api/complete`` as ``complete``; ``/api/suggest`` and ``/opensearch.xml`` let a
browser search here.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

import yaml
from flask import Blueprint, Response, g, render_template, request
from werkzeug.exceptions import HTTPException

from corpus_search.article import Kind, split_address
from corpus_search.cite import STYLES, cite
from corpus_search.corpus import Corpus
from corpus_search.engine import Sort
from corpus_search.errors import (
    AddressError,
    BusyError,
    CitationError,
    ComparisonError,
    CorpusSearchError,
    QueryError,
    ReceiptError,
    TooSlowError,
)
from corpus_search.folder import shown
from corpus_search.limits import MAX_HITS, MAX_URL_BYTES, MAX_WINDOW, Turns
from corpus_search.query import FACETS, MAX_LENGTH, Field, Filters
from corpus_search.records import Record, article_record, place_record
from corpus_search.results import Group
from corpus_search.search import Searcher

_log = logging.getLogger(__name__)

RETRY_AFTER_S = 2
"""When to come back to a server that was too busy."""

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


class ParameterError(Exception):
    """A parameter that cannot be taken; the message names it."""


def blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the part of the application that answers with JSON from `corpus`, searching in `turns`."""
    made, api = Blueprint("api", __name__), _Api(corpus, turns)
    made.add_url_rule("/api/search", "search", api.search)
    made.add_url_rule("/api/articles/<document:address>", "article", api.article)
    made.add_url_rule("/api/cite", "cite", api.cite)
    made.add_url_rule("/api/complete", "complete", api.complete)
    made.add_url_rule("/api/suggest", "suggest", api.suggest)
    made.add_url_rule("/api/openapi.json", "openapi", _openapi)
    made.add_url_rule("/opensearch.xml", "opensearch", _opensearch)
    answering_json(made)
    return made


def answering_json(blueprint: Blueprint) -> None:
    """Let the routes of a blueprint be bounded, and its errors answered, as all that answer with JSON are."""
    blueprint.before_request(_bounded)
    blueprint.register_error_handler(ParameterError, _bad_parameter)
    blueprint.register_error_handler(CorpusSearchError, failure)


class _Api:
    """The answers, each a function of the request."""

    def __init__(self, corpus: Corpus, turns: Turns) -> None:
        self._corpus = corpus
        self._turns = turns

    def search(self) -> Response:
        """Return what ``query --json`` prints."""
        asked = Parameters("q", "limit", "offset", *FACETS, "sort", "group", "exact_script", "explain")
        text, explain = asked.text("q", required=True), asked.flag("explain")
        options: dict[str, Any] = {
            "limit": asked.number("limit", default=10, low=1, high=MAX_HITS),
            "offset": asked.number("offset", default=0, low=0, high=MAX_WINDOW - MAX_HITS),
            "filters": _filters(asked),
            "sort": asked.choice(Sort, "sort") or Sort.RELEVANCE,
            "group": asked.choice(Group, "group") or Group.NONE,
            "exact_script": asked.flag("exact_script"),
            "explain": explain,
        }
        results = self._search(lambda searcher: searcher.search(text, **options))
        g.incomplete = results.incomplete is not None
        return answer(results.record(explain=explain))

    def article(self, address: str) -> Response:
        """Return what ``show --json`` prints: of a document, or of a place in it."""
        asked = Parameters("fragment")
        whole = f"{address}#{fragment}" if (fragment := asked.text("fragment")) else address
        if asked.values("fragment") and (not fragment or split_address(whole)[1] != fragment):
            raise ParameterError("fragment: the part of an address after # is expected, as in s2.1p3, fn12 or abstract")
        return answer(self._corpus.ask(lambda searcher: _shown(searcher, whole)))

    def cite(self) -> Response:
        """Return what ``cite --json`` prints."""
        asked = Parameters("address", "style")
        address, style = asked.text("address", required=True), asked.text("style") or "gbt7714"
        if style not in STYLES:
            raise ParameterError(f"style: one of these is expected: {', '.join(STYLES)}")
        return answer(self._corpus.ask(lambda searcher: _cited(searcher, address, style)))

    def complete(self) -> Response:
        """Return what ``complete --json`` prints."""
        return answer(self._completed())

    def suggest(self) -> Response:
        """Return the same as a browser's address bar wants it."""
        found = self._completed()
        return answer([found["prefix"], found["completions"]], mimetype="application/x-suggestions+json")

    def _completed(self) -> Record:
        prefix = Parameters("q").text("q")
        if len(prefix) > MAX_LENGTH:
            raise ParameterError(f"q: {len(prefix):,} characters, where {MAX_LENGTH:,} are allowed")
        return {"prefix": prefix, "completions": self._search(lambda searcher: searcher.complete(prefix))}

    def _search(self, question: Callable[[Searcher], _T]) -> _T:
        return self._corpus.ask(self._turns.taking(question))


def _filters(asked: Parameters) -> Filters:
    """Return the values of facets that the hits are limited to."""
    for value in asked.values(Field.KIND):
        _chosen(Kind, "kind", value)
    for value in asked.values(Field.YEAR):
        if not re.fullmatch(r"\d{1,4}", value, re.ASCII):
            raise ParameterError("year: a year is expected, as 2023")
    return {name: frozenset(values) for name in FACETS if (values := asked.values(name))}


def _shown(searcher: Searcher, address: str) -> Record | list[Record]:
    article, place = searcher.locate(address)
    if place is not None:
        return place_record(place)
    return {**article_record(article), "paths": [shown(path) for path in searcher.paths(article.doc_id)]}


def _cited(searcher: Searcher, address: str, style: str) -> Record:
    article, _ = searcher.locate(address)
    return cite(article, address, style=style).record()


class Parameters:
    """The parameters of the request, of which only those `known` may be there."""

    def __init__(self, *known: str) -> None:
        try:
            unquote_to_bytes(request.query_string).decode()
        except UnicodeDecodeError:
            raise ParameterError("the address is not UTF-8, percent-encoded") from None
        self._given = request.args
        for name in self._given:
            if name not in known:
                raise ParameterError(f"{name:.50}: there is no such parameter; there are {', '.join(known)}")

    def values(self, name: str) -> list[str]:
        """Return all values of a parameter."""
        return self._given.getlist(name)

    def text(self, name: str, *, required: bool = False) -> str:
        """Return the value of a parameter that may be given once."""
        values = self.values(name)
        if len(values) > 1:
            raise ParameterError(f"{name}: given {len(values)} times, where one is expected")
        if required and not values:
            raise ParameterError(f"{name}: is missing")
        return values[0] if values else ""

    def number(self, name: str, *, default: int, low: int, high: int) -> int:
        """Return a whole number in its bounds."""
        value = self.text(name)
        if name not in self._given:
            return default
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
            raise ParameterError(f"{name}: a whole number from {low:,} to {high:,} is expected")
        return int(value)

    def flag(self, name: str) -> bool:
        """Tell whether a parameter is true."""
        value = self.text(name)
        if name in self._given and value not in ("true", "false"):
            raise ParameterError(f"{name}: true or false is expected")
        return value == "true"

    def choice(self, choices: type[_E], name: str) -> _E | None:
        """Return one of `choices`, or None if the parameter is not given."""
        value = self.text(name)
        return _chosen(choices, name, value) if name in self._given else None


def _chosen(choices: type[_E], name: str, value: str) -> _E:
    if not value or value not in list(choices):
        raise ParameterError(f"{name}: one of these is expected: {', '.join(filter(None, choices))}")
    return choices(value)


# --- answers -------------------------------------------------------------------------------------------------


def answer(record: Any, status: int = 200, mimetype: str = "application/json") -> Response:
    """Return `record` as JSON."""
    try:
        body = json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # A file's name that is no text.
        body = json.dumps(record).encode()
    return Response(body, status, mimetype=mimetype)


def error_answer(message: str, status: int, **place: Any) -> Response:
    """Return what is wrong, as JSON."""
    return answer({"error": {"message": message, **place}}, status)


def failure(error: CorpusSearchError) -> Response:
    """Answer what the package raised on purpose."""
    match error:
        case QueryError():
            return error_answer(str(error), 400, query=error.query[:MAX_LENGTH], start=error.start, end=error.end)
        case ReceiptError():
            return error_answer(str(error), 400)
        case AddressError() | CitationError() | ComparisonError():
            return error_answer(str(error), 404)
        case TooSlowError():
            return error_answer(str(error), 422)
        case _:
            response = error_answer(str(error), 503)
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
            if not isinstance(error, BusyError):
                _log.error("%s", error)
            return response


def http_failure(error: HTTPException) -> Response:
    """Answer what is wrong with a request before it is anybody's."""
    response = error_answer(error.description or error.name, error.code or 500)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _bad_parameter(error: ParameterError) -> Response:
    return error_answer(str(error), 400)


def _bounded() -> Response | None:
    if len(request.query_string) > MAX_URL_BYTES:
        return error_answer(f"the address is longer than {MAX_URL_BYTES:,} bytes", 414)
    return None


# --- descriptions --------------------------------------------------------------------------------------------


@cache
def description() -> Mapping[str, Any]:
    """Return the OpenAPI description of all this."""
    text = resources.files("corpus_search").joinpath("openapi.yaml").read_text("utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def _openapi() -> Response:
    return answer({**description(), "servers": [{"url": request.script_root or "/"}]})


def _opensearch() -> Response:
    return Response(render_template("opensearch.xml"), mimetype="application/opensearchdescription+xml")
