"""How effects and calls look: readable, in colour on a terminal, or as JSON."""

from __future__ import annotations

import base64
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from kemilua._text import printable, to_text
from kemilua.effects import Address, Alias, Drop, Effect, Level, Log, Release, Resolve, Send, Store, StoreValue
from kemilua.trace import Call

__all__ = ["Paint", "as_json", "call_as_json", "call_lines", "complain", "effect_lines", "wants_colour"]

INDENT = " " * 9
COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def wants_colour(choice: str, stream: TextIO) -> bool:
    """Whether to paint: as chosen, or on a terminal that does not say no (NO_COLOR, TERM=dumb)."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Paint:
    """Wraps text in a colour, or leaves it alone."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    def __call__(self, colour: str, text: str) -> str:
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.enabled and text else text


def line_of(text: str | bytes) -> str:
    """A line for people; tabs stay, and all else that moves the cursor is escaped."""
    return "\t".join(map(printable, (to_text(text) if isinstance(text, bytes) else text).split("\t")))


def complain(name: str, text: str, code: int = 1) -> int:
    """Write one line to standard error, if there is one; return the code."""
    if sys.stderr is not None:
        first = text.splitlines()[0] if text.strip() else "failed"
        with contextlib.suppress(OSError):
            print(f"{name}: {line_of(first)}", file=sys.stderr)
    return code


def address_text(address: Address | None) -> str:
    """HOST:PORT, IPv6 in brackets."""
    if address is None:
        return "any"
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# ---- for people


def effect_lines(effect: Effect, paint: Paint) -> Iterator[str]:
    """The lines that show one effect."""
    yield from _LINES[type(effect)](effect, paint)


def _send_lines(effect: Send, paint: Paint) -> Iterator[str]:
    way = line_of(f"{effect.transport} {address_text(effect.local)} -> {address_text(effect.destination)}")
    marks = [name for name in ("close", "no_connect") if getattr(effect, name)]
    marks += [f"after ticket {effect.after}"] * bool(effect.after)
    yield f"  {paint('green', 'send')}   {way}{' ' + ' '.join(marks) if marks else ''}"
    lines = effect.data.split(b"\r\n")
    while lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines):
        text = line_of(line)
        yield f"{INDENT}{paint('bold', text) if number == 0 else text}".rstrip()


def _drop_lines(effect: Drop, paint: Paint) -> Iterator[str]:
    yield f"  {paint('yellow', 'drop')}   {line_of(effect.reason)}"


def _log_lines(effect: Log, paint: Paint) -> Iterator[str]:
    name = effect.level.name.lower()
    colour = "red" if effect.level <= Level.ERR else "yellow" if effect.level == Level.WARN else "blue"
    where = f"{effect.where}: " if effect.where else ""
    first, *rest = map(line_of, effect.text.rstrip("\n").split("\n"))
    yield f"  {paint(colour, name.ljust(6))} {paint('dim', line_of(where))}{first}"
    for line in rest:
        yield f"{INDENT}{line}"


def _alias_lines(effect: Alias, paint: Paint) -> Iterator[str]:
    yield f"  {paint('green', 'alias')}  {effect.transport} connection {effect.connection} is {address_text(effect.address)} too"


def _resolve_lines(effect: Resolve, paint: Paint) -> Iterator[str]:
    port = "" if effect.port is None else f":{effect.port}"
    transport = "" if effect.transport is None else f" by {effect.transport}"
    sips = " for sips" if effect.sips else ""
    yield f"  {paint('green', 'resolve')} {line_of(effect.name)}{port}{transport}{sips} (ticket {effect.ticket})"


def _store_lines(effect: Store, paint: Paint) -> Iterator[str]:
    columns = ", ".join(f"{line_of(name)} = {_literal_value(value)}" for name, value in (*effect.key, *effect.values))
    yield f"  {paint('green', 'store')}  {effect.operation} {line_of(effect.table)}: {columns} (ticket {effect.ticket})"


def _literal_value(value: StoreValue) -> str:
    return _literal(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value)


def _release_lines(effect: Release, paint: Paint) -> Iterator[str]:
    yield f"  {paint('green', 'release')} {'never' if effect.drop else 'now'} (ticket {effect.ticket})"


_LINES: dict[type, Callable[[Any, Paint], Iterator[str]]] = {
    Send: _send_lines,
    Drop: _drop_lines,
    Log: _log_lines,
    Alias: _alias_lines,
    Resolve: _resolve_lines,
    Store: _store_lines,
    Release: _release_lines,
}


def call_lines(calls: list[Call], paint: Paint) -> Iterator[str]:
    """The lines that show some calls: time, place, and the call with its result, indented by the depth of Lua calls."""
    places = max((len(call.where) for call in calls), default=0)
    for call in calls:
        text = f"{'  ' * max(call.depth - 1, 0)}{call.name}({', '.join(map(_literal, call.arguments))})"
        place = paint("dim", f"{call.microseconds:8.1f} us  {line_of(call.where.ljust(places))}")
        yield f"{place}  {text} {paint('cyan', '-> ' + _literal(call.result))}"


def _literal(value: Any) -> str:
    """A value as Lua writes it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{printable(value)}"'
    if isinstance(value, list):
        return "{" + ", ".join(map(_literal, value)) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{printable(key)} = {_literal(element)}" for key, element in value.items()) + "}"
    return str(value)


# ---- for programs


def as_json(effect: Effect) -> dict[str, Any]:
    """One effect as JSON has it; bytes twice: as text when they are UTF-8, and in base 64."""
    if isinstance(effect, Send):
        return {
            "effect": "send",
            "transport": effect.transport,
            "local": effect.local,
            "destination": effect.destination,
            "connection": effect.connection,
            "close": effect.close,
            "no_connect": effect.no_connect,
            "after": effect.after,
            "data": _utf8(effect.data),
            "data_base64": base64.b64encode(effect.data).decode(),
        }
    if isinstance(effect, Drop):
        return {"effect": "drop", "reason": effect.reason}
    if isinstance(effect, Alias):
        return {"effect": "alias", "transport": effect.transport, "connection": effect.connection, "address": effect.address}
    if isinstance(effect, Resolve):
        return {
            "effect": "resolve",
            "ticket": effect.ticket,
            "name": _json_text(effect.name),
            "port": effect.port,
            "transport": effect.transport,
            "sips": effect.sips,
            "local": effect.local,
        }
    if isinstance(effect, Store):
        return {
            "effect": "store",
            "ticket": effect.ticket,
            "table": _json_text(effect.table),
            "operation": effect.operation,
            "key": {_json_text(name): _json_value(value) for name, value in effect.key},
            "values": {_json_text(name): _json_value(value) for name, value in effect.values},
        }
    if isinstance(effect, Release):
        return {"effect": "release", "ticket": effect.ticket, "drop": effect.drop}
    return {"effect": "log", "level": effect.level.name.lower(), "where": effect.where, "text": _json_text(effect.text)}


def call_as_json(call: Call) -> dict[str, Any]:
    """One call as JSON has it."""
    return {
        "call": call.name,
        "arguments": [_json_value(value) for value in call.arguments],
        "result": _json_value(call.result),
        "depth": call.depth,
        "microseconds": round(call.microseconds, 3),
        "where": call.where,
    }


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _json_text(text: str) -> str:
    """JSON has no lone surrogates: bytes that are not UTF-8 are escaped."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _json_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, str):
        return _json_text(value)
    if isinstance(value, list):
        return [_json_value(element) for element in value]
    if isinstance(value, dict):
        return {_json_text(key): _json_value(element) for key, element in value.items()}
    return value
