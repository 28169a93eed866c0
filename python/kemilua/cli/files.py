"""What the command line reads: message files and scripts.

A message file with CRLF line ends goes in byte for byte. One whose headers end in LF is a text somebody wrote: the line ends
of the headers become CRLF, a missing empty line is added, and unless the body holds a CR itself, the body's line ends become
CRLF too and Content-Length is made to fit it. Either may hold several messages.
"""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from kemilua.cli.options import UsageError
from kemilua.sources import Script, Source

__all__ = ["STDIN", "read_messages", "script_of", "split", "to_wire"]

STDIN = "-"
MAX_BYTES = 16 * 2**20
"""Of what is read whole: more is no message and no script, but a device without end."""

START = re.compile(rb"(?:SIP/2\.0 \d{3} |[A-Z]+ [^ \r\n]+ SIP/2\.0\r?\n)")
LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
EMPTY = re.compile(rb"\r?\n\r?\n")
LINE_ENDS = re.compile(rb"[\r\n]*")
CONTENT_LENGTH = re.compile(rb"^(content-length|l)([ \t]*:[ \t]*)\d+[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BYTE_ORDER_MARK_16 = (b"\xff\xfe", b"\xfe\xff")


def read_messages(path: str) -> list[tuple[str, bytes]]:
    """The messages of a file as they go in, each with a name; `-` is standard input. Raises UsageError when there are none."""
    if path != STDIN:
        _kind(path, "message file")
    data = _without_mark(path, _read(path))
    if not data:
        raise UsageError(f"{_name(path)} is empty: a SIP message is expected")
    messages = split(data)
    return [(path if len(messages) == 1 else f"{path}#{number}", one) for number, one in enumerate(messages, 1)]


def script_of(path: str) -> Script:
    """A script as an engine takes it: the path of a file, or the text of what can be read once only. Raises UsageError."""
    if path != STDIN and _kind(path, "script") == stat.S_IFREG:
        _check_readable(path)
        return path
    text = _without_mark(path, _read(path))
    return Source(b"--" + text if text.startswith(b"#") else text, _name(path))  # Lua takes #! in files only


def split(data: bytes) -> list[bytes]:
    """The messages one after another in some bytes. A new one begins with a line that begins a SIP message, behind the body that
    Content-Length tells; what is there otherwise belongs to the message before it, as in one datagram."""
    messages, begin = [], 0
    while (end := _end_of(data, begin)) < len(data):
        messages.append(to_wire(data[begin:end]))
        begin = _behind_line_ends(data, end)
    return [*messages, to_wire(data[begin:])]


def to_wire(data: bytes) -> bytes:
    """The bytes of one message as they go in."""
    headers, empty, body = data.partition(b"\n\n")
    if b"\r\n" in headers or not headers.strip():
        return data
    lines = headers.rstrip(b"\n").split(b"\n")
    head = b"".join(line + b"\r\n" for line in lines)
    if empty and b"\r" not in body:
        body = body.replace(b"\n", b"\r\n")
        head = CONTENT_LENGTH.sub(rb"\1\g<2>%d\r" % len(body), head)
    return head + b"\r\n" + body


# ---- several messages


def _end_of(data: bytes, begin: int) -> int:
    """Where the message at `begin` ends: at the next one, or where the data do."""
    empty = EMPTY.search(data, begin)
    if not empty:
        return len(data)
    told = LENGTH.search(data, begin, empty.end())
    length = int(told[1]) if told else 0
    if data.find(b"\r\n", begin, empty.end()) >= 0:
        end = min(empty.end() + length, len(data))
        return end if START.match(data, _behind_line_ends(data, end)) else len(data)
    return _end_of_text(data, empty.end(), length)


def _end_of_text(data: bytes, body: int, length: int) -> int:
    """The same for one whose lines end in LF: its next one is behind an empty line, and no shorter body than it tells before it."""
    at = body
    while not START.match(data, _behind_line_ends(data, at)) or _wire_length(data[body:at]) < length:
        at = data.find(b"\n\n", _behind_line_ends(data, at)) + 1
        if at == 0:
            return len(data)
    return at


def _behind_line_ends(data: bytes, at: int) -> int:
    found = LINE_ENDS.match(data, at)
    return found.end() if found else at


def _wire_length(text: bytes) -> int:
    """How long a body becomes whose lines end in LF."""
    return len(text) + text.count(b"\n")


# ---- reading


def _name(path: str) -> str:
    return "standard input" if path == STDIN else path


def _kind(path: str, what: str) -> int:
    """What sort of file that is; raises UsageError for one that cannot be read, and says why."""
    try:
        kind = stat.S_IFMT(Path(path).stat().st_mode)
    except FileNotFoundError:
        raise UsageError(f"no such {what}: {path}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {_reason(error)}") from None
    if kind == stat.S_IFDIR:
        raise UsageError(f"{path} is a directory, not a {what}")
    if kind == stat.S_IFSOCK:
        raise UsageError(f"{path} is a socket, not a {what}")
    return kind


def _check_readable(path: str) -> None:
    try:
        with Path(path).open("rb") as file:
            file.read(1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {_reason(error)}") from None


def _read(path: str) -> bytes:
    """All of a file, a pipe or standard input."""
    if path == STDIN:
        if sys.stdin is None:
            raise UsageError("cannot read standard input: it is closed")
        return _take(path, sys.stdin.buffer)
    try:
        with Path(path).open("rb") as file:
            return _take(path, file)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {_reason(error)}") from None


def _take(path: str, file: BinaryIO) -> bytes:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UsageError(f"{_name(path)} has more than {MAX_BYTES:,} bytes")
    return data


def _without_mark(path: str, data: bytes) -> bytes:
    """Editors of another system put a mark in front of a text, which would become a part of the method."""
    if data.startswith(BYTE_ORDER_MARK_16):
        raise UsageError(f"{_name(path)} is UTF-16 text; UTF-8 is expected")
    return data.removeprefix(BYTE_ORDER_MARK)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
