"""Messages out of a byte stream: Content-Length framing and keep-alives."""

from __future__ import annotations

from kemilua._ffi import NULL, ffi, lib, span_bytes
from kemilua._packet import Data
from kemilua.errors import AllocationError, KemiluaError, from_error

__all__ = ["KEEPALIVES", "PING", "PONG", "Stream"]

PING = b"\r\n\r\n"
"""What a client sends to keep a connection open; it is answered with PONG (RFC 5626, 4.4.1)."""
PONG = b"\r\n"
KEEPALIVES = frozenset((PING, PONG))


class Stream:
    """The receiving side of one stream connection (RFC 3261, 18.3; RFC 5626, 4.4.1)."""

    __slots__ = ("_error", "_keepalive", "_out", "_pointer", "error")

    error: KemiluaError | None
    """What broke the framing, None as long as it holds. A broken stream is of no more use: close the connection."""

    def __init__(self, limit: int = 65536) -> None:
        """`limit` is the most bytes that one message may have. Raises AllocationError when there is no memory."""
        pointer = lib.kl_stream_new(limit)
        if pointer == NULL:
            raise AllocationError("out of memory making a stream")
        self._pointer = ffi.gc(pointer, lib.kl_stream_free)
        self._error = ffi.new("kl_error *")
        self._out = ffi.new("kl_span *")
        self._keepalive = ffi.new("int *")
        self.error = None

    def feed(self, data: Data) -> list[bytes]:
        """Take bytes as they came in; return the messages and keep-alives (PING, PONG) that are whole now.

        When the framing breaks, `error` is set and what was whole before it is returned. Raises that error when fed
        once more: MessageError, MessageTooLargeError for a message over the limit, or AllocationError.
        """
        if self.error is not None:
            raise self.error
        if isinstance(data, str):
            raise TypeError("a stream is fed bytes, not str")
        view = ffi.from_buffer(data)
        status = lib.kl_stream_feed(self._pointer, ffi.cast("char *", view), len(view), self._error)
        found: list[bytes] = []
        while status == lib.KL_OK:
            self._keepalive[0] = 0
            status = lib.kl_stream_next(self._pointer, self._out, self._keepalive, self._error)
            if status == lib.KL_OK:
                found.append({2: PONG, 4: PING}.get(self._keepalive[0]) or span_bytes(self._out))
        if status != lib.KL_EMORE:
            self.error = from_error(self._error, status)
        return found
