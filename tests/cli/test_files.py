"""Message files: CRLF goes in as it is, LF is text."""

from __future__ import annotations

import pytest
from kemilua.cli.files import split, to_wire

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


ONE = b"OPTIONS sip:b SIP/2.0\r\nVia: x\r\n\r\n"
TWO = b"SIP/2.0 200 OK\r\nl: 4\r\n\r\nabcd"
FRAG = b"NOTIFY sip:b SIP/2.0\nContent-Length: 20\n\nSIP/2.0 100 Trying\n"
HOLDS = ONE.replace(b"x", b"x\r\nl: %d" % len(TWO)) + TWO

SEVERAL = {
    "one": (ONE, [ONE]),
    "one after another": (ONE + TWO + ONE, [ONE, TWO, ONE]),
    "line ends in between": (ONE + b"\r\n\r\n" + TWO + b"\n\n" + ONE, [ONE, TWO, ONE]),
    "line ends at the end are the last one's": (ONE + b"\r\n\r\n", [ONE + b"\r\n\r\n"]),
    "a body that looks like a message": (HOLDS, [HOLDS]),
    "bytes behind the body": (TWO + b"more", [TWO + b"more"]),
    "a body cut short": (TWO[:-2], [TWO[:-2]]),
    "a text whose body is a part of a message": (FRAG, [to_wire(FRAG)]),
    "and one behind it": (FRAG + b"\n" + ONE.replace(b"\r", b""), [to_wire(FRAG), ONE]),
    "no message": (b"garbage", [b"garbage\r\n\r\n"]),
}


@pytest.mark.parametrize(("data", "expected"), SEVERAL.values(), ids=SEVERAL.keys())
def test_file_of_several_messages_is_split(data, expected):
    assert split(data) == expected


def test_texts_are_split_too():
    text = ONE.replace(b"\r", b"")
    assert split(text + b"\n" + text + text) == [ONE, ONE, ONE]
