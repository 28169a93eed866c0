"""What a script or a peer puts into a start line, a header or a URI stays within its line: CR, LF and NUL are refused, and the log says so.

The rows are those that are registered, so a function that is added is called too. One that needs more than an `x` to do its work has its
arguments in ARGUMENTS; one whose text is header lines, lines of a body or a whole message as such is in WHOLE.
"""

from __future__ import annotations

import itertools
from base64 import urlsafe_b64encode
from collections import Counter

import kemilua
import pytest
from builders import header, invite, reply, request
from harness import SOURCE, logged

LISTEN = ["udp:192.0.2.1:5060", "udp:192.0.2.1:5062"]
MODPARAMS = {"uac": {"restore_mode": "none"}, "htable": {"htable": ["a=>size=8;"]}}
ENDS = ["\\r\\nX-Injected: 1", "\\nX-Injected: 1", "\\rX-Injected: 1", "\\0X-Injected: 1", "\\r\\n\\r\\nX", "\\r\\n folded"]

WHOLE = {
    *("hdr.append", "hdr.append_after", "hdr.insert", "hdr.insert_before", "hdr.append_to_reply", "hdr.rmappend", "hdr.rminsert"),
    *("textops.append_hf", "textops.append_hf_after", "textops.insert_hf", "textops.insert_hf_before", "textops.append_to_reply"),
    *(
        "textops.append_time_name",
        "textops.replace",
        "textops.replace_all",
        "textops.replace_hdrs",
        "textops.replace_str",
        "textops.replace_hdrs_str",
    ),
    *("textops.search_append", "textops.subst", "textopsx.hf_iterator_append", "textopsx.hf_iterator_insert", "textopsx.msg_set_buffer"),
    *("corex.send_data", "corex.sendx", "corex.file_write", "x.modf", "cfgutils.abort"),
}
ARGUMENTS = {
    "sl.send_reply": ["404", "'Not Here'"],
    "sl.send_reply_mode": ["404", "'Not Here'", "0"],
    "sl.sl_send_reply": ["404", "'Not Here'"],
    "sl.sl_forward_reply": ["'201'", "'Fine'"],
    "textopsx.change_reply_status": ["202", "'Fine'"],
    "seturi": ["'sip:carol@example.org'"],
    "setdsturi": ["'sip:203.0.113.9'"],
    "forward_uri": ["'sip:203.0.113.9'"],
    "corex.append_branch_uri": ["'sip:carol@example.org'"],
    "corex.append_branch_uri_q": ["'sip:carol@example.org'", "'0.5'"],
    "corex.forward_uac_uri": ["'sip:203.0.113.9'"],
    "corex.forward_uac_uri_branch": ["'sip:203.0.113.9'", "1"],
    "uac.uac_replace_from": ["'N'", "'sip:u@u'"],
    "uac.uac_replace_from_uri": ["'sip:u@u'"],
    "uac.uac_replace_to": ["'N'", "'sip:u@u'"],
    "uac.uac_replace_to_uri": ["'sip:u@u'"],
    "rr.record_route_preset": ["'192.0.2.1'", "'192.0.2.2'"],
    "rr.record_route_preset_one": ["'192.0.2.1'"],
    "rr.record_route_advertised_address": ["'192.0.2.1'"],
    "rr.record_route_params": ["';a=b'"],
    "rr.add_rr_param": ["';a=b'"],
    "nathelper.add_contact_alias_addr": ["'192.0.2.8'", "'5070'", "'udp'"],
    "siputils.contact_param_encode": ["'p'", "'sip:h'"],
    "siputils.contact_param_encode_alias": ["'p'", "'sip:h'"],
    "siputils.encode_contact": ["'p'", "'192.0.2.9'"],
    "siputils.add_uri_param": ["'a=b'"],
    "textops.set_body": ["'x'", "'a/b'"],
    "textops.set_body_hex": ["'78'", "'a/b'"],
    "textops.set_reply_body": ["'x'", "'a/b'"],
    "textops.set_reply_body_hex": ["'78'", "'a/b'"],
    "textops.set_body_multipart": ["'x'", "'a/b'", "'edge'"],
    "textops.set_body_multipart_content": ["'x'", "'a/b'"],
    "textops.set_body_multipart_boundary": ["'edge'"],
    "textops.subst_hf": ["'Subject'", "'/here/there/'", "'a'"],
    "textops.subst_uri": ["'/bob/carol/'"],
    "textops.subst_user": ["'/bob/carol/'"],
    "textopsx.append_hf_value": ["'X-V'", "'v'"],
    "textopsx.assign_hf_value": ["'Subject'", "'v'"],
    "textopsx.insert_hf_value": ["'X-V'", "'v'"],
    "textopsx.include_hf_value": ["'X-V'", "'v'"],
    "textopsx.assign_hf_value2": ["'Authorization.realm'", "'v'"],
    "pv.sets": ["'$var(x)'", "'v'"],
    "pvx.evalx": ["'$var(x)'", "'v'"],
}
MESSAGE = invite(headers={"Subject": "here", "Authorization": 'Digest username="u", realm="r", nonce="n", uri="sip:x", response="r"'})
ROUTE = """
N, CALLS = 0, {calls}
function ksr_request_route()
    N = N + 1
    pcall(CALLS[N])
    KSR.forward_uri("sip:203.0.113.1")
    KSR.sl.send_reply(302, "Moved")
end
function ksr_reply_route() CALLS[N]() end
"""


def rows():
    engine = kemilua.Engine(kemilua.Source("", "rows.lua"), modparams=MODPARAMS)
    for method in engine.rpc("app_lua.api_list")["methods"]:
        row = method["func"]
        name = ".".join(filter(None, (row["module"], row["name"])))
        types = [] if row["params"] == "none" else row["params"].split(", ")
        if "str" in types and name not in WHOLE:
            yield name, types


ROWS = dict(rows())
# Arguments that are no text of the message: names, numbers and forms with rules of their own.
FORMS = {
    **{
        f"textopsx.{name}": (0,)
        for name in ("append_hf_value", "assign_hf_value", "assign_hf_value2", "insert_hf_value", "include_hf_value")
    },
    **{f"textops.{name}": (0,) for name in ("set_body", "set_body_multipart", "set_body_multipart_content", "set_reply_body")},
    **{f"textops.{name}": (0,) for name in ("set_body_hex", "set_reply_body_hex")},
    "corex.append_branch_uri_q": (1,),
    "sl.sl_forward_reply": (0,),
    "textops.subst_hf": (0, 2),
}


def with_end(argument, end):
    return f"{argument[:-1]}{end}'" if not argument.startswith("'/") else argument[:-2] + end + "/'"


def calls(name, types):
    """The clean call, and those with something in one of its texts."""
    clean = ARGUMENTS.get(name) or ["'x'" if kind == "str" else "1" for kind in types]
    yield f"KSR.{name}({', '.join(clean)})"
    for at, argument in enumerate(clean):
        for end in ENDS if argument.startswith("'") else ():
            yield f"KSR.{name}({', '.join([*clean[:at], with_end(argument, end), *clean[at + 1 :]])})"


def sent(script, calls):
    """For each call what leaves for a request and for a reply."""
    table = ", ".join(f"function() {call} end" for call in calls)
    engine = script(ROUTE.replace("{calls}", "{" + table + "}"), listen=LISTEN, modparams=MODPARAMS)
    for _ in calls:
        effects = [*engine.receive(MESSAGE), *engine.receive(reply())]
        yield [effect.data for effect in effects if isinstance(effect, kemilua.Send)]


def names(data):
    """Of the header lines; one without a colon stands as it is."""
    return Counter(line.partition(b":")[0] for line in data.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:])


def is_sound(data):
    head = data.split(b"\r\n\r\n", 1)[0].replace(b"\r\n", b"")
    return not set(head) & set(b"\0\r\n")


@pytest.mark.parametrize("name", ROWS)
def test_text_stays_within_its_line(script, name):
    every = ["", *calls(name, ROWS[name])]
    heads = Counter()
    for call, messages in zip(every, sent(script, every), strict=True):
        if call in every[:2]:  # nothing, and the clean call
            for data in messages:
                heads |= names(data)
            continue
        for data in messages:
            assert is_sound(data), call
            assert names(data) <= heads, call


# The functions whose work is such a text: what has one with an end does nothing, says no and logs one line.
REFUSED = sorted(
    set(ARGUMENTS)
    - {"forward_uri", "corex.forward_uac_uri", "corex.forward_uac_uri_branch", "pv.sets", "pvx.evalx", "nathelper.add_contact_alias_addr"}
)
OF_REPLIES = {"sl.sl_forward_reply", "textopsx.change_reply_status"}


@pytest.mark.parametrize("name", REFUSED)
def test_text_with_an_end_is_refused_with_one_line_in_the_log(script, name):
    clean = ARGUMENTS[name]
    for at, end in itertools.product(range(len(clean)), ENDS):
        if not clean[at].startswith("'") or at in FORMS.get(name, ()):
            continue
        engine = script(None, listen=LISTEN, modparams=MODPARAMS)
        message = kemilua.Message.parse(reply() if name in OF_REPLIES else MESSAGE, engine=engine, source=SOURCE, local=("192.0.2.1", 5060))
        before = message.to_bytes()
        (result,) = engine.eval(
            f"return KSR.{name}({', '.join([*clean[:at], with_end(clean[at], end), *clean[at + 1 :]])})", message=message
        )
        assert result in (-1, False), (at, end)
        assert message.to_bytes() == before, (at, end)
        effects = engine.take_effects()
        assert [line for line in logged(effects) if "CR, LF or NUL" in line] == logged(effects) != [], (at, end)


VARIABLES = {
    "ru": "sip:a@b", "ruri": "sip:a@b", "rU": "a", "rd": "b", "rp": "5", "du": "sip:a@b", "duri": "sip:a@b",
    "fu": "sip:a@b", "fU": "a", "fd": "b", "fn": "N", "tu": "sip:a@b", "tU": "a", "td": "b", "tn": "N", "from": "sip:a@b", "to": "sip:a@b",
    "br": "sip:a@b", "branch(uri)": "sip:a@b", "branch(dst_uri)": "sip:a@b", "branch(path)": "<sip:a@b>", "sbranch(uri)": "sip:a@b",
    "sbranch(dst_uri)": "sip:a@b", "sbranch(path)": "<sip:a@b>",
}  # fmt: skip


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("end", ENDS)
def test_variable_with_an_end_is_not_set(script, name, end):
    engine = script(None, listen=LISTEN)
    message = kemilua.Message.parse(MESSAGE, engine=engine)
    engine.eval("KSR.corex.append_branch_uri('sip:x@y')", message=message)
    before, was = message.to_bytes(), engine.eval(f"return KSR.pv.get('${name}')", message=message)
    assert engine.eval(f"return KSR.pv.sets('${name}', '{VARIABLES[name]}{end}')", message=message) == (False,)
    assert len(logged(engine.take_effects())) == 1
    assert (message.to_bytes(), engine.eval(f"return KSR.pv.get('${name}')", message=message)) == (before, was)
    assert engine.eval(f"return KSR.pv.sets('${name}', '{VARIABLES[name]}')", message=message) == (True,)


@pytest.mark.parametrize("kind", ["loose", "strict"])
@pytest.mark.parametrize("fold", ["\r\n ", "\0"])
def test_folded_route_of_a_peer_does_not_become_the_next_hop(script, kind, fold):
    route = f"<sip:203.0.113.5:50{fold}60{';lr' if kind == 'loose' else ''}>"
    engine = script("function ksr_request_route() KSR.rr.loose_route() KSR.forward() end", listen=LISTEN)
    for data in (effect.data for effect in engine.receive(request(headers={"Route": route})) if isinstance(effect, kemilua.Send)):
        assert not set(data.partition(b"\r\n")[0]) & set(b"\r\n\0")


def test_escapes_of_a_peer_do_not_become_the_next_hop(script):
    path = {"path": {"use_received": 1}}
    engine = script("function ksr_request_route() KSR.rr.loose_route() end", listen=LISTEN, modparams=path)
    for received, expected in (("sip:203.0.113.5:5071", "sip:203.0.113.5:5071"), ("sip:h%0d%0aX-Injected:1", None), ("sip:h%00", None)):
        message = kemilua.Message.parse(
            request(headers={"Route": f"<sip:192.0.2.1;lr;received={received}>, <sip:203.0.113.9;lr>"}), engine=engine
        )
        engine.eval("KSR.rr.loose_route()", message=message)
        assert engine.eval("return KSR.pv.get('$du')", message=message)[0] in (expected, "sip:203.0.113.9;lr"), received
        assert not [line for line in logged(engine.take_effects()) if "X-Injected" in line]


def test_uri_hidden_in_a_contact_of_a_peer_is_one_line(script):
    engine = script(None, listen=LISTEN)
    hidden = urlsafe_b64encode(b"sip:a@b>\r\nX-Injected: 1\r\nX: <sip:c").decode()
    message = kemilua.Message.parse(request(headers={"Contact": f"<sip:h;p={hidden}>"}), engine=engine)
    assert engine.eval("return KSR.siputils.contact_param_decode('p')", message=message) == (-1,)
    assert header(message.to_bytes(), "X-Injected") == []
    message = kemilua.Message.parse(request(uri=f"sip:h;p={hidden}"), engine=engine)
    assert engine.eval("return KSR.siputils.contact_param_decode_ruri('p')", message=message) == (-1,)


XAVPS = {"xavp_via_params": "via", "xavp_via_fields": "own", "xavp_via_reply_params": "back"}


@pytest.mark.parametrize(("field", "sends"), [("via=>a", 1), ("own=>address", 2), ("own=>port", 2), ("back=>a", 1)])
@pytest.mark.parametrize("end", ["\\r\\nX-Injected: 1", "\\0"])
def test_fields_of_lists_stay_in_our_via(script, field, sends, end):
    """A message whose Via has such a parameter is not sent; a host or port that is none is not ours."""
    use = "KSR.corex.via_add_xavp_params(1) KSR.corex.via_use_xavp_fields(1) KSR.corex.via_reply_add_xavp_params(1)"
    lua = f"{use} KSR.pv.sets('$xavp({field})', 'v{end}') KSR.forward_uri('sip:203.0.113.1') KSR.sl.send_reply(404, 'No')"
    effects = script(f"function ksr_request_route() {lua} end", listen=LISTEN, core=XAVPS).receive(request())
    data = [effect.data for effect in effects if isinstance(effect, kemilua.Send)]
    assert len(data) == sends
    assert all(is_sound(one) and not header(one, "X-Injected") for one in data)
    assert sum("CR, LF or NUL" in line for line in logged(effects)) == 1


def test_edits_of_a_host_program_are_lines_too():
    message = kemilua.Message.parse(request())
    for end in ("\r\nX: 1", "\0"):
        for edit in (lambda text: setattr(message, "uri", text), lambda text: setattr(message, "destination_uri", text)):
            with pytest.raises((ValueError, kemilua.KemiluaError)):
                edit("sip:a@b" + end)
