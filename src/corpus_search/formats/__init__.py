"""How do I read this file?

One module per format turns bytes into text and, where the format itself knows structure, a layout of it; what the
genre's customs say is decided elsewhere. `extract` chooses the module by the file's ending.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus_search.formats.layout import Extract

FORMATS = {
    ".txt": "text", ".text": "text",
    ".md": "markdown", ".markdown": "markdown",
    ".docx": "docx", ".docm": "docx", ".doc": "docx",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".epub": "epub",
    ".xml": "tei", ".tei": "tei",
    ".pdf": "pdf",
}  # fmt: skip
"""The module that reads each file name ending, in lower case."""

SUFFIXES = frozenset(FORMATS)

MAX_BYTES = 300_000_000
"""Larger files are refused: scanned volumes are this large, articles are not. A text may be less, see `text`."""


def extract(data: bytes, *, path: str) -> Extract:
    """Read a file's bytes. Raises `FileError`, naming `path`."""
    module = import_module(f"{__name__}.{FORMATS[PurePosixPath(path).suffix.lower()]}")
    found: Extract = module.extract(data, path=path)
    return found


__all__ = ["FORMATS", "MAX_BYTES", "SUFFIXES", "Extract", "extract"]
