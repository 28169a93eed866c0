"""A host program as its author types it. Read by mypy --strict, never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import kemilua


class Billing:
    """Exports of an object."""

    @kemilua.export("billing.rate")
    def rate(self, msg: kemilua.Message, user: str, minutes: int = 1) -> int:
        return len(user) * minutes + len(msg.body)


@kemilua.export("plain", phases=kemilua.Phase.REQUEST | kemilua.Phase.REPLY)
def plain(value: str | None) -> dict[str, int]:
    return {value or "": 1}


def stays_typed() -> dict[str, int]:
    return plain("x")


def engine() -> kemilua.Engine:
    return kemilua.Engine(
        [Path("a.lua"), "b.lua", kemilua.Source("x = 1", name="c.lua")],
        modules=["sl"],
        modparams={"maxfwd": {"max_limit": 20}, "many": {"values": ["a", "b"]}},
        core={"server_header": "Server: x"},
        listen=["udp:192.0.2.1:5060"],
        limits=kemilua.Limits(instructions=5),
        libraries="safe",
        exports=[Billing(), plain],
        shared=kemilua.SharedState(),
        random=lambda size: bytes(size),
        log_level=kemilua.Level.INFO,
        errors="raise",
    )


def sends(effects: list[kemilua.Effect]) -> Iterator[tuple[bytes, kemilua.Address]]:
    for effect in effects:
        if isinstance(effect, kemilua.Send):
            yield effect.data, effect.destination
        elif isinstance(effect, kemilua.Log):
            print(effect.level.name, effect.text, effect.where)
        elif isinstance(effect, kemilua.Alias):
            print(effect.connection, effect.address)
        elif isinstance(effect, kemilua.Resolve):
            name: tuple[str, int | None, str | None] = (effect.name, effect.port, effect.transport)
            print(name, effect.ticket + 1)
        elif isinstance(effect, kemilua.Store):
            columns: kemilua.Columns = (*effect.key, *effect.values)
            print(effect.ticket + 1, effect.table.lower(), effect.operation.lower(), dict(columns))
        elif isinstance(effect, kemilua.Release):
            print(effect.ticket + 1, not effect.drop)
        else:
            print(effect.reason)


def host(engine: kemilua.Engine, data: bytes, stream: kemilua.Stream) -> list[bytes]:
    peer: kemilua.Address = ("198.51.100.7", 5060)
    effects = engine.receive_datagram(data, peer, now=1.5)
    effects += engine.receive_stream(stream, data, peer, connection=3)
    timer: float | None = engine.next_timer()
    if timer is not None:
        effects += engine.handle_timer(timer)
    found: list[kemilua.Target] = [("192.0.2.1", 5060, "udp")]
    for effect in effects:
        if isinstance(effect, kemilua.Resolve):
            effects += engine.resolved(effect.ticket, found, now=2.0)
        elif isinstance(effect, kemilua.Store):
            effects += engine.stored(effect.ticket, None)
            engine.post_stored(effect.ticket, "disk full")
        elif isinstance(effect, kemilua.Send):
            engine.post_send_failed(effect, now=2.0)
    return [sent for sent, _ in sends(effects)]


def ask(engine: kemilua.Engine, msg: kemilua.Message) -> tuple[object, ...]:
    result: int = engine.lua_run("f", "$rU", b"2", message=msg)
    value: str | int | None = msg.pv("$ru")
    header: str | None = msg.header("Via", -1)
    raw: bytes | None = msg.header_bytes("Via")
    msg.uri = "sip:x"
    return (result, value, header, raw, *engine.eval("return 1", message=bytes(msg)))


def trace(engine: kemilua.Engine, calls: list[kemilua.Call]) -> None:
    engine.on_call = calls.append
    engine.on_call = None
