"""Write docs/reference/variables.md: every pseudo-variable and transformation of Kamailio, and whether it is here.

    python tools/variables.py [--write]

The rows are those of docs/kamailio/*.tsv; an engine is asked for each. Without --write it prints the page. tests/docs/test_pages.py fails
when the page is not current.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import kemilua
from function_examples import SETUP, USUAL, messages
from pages import REFERENCE, main

PAGE = REFERENCE / "variables.md"
SHEETS = REFERENCE.parent / "kamailio"

HEAD = """\
# Pseudo-variables and transformations

Made by `python tools/variables.py --write` out of Kamailio's {variables} pseudo-variables ([table](../kamailio/pseudovariables.tsv)) and
{transformations} transformations ([table](../kamailio/transformations.tsv)), each of which an engine was asked for. {here} variables and
{known} transformations are here. How names are written, with index, inner text and transformations, is in the
[grammar](../kamailio/pv-grammar.md).
"""
VARIABLES = """
## Pseudo-variables

| name | written | module | type | access | what it is |
| --- | --- | --- | --- | --- | --- |
"""
TRANSFORMATIONS = """
## Transformations

| name | parameters | result | what it does | example |
| --- | --- | --- | --- | --- |
"""
ELSEWHERE = """
## Not here yet

They come with their modules, and are unknown names until then.

| module | variables | transformations |
| --- | --- | --- |
"""

TRIED = {
    "_s(format)": "$_s(x)",
    "dns(pvid=>key)": "$dns(a=>addr)",
    "msg(attr)": "$msg(len)",
    "sel(select)": "$sel(ruri)",
    "sht(table=>key)": "$sht(a=>b)",
    "utime(key)": "$utime(sec)",
}
"""How a variable is asked for where its written form is no example; `via0(attr)` and `branch(name)` are asked for by KEYS."""
KEYS = {"attr": "host", "name": "uri"}

Row = dict[str, str]


def table(name: str) -> list[Row]:
    with (SHEETS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def attempts(row: Row) -> Iterator[str]:
    """Names by which an engine may be asked for a variable."""
    written = re.split(r"[; ]", row["form"])[0]
    yield TRIED.get(row["name"], written)
    if inner := re.search(r"\((\w+)\)$", row["name"]):
        yield written.replace(inner[1], KEYS.get(inner[1], "a"))
    if key := re.search(r"key = (\w+)", row["form"]):
        yield written.replace("key", key[1])
    if first := re.match(r"(\$\w+\([^|)]*)\|", written):
        yield f"{first[1]})"
    yield from (re.sub(r"\(.*\)", inner, written) for inner in ("(a)", "(a=>b)", "(1)", ""))


def is_here(engine: kemilua.Engine, name: str) -> bool:
    """Whether an engine knows a name, whatever its value."""
    try:
        engine.pv_get(name, message=messages()[USUAL])
    except kemilua.KemiluaError:
        return False
    return True


def cell(text: str) -> str:
    """A text as a cell: bars and what looks like HTML do no harm."""
    return text.replace("|", "\\|").replace("<", "\\<").replace("$", "&#36;").replace("*", "\\*")


def code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`" if text else ""


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def pages() -> dict[Path, str]:
    """The page, by its file."""
    variables, transformations = table("pseudovariables.tsv"), table("transformations.tsv")
    with kemilua.Engine(strict=True, errors="raise", log_level="alert", **SETUP) as engine:
        here = [row for row in variables if any(is_here(engine, name) for name in attempts(row))]
        known = [row for row in transformations if is_here(engine, transformed(row))]
    head = HEAD.format(variables=len(variables), transformations=len(transformations), here=len(here), known=len(known))
    parts = [head, VARIABLES]
    for row in here:
        written = (code(f"${row['name']}"), code(row["form"]))
        parts.append(line(*written, row["exporter"], row["type"], row["access"], cell(row["meaning"])))
    parts.append(TRANSFORMATIONS)
    for row in known:
        parts.append(line(code(row["name"]), cell(row["args"]), row["result_type"], cell(row["meaning"]), cell(row["example"])))
    missing = [row for row in variables if row not in here], [row for row in transformations if row not in known]
    return {PAGE: "".join([*parts, ELSEWHERE, *elsewhere(*missing)])}


def transformed(row: Row) -> str:
    """A name that uses a transformation."""
    name, *parameters = row["name"].split("[")[0].split(",")
    return f"$(ru{{{','.join([name, *(['1'] * len(parameters))])}}})"


def elsewhere(variables: list[Row], transformations: list[Row]) -> Iterator[str]:
    """A line for each module whose names are not here."""
    for module in sorted({row["exporter"] for row in [*variables, *transformations]}):
        names, steps = ([row["name"] for row in rows if row["exporter"] == module] for rows in (variables, transformations))
        yield line(module, " ".join(code(f"${name}") for name in names), " ".join(map(code, steps)))


if __name__ == "__main__":
    sys.exit(main(pages, sys.argv[1:]))
