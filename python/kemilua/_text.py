"""The one pair of functions between SIP's bytes and Python's text.

UTF-8 with surrogateescape: every byte survives the round trip, and what is UTF-8 reads as such.
"""

from __future__ import annotations


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
