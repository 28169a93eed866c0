"""Write the C source of the extension module kemilua._kemilua from csrc/kemilua.h.

    python tools/build_cffi.py csrc/kemilua.h OUTPUT.c

The header is the only list of what crosses between C and Python. It marks the part that cffi reads:

    /* cffi: from here */
    ...
    /* cffi: to here */

That part holds plain declarations and `#define NAME integer`. A declaration that begins a line with KL_PYTHON is
implemented by Python: it becomes `extern "Python+C"`, which C files may call. Anything else stops the build with the
line it stands on.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MODULE = "kemilua._kemilua"
FROM = "/* cffi: from here */"
TO = "/* cffi: to here */"

CONSTANT = re.compile(r"#define\s+[A-Za-z_]\w*\s+-?(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\s*(?:/[*/].*)?$")
IMPLEMENTED = re.compile(r"^KL_PYTHON\b", re.MULTILINE)


class HeaderError(Exception):
    """The header holds something that cffi cannot read."""


def declarations(header: str) -> str:
    """Return the cdef for the text of a header; lines keep their numbers, so that cffi's errors point into it."""
    lines = header.splitlines()
    start, end = (marker_line(lines, marker) for marker in (FROM, TO))
    if end < start:
        raise HeaderError(f"line {end + 1}: {TO!r} stands before {FROM!r}")
    for number, line in enumerate(lines[start:end], start + 1):
        check_line(number, line)
    return IMPLEMENTED.sub('extern "Python+C"', "\n" * start + "\n".join(lines[start:end]) + "\n")


def marker_line(lines: list[str], marker: str) -> int:
    found = [number for number, line in enumerate(lines) if line.strip() == marker]
    if len(found) != 1:
        raise HeaderError(f"{marker!r} must stand alone on one line, and does on {len(found)}")
    return found[0]


def check_line(number: int, line: str) -> None:
    if line.lstrip().startswith("#") and not CONSTANT.match(line.strip()):
        raise HeaderError(f"line {number}: only `#define NAME integer` may stand between the markers, not {line.strip()!r}")
    if "KL_PYTHON" in line and not line.startswith("KL_PYTHON"):
        raise HeaderError(f"line {number}: KL_PYTHON begins a declaration and its line, or does not appear")


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: build_cffi.py HEADER OUTPUT", file=sys.stderr)
        return 2
    header, output = (Path(argument) for argument in arguments)

    import cffi  # here, so that a test of declarations() needs no cffi

    builder = cffi.FFI()
    try:
        builder.cdef(declarations(header.read_text(encoding="utf-8")))
    except (HeaderError, cffi.CDefError, cffi.FFIError) as error:
        print(f"{header}: {error}", file=sys.stderr)
        return 1
    builder.set_source(MODULE, f'#include "{header.name}"')
    builder.emit_c_code(str(output))
    output.touch()  # cffi leaves an unchanged file alone, and the build would find it out of date for ever
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
