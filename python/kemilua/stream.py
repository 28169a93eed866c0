"""Messages out of a byte stream: Content-Length framing and keep-alives."""

from __future__ import annotations

from typing import NoReturn

from kemilua import _arguments as arguments
from kemilua._ffi import NULL, CData, ffi, lib, span_bytes
from kemilua._packet import Data
from kemilua.errors import AllocationError, EngineBusyError, KemiluaError, from_error

__all__ = ["KEEPALIVES", "PING", "PONG", "Stream"]

PING = b"\r\n\r\n"
"""What a client sends to keep a connection open; it is answered with PONG (RFC 5626, 4.4.1)."""
PONG = b"\r\n"
KEEPALIVES = frozenset((PING, PONG))


class Stream:
    """The receiving side of one stream connection (RFC 3261, 18.3; RFC 5626, 4.4.1).

    One thread may feed it at a time. It can be neither copied nor pickled: each connection has its own.
    """

    __slots__ = ("_error", "_keepalive", "_lock", "_out", "_pointer", "error")

    error: KemiluaError | None
    """What broke the framing, None as long as it holds. A broken stream is of no more use: close the connection."""

    def __init__(self, limit: int = 65536) -> None:
        """`limit` is the most bytes that one message may have, at least 1.

        Raises ArgumentError for an impossible limit, AllocationError when there is no memory.
        """
        from threading import Lock

        pointer = lib.kl_stream_new(arguments.integer("limit", limit, 1, 2**63 - 1))
        if pointer == NULL:
            raise AllocationError("out of memory making a stream")
        self._pointer = ffi.gc(pointer, lib.kl_stream_free)
        self._error = ffi.new("kl_error *")
        self._out = ffi.new("kl_span *")
        self._keepalive = ffi.new("int *")
        self._lock = Lock()
        self.error = None

    def feed(self, data: Data) -> list[bytes]:
        """Take bytes as they came in; return the messages and keep-alives (PING, PONG) that are whole now.

        When the framing breaks, `error` is set and what was whole before it is returned. Raises that error when fed
        once more: MessageError, MessageTooLargeError for a message over the limit, or AllocationError. Raises
        EngineBusyError as long as another thread feeds it.
        """
        view = arguments.buffer("data", data)
        if not self._lock.acquire(blocking=False):
            raise EngineBusyError("the stream is in use by another thread")
        try:
            if self.error is not None:
                raise self.error
            return self._feed(ffi.cast("char *", view), len(view))
        finally:
            self._lock.release()

    def _feed(self, pointer: CData, size: int) -> list[bytes]:
        status = lib.kl_stream_feed(self._pointer, pointer, size, self._error)
        found: list[bytes] = []
        while status == lib.KL_OK:
            self._keepalive[0] = 0
            status = lib.kl_stream_next(self._pointer, self._out, self._keepalive, self._error)
            if status == lib.KL_OK:
                found.append({2: PONG, 4: PING}.get(self._keepalive[0]) or span_bytes(self._out))
        if status != lib.KL_EMORE:
            self.error = from_error(self._error, status)
        return found

    def __reduce__(self) -> NoReturn:
        arguments.refuse_copy(self, "make a new one for each connection")
