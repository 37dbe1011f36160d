"""What was asked?

A query string in, a `Query` out. The grammar (EBNF; blanks part items and are otherwise free)::

    query    = item , { item } ;
    item     = [ "+" ] , any ;
    any      = all , { "OR" , all } ;
    all      = not , { "AND" , not } ;
    not      = { "NOT" | "-" } , near ;
    near     = primary , { "NEAR/" , number , primary } ;
    primary  = [ field , ":" ] , ( "(" , query , ")" | run | word | years ) ;
    run      = '"' , text , '"' | "“" , text , "”" | "「" , text , "」" | "『" , text , "』" ;
    word     = characters that are neither blanks, brackets nor opening quotation marks ;
    years    = [ number ] , ".." , [ number ] | number ;
    field    = "title" | "author" | "keyword" | "heading" | "body" | "note" | "ref" | "kind" | "year" | "doc"
             | "标题" | "作者" | "关键词" | "章节" | "正文" | "脚注" | "文献" | "类型" | "年份" | "文档" ;

Brackets and the colon may be full-width. In a word, ``*`` stands for some characters and ``?`` before another
character for one; ``~`` after a Latin word finds its near misspellings. A word before a colon that is no field is a
word like others, and so is an operator that is not in capitals.

What it means:

- A *run* is found where exactly its characters stand, after folding.
- *Words* are ranked: passages with all of them come first, and of those the ones where each item stands as it was
  written. Inside AND, OR, NOT, + and NEAR, a word is there where it stands as written, or where all the words do
  that jieba cuts it into.
- Every passage found has all runs, all items with ``+``, all patterns and all AND, OR and NEAR of the query, and
  is within its fields; none has an item with ``-`` or NOT.
- ``body:`` ``note:`` ``ref:`` look in text, notes and references alone. ``body:`` beside ``note:`` or ``ref:`` finds
  passages of the text that rest on such a note or entry: see `corpus_search.support`. The other fields narrow a search
  to articles, sections or kinds; ``title:`` ``author:`` ``keyword:`` ``heading:`` alone find where it stands.

Nothing is dropped from a query: what no letter, digit or ideograph stands in (``，``) is looked for as a run.
"""

from corpus_search.query.reader import MAX_DEPTH, MAX_LENGTH, parse, plain
from corpus_search.query.tree import (
    FACETS,
    And,
    Field,
    Filters,
    Fuzzy,
    Leaf,
    Narrow,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Query,
    Run,
    Within,
    Word,
    Words,
    is_loose,
    leaves,
    narrowing,
)

__all__ = [
    "FACETS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "And",
    "Field",
    "Filters",
    "Fuzzy",
    "Leaf",
    "Narrow",
    "Near",
    "Node",
    "Not",
    "Or",
    "Pattern",
    "Query",
    "Run",
    "Within",
    "Word",
    "Words",
    "is_loose",
    "leaves",
    "narrowing",
    "parse",
    "plain",
]
