"""A whole KSR module that is not there: every function that Kamailio exports under its name, answered by a test and recorded."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kemilua._arguments import mapping, shown
from kemilua._ffi import lib
from kemilua._kamailio import declarations
from kemilua._records import dataclass
from kemilua.errors import KemiError
from kemilua.exports import INT, LONG, STR, XVAL, Export, Registrable, split_name

__all__ = ["Stub", "StubCall"]

NULLABLE = int(lib.KL_PARAM_NULLABLE)
PARAMS = {"str": (STR, NULLABLE), "int": (INT, 0), "long": (LONG, 0), "xval": (XVAL, 0)}
RETURNS = {"int": int(lib.KL_TYPE_INT), "bool": int(lib.KL_TYPE_BOOL), "none": int(lib.KL_TYPE_NONE), "xval": XVAL}
DEFAULTS: dict[str, Any] = {"int": 1, "bool": True, "none": None, "xval": None}


@dataclass(frozen=True, slots=True)
class StubCall:
    """One call of a function of a stub."""

    name: str
    """The function, without `KSR` and module."""
    arguments: tuple[Any, ...]
    """As Kamailio's function would get them: text, or None for what is none; integers."""
    result: Any


class Stub(Registrable):
    """The KSR module `module` of Kamailio 6.2, for `Engine.register` and `Engine(exports=...)`.

    Every function has the parameters that Kamailio declares, so that a script that passes too few is refused as there,
    and returns what `returns` has under its name: a value, or a callable that is called with the arguments. The others
    return 1, true, or nil, by their declared type. `calls` has every call in order; `clear` empties it.

    Raises KemiError for a module that Kamailio does not have, and for a name in `returns` that it has no function of.
    """

    def __init__(self, module: str, *, returns: Mapping[str, Any] | None = None) -> None:
        """Read the declarations of a module."""
        if not isinstance(module, str) or module not in declarations():
            raise KemiError(f"Kamailio has no KSR module {shown(module)}{_near(module, declarations())}")
        self.module = module
        self.returns = dict(mapping("returns", returns))
        self.calls: list[StubCall] = []
        names = [row["function"] for row in declarations()[module]]
        for name in self.returns:
            if name not in names:
                raise KemiError(f"KSR.{module} has no function {shown(name)}{_near(name, names)}")

    def clear(self) -> None:
        """Forget the calls."""
        self.calls.clear()

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of one function, in order."""
        return [call.arguments for call in self.calls if call.name == name]

    def _registered(self, owner: object | None) -> Iterator[Export]:
        """What `register` makes of it."""
        for row in declarations()[self.module]:
            yield self._export(row)

    def _export(self, row: Mapping[str, str]) -> Export:
        name, returns = row["function"], row["returns"]
        declared = [PARAMS[kind] for kind in row["params"].split(",") if kind]
        module, own_name = split_name(f"{self.module}.{name}" if self.module else name)
        function = self._function(name, DEFAULTS[returns])
        phases = int(lib.KL_PHASE_ANY)
        return Export(module, own_name, function, RETURNS[returns], tuple(p[0] for p in declared), tuple(p[1] for p in declared), 0, phases)

    def _function(self, name: str, default: Any) -> Callable[..., Any]:
        def stub(*arguments: Any) -> Any:
            result = self.returns.get(name, default)
            if callable(result):
                result = result(*arguments)
            if isinstance(result, types.CoroutineType):
                result.close()
                raise TypeError(f"KSR.{self.module}.{name}: an async function cannot answer for it")
            self.calls.append(StubCall(name, arguments, result))
            return result

        return stub

    def __repr__(self) -> str:
        return f"<kemilua.Stub {self.module}: {len(self.calls)} calls>"


def _near(name: object, names: Iterable[str]) -> str:
    import difflib  # only when a name is missing

    close = difflib.get_close_matches(name, list(names), 3) if isinstance(name, str) else []
    return f"; near it: {', '.join(close)}" if close else ""
