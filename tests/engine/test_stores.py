"""What a script can make grow outside Lua has a bound (docs/concepts/limits.md).

A row of that page is a row here, run in a child whose memory is counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import kemilua
import pytest
from builders import request

Script = Callable[..., kemilua.Engine]

MEBIBYTE = 2**20
MEMORY, MESSAGE_MEMORY = 8 * MEBIBYTE, 4 * MEBIBYTE

CHILD = """
import json, logging, resource, sys
import kemilua

logging.getLogger("kemilua.script").propagate = False
logging.getLogger("kemilua.script").addHandler(logging.NullHandler())
asked = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
limits = kemilua.Limits(instructions=100_000_000, memory=asked["memory"], message_memory=asked["message_memory"])
text = "function ksr_request_route()\\n" + asked["code"] + "\\nend"
engine = kemilua.Engine(kemilua.Source(text, "grow.lua"), limits=limits, log_level="ERR", modparams={"htable": {"htable": "t=>size=8;"}})

@engine.register
@kemilua.export("host.take")
def take(values: object) -> int:
    return 1

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def receive():
    return engine.receive_datagram(asked["data"].encode(), source=("192.0.2.9", 5060), local=("127.0.0.1", 5060))

before = peak()
effects = receive()
grown = peak() - before
logs = [effect.text for effect in effects if isinstance(effect, kemilua.Log)]
sends = sum(isinstance(effect, kemilua.Send) for effect in effects)
told = {"grown": grown, "logs": len(logs), "first": logs[:3], "last": logs[-1:], "sends": sends}
del effects, logs
receive()
told["again"] = peak() - before
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Outcome:
    """What one message came to."""

    grown: int
    logs: int
    first: list[str]
    last: list[str]
    sends: int
    again: int


def grow(code: str, memory: int = MEMORY, message_memory: int = MESSAGE_MEMORY) -> Outcome:
    asked = json.dumps({"code": code, "memory": memory, "message_memory": message_memory, "data": request().decode()})
    ran = subprocess.run([sys.executable, "-c", CHILD], input=asked, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return Outcome(**json.loads(ran.stdout))


def until_refused(call: str, good: str, times: int = 1_000_000) -> str:
    """Lua that calls until the result is not `good`, twice as often again, and answers with what it saw."""
    return (
        f"local text, n = ('x'):rep(1000), 0 for i = 1, {times} do if ({call}) ~= {good} then n = i break end end "
        f"for i = n + 1, n + 100 do local _ = ({call}) end "
        "KSR.sl.send_reply(n > 0 and 600 or 200, 'refused') "
    )


OF_THE_MESSAGE = {
    "avp": until_refused("KSR.pv.sets('$avp(a)', text)", "true"),
    "avp names": until_refused("KSR.pv.sets('$avp(a' .. i .. ')', text)", "true"),
    "xavp": until_refused("KSR.pv.sets('$xavp(a=>b)', text)", "true"),
    "xavi": until_refused("KSR.pv.sets('$xavi(a=>b)', text)", "true"),
    "xavu": until_refused("KSR.pv.sets('$xavu(a' .. i .. '=>b)', text)", "true"),
    "pvx avp": until_refused("KSR.pvx.avp_sets('a', text)", "1"),
    "pvx xavp": until_refused("KSR.pvx.xavp_child_sets('a', 'b' .. i, text)", "1"),
    "headers": until_refused("KSR.hdr.append('X: ' .. text .. '\\r\\n')", "1"),
    "headers in front": until_refused("KSR.hdr.insert('X: ' .. text .. '\\r\\n')", "1"),
    "headers of replies": until_refused("KSR.hdr.append_to_reply('X: ' .. text .. '\\r\\n')", "1"),
    "bodies": until_refused("KSR.textops.set_body(text, 'text/plain')", "1"),
    "paths": until_refused("KSR.path.add_path_user(text:sub(1, 200))", "1"),
}


@pytest.mark.parametrize("code", OF_THE_MESSAGE.values(), ids=OF_THE_MESSAGE.keys())
def test_what_belongs_to_a_message_ends_at_its_memory(code: str):
    outcome = grow(code)
    assert outcome.logs == 1
    assert "memory of the message" in outcome.first[0]
    assert outcome.grown < 4 * MESSAGE_MEMORY
    assert outcome.again < 4 * MESSAGE_MEMORY


LASTING = {
    "var": (until_refused("KSR.pv.sets('$var(a' .. i .. ')', text)", "true"), "memory of $var"),
    "vn": (until_refused("KSR.pv.sets('$vn(a' .. i .. ')', text)", "true"), "memory of $var"),
    "pvx var": (until_refused("KSR.pvx.var_sets('a' .. i, text)", "1"), "memory of $var"),
    "shv": (until_refused("KSR.pv.sets('$shv(a' .. i .. ')', text)", "true"), "memory of $shv"),
    "names of shv": (until_refused("KSR.pv.seti('$shv(a' .. i .. ')', 1)", "true"), "memory of $shv"),
    "shvinc": (until_refused("KSR.pv.get('$shvinc(a' .. i .. ')') and 1 or 0", "1"), "memory of $shv"),
    "htable": (until_refused("KSR.htable.sht_sets('t', 'k' .. i, text)", "1"), "memory of hash tables"),
    "sht": (until_refused("KSR.pv.sets('$sht(t=>k' .. i .. ')', text)", "true"), "memory of hash tables"),
}


@pytest.mark.parametrize(("code", "line"), LASTING.values(), ids=LASTING.keys())
def test_what_lasts_ends_at_the_memory_of_its_kind(code: str, line: str):
    outcome = grow(code)
    assert outcome.logs == 1
    assert line in outcome.first[0]
    assert outcome.grown < 4 * MEMORY
    assert outcome.again < 4 * MEMORY


def test_log_lines_end_at_half_of_the_memory_and_the_script_still_answers():
    outcome = grow("for i = 1, 200000 do KSR.err('x') end KSR.sl.send_reply(200, 'OK')")
    assert outcome.sends == 1
    assert 10_000 < outcome.logs < 100_000
    assert "log lines, 0 others" in outcome.last[0]
    assert outcome.grown < 8 * MEMORY


def test_replies_end_at_the_memory_of_effects_and_those_made_are_kept():
    outcome = grow("for i = 1, 200000 do KSR.sl.send_reply(200, 'OK') end")
    assert outcome.sends > 5_000
    assert "0 log lines" in outcome.last[0]
    assert f"{200_000 - outcome.sends} others" in outcome.last[0]
    assert outcome.grown < 8 * MEMORY


def test_a_host_reads_64_mib_of_effects():
    outcome = grow("for i = 1, 200000 do KSR.sl.send_reply(200, 'OK') end", memory=64 * MEBIBYTE)
    assert outcome.sends > 100_000
    assert outcome.grown < 400 * MEBIBYTE


OTHERS = {
    "names that are parsed": "for i = 1, 300000 do KSR.pv.get('$var(n' .. i .. ')') end",
    "formats that are parsed": "for i = 1, 50000 do KSR.pv.get('$(avp(n' .. i .. '){s.substr,0,1}{s.len})') end",
    "expressions": "for i = 1, 20000 do KSR.textops.search('x' .. i) end",
    "an argument of an export": "local t = {} for i = 1, 100000 do t[i] = i end for i = 1, 20 do KSR.host.take(t) end",
    "sbranch": "local s = ('x'):rep(1000000) for i = 1, 1000 do KSR.pv.sets('$sbranch(uri)', s) KSR.pv.sets('$sbranch(path)', s) end",
    "a format of large values": "KSR.pv.sets('$var(a)', ('x'):rep(1000000)) for i = 1, 100 do KSR.xlog.xinfo(('$var(a)'):rep(1000)) end",
    "requests to change the URI": "local s = ('x'):rep(900) for i = 1, 100000 do KSR.seturi('sip:' .. s .. '@h') end",
    "destinations": "local s = ('x'):rep(900) for i = 1, 100000 do KSR.setdsturi('sip:' .. s .. '@h') end",
    "branches": "local s = ('x'):rep(900) for i = 1, 10000 do KSR.corex.append_branch_uri('sip:' .. s .. '@h') end",
    "iterators": "for i = 1, 10000 do KSR.htable.sht_iterator_start('i' .. i, 't') end",
    "locks": "for i = 1, 10000 do KSR.cfgutils.lock('l' .. i) end",
    "a file without end": "for i = 1, 3 do KSR.corex.file_read('/dev/zero') end",
    "expressions of one call": "for i = 1, 100 do KSR.textops.subst_v(('x'):rep(60000), '/x/yy/g', '$var(r)') end",
}


@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS.keys())
def test_what_is_kept_for_a_while_stays_small(code: str):
    outcome = grow(code)
    assert outcome.grown < 10 * MEMORY
    assert outcome.again < 10 * MEMORY


def test_a_body_of_a_megabyte_of_matches_is_replaced_in_time():
    """A search for the end of the text at each match would be 10^12 bytes; the child has a second of CPU for each function."""
    code = """
        import resource, kemilua
        resource.setrlimit(resource.RLIMIT_CPU, (8, 8))
        for call in ('replace_body_all("a", "b")', 'subst_body("/a/b/g")', 'replace_all("a", "b")', 'subst("/a/b/g")'):
            text = "function ksr_request_route() KSR.pv.seti('$shv(r)', KSR.textops.%s) end" % call
            engine = kemilua.Engine(kemilua.Source(text, "a.lua"), limits=kemilua.Limits(message_memory=2**28))
            head = "MESSAGE sip:b@c SIP/2.0\\r\\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\\r\\n"
            head += "From: <sip:i>;tag=q\\r\\nTo: <sip:z>\\r\\nCall-ID: c\\r\\nCSeq: 1 MESSAGE\\r\\n"
            engine.receive_datagram((head + "\\r\\n" + "a" * 1000000).encode(), ("192.0.2.9", 5060), ("192.0.2.1", 5060), "tcp")
            print(engine.eval("return KSR.pv.get('$shv(r)')", message=(head + "\\r\\n").encode())[0])
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stdout.split()) == (0, ["1"] * 4), ran.stderr[-2000:]


def test_one_call_writes_a_few_lines_and_counts_the_rest(script: Script):
    engine = script("function ksr_request_route() KSR.is_method_in(('x'):rep(60000)) KSR.err('on') KSR.is_method_in('xxxxx') end")
    logs = [effect.text for effect in engine.receive_datagram(request(), source=("192.0.2.9", 5060)) if isinstance(effect, kemilua.Log)]
    unknown = "is_method_in: no method has the letter x"
    assert logs == [unknown] * 3 + ["and 59997 more lines of this call", "on"] + [unknown] * 3 + ["and 2 more lines of this call"]


def test_a_refusal_is_told_once_for_each_message(script: Script):
    engine = script(
        "function ksr_request_route() local text = ('x'):rep(90000) for i = 1, 100 do "
        "KSR.pv.sets('$shv(a' .. i .. ')', text) KSR.pv.sets('$var(a' .. i .. ')', text) end end",
        limits=kemilua.Limits(memory=4 * MEBIBYTE),
    )
    for _ in range(2):
        effects = engine.receive_datagram(request(), source=("192.0.2.9", 5060))
        logs = [effect.text.split(" is used up")[0] for effect in effects if isinstance(effect, kemilua.Log)]
        assert logs == ["the memory of $shv", "the memory of $var and $vn"]


def test_what_was_stored_before_the_limit_reads_on(script: Script):
    engine = script(limits=kemilua.Limits(memory=2 * MEBIBYTE))
    message = kemilua.Message.parse(request(), engine=engine)
    code = """
        for i = 1, 5000 do KSR.pv.sets('$shv(k' .. i .. ')', i .. ('x'):rep(1000)) end
        local wrong, there = 0, 0
        for i = 1, 5000 do
            local value = KSR.pv.get('$shv(k' .. i .. ')')
            if type(value) == 'string' then there = there + 1 if value ~= i .. ('x'):rep(1000) then wrong = wrong + 1 end end
        end
        return wrong, there > 500 and there < 5000
    """
    assert engine.eval(code, message=message) == (0, True)
