"""Where a message came from: addresses and transports, on their way into a `kl_packet`."""

from __future__ import annotations

from typing import TypeAlias

from kemilua._arguments import buffer, integer, refuse_type, seconds, shown, text
from kemilua._ffi import CData, ffi, lib, write_span
from kemilua.effects import Address
from kemilua.errors import ArgumentError, ArgumentTypeError

__all__ = [
    "DEFAULT_ADDRESS",
    "TRANSPORTS",
    "TRANSPORT_NAMES",
    "Data",
    "check_address",
    "make_packet",
    "transport_name",
]

Data: TypeAlias = "bytes | bytearray | memoryview"

DEFAULT_ADDRESS: Address = ("127.0.0.1", 5060)
MAX_HOST = 255
MAX_CONNECTION = 2**31 - 1

TRANSPORTS: dict[str, int] = {
    "udp": lib.KL_PROTO_UDP,
    "tcp": lib.KL_PROTO_TCP,
    "tls": lib.KL_PROTO_TLS,
    "sctp": lib.KL_PROTO_SCTP,
    "ws": lib.KL_PROTO_WS,
    "wss": lib.KL_PROTO_WSS,
}
TRANSPORT_NAMES: dict[int, str] = {number: name for name, number in TRANSPORTS.items()}


def transport_name(name: str, what: str = "transport") -> str:
    """Return the name of a transport, given in any case; raises ArgumentError, which lists the good ones."""
    if not isinstance(name, str):
        refuse_type(what, "str", name)
    lower = name.lower()
    if lower not in TRANSPORTS:
        raise ArgumentError(f"{what} must be one of {', '.join(TRANSPORTS)}, not {shown(name)}")
    return lower


def check_address(what: str, address: Address) -> Address:
    """Return host and port of an address; of one with more members, as asyncio has them for IPv6, the first two count."""
    if not isinstance(address, (tuple, list)) or len(address) < 2:
        raise ArgumentTypeError(f"{what} must be a pair (host, port), not {shown(address)}")
    host, port = address[:2]
    if not isinstance(host, str):
        refuse_type(f"the host of {what}", "str", host)
    name = text(f"the host of {what}", host)
    if not 0 < len(name) <= MAX_HOST or min(name) <= ord(" "):
        raise ArgumentError(f"the host of {what} must be 1 to {MAX_HOST} bytes without blanks and control characters, not {shown(host)}")
    return host, integer(f"the port of {what}", port, 0, 65535)


def make_packet(
    data: Data, source: Address, local: Address, transport: str, connection: int | None, now: float
) -> tuple[CData, list[CData]]:
    """Return a `kl_packet` and what must stay alive as long as it is used."""
    packet = ffi.new("kl_packet *")
    view = buffer("data", data)
    packet.data, packet.size = ffi.cast("char *", view), len(view)
    source_host, packet.source_port = check_address("source", source)
    local_host, packet.local_port = check_address("local", local)
    keep = [view, write_span(packet.source_host, source_host), write_span(packet.local_host, local_host)]
    packet.transport = TRANSPORTS[transport_name(transport)]
    packet.conid = -1 if connection is None else integer("connection", connection, 0, MAX_CONNECTION)
    packet.now = seconds("now", now)
    return packet, keep
