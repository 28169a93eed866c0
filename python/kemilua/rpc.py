"""RPC commands: one registry of those written in Python and in C, and those of the core and of app_lua in the shapes of Kamailio.

A command in Python is a function of the engine and of its parameters, marked with `command`; C modules have a table of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from kemilua import _arguments as arguments
from kemilua import _values
from kemilua._ffi import CData, ffi, lib, span, span_text, text_of
from kemilua._records import dataclass
from kemilua.errors import KemiluaError, RpcError, check

if TYPE_CHECKING:
    from kemilua.engine import Engine

__all__ = ["Command", "call", "commands", "unknown"]

Function: TypeAlias = "Callable[..., Any]"


@dataclass(frozen=True, slots=True)
class Command:
    """One RPC command, as `Engine.commands` has it."""

    name: str
    """Kamailio's, such as `htable.get`."""
    parameters: str
    """Their names, `[...]` around those that may be left out."""
    help: str
    """One sentence: what it does and what its result is."""


PYTHON: dict[str, tuple[Command, Function]] = {}
"""The commands that are written here, which every engine has."""

TYPE_NAMES = {
    lib.KL_TYPE_NONE: "none",
    lib.KL_TYPE_BOOL: "bool",
    lib.KL_TYPE_INT: "int",
    lib.KL_TYPE_LONG: "long",
    lib.KL_TYPE_STR: "str",
    lib.KL_TYPE_XVAL: "xval",
}


def command(name: str, parameters: str, help: str) -> Callable[[Function], Function]:
    """Make a function a command of every engine."""

    def register(function: Function) -> Function:
        PYTHON[name] = Command(name, parameters, help), function
        return function

    return register


def commands(engine: Engine) -> dict[str, Command]:
    """Every command of an engine by its name, in alphabetical order."""
    found = {name: one for name, (one, _) in PYTHON.items()}
    found.update((one.name, one) for one in engine._ask(_native_commands))
    return dict(sorted(found.items()))


def _native_commands(pointer: CData) -> list[Command]:
    """The commands of the C modules that are loaded."""
    name, parameters, help = (ffi.new("const char **") for _ in range(3))
    found: list[Command] = []
    while lib.kl_engine_command_info(pointer, len(found), name, parameters, help) == lib.KL_OK:
        found.append(Command(text_of(name[0]), text_of(parameters[0]), text_of(help[0])))
    return found


def name_of(command: Any) -> str:
    """Raises ArgumentError."""
    return arguments.text("command", command).decode("utf-8", "surrogateescape")


def call(engine: Engine, name: str, *parameters: Any) -> Any:
    """Run a command; raises RpcError for an unknown one, too many parameters, or what the command itself reports.

    What is to be waited for is a Future.
    """
    text = name_of(name)
    known = PYTHON.get(text)
    if known is not None:
        engine._open()
        return known[1](engine, *parameters)
    return _native(engine, text, parameters)


def is_awaited(result: Any) -> bool:
    """Whether what `call` returned is a Future."""
    return hasattr(result, "add_done_callback")


def unknown(engine: Engine, name: str) -> RpcError:
    """Kamailio's fault for a command that there is not; its reason names those that look alike."""
    import difflib  # only when a name is missing

    near = difflib.get_close_matches(name, commands(engine), n=3)
    reason = f"there is no command {arguments.shown(name)}"
    return RpcError(500, "Method Not Found", f"{reason}; near it are {', '.join(near)}" if near else reason)


def _native(engine: Engine, name: str, parameters: tuple[Any, ...]) -> Any:
    """Run a command of a C module."""
    keep: list[Any] = []
    values = ffi.new("kl_value[]", len(parameters) or 1)
    for index, parameter in enumerate(parameters):
        arguments.fill(f"parameter {index + 1} of {name}", ffi.addressof(values, index), parameter, keep)
    result, code = ffi.new("const kl_value **"), ffi.new("int *")

    def run(pointer: CData, _: CData, error: CData) -> Any:
        status = lib.kl_engine_command(pointer, span(name), values, len(parameters), result, code, error)
        if status == lib.KL_ENOENT:
            raise unknown(engine, name)
        check(status, error)
        return code[0], _values.read(result[0])

    status, value = engine._perform(None, run)
    if status == lib.KL_RPC_LATER:
        return engine._await(value)
    if status == lib.KL_RPC_ELSEWHERE:
        return engine._ask_other(value, name, parameters)
    if status != 0:
        raise RpcError(status, str(value))
    return value


@command("system.listMethods", "", "The names of all commands.")
def list_methods(engine: Engine, *_: Any) -> list[str]:
    """As Kamailio's, in alphabetical order."""
    return list(commands(engine))


@command("system.methodHelp", "COMMAND", "What a command does, as a sentence.")
def method_help(engine: Engine, *parameters: Any) -> str:
    """As Kamailio's, faults included."""
    if not parameters or not isinstance(parameters[0], str):
        raise RpcError(400, "Method Name Expected")
    found = commands(engine).get(parameters[0])
    if found is None:
        raise RpcError(400, "command not found", unknown(engine, parameters[0]).reason)
    return found.help


@command("core.echo", "[VALUE ...]", "Its parameters, as a list.")
def echo(engine: Engine, *parameters: Any) -> list[Any]:
    """For a host that wants to know whether its way to the engine works."""
    return list(parameters)


@command("app_lua.list", "", "A line for each script, `N: [path]`, counted from the last load on; `No scripts loaded` when there is none.")
def list_scripts(engine: Engine, *_: Any) -> list[str]:
    """One line per script, `N: [path]`, counted from the last load on; "No scripts loaded" when there is none."""
    lines = [f"{index}: [{path}]" for index, path in enumerate(engine.scripts)]
    return lines or ["No scripts loaded"]


@command("app_lua.reload", "[INDEX]", "Load one script anew, or all of them, with an empty result; after a fault the old ones serve on.")
def reload(engine: Engine, index: Any = None, *_: Any) -> dict[str, Any]:
    """Load one script anew, or all of them without an index, with a negative one, or with what is no integer.

    All or nothing: when one fails, the old scripts keep serving; the RpcError has the reason, and the exception as its cause.
    """
    wanted = min(index, 2**31 - 1) if isinstance(index, int) and not isinstance(index, bool) and index >= 0 else -1
    try:
        engine.reload(wanted)
    except KemiluaError as error:
        raise RpcError(500, "Reload Failed", str(error)) from error
    return {}


@command("app_lua.api_list", "", "Every KSR function: `msize` is their number, `methods` has their modules, names and types.")
def api_list(engine: Engine, *_: Any) -> dict[str, Any]:
    """Every KSR function with its types, in order of registration; those of KSR.x are none of them, as in Kamailio."""
    methods = [{"func": function} for function in rows(engine)]
    return {"msize": len(methods), "methods": methods}


def rows(engine: Engine) -> list[dict[str, str]]:
    """The table behind KSR, as `app_lua.api_list` shows it."""
    return engine._ask(_read_rows)


def _read_rows(pointer: CData) -> list[dict[str, str]]:
    module, name = ffi.new("const char **"), ffi.new("const char **")
    returns, params = ffi.new("kl_type *"), ffi.new("const kl_type **")
    count, slot = ffi.new("size_t *"), ffi.new("int *")
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
