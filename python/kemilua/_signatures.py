"""What is marked with `export` on an object, and how annotations become a KEMI signature; the table of them stands in `exports`.

It needs `inspect`, which takes long to import, so it is imported when the first function is registered.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kemilua._ffi import lib
from kemilua._records import dataclass
from kemilua.errors import KemiError
from kemilua.exports import INT, LONG, MARK, STR, XVAL, Export, Int32, Mark, Registrable, describe, is_property, split_name, whole
from kemilua.message import Message

__all__ = ["exports_of", "read_call", "union_members", "wrap"]

MAX_PARAMS = int(lib.KL_EXPORT_MAX_PARAMS)

_KEPT: dict[tuple[int, ...], tuple[int, ...]] = {}


# ---- what is marked


def exports_of(item: object) -> Iterator[Any]:
    """Yield each Export (or VariableExport) of a marked function, or of an object, class or module that holds some, in order of definition.

    What a class marks stays marked where a derived class defines it anew. A class itself brings its static and class
    methods; others need an object.

    Raises KemiError when there is none, or when a signature does not fit.
    """
    if isinstance(item, Registrable):
        yield from item._registered(None)
        return
    own = _mark_on(item)
    if own is not None:
        yield read_signature(item, own)
        return
    found = False
    for name in _names(item):
        member = inspect.getattr_static(item, name, None)
        if isinstance(member, Registrable):
            found = True
            yield from member._registered(item if name not in getattr(item, "__dict__", {}) or isinstance(item, type) else None)
            continue
        mark = _mark_of(item, name)
        if mark is not None:
            found = True
            yield read_signature(getattr(item, name), mark)
    if not found:
        raise KemiError(f"{describe(item)} holds no function marked with kemilua.export, and no variable")


def _mark_on(member: object) -> Mark | None:
    """The mark of a function, or of what a static or class method or property stands on."""
    for attribute in ("__func__", "fget", "func"):
        if isinstance(member, (staticmethod, classmethod, property, functools.cached_property)) and hasattr(member, attribute):
            inner = _mark_on(getattr(member, attribute))
            if inner is not None:
                return inner
    mark = getattr(member, MARK, None)
    return mark if isinstance(mark, Mark) and not isinstance(member, type) else None


def _mark_of(item: object, name: str) -> Mark | None:
    """The mark of an attribute, its own or that of a base class; None when it is none to export. Raises KemiError."""
    member = inspect.getattr_static(item, name, None)
    if not (callable(member) or isinstance(member, classmethod) or is_property(member)):
        return None
    kinds = item.__mro__ if isinstance(item, type) else type(item).__mro__
    marks = [_mark_on(member), *(_mark_on(vars(kind).get(name)) for kind in kinds)]
    mark = next((one for one in marks if one is not None), None)
    if mark is None:
        return None
    where = f"export {mark.name} ({describe(item)}.{name})"
    if is_property(member):
        raise KemiError(f"{where}: a property is no function; mark a method that returns its value")
    if isinstance(item, type) and hasattr(type(member), "__get__") and not isinstance(member, (staticmethod, classmethod)):
        raise KemiError(f"{where}: a method needs an object: register({item.__name__}(...)), or make it a static or class method")
    return mark


def _names(item: object) -> list[str]:
    """Attribute names in order of definition, base classes first."""
    kinds = item.__mro__ if isinstance(item, type) else type(item).__mro__
    names: dict[str, None] = {}
    for kind in reversed(kinds):
        names.update(dict.fromkeys(vars(kind)))
    names.update(dict.fromkeys(getattr(item, "__dict__", {})))
    return list(names)


# ---- signatures


def read_signature(function: Any, mark: Mark) -> Export:
    """Return the export of a marked callable; raises KemiError that names it when its annotations do not fit."""
    module, own_name = split_name(mark.name)
    where = f"export {mark.name} ({describe(function)})"
    parameters, hints, flags = read_call(where, function)
    if parameters and parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL:
        flags |= lib.KL_EXPORT_REST
    rules = [_param_rule(where, parameter, hints) for parameter in parameters]
    if len(rules) > MAX_PARAMS + bool(flags & lib.KL_EXPORT_REST):
        raise KemiError(f"{where}: an export takes at most {MAX_PARAMS} parameters, not {len(parameters)}; *args takes more")
    flags |= lib.KL_EXPORT_OPTIONAL * sum(parameter.default is not parameter.empty for parameter in parameters)
    returns = _return_type(where, hints)
    convert = [rule.convert for rule in rules]
    target = wrap(where, function, bool(flags & lib.KL_EXPORT_MESSAGE), convert, parameters) if any(convert) else function
    params, marks = _kept([rule.type for rule in rules]), _kept([rule.marks for rule in rules])
    return Export(module, own_name, target, returns, params, marks, int(flags), mark.phases)


def _kept(values: list[int]) -> tuple[int, ...]:
    """One tuple for all exports of one shape: each engine has those of the modules written in Python."""
    return _KEPT.setdefault(tuple(values), tuple(values))


def _code(function: Any) -> Any:
    """What carries the annotations of a callable."""
    function = whole(function)
    return function if inspect.isroutine(function) or hasattr(function, "__wrapped__") else type(function).__call__


def read_parameters(where: str, function: Any) -> tuple[list[inspect.Parameter], dict[str, Any]]:
    """Positional parameters and resolved annotations."""
    if not callable(function):
        raise KemiError(f"{where}: not callable")
    target = _code(function)
    _refuse_unfinished(where, target)
    try:
        parameters = list(inspect.signature(function).parameters.values())
        hints = typing.get_type_hints(target)
    except (NameError, TypeError, ValueError, AttributeError) as error:
        raise KemiError(f"{where}: its annotations cannot be read: {error}") from error
    return [parameter for parameter in parameters if _is_positional(where, parameter)], hints


def read_call(where: str, function: Any) -> tuple[list[inspect.Parameter], dict[str, Any], int]:
    """The parameters behind the message, if it takes one; the resolved annotations; and the KL_EXPORT_* flags that say which."""
    parameters, hints = read_parameters(where, function)
    message = is_message(hints.get(parameters[0].name)) if parameters else ""
    flags = int(lib.KL_EXPORT_MESSAGE if message else 0) | int(0 if message == "needed" else lib.KL_EXPORT_ANYWHERE)
    return parameters[1:] if message else parameters, hints, flags


def _refuse_unfinished(where: str, function: Any) -> None:
    """A call of these gives no result, only something that would have to be run."""
    if inspect.iscoroutinefunction(function):
        raise KemiError(
            f"{where}: an async function cannot be an export: the script needs the result at once, and no event loop runs "
            "meanwhile. Use a plain function, and do what has to be awaited before or after the message"
        )
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise KemiError(f"{where}: a generator cannot be an export: calling it runs nothing. Return a list of what it yields")


def _is_positional(where: str, parameter: inspect.Parameter) -> bool:
    if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD, parameter.VAR_POSITIONAL):
        return True
    if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty:
        return False
    hint = "; a decorator should use functools.wraps" if parameter.kind is parameter.VAR_KEYWORD else ""
    raise KemiError(f"{where}: parameter {parameter} cannot come from a script, which has no names for arguments{hint}")


def is_message(annotation: Any) -> typing.Literal["needed", "optional", ""]:
    """Whether a parameter is the message, and whether it can be None."""
    members = union_members(annotation)
    if len(members) == 2 and type(None) in members:
        others = [member for member in members if member is not type(None)]
        return "optional" if is_message(others[0]) == "needed" else ""
    return "needed" if isinstance(annotation, type) and issubclass(annotation, Message) else ""


# ---- annotations to KEMI types


@dataclass(frozen=True, slots=True)
class Rule:
    """How one parameter is declared, and what the value goes through on its way in."""

    type: int
    marks: int = 0
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


NULLABLE, BYTES = int(lib.KL_PARAM_NULLABLE), int(lib.KL_PARAM_BYTES)

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
        hint = ", as a lambda cannot have; write a def" if "<lambda>" in where else ""
        raise KemiError(f"{where}: parameter {parameter.name} has no annotation{hint}")
    if hints[parameter.name] is Int32:
        return RULES[Int32]
    annotation = _plain(hints[parameter.name])
    members = union_members(annotation)
    if len(members) == 2 and type(None) in members:
        wanted = next(member for member in members if member is not type(None))
        if wanted in OPTIONAL_RULES:
            return OPTIONAL_RULES[wanted]
    if members and all(member is type(None) or member in RULES for member in members):
        return RULES[object]
    if annotation in RULES:
        return RULES[annotation]
    if is_message(annotation):
        raise KemiError(f"{where}: parameter {parameter.name}: only the first one can be the Message")
    raise KemiError(f"{where}: parameter {parameter.name}: KEMI has no type for {_name(annotation)}")


def _return_type(where: str, hints: dict[str, Any]) -> int:
    if "return" not in hints:
        hint = ", as a lambda cannot have; write a def" if "<lambda>" in where else ""
        raise KemiError(f"{where}: its result has no annotation{hint}")
    annotation = _plain(hints["return"])
    if annotation in RETURNS:
        return RETURNS[annotation]
    members = union_members(annotation)
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


def union_members(annotation: Any) -> list[Any]:
    if not _is_union(typing.get_origin(annotation)):
        return []
    return [_plain(member) for member in typing.get_args(annotation)]


def _name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def wrap(
    where: str,
    function: Callable[..., Any],
    message: bool,
    convert: Sequence[Callable[[Any], Any] | None],
    parameters: list[inspect.Parameter],
) -> Callable[..., Any]:
    """A function whose parameters need more than what C does on the way in; the last rule is that of `*args` too."""
    last = len(convert) - 1

    def call(*arguments: Any) -> Any:
        values = list(arguments)
        for index, value in enumerate(arguments[message:]):
            place = min(index, last)
            rule = convert[place]
            if rule is None:
                continue
            try:
                values[message + index] = rule(value)
            except TypeError as error:
                raise TypeError(f"{where}: parameter {parameters[place].name}: {error}") from None
        return function(*values)

    return call
