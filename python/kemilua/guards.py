"""Modules that keep somebody out, and where scripts name those that are not here.

A script that asks first goes on without such a module, and lets in whom it should not: `if KSR.pike and KSR.pike.pike_check_req() < 0`.
So it is looked for in the text, whatever a run would come to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from kemilua._kamailio import native_modules
from kemilua._text import to_text
from kemilua.modules import python_modules
from kemilua.sources import Script, Source, path_bytes

__all__ = ["GUARDS", "Use", "missing", "uses"]

GUARDS = frozenset(
    (
        "auth",
        "auth_db",
        "auth_ephemeral",
        "auth_radius",
        "auth_web3",
        "auth_xkeys",
        "cnxcc",
        "group",
        "ims_charging",
        "jwt",
        "jwt3",
        "misc_radius",
        "permissions",
        "pike",
        "pipelimit",
        "ratelimit",
        "sanity",
        "secfilter",
        "secsipid",
        "stirshaken",
        "tls",
        "uri_db",
        "userblocklist",
    )
)
"""They tell who may do what, or how much of it: what they refuse is let through where they are not."""

TOKEN = re.compile(
    rb"--\[(?P<comment>=*)\[.*?\](?P=comment)\]|--[^\n]*"
    rb"|\[(?P<long>=*)\[.*?\](?P=long)\]"
    rb"|(?P<quote>[\"'])(?P<text>(?:\\(?:\r\n|.)|(?!(?P=quote)).)*)(?P=quote)"
    rb"|(?P<name>[A-Za-z_]\w*)|(?P<mark>[.=\[\]:(,;])|\S",
    re.DOTALL,
)
"""Comments, strings, names and what stands between a table and its field."""

BYTECODE = b"\x1bLua"
MAX_FILES, MAX_BYTES = 1000, 16 * 2**20

Token = tuple[str, bytes, int]
"""What it is (`name`, `text`, `mark`), its text, and its place."""


class Use:
    """A script names a module: `text` is "routing.lua:12: KSR.pike"."""

    __slots__ = ("line", "module", "script")

    def __init__(self, script: str, line: int, module: str) -> None:
        self.script, self.line, self.module = script, line, module

    def __str__(self) -> str:
        place = f"{self.script}:{self.line}" if self.line else self.script
        return f"{place}: KSR.{self.module}"


def missing(scripts: Iterable[Script], allowed: Iterable[str] = ()) -> list[Use]:
    """Where scripts, and the files that they load by a name, first name each of the GUARDS that this build lacks."""
    absent = GUARDS - {*native_modules(), *python_modules(), *allowed}
    found: dict[str, Use] = {}
    for name, text in _texts(scripts):
        for line, module in uses(text):
            if module in absent:
                found.setdefault(module, Use(name, line, module))
    return list(found.values())


def uses(text: bytes) -> Iterator[tuple[int, str]]:
    """Every module of KSR that some Lua names, with its line; of bytecode, which has no lines to tell, those of GUARDS, with line 0."""
    if text.startswith(BYTECODE):
        yield from ((0, name) for name in sorted(GUARDS) if _has_constant(text, b"KSR") and _has_constant(text, name.encode()))
        return
    tables = {b"KSR"}
    tokens = list(_tokens(text))
    for place, (kind, name, at) in enumerate(tokens):
        if kind != "name" or name not in tables:
            continue
        field = _field(tokens, place + 1)
        if field is not None:
            yield text.count(b"\n", 0, at) + 1, to_text(field)
        elif place >= 2 and tokens[place - 1][1] == b"=" and tokens[place - 2][0] == "name":
            tables.add(tokens[place - 2][1])  # local K = KSR


def _has_constant(bytecode: bytes, name: bytes) -> bool:
    """A short string stands behind one more than its length, as Lua 5.4 writes sizes."""
    return bytes((0x80 | len(name) + 1,)) + name in bytecode


def _tokens(text: bytes) -> Iterator[Token]:
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in ("name", "mark"):
            yield kind, match[0], match.start()
        elif match["text"] is not None:
            yield "text", match["text"], match.start()
        elif not match[0].startswith(b"--"):
            yield "other", match[0], match.start()


def _field(tokens: list[Token], place: int) -> bytes | None:
    """`.name` or `["name"]` that stands there."""
    kinds = [token[0] for token in tokens[place : place + 2]]
    texts = [token[1] for token in tokens[place : place + 2]]
    if texts[:1] == [b"."] and kinds[1:] == ["name"]:
        return texts[1]
    if texts[:1] == [b"["] and kinds[1:] == ["text"]:
        return texts[1]
    return None


# ---- the texts of scripts


LOADS = frozenset((b"dofile", b"loadfile", b"require"))


def _texts(scripts: Iterable[Script]) -> Iterator[tuple[str, bytes]]:
    """Name and text of each script, and of the files that it loads by a constant name."""
    waiting = list(scripts)
    seen: set[str] = set()
    while waiting and len(seen) < MAX_FILES:
        script = waiting.pop(0)
        name, text = _read(script)
        if name in seen or not text:
            continue
        seen.add(name)
        yield name, text
        if not text.startswith(BYTECODE):
            waiting += _loaded(text, Path(name).parent)


def _read(script: Script) -> tuple[str, bytes]:
    """What cannot be read is no script either: who loads it says so."""
    if isinstance(script, Source):
        return script.name, script.text if isinstance(script.text, bytes) else script.text.encode(errors="surrogateescape")
    path = Path(to_text(path_bytes("scripts", script)))
    try:
        if not path.is_file():
            return str(path), b""
        with path.open("rb") as file:
            return str(path), file.read(MAX_BYTES)
    except OSError:
        return str(path), b""


def _loaded(text: bytes, folder: Path) -> Iterator[Path]:
    """Where Lua looks in the working directory, and beside the script."""
    tokens = list(_tokens(text))
    for place, (kind, name, _) in enumerate(tokens):
        if kind != "name" or name not in LOADS:
            continue
        behind = tokens[place + 1 : place + 3]
        found = next((token[1] for token in behind[: 2 if behind and behind[0][1] == b"(" else 1] if token[0] == "text"), None)
        if found is None:
            continue
        written = to_text(found)
        path = Path(written.replace(".", "/") + ".lua" if name == b"require" else written)
        yield from {path, folder / path}
