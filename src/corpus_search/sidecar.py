"""What does a file beside an article say of it?

``NAME.meta.toml``, written by hand, or ``NAME.csl.json`` (CSL-JSON, as Zotero exports it) beside ``NAME.txt`` override
what the text says of itself: title, authors, keywords, year, issue, volume, journal, pages, DOI.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from corpus_search.article import Article, Author
from corpus_search.errors import FileError

_CSL = ".csl.json"


def overridden(article: Article, content: bytes, *, path: str) -> Article:
    """Return `article` with what a sidecar says in the place of what the text says. Raises `FileError`."""
    try:
        text = content.decode("utf-8-sig")
        said = _from_csl(json.loads(text)) if path.endswith(_CSL) else _from_toml(tomllib.loads(text))
    except UnicodeDecodeError as error:
        raise FileError(path, f"byte {error.start} is not valid UTF-8; save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise FileError(path, f"cannot be read ({error}); it overrides nothing until it is mended") from error
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise FileError(path, f"does not say what is expected ({error}); it overrides nothing") from error
    return replace(article, metadata=replace(article.metadata, **said))


_TEXTS = ("title", "title_en", "issue", "volume", "journal", "doi")
_LISTS = ("keywords", "keywords_en", "authors_en", "clc", "funding")


def _from_toml(said: Mapping[str, Any]) -> dict[str, Any]:
    """Read a sidecar in TOML: keys named as in ``show --json``; an author may be a table of name and affiliation."""
    found: dict[str, Any] = {}
    for key, value in said.items():
        if key in _TEXTS:
            found[key] = str(value)
        elif key in _LISTS:
            found[key] = tuple(map(str, _listed(value)))
        elif key == "year":
            found[key] = int(value)
        elif key == "pages":
            found[key] = _pages(value)
        elif key == "authors":
            found[key] = tuple(
                Author(str(one["name"]), str(one.get("affiliation", "")))
                if isinstance(one, Mapping)
                else Author(str(one), "")
                for one in _listed(value)
            )
        else:
            known = ", ".join(sorted((*_TEXTS, *_LISTS, "year", "pages", "authors")))
            raise ValueError(f"there is no key {key!r}; there are {known}")
    return found


def _from_csl(said: Any) -> dict[str, Any]:
    """Read CSL-JSON: one item, or a list whose first is meant."""
    item = said[0] if isinstance(said, list) else said
    found: dict[str, Any] = {}
    for ours, theirs in (
        ("title", "title"), ("doi", "DOI"), ("issue", "issue"), ("volume", "volume"), ("journal", "container-title"),
    ):  # fmt: skip
        if item.get(theirs):
            found[ours] = str(item[theirs])
    if item.get("author"):
        found["authors"] = tuple(Author(_name(one), "") for one in item["author"])
    if item.get("keyword"):
        found["keywords"] = tuple(part.strip() for part in re.split("[,，;；]", item["keyword"]) if part.strip())
    if item.get("issued"):
        parts = item["issued"].get("date-parts")
        found["year"] = int(parts[0][0]) if parts else int(re.findall(r"\d{4}", str(item["issued"]))[0])
    if item.get("page"):
        found["pages"] = _pages(re.findall(r"\d+", str(item["page"])))
    return found


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _pages(value: Any) -> tuple[int, int] | None:
    numbers = [int(one) for one in _listed(value)]
    return (numbers[0], numbers[-1]) if numbers else None


def _name(author: Mapping[str, Any]) -> str:
    """Return a name as it is written: a Chinese family name stands first, without a blank."""
    if author.get("literal"):
        return str(author["literal"])
    family, given = str(author.get("family", "")), str(author.get("given", ""))
    return f"{family}{given}" if family > "\u2e80" else f"{given} {family}".strip()
