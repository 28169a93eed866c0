"""What the server tells of itself: statistics, the variables of the configuration framework, the instance's id."""

from __future__ import annotations

import pytest
from builders import reply, request
from harness import logged
from kemilua import NotFoundError

ROUTES = """
    function ksr_request_route()
      local user = KSR.pv.get('$rU')
      if user == 'fwd' then KSR.pv.sets('$du', 'sip:192.0.2.9') KSR.forward()
      elseif user == 'bad' then KSR.forward_uri('sip:::bad::')
      elseif user == 'rep' then KSR.sl.send_reply(404, 'Not Found')
      elseif user == 'err' then error('x') end
    end
    function ksr_reply_route() if KSR.pv.get('$rs') == 488 then KSR.set_drop() end end
"""


def plus(engine, names, data):
    """By how much each of these grew while the engine took this datagram."""
    before = [engine.pv_get(f"$stat({name})", message=request()) for name in names]
    engine.receive(data)
    return [engine.pv_get(f"$stat({name})", message=request()) - was for name, was in zip(names, before, strict=True)]


def to(user, method="OPTIONS", **more):
    return request(method=method, uri=f"sip:{user}@h", **more)


REQUESTS = {
    "rcv_requests rcv_requests_options fwd_requests": [
        (to("none"), [1, 1, 0]),
        (to("fwd"), [1, 1, 1]),
        (to("bad"), [1, 1, 0]),
        (to("none", "FOO"), [1, 0, 0]),
        (b"hello world, this is not SIP at all\r\n\r\n", [0, 0, 0]),
    ],
    "unsupported_methods bad_URIs_rcvd err_requests": [
        (to("none", "FOO"), [1, 0, 0]),
        (to("bad"), [0, 1, 0]),
        (to("none").replace(b"From:", b"X:"), [0, 0, 1]),
        (b"OPTIONS sip:a@b SIP/3.0\r\n\r\n", [0, 0, 0]),
    ],
    "rcv_requests_invite rcv_requests_publish rcv_requests_ack": [
        (to("none", "INVITE"), [1, 0, 0]),
        (to("none", "PUBLISH"), [0, 1, 0]),
        (to("none", "ACK"), [0, 0, 1]),
    ],
    "sent_replies 404_replies 200_replies": [(to("rep"), [1, 1, 0]), (to("none"), [0, 0, 0])],
}


@pytest.mark.parametrize("names", REQUESTS)
def test_requests_are_counted(script, names):
    engine = script(ROUTES)
    for data, grown in REQUESTS[names]:
        assert plus(engine, names.split(), data) == grown, data[:40]


REPLIES = {
    (200, "INVITE"): {"rcv_replies", "rcv_replies_2xx", "rcv_replies_2xx_invite", "fwd_replies"},
    (183, "INVITE"): {"rcv_replies", "rcv_replies_1xx", "rcv_replies_18x", "rcv_replies_1xx_invite", "fwd_replies"},
    (488, "INVITE"): {"rcv_replies", "rcv_replies_4xx", "rcv_replies_488", "rcv_replies_4xx_invite", "drop_replies"},
    (404, "BYE"): {"rcv_replies", "rcv_replies_4xx", "rcv_replies_404", "rcv_replies_4xx_bye", "fwd_replies"},
    (401, "REGISTER"): {"rcv_replies", "rcv_replies_4xx", "rcv_replies_401", "rcv_replies_4xx_reg", "fwd_replies"},
    (480, "OPTIONS"): {"rcv_replies", "rcv_replies_4xx", "rcv_replies_480", "rcv_replies_4xx_options", "fwd_replies"},
    (200, "OPTIONS"): {"rcv_replies", "rcv_replies_2xx", "rcv_replies_2xx_options", "fwd_replies"},
    (412, "INVITE"): {"rcv_replies", "rcv_replies_4xx", "rcv_replies_4xx_invite", "fwd_replies"},
    (603, "INVITE"): {"rcv_replies", "rcv_replies_6xx", "rcv_replies_6xx_invite", "fwd_replies"},
}


@pytest.mark.parametrize(("status", "method"), REPLIES)
def test_replies_are_counted(script, status, method):
    engine = script(ROUTES, listen=["udp:127.0.0.1:5070"])
    names = sorted({name for grown in REPLIES.values() for name in grown})
    data = reply(status, "X").replace(b" INVITE\r\n", f" {method}\r\n".encode())
    grown = {name for name, more in zip(names, plus(engine, names, data), strict=True) if more}
    assert grown == REPLIES[status, method]


CODES = [
    400,
    401,
    402,
    403,
    404,
    405,
    406,
    407,
    408,
    409,
    410,
    411,
    413,
    414,
    415,
    420,
    480,
    481,
    482,
    483,
    484,
    485,
    486,
    487,
    488,
    489,
    491,
    493,
]


@pytest.mark.parametrize("status", CODES)
def test_replies_of_one_code_are_counted_by_it_alone(script, status):
    engine = script(ROUTES, listen=["udp:127.0.0.1:5070"])
    assert plus(engine, [f"rcv_replies_{code}" for code in CODES], reply(status, "X")) == [int(code == status) for code in CODES]


@pytest.mark.parametrize("status", [180, 200, 302, 486, 503, 603])
def test_replies_to_options_are_counted_by_class(script, status):
    engine = script(ROUTES, listen=["udp:127.0.0.1:5070"])
    data = reply(status, "X").replace(b" INVITE\r\n", b" OPTIONS\r\n")
    names = [f"rcv_replies_{n}xx_options" for n in range(1, 7)]
    assert plus(engine, names, data) == [int(n == status // 100) for n in range(1, 7)]


def test_requests_between_servers_are_counted(script):
    assert plus(script(ROUTES), ["rcv_requests_kdmq", "unsupported_methods"], request("KDMQ")) == [1, 0]


def test_an_unknown_statistic_is_null_and_a_warning(script):
    engine = script()
    assert engine.eval("return KSR.pv.get('$stat(nosuch)'), KSR.pv.get('$stat(core.rcv_requests)')", message=request()) == (None, None)
    assert "no statistic nosuch" in logged(engine.take_effects())
    assert engine.eval("return KSR.pv.get('$(stat(rcv_requests){s.len})')", message=request()) == (1,)
    for bad in ("$stat()", "$(stat(rcv_requests)[0])"):
        with pytest.raises(NotFoundError):
            engine.pv_get(bad, message=request())


def test_statistics_of_a_module_come_with_it(script):
    engine = script(modules=["pv"])
    assert engine.pv_get("$stat(sent_replies)", message=request()) is None
    assert engine.pv_get("$stat(rcv_replies)", message=request()) == 0


# ---- $ccp


def test_settings_of_the_core_have_kamailios_defaults(script):
    engine = script()
    names = {"max_while_loops": 100, "dns_udp_pref": 30, "udp4_raw_mtu": 1500, "force_rport": 0, "pv_cache_limit": 2048, "latency_log": -1}
    assert {name: engine.pv_get(f"$ccp(core.{name})", message=request()) for name in names} == names


@pytest.mark.parametrize(
    ("call", "done", "value"),
    [
        ("seti('$ccp(core.max_while_loops)', 7)", True, 7),
        ("sets('$ccp(core.max_while_loops)', '9')", True, 9),
        ("sets('$ccp(core.max_while_loops)', 'x')", False, 100),
        ("sets('$ccp(core.max_while_loops)', '7x')", False, 100),
        ("unset('$ccp(core.max_while_loops)')", True, 100),
        ("seti('$ccp(core.nosuch)', 7)", False, 100),
        ("seti('$ccp(core.force_rport)', 7)", False, 100),
    ],
)
def test_settings_take_ints_and_texts_that_are_numbers(script, call, done, value):
    engine = script()
    assert engine.eval(f"return KSR.pv.{call}, KSR.pv.get('$ccp(core.max_while_loops)')", message=request()) == (done, value)


def test_debug_is_what_get_debug_tells(script):
    engine = script()
    lua = """
        local was = KSR.pv.get('$ccp(core.debug)') == KSR.get_debug() KSR.pv.seti('$ccp(core.debug)', 1)
        return was, KSR.pv.get('$ccp(core.debug)'), KSR.get_debug()"""
    assert engine.eval(lua, message=request()) == (True, 1, 1)
    assert script(core={"debug": 2}).pv_get("$ccp(core.debug)", message=request()) == 2


def test_settings_of_modules_steer_them(script):
    engine = script()
    lua = """
        KSR.pv.seti('$ccp(maxfwd.max_limit)', 5)
        return KSR.pv.get('$ccp(maxfwd.max_limit)'), KSR.pv.seti('$ccp(maxfwd.max_limit)', 1000), KSR.pv.get('$ccp(xlog.methods_filter)')"""
    assert engine.eval(lua, message=request()) == (5, False, -1)
    text = request().replace(b"Max-Forwards: 70", b"Max-Forwards: 33")
    assert engine.eval("KSR.maxfwd.process_maxfwd(10) return KSR.pv.get('$(hdr(Max-Forwards){s.trim})')", message=text) == ("5",)


@pytest.mark.parametrize("name", ["$ccp(core)", "$ccp(.x)", "$ccp(core.)", "$ccp()", "$(ccp(core.debug)[0])"])
def test_malformed_settings_are_bad_names(script, name):
    with pytest.raises(NotFoundError):
        script().pv_get(name, message=request())


@pytest.mark.parametrize("name", ["core.nosuch", "nosuch.x", "core[0].debug", "tm.fr_timer"])
def test_unknown_settings_are_null_and_an_error(script, name):
    engine = script()
    assert engine.eval(f"return KSR.pv.get('$ccp({name})')", message=request()) == (None,)
    assert f"ccp: no such variable: {name}" in logged(engine.take_effects())


def test_the_instance_has_an_id_when_it_was_given_one(script):
    assert script().pv_get("$iuid", message=request()) is None
    assert script(core={"iuid": "node-7"}).pv_get("$iuid", message=request()) == "node-7"
