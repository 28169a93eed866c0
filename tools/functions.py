"""Write docs/reference/functions.md and docs/reference/functions/*.md: every KSR function there is, out of the table that dispatches them.

    python tools/functions.py [--write]

Each function has its signature out of its row, what the module's sheet in docs/kamailio says of it, and its example
(function_examples.py). Without --write it prints the first page. tests/docs/test_pages.py fails when a page is not current.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import kemilua
from function_examples import ENVIRONMENT, FILES, RECORDS, SCRIPT, SETUP, USUAL, Example, examples, messages, was_recorded
from pages import REFERENCE, main

PAGE = REFERENCE / "functions.md"
FOLDER = REFERENCE / "functions"
SHEETS = REFERENCE.parent / "kamailio"

HEAD = """\
# KSR functions

Made by `python tools/functions.py --write` out of the table that dispatches them: {count} functions in {modules} modules. Each has
its signature with the types that Kamailio declares, what it returns, and an example that a test runs.

| module | functions | Kamailio's behaviour |
| --- | ---: | --- |
{rows}
Beside these there are `KSR.x.exit`, `KSR.x.drop`, `KSR.x.probe` and `KSR.x.modf`. What is missing of Kamailio's stands in
[coverage](../coverage.md).

## Types

| type | a parameter | a result |
| --- | --- | --- |
| `str` | a string or a number; nil is refused or taken as empty, by function | |
| `int` | a number or a numeric string, cut to 32 bits | an integer: mostly 1 for yes or done, -1 for no or failed, rarely 0 |
| `long` | the same with 64 bits | |
| `bool` | | `true` or `false` |
| `xval` | | any value: a string, an integer, nil, a table |
| `none` | | 0, or `false` of a function without parameters |

In Lua every number is true, so `if KSR.hdr.is_present("X") then` always holds: compare, `> 0`.

## The examples

What stands behind `-->` is what the call returned. Below the calls stands what else came of them: `+` and `-` are lines that the message
gained and lost once its edits are applied, `sends` and `logs` are [effects](../concepts/engine.md#effects), with those lines of what
is sent that were not received. "Recorded" means that Kamailio 6.2 was asked the same about this message, in some runs with other port
numbers in it, and answered the same. All were run on one of [these messages](functions/messages.md), `{usual}` unless another is
named, with this engine:

```python
{setup}
```

```{{toctree}}
:hidden:
:glob:

functions/*
```
"""

MESSAGES = """\
# Messages of the examples

The [examples of KSR functions](../functions.md#the-examples) were run on these. They are the messages with which Kamailio was recorded.
"""


@dataclass(frozen=True)
class Row:
    """A function as the table has it."""

    module: str
    name: str
    parameters: str
    result: str

    @property
    def full_name(self) -> str:
        return f"KSR.{self.module}.{self.name}" if self.module != "core" else f"KSR.{self.name}"

    @property
    def signature(self) -> str:
        return f"{self.full_name}({self.parameters}) -> {self.result}"


def rows() -> list[Row]:
    """All functions, by module and name; the core's module is `core`."""
    with kemilua.Engine() as engine:
        found = [method["func"] for method in engine.rpc("app_lua.api_list")["methods"]]
    table = [Row(one["module"] or "core", one["name"], "" if one["params"] == "none" else one["params"], one["ret"]) for one in found]
    return sorted(table, key=lambda row: (row.module != "core", row.module, row.name))


# ---- what the sheets say


@functools.cache
def sheet(module: str) -> list[list[str]]:
    """The lines of a module's sheet: of a table's row its cells, of a sentence itself alone. Lines that only draw a table are left out."""
    lines = (SHEETS / f"{module}.md").read_text(encoding="utf-8").splitlines()
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] if line.startswith("|") else [line] for line in lines if not re.fullmatch(r"[|: -]+", line)]
    return [[cell.strip() for cell in row] for row in cells]


def names(cell: str) -> set[str]:
    """The functions that a cell stands for, written out: `avp_get gete getw (n)`, `get_ruser/gete_/getw_`, `xavX_rm(n)`."""
    words = re.findall(r"\w+", re.sub(r"\([^()+]*\)", " ", cell))
    first = words[0] if words else ""
    begins = {first[: at + 1] for at, letter in enumerate(first) if letter == "_"} | {word for word in words if word.endswith("_")}
    ends = set(words) | {first[at + 1 :] for at, letter in enumerate(first) if letter == "_"}
    tails = {word for word in words if word.startswith("_")}
    every = set(words) | {begin + end for begin in begins for end in ends}
    every |= {begin.rstrip("_") + tail for begin in {first, *begins} for tail in tails}
    return every | {word.replace("xavX", f"xav{letter}") for word in every if "xavX" in word for letter in "piu"}


DULL = {"xval", "int", "xval / int", "bool", "I", "B", "N", "()"}
"""Cells that tell a type, which the signature does."""


def said(row: Row) -> str:
    """What the module's sheet says of a function: the row that begins with its name, else the line that names it among others."""
    tables = [cells for cells in sheet(row.module) if len(cells) > 1]
    found = [cells[1:] for cells in tables if row.name in re.findall(r"\w+", cells[0])]
    found += [cells[1:] for cells in tables if row.name in names(cells[0])]
    found += [cells[2:] for cells in tables if f"{row.name}(" in cells[1]]
    found += [cells for cells in sheet(row.module) if row.name in names(cells[0]) and not re.match(r"#|.*:$", cells[0])]
    return "; ".join(cell for cell in found[0] if cell and cell not in DULL) if found else ""


# ---- the pages


def pages() -> dict[Path, str]:
    """All pages, by file."""
    table, shown = rows(), {example.name: example for example in examples()}
    modules = list(dict.fromkeys(row.module for row in table))
    made = {PAGE: first_page(table, modules), FOLDER / "messages.md": messages_page(set(shown.values()))}
    for module in modules:
        made[FOLDER / f"{module}.md"] = "".join(module_page(module, [row for row in table if row.module == module], shown))
    return made


def first_page(table: list[Row], modules: list[str]) -> str:
    lines = ""
    for module in modules:
        count = sum(row.module == module for row in table)
        label = "KSR" if module == "core" else f"KSR.{module}"
        lines += f"| [{label}](functions/{module}.md) | {count} | [sheet](../kamailio/{module}.md) |\n"
    return HEAD.format(count=len(table), modules=len(modules), rows=lines, usual=USUAL, setup=setup())


def setup() -> str:
    """What surrounds the examples, and how their engine is made, as Python."""
    arguments = "".join(f"    {name}={json.dumps(value)},\n" for name, value in SETUP.items() if name != "modparams")
    params = "".join(f"        {json.dumps(name)}: {json.dumps(value)},\n" for name, value in SETUP["modparams"].items())
    around = [f"a file {name}: {text!r}" for name, text in FILES.items()]
    around += [f"in the environment: {name}={value}" for name, value in ENVIRONMENT.items()]
    around += [f"to a resolver, {kind} of {name}: {record}" for (name, kind), records in RECORDS.items() for record in records]
    lines = "".join(f"# {line}\n" for line in around)
    return f"{lines}engine = kemilua.Engine(\n    kemilua.Source({SCRIPT!r}),\n{arguments}    modparams={{\n{params}    }},\n)"


def module_page(module: str, table: list[Row], shown: dict[str, Example]) -> Iterator[str]:
    title = "KSR, the core" if module == "core" else f"KSR.{module}"
    yield f"# {title}\n\n"
    yield f"Parameters, limits and order of effects are in [Kamailio's sheet](../../kamailio/{module}.md), "
    yield "how the examples were run on [the page of all functions](../functions.md#the-examples).\n"
    for row in table:
        yield f"\n## {row.full_name}\n\n`{row.signature}`\n"
        yield f"\n{said(row) or f'See [the sheet](../../kamailio/{module}.md).'}\n"
        example = shown[row.full_name]
        about = [] if example.message == USUAL else [f"On [{example.message}](messages.md#{anchor(example.message)})"]
        about += ["recorded" if about else "Recorded"] if was_recorded(example) else []
        yield f"\n{', '.join(about)}:\n" if about else ""
        yield f"\n```lua\n{example.shown()}```\n"


def messages_page(used: set[Example]) -> str:
    parts = [MESSAGES]
    for name in sorted({example.message for example in used}):
        text = messages()[name].decode("utf-8").replace("\r\n", "\n").rstrip("\n")
        parts.append(f"\n## {name}\n\n```text\n{text}\n```\n")
    return "".join(parts)


def anchor(name: str) -> str:
    """The address of a heading."""
    return name.lower().replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main(pages, sys.argv[1:]))
