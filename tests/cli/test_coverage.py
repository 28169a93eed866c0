"""`kemilua coverage`: what is registered beside all that Kamailio exports, and the page made of it."""

from __future__ import annotations

from pathlib import Path

import kemilua
from kemilua.cli import main
from kemilua.coverage import Coverage, coverage, markdown


def test_page_is_what_the_command_prints(root, capsys):
    page = (root / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert main(["coverage"]) == 0
    assert capsys.readouterr().out == page, "run: kemilua coverage > docs/coverage.md"


def test_every_registered_function_is_one_of_kamailios():
    counted = sum(one.registered for one in coverage())
    with kemilua.Engine() as engine:
        assert counted == len(engine.rpc("app_lua.api_list")["methods"])


def test_modules_of_the_first_day_are_complete():
    complete = {one.module for one in coverage() if not one.missing}
    assert {"", "pv", "hdr", "kx", "sl", "maxfwd", "xlog", "app_lua"} <= complete


def test_module_that_has_not_begun_is_named_below_the_table():
    text = markdown([Coverage("", 2, ("route",)), Coverage("acc", 0, ("acc_log_request", "acc_db_request"))])
    assert "| KSR | 2 | 3 | `route` |" in text
    assert text.endswith("Not begun: acc (2).\n")


def test_list_of_exports_is_the_recorded_one(shared):
    ours = Path(kemilua.__file__).parent / "data" / "exports.tsv"
    assert ours.read_bytes() == (shared / "kemi" / "exports.tsv").read_bytes()
