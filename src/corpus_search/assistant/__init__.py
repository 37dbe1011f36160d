"""How does an assistant use the corpus? Over the Model Context Protocol, with the extra ``[mcp]``.

========= ============================================================================
`schemas` what an answer is made of, described for a model
`answers` what the tools answer: places of the corpus as data, each ready to be cited
`server`  the tools with their bounds and words, and what goes wrong, over stdio or HTTP
========= ============================================================================

Whatever the corpus's texts say is passed on as data, in the fields of an answer that are named for it. Nothing here
reads it for anything else: no tool writes, fetches or runs anything, whatever stands in an article.
"""
