"""The sole importer of the compiled module: `ffi` and `lib`, and the few helpers every caller of C needs.

A span travels to C as a pair (pointer, length) over the caller's own bytes: nothing is copied, and the pair keeps the
bytes alive as long as it lives. A span from C is copied at once; Python never keeps a pointer into C's memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kemilua._kemilua import ffi, lib
from kemilua._text import to_bytes, to_text

if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = ["NULL", "CData", "Span", "ffi", "lib", "span", "span_bytes", "span_text", "text_of", "write_span"]

CData: TypeAlias = Any
Span: TypeAlias = "tuple[CData, int]"

NULL: CData = ffi.NULL
NO_SPAN: Span = (NULL, 0)


def span(text: str | bytes | None) -> Span:
    """Return an argument for a `kl_span` parameter; None is Kamailio's null string."""
    if text is None:
        return NO_SPAN
    data = to_bytes(text)
    return ffi.from_buffer(data), len(data)


def write_span(target: CData, text: str | bytes | None) -> CData:
    """Fill a `kl_span` inside a struct; return what must stay alive as long as the struct is used."""
    pointer, size = span(text)
    target.s, target.n = pointer, size
    return pointer


def span_bytes(value: CData) -> bytes:
    """Copy a `kl_span`; a null one is empty."""
    return ffi.unpack(value.s, value.n) if value.n else b""


def span_text(value: CData) -> str:
    """Copy a `kl_span` as text."""
    return to_text(span_bytes(value))


def text_of(pointer: CData) -> str:
    """Copy a NUL-terminated text."""
    return to_text(ffi.string(pointer))
