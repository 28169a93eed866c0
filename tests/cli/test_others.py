"""`kemilua rpc` and `kemilua bench`."""

from __future__ import annotations

import json
import re

import pytest
from command import run


@pytest.fixture
def keepalive(root):
    return root / "examples" / "keepalive.lua"


def test_rpc_prints_its_result_as_json(keepalive):
    assert json.loads(run("rpc", "app_lua.list", "--load", keepalive)[0]) == [f"0: [{keepalive}]"]
    assert json.loads(run("rpc", "app_lua.reload", "0", "--load", keepalive)[0]) == {}
    methods = json.loads(run("rpc", "app_lua.api_list")[0])["methods"]
    assert {"func": {"ret": "int", "module": "sl", "name": "send_reply", "params": "int, str"}} in methods


def test_rpc_runs_commands_of_every_module():
    table = ["--modparam", "htable", "htable", "a=>size=4;"]
    assert json.loads(run("rpc", "htable.listTables", *table)[0])[0]["name"] == "a"
    names = json.loads(run("rpc", "system.listMethods")[0])
    assert {"app_lua.reload", "htable.dump", "cfgutils.get_gflags"} <= set(names)


def test_rpc_of_no_command_names_those_near_it():
    assert "near it are htable.dump" in run("rpc", "htable.dmp", code=2)[1]


def test_rpc_that_fails_is_one_line_and_exit_code_1(keepalive):
    assert run("rpc", "app_lua.reload", "7", "--load", keepalive, code=1)[1].startswith("kemilua rpc: 500 Reload Failed: ")


@pytest.mark.parametrize("words", [("nothing",), (), ("app_lua.list", "--load", "gone.lua")])
def test_rpc_used_wrongly_is_one_line_and_exit_code_2(words):
    assert len(run("rpc", *words, code=2)[1].splitlines()) == 1


def test_bench_prints_figures(root, keepalive):
    out, _ = run("bench", keepalive, root / "examples" / "messages" / "options.sip", "--seconds", "0.1")
    assert re.match(r"[\d,]+ messages per second on one core, [\d.]+ us each\n\d+ bytes in, 1 sent; [\d,]+ messages in ", out)


@pytest.mark.parametrize("words", [("--seconds", "0"), ("--seconds", "x"), ("--transport", "ipx")])
def test_bench_used_wrongly_is_one_line_and_exit_code_2(keepalive, root, words):
    message = root / "examples" / "messages" / "options.sip"
    assert len(run("bench", keepalive, message, *words, code=2)[1].splitlines()) == 1
