"""What a script wanted of KSR that is not there: why, and what it may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from kemilua._kamailio import declarations, native_modules
from kemilua.modules import python_modules

__all__ = ["explain", "exported"]

Names = Mapping[str, "set[str]"]
"""Functions by module, "" for the core."""

LIST = "`kemilua coverage` lists what is"
NEAR = 0.6
"""How alike two names are of which one may be meant for the other."""


@cache
def exported() -> Names:
    """Every KEMI export of Kamailio 6.2."""
    return {module: {row["function"] for row in rows} for module, rows in declarations().items()}


def explain(path: str, here: Names) -> str:
    """A sentence for what was nil: "KSR.tm", "KSR.hdr.apend", or "?tm" for a local variable of that name; "" when nobody knows.

    `here` is what the engine has registered.
    """
    if path.startswith("?"):
        name = path[1:]
        return f"{name} is nil: {_missing_module(name)}" if name in exported() and name not in here else ""
    module, dot, function = path.removeprefix("KSR.").partition(".")
    if dot:
        return _of_module(module, function, here)
    return _of_ksr(module, here)


def _of_ksr(name: str, here: Names) -> str:
    """KSR.name is nil."""
    theirs = exported()
    if name in theirs:
        return _missing_module(name)
    if name in theirs[""]:
        return f"KSR.{name} is not in this kemilua; {LIST}"
    return f"there is no KSR.{name}{_elsewhere(name, here) or _guess(name, 'KSR', {*here, *here.get('', ())}, {*theirs, *theirs['']})}"


def _missing_module(name: str) -> str:
    if name in _all_modules():
        return f"KSR.{name} is not loaded: the engine's `modules` leave it out"
    return f"KSR.{name} is not in this kemilua; {LIST}"


def _of_module(module: str, function: str, here: Names) -> str:
    """KSR.module.function is nil."""
    theirs = exported().get(module, set())
    full = f"KSR.{module}.{function}"
    if function in theirs:
        return f"{full} is not in this kemilua; {LIST}"
    return f"there is no {full}{_elsewhere(function, here) or _guess(function, f'KSR.{module}', here.get(module, set()), theirs)}"


def _guess(name: str, of: str, here: Iterable[str], theirs: Iterable[str]) -> str:
    """What was meant, of what is here or else of what Kamailio has."""
    import difflib  # only when a name is missing

    for names, remark in ((here, ""), (theirs, f", which is not in this kemilua; {LIST}")):
        near = difflib.get_close_matches(name, sorted(filter(None, names)), n=3, cutoff=NEAR)
        if near:
            return f": did you mean {' or '.join(f'{of}.{one}' for one in near)}{remark or '?'}"
    return ""


def _elsewhere(name: str, here: Names) -> str:
    """The same name in another module."""
    for names, remark in ((here, "?"), (exported(), f", which is not in this kemilua; {LIST}")):
        found = sorted(f"KSR.{module}.{name}" if module else f"KSR.{name}" for module, functions in names.items() if name in functions)
        if found:
            return f": did you mean {' or '.join(found[:3])}{remark}"
    return ""


@cache
def _all_modules() -> frozenset[str]:
    """Those that an engine could load."""
    return frozenset((*native_modules(), *python_modules()))
