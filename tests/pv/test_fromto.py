"""From and To that are written: whole, in parts, by $f* and $t* and by uac. What is sent is what the writes make one after the other."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import kemilua
import pytest
from builders import header, request

LISTEN = ["udp:192.0.2.1:5060"]
MODPARAMS = {"uac": {"restore_mode": "none"}}
SENDERS = [
    '"Al" <sip:al@old.example;p=1>;tag=a',
    "<sip:al@old.example>;tag=a",
    "sip:al@old.example;tag=a",
    "<sip:old.example>;tag=a",
    "sip:old.example ;tag=a",
]


@dataclass(frozen=True)
class Address:
    """What a header should be, kept in parts."""

    name: str
    user: str
    host: str
    params: str
    brackets: bool
    tail: str

    def __str__(self) -> str:
        uri = f"sip:{self.user}{'@' if self.user else ''}{self.host}{self.params}"
        if self.name:
            return f"{self.name} <{uri}>{self.tail}"
        return f"<{uri}>{self.tail}" if self.brackets or set(uri) & set(";?,") else f"{uri}{self.tail}"


START = {
    SENDERS[0]: Address('"Al"', "al", "old.example", ";p=1", True, ";tag=a"),
    SENDERS[1]: Address("", "al", "old.example", "", True, ";tag=a"),
    SENDERS[2]: Address("", "al", "old.example", "", False, ";tag=a"),
    SENDERS[3]: Address("", "", "old.example", "", True, ";tag=a"),
    SENDERS[4]: Address("", "", "old.example", "", False, " ;tag=a"),
}
WRITES = {
    "pv.sets('$fu', 'sip:some@where.example')": {"user": "some", "host": "where.example", "params": ""},
    "pv.sets('$fu', 'sip:we.example;x=y')": {"user": "", "host": "we.example", "params": ";x=y"},
    "pv.sets('$fU', 'new')": {"user": "new"},
    "pv.unset('$fU')": {"user": ""},
    "pv.sets('$fd', 'new.example')": {"host": "new.example"},
    "pv.sets('$fn', 'N')": {"name": "N"},
    "pv.unset('$fn')": {"name": ""},
    "uac.uac_replace_from_uri('sip:u@uac.example;user=phone')": {"user": "u", "host": "uac.example", "params": ";user=phone"},
}


def written(engine, sender, writes):
    """The From that is sent, and what it should be."""
    expected = START[sender]
    for at, write in enumerate(writes):
        if not (write.startswith("uac.") and write in writes[:at]):  # what uac replaced it does not replace again
            expected = replace(expected, **WRITES[write])
    data = request("INVITE").replace(b"<sip:alice@example.com>;tag=a1", sender.encode())
    parsed = kemilua.Message.parse(data, engine=engine)
    engine.eval(" ".join(f"KSR.{write}" for write in writes), message=parsed)
    return header(parsed.to_bytes(), "From"), [str(expected)]


@pytest.mark.parametrize("sender", SENDERS)
def test_writes_in_any_order_are_all_sent(script, sender):
    engine = script(None, listen=LISTEN, modparams=MODPARAMS)
    for writes in itertools.product(WRITES, repeat=2):
        sent, expected = written(engine, sender, writes)
        assert sent == expected, writes


def test_a_long_row_of_writes(script):
    engine = script(None, listen=LISTEN, modparams=MODPARAMS)
    for sender, writes in itertools.product(SENDERS, itertools.permutations(list(WRITES)[:7], 4)):
        sent, expected = written(engine, sender, writes)
        assert sent == expected, writes


@pytest.mark.parametrize(("first", "second"), [("tu", "td"), ("tu", "to.domain"), ("to", "tU"), ("tu", "to.user"), ("to", "td")])
def test_parts_of_to_are_written_into_the_new_uri(script, first, second):
    engine = script(None)
    parsed = kemilua.Message.parse(request(), engine=engine)
    lua = f"return KSR.pv.sets('${first}', 'sip:some@old.example;x'), KSR.pv.sets('${second}', 'new'), KSR.pv.get('$tu')"
    assert engine.eval(lua, message=parsed) == (True, True, "sip:bob@example.com")
    right = "<sip:some@new;x>" if second.endswith(("d", "domain")) else "<sip:new@old.example;x>"
    assert header(parsed.to_bytes(), "To") == [right]
    assert engine.eval("KSR.textopsx.msg_apply_changes() return KSR.pv.get('$tu')", message=parsed) == (right[1:-1],)


def test_what_textops_replaced_in_the_uri_stays_with_a_new_part(script):
    engine = script(None)
    parsed = kemilua.Message.parse(request(), engine=engine)
    engine.eval("KSR.textops.replace('alice', 'carol') KSR.pv.sets('$fd', 'new') KSR.pv.unset('$tU')", message=parsed)
    assert (header(parsed.to_bytes(), "From"), header(parsed.to_bytes(), "To")) == (["<sip:carol@new>;tag=a1"], ["<sip:example.com>"])


def test_a_part_of_what_is_no_uri_is_refused(script):
    engine = script(None)
    parsed = kemilua.Message.parse(request(), engine=engine)
    assert engine.eval("return KSR.pv.sets('$fu', 'anyone'), KSR.pv.sets('$fd', 'x'), KSR.pv.unset('$fU')", message=parsed) == (
        True,
        False,
        False,
    )
    assert header(parsed.to_bytes(), "From") == ["<anyone>;tag=a1"]


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_uri_that_uac_keeps_in_the_record_route_stays(script, mode):
    """The way back to the old URI is found by the new one: another one would lead nowhere."""
    engine = script(None, listen=LISTEN, modparams={"uac": {"restore_mode": mode}})
    parsed = kemilua.Message.parse(request("INVITE"), engine=engine)
    lua = "KSR.uac.uac_replace_from('', 'sip:u@u'), S('$fd', 'x'), S('$fu', 'sip:y'), S('$fn', 'N'), S('$td', 't')"
    assert engine.eval(f"local S = KSR.pv.sets return {lua}", message=parsed) == (1, False, False, True, True)
    assert header(parsed.to_bytes(), "From") + header(parsed.to_bytes(), "To") == ["N <sip:u@u>;tag=a1", "<sip:bob@t>"]


URIS = [
    "sip:x@example.com;user=phone",
    "sip:x@example.com;tag=other",
    "tel:+1;phone-context=example.com",
    "sip:x;a=1@example.com",
    "sip:x@h?Subject=a",
    "sip:a,b@h",
]


@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("write", ["KSR.uac.uac_replace_{}('', '{}')", "KSR.uac.uac_replace_{}_uri('{}')", "KSR.pv.sets('${}', '{}')"])
def test_uri_with_parameters_gets_brackets(script, write, uri):
    """RFC 3261 20: its parameters would else be the header's, a tag among them."""
    data = (
        request("INVITE")
        .replace(b"<sip:alice@example.com>", b"sip:alice@example.com")
        .replace(b"To: <sip:bob@example.com>", b"To: sip:bob@example.com")
    )
    engine = script(None, modparams=MODPARAMS)
    parsed = kemilua.Message.parse(data, engine=engine)
    engine.eval(write.format("from", uri) + write.format("to", uri), message=parsed)
    assert (header(parsed.to_bytes(), "From"), header(parsed.to_bytes(), "To")) == ([f"<{uri}>;tag=a1"], [f"<{uri}>"])
