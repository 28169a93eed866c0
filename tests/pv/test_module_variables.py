"""Pseudo-variables that come with a module: there when it is loaded, unknown when it is not."""

from __future__ import annotations

import pytest
from builders import invite, request
from harness import logged
from kemilua import NotFoundError

SOCKETS = [
    "udp:127.0.0.1:5070 name s1",
    "udp:127.0.0.1:5071 name two advertise 10.9.8.7:6000",
    "udp:127.0.0.1:5072 name three advertise 10.9.8.8",
]

SOCKET_ANSWERS = {
    "l/udp:127.0.0.1:5070/name": "s1",
    "l/UDP:127.0.0.1:5070/name": "s1",
    "l/127.0.0.1:5070/name": None,
    "n/s1/listen": "udp:127.0.0.1:5070",
    "n/S1/li": "udp:127.0.0.1:5070",
    "n/two/advertise": "udp:10.9.8.7:6000",
    "n/three/advertise": "udp:10.9.8.8:0",
    "n/s1/advertise": "",
    "a/udp:10.9.8.7:6000/name": "two",
    "a/10.9.8.7:6000/name": None,
    "i/2/listen": "udp:127.0.0.1:5070",
    "n/two/index": 1,
    "n/nosuch/listen": None,
    "n/$var(name)/index": 1,
    "$var(all)": "udp:127.0.0.1:5071",
}


@pytest.mark.parametrize("question", SOCKET_ANSWERS)
def test_lsock_tells_of_sockets_by_name_address_and_advertised_address(script, question):
    engine = script(listen=SOCKETS)
    engine.eval("KSR.pv.sets('$var(name)', 'two') KSR.pv.sets('$var(all)', 'n/two/listen')", message=request())
    assert engine.eval(f"return KSR.pv.get('$lsock({question})')", message=request()) == (SOCKET_ANSWERS[question],)


@pytest.mark.parametrize(
    "question", ["n/s1/l", "n/s1/zz", "x/s1/listen", "n/s1", "n", "n//listen", "n/s1/listen/xx", "name/s1/listen", "N/s1/listen"]
)
def test_a_bad_question_to_lsock_is_an_error_and_prints_nothing(script, question):
    engine = script(listen=SOCKETS)
    assert engine.eval(f"KSR.pvx.evalx('$var(x)', '<$lsock({question})>') return KSR.pv.get('$var(x)')", message=request()) == ("<>",)
    assert any("match/value/field" in line for line in logged(engine.take_effects()))


def test_cfg_and_atkv_tell_what_they_tell_outside_of_a_native_route(script):
    engine = script()
    names = ["cfg(line)", "cfg(file)", "cfg(name)", "cfg(route)", "atkv(type)", "atkv(key)", "atkv(val)", "atkv(gname)"]
    assert [engine.pv_get(f"${name}", message=request()) for name in names] == [0] + [None] * 7
    for bad in ("$cfg(LINE)", "$cfg()", "$atkv(x)", "$(cfg(line)[0])"):
        with pytest.raises(NotFoundError):
            engine.pv_get(bad, message=request())


COLOURS = {
    "xx": "0;39;49",
    "Rs": "1;31;40",
    "xs": "0;39;40",
    "rg": "0;31;42",
    "yb": "0;33;44",
    "pc": "0;35;46",
    "wx": "0;37;49",
    "Sx": "1;30;49",
}


def test_colours_are_nothing_unless_forced(script):
    plain, forced = script(), script(modparams={"xlog": {"force_color": 1}})
    for name, codes in COLOURS.items():
        assert plain.pv_get(f"$C({name})", message=request()) == ""
        assert forced.pv_get(f"$C({name})", message=request()) == f"\x1b[{codes}m"
    for bad in ("f", "fbx", "zz", "sR", "Xx", "xW"):
        with pytest.raises(NotFoundError):
            forced.pv_get(f"$C({bad})", message=request())


CHARGING = {
    "icid-value=abc;icid-generated-at=1.2.3.4;orig-ioi=home1;term-ioi=home2": ("abc", "1.2.3.4", "home1", "home2", 1),
    "orig-ioi=x ; icid-value=a": ("a", None, "x", None, 1),
    'icid-value="a b";orig-ioi=': ('"a', None, None, None, 1),
    "icid-value=": (None, None, None, None, 1),
    "orig-ioi=x": (None, None, None, None, 2),
    "Icid-Value=a": (None, None, None, None, 2),
    "icid-value = a": (None, None, None, None, 2),
}


@pytest.mark.parametrize("header", CHARGING)
def test_pcv_tells_the_parts_of_a_charging_vector(script, header):
    engine = script()
    message = request(headers={"P-Charging-Vector": header})
    *parts, status = CHARGING[header]
    assert [engine.pv_get(f"$pcv({key})", message=message) for key in ("value", "genaddr", "orig", "term")] == parts
    assert engine.pv_get("$pcv(status)", message=message) == status
    assert engine.pv_get("$pcv(all)", message=message) == header


def test_without_the_header_pcv_is_null_and_its_status_zero(script):
    engine = script()
    assert engine.pv_get("$pcv(all)", message=request()) is None
    assert engine.pv_get("$pcv(status)", message=request()) == 0
    with pytest.raises(NotFoundError):
        engine.pv_get("$pcv(nosuch)", message=request())


def test_iterators_of_textopsx_show_their_place(script):
    lua = """
        KSR.textopsx.hf_iterator_start('a') KSR.textopsx.hf_iterator_next('a')
        KSR.textopsx.bl_iterator_start('b') KSR.textopsx.bl_iterator_next('b')
        return KSR.pv.get('$hfitname(a)'), KSR.pv.get('$hfitbody(a)'), KSR.pv.get('$(blitval(b){s.len})'), KSR.pv.get('$hfitname(b)')"""
    engine = script()
    name, body, length, other = engine.eval(lua, message=invite())
    assert (name, other) == ("Via", None)
    assert body.startswith("SIP/2.0/")
    assert length == 5
    assert 'no iterator "b"' in logged(engine.take_effects())


def test_a_module_that_is_not_loaded_brings_no_variables(script):
    engine = script(modules=["pv"])
    for name in ("$hfitname(a)", "$lsock(n/s1/listen)", "$C(xx)", "$pcv(all)", "$cfg(line)"):
        with pytest.raises(NotFoundError):
            engine.pv_get(name, message=request())
    assert engine.pv_get("$rm", message=request()) is not None


@pytest.mark.parametrize("which", ["via0", "viaZ"])
@pytest.mark.parametrize(
    ("params", "values"),
    [
        ("", (0, None, None, 0, 0)),
        (";oc", (1, None, None, 0, 0)),
        (";oc=20", (2, "20", None, 0, 0)),
        (";oc=0;oc-algo=loss;oc-validity=500;oc-seq=7", (2, "0", "loss", 500, 7)),
        (";oc-seq=7", (0, None, None, 0, 7)),
        (";oc-validity=x;oc-seq", (0, None, None, 0, 0)),
    ],
)
def test_via_tells_of_overload_control(script, which, params, values):
    message = (
        request(headers={"Via": f"SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx{params}"})
        if which == "viaZ"
        else request(branch=f"z9hG4bK-1{params}")
    )
    engine = script()
    for keys in (("oc", "oc-val", "oc-algo", "oc-validity", "oc-seq"), ("oc", "ocval", "ocalgo", "ocvalidity", "ocseq")):
        assert tuple(engine.pv_get(f"${which}({key})", message=message) for key in keys) == values
