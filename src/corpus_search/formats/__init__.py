"""How do I read this file?

One module per format turns bytes into decoded text and lines; no structure is decided here.
"""

from corpus_search.formats.text import SUFFIXES, Decoded, decode

__all__ = ["SUFFIXES", "Decoded", "decode"]
