"""What does the page of statistics show, and what do its routes answer?

One page with three views, each a link: how often a query's matches stand where, which words stand beside them, and
which words are typical of its passages, of an article or of some years. All of a view's state is in the URL. Plots are
made here, as SVG; the table below a plot says the same, and the CSV the same in full.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from markupsafe import Markup

from corpus_search import api
from corpus_search.article import Kind
from corpus_search.corpus import Corpus
from corpus_search.counting.charts import Bar, bars, strip
from corpus_search.counting.collocates import MAX_WINDOW, MINIMUM, WINDOW, CollocateOrder, Collocates, collocates
from corpus_search.counting.frequency import By, Frequency, Row, cut_apart, frequency
from corpus_search.counting.keyness import LEVEL, Keyness, keyness
from corpus_search.counting.measures import THRESHOLDS
from corpus_search.counting.preparing import Preparing
from corpus_search.counting.tables import as_csv
from corpus_search.display import visible
from corpus_search.errors import AddressError, ComparisonError, PreparingError, QueryError
from corpus_search.limits import Turns
from corpus_search.query import MAX_LENGTH, Field
from corpus_search.replies import attachment, missing, why_missing
from corpus_search.results import Group
from corpus_search.results_page import Asked, problem, shortened
from corpus_search.search import Searcher

_SHOWN = 50
"""How many rows a page has; the table for spreadsheets has the others."""
_PLOTTED = 20
_TABLE = 10_000
MAX_ROWS = 1_000
"""The most rows of one answer to a program."""


class View(StrEnum):
    """What the page shows."""

    FREQUENCY = "frequency"
    COLLOCATES = "collocates"
    KEYNESS = "keyness"


class Of(StrEnum):
    """What keyness looks at."""

    QUERY = "query"
    DOC = "doc"
    YEAR = "year"


_VIEWS = {
    View.FREQUENCY: lazy_gettext("Frequency"),
    View.COLLOCATES: lazy_gettext("Collocates"),
    View.KEYNESS: lazy_gettext("Keyness"),
}
_BY = {
    By.ARTICLE: lazy_gettext("article"),
    By.YEAR: lazy_gettext("year"),
    By.SECTION: lazy_gettext("section"),
}
_MEASURES = {
    CollocateOrder.LOG_LIKELIHOOD: lazy_gettext("log-likelihood"),
    CollocateOrder.MUTUAL_INFORMATION: lazy_gettext("mutual information"),
    CollocateOrder.LOG_DICE: "logDice",
    CollocateOrder.COUNT: lazy_gettext("count"),
}
_PARTS = {
    "front": lazy_gettext("Front matter"),
    "abstract": lazy_gettext("Abstract"),
    "keywords": lazy_gettext("Keywords"),
    "abstract-en": lazy_gettext("Abstract (English)"),
    "keywords-en": lazy_gettext("Keywords (English)"),
    "s0": lazy_gettext("before the first heading"),
    "notes": lazy_gettext("Notes"),
    "references": lazy_gettext("References"),
    "back": lazy_gettext("Back matter"),
}
Counted = Frequency | Collocates | Keyness


def blueprint(corpus: Corpus, turns: Turns) -> Blueprint:
    """Make the part of the application that counts: the page, its table, and the same for programs."""
    made, pages = Blueprint("statistics", __name__), _Pages(corpus, turns)
    made.add_url_rule("/statistics", "page", pages.page)
    made.add_url_rule("/statistics.csv", "table", pages.table)
    answers = Blueprint("api", __name__)
    for name in View:
        path = "statistics" if name is View.FREQUENCY else name.value
        answers.add_url_rule(f"/api/{path}", name.value, getattr(pages, f"api_{name.value}"))
    api.answering_json(answers)
    made.register_blueprint(answers)
    return made


class _Options:
    """What a page or table is asked besides the query; what cannot be meant is as if it were not there."""

    def __init__(self, asked: Asked) -> None:
        get = request.args.get
        self.asked = asked
        self.view = get("view", View.FREQUENCY, type=View)
        self.by = get("by", By.ARTICLE, type=By)
        self.window = min(max(get("window", WINDOW, type=int), 1), MAX_WINDOW)
        self.across = get("across") == "1"
        self.minimum = min(max(get("min", MINIMUM, type=int), 1), 1_000_000)
        self.measure = get("measure", CollocateOrder.LOG_LIKELIHOOD, type=CollocateOrder)
        self.all_words = get("all") == "1"
        self.of = get("of", Of.QUERY, type=Of)
        self.level = level if (level := get("p", LEVEL, type=float)) in THRESHOLDS else LEVEL
        self.negative = get("negative") == "1"
        self.years = self._years()
        chosen = asked.filters.get(Field.DOC, frozenset())
        self.doc_id = next(iter(chosen)) if len(chosen) == 1 else None

    @staticmethod
    def _years() -> tuple[int, int] | None:
        first = request.args.get("from", 0, type=int)
        last = request.args.get("to", 0, type=int) or first
        return (first or last, last) if 0 < (first or last) <= last < 10_000 else None

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of its URL besides the query's, without those that say nothing."""
        found: dict[str, Any] = {"view": self.view.value} if self.view is not View.FREQUENCY else {}
        if self.view is View.FREQUENCY and self.by is not By.ARTICLE:
            found["by"] = self.by.value
        if self.view is View.COLLOCATES:
            found |= {"window": self.window} if self.window != WINDOW else {}
            found |= {"across": "1"} if self.across else {}
            found |= {"min": self.minimum} if self.minimum != MINIMUM else {}
            found |= {"measure": self.measure.value} if self.measure is not CollocateOrder.LOG_LIKELIHOOD else {}
        if self.view is View.KEYNESS:
            found |= {"of": self.of.value} if self.of is not Of.QUERY else {}
            found |= {"from": self.years[0], "to": self.years[1]} if self.years else {}
            found |= {"p": str(self.level)} if self.level != LEVEL else {}
            found |= {"negative": "1"} if self.negative else {}
        if self.all_words and self.view is not View.FREQUENCY:
            found["all"] = "1"
        return found

    def link(self, endpoint: str = "statistics.page", **changes: Any) -> str:
        """Return the URL of the page, with some arguments changed."""
        return self.asked.link(endpoint, **{**self.arguments(), **changes})


class _Pages:
    """The page, the table and the answers, each a function of the request."""

    def __init__(self, corpus: Corpus, turns: Turns) -> None:
        self._corpus = corpus
        self._turns = turns
        self._preparing = Preparing(corpus.index)

    # --- for readers -------------------------------------------------------------------------------------

    def page(self) -> Any:
        """Show one of the views."""
        asked = Asked.read(request.args).but(sort=Asked().sort, group=Group.NONE)
        options = _Options(asked)
        needs_query = options.view is not View.KEYNESS or options.of is Of.QUERY
        if needs_query and not asked.text:
            return redirect(url_for("home"))
        common = {
            "asked": asked, "text": asked.text[:MAX_LENGTH], "shown": visible(shortened(asked.text)),
            "options": options,
            "views": [
                (name, asked.link("statistics.page", **({} if view is View.FREQUENCY else {"view": view.value})),
                 view is options.view)
                for view, name in _VIEWS.items()
            ],
            "article": self._corpus.ask(lambda searcher: searcher.about(options.doc_id or "")),
            "Of": Of, "View": View, "measures": _MEASURES, "levels": THRESHOLDS, "most_window": MAX_WINDOW,
        }  # fmt: skip
        try:
            counted = self._counted(lambda searcher: self._count(searcher, options, _SHOWN))
        except QueryError as error:
            return render_template("search.html", **common, problem=problem(error)), 400
        except (AddressError, ComparisonError) as error:
            return render_template("statistics.html", **common, message=why_missing(error)), 404
        except PreparingError as error:
            page = render_template("statistics.html", **common, share=round(error.share * 100))
            return page, 503, {"Retry-After": str(api.RETRY_AFTER_S)}
        return render_template("statistics.html", **common, **_shown(counted, options))

    def table(self) -> Any:
        """Give what the page shows as CSV."""
        options = _Options(Asked.read(request.args))
        try:
            counted = self._counted(lambda searcher: self._count(searcher, options, _TABLE))
        except QueryError as error:
            return render_template("search.html", asked=options.asked, problem=problem(error)), 400
        except (AddressError, ComparisonError) as error:
            return missing(gettext("There is no such table"), error)
        return attachment("".join(as_csv(counted)), f"{options.view}.csv", "text/csv")

    def _counted(self, question: Callable[[Searcher], Counted]) -> Counted:
        return self._corpus.ask(self._turns.taking(question))

    def _count(self, searcher: Searcher, options: _Options, limit: int) -> Counted:
        asked = options.asked
        common: Any = {"filters": asked.filters, "exact_script": asked.exact_script}
        if options.view is View.FREQUENCY:
            section_of = options.doc_id if options.by is By.SECTION else None
            return frequency(searcher, asked.text, by=options.by, doc_id=section_of, **common)
        streams = self._preparing.streams(searcher)
        common |= {"minimum": options.minimum, "all_words": options.all_words, "limit": limit}
        if options.view is View.COLLOCATES:
            return collocates(
                searcher, streams, asked.text, left=options.window, right=options.window, across=options.across,
                order=options.measure, **common,
            )  # fmt: skip
        what: dict[str, Any]
        match options.of:
            case Of.DOC:
                what = {"doc_id": options.doc_id or ""}
            case Of.YEAR:
                what = {"years": options.years or (0, 0)}
            case _:
                what = {"text": asked.text}
        return keyness(searcher, streams, level=options.level, negative=options.negative, **what, **common)

    # --- for programs ------------------------------------------------------------------------------------

    def api_frequency(self) -> Response:
        """Return what ``statistics --json`` prints."""
        asked = api.Parameters("q", "by", "doc", "kind", "exact_script")
        text, doc_id = asked.text("q", required=True), asked.text("doc") or None
        by = asked.choice(By, "by") or (By.SECTION if doc_id else By.ARTICLE)
        options: Any = {"filters": _kinds(asked), "exact_script": asked.flag("exact_script")}
        return self._answer(lambda searcher: frequency(searcher, text, by=by, doc_id=doc_id, **options))

    def api_collocates(self) -> Response:
        """Return what ``collocates --json`` prints."""
        asked = api.Parameters(
            "q", "left", "right", "across_sentences", "min", "sort", "all_words", "limit", "kind", "exact_script"
        )
        text = asked.text("q", required=True)
        options: Any = {
            "left": asked.number("left", default=WINDOW, low=0, high=MAX_WINDOW),
            "right": asked.number("right", default=WINDOW, low=0, high=MAX_WINDOW),
            "across": asked.flag("across_sentences"),
            "order": asked.choice(CollocateOrder, "sort") or CollocateOrder.LOG_LIKELIHOOD,
            "filters": _kinds(asked),
            **_common(asked),
        }
        return self._answer(lambda searcher: collocates(searcher, self._preparing.streams(searcher), text, **options))

    def api_keyness(self) -> Response:
        """Return what ``keyness --json`` prints."""
        asked = api.Parameters(
            "doc", "from", "to", "q", "p", "negative", "min", "all_words", "limit", "kind", "exact_script"
        )
        doc_id, text = asked.text("doc"), asked.text("q")
        first = asked.number("from", default=0, low=1, high=9999)
        last = asked.number("to", default=first, low=1, high=9999)
        if sum(map(bool, (doc_id, text, first or last))) != 1 or (last and not 0 < first <= last):
            raise api.ParameterError("one is expected of doc, q, and from with to: what to look at")
        level = asked.text("p") or str(LEVEL)
        if level not in map(str, THRESHOLDS):
            raise api.ParameterError(f"p: one of these is expected: {', '.join(map(str, THRESHOLDS))}")
        kinds = _kinds(asked).get(Field.KIND)
        options: Any = {
            **({"doc_id": doc_id} if doc_id else {"text": text} if text else {"years": (first, last)}),
            **({"kinds": frozenset(map(Kind, kinds))} if kinds else {}),
            "level": float(level),
            "negative": asked.flag("negative"),
            **_common(asked),
        }
        return self._answer(lambda searcher: keyness(searcher, self._preparing.streams(searcher), **options))

    def _answer(self, question: Callable[[Searcher], Counted]) -> Response:
        return api.answer(self._counted(question).record())


def _common(asked: api.Parameters) -> dict[str, Any]:
    return {
        "minimum": asked.number("min", default=MINIMUM, low=1, high=1_000_000),
        "all_words": asked.flag("all_words"),
        "limit": asked.number("limit", default=50, low=1, high=MAX_ROWS),
        "exact_script": asked.flag("exact_script"),
    }


def _kinds(asked: api.Parameters) -> dict[Field, frozenset[str]]:
    values = asked.values("kind")
    if not set(values) <= set(Kind):
        raise api.ParameterError(f"kind: one of these is expected: {', '.join(Kind)}")
    return {Field.KIND: frozenset(values)} if values else {}


# --- what is shown -------------------------------------------------------------------------------------------


def _shown(counted: Counted, options: _Options) -> dict[str, Any]:
    match counted:
        case Frequency():
            shown = _frequency(counted, options)
        case Collocates():
            shown = _collocates(counted)
        case _:
            shown = _keyness(counted)
    if not isinstance(counted, Keyness):
        shown["cut_apart"] = [
            (visible(item), options.asked.but(text=f"“{item}”").link("statistics.page", **options.arguments()))
            for item in cut_apart(counted.query)
        ]
    return {"counted": counted, "table": options.link("statistics.table"), **shown}


def _frequency(counted: Frequency, options: _Options) -> dict[str, Any]:
    rows = [*counted.rows[: _SHOWN if counted.by is By.ARTICLE else None]]
    rows += [counted.undated] if counted.undated else []
    named = [(row, _name(row, counted.by)) for row in rows]
    title = gettext("%(query)s by %(what)s", query=shortened(counted.query.text), what=_BY[counted.by])
    plotted = [Bar(name, row.per_10k or 0, _rate(row.per_10k), row.depth) for row, name in named[:_PLOTTED]]
    most = max(named, key=lambda one: one[0].per_10k or 0, default=None)
    description = gettext(
        "Bars: occurrences per 10,000 characters. The most, %(rate)s, has %(name)s. The table below says the same.",
        rate=_rate(most[0].per_10k) if most else 0, name=most[1] if most else "",
    )  # fmt: skip
    shown: dict[str, Any] = {
        "rows": [(row, name, *_links(row, counted, options)) for row, name in named],
        "plot": bars(plotted, name="plot", title=title, description=description) if plotted else "",
        "left_out": max(len(counted.rows) - _SHOWN, 0) if counted.by is By.ARTICLE else 0,
        "by": [
            (name, options.link(by=by.value), by is counted.by)
            for by, name in _BY.items()
            if by is not By.SECTION or counted.by is By.SECTION or options.doc_id
        ],
        "cells": _cells,
    }
    if counted.by is By.SECTION:
        shown["strip"] = _strip(counted)
    return shown


def _strip(counted: Frequency) -> Markup:
    edges, at = [], 0
    for row in counted.rows:
        edges.append(at)
        at += row.characters
    return strip(
        counted.positions,
        counted.characters,
        edges,
        name="strip",
        title=gettext("Where %(query)s stands in the article", query=shortened(counted.query.text)),
        description=gettext(
            "From left to right: a stroke at each occurrence, a long line where a section of the table below begins."
        ),
    )


def _name(row: Row, by: By) -> str:
    if by is By.YEAR:
        return row.name or str(gettext("no year"))
    if by is By.SECTION:
        return visible(row.title) or str(_PARTS.get(row.name, row.name))
    return visible(row.title or row.name)


def _links(row: Row, counted: Frequency, options: _Options) -> tuple[str | None, str | None]:
    """Return the URLs of the occurrences that a row counts, and of the row's own sections."""
    asked = options.asked
    if not row.count:
        return None, None
    match counted.by:
        case By.ARTICLE:
            narrowed = asked.but(filters={**asked.filters, Field.DOC: frozenset({row.name})})
            return narrowed.link("concordance"), narrowed.link("statistics.page", by=By.SECTION.value)
        case By.YEAR if row.year:
            narrowed = asked.but(filters={**asked.filters, Field.YEAR: frozenset({row.name})})
            return narrowed.link("concordance"), None
        case By.SECTION if row.name not in ("notes", "references"):
            return url_for("article", doc_id=counted.doc_id, _anchor=row.name, q=asked.text), None
        case _:
            return None, None


def _collocates(counted: Collocates) -> dict[str, Any]:
    plotted = [Bar(row.word, row.log_likelihood, f"{row.log_likelihood:.0f}") for row in counted.rows[:_PLOTTED]]
    title = gettext("Words beside %(query)s", query=shortened(counted.query.text))
    return {"plot": _words_plot(plotted, title), "cells": _cells, "left_out": counted.found - len(counted.rows)}


def _keyness(counted: Keyness) -> dict[str, Any]:
    plotted = [Bar(row.word, row.log_likelihood, f"{row.log_likelihood:.0f}") for row in counted.rows[:_PLOTTED]]
    title = gettext("Words that set %(what)s apart", what=shortened(counted.of[1]))
    unit = (
        ngettext("%(num)d passage", "%(num)d passages", counted.texts)
        if counted.of[0] == "query"
        else ngettext("%(num)d article", "%(num)d articles", counted.texts)
    )
    return {
        "plot": _words_plot(plotted, title),
        "cells": _cells,
        "unit": unit,
        "left_out": counted.found - len(counted.rows),
    }


def _words_plot(plotted: list[Bar], title: str) -> Markup | str:
    if not plotted:
        return ""
    description = gettext(
        "Bars: log-likelihood. The longest, %(value)s, has %(word)s. The table below says the same.",
        value=plotted[0].shown, word=plotted[0].label,
    )  # fmt: skip
    return bars(plotted, name="plot", title=title, description=description)


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _cells(value: float | None, digits: int = 2) -> str:
    """Return a number for a cell of a table."""
    return "–" if value is None else f"{value:,.{digits}f}"
