"""Python functions as pseudo-variables: `@variable("$name(inner)[index]")`, read and perhaps written wherever a script can name one."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from typing import Any

from kemilua._arguments import shown
from kemilua._ffi import lib
from kemilua._records import dataclass
from kemilua._text import to_bytes, to_text
from kemilua.errors import KemiError
from kemilua.exports import Registrable

__all__ = ["Variable", "VariableExport", "variable"]

TEMPLATE = re.compile(r"\$(\()?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)(?P<inner>\([^()]+\))?(?P<index>\[[^\[\]]+\])?(?(1)\))", re.ASCII)


@dataclass(frozen=True, slots=True)
class VariableExport:
    """One variable as `kl_engine_variable` takes it; each function with its KL_EXPORT_* flags."""

    name: str
    flags: int
    get: tuple[Callable[..., Any], int]
    set: tuple[Callable[..., Any], int] | None


class Variable(Registrable):
    """A pseudo-variable made of Python functions; `setter` adds what writes it, as that of a property does."""

    def __init__(self, template: str, get: Callable[..., Any], set: Callable[..., Any] | None = None) -> None:
        """Read `$name`, `$name(inner)`, `$name[index]` or `$name(inner)[index]`; raises KemiError for another form."""
        match = _parts(template)
        if not callable(get) or not (set is None or callable(set)):
            raise KemiError(f"variable {template}: what reads and writes it must be functions")
        self.template, self._match, self._get, self._set = template, match, get, set

    def setter(self, function: Callable[..., Any]) -> Variable:
        """Make a script's assignment call `function`, with what the reading one is called with and then the value."""
        return Variable(self.template, self._get, function)

    def __call__(self, *arguments: Any) -> Any:
        """Call the reading function."""
        return self._get(*arguments)

    def __get__(self, instance: object, owner: type | None = None) -> Variable:
        if instance is None:
            return self
        return Variable(self.template, types.MethodType(self._get, instance), self._set and types.MethodType(self._set, instance))

    def _registered(self, owner: object | None) -> Iterator[VariableExport]:
        """What `register` makes of it, as an attribute of `owner`; raises KemiError when annotations do not fit."""
        if isinstance(owner, type):
            raise KemiError(f"variable {self.template}: a method needs an object: register({owner.__name__}(...))")
        bound = self if owner is None or isinstance(owner, types.ModuleType) else self.__get__(owner)
        where, flags = f"variable {self.template}", 0
        if self._match["inner"]:
            flags |= lib.KL_VARIABLE_INNER
        if self._match["index"]:
            flags |= lib.KL_VARIABLE_INDEX
        count = bool(self._match["inner"]) + bool(self._match["index"])
        get = _read(where, bound._get, count, self._match["inner"] is not None, False)
        set_ = _read(where, bound._set, count + 1, self._match["inner"] is not None, True) if bound._set else None
        yield VariableExport(self._match["name"], int(flags), get, set_)


def variable(template: str) -> Callable[[Callable[..., Any]], Variable]:
    """Make a function the pseudo-variable `$name`, `$name(inner)`, `$name[index]` or `$name(inner)[index]`.

    The function takes the Message first, if it wants it (without a message the variable is null then; `Message | None`
    gets None), then the inner text as `str` or `bytes`, then the index: an integer, `"*"`, `"+"`, or None when there is
    none. It returns `str`, `bytes`, `int` or None, which is null. `setter` adds a function that takes these and the
    value, None to unset; without it the variable is read-only, which a script does not notice, as in Kamailio.

    `Engine.register` and `Engine(exports=...)` take it. What it raises ends the KSR call that asked, as an export's
    exception does; where there is none, a log line tells. KSR.pv.get gives 32 bits of an integer, as of every variable.

    Raises KemiError for a malformed template.
    """
    _parts(template)
    return lambda function: Variable(template, function)


def _parts(template: str) -> re.Match[str]:
    match = TEMPLATE.fullmatch(template) if isinstance(template, str) else None
    if match is None:
        raise KemiError(f"a variable is $name, $name(inner), $name[index] or $name(inner)[index], not {shown(template)}")
    return match


def _read(where: str, function: Callable[..., Any], count: int, has_inner: bool, writes: bool) -> tuple[Callable[..., Any], int]:
    """A function with its flags, wrapped where the annotations ask for it."""
    from kemilua._signatures import read_call, wrap

    parameters, hints, flags = read_call(where, function)
    if len(parameters) != count:
        kind = "writing" if writes else "reading"
        raise KemiError(f"{where}: its {kind} function takes {count} parameters besides the message, not {len(parameters)}")
    convert: list[Callable[[Any], Any] | None] = [None] * count
    for place, parameter in enumerate(parameters):
        if parameter.name not in hints:
            raise KemiError(f"{where}: parameter {parameter.name} has no annotation")
        if (place == 0 and has_inner) or (writes and place == count - 1):
            convert[place] = _CONVERT.get(hints[parameter.name])
    if not writes and not _is_result(hints.get("return", ...)):
        raise KemiError(f"{where}: its reading function returns str, bytes, int, None or a union of these, as its annotation says")
    lent = bool(flags & lib.KL_EXPORT_MESSAGE)
    return wrap(where, function, lent, convert, parameters) if any(convert) else function, flags


def _is_result(annotation: Any) -> bool:
    from kemilua._signatures import union_members

    members = union_members(annotation) or [annotation]
    return all(member in (str, bytes, int, bool, type(None), object, Any) for member in members)


def _text(value: Any) -> str:
    return "" if value is None else to_text(value) if isinstance(value, bytes) else str(value)


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise TypeError("an integer is expected") from None


_CONVERT: dict[Any, Callable[[Any], Any]] = {str: _text, bytes: lambda value: to_bytes(_text(value)), int: _integer}
"""What makes a value what its parameter is declared as; unions and object take it as it comes."""
