"""One SIP message: what exports receive and tests build.

Reads see the message as it was received, as in Kamailio: header and body edits are a list that becomes bytes in
`to_bytes`, in a reply or in a forward. The Request-URI and the destination URI change at once.

Text is UTF-8 with surrogateescape: `str` in, `str` out, and no byte is lost. Bodies are bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from kemilua import _arguments as arguments
from kemilua import _values
from kemilua._ffi import NULL, CData, ffi, lib, span, span_bytes, span_text
from kemilua._lane import MessageBase
from kemilua._packet import DEFAULT_ADDRESS, TRANSPORT_NAMES, Data, make_packet
from kemilua._text import to_bytes, to_text
from kemilua.effects import Address
from kemilua.errors import AllocationError, ArgumentError, ArgumentTypeError, EngineBusyError, StaleMessageError, check, from_status

if TYPE_CHECKING:
    from kemilua.engine import Engine

__all__ = ["Message"]

Result = TypeVar("Result")

MAX_INDEX = 2**31 - 1
LINE_BREAKER = re.compile(rb"[\r\n\0]")
HEADER_NAME = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")  # RFC 3261, 25.1: token


class Message(MessageBase):
    """One SIP message, made by `Message.parse`, or lent to an exported function for the time of a run.

    A lent message, and one that an engine made of the bytes that `eval`, `lua_run` and the like were given, is stale
    once its run has ended: everything raises StaleMessageError then. One thread may use a message at a time; another
    one gets EngineBusyError, also as long as an engine runs a script on it. It can be neither copied nor pickled.
    """

    __slots__ = ("__weakref__",)

    _engine: Engine | None

    def __init__(self) -> None:
        raise ArgumentTypeError("use kemilua.Message.parse(data)")

    @classmethod
    def parse(
        cls,
        data: Data,
        *,
        source: Address = DEFAULT_ADDRESS,
        local: Address = DEFAULT_ADDRESS,
        transport: str = "udp",
        now: float = 0.0,
        connection: int | None = None,
        memory: int = 0,
        engine: Engine | None = None,
    ) -> Message:
        """Parse the bytes of one request or reply.

        `source` and `local` are (host, port) with numeric hosts; `transport` is udp, tcp, tls, sctp, ws or wss; `now`
        is in seconds; `connection` is the host program's id of a stream connection; `memory` is the most bytes that
        the message and its edits may take, 0 for the default; `engine` is where `pv` looks names up.

        Raises MessageError with the offset and what was expected, ArgumentError for an impossible address, and
        AllocationError when `memory` is too small.
        """
        if engine is not None and not hasattr(engine, "_perform"):
            arguments.refuse_type("engine", "a kemilua.Engine", engine)
        pointer = lib.kl_msg_new(arguments.integer("memory", memory, 0, 2**63 - 1))
        if pointer == NULL:
            raise AllocationError("out of memory making a message")
        pointer = ffi.gc(pointer, lib.kl_msg_free)
        packet, _keep = make_packet(data, source, local, transport, connection, now)
        error = ffi.new("kl_error *")
        check(lib.kl_msg_parse(pointer, packet, error), error)
        return cls._wrap(pointer, engine)

    @classmethod
    def _wrap(cls, pointer: CData, engine: Engine | None) -> Message:
        message: Message = cls.__new__(cls)
        message._bind(pointer, engine)
        return message

    # ---- the time of a run

    def _enter(self, engine: Engine) -> CData:
        """Bind to an engine, and to this thread until `_release`; return the pointer."""
        if not self._acquire():
            self._refuse(True)
        try:
            if self._stale:
                self._refuse(False)
            if self._engine is not None and self._engine is not engine:
                raise ArgumentError("the message belongs to another engine: its sockets and variables are that one's")
        except BaseException:
            self._release()
            raise
        self._engine = engine
        return self._pointer

    def __reduce__(self) -> NoReturn:
        arguments.refuse_copy(self, "its bytes can (buffer as received, to_bytes() with edits), and Message.parse reads them again")

    def _refuse(self, busy: bool) -> NoReturn:
        if busy:
            raise EngineBusyError("the message is in use by another thread")
        raise StaleMessageError("the message was used after the run it belonged to")

    # ---- the first line

    @property
    def is_request(self) -> bool:
        """True for a request, False for a reply."""
        return bool(self._call(_field, lib.KL_FIELD_IS_REQUEST))

    @property
    def method(self) -> str:
        """The method; of a reply, the one of its CSeq."""
        return self._call(_text_field, lib.KL_FIELD_METHOD)

    @property
    def uri(self) -> str:
        """The Request-URI as changed so far; empty for a reply. Setting it takes effect at once."""
        return self._call(_text_field, lib.KL_FIELD_URI)

    @uri.setter
    def uri(self, uri: str | bytes) -> None:
        self._edit(lib.KL_EDIT_URI, one_line("uri", uri))

    @property
    def status(self) -> int:
        """The status code of a reply, 0 for a request."""
        return int(self._call(_field, lib.KL_FIELD_STATUS) or 0)

    @property
    def reason(self) -> str:
        """The reason phrase of a reply, empty for a request."""
        return self._call(_text_field, lib.KL_FIELD_REASON)

    @property
    def version(self) -> str:
        """`SIP/2.0`, as it stands in the first line."""
        return self._call(_text_field, lib.KL_FIELD_VERSION)

    # ---- headers and body, as received

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names and bodies in order of appearance, names as written."""
        return self._call(_headers)

    def header(self, name: str, index: int = 0) -> str | None:
        """Return the body of a header, None when there is none of that name and index.

        Compact and long names are the same, in any case. A negative index counts from the end.
        """
        return self._call(_find, *_place(name, index), span_text)

    def header_bytes(self, name: str, index: int = 0) -> bytes | None:
        """`header`, in bytes."""
        return self._call(_find, *_place(name, index), span_bytes)

    @property
    def body(self) -> bytes:
        """What stands behind the headers, as received."""
        return self._call(_bytes_field, lib.KL_FIELD_BODY)

    @property
    def buffer(self) -> bytes:
        """The whole message as received."""
        return self._call(_bytes_field, lib.KL_FIELD_BUFFER)

    # ---- where it came from

    @property
    def source(self) -> Address:
        """Host and port that sent it."""
        return (
            self._call(_text_field, lib.KL_FIELD_SOURCE_HOST),
            int(self._call(_field, lib.KL_FIELD_SOURCE_PORT)),
        )

    @property
    def local(self) -> Address:
        """Host and port it was received on."""
        return self._call(_text_field, lib.KL_FIELD_LOCAL_HOST), int(self._call(_field, lib.KL_FIELD_LOCAL_PORT))

    @property
    def transport(self) -> str:
        """`udp`, `tcp`, `tls`, `sctp`, `ws` or `wss`."""
        return TRANSPORT_NAMES.get(self._call(_field, lib.KL_FIELD_TRANSPORT), "")

    @property
    def connection(self) -> int | None:
        """The host program's id of the stream connection, None when there is none."""
        number = int(self._call(_field, lib.KL_FIELD_CONID))
        return None if number < 0 else number

    @property
    def now(self) -> float:
        """When it was received, in seconds of the clock that the host program uses."""
        return float(self._call(_now))

    # ---- what a script or an export changes

    @property
    def destination_uri(self) -> str:
        """The next hop (`$du`), empty when there is none. Setting it takes effect at once; empty resets it."""
        return self._call(_text_field, lib.KL_FIELD_DESTINATION_URI)

    @destination_uri.setter
    def destination_uri(self, uri: str | bytes) -> None:
        self._edit(lib.KL_EDIT_DESTINATION_URI, one_line("destination_uri", uri))

    @property
    def flags(self) -> int:
        """The message flags (KSR.setflag) as bits."""
        return int(self._call(_field, lib.KL_FIELD_FLAGS))

    def append(self, name: str, value: str | bytes, *, after: str | None = None) -> None:
        """Add a header behind the last one, or behind the first one of the name `after` if there is one (KSR.hdr.append).

        Raises ArgumentError when name or value would break the line.
        """
        line = _header_line(name, value)
        if after is None:
            self._edit(lib.KL_EDIT_APPEND, line)
        else:
            self._edit(lib.KL_EDIT_APPEND_AFTER, line, arguments.text("after", after))

    def insert(self, name: str, value: str | bytes, *, before: str | None = None) -> None:
        """Add a header in front of the first one, or of the first one of the name `before` if there is one (KSR.hdr.insert).

        Raises ArgumentError when name or value would break the line.
        """
        line = _header_line(name, value)
        if before is None:
            self._edit(lib.KL_EDIT_INSERT, line)
        else:
            self._edit(lib.KL_EDIT_INSERT_BEFORE, line, arguments.text("before", before))

    def remove(self, name: str, index: int | None = None) -> None:
        """Remove all headers of a name, or the one with that index, counted from 0 (KSR.hdr.remove).

        What is not there needs no removing. Raises ArgumentError for a negative index.
        """
        own_name, at = _place(name, 0 if index is None else index)
        if at < 0:
            raise ArgumentError(f"index: that of a header to remove must not be negative, {arguments.shown(index)} is")
        self._edit(lib.KL_EDIT_REMOVE, None, own_name, -1 if index is None else at)

    def append_to_reply(self, name: str, value: str | bytes) -> None:
        """Add a header to every reply that is built from here on (KSR.hdr.append_to_reply)."""
        self._edit(lib.KL_EDIT_REPLY, _header_line(name, value))

    def set_body(self, body: str | bytes, content_type: str | None = None) -> None:
        """Replace the body, and the Content-Type when one is given. Content-Length follows by itself.

        Raises ArgumentError when the type would break the line.
        """
        kind = None if content_type is None else one_line("content_type", content_type)
        self._edit(lib.KL_EDIT_BODY, arguments.text("body", body), kind)

    def _edit(self, what: int, text: bytes | None, name: bytes | None = None, index: int = -1) -> None:
        status = self._call(lib.kl_msg_edit, what, span(text), span(name), index)
        if status != lib.KL_OK:
            raise from_status(status, f"the message does not take {arguments.shown(text)}" if status == lib.KL_EARG else "")

    # ---- pseudo-variables

    def pv(self, name: str) -> str | int | None:
        """Return the value of a pseudo-variable, such as `$ru` or `$(hdr(Via)[-1])`; None for `$null`.

        Raises NotFoundError for a name that there is not, ArgumentError when the message belongs to no engine.
        """
        return self._bound().pv_get(name, message=self)

    def set_pv(self, name: str, value: str | bytes | int | None) -> None:
        """Assign to a pseudo-variable, as KSR.pv.sets, seti and unset do; None unsets it.

        Raises NotFoundError for a name that there is not, ArgumentError when it takes no such value.
        """
        self._bound().pv_set(name, value, message=self)

    def _bound(self) -> Engine:
        if self._stale:
            self._refuse(False)
        if self._engine is None:
            raise ArgumentError("pseudo-variables need an engine: parse with engine=..., or run a script on the message")
        return self._engine

    # ---- bytes

    def to_bytes(self) -> bytes:
        """Return the message with all edits applied; without edits, the bytes as received."""
        return self._call(_build)

    def __bytes__(self) -> bytes:
        return self.to_bytes()

    def __repr__(self) -> str:
        if self._stale:
            return "<kemilua.Message stale>"
        host, port = self.source
        line = f"{self.method} {self.uri}" if self.is_request else f"{self.status} {self.reason}"
        return f"<kemilua.Message {line} from {host}:{port}>"


def _field(pointer: CData, field: int) -> Any:
    value = ffi.new("kl_value *")
    status = lib.kl_msg_get(pointer, field, value)
    if status != lib.KL_OK:
        raise from_status(status)
    return _values.read(value)


def _text_field(pointer: CData, field: int) -> str:
    return _field(pointer, field) or ""


def _bytes_field(pointer: CData, field: int) -> bytes:
    return to_bytes(_text_field(pointer, field))


def _now(pointer: CData) -> float:
    return float(_field(pointer, lib.KL_FIELD_NOW))


def _headers(pointer: CData) -> list[tuple[str, str]]:
    name, body = ffi.new("kl_span *"), ffi.new("kl_span *")
    found = []
    for index in range(lib.kl_msg_header_count(pointer)):
        if lib.kl_msg_header(pointer, index, name, body) == lib.KL_OK:
            found.append((span_text(name), span_text(body)))
    return found


def _find(pointer: CData, name: bytes, index: int, copy: Callable[[CData], Result]) -> Result | None:
    body = ffi.new("kl_span *")
    return copy(body) if lib.kl_msg_find(pointer, span(name), index, body) == lib.KL_OK else None


def _place(name: str | bytes, index: int) -> tuple[bytes, int]:
    """Name and index of a header for C; an index beyond its int is that of no header, as one just within it is."""
    if not isinstance(index, int):
        arguments.refuse_type("index", "an integer", index)
    return arguments.text("name", name), max(-MAX_INDEX, min(index, MAX_INDEX))


def _build(pointer: CData) -> bytes:
    out = ffi.new("kl_span *")
    status = lib.kl_msg_build(pointer, out)
    if status != lib.KL_OK:
        raise from_status(status)
    return span_bytes(out)


def _header_line(name: str, value: str | bytes) -> bytes:
    own_name = to_text(arguments.text("name", name))
    if not HEADER_NAME.fullmatch(own_name):
        raise ArgumentError(f"name: not that of a header: {arguments.shown(name)}")
    return own_name.encode() + b": " + one_line("value", value) + b"\r\n"


def one_line(what: str, value: str | bytes) -> bytes:
    """Return the bytes of a text that becomes part of a line; raises ArgumentError for one that would break it."""
    data = arguments.text(what, value)
    if LINE_BREAKER.search(data):
        raise ArgumentError(f"{what} holds a line end or a NUL: {arguments.shown(value)}")
    return data
