"""Python functions as KSR functions: `@export`, and how annotations become a KEMI signature.

| annotation of a parameter | what a script passes | what the function gets |
| --- | --- | --- |
| `Message`, first only | nothing | the current message |
| `str`, `bytes` | string or number | its text or bytes; empty for nil, boolean, table |
| `str | None`, `bytes | None` | the same | None for nil, boolean, table |
| `int` | number or numeric string | 64 bits, a fraction is dropped; 0 for the rest |
| `Int32` (of this file) | number or numeric string | the same, cut to 32 bits |
| `float` | number or numeric string | the number |
| `bool` | anything | its truth as Python sees it |
| `list`, `dict` (with or without element types) | table | list or dict with text keys |
| `object`, `Any`, other unions | anything | None, bool, int, float, str, list or dict |

Parameters with a default may be left out by the script. Results: `None` (Kamailio's type none), `bool`, `int` (64 bits), and
everything else as a value: None, bool, int, float, str, bytes, list, tuple, dict.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kemilua._ffi import lib
from kemilua.errors import KemiError
from kemilua.message import Message

__all__ = ["Export", "Int32", "Phase", "export", "exports_of", "read_signature"]

Function = TypeVar("Function", bound="Callable[..., Any]")

MARK = "__kemi_export__"
MAX_PARAMS = 6
ANY_PHASE = int(lib.KL_PHASE_ANY)


@dataclass(frozen=True, slots=True)
class Export:
    """One Python function as `kl_engine_export` takes it."""

    module: str
    name: str
    function: Callable[..., Any]
    returns: int
    params: tuple[int, ...]
    flags: int
    phases: int

    @property
    def full_name(self) -> str:
        """`KSR.module.name`, as a script writes it."""
        return ".".join(part for part in ("KSR", self.module, self.name) if part)


def export(name: str, *, phases: int = ANY_PHASE) -> Callable[[Function], Function]:
    """Mark a function or method as `KSR.<name>`; `Engine.register` or `Engine(exports=...)` takes it from there.

    `name` is `module.function`, or `function` alone for `KSR.function`. `phases` are bits of `Phase`: the routes it may
    be called in. The function stays an ordinary Python function.

    Raises KemiError for a name that is none; a signature that does not fit is found when it is registered.
    """
    split_name(name)

    def mark(function: Function) -> Function:
        setattr(function, MARK, (name, phases))
        return function

    return mark


def split_name(name: str) -> tuple[str, str]:
    """Return module (may be empty) and function of `module.function`; raises KemiError."""
    parts = name.split(".") if isinstance(name, str) else []
    if not 1 <= len(parts) <= 2 or not all(part.isascii() and part.isidentifier() for part in parts):
        raise KemiError(f"the name of an export is function or module.function, not {name!r}")
    return ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def exports_of(item: object) -> Iterator[Export]:
    """Yield the exports of a marked function, or of an object, class or module that holds some, in order of definition.

    Raises KemiError when there is none, or when a signature does not fit.
    """
    if hasattr(item, MARK):
        yield read_signature(item)
        return
    found = False
    for name in _names(item):
        member = inspect.getattr_static(item, name, None)
        if hasattr(member, MARK) or hasattr(getattr(member, "__func__", None), MARK):
            found = True
            yield read_signature(getattr(item, name))
    if not found:
        raise KemiError(f"{_describe(item)} holds no function marked with kemilua.export")


def _names(item: object) -> list[str]:
    """Attribute names in order of definition, base classes first."""
    kinds = item.__mro__ if isinstance(item, type) else type(item).__mro__
    names: dict[str, None] = {}
    for kind in reversed(kinds):
        names.update(dict.fromkeys(vars(kind)))
    names.update(dict.fromkeys(getattr(item, "__dict__", {})))
    return list(names)


def read_signature(function: Any) -> Export:
    """Return the export of a marked callable; raises KemiError that names it when its annotations do not fit."""
    name, phases = getattr(function, MARK)
    module, own_name = split_name(name)
    where = f"export {name} ({_describe(function)})"
    parameters, hints = _annotations(where, function)
    flags = 0
    if parameters and _is_message(hints.get(parameters[0].name)):
        flags |= lib.KL_EXPORT_MESSAGE
        parameters = parameters[1:]
    if len(parameters) > MAX_PARAMS:
        raise KemiError(f"{where}: KSR functions take at most {MAX_PARAMS} parameters, not {len(parameters)}")
    params: list[int] = []
    convert: list[Callable[[Any], Any] | None] = []
    for index, parameter in enumerate(parameters):
        rule = _param_rule(where, parameter, hints)
        params.append(rule.type)
        convert.append(rule.convert)
        flags |= rule.flags << index
    optional = sum(parameter.default is not parameter.empty for parameter in parameters)
    flags |= lib.KL_EXPORT_OPTIONAL * optional
    returns = _return_type(where, hints)
    target = _converting(where, function, flags, convert, parameters) if any(convert) else function
    return Export(module, own_name, target, returns, tuple(params), int(flags), phases)


def _describe(item: object) -> str:
    """`module.name` of a function or class, the type of anything else."""
    name = getattr(item, "__qualname__", None) or getattr(item, "__name__", None) or type(item).__qualname__
    module = getattr(item, "__module__", None)
    return f"{module}.{name}" if module else str(name)


def _annotations(where: str, function: Any) -> tuple[list[inspect.Parameter], dict[str, Any]]:
    """Positional parameters and resolved annotations."""
    if not callable(function):
        raise KemiError(f"{where}: not callable")
    target = function if inspect.isroutine(function) else type(function).__call__
    try:
        parameters = list(inspect.signature(function).parameters.values())
        hints = typing.get_type_hints(target)
    except (NameError, TypeError, ValueError, AttributeError) as error:
        raise KemiError(f"{where}: its annotations cannot be read: {error}") from error
    return [parameter for parameter in parameters if _is_positional(where, parameter)], hints


def _is_positional(where: str, parameter: inspect.Parameter) -> bool:
    if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
        return True
    if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty:
        return False
    raise KemiError(f"{where}: parameter {parameter} cannot come from a script")


def _is_message(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Message)


# ---- annotations to KEMI types


@dataclass(frozen=True, slots=True)
class Rule:
    """How one parameter is declared, and what the value goes through on its way in."""

    type: int
    flags: int = 0
    convert: Callable[[Any], Any] | None = None


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise TypeError("a table of the list kind is expected")


def _as_dict(value: Any) -> dict[str, Any]:
    if value == []:  # an empty table is an empty list and an empty dict
        return {}
    if isinstance(value, dict):
        return value
    raise TypeError("a table of the dict kind is expected")


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError("a number is expected") from None


Int32 = typing.NewType("Int32", int)
"""What Kamailio's functions declare as int."""

STR, INT, LONG, XVAL = int(lib.KL_TYPE_STR), int(lib.KL_TYPE_INT), int(lib.KL_TYPE_LONG), int(lib.KL_TYPE_XVAL)
NULLABLE, BYTES = int(lib.KL_EXPORT_NULLABLE), int(lib.KL_EXPORT_BYTES)

RULES: dict[Any, Rule] = {
    str: Rule(STR),
    bytes: Rule(STR, BYTES),
    int: Rule(LONG),
    Int32: Rule(INT),
    float: Rule(XVAL, 0, _as_float),
    bool: Rule(XVAL, 0, bool),
    object: Rule(XVAL),
    Any: Rule(XVAL),
    list: Rule(XVAL, 0, _as_list),
    Sequence: Rule(XVAL, 0, _as_list),
    dict: Rule(XVAL, 0, _as_dict),
    Mapping: Rule(XVAL, 0, _as_dict),
}
OPTIONAL_RULES: dict[Any, Rule] = {str: Rule(STR, NULLABLE), bytes: Rule(STR, BYTES | NULLABLE)}

RETURNS: dict[Any, int] = {
    type(None): int(lib.KL_TYPE_NONE),
    bool: int(lib.KL_TYPE_BOOL),
    int: int(lib.KL_TYPE_INT),
}
XVAL_RETURNS = {str, bytes, float, object, Any, list, tuple, dict, Sequence, Mapping}


def _param_rule(where: str, parameter: inspect.Parameter, hints: dict[str, Any]) -> Rule:
    if parameter.name not in hints:
        raise KemiError(f"{where}: parameter {parameter.name} has no annotation")
    if hints[parameter.name] is Int32:
        return RULES[Int32]
    annotation = _plain(hints[parameter.name])
    members = _union_members(annotation)
    if len(members) == 2 and type(None) in members:
        wanted = next(member for member in members if member is not type(None))
        if wanted in OPTIONAL_RULES:
            return OPTIONAL_RULES[wanted]
    if members and all(member is type(None) or member in RULES for member in members):
        return RULES[object]
    if annotation in RULES:
        return RULES[annotation]
    if _is_message(annotation):
        raise KemiError(f"{where}: parameter {parameter.name}: only the first one can be the Message")
    raise KemiError(f"{where}: parameter {parameter.name}: KEMI has no type for {_name(annotation)}")


def _return_type(where: str, hints: dict[str, Any]) -> int:
    if "return" not in hints:
        raise KemiError(f"{where}: its result has no annotation")
    annotation = _plain(hints["return"])
    if annotation in RETURNS:
        return RETURNS[annotation]
    members = _union_members(annotation)
    if annotation in XVAL_RETURNS or (members and all(m in RETURNS or m in XVAL_RETURNS for m in members)):
        return XVAL
    raise KemiError(f"{where}: KEMI has no type for the result {_name(annotation)}")


def _plain(annotation: Any) -> Any:
    """`list[str]` is list, a NewType what it stands for."""
    while hasattr(annotation, "__supertype__"):
        annotation = annotation.__supertype__
    origin = typing.get_origin(annotation)
    return annotation if origin is None or _is_union(origin) else origin


def _is_union(origin: Any) -> bool:
    return origin is typing.Union or origin is types.UnionType


def _union_members(annotation: Any) -> list[Any]:
    if not _is_union(typing.get_origin(annotation)):
        return []
    return [_plain(member) for member in typing.get_args(annotation)]


def _name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _converting(
    where: str,
    function: Callable[..., Any],
    flags: int,
    convert: list[Callable[[Any], Any] | None],
    parameters: list[inspect.Parameter],
) -> Callable[..., Any]:
    """Wrap a function whose parameters need more than what C does on the way in."""
    skip = 1 if flags & lib.KL_EXPORT_MESSAGE else 0

    def call(*arguments: Any) -> Any:
        values = list(arguments)
        for index, value in enumerate(arguments[skip:]):
            rule = convert[index]
            if rule is None:
                continue
            try:
                values[skip + index] = rule(value)
            except TypeError as error:
                raise TypeError(f"{where}: parameter {parameters[index].name}: {error}") from None
        return function(*values)

    return call


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
    ANY = ANY_PHASE
