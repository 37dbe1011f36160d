"""``python -m corpus_search`` is the command line."""

from corpus_search.cli import main

main()
