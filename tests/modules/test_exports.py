"""The rows of KSR against Kamailio's exports: every one declared the same, those that lack listed."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import golden
import pytest

HERE = Path(__file__).resolve().parent
MISSING = HERE / "missing.txt"
WHOLE = {"", "app_lua", "corex", "hdr", "htable", "kx", "maxfwd", "pv", "pvx", "sanity", "siputils", "sl", "textopsx", "xlog"}

Signature = tuple[str, str]


@pytest.fixture(scope="module")
def declared(shared: Path) -> dict[str, Signature]:
    """Kamailio's return and parameter types by name: `hdr.get`, or `setflag` for the core."""
    with (shared / "kemi" / "exports.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {f"{row['module']}.{row['function']}".lstrip("."): (row["returns"], parameters(row["params"])) for row in rows}


@pytest.fixture(scope="module")
def rows() -> dict[str, Signature]:
    """The same of ours."""
    with golden.new_engine() as engine:
        methods = [row["func"] for row in engine.rpc("app_lua.api_list")["methods"]]
    return {f"{row['module']}.{row['name']}".lstrip("."): (row["ret"], parameters(row["params"])) for row in methods}


def parameters(text: str | None) -> str:
    return ",".join(re.findall(r"\w+", text or "")).replace("none", "")


def module_of(name: str) -> str:
    return name.rpartition(".")[0]


def test_every_row_is_declared_as_in_kamailio(rows: dict[str, Signature], declared: dict[str, Signature]) -> None:
    assert {name: signature for name, signature in rows.items() if declared.get(name) != signature} == {}


def test_functions_that_lack_are_those_listed(rows: dict[str, Signature], declared: dict[str, Signature]) -> None:
    here = {module_of(name) for name in rows}
    lacking = sorted(name for name in declared.keys() - rows.keys() if module_of(name) in here)
    assert lacking == [line for line in MISSING.read_text().splitlines() if not line.startswith("#")]


def test_modules_of_a_routing_script_are_there(rows: dict[str, Signature]) -> None:
    assert {module_of(name) for name in rows} >= WHOLE
