"""Write docs/reference/parameters.md: every module parameter there is, with what Kamailio's sheets say of it.

    python tools/parameters.py [--write]

Names are those of the sheets' tables in docs/kamailio; an engine is asked which of them it has. Without --write it prints the page.
tests/docs/test_pages.py fails when the page is not current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import kemilua
from functions import sheet
from kemilua.engine import stateless_modules
from pages import REFERENCE, main

PAGE = REFERENCE / "parameters.md"

HEAD = """\
# Module parameters

Made by `python tools/parameters.py --write`: what `Engine(modparams={"module": {"name": value}})` and `kemilua run --modparam` take.
Values are Kamailio's, integers or texts; a list sets one that may be repeated several times. A name that a module does not have is
a `NotFoundError`.
The parameters of [maxfwd](../kamailio/maxfwd.md) and [sanity](../kamailio/sanity.md) stand at the top of their sheets.
"""
TABLE = """
## {module}

| parameter | {heads} |
| --- |{lines}
"""

SHEET = {"pv": "pvx"}
"""The sheets that tell of another module's parameters."""


def is_here(module: str, name: str) -> bool:
    """Whether a module has a parameter, whatever it wants for a value."""
    try:
        with kemilua.Engine(modparams={module: {name: 1}}):
            return True
    except kemilua.NotFoundError:
        return False
    except kemilua.KemiluaError:
        return True


def tables(module: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The tables of parameters in a module's sheet: their heads, and those rows that name a parameter which is here."""
    heads: list[str] = []
    rows: list[list[str]] = []
    for cells in [*sheet(SHEET.get(module, module)), [""]]:
        if len(cells) == 1:
            if rows:
                yield heads, rows
            heads, rows = [], []
        elif re.fullmatch(r"name|param|modparam", cells[0]):
            heads = cells
        elif heads and any(is_here(module, name) for name in re.findall(r"[a-z]\w+", cells[0])):
            rows.append(cells)


def pages() -> dict[Path, str]:
    """The page, by its file."""
    parts = [HEAD]
    for module in sorted([*stateless_modules(), "pv"]):
        for heads, rows in tables(module):
            parts.append(TABLE.format(module=module, heads=" | ".join(heads[1:]), lines=" --- |" * (len(heads) - 1)))
            parts += [f"| {' | '.join(cells)} |\n" for cells in rows]
    return {PAGE: "".join(parts)}


if __name__ == "__main__":
    sys.exit(main(pages, sys.argv[1:]))
