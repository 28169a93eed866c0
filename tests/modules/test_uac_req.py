"""KSR.uac.uac_req_send: requests that a script describes by $uac_req."""

from __future__ import annotations

import hashlib

import pytest
from builders import answer, body_of, first_line, header, request
from harness import logged, sent

SCRIPT = """
function ksr_request_route()
    {fields}
    KSR.info("send " .. KSR.uac.uac_req_send())
end
function done(event)
    local function of(name) return tostring(KSR.pv.get("$uac_req(" .. name .. ")")) end
    KSR.info(table.concat({event, of("evcode"), of("evtype"), of("evparam"), tostring(KSR.pv.get("$rs"))}, " "))
    {event}
end
"""
URI = "sip:a@203.0.113.1"


@pytest.fixture
def asking(script):
    """`asking(fields, event="", **modparams)`: the engine, the result and what was sent."""

    def asking(fields, event="", **params):
        lines = [
            f"KSR.pv.seti('$uac_req({name})', {value})" if isinstance(value, int) else f"KSR.pv.sets('$uac_req({name})', '{value}')"
            for name, value in fields.items()
        ]
        text = SCRIPT.replace("{fields}", " ".join(lines)).replace("{event}", event)
        engine = script(text, modparams={"uac": {"event_callback": "done", **params}, "tm": {"fr_timer": 500, "retr_timer1": 4000}})
        effects = engine.receive(request("MESSAGE"))
        (line,) = [line for line in logged(effects) if line.startswith("send")]
        return engine, int(line.split()[1]), sent(effects)

    return asking


def test_least_that_is_asked_for(asking):
    _, result, (data,) = asking({"method": "OPTIONS", "ruri": URI})
    assert result == 1
    assert first_line(data) == f"OPTIONS {URI} SIP/2.0"
    assert header(data, "To") == [f"<{URI}>"]
    assert header(data, "From")[0].startswith(f"<{URI}>;tag=")
    assert header(data, "CSeq") == ["10 OPTIONS"]
    assert len(header(data, "Via")) == len(header(data, "Call-ID")) == 1


def test_all_that_may_be_told(asking):
    fields = {
        "method": "INFO", "ruri": URI, "turi": "sip:t@h", "ttag": "t1", "furi": '"F" <sip:f@h>', "ftag": "f1", "callid": "c-1", "cseqno": 7,
        "ouri": "sip:203.0.113.9", "sock": "udp:192.0.2.1:5060", "hdrs": "X-A: 1\\r\\nContent-Type: text/plain", "body": "hello",
    }  # fmt: skip
    engine, result, (data,) = asking(fields)
    (effect,) = [one for one in engine.receive(request("MESSAGE", call_id="other")) if hasattr(one, "data")]
    assert result == 1
    assert header(data, "To") == ["<sip:t@h>;tag=t1"]
    assert header(data, "From") == ['"F" <sip:f@h>;tag=f1']
    assert (header(data, "Call-ID"), header(data, "CSeq")) == (["c-1"], ["7 INFO"])
    assert (header(data, "X-A"), body_of(data)) == (["1"], b"hello")
    assert effect.destination[:2] == ("203.0.113.9", 5060)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"method": "OPTIONS"},
        {"ruri": URI},
        {"method": "O P", "ruri": URI},
        {"method": "OPTIONS", "ruri": "nonsense"},
        {"method": "OPTIONS", "ruri": URI, "turi": "sip:a@h\\r\\nX: 1"},
        {"method": "OPTIONS", "ruri": URI, "callid": "a\\r\\nX: 1"},
        {"method": "OPTIONS", "ruri": URI, "hdrs": "no header"},
        {"method": "OPTIONS", "ruri": URI, "sock": "udp:203.0.113.77:5060"},
    ],
)
def test_what_cannot_be_sent(asking, fields):
    _, result, datagrams = asking(fields)
    assert (result, datagrams) == (-1, [])


def test_body_without_a_type(asking):
    (data,) = asking({"method": "MESSAGE", "ruri": URI, "body": "hello"})[2]
    assert (body_of(data), header(data, "Content-Length"), header(data, "Content-Type")) == (b"hello", ["5"], [])


def test_default_socket(asking):
    assert asking({"method": "OPTIONS", "ruri": URI}, default_socket="udp:203.0.113.77:5060")[1] == -1
    assert asking({"method": "OPTIONS", "ruri": URI}, default_socket="udp:192.0.2.1:5060")[1] == 1


# ---- what comes of it

ASKED = {"method": "OPTIONS", "ruri": URI, "evroute": 1, "evparam": "p"}


@pytest.mark.parametrize("code", [200, 404, 603])
def test_event_of_a_final_reply(asking, code):
    engine, _, (data,) = asking(ASKED)
    assert logged(engine.receive(answer(data, 180, "Ringing"))) == []
    assert logged(engine.receive(answer(data, code, "Well"))) == [f"uac:reply {code} 1 p {code}"]
    assert logged(engine.receive(answer(data, code, "Well"))) == []


def test_event_of_a_timeout(asking):
    engine, _, _ = asking(ASKED)
    assert logged(engine.handle_timer(engine.clock.advance(2))) == ["uac:reply 408 2 p nil"]


@pytest.mark.parametrize("fields", [{"evroute": 0}, {}])
def test_no_event_where_none_is_wanted(asking, fields):
    engine, _, (data,) = asking({"method": "OPTIONS", "ruri": URI, **fields})
    assert logged(engine.receive(answer(data, 404, "Not Found"))) == []


def test_event_leaves_the_fields_of_its_request(asking):
    engine, _, (data,) = asking(ASKED, event="KSR.pv.sets('$uac_req(turi)', 'sip:other@h')")
    engine.eval("KSR.pv.sets('$uac_req(ruri)', 'sip:later@h')", message=request())
    engine.receive(answer(data, 404, "Not Found"))
    read = "return KSR.pv.get('$uac_req(ruri)'), KSR.pv.get('$uac_req(turi)'), KSR.pv.get('$uac_req(evcode)')"
    assert engine.eval(read, message=request()) == (URI, "sip:other@h", 404)


def test_event_may_send_the_next_request(asking):
    event = "KSR.pv.sets('$uac_req(method)', 'INFO') KSR.pv.seti('$uac_req(evroute)', 0) KSR.uac.uac_req_send()"
    engine, _, (data,) = asking(ASKED, event=event)
    assert [first_line(one) for one in sent(engine.receive(answer(data, 200, "OK")))] == [f"INFO {URI} SIP/2.0"]


# ---- challenges

LOGIN = {"method": "MESSAGE", "ruri": URI, "auser": "u", "apasswd": "p", "hdrs": "X-A: 1\\r\\n"}


def hashed(text):
    return hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("code", "ask", "tell"), [(401, "WWW-Authenticate", "Authorization"), (407, "Proxy-Authenticate", "Proxy-Authorization")]
)
@pytest.mark.parametrize(("flags", "password"), [(0, "p"), (1, hashed("u:r:p"))])
def test_challenge_is_answered_once(asking, code, ask, tell, flags, password):
    engine, _, (first,) = asking({**LOGIN, "flags": flags, "apasswd": password})
    challenge = [f'{ask}: Digest realm="r", nonce="n"']
    (second,) = sent(engine.receive(answer(first, code, "Who", challenge)))
    response = hashed(f"{hashed('u:r:p')}:n:{hashed(f'MESSAGE:{URI}')}")
    assert header(second, tell) == [f'Digest username="u", realm="r", nonce="n", uri="{URI}", response="{response}", algorithm=MD5']
    for name in ("Call-ID", "From", "To", "X-A"):
        assert header(second, name) == header(first, name)
    assert header(second, "CSeq") == ["11 MESSAGE"]
    assert sent(engine.receive(answer(second, code, "Who", challenge))) == []


def test_both_replies_are_told(asking):
    engine, _, (first,) = asking({**LOGIN, "evroute": 1})
    effects = engine.receive(answer(first, 401, "Who", ['WWW-Authenticate: Digest realm="r", nonce="n"']))
    assert logged(effects) == ["uac:reply 401 1 nil 401"]
    assert logged(engine.receive(answer(sent(effects)[0], 200, "OK"))) == ["uac:reply 200 1 nil 200"]


@pytest.mark.parametrize("challenge", [[], ['WWW-Authenticate: Basic realm="r"'], ['Proxy-Authenticate: Digest realm="r", nonce="n"']])
def test_challenge_that_cannot_be_answered(asking, challenge):
    engine, _, (first,) = asking(LOGIN)
    assert sent(engine.receive(answer(first, 401, "Who", challenge))) == []


# ---- $uac_req


@pytest.fixture
def value(script):
    engine = script(None)
    return lambda lua: engine.eval(lua, message=request())


def test_fields_stay_until_they_are_cleared(value):
    value("KSR.pv.sets('$uac_req(hdrs)', 'h') KSR.pv.seti('$uac_req(flags)', 3) KSR.pv.sets('$uac_req(auser)', 'u')")
    read = "return KSR.pv.get('$uac_req(hdrs)'), KSR.pv.get('$uac_req(all)'), KSR.pv.get('$uac_req(auser)'), KSR.pv.get('$uac_req(body)')"
    assert value(read) == ("h", 3, "u", None)
    assert value(f"KSR.pv.unset('$uac_req(hdrs)') {read}") == (None, 3, "u", None)
    assert value(f"KSR.pv.unset('$uac_req(all)') {read}") == (None, 0, "u", None)


@pytest.mark.parametrize(
    ("name", "longest"), [("ruri", 1024), ("method", 31), ("callid", 127), ("apasswd", 63), ("hdrs", 2048), ("body", 32768)]
)
def test_fields_have_their_length(value, name, longest):
    code = f"KSR.pv.sets('$uac_req({name})', string.rep('x', %d)) return #KSR.pv.get('$uac_req({name})')"
    assert value(code % longest) == (longest,)
    assert value("KSR.pv.sets('$uac_req(ttag)', 'x') " + code % (longest + 1)) == (longest,)


def test_numbers_of_the_event_can_be_set(value):
    assert value("KSR.pv.seti('$uac_req(evcode)', 5) return KSR.pv.get('$uac_req(evcode)')") == (5,)


def test_unknown_field(value):
    assert value("return KSR.pv.get('$uac_req(nothing)')") == (None,)
