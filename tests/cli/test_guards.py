"""Modules that would keep somebody out and are not here: where a script names them."""

from __future__ import annotations

import pytest
from builders import request
from command import run
from kemilua import Source, guards

FOUND = [
    ("KSR.pike.auth_check('a', 'b', 1)", [(1, "pike")]),
    ("\n\nif KSR.pike and KSR.pike.pike_check_req() < 0 then return end", [(3, "pike"), (3, "pike")]),
    ("local a = KSR['permissions']", [(1, "permissions")]),
    ("KSR\n  . -- so\n  pike . auth_check()", [(1, "pike")]),
    ("local K = KSR\nK.pike.auth_check()", [(2, "pike")]),
    ("_G.KSR.pike.x()", [(1, "pike")]),
    ("-- KSR.pike.x()\n--[[ KSR.pike\n ]] KSR.sl.x()", [(3, "sl")]),
    ("--[==[ KSR.pike ]] ]==] KSR.sl.x()", [(1, "sl")]),
    ('s = \'KSR.pike\' t = "\\"KSR.pike" u = [[KSR.pike]] v = [=[ ]] KSR.pike]=]', []),
    ("s = 'it\\'s' KSR.pike.x()", [(1, "pike")]),
    ("MYKSR.pike.x() KSRX.pike.x() KSR:pike()", []),
    ("KSR.info('x') local x = KSR return x", [(1, "info")]),
    ("s = 'never closed\nKSR.pike.x()", [(2, "pike")]),
    ("KSR . ", []),
    ("x = KSR [ name ]", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "found"), FOUND)
def test_modules_that_some_lua_names(text, found):
    assert list(guards.uses(text.encode())) == found


def test_a_long_string_never_closed_takes_no_time():
    assert list(guards.uses(b"[==[" * 20_000)) == []


def test_bytecode_has_no_lines(script):
    engine = script("function ksr_request_route() KSR.pike.auth_check('a', 'b', 1) end code = string.dump(ksr_request_route)")
    code = bytes(int(pair) for pair in engine.eval("return (code:gsub('.', function(c) return c:byte() .. ' ' end))")[0].split())
    assert [str(use) for use in guards.missing([Source(code, "route.luac")])] == ["route.luac: KSR.pike"]
    assert guards.missing([Source(b"\x1bLua nothing", "x")]) == []


def test_what_is_here_is_not_missing():
    assert guards.missing([Source("KSR.sanity.sanity_check(1, 1) KSR.tm.t_relay()")]) == []


def test_files_that_a_script_loads_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.lua").write_text("require('parts.one')\ndofile 'two.lua'\nrequire(name) require 'absent'")
    (tmp_path / "parts" / "one.lua").write_text("\nKSR.permissions.allow_trusted()")
    (tmp_path / "two.lua").write_text("require 'main' KSR.pike.x()")
    assert sorted(str(use) for use in guards.missing(["main.lua"])) == ["parts/one.lua:2: KSR.permissions", "two.lua:1: KSR.pike"]


def test_run_warns(tmp_path):
    (tmp_path / "s.lua").write_text("function ksr_request_route()\n  if KSR.pike then KSR.pike.pike_check_req() end\n  KSR.x.exit()\nend")
    (tmp_path / "m.sip").write_bytes(request())
    _, err = run("run", "s.lua", "m.sip", cwd=tmp_path)
    assert err == "kemilua run: warning: s.lua:2: KSR.pike is not in this kemilua, and would keep somebody out\n"
