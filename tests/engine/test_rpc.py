"""RPC commands and reload."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, request
from harness import logged, only_send
from kemilua import Source

ANSWER = "function ksr_request_route() KSR.sl.send_reply({code}, 'X') end"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "routing.lua"
    path.write_text(ANSWER.format(code=200))
    return path


def answer(engine):
    return first_line(only_send(engine.receive(request())).data)


def test_list_counts_from_the_last_load(script):
    engine = script(scripts=[Source("", "/a.lua"), Source("", "/b.lua")])
    assert engine.rpc("app_lua.list") == ["0: [/b.lua]", "1: [/a.lua]"]


def test_list_without_scripts(script):
    assert script().rpc("app_lua.list") == ["No scripts loaded"]


def test_unknown_command_is_kamailio_s_fault_and_names_those_near_it(script):
    with pytest.raises(kemilua.RpcError) as caught:
        script().rpc("htable.dmp")
    error = caught.value
    assert (error.code, error.text) == (500, "Method Not Found")
    assert error.reason.startswith("there is no command 'htable.dmp'; near it are htable.dump")
    assert str(error) == f"500 Method Not Found: {error.reason}"


def test_unknown_command_that_is_near_none_says_so(script):
    with pytest.raises(kemilua.RpcError) as caught:
        script().rpc("zzz")
    assert caught.value.reason == "there is no command 'zzz'"


def test_registry_has_the_commands_of_python_and_c_with_their_help(script):
    commands = script().commands
    assert list(commands) == sorted(commands)
    assert {"app_lua.reload", "system.listMethods", "htable.get", "cfgutils.get_gflags"} <= commands.keys()
    assert commands["htable.get"] == kemilua.Command("htable.get", "TABLE KEY", "An item: its name and its value.")
    for name, one in commands.items():
        assert name == one.name
        assert one.help.endswith(".")


def test_every_command_of_the_registry_is_run_by_rpc(script):
    engine, unknown = script(), []
    for name in engine.commands:
        try:
            engine.rpc(name)
        except kemilua.RpcError as error:
            if error.text == "Method Not Found":
                unknown.append(name)
    assert unknown == []


def test_commands_are_those_of_the_loaded_modules(script):
    names = script(modules="sl").commands
    assert "app_lua.list" in names
    assert not any(name.startswith(("htable.", "cfgutils.")) for name in names)


def test_commands_are_told_by_rpc(script):
    engine = script()
    assert engine.rpc("system.listMethods") == list(engine.commands)
    assert engine.rpc("system.methodHelp", "htable.delete") == "Remove an item."
    assert engine.rpc("core.echo", "a", 1) == ["a", 1]


@pytest.mark.parametrize(("parameters", "text"), [((), "Method Name Expected"), (("no.such",), "command not found")])
def test_help_of_no_command_is_kamailio_s_fault(script, parameters, text):
    with pytest.raises(kemilua.RpcError) as caught:
        script().rpc("system.methodHelp", *parameters)
    assert (caught.value.code, caught.value.text) == (400, text)


@pytest.mark.parametrize("parameter", [2**70, object(), "\ud800", [[2**64]]])
def test_parameter_that_cannot_be_is_refused_with_its_number(script, parameter):
    with pytest.raises(kemilua.ArgumentError, match=r"^parameter 3 of htable\.seti: "):
        script().rpc("htable.seti", "t", "a", parameter)


def test_api_list_has_kamailio_s_shape_and_order(script):
    @kemilua.export("mine.add")
    def add(a: str, b: int) -> int:
        return 1

    result = script(exports=[add]).rpc("app_lua.api_list")
    functions = [method["func"] for method in result["methods"]]
    assert result["msize"] == len(functions)
    assert functions[0]["module"] == ""
    modules = list(dict.fromkeys(function["module"] for function in functions))
    assert modules[:3] == ["", "pv", "hdr"]
    assert {"ret": "xval", "module": "pv", "name": "get", "params": "str"} in functions
    assert {"ret": "bool", "module": "", "name": "is_INVITE", "params": "none"} in functions
    assert {"ret": "bool", "module": "pv", "name": "setl", "params": "str, long"} in functions
    assert functions[-1] == {"ret": "int", "module": "mine", "name": "add", "params": "str, long"}
    assert "x" not in modules


@pytest.mark.parametrize("parameters", [(), (0,), (-1,), ("all",), (None,)])
def test_reload_takes_the_new_text(script, path, parameters):
    engine = script(scripts=[path])
    path.write_text(ANSWER.format(code=404))
    assert answer(engine) == "SIP/2.0 200 X"
    assert engine.rpc("app_lua.reload", *parameters) == {}
    assert answer(engine) == "SIP/2.0 404 X"


def test_reload_of_one_script_leaves_the_others(script, tmp_path):
    names = []
    for name in "ab":
        (tmp_path / f"{name}.lua").write_text(f"{name} = ({name} or 0) + 1")
        names.append(tmp_path / f"{name}.lua")
    engine = script(scripts=names)
    engine.rpc("app_lua.reload", 1)
    assert engine.eval("return a, b") == (2, 1)


def test_reload_keeps_globals(script, path):
    engine = script(scripts=[path])
    engine.eval("kept = 5")
    engine.rpc("app_lua.reload")
    assert engine.eval("return kept") == (5,)


BROKEN = {"syntax": "function (", "runtime": "error('at top level')", "half way": "function ksr_request_route() end error('late')"}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_failing_reload_leaves_the_old_script_serving_and_says_why(script, path, text):
    engine = script(scripts=[path])
    path.write_text(text)
    with pytest.raises(kemilua.RpcError, match=r"^500 Reload Failed: .*routing\.lua") as caught:
        engine.rpc("app_lua.reload")
    assert isinstance(caught.value.__cause__, kemilua.ScriptError)
    assert "routing.lua" in str(caught.value.__cause__)
    assert "routing.lua" in logged(engine.take_effects())[0]
    assert answer(engine) == "SIP/2.0 200 X"


def test_reload_of_a_missing_file_leaves_the_old_script_serving(script, path):
    engine = script(scripts=[path])
    path.unlink()
    with pytest.raises(kemilua.RpcError) as caught:
        engine.rpc("app_lua.reload", 0)
    assert isinstance(caught.value.__cause__, kemilua.ReadError)
    assert answer(engine) == "SIP/2.0 200 X"


def test_reload_is_all_or_nothing_over_several_scripts(script, tmp_path):
    one, two = tmp_path / "one.lua", tmp_path / "two.lua"
    one.write_text("one = 'old'")
    two.write_text("two = 'old'")
    engine = script(scripts=[one, two])
    one.write_text("one =")
    two.write_text("two = 'new'")
    with pytest.raises(kemilua.RpcError):
        engine.rpc("app_lua.reload")
    assert engine.eval("return one, two") == ("old", "old")


@pytest.mark.parametrize(("arguments", "index"), [({}, 1), ({}, 99), ({"reload": False}, 0)])
def test_reload_that_cannot_be_fails(script, path, arguments, index):
    with pytest.raises(kemilua.RpcError, match=r"^500 Reload Failed: ."):
        script(scripts=[path], **arguments).rpc("app_lua.reload", index)


def test_reload_without_scripts_fails(script):
    with pytest.raises(kemilua.RpcError, match=r"^500 Reload Failed: .*script"):
        script().rpc("app_lua.reload")


def test_engines_with_shared_state_follow_at_their_next_run(script, path):
    shared = kemilua.SharedState()
    one, two = (script(scripts=[path], shared=shared) for _ in range(2))
    alone = script(scripts=[path])
    path.write_text(ANSWER.format(code=404))
    one.rpc("app_lua.reload")
    assert [answer(engine) for engine in (one, two, alone)] == ["SIP/2.0 404 X", "SIP/2.0 404 X", "SIP/2.0 200 X"]


def test_shared_variables_are_shared(script):
    shared = kemilua.SharedState()
    one, two = (script(shared=shared) for _ in range(2))
    one.eval("KSR.pv.sets('$shv(x)', 'seen')", message=request())
    assert two.eval("return KSR.pv.get('$shv(x)')", message=request()) == ("seen",)
    assert script().eval("return KSR.pv.get('$shv(x)')", message=request()) == (0,)


def test_reload_within_a_run_waits_for_the_next_one(script, path):
    @kemilua.export("t.reload")
    def reload() -> None:
        engine.rpc("app_lua.reload")

    path.write_text("function ksr_request_route() KSR.t.reload() KSR.sl.send_reply(200, 'X') end")
    engine = script(scripts=[path], exports=[reload])
    path.write_text(path.read_text().replace("200", "404"))
    assert answer(engine) == "SIP/2.0 200 X"
    assert answer(engine) == "SIP/2.0 404 X"


def test_relative_paths_are_relative_to_the_working_directory(script, path, monkeypatch):
    monkeypatch.chdir(path.parent)
    assert script(scripts=[path.name]).scripts == [path.name]
