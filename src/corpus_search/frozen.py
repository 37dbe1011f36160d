"""How is a frozen dataclass made without a delay?

`dataclasses.dataclass` writes the source of six methods for each frozen class and has Python compile it. For the sixty
classes that a query loads, and of which it uses twenty, this takes a seventh of the time until the query is answered.
The `dataclass` here makes the same of a class, and is used as that one is. But methods that can be shared are shared,
and ``__init__`` is compiled when the first instance is made. Type checkers are told that it is that one.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Return a decorator that makes a frozen dataclass with slots of a class; there are no others here."""
        if not (frozen and slots):
            raise TypeError("corpus_search.frozen makes frozen classes with slots; for others there is `dataclasses`")
        return _frozen


def _frozen(cls: type) -> Any:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    own = vars(cls)
    if "__post_init__" in own:
        raise TypeError(f"{cls.__qualname__} has a __post_init__, of which corpus_search.frozen does not know")
    for name, method in _METHODS.items():
        if own.get(name) is None:
            setattr(made, name, method)
    fields = dataclasses.fields(made)
    if any(not field.init or field.kw_only or field.hash is not None for field in fields):
        raise TypeError(f"{cls.__qualname__} has a field of a kind of which corpus_search.frozen does not know")
    made._compared = attrgetter(*(field.name for field in fields if field.compare))
    made.__init__ = _Init(made)
    return made


class _Init:
    """Stands for the ``__init__`` of a class until somebody looks for it: for an instance, or a signature."""

    def __init__(self, cls: Any) -> None:
        self._cls = cls

    def __get__(self, instance: Any, owner: Any) -> Any:
        made = self._cls.__init__ = _compiled(self._cls)
        return made.__get__(instance, owner)


def _compiled(cls: Any) -> Any:
    """Return the ``__init__`` of a class: it takes the fields in order, those with defaults by name, too."""
    known: dict[str, Any] = {"_made": object()}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(cls):
        name, value = field.name, field.name
        known[f"_set_{name}"] = getattr(cls, name).__set__  # What a slot is set by, whatever the class says of setting.
        if field.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"] = field.default_factory
            parameters.append(f"{name}=_made")
            value = f"_make_{name}() if {name} is _made else {name}"
        elif field.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"  _set_{name}(self, {value})")
    source = [f"def _with({', '.join(known)}):", f" def __init__({', '.join(parameters)}):", *lines, " return __init__"]
    made: dict[str, Any] = {}
    exec("\n".join(source), vars(sys.modules[cls.__module__]), made)  # noqa: S102 - names of our own fields
    init = made["_with"](**known)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {**{field.name: field.type for field in dataclasses.fields(cls)}, "return": None}
    return init


class _Shared:
    """What all of them have, copied into each; ``_compared`` is a class's function from an instance to its values."""

    _compared: Any

    def __repr__(self) -> str:
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(cast("Any", self)) if f.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        compared = type(self)._compared
        return bool(compared(self) == compared(other))

    def __hash__(self) -> int:
        return hash(type(self)._compared(self))

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self) -> list[Any]:
        return [getattr(self, field.name) for field in dataclasses.fields(cast("Any", self))]

    def __setstate__(self, state: list[Any]) -> None:
        for field, value in zip(dataclasses.fields(cast("Any", self)), state, strict=True):
            object.__setattr__(self, field.name, value)


_METHODS = {name: method for name, method in vars(_Shared).items() if isinstance(method, FunctionType)}
