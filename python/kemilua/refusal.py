"""The reply to a request that cannot be read, for hosts that answer what Kamailio drops."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kemilua.errors import MessageError
from kemilua.message import Message

if TYPE_CHECKING:
    from kemilua._packet import Data

REASONS = {400: b"Bad Request", 505: b"Version Not Supported"}
HEADER = re.compile(rb"(?m)^([^\s:]+)[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
NAMES = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id"}
ECHOED = (b"via", b"from", b"to", b"call-id", b"cseq")


def refusal(data: Data) -> bytes | None:
    """The reply to a request that `Message.parse` cannot read: 400, or 505 for another version (RFC 3261 8.2.6, 21.4.1, 21.5.6).

    The engine gives a `Drop` for such bytes and Kamailio is silent. A host that would rather answer sends this to where they came from.
    Vias stand in it as they came, of From, To, Call-ID and CSeq the first one each. None: the bytes are good, or no request (a reply,
    an ACK), or without a Via, so that nobody waits for an answer.
    """
    try:
        Message.parse(data)
    except MessageError as error:
        return _build(bytes(data), error.hint)
    return None


def _build(data: bytes, status: int) -> bytes | None:
    first, _, rest = data.partition(b"\n")
    if status not in REASONS or first.startswith((b"SIP/", b"ACK ")):
        return None
    lines = _echoed(re.split(rb"\r?\n\r?\n", rest, maxsplit=1)[0])
    if not any(name == b"via" for name, _ in lines):
        return None
    import hashlib  # OpenSSL: only when a message is refused

    tag = b";tag=" + hashlib.sha256(data).hexdigest()[:16].encode()
    text = [line + tag if name == b"to" and not re.search(rb"(?i);\s*tag\s*=", line) else line for name, line in lines]
    return b"\r\n".join([b"SIP/2.0 %d %s" % (status, REASONS[status]), *text, b"Content-Length: 0", b"", b""])


def _echoed(head: bytes) -> list[tuple[bytes, bytes]]:
    """Names, in full and lower case, and lines of the headers that a reply takes over."""
    found: list[tuple[bytes, bytes]] = []
    seen: set[bytes] = set()
    for match in HEADER.finditer(head):
        name = NAMES.get(match[1].lower(), match[1].lower())
        if name in ECHOED and (name == b"via" or name not in seen):
            seen.add(name)
            found.append((name, match[0]))
    return found
