"""RPC commands: a registry, and those of app_lua in the result shapes of Kamailio.

A command is a function of the engine and of its parameters. Like KSR functions, modules add theirs by a decorator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from kemilua import _values
from kemilua._ffi import CData, ffi, lib, span, span_text, text_of
from kemilua.errors import KemiluaError, RpcError, check

if TYPE_CHECKING:
    from kemilua.engine import Engine

__all__ = ["COMMANDS", "call", "command"]

Command: TypeAlias = "Callable[..., Any]"

COMMANDS: dict[str, Command] = {}
"""Every command by its name."""

TYPE_NAMES = {
    lib.KL_TYPE_NONE: "none",
    lib.KL_TYPE_BOOL: "bool",
    lib.KL_TYPE_INT: "int",
    lib.KL_TYPE_LONG: "long",
    lib.KL_TYPE_STR: "str",
    lib.KL_TYPE_XVAL: "xval",
}


def command(name: str) -> Callable[[Command], Command]:
    """Register a function as an RPC command."""

    def register(function: Command) -> Command:
        COMMANDS[name] = function
        return function

    return register


def call(engine: Engine, name: str, *parameters: Any) -> Any:
    """Run a command; raises RpcError for an unknown one, too many parameters, or what the command itself reports."""
    function = COMMANDS.get(name)
    return _native(engine, name, parameters) if function is None else function(engine, *parameters)


def _native(engine: Engine, name: str, parameters: tuple[Any, ...]) -> Any:
    """Run a command of a C module."""
    keep: list[Any] = []
    values = ffi.new("kl_value[]", len(parameters) or 1)
    for index, parameter in enumerate(parameters):
        _values.fill(ffi.addressof(values, index), parameter, keep)
    result, code = ffi.new("const kl_value **"), ffi.new("int *")

    def run(pointer: CData, _: CData, error: CData) -> Any:
        status = lib.kl_engine_command(pointer, span(name), values, len(parameters), result, code, error)
        if status == lib.KL_ENOENT:
            raise RpcError(500, "Method Not Found")
        check(status, error)
        value = _values.read(result[0])
        if code[0] != 0:
            raise RpcError(code[0], str(value))
        return value

    return engine._perform(None, run)


@command("app_lua.list")
def list_scripts(engine: Engine, *_: Any) -> list[str]:
    """One line per script, `N: [path]`, counted from the last load on; "No scripts loaded" when there is none."""
    lines = [f"{index}: [{path}]" for index, path in enumerate(engine.scripts)]
    return lines or ["No scripts loaded"]


@command("app_lua.reload")
def reload(engine: Engine, index: Any = None, *_: Any) -> dict[str, Any]:
    """Load one script anew, or all of them without an index, with a negative one, or with what is no integer.

    All or nothing: when one fails, the old scripts keep serving and the cause of the RpcError says why.
    """
    wanted = index if isinstance(index, int) and not isinstance(index, bool) and index >= 0 else -1
    try:
        engine.reload(wanted)
    except KemiluaError as error:
        raise RpcError(500, "Reload Failed") from error
    return {}


@command("app_lua.api_list")
def api_list(engine: Engine, *_: Any) -> dict[str, Any]:
    """Every KSR function with its types, in order of registration; those of KSR.x are none of them, as in Kamailio."""
    methods = [{"func": function} for function in rows(engine)]
    return {"msize": len(methods), "methods": methods}


def rows(engine: Engine) -> list[dict[str, str]]:
    """The table behind KSR, as `app_lua.api_list` shows it."""
    module, name = ffi.new("const char **"), ffi.new("const char **")
    returns, params = ffi.new("kl_type *"), ffi.new("const kl_type **")
    count, slot = ffi.new("size_t *"), ffi.new("int *")
    pointer = engine._pointer_or_raise()
    found = []
    for index in range(lib.kl_engine_row_count(pointer)):
        lib.kl_engine_row(pointer, index, module, name, returns, params, count, slot)
        types = [TYPE_NAMES[kind] for kind in ffi.unpack(params[0], count[0])]
        found.append(
            {
                "ret": TYPE_NAMES[returns[0]],
                "module": text_of(module[0]),
                "name": text_of(name[0]),
                "params": ", ".join(types) or "none",
            }
        )
    return found


def script_paths(pointer: Any) -> list[str]:
    """The paths of the scripts as `app_lua.list` counts them: the last load is 0."""
    path = ffi.new("kl_span *")
    found = []
    for index in range(lib.kl_engine_script_count(pointer)):
        lib.kl_engine_script_path(pointer, index, path)
        found.append(span_text(path))
    return found
