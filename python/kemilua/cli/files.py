"""Message files.

A file with CRLF line ends goes in byte for byte. One whose headers end in LF is a text somebody wrote: the line ends of
the headers become CRLF, a missing empty line is added, and unless the body holds a CR itself, the body's line ends become
CRLF too and Content-Length is made to fit it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kemilua.cli.options import UsageError

__all__ = ["read_message", "to_wire"]

CONTENT_LENGTH = re.compile(rb"^(content-length|l)([ \t]*:[ \t]*)\d+[ \t]*\r$", re.IGNORECASE | re.MULTILINE)


def read_message(path: str) -> bytes:
    """The bytes of a message file as they go in; `-` is standard input. Raises UsageError when it cannot be read."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    return to_wire(data)


def to_wire(data: bytes) -> bytes:
    """The bytes of a file as they go in."""
    headers, empty, body = data.partition(b"\n\n")
    if b"\r\n" in headers or not headers.strip():
        return data
    lines = headers.rstrip(b"\n").split(b"\n")
    head = b"".join(line + b"\r\n" for line in lines)
    if empty and b"\r" not in body:
        body = body.replace(b"\n", b"\r\n")
        head = CONTENT_LENGTH.sub(rb"\1\g<2>%d\r" % len(body), head)
    return head + b"\r\n" + body
