"""Which works does a corpus cite, and for what?"""

from corpus_search.works.model import Entry, Source, Work
from corpus_search.works.reading import read_entry

__all__ = ["Entry", "Source", "Work", "read_entry"]
