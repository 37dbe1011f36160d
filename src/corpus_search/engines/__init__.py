"""Who does the searching? One adapter per engine, each behind the protocol of `corpus_search.engine`."""
