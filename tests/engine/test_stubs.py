"""Whole KSR modules that are not there, played by a test."""

from __future__ import annotations

import kemilua
import pytest
from builders import request
from harness import logged


def test_every_function_of_the_module_is_there_and_answers_by_its_type(script):
    stub = kemilua.Stub("dispatcher")
    engine = script(
        "function ksr_request_route() KSR.dispatcher.ds_select_dst(1, 4) KSR.dispatcher.ds_select_domain('2', 0) end", exports=[stub]
    )
    engine.receive(request())
    assert [(call.name, call.arguments, call.result) for call in stub.calls] == [
        ("ds_select_dst", (1, 4), 1),
        ("ds_select_domain", (2, 0), 1),
    ]
    names = {row["func"]["name"] for row in engine.rpc("app_lua.api_list")["methods"] if row["func"]["module"] == "dispatcher"}
    assert {"ds_next_dst", "ds_is_from_list", "ds_mark_dst"} <= names


def test_values_and_callables_answer_by_name(script):
    stub = kemilua.Stub("dispatcher", returns={"ds_next_dst": -1, "ds_select_dst": lambda group, algorithm: group * 10 + algorithm})
    engine = script(exports=[stub])
    assert engine.eval("return KSR.dispatcher.ds_next_dst(), KSR.dispatcher.ds_select_dst(3, 4)", message=request()) == (-1, 34)
    assert stub.called("ds_select_dst") == [(3, 4)]
    stub.returns["ds_next_dst"] = 1
    stub.clear()
    assert engine.eval("return KSR.dispatcher.ds_next_dst()", message=request()) == (1,)
    assert len(stub.calls) == 1


def test_arguments_are_checked_and_converted_as_declared(script):
    stub = kemilua.Stub("dispatcher")
    engine = script(exports=[stub])
    assert engine.eval("return KSR.dispatcher.ds_select_dst(1), KSR.dispatcher.ds_next_dst(1)", message=request()) == (False, False)
    assert len(logged(engine.take_effects())) == 2
    assert stub.calls == []
    engine.eval("KSR.dispatcher.ds_select_dst('7', 2^32 + 1)", message=request())
    assert stub.called("ds_select_dst") == [(7, 1)]


def test_without_a_message_it_is_refused_as_kamailio_does(script):
    engine = script("top = KSR.dispatcher.ds_next_dst()", exports=[kemilua.Stub("dispatcher")])
    assert engine.eval("return top") == (False,)


def test_module_that_is_there_is_replaced_with_override(script):
    stub = kemilua.Stub("maxfwd", returns={"process_maxfwd": -1})
    with pytest.raises(kemilua.KemiError, match="override=True"):
        script(exports=[stub])
    engine = script()
    engine.register(stub, override=True)
    assert engine.eval("return KSR.maxfwd.process_maxfwd(10)", message=request()) == (-1,)
    assert stub.called("process_maxfwd") == [(10,)]


def test_exception_of_an_answer_is_that_of_an_export(script):
    def fail(*arguments: object) -> int:
        raise LookupError("down")

    with pytest.raises(LookupError, match="down"):
        script(exports=[kemilua.Stub("dispatcher", returns={"ds_next_dst": fail})]).eval("KSR.dispatcher.ds_next_dst()", message=request())


@pytest.mark.parametrize("module", ["permissions", "registrar", "dialog", "rtpengine", "tm", "pike", "sqlops", "acc"])
def test_modules_of_kamailio_can_be_stubs(script, module):
    engine = script()
    engine.register(kemilua.Stub(module), override=True)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("dispatchr",), "no KSR module 'dispatchr'; near it: dispatcher"),
        (("dispatcher", "ds_select_dest"), "no function 'ds_select_dest'; near it: ds_select_dst"),
    ],
)
def test_names_that_kamailio_does_not_have_are_refused(arguments, why):
    with pytest.raises(kemilua.KemiError, match=why):
        kemilua.Stub(arguments[0], returns=dict.fromkeys(arguments[1:], 1))
