"""What do several pages answer with? That there is no such thing, and a file to take away."""

from __future__ import annotations

from flask import Response, render_template
from flask_babel import gettext

from corpus_search.display import visible
from corpus_search.errors import AddressError, ComparisonError, CorpusSearchError


def missing(heading: str, error: CorpusSearchError, *, text: str = "") -> tuple[str, int]:
    """Say that there is no such thing, and why; `text` stands in the search box."""
    return render_template("error.html", heading=heading, message=why_missing(error), text=text), 404


def why_missing(error: CorpusSearchError) -> str:
    """Return what a page says where what is asked for is not there."""
    message: str
    match error:
        case AddressError(missing="document"):
            message = gettext("No article here is called %(name)s.", name=error.name)
        case AddressError(missing="place"):
            message = gettext("The article has no place %(name)s.", name=error.name)
        case AddressError(missing="work"):
            message = gettext("No article here cites a work with the number %(name)s.", name=error.name)
        case ComparisonError(alone=True):
            message = gettext("There is nothing to compare it with: the corpus has no other texts of these kinds.")
        case ComparisonError():
            message = gettext("There is nothing to look at: the corpus has no such texts of these kinds.")
        case _:
            message = str(error)
    return visible(message)


def attachment(content: str, name: str, media_type: str) -> Response:
    """Give `content` as a file in UTF-8; a surrogate, which has no bytes there, becomes a question mark."""
    response = Response(content.encode("utf-8", "replace"), content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
