"""Where a message came from: addresses and transports, on their way into a `kl_packet`."""

from __future__ import annotations

from typing import TypeAlias

from kemilua._ffi import CData, ffi, lib, write_span
from kemilua.effects import Address
from kemilua.errors import ArgumentError

__all__ = [
    "DEFAULT_ADDRESS",
    "TRANSPORTS",
    "TRANSPORT_NAMES",
    "Data",
    "check_address",
    "make_packet",
    "transport_number",
]

Data: TypeAlias = "bytes | bytearray | memoryview"

DEFAULT_ADDRESS: Address = ("127.0.0.1", 5060)

TRANSPORTS: dict[str, int] = {
    "udp": lib.KL_PROTO_UDP,
    "tcp": lib.KL_PROTO_TCP,
    "tls": lib.KL_PROTO_TLS,
    "sctp": lib.KL_PROTO_SCTP,
    "ws": lib.KL_PROTO_WS,
    "wss": lib.KL_PROTO_WSS,
}
TRANSPORT_NAMES: dict[int, str] = {number: name for name, number in TRANSPORTS.items()}


def transport_number(name: str) -> int:
    """Return the `kl_transport` of a name in any case; raises ArgumentError, which lists the good ones."""
    try:
        return TRANSPORTS[name.lower()]
    except (KeyError, AttributeError):
        raise ArgumentError(f"transport must be one of {', '.join(TRANSPORTS)}, not {name!r}") from None


def check_address(what: str, address: Address) -> Address:
    """Return an address as given; raises ArgumentError when it is no pair of a host and a port."""
    try:
        host, port = address
    except (TypeError, ValueError):
        raise ArgumentError(f"{what} must be a pair (host, port), not {address!r}") from None
    if not isinstance(host, str) or not isinstance(port, int) or not 0 <= port <= 65535:
        raise ArgumentError(f"{what} must be a pair of a host and a port from 0 to 65535, not {address!r}")
    return address


def make_packet(
    data: Data, source: Address, local: Address, transport: str, connection: int | None, now: float
) -> tuple[CData, list[CData]]:
    """Return a `kl_packet` and what must stay alive as long as it is used."""
    if isinstance(data, str) or not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"a SIP message is bytes, not {type(data).__name__}")
    packet = ffi.new("kl_packet *")
    view = ffi.from_buffer(data)
    packet.data, packet.size = ffi.cast("char *", view), len(view)
    # asyncio hands IPv6 addresses over with flow and scope behind the port
    source, local = check_address("source", source[:2]), check_address("local", local[:2])
    keep = [view, write_span(packet.source_host, source[0]), write_span(packet.local_host, local[0])]
    packet.source_port, packet.local_port = source[1], local[1]
    packet.transport = transport_number(transport)
    packet.conid = -1 if connection is None else connection
    packet.now = now
    return packet, keep
