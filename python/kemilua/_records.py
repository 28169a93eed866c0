"""`dataclass`: frozen, slotted dataclasses that cost little to make.

The one of the standard library imports `inspect`, and compiles half a dozen functions for each class: a third of what
importing kemilua took. Here one function is compiled for a class, its `__init__`; the others are those of `Record`. To
everybody else the classes are dataclasses: `fields`, `replace`, `asdict` and the like find what they ask for, which is made
when they ask. Type checkers see the standard library's.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

__all__ = ["Record", "dataclass"]


class Record:
    """What all of these classes do alike: objects are compared, hashed, shown, copied and pickled by their fields, and never change."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def _values(self) -> list[Any]:
        return [getattr(self, name) for name in self.__match_args__]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__qualname__}({shown})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Record) and type(other) is type(self):
            return self._values() == other._values()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._values()))

    def __setattr__(self, name: str, value: object) -> None:
        self._refuse("assign to", name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        self._refuse("delete", name)
        object.__delattr__(self, name)

    def _refuse(self, what: str, name: str) -> None:
        if name in self.__match_args__ or not hasattr(self, "__dict__"):  # which a subclass may have
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot {what} field {name!r}")

    def __getstate__(self) -> list[Any]:
        return self._values()

    def __setstate__(self, state: list[Any]) -> None:
        for name, value in zip(self.__match_args__, state, strict=True):
            object.__setattr__(self, name, value)

    def __replace__(self, /, **changes: Any) -> Any:
        from dataclasses import replace

        return replace(self, **changes)  # type: ignore[type-var]


class Made:
    """What `dataclasses` leaves on a class under this name, made at first use."""

    def __set_name__(self, owner: type[Record], name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses

        names, kinds = self._owner.__match_args__, self._owner.__annotations__
        defaults = dict(zip(reversed(names), reversed(self._owner.__init__.__defaults__ or ()), strict=False))
        fields = [(name, kinds[name], dataclasses.field(**({"default": defaults[name]} if name in defaults else {}))) for name in names]
        return getattr(dataclasses.make_dataclass(self._owner.__name__, fields, frozen=True), self._name)


def make(plain: type) -> type:
    """The class of these annotations and defaults, with slots."""
    names = tuple(plain.__annotations__)
    body = {name: value for name, value in vars(plain).items() if name not in ("__dict__", "__weakref__", *names)}
    body.update(__slots__=names, __match_args__=names, __annotations__=plain.__annotations__)
    body.update(__init__=init(plain, names), __dataclass_fields__=Made(), __dataclass_params__=Made())
    return type(plain.__name__, (Record,), body)


def init(plain: type, names: tuple[str, ...]) -> Any:
    """Its `__init__`: a signature that `inspect` can read, and Python's own words for wrong arguments."""
    lines = [f"  assign(self, {name!r}, {name})" for name in names]
    if hasattr(plain, "__post_init__"):
        lines.append("  self.__post_init__()")
    scope: dict[str, Any] = {}
    code = "\n".join(["def around(assign):", f" def __init__(self, {', '.join(names)}):", *lines, " return __init__"])
    exec(code, vars(sys.modules[plain.__module__]), scope)
    function = scope["around"](object.__setattr__)
    function.__defaults__ = tuple(vars(plain)[name] for name in names if name in vars(plain))
    function.__annotations__ = {**plain.__annotations__, "return": None}
    function.__qualname__ = f"{plain.__qualname__}.__init__"
    return function


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Any:
        """Decorate a class of fields; of what the standard library's takes, only what is used here is there."""
        assert frozen
        assert slots
        return make
