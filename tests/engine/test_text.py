"""Bytes and text: the one pair of functions between them."""

from __future__ import annotations

import kemilua
import pytest
from builders import request
from kemilua._text import to_bytes, to_text

EVERY_BYTE = bytes(range(256))


def test_every_byte_survives_the_round_trip():
    assert to_bytes(to_text(EVERY_BYTE)) == EVERY_BYTE


def test_utf8_reads_as_what_it_says():
    assert to_text("Zoë".encode()) == "Zoë"


@pytest.mark.parametrize("data", [b"\xff", bytearray(b"\xff"), memoryview(b"\xff")], ids=["bytes", "bytearray", "memoryview"])
def test_bytes_pass_as_they_are(data):
    assert to_bytes(data) == b"\xff"


@pytest.mark.parametrize("value", [None, 5, ["x"]])
def test_anything_else_is_refused(value):
    with pytest.raises(TypeError, match="str or bytes"):
        to_bytes(value)


def test_every_byte_survives_a_script(script):
    engine = script()
    printable = EVERY_BYTE.replace(b"\r", b"").replace(b"\n", b"")
    msg = kemilua.Message.parse(request(headers={"X-All": to_text(b"a" + printable + b"z")}))
    assert engine.eval("return KSR.hdr.get('X-All')", message=msg) == (to_text(b"a" + printable + b"z"),)
