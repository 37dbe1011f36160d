"""How is a query read? A recursive descent over the grammar in `corpus_search.query`."""

from __future__ import annotations

import re
from dataclasses import replace

from corpus_search.analysis import Analyzer, fold, is_cjk
from corpus_search.article import Kind
from corpus_search.errors import QueryError
from corpus_search.query.tree import (
    And,
    Field,
    Fuzzy,
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
    leaves,
)
from corpus_search.wildcards import GAP, SOME

MAX_LENGTH = 1_000
"""The longest query, in characters: a long paragraph; more is a pasted text, not a question."""

MAX_DEPTH = 30
"""How deep brackets may be nested."""

_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』"}
_OPEN, _CLOSE = "(（", ")）"
_FIELDS = {
    **{field.value: field for field in Field},
    "标题": Field.TITLE, "標題": Field.TITLE, "作者": Field.AUTHOR, "关键词": Field.KEYWORD, "關鍵詞": Field.KEYWORD,
    "章节": Field.HEADING, "章節": Field.HEADING, "正文": Field.BODY, "脚注": Field.NOTE, "腳註": Field.NOTE,
    "文献": Field.REF, "文獻": Field.REF, "类型": Field.KIND, "類型": Field.KIND,
    "年份": Field.YEAR, "文档": Field.DOC, "文檔": Field.DOC,
}  # fmt: skip
_KINDS = {
    **{kind.value: kind for kind in Kind},
    "ref": Kind.REFERENCE, "篇首": Kind.FRONT, "摘要": Kind.ABSTRACT, "关键词": Kind.KEYWORDS, "正文": Kind.BODY,
    "脚注": Kind.NOTE, "注释": Kind.NOTE, "文献": Kind.REFERENCE, "篇末": Kind.BACK,
}  # fmt: skip
_WITHIN = {Field.BODY: Kind.BODY, Field.NOTE: Kind.NOTE, Field.REF: Kind.REFERENCE}
_STANDS_IN = {Field.TITLE: Kind.FRONT, Field.AUTHOR: Kind.FRONT, Field.KEYWORD: Kind.KEYWORDS, Field.HEADING: Kind.BODY}
_FIELD = re.compile(rf"({'|'.join(sorted(_FIELDS, key=len, reverse=True))})\s?[:：]", re.IGNORECASE)
_NEAR = re.compile(r"NEAR/(\d{0,6})(?![^\s()（）])")
_YEARS = re.compile(r"(\d{1,4})?(\.\.|…|－|—)(\d{1,4})?|(\d{1,4})")
_OPERATORS = ("AND", "OR", "NOT")


def parse(text: str, analyzer: Analyzer, *, exact_script: bool = False) -> Query:
    """Take a query apart; `exact_script` keeps the scripts apart.

    Raises `QueryError`, with the place and what was expected there.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            "the query is too long: {length:,} characters, where {limit:,} are allowed",
            text, MAX_LENGTH, len(text), length=len(text), limit=MAX_LENGTH,
        )  # fmt: skip
    return replace(_Parser(text, analyzer).query(), exact_script=exact_script)


def _regex(parts: list[str], pieces: tuple[str, ...], *, scripts: bool) -> str:
    """Return the expression for a word cut at its wildcards into `parts`, of which `pieces` are left folded."""
    regex = "".join(
        re.escape(fold(part, scripts=scripts).text) if n % 2 == 0 else (GAP if part == "?" else SOME)
        for n, part in enumerate(parts)
    )
    # Beside Latin a wildcard takes in the rest of the word, and a word is whole where none stands; beside Han, where
    # words have no ends, one at the edge takes in nothing.
    first, last = parts[0], parts[-1]
    if first and _is_latin(first[0]):
        # Its beginning comes before the look at what is before that: Python finds the one at once, the other slowly.
        begun = re.escape(fold(first, scripts=scripts).text)
        regex = f"{begun}(?<![a-z0-9]{begun})" + regex.removeprefix(begun)
    elif not first and parts[1] != "?":
        regex = (r"[a-z0-9'-]*" if _is_latin(pieces[0][0]) else "") + regex.removeprefix(SOME)
    if last and _is_latin(last[-1]):
        regex += r"(?![a-z0-9])"
    elif not last and parts[-2] != "?":
        regex = regex.removesuffix(SOME) + (r"[a-z0-9'-]*" if _is_latin(pieces[-1][-1]) else "")
    return regex


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def plain(text: str, analyzer: Analyzer) -> Query:
    """Take a text as nothing but words, whatever signs of the query language stand in it."""
    parser = _Parser(text, analyzer)
    items = [words for match in re.finditer(r"\S+", text) if (words := parser.words(match.group()))]
    if not items:
        raise QueryError("the query is empty: write a word to look for", text, 0, len(text))
    return Query(text, ranked=tuple(items))


def _made_run(written: str) -> Run | None:
    """Return the run of what is `written`, or None if nothing of it can be seen."""
    text = fold(written).text
    return Run(text, written, fold(written, scripts=False).text) if text else None


class _Parser:
    """A recursive descent over the query; `_at` is where it stands."""

    def __init__(self, text: str, analyzer: Analyzer) -> None:
        self._text = text
        self._analyzer = analyzer
        self._at = 0
        self._depth = 0

    def query(self) -> Query:
        items = self._items()
        if self._at < len(self._text):
            raise self._error(
                "this bracket closes nothing: leave it out, or open one before it", self._at, self._at + 1
            )
        if not items:
            raise QueryError("the query is empty: write a word to look for", self._text, 0, len(self._text))
        excluded = [node.node for _, node in items if isinstance(node, Not)]
        ranked = [node for sign, node in items if not sign and isinstance(node, Words)]
        required = [node for sign, node in items if sign or not isinstance(node, Words | Not)]
        required = self._grounded(required, found=bool(ranked))
        return Query(self._text, tuple(required), tuple(excluded), tuple(ranked))

    def _grounded(self, required: list[Node], *, found: bool) -> list[Node]:
        """See to it that every hit has something to show: what only narrows or excludes has not."""
        if found or any(True for node in required for _ in leaves(node)):
            return required
        grounded: list[Node] = []
        for node in required:
            if isinstance(node, Narrow) and node.field in _STANDS_IN and node.run:
                grounded.append(
                    Within(node.field, frozenset({_STANDS_IN[node.field]}), node.run, node.field is Field.HEADING)
                )
        if not grounded:
            raise QueryError("this only narrows or excludes: add a word to look for", self._text, 0, len(self._text))
        return [*required, *grounded]

    # --- rules -------------------------------------------------------------------------------------------

    def _items(self) -> list[tuple[str, Node]]:
        items: list[tuple[str, Node]] = []
        while True:
            self._blanks()
            if self._at >= len(self._text) or self._text[self._at] in _CLOSE:
                return items
            sign = ""
            if self._text[self._at] in "+＋" and self._follows_text(self._at + 1):
                sign = "+"
                self._at += 1
            items.append((sign, self._any()))

    def _any(self) -> Node:
        nodes = [self._all()]
        while self._operator("OR"):
            nodes.append(self._all())
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _all(self) -> Node:
        nodes = [self._not()]
        while self._operator("AND"):
            nodes.append(self._not())
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _not(self) -> Node:
        negated = False
        self._blanks()
        while self._operator("NOT") or (
            self._text[self._at : self._at + 1] in ("-", "－") and self._follows_text(self._at + 1)
        ):
            if self._text[self._at : self._at + 1] in ("-", "－"):
                self._at += 1
            negated = not negated
            self._blanks()
        node = self._near()
        return Not(node) if negated else node

    def _near(self) -> Node:
        node = self._primary()
        while True:
            self._blanks()
            match = _NEAR.match(self._text, self._at)
            if not match:
                return node
            if not match[1] or int(match[1]) == 0:
                raise self._error("NEAR wants how many characters apart: NEAR/10", match.start(), match.end())
            start = match.start()
            self._at = match.end()
            right = self._primary()
            if not all(isinstance(side, Run | Words | Pattern | Near) for side in (node, right)):
                raise self._error("NEAR stands between words or runs", start, match.end())
            node = Near(node, right, int(match[1]))

    def _primary(self) -> Node:
        self._blanks()
        start = self._at
        if start >= len(self._text) or self._text[start] in _CLOSE:
            raise self._error("something to look for is expected here", start, start + 1)
        for operator in (*_OPERATORS, "NEAR/"):
            if self._is_operator(operator):
                raise self._error(
                    "{operator} has nothing before it", start, start + len(operator), operator=operator.rstrip("/")
                )
        field = _FIELD.match(self._text, start)
        if field:
            if not self._follows_text(field.end()):
                raise self._error("{field}: wants something right after the colon", start, field.end(), field=field[1])
            self._at = field.end()
            return self._field(_FIELDS[field[1].lower()], start)
        if self._text[start] in _OPEN:
            return self._group()
        if self._text[start] in _QUOTES:
            return self._run()
        return self._word()

    def _group(self) -> Node:
        start = self._at
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error("brackets are nested too deep", start, start + 1)
        self._at += 1
        items = self._items()
        if self._at >= len(self._text):
            raise self._error("this bracket is not closed", start, start + 1)
        self._at += 1
        self._depth -= 1
        if not items:
            raise self._error("there is nothing between these brackets", start, self._at)
        needed = [node for sign, node in items if sign]
        nodes = [node for sign, node in items if not sign and not isinstance(node, Not)]
        excluded = [node for sign, node in items if not sign and isinstance(node, Not)]
        if needed or excluded:
            some = [nodes[0] if len(nodes) == 1 else Or(tuple(nodes))] if nodes and not needed else []
            return And((*needed, *some, *excluded))
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _run(self) -> Run:
        start = self._at
        closing = _QUOTES[self._text[start]]
        end = self._text.find(closing, start + 1)
        if end < 0:
            raise self._error(
                "the quotation mark {mark} is not closed: {closing} is expected",
                start, start + 1, mark=self._text[start], closing=closing,
            )  # fmt: skip
        self._at = end + 1
        written = self._text[start + 1 : end]
        run = _made_run(written)
        if not run:
            raise self._error("there is nothing between these quotation marks", start, end + 1)
        return run

    def _word(self) -> Node:
        start = self._at
        stop = _OPEN + _CLOSE + "".join(_QUOTES)
        while self._at < len(self._text) and not self._text[self._at].isspace() and self._text[self._at] not in stop:
            self._at += 1
        written = self._text[start : self._at]
        if re.search(r"[*＊]|\?(?=.)", written):
            return self._pattern(written, start)
        if fuzzy := re.fullmatch(r"(.+)[~～]([12]?)", written):
            return self._fuzzy(fuzzy[1], fuzzy[2], start)
        words = self.words(written)
        if not words:
            # Nothing that shows: a lone zero-width character, say.
            raise self._error("something to look for is expected here", start, self._at)
        return words

    def words(self, written: str) -> Words | None:
        """Return an item without quotation marks, or None if nothing of it can be seen."""
        run = _made_run(written)
        if not run:
            return None
        if len(run.text) == 1 and is_cjk(run.text):
            return Words(run, ())  # A single character cannot be taken apart, and is asked for as it stands.
        folded = fold(written)
        words = {}
        for term in self._analyzer.words_of(run.text):
            low, high = folded.original(term.start, term.end)
            plain = fold(written[low:high], scripts=False).text
            words[term.text] = Word(term.text, len(term.text) > 1 and is_cjk(term.text), plain)
        inside = {}
        for term in self._analyzer.terms(run.text):
            if term.text not in words and len(term.text) > 1 and is_cjk(term.text):
                low, high = folded.original(term.start, term.end)
                inside[term.text] = Word(term.text, inside=True, plain=fold(written[low:high], scripts=False).text)
        return Words(run, tuple(words.values()), tuple(inside.values()))

    def _pattern(self, written: str, start: int) -> Pattern:
        parts = re.split(r"([*＊]+|\?)", written)
        pieces = tuple(folded for part in parts[::2] if (folded := fold(part).text))
        if not pieces:
            raise self._error("a wildcard needs a character beside it", start, self._at)
        regex, plain_regex = (_regex(parts, pieces, scripts=scripts) for scripts in (True, False))
        return Pattern(written, regex, plain_regex, pieces)

    def _fuzzy(self, written: str, distance: str, start: int) -> Fuzzy:
        word = fold(written).text
        if not re.fullmatch(r"[^\W\d_]+", word) or is_cjk(word[0]):
            raise self._error("~ finds misspellings of alphabetic words only", start, self._at)
        if len(word) < 3:
            raise self._error("~ wants a word of three letters or more", start, self._at)
        return Fuzzy(word, int(distance) if distance else 1 if len(word) < 6 else 2)

    def _field(self, field: Field, start: int) -> Node:
        if field in _WITHIN:
            node = self._primary()
            if not isinstance(node, Not | Within | Narrow):
                return Within(field, frozenset({_WITHIN[field]}), node)
            raise self._error("{field}: wants words or runs", start, self._at, field=field.value)
        value_start = self._at
        if self._text[value_start] in _OPEN:
            raise self._error(
                "{field}: wants a word, or a run in quotation marks", start, value_start, field=field.value
            )
        node = self._run() if self._text[self._at] in _QUOTES else self._raw()
        value, place = (node.written, (value_start, self._at))
        if field is Field.YEAR:
            match = _YEARS.fullmatch(fold(value).text.replace("-", "..")) if value else None
            if not match or not match.group().strip("."):
                raise self._error("a year is expected here, as in year:2023 or year:2020..2023", *place)
            if match[4]:
                return Narrow(field, years=(int(match[4]), int(match[4])))
            return Narrow(field, years=(int(match[1] or 0), int(match[3] or 9999)))
        if field is Field.KIND:
            names = [name for name in re.split(r"[,，|、]", value) if name]
            unknown = [name for name in names if name.lower() not in _KINDS]
            if unknown or not names:
                raise self._error("a kind is expected here: {kinds}", *place, kinds=", ".join(Kind))
            return Narrow(field, kinds=frozenset(_KINDS[name.lower()] for name in names))
        if self._text[value_start] not in _QUOTES and re.search(r"[*＊]|\?(?=.)", value):
            raise self._error("{field}: takes no wildcards", *place, field=field.value)
        return Narrow(field, run=node)

    def _raw(self) -> Run:
        """Read a field's value up to a blank or bracket."""
        start = self._at
        while self._follows_text(self._at) and self._text[self._at] not in _OPEN:
            self._at += 1
        written = self._text[start : self._at]
        run = _made_run(written)
        if not run:
            raise self._error("something to look for is expected here", start, self._at)
        return run

    # --- places ------------------------------------------------------------------------------------------

    def _blanks(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _follows_text(self, at: int) -> bool:
        return at < len(self._text) and not self._text[at].isspace() and self._text[at] not in _CLOSE

    def _is_operator(self, name: str) -> bool:
        end = self._at + len(name)
        return self._text.startswith(name, self._at) and (
            name.endswith("/")
            or end >= len(self._text)
            or self._text[end].isspace()
            or self._text[end] in _OPEN + _CLOSE
        )

    def _operator(self, name: str) -> bool:
        self._blanks()
        if not self._is_operator(name):
            return False
        start = self._at
        self._at += len(name)
        self._blanks()
        if self._at >= len(self._text) or self._text[self._at] in _CLOSE:
            raise self._error("{operator} has nothing after it", start, start + len(name), operator=name)
        return True

    def _error(self, template: str, start: int, end: int, **values: object) -> QueryError:
        return QueryError(template, self._text, start, end, **values)
