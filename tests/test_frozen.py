"""A frozen dataclass made without a delay is in nothing but that another than one of `dataclasses`."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import field
from typing import Any

import pytest

from corpus_search import frozen
from corpus_search.article import Article, DocId, Metadata
from corpus_search.engine import Service
from corpus_search.query import And, Run, Word


@frozen.dataclass(frozen=True, slots=True)
class Ours:
    """Some fields."""

    name: str
    pages: tuple[int, ...] = ()
    more: dict[str, int] = field(default_factory=dict, compare=False)
    secret: str = field(default="", repr=False)

    @property
    def first(self) -> int:
        return self.pages[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """Some fields."""

    name: str
    pages: tuple[int, ...] = ()
    more: dict[str, int] = field(default_factory=dict, compare=False)
    secret: str = field(default="", repr=False)

    @property
    def first(self) -> int:
        return self.pages[0]


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("a",), {}),
    (("a", (1, 2)), {"secret": "x"}),
    ((), {"name": "b", "more": {"c": 1}}),
]


@pytest.mark.parametrize(("arguments", "named"), CALLS)
def test_an_instance_is_made_shown_and_taken_apart_as_theirs(arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    ours, theirs = Ours(*arguments, **named), Theirs(*arguments, **named)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert dataclasses.replace(ours, name="z") == Ours("z", ours.pages, ours.more, ours.secret)
    assert pickle.loads(pickle.dumps(ours)) == ours == copy.deepcopy(ours)
    assert Ours.__match_args__ == Theirs.__match_args__
    assert not hasattr(ours, "__dict__")


def test_equal_ones_have_equal_hashes_and_what_is_not_compared_does_not_count() -> None:
    assert Ours("a", (1,), {"x": 1}) == Ours("a", (1,), {})
    assert hash(Ours("a", (1,), {"x": 1})) == hash(Ours("a", (1,), {}))
    assert Ours("a") != Ours("b")
    others: list[object] = [Theirs("a"), "a", Word("a", inside=True, plain="a")]
    assert Ours("a") not in others
    assert len({Run("a", "a", "a"), Run("a", "a", "a"), Run("b", "b", "b")}) == 2


def test_a_default_that_is_made_is_made_for_each() -> None:
    assert Ours("a").more is not Ours("a").more


def test_nothing_can_be_set_or_deleted_or_added() -> None:
    one: Any = Ours("a")
    for name in ("name", "other"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name, "b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.name


def test_wrong_arguments_are_refused_as_theirs_are() -> None:
    for cls in (Ours, Theirs):
        with pytest.raises(
            TypeError, match=rf"{cls.__name__}.__init__\(\) missing 1 required positional argument: 'name'"
        ):
            cls()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
            cls("a", other=1)  # type: ignore[call-arg]


def test_who_asks_for_the_signature_is_told_it_before_there_is_an_instance() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Never:
        """Never made."""

        name: str
        number: int = 3

    assert str(inspect.signature(Never)) == "(name: 'str', number: 'int' = 3) -> None"


def test_methods_of_its_own_stay_and_patterns_take_it_apart() -> None:
    run = Run("a", "A", "a")
    assert str(run) == '"a"'
    match And((run,)):
        case And((Run(text, written),)):
            assert (text, written) == ("a", "A")
    assert "hidden" not in repr(Service(password="hidden"))
    assert Article(DocId("a")).metadata == Metadata()


def test_what_it_does_not_know_of_is_refused() -> None:
    with pytest.raises(TypeError, match="frozen classes with slots"):
        frozen.dataclass(frozen=False, slots=True)
    with pytest.raises(TypeError, match="__post_init__"):

        @frozen.dataclass(frozen=True, slots=True)
        class _Afterwards:
            name: str

            def __post_init__(self) -> None:
                raise AssertionError

    for odd in (field(init=False, default=""), field(kw_only=True), field(hash=False)):
        with pytest.raises(TypeError, match="of a kind"):
            frozen.dataclass(frozen=True, slots=True)(type("Odd", (), {"__annotations__": {"odd": str}, "odd": odd}))


def test_one_is_made_of_another() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class More(Ours):
        number: int = 3

    made = More("a", (1,), number=4)
    assert (made.name, made.pages, made.number, made.first) == ("a", (1,), 4, 1)
    assert made != More("a", (1,))
