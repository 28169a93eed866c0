"""Message files: CRLF goes in as it is, LF is text."""

from __future__ import annotations

import pytest
from kemilua.cli.files import to_wire

HEAD = b"OPTIONS sip:b SIP/2.0\nVia: x\nContent-Length: 9\n"

FILES = {
    "crlf as it is": (b"A\r\nContent-Length: 9\r\n\r\nx\n", b"A\r\nContent-Length: 9\r\n\r\nx\n"),
    "crlf without an empty line as it is": (b"A\r\nB: 1\r\n", b"A\r\nB: 1\r\n"),
    "lf headers": (b"A\nB: 1\n\n", b"A\r\nB: 1\r\n\r\n"),
    "missing empty line": (b"A\nB: 1\n", b"A\r\nB: 1\r\n\r\n"),
    "missing last line end": (b"A\nB: 1", b"A\r\nB: 1\r\n\r\n"),
    "lf body and its length": (HEAD + b"\na\nb\n", HEAD.replace(b"\n", b"\r\n").replace(b"9", b"6") + b"\r\na\r\nb\r\n"),
    "compact length": (b"A\nl : 1\n\na\n", b"A\r\nl : 3\r\n\r\na\r\n"),
    "no body, wrong length": (HEAD + b"\n", HEAD.replace(b"\n", b"\r\n").replace(b"9", b"0") + b"\r\n"),
    "crlf body stays": (HEAD + b"\na\r\nb\n", HEAD.replace(b"\n", b"\r\n") + b"\r\na\r\nb\n"),
    "folded header": (b"A\nB: 1\n 2\n\n", b"A\r\nB: 1\r\n 2\r\n\r\n"),
    "keep-alive": (b"\r\n\r\n", b"\r\n\r\n"),
    "line ends alone": (b"\n\n", b"\n\n"),
    "empty": (b"", b""),
}


@pytest.mark.parametrize(("data", "expected"), FILES.values(), ids=FILES.keys())
def test_file_becomes_bytes(data, expected):
    assert to_wire(data) == expected
