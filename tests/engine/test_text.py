"""Bytes and text: the one pair of functions between them."""

from __future__ import annotations

import unicodedata

import kemilua
import pytest
from builders import request
from kemilua import printable
from kemilua._text import to_bytes, to_text

EVERY_BYTE = bytes(range(256))
BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x00\x07\x1b[2J\x7f", r"\x00\x07\x1b[2J\x7f"),
        ("\x85\x9b2J", r"\x85\x9b2J"),
        ("one\u2028two\u2029three", r"one\u2028two\u2029three"),
        ("\u202egnp.exe\u2066\u200f\u061c", r"\u202egnp.exe\u2066\u200f\u061c"),
        ("in\u200bvisible\xad\ufeff\U000e0041", r"in\u200bvisible\xad\ufeff\U000e0041"),
        (to_text(b"\xff\xfe\x80"), r"\xff\xfe\x80"),
        ("\ud800", r"\ud800"),
        ("Zo\xeb \u65e5\u672c \U0001f600 a\xa0b \u05d0\u05d1", "Zo\xeb \u65e5\u672c \U0001f600 a\xa0b \u05d0\u05d1"),
        (r"C:\new", r"C:\new"),
    ],
)
def test_printable_text_has_one_line_and_moves_nothing(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown
    printable(text).encode()


def test_printable_leaves_nothing_that_ends_a_line_or_is_a_control():
    every = printable("".join(map(chr, range(0x110000))))
    assert len(every.splitlines()) == 1
    assert [hex(ord(one)) for one in every if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")] == []
    assert [hex(ord(one)) for one in every if unicodedata.bidirectional(one) in BIDI_CONTROLS] == []
