"""The one pair of functions between SIP's bytes and Python's text, and the one that makes text fit for a log or a terminal.

UTF-8 with surrogateescape: every byte survives the round trip, and what is UTF-8 reads as such.
"""

from __future__ import annotations

import re

UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters: C0, DEL, C1
    r"\xad\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # what has no width
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns the direction of text
    r"\u2028\u2029"  # ends of lines and paragraphs
    r"\ud800-\udfff]"  # halves of pairs: bytes that are not UTF-8, or nothing
)
"""What a log or a terminal does not show as a character of its own."""
SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def to_text(data: bytes) -> str:
    """Return the text of some bytes; bytes that are not UTF-8 become lone surrogates, which `to_bytes` turns back."""
    return data.decode("utf-8", "surrogateescape")


def to_bytes(text: str | bytes | bytearray | memoryview) -> bytes:
    """Return the bytes of a text made by `to_text`; bytes pass as they are.

    Raises UnicodeEncodeError for surrogates that no byte was turned into, TypeError for anything else than text or bytes.
    """
    if isinstance(text, str):
        return text.encode("utf-8", "surrogateescape")
    if isinstance(text, (bytes, bytearray, memoryview)):
        return bytes(text)
    raise TypeError(f"expected str or bytes, not {type(text).__name__}")


def printable(text: str) -> str:
    r"""Return a text on one line, in which nothing moves a cursor, hides or turns what stands beside it: `\n`, `\x1b`, `\u202e`.

    What messages and scripts bring goes through here on its way to `logging`, and to a terminal. A byte that is not UTF-8 is
    written as `\xff`. A backslash stays as it is, so this is for eyes and cannot be undone.
    """
    if not isinstance(text, str):
        from kemilua._arguments import refuse_type  # it builds on this file

        refuse_type("text", "str", text)
    return text if text.isprintable() else UNPRINTABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that to_text could not read
        code -= 0xDC00
    return SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
