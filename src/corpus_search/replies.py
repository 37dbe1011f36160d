"""What do several pages answer with? That there is no such thing, and a file to take away."""

from __future__ import annotations

from flask import Response, render_template

from corpus_search.display import visible


def missing(heading: str, error: Exception, *, text: str = "") -> tuple[str, int]:
    """Say that there is no such thing, and why; `text` stands in the search box."""
    return render_template("error.html", heading=heading, message=visible(str(error)), text=text), 404


def attachment(content: str, name: str, media_type: str) -> Response:
    """Give `content` as a file in UTF-8; a surrogate, which has no bytes there, becomes a question mark."""
    response = Response(content.encode("utf-8", "replace"), content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
