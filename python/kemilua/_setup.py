"""What `Engine` is given, looked at and made what C takes: one function an argument, or kind of it. Every refusal begins with its name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from kemilua import _arguments as arguments
from kemilua._ffi import NULL, CData, ffi, lib, span
from kemilua._lane import DIRECT
from kemilua._text import to_text
from kemilua.effects import Address
from kemilua.errors import ArgumentError, ConfigError, check
from kemilua.limits import Limits
from kemilua.sources import Script, Source

if TYPE_CHECKING:
    from kemilua.shared import SharedState

LIBRARIES = {"full": lib.KL_LIBS_FULL, "safe": lib.KL_LIBS_SAFE}
SEED_BYTES = 32
SOCKET = re.compile(r"(?:(?P<transport>[a-z]+):)?(?P<host>\[[^\]]*\]|[^\s:\[\]]+)(?::(?P<port>\d{1,5}))?(?:\s.*)?")


def first_addresses(sockets: list[str]) -> dict[str, Address]:
    """Host and port by transport, the first of each; C checks the texts."""
    found: dict[str, Address] = {}
    for socket in sockets:
        match = SOCKET.fullmatch(socket)
        if match:
            port = int(match["port"] or 5060)
            found.setdefault(match["transport"] or "udp", (match["host"].strip("[]"), port))
    return found


def script_list(what: str, scripts: Any) -> list[Script]:
    return arguments.items(what, scripts, str, bytes, os.PathLike, Source)


def texts(what: str, value: Any) -> list[str]:
    return [to_text(arguments.text(f"one of {what}", one)) for one in arguments.items(what, value, str)]


def defines(value: Any) -> list[tuple[bytes, bytes]]:
    found = []
    for name, text in arguments.mapping("defines", value).items():
        own_name, what = arguments.text("a name in defines", name), f"defines: {arguments.shown(name)}"
        if isinstance(text, int):
            text = str(arguments.integer(what, text, -(2**63), 2**63 - 1))
        found.append((own_name, arguments.text(what, text)))
    return found


def openlibs(value: Any) -> list[tuple[bytes, Any]]:
    """Names, and addresses or pointers of functions."""
    alone = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)
    found = []
    for one in [value] if alone else arguments.items("openlibs", value):
        if not isinstance(one, (tuple, list)) or len(one) != 2:
            arguments.refuse_type("one of openlibs", "a pair of a name and a path or an address", one)
        name = arguments.text("the name in openlibs", one[0])
        found.append((name, opener(name, one[1]) if isinstance(one[1], (str, bytes, os.PathLike)) else address_of(one[1])))
    return found


def environment() -> bytes:
    """The environment as it is now; another thread may be changing it, so a name may be gone again."""
    found = ((name, os.environb.get(name)) for name in list(os.environb))
    return b"".join(name + b"=" + value + b"\0" for name, value in found if value is not None)


def address_of(value: Any) -> int:
    return arguments.integer("the address in openlibs", value, 1, 2**64 - 1)


def opener(name: bytes, path: str | bytes | os.PathLike[str]) -> CData:
    """The address of `luaopen_NAME` in a library; for the name `a.b`, `luaopen_a_b`, as `require` has it. Raises ReadError."""
    address, error = ffi.new("void **"), ffi.new("kl_error *")
    function = b"luaopen_" + name.replace(b".", b"_")
    check(lib.kl_library_function(span(os.fsencode(path)), span(function), address, error), error)
    return address[0]


def export_list(value: Any) -> list[object]:
    """Objects that hold exports; what cannot be iterated over, such as a function or a module, is the only one."""
    return list(arguments.items("exports", value)) if isinstance(value, (Iterable, str)) else [value]


def shared_pointer(shared: SharedState | None) -> CData:
    from kemilua.shared import SharedState

    if shared is None:
        return NULL
    if not isinstance(shared, SharedState):
        arguments.refuse_type("shared", "a kemilua.SharedState", shared)
    return shared._pointer


def seed(random: Callable[[int], bytes]) -> bytes:
    if not callable(random):
        arguments.refuse_type("random", "a function of a number of bytes, such as os.urandom", random)
    drawn = random(SEED_BYTES)
    if not isinstance(drawn, (bytes, bytearray)):
        arguments.refuse_type(f"what random({SEED_BYTES}) returns", "bytes", drawn)
    if len(drawn) != SEED_BYTES:
        raise ArgumentError(f"random({SEED_BYTES}) gave {len(drawn)} bytes")
    return bytes(drawn)


def number(what: str, value: Any) -> int:
    """An integer, or the text of one."""
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,10}\s*", value):
        value = int(value)
    return arguments.integer(what, value, -(2**31), 2**31 - 1)


def does_raise(errors: str) -> bool:
    if errors not in ("log", "raise"):
        raise ArgumentError(f'errors is "log" or "raise", not {arguments.shown(errors)}')
    return errors == "raise"


def make_config(
    limits: Limits,
    libraries: str,
    *,
    reload: bool,
    log_mode: int,
    log_level: int,
    host: CData,
    strict: bool,
    two_clocks: bool,
    next_hops: bool,
    seed: bytes,
) -> CData:
    if not isinstance(limits, Limits):
        arguments.refuse_type("limits", "kemilua.Limits", limits)
    if not isinstance(libraries, str) or libraries not in LIBRARIES:
        raise ConfigError(f'libraries is "full" or "safe", not {arguments.shown(libraries)}')
    config = ffi.new("kl_config *")
    config.instructions = limits.instructions
    config.cpu = int((limits.cpu or 0) * 1e9)
    config.memory = limits.memory
    config.message_memory = limits.message_memory
    config.libraries = LIBRARIES[libraries]
    config.reload = reload
    config.log_mode = log_mode
    config.log_level = log_level
    config.strict = strict
    config.two_clocks = two_clocks
    config.next_hops = next_hops
    config.host = host
    ffi.memmove(config.seed, seed, SEED_BYTES)
    return config


def choose_lane(lane: str | None) -> Literal["direct", "portable"]:
    """How C reaches Python's exports; raises ArgumentError for a lane that there is not."""
    if lane not in (None, "direct", "portable") or (lane == "direct" and not DIRECT):
        raise ArgumentError(f'lane is "portable"{", or direct" if DIRECT else " on this interpreter"}, not {arguments.shown(lane)}')
    return "direct" if DIRECT and lane != "portable" else "portable"
