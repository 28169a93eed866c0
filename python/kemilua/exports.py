"""Python functions as KSR functions: `@export`. How annotations become a KEMI signature (`_signatures`):

| annotation of a parameter | what a script passes | what the function gets |
| --- | --- | --- |
| `Message`, first only | nothing | the current message; without one the call is refused |
| `Message | None`, first only | nothing | the current message, None where there is none |
| `str`, `bytes` | string or number | its text or bytes; empty for nil, boolean, table |
| `str | None`, `bytes | None` | the same | None for nil, boolean, table |
| `int` | number or numeric string | 64 bits, a fraction is dropped; 0 for the rest |
| `kemilua.Int32` | number or numeric string | the same, cut to 32 bits |
| `float` | number or numeric string | the number |
| `bool` | anything | its truth as Python sees it |
| `list`, `dict` (with or without element types) | table | list or dict with text keys |
| `object`, `Any`, other unions | anything | None, bool, int, float, str, list or dict |

Parameters with a default may be left out by the script; `*args` takes any number of further arguments. Results: `None`
(Kamailio's type none), `bool`, `int` (64 bits), and everything else as a value: None, bool, int, float, str, bytes, list,
tuple, dict.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any, NewType, TypeVar

from kemilua._arguments import shown
from kemilua._ffi import lib
from kemilua._records import dataclass
from kemilua.errors import KemiError

__all__ = ["Export", "Int32", "Mark", "Phase", "Registrable", "describe", "export", "is_property", "split_name", "whole"]

Function = TypeVar("Function", bound="Callable[..., Any]")

MARK = "__kemi_export__"
ANY_PHASE = int(lib.KL_PHASE_ANY)


Int32 = NewType("Int32", int)
"""What Kamailio's functions declare as int."""

STR, INT, LONG, XVAL = int(lib.KL_TYPE_STR), int(lib.KL_TYPE_INT), int(lib.KL_TYPE_LONG), int(lib.KL_TYPE_XVAL)


@dataclass(frozen=True, slots=True)
class Mark:
    """What `export` leaves on a function."""

    name: str
    phases: int


@dataclass(frozen=True, slots=True)
class Export:
    """One Python function as `kl_engine_export` takes it."""

    module: str
    name: str
    function: Callable[..., Any]
    returns: int
    params: tuple[int, ...]
    """Types of the parameters; with KL_EXPORT_REST the last one is that of `*args`."""
    marks: tuple[int, ...]
    """KL_PARAM_* of each."""
    flags: int
    phases: int

    @property
    def full_name(self) -> str:
        """`KSR.module.name`, as a script writes it."""
        return ".".join(part for part in ("KSR", self.module, self.name) if part)

    @property
    def count(self) -> int:
        """How many parameters there are, `*args` left out."""
        return len(self.params) - bool(self.flags & lib.KL_EXPORT_REST)


class Registrable:
    """What brings exports or variables of its own: `Variable`, `Stub`."""

    def _registered(self, owner: object | None) -> Iterator[Any]:
        """What it brings, as an attribute of `owner` or alone."""
        raise NotImplementedError


def export(name: str, *, phases: int = ANY_PHASE) -> Callable[[Function], Function]:
    """Mark a function or method as `KSR.<name>`; `Engine.register` or `Engine(exports=...)` takes it from there.

    `name` is `module.function`, or `function` alone for `KSR.function`. `phases` are bits of `Phase`: the routes it may
    be called in. The function stays an ordinary Python function. Static and class methods may be marked, above or below
    their own decorator, and whatever else can be called, such as a `functools.partial`.

    Raises KemiError for a name that is none, and for what cannot be marked: a class, a property, a function written in
    C. A signature that does not fit is found when it is registered.
    """
    split_name(name)

    def mark(function: Function) -> Function:
        if isinstance(function, type):
            raise KemiError(f"export {name} ({describe(function)}): a class cannot be an export; mark its methods, and register an object")
        if is_property(function):
            raise KemiError(f"export {name}: a property is no function; mark a method that returns its value")
        try:
            setattr(function, MARK, Mark(name, phases))
        except (AttributeError, TypeError):
            where = f"export {name} ({describe(function)})"
            raise KemiError(f"{where}: it cannot be marked; call it from a function of your own, with annotations") from None
        return function

    return mark


def split_name(name: str) -> tuple[str, str]:
    """Return module (may be empty) and function of `module.function`; raises KemiError."""
    parts = name.split(".") if isinstance(name, str) else []
    if not 1 <= len(parts) <= 2 or not all(part.isascii() and part.isidentifier() for part in parts):
        raise KemiError(f"the name of an export is function or module.function, not {shown(name)}")
    parts = [sys.intern(part) for part in parts]  # every engine has those of the modules written in Python
    return ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def is_property(member: object) -> bool:
    return isinstance(member, (property, functools.cached_property))


def describe(item: object) -> str:
    """`module.name` of a function or class, the type of anything else."""
    item = whole(item)
    name = getattr(item, "__qualname__", None) or getattr(item, "__name__", None) or type(item).__qualname__
    module = getattr(item, "__module__", None)
    return f"{module}.{name}" if module else str(name)


def whole(function: Any) -> Any:
    """What a `functools.partial` was made of."""
    while isinstance(function, functools.partial):
        function = function.func
    return function


class Phase:
    """The routes of a script, as bits for `export(phases=...)`."""

    REQUEST = int(lib.KL_PHASE_REQUEST)
    FAILURE = int(lib.KL_PHASE_FAILURE)
    TM_ONREPLY = int(lib.KL_PHASE_TM_ONREPLY)
    BRANCH = int(lib.KL_PHASE_BRANCH)
    REPLY = int(lib.KL_PHASE_REPLY)
    ONSEND = int(lib.KL_PHASE_ONSEND)
    LOCAL = int(lib.KL_PHASE_LOCAL)
    EVENT = int(lib.KL_PHASE_EVENT)
    BRANCH_FAILURE = int(lib.KL_PHASE_BRANCH_FAILURE)
    ANY = ANY_PHASE
