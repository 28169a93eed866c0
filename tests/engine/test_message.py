"""Messages on their own: parse, read, edit, build."""

from __future__ import annotations

import threading

import kemilua
import pytest
from builders import SDP, body_of, header, invite, reply, request
from kemilua import Message


def test_request_reads_as_it_was_received():
    msg = Message.parse(invite(), source=("198.51.100.7", 5061), local=("192.0.2.1", 5060), now=12.5)
    assert (msg.is_request, msg.method, msg.uri, msg.version) == (True, "INVITE", "sip:bob@example.com", "SIP/2.0")
    assert (msg.status, msg.reason, msg.body) == (0, "", SDP.encode())
    assert (msg.source, msg.local, msg.transport, msg.connection) == (("198.51.100.7", 5061), ("192.0.2.1", 5060), "udp", None)
    assert msg.now == 12.5
    assert (msg.destination_uri, msg.flags) == ("", 0)
    assert msg.buffer == invite()


def test_reply_reads_as_it_was_received():
    msg = Message.parse(reply(486, "Busy Here"))
    assert (msg.is_request, msg.method, msg.uri) == (False, "INVITE", "")
    assert (msg.status, msg.reason) == (486, "Busy Here")


def test_headers_come_in_order_with_names_as_written():
    data = request(headers={"X-b": "2", "x-A": "1"}).replace(b"Call-ID", b"i")
    headers = Message.parse(data).headers
    assert [name for name, _ in headers] == ["Via", "Max-Forwards", "From", "To", "i", "CSeq", "X-b", "x-A", "Content-Length"]
    assert dict(headers)["X-b"] == "2"
    assert dict(headers)["i"] == "call-1"


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        ("X-A", 0, "one"),
        ("x-a", 1, "two"),
        ("X-A", -1, "two"),
        ("X-A", 2, None),
        ("X-None", 0, None),
        ("i", 0, "call-1"),
        ("Call-ID", 0, "call-1"),
    ],
)
def test_header_is_found_by_any_form_of_its_name_and_by_index(name, index, value):
    data = request(headers={"X-A": "one"}).replace(b"Call-ID: call-1", b"i: call-1").replace(b"X-A: one", b"X-A: one\r\nX-A: two")
    msg = Message.parse(data)
    assert msg.header(name, index) == value
    assert msg.header_bytes(name, index) == (None if value is None else value.encode())


def test_bytes_that_are_not_utf8_survive():
    msg = Message.parse(request(headers={"X-Raw": "\udcff"}))
    assert msg.header("X-Raw") == "\udcff"
    assert msg.header_bytes("X-Raw") == b"\xff"


@pytest.mark.parametrize("data", [request(), invite(), reply()], ids=["request", "invite", "reply"])
def test_without_edits_the_bytes_are_the_same(data):
    msg = Message.parse(data)
    assert msg.to_bytes() == bytes(msg) == data


def test_reads_do_not_see_edits_and_bytes_do():
    msg = Message.parse(request(headers={"X-Old": "1"}))
    msg.append("X-New", "2")
    msg.remove("X-Old")
    assert (msg.header("X-New"), msg.header("X-Old")) == (None, "1")
    assert (header(bytes(msg), "X-New"), header(bytes(msg), "X-Old")) == (["2"], [])


def test_headers_go_where_they_are_told():
    msg = Message.parse(request(headers={"X-Mark": "here"}))
    msg.append("X-Last", "1")
    msg.insert("X-First", "1")
    msg.append("X-After", "1", after="X-Mark")
    msg.insert("X-Before", "1", before="X-Mark")
    names = [line.split(":")[0] for line in bytes(msg).decode().split("\r\n")[1:] if ":" in line]
    assert names[0] == "X-First"
    assert names[-1] == "X-Last"
    at = names.index("X-Mark")
    assert (names[at - 1], names[at + 1]) == ("X-Before", "X-After")


def test_one_of_several_headers_is_removed_by_index():
    data = request(headers={"X-A": "0"}).replace(b"X-A: 0", b"X-A: 0\r\nX-A: 1\r\nX-A: 2")
    msg = Message.parse(data)
    msg.remove("X-A", 1)
    assert header(bytes(msg), "X-A") == ["0", "2"]


def test_new_body_brings_its_type_and_length():
    msg = Message.parse(invite())
    msg.set_body(b"hello", "text/plain")
    data = bytes(msg)
    assert (header(data, "Content-Type"), header(data, "Content-Length"), body_of(data)) == (["text/plain"], ["5"], b"hello")


def test_request_uri_and_destination_change_at_once():
    msg = Message.parse(request())
    msg.uri = "sip:carol@example.net"
    msg.destination_uri = "sip:192.0.2.9"
    assert (msg.uri, msg.destination_uri) == ("sip:carol@example.net", "sip:192.0.2.9")
    assert bytes(msg).startswith(b"OPTIONS sip:carol@example.net SIP/2.0\r\n")
    msg.destination_uri = ""
    assert msg.destination_uri == ""


@pytest.mark.parametrize(("name", "value"), [("X-A", "1\r\nX-B: 2"), ("X-A", "1\n"), ("X A", "1"), ("", "1"), ("X:", "1")])
def test_header_that_would_break_the_line_is_refused(name, value):
    msg = Message.parse(request())
    with pytest.raises(kemilua.ArgumentError):
        msg.append(name, value)
    assert bytes(msg) == request()


def test_removing_what_is_not_there_changes_nothing():
    msg = Message.parse(request())
    msg.remove("X-No")
    assert bytes(msg) == request()


def test_edit_beside_a_header_that_is_not_there_goes_to_the_end_or_the_start():
    msg = Message.parse(request())
    msg.append("X-A", "1", after="X-No")
    msg.insert("X-B", "1", before="X-No")
    names = [line.split(":")[0] for line in bytes(msg).decode().split("\r\n")[1:] if ":" in line]
    assert (names[0], names[-1]) == ("X-B", "X-A")


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"OPTIONS", b"OPTIONS sip:a SIP/2.0", b"OPTIONS  SIP/2.0\r\n\r\n", b"SIP/2.0 20 OK\r\n\r\n", b"X\0\0\0 y z\r\n\r\n"],
)
def test_malformed_message_says_where(data):
    with pytest.raises(kemilua.MessageError) as caught:
        Message.parse(data)
    assert 0 <= caught.value.offset <= len(data)


@pytest.mark.parametrize("data", ["OPTIONS sip:a SIP/2.0\r\n\r\n", None, 5])
def test_message_is_bytes(data):
    with pytest.raises(TypeError, match="bytes"):
        Message.parse(data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_message_may_be_any_bytes(kind):
    assert Message.parse(kind(request())).method == "OPTIONS"


def test_message_copies_what_it_parses():
    data = bytearray(request())
    msg = Message.parse(data)
    data[:7] = b"XXXXXXX"
    assert msg.method == "OPTIONS"


@pytest.mark.parametrize("source", [("h",), ("h", -1), ("h", 65536), ("h", "5060"), (5060, "h"), None])
def test_impossible_address_is_refused(source):
    with pytest.raises((kemilua.ArgumentError, TypeError)):
        Message.parse(request(), source=source)


def test_unknown_transport_is_refused_with_the_good_ones():
    with pytest.raises(kemilua.ArgumentError, match="udp, tcp, tls, sctp, ws, wss"):
        Message.parse(request(), transport="ipx")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls", "sctp", "ws", "wss", "TCP"])
def test_transport_reads_as_given(transport):
    msg = Message.parse(request(), transport=transport, connection=3)
    assert (msg.transport, msg.connection) == (transport.lower(), 3)


def test_ipv6_address_of_asyncio_is_taken():
    msg = Message.parse(request(), source=("2001:db8::1", 5060, 0, 0))
    assert msg.source == ("2001:db8::1", 5060)


def test_small_memory_is_an_error_and_no_crash():
    with pytest.raises(kemilua.KemiluaError):
        Message.parse(invite(headers={f"X-{n}": "v" * 100 for n in range(50)}), memory=1000)


def test_message_is_made_by_parse_alone():
    with pytest.raises(TypeError, match="parse"):
        Message()


def test_message_tells_what_it_is():
    assert repr(Message.parse(request(), source=("198.51.100.7", 5060))) == (
        "<kemilua.Message OPTIONS sip:bob@example.com from 198.51.100.7:5060>"
    )
    assert repr(Message.parse(reply(200), source=("198.51.100.7", 5060))) == "<kemilua.Message 200 OK from 198.51.100.7:5060>"


def test_variables_need_an_engine():
    with pytest.raises(kemilua.ArgumentError, match="engine"):
        Message.parse(request()).pv("$ru")


def test_variables_are_read_and_written(script):
    msg = Message.parse(request(), engine=script())
    assert (msg.pv("$rU"), msg.pv("$rP"), msg.pv("$du"), msg.pv("$ml")) == ("bob", "UDP", None, len(request()))
    msg.set_pv("$rU", "carol")
    msg.set_pv("$avp(n)", 5)
    assert (msg.uri, msg.pv("$avp(n)")) == ("sip:carol@example.com", 5)
    msg.set_pv("$avp(n)", None)
    assert msg.pv("$avp(n)") is None


@pytest.mark.parametrize("name", ["$nosuchpv", "ru", "$", "", "$(hdr(X)"])
def test_unknown_variable_says_so(script, name):
    msg = Message.parse(request(), engine=script())
    with pytest.raises(kemilua.NotFoundError):
        msg.pv(name)


def test_message_stays_with_its_engine(script):
    one, other = script("function f() end"), script("function f() end")
    msg = Message.parse(request())
    assert one.lua_run("f", message=msg) == 1
    with pytest.raises(kemilua.ArgumentError, match="another engine"):
        other.lua_run("f", message=msg)


def test_message_in_a_run_is_busy_for_other_threads(script):
    errors = []

    @kemilua.export("t.look")
    def look(msg: Message) -> None:
        def other():
            try:
                bytes(msg)
            except kemilua.EngineBusyError as error:
                errors.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    engine = script("function f() KSR.t.look() end", exports=[look])
    assert engine.lua_run("f", message=Message.parse(request())) == 1
    engine.receive(request())
    assert len(errors) == 1
    engine.eval("KSR.t.look()", message=request())
    assert len(errors) == 2
