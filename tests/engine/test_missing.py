"""A name of KSR that is not there: the error says why, and what may have been meant."""

from __future__ import annotations

import kemilua
import pytest
from builders import invite
from harness import logged
from kemilua import _missing
from kemilua.coverage import exported, registered

FILLER = "local many = {" + ", ".join(f'"key {number}"' for number in range(400)) + "}"
"""So many constants that later ones need an instruction of their own."""

DIALOG = "KSR.dialog is not in this kemilua; `kemilua coverage` lists what is"
APEND = "there is no KSR.hdr.apend: did you mean KSR.hdr.append"

SAID = {
    "module": ("KSR.dialog.dlg_manage()", DIALOG),
    "module, by a key in brackets": ('KSR["dialog"].dlg_manage()', DIALOG),
    "module, by a variable key": ("local name = 'dialog' KSR[name].dlg_manage()", DIALOG),
    "module, kept in a local": ("local dialog = KSR.dialog dialog.dlg_manage()", DIALOG),
    "module, as a method": ("KSR.dialog:dlg_manage()", DIALOG),
    "module, of a KSR kept in a local": ("local ksr = KSR local a = 1 ksr.dialog.dlg_manage()", DIALOG),
    "module, behind many constants": (FILLER + " KSR.dialog.dlg_manage()", DIALOG),
    "module, as an argument": ("print(1, KSR.dialog.dlg_manage())", DIALOG),
    "module misspelt": ("KSR.hrd.append('x')", "there is no KSR.hrd: did you mean KSR.hdr?"),
    "function misspelt": ("KSR.hdr.apend('x')", APEND),
    "function misspelt, of a module kept in a local": ("local hdr = KSR.hdr hdr.apend('x')", APEND),
    "function misspelt, kept in a local": ("local f = KSR.hdr.apend f('x')", APEND),
    "function misspelt, tail call": ("return KSR.hdr.apend('x')", APEND),
    "function misspelt, behind many constants": (FILLER + " KSR.hdr.apend('x')", APEND),
    "function of the core misspelt": ("KSR.is_INVIT()", "there is no KSR.is_INVIT: did you mean KSR.is_INVITE"),
    "function of another module": ("KSR.rr.send_reply()", "there is no KSR.rr.send_reply: did you mean KSR.sl.send_reply?"),
    "function of a module that is not here": (
        "KSR.dlg_manage()",
        "there is no KSR.dlg_manage: did you mean KSR.dialog.dlg_manage, which is not",
    ),
    "name like nothing": ("KSR.qqqq.zzzz()", "there is no KSR.qqqq (attempt"),
}


@pytest.mark.parametrize(("lua", "said"), SAID.values(), ids=SAID)
def test_error_and_log_line_say_what_is_missing(script, lua, said):
    engine = script(f"function ksr_request_route()\n  {lua}\nend", errors="raise")
    with pytest.raises(kemilua.ScriptError) as info:
        engine.receive(invite())
    assert str(info.value).startswith(f"test.lua:2: {said}")
    assert "attempt to" in str(info.value)
    assert (info.value.where, info.value.line) == ("test.lua", 2)
    assert f"test.lua:2: {said}" in logged(engine.take_effects())[0]


OUTER = {
    "module that is nil": ("local dialog = KSR.dialog", "dialog.dlg_manage()", f"dialog is nil: {DIALOG}"),
    "KSR": ("local ksr = KSR", "ksr.dialog.dlg_manage()", DIALOG),
    "module": ("local hdr = KSR.hdr", "hdr.apend()", APEND),
}


@pytest.mark.parametrize(("outer", "lua", "said"), OUTER.values(), ids=OUTER)
def test_what_is_kept_in_a_local_of_the_file(script, outer, lua, said):
    engine = script(f"{outer}\nfunction ksr_request_route() {lua} end", errors="raise")
    with pytest.raises(kemilua.ScriptError) as info:
        engine.receive(invite())
    assert str(info.value).startswith(f"test.lua:2: {said}")


OTHERS = {
    "field of another table": ("local a = {} a.b.c()", "attempt to index a nil value (field 'b')"),
    "global": ("nothing()", "attempt to call a nil value (global 'nothing')"),
    "local named like a module": ("local dialog dialog.dlg_manage()", "attempt to index a nil value (local 'dialog')"),
    "table of that name": ("local t = {KSR = {}} t.KSR.dialog.dlg_manage()", "attempt to index a nil value (field 'dialog')"),
    "result of a call": ("KSR.pv.get('$null').x = 1", "attempt to index a nil value"),
    "arithmetic": ("return KSR.dialog + 1", "attempt to perform arithmetic on a nil value (field 'dialog')"),
}


@pytest.mark.parametrize(("lua", "said"), OTHERS.values(), ids=OTHERS)
def test_what_has_nothing_to_do_with_ksr_stays_as_lua_has_it(script, lua, said):
    engine = script(f"function ksr_request_route() {lua} end", errors="raise")
    with pytest.raises(kemilua.ScriptError) as info:
        engine.receive(invite())
    assert str(info.value) == f"test.lua:1: {said}"


def test_a_script_that_asks_first_is_told_nil(script):
    text = "function ksr_request_route() KSR.info(tostring(KSR.dialog) .. tostring(KSR.hdr.apend) .. tostring(getmetatable(KSR))) end"
    assert logged(script(text).receive(invite())) == ["nilnilnil"]


def test_pcall_gets_the_words_of_lua(script):
    text = "function ksr_request_route() KSR.info(select(2, pcall(function() KSR.dialog.dlg_manage() end))) end"
    assert logged(script(text).receive(invite())) == ["test.lua:1: attempt to index a nil value (field 'dialog')"]


def test_a_module_that_the_engine_was_not_given(script):
    engine = script("function ksr_request_route() KSR.textops.search('a') end", modules=["sl"], errors="raise")
    with pytest.raises(kemilua.ScriptError, match=r"KSR\.textops is not loaded: the engine's `modules` leave it out"):
        engine.receive(invite())


def test_at_top_level_and_in_eval(script):
    with pytest.raises(kemilua.ScriptError, match=r"^test\.lua:1: KSR\.dialog is not in this kemilua"):
        script("KSR.dialog.dlg_bye('all')")
    with pytest.raises(kemilua.ScriptError, match=r"^eval:1: KSR\.dialog is not in this kemilua"):
        script("").eval("KSR.dialog.dlg_manage()")


def test_every_export_of_kamailio_that_is_missing_is_called_missing(script):
    ours = registered(script(""))
    here: dict[str, set[str]] = {}
    for module, name in ours:
        here.setdefault(module, set()).add(name)
    for module, name in sorted(exported() - ours):
        path = f"KSR.{module}.{name}" if module in here and module else f"KSR.{module or name}"
        assert _missing.explain(path, here) == f"{path} is not in this kemilua; `kemilua coverage` lists what is"
