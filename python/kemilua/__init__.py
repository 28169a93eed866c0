"""Kamailio KEMI Lua routing scripts inside Python: app_lua and the KSR object as an engine without IO.

engine = kemilua.Engine("routing.lua", listen=["udp:192.0.2.1:5060"])
for effect in engine.receive_datagram(data, source=("198.51.100.7", 5060), now=time.time()):
    if isinstance(effect, kemilua.Send):
        sock.sendto(effect.data, effect.destination)
"""

from typing import TYPE_CHECKING

from kemilua._packet import Data
from kemilua._text import printable
from kemilua._version import __version__
from kemilua.effects import Address, Alias, Columns, Drop, Effect, Level, Log, Release, Resolve, Send, Store, StoreValue, Target
from kemilua.engine import Engine, Params, ParamValue
from kemilua.errors import (
    AllocationError,
    ArgumentError,
    ArgumentTypeError,
    BudgetError,
    ConfigError,
    CpuLimitError,
    EngineBusyError,
    EngineClosedError,
    ExportError,
    IncompleteMessageError,
    KemiError,
    KemiluaError,
    MessageError,
    MessageTooLargeError,
    MisuseError,
    NestingError,
    NotFoundError,
    ReadError,
    RpcError,
    ScriptError,
    ScriptMemoryError,
    ScriptSyntaxError,
    StaleMessageError,
)
from kemilua.exports import Int32, Phase, export
from kemilua.include import get_include
from kemilua.limits import Limits
from kemilua.message import Message
from kemilua.refusal import refusal
from kemilua.rpc import Command
from kemilua.shared import SharedState
from kemilua.sources import Script, Source
from kemilua.stream import PING, PONG, Stream
from kemilua.stubs import Stub, StubCall
from kemilua.trace import Call
from kemilua.variables import Variable, variable

if TYPE_CHECKING:
    from kemilua.udp import UdpLoop
    from kemilua.writer import StoreWriter

__all__ = [
    "PING",
    "PONG",
    "Address",
    "Alias",
    "AllocationError",
    "ArgumentError",
    "ArgumentTypeError",
    "BudgetError",
    "Call",
    "Columns",
    "Command",
    "ConfigError",
    "CpuLimitError",
    "Data",
    "Drop",
    "Effect",
    "Engine",
    "EngineBusyError",
    "EngineClosedError",
    "ExportError",
    "IncompleteMessageError",
    "Int32",
    "KemiError",
    "KemiluaError",
    "Level",
    "Limits",
    "Log",
    "Message",
    "MessageError",
    "MessageTooLargeError",
    "MisuseError",
    "NestingError",
    "NotFoundError",
    "ParamValue",
    "Params",
    "Phase",
    "ReadError",
    "Release",
    "Resolve",
    "RpcError",
    "Script",
    "ScriptError",
    "ScriptMemoryError",
    "ScriptSyntaxError",
    "Send",
    "SharedState",
    "Source",
    "StaleMessageError",
    "Store",
    "StoreValue",
    "StoreWriter",
    "Stream",
    "Stub",
    "StubCall",
    "Target",
    "UdpLoop",
    "Variable",
    "__version__",
    "export",
    "get_include",
    "printable",
    "refusal",
    "variable",
]


_LATE = {"UdpLoop": "kemilua.udp", "StoreWriter": "kemilua.writer"}


def __getattr__(name: str) -> object:
    """What sockets and threads come with comes when somebody asks for it."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(_LATE[name]), name)
    globals()[name] = found
    return found
