"""KSR.sdpops and $sdp: what a session description holds, and what is left of it."""

from __future__ import annotations

import pytest
from builders import body_of, invite, request

TWO = """v=0
o=alice 28 12 IN IP4 192.0.2.101
s=-
c=IN IP4 192.0.2.101
t=0 0
a=tool:x
m=audio 49172 RTP/AVP 0 8 18 101
b=AS:64
a=rtpmap:0 PCMU/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:101 telephone-event/8000
a=sendrecv
m=video 0 RTP/AVP 31
c=IN IP6 2001:db8::1
a=rtpmap:31 H261/90000
a=rtcp-fb:31 nack
""".replace("\n", "\r\n")


def mixed(*parts: tuple[str, str]) -> bytes:
    body = "".join(f"--b\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts) + "--b--\r\n"
    return request("INVITE", headers={"Content-Type": 'multipart/mixed;boundary="b"'}, body=body)


@pytest.fixture
def left(edited):
    """`left("KSR.sdpops.remove_media('video')")`: the lines of the body that the Lua leaves."""
    return lambda lua, body=TWO: body_of(edited(lua, invite(body=body)).encode()).decode().split("\r\n")[:-1]


def gone(lines):
    return [line for line in TWO.split("\r\n")[:-1] if line not in lines]


# ---- questions

QUESTIONS = [
    ("sdp_with_media('audio')", 1, 0, -1),
    ("sdp_with_media('AUDIO')", 1, 0, -1),
    ("sdp_with_media('text')", 0, 0, -1),
    ("sdp_with_active_media('audio')", 1, 0, -1),
    ("sdp_with_active_media('video')", 0, 0, -1),
    ("sdp_with_transport('rtp/avp')", 1, -1, -1),
    ("sdp_with_transport('RTP/A')", -1, -1, -1),
    ("sdp_with_transport_like('AV')", 1, -1, -1),
    ("sdp_with_transport_like('av')", -1, -1, -1),
    ("sdp_transport('$avp(t)')", 1, 1, -1),
    ("sdp_with_codecs_by_id('0')", 2, -1, -1),
    ("sdp_with_codecs_by_id('99')", 0, -1, -1),
    ("sdp_with_codecs_by_name('pcmu,H261')", 2, -1, -1),
    ("sdp_with_codecs_by_name('GSM')", -1, -1, -1),
    ("sdp_with_codecs_by_name('nosuch')", -1, -1, -1),
    ("sdp_with_ice()", -1, -1, -1),
    ("sdp_content()", 1, -1, -1),
    ("sdp_content_flags(0)", 1, -1, -1),
    ("sdp_content_flags(1)", 1, -1, 1),
    ("sdp_get_address_family()", 4, -1, -1),
    ("sdp_get('$avp(s)')", 1, -2, -1),
    ("sdp_get_line_startswith('$avp(l)', 'm=')", 1, -2, -1),
    ("sdp_print(3)", 1, 1, -1),
    ("remove_codecs_by_id('8', '')", 0, -1, -1),
    ("keep_codecs_by_name('PCMU', '')", 0, -1, -1),
    ("remove_codecs_by_name('nosuch', '')", -1, -1, -1),
    ("remove_line_by_prefix('a=', '')", 8, -1, -1),
    ("remove_media('audio')", 1, 0, -1),
    ("sdp_iterator_start('i')", 1, -1, -1),
]


@pytest.mark.parametrize(("call", "good", "empty", "bad"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_answer_for_a_description_for_no_body_and_for_another_text(ask, call, good, empty, bad):
    assert [ask(f"KSR.sdpops.{call}", message) for message in (invite(body=TWO), request(), invite(body="hello"))] == [good, empty, bad]


def test_codecs_are_all_there_only_when_each_stream_has_them(ask):
    one = invite(body=TWO.partition("m=video")[0])
    assert ask("KSR.sdpops.sdp_with_codecs_by_id('0,8'), KSR.sdpops.sdp_with_codecs_by_id('0,9')", one) == (1, 2)


def test_last_direction_of_a_stream_counts(ask):
    lua = "KSR.sdpops.sdp_with_active_media('audio')"
    bodies = [TWO.replace("a=sendrecv", text) for text in ("a=inactive", "a=inactive\r\na=sendrecv", "a=sendrecv\r\na=INACTIVE")]
    assert [ask(lua, invite(body=body)) for body in bodies] == [0, 1, 0]


def test_candidates_are_found_in_any_body(ask):
    message = request("MESSAGE", headers={"Content-Type": "text/plain"}, body="a=candidate")
    assert ask("KSR.sdpops.sdp_with_ice()", message) == 1


@pytest.mark.parametrize(
    ("kind", "results"),
    [
        ("application/sdp", (1, 1)),
        ("Application / SDP ; charset=x", (1, 1)),
        ("application/sdpx", (-1, -1)),
        ("text/plain", (-1, -1)),
        ("multipart/mixed;boundary=x", (-1, -1)),
        (None, (-1, 1)),
    ],
)
def test_content_type_says_what_a_body_is(ask, kind, results):
    message = request("INVITE", headers={"Content-Type": kind} if kind else {}, body=TWO)
    assert ask("KSR.sdpops.sdp_content(), KSR.sdpops.sdp_content_flags(1)", message) == results


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=0", "V=0"),
        ("o=alice 28 12 IN IP4 192.0.2.101", "o=x"),
        ("o=alice 28 12 IN IP4 192.0.2.101\r\n", ""),
        ("c=IN IP4 192.0.2.101\r\n", ""),
        ("c=IN IP4 192.0.2.101", "c=IN IPX y"),
        ("c=IN IP6 2001:db8::1", "c=x"),
        ("m=video 0 RTP/AVP 31", "m=video 0"),
    ],
)
def test_description_that_lacks_something_is_none(ask, old, new):
    assert ask("KSR.sdpops.sdp_content()", invite(body=TWO.replace(old, new))) == -1


def test_texts_come_in_an_avp(ask):
    lua = """KSR.sdpops.sdp_transport('$avp(a)') KSR.sdpops.sdp_get_line_startswith('$avp(b)', 'm=') KSR.sdpops.sdp_get('$avp(c)')
        return KSR.pv.get('$avp(a)'), KSR.pv.get('$avp(b)'), KSR.pv.get('$avp(c)')"""
    assert ask(lua, invite(body=TWO)) == ("RTP/AVP", "m=audio 49172 RTP/AVP 0 8 18 101", TWO)


def test_text_is_added_to_those_of_an_avp(ask):
    lua = "KSR.pv.sets('$avp(a)', 'old') KSR.sdpops.sdp_transport('$avp(a)') return KSR.pv.get('$(avp(a)[*])')"
    assert ask(lua, invite(body=TWO)) == "RTP/AVP, old"


@pytest.mark.parametrize("name", ["$var(x)", "$xavp(x)", "x", "", "$avp(x)[1]"])
def test_other_variables_take_no_text(ask, name):
    lua = f"KSR.sdpops.sdp_get('{name}'), KSR.sdpops.sdp_transport('{name}'), KSR.sdpops.sdp_get_line_startswith('{name}', 'm=')"
    assert ask(lua, invite(body=TWO)) == (-1, -1, -1)


def test_streams_of_different_transports_have_none_in_common(ask):
    body = TWO.replace("m=video 0 RTP/AVP", "m=video 0 RTP/SAVP")
    assert ask("return KSR.sdpops.sdp_transport('$avp(a)'), KSR.pv.get('$avp(a)')", invite(body=body)) == (-2, None)


# ---- parts of a multipart body


def test_description_is_one_part_of_many(ask):
    message = mixed(("text/plain", "hi"), ("application/sdp", TWO))
    assert ask("KSR.sdpops.sdp_with_media('video'), KSR.sdpops.sdp_content(), KSR.sdpops.sdp_content_flags(1)", message) == (1, 1, 1)


def test_streams_of_all_parts_count_and_the_last_text(ask):
    message = mixed(("application/sdp", TWO), ("application/sdp", TWO.replace("m=audio", "m=text")))
    lua = "KSR.sdpops.sdp_with_media('audio'), KSR.sdpops.sdp_with_media('text'), KSR.pv.get('$sdp(body)')"
    assert ask(lua, message) == (1, 1, TWO.replace("m=audio", "m=text") + "\r\n")


def test_parts_without_a_description_are_an_empty_one(ask):
    lua = (
        "KSR.sdpops.sdp_content(), KSR.sdpops.sdp_with_media('audio'), KSR.sdpops.sdp_with_codecs_by_id('0'), KSR.sdpops.sdp_get('$avp(a)')"
    )
    assert ask(f"return {lua}, KSR.pv.get('$avp(a)')", mixed(("text/plain", "hi"))) == (1, 0, 0, 1, "")


# ---- edits

EDITS = [
    ("remove_codecs_by_id('18', '')", ["a=rtpmap:18 G729/8000", "a=fmtp:18 annexb=no"], "0 8 101", "31"),
    ("remove_codecs_by_id('0,31', 'video')", ["a=rtpmap:31 H261/90000", "a=rtcp-fb:31 nack"], "0 8 18 101", ""),
    ("remove_codecs_by_id('1', '')", [], "0 8 18 101", "31"),
    ("remove_codecs_by_name('pcma,telephone-event', '')", ["a=rtpmap:101 telephone-event/8000"], "0 18", "31"),
    (
        "keep_codecs_by_id('0,31', '')",
        ["a=rtpmap:18 G729/8000", "a=fmtp:18 annexb=no", "a=rtpmap:101 telephone-event/8000"],
        "0",
        "31",
    ),
    (
        "keep_codecs_by_name('PCMU', 'audio')",
        ["a=rtpmap:18 G729/8000", "a=fmtp:18 annexb=no", "a=rtpmap:101 telephone-event/8000"],
        "0",
        "31",
    ),
]


@pytest.mark.parametrize(("call", "lines", "audio", "video"), EDITS, ids=[row[0] for row in EDITS])
def test_codecs_go_with_their_attributes(left, call, lines, audio, video):
    after = left(f"KSR.sdpops.{call}")
    media = [f"m=audio 49172 RTP/AVP {audio}", f"m=video 0 RTP/AVP {video}".rstrip()]
    assert [line for line in after if line.startswith("m=")] == media
    assert [line for line in gone(after) if not line.startswith("m=")] == lines


def test_lines_go_by_their_beginning_and_are_counted(left, ask):
    assert gone(left("KSR.sdpops.remove_line_by_prefix('a=rtp', 'audio')")) == [
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:18 G729/8000",
        "a=rtpmap:101 telephone-event/8000",
    ]
    arguments = ("'a=rtp', 'audio'", "'A', ''", "'', ''")
    counts = ", ".join(f"KSR.sdpops.remove_line_by_prefix({each})" for each in arguments)
    assert ask(counts, invite(body=TWO)) == (3, 0, 0)


def test_stream_goes_whole(left):
    assert left("KSR.sdpops.remove_media('audio')") == TWO.split("\r\n")[:6] + TWO.split("\r\n")[13:-1]
    assert left("KSR.sdpops.remove_media('video')") == TWO.split("\r\n")[:13]
    assert left("KSR.sdpops.remove_media('text')") == TWO.split("\r\n")[:-1]


def test_edits_do_not_show_before_they_are_applied(ask):
    lua = "return KSR.sdpops.remove_media('audio'), KSR.sdpops.sdp_with_media('audio')"
    assert ask(lua, invite(body=TWO)) == (1, 1)


def test_applied_edits_are_read(ask):
    lua = "KSR.sdpops.remove_media('audio') KSR.textopsx.msg_apply_changes() return KSR.sdpops.sdp_with_media('audio')"
    assert ask(lua, invite(body=TWO)) == 0


# ---- iterators


def test_walk_over_the_lines(ask):
    lua = """local lines = {} KSR.sdpops.sdp_iterator_start('w')
        while KSR.sdpops.sdp_iterator_next('w') > 0 do lines[#lines + 1] = KSR.sdpops.sdp_iterator_value('w') end
        return table.concat(lines), KSR.sdpops.sdp_iterator_value('w'), KSR.sdpops.sdp_iterator_next('w')"""
    assert ask(lua, invite(body=TWO)) == (TWO, None, -1)


def test_line_under_the_walk_is_a_variable(ask):
    lua = """local before = KSR.pv.get('$sdpitval(v)') KSR.sdpops.sdp_iterator_start('v') KSR.sdpops.sdp_iterator_next('v')
        return before, KSR.pv.get('$sdpitval(v)'), KSR.pv.get('$sdpitval(other)')"""
    assert ask(lua, invite(body=TWO)) == (None, "v=0\r\n", None)


def test_lines_are_edited_on_the_walk(left):
    lua = """local i = 'e' KSR.sdpops.sdp_iterator_start(i)
        while KSR.sdpops.sdp_iterator_next(i) > 0 do
            local line = KSR.sdpops.sdp_iterator_value(i)
            if line:find('^a=rtpmap') then KSR.sdpops.sdp_iterator_rm(i) end
            if line:find('^m=') then KSR.sdpops.sdp_iterator_insert(i, 'a=before\\r\\n') end
            if line:find('^m=') then KSR.sdpops.sdp_iterator_append(i, 'a=after\\r\\n') end
        end"""
    expected = []
    for line in TWO.split("\r\n")[:-1]:
        expected += ["a=before", line, "a=after"] if line.startswith("m=") else [] if line.startswith("a=rtpmap") else [line]
    assert left(lua) == expected


def test_walk_that_nobody_started_does_nothing(ask):
    calls = ("next('x')", "end('x')", "rm('x')", "append('x', 't')", "insert('x', 't')")
    assert ask(", ".join(f"KSR.sdpops.sdp_iterator_{call}" for call in calls), invite(body=TWO)) == (-1,) * 5


def test_ended_walk_begins_again(ask):
    lua = """KSR.sdpops.sdp_iterator_start('a') KSR.sdpops.sdp_iterator_next('a') KSR.sdpops.sdp_iterator_next('a')
        local ended = KSR.sdpops.sdp_iterator_end('a') KSR.sdpops.sdp_iterator_next('a')
        return ended, KSR.sdpops.sdp_iterator_value('a')"""
    assert ask(lua, invite(body=TWO)) == (1, "v=0\r\n")


def test_walk_over_a_message_without_description_can_be_ended(ask):
    steps = ("start", "next", "end")
    assert ask(", ".join(f"KSR.sdpops.sdp_iterator_{step}('a')" for step in steps), request()) == (-1, -1, 1)


def test_four_names_of_walks_are_all(ask):
    lua = ", ".join(f"KSR.sdpops.sdp_iterator_start('{name}')" for name in "123454")
    assert ask(lua, invite(body=TWO)) == (1, 1, 1, 1, -1, 1)


# ---- $sdp


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("body", TWO),
        ("raw", TWO),
        ("sess_version", 12),
        ("c:ip", "192.0.2.101"),
        ("c:af", 2),
        ("o:ip", "192.0.2.101"),
        ("m0:raw", TWO[TWO.index("m=video") :]),
        ("m0:rtp:port", "0"),
        ("m0:rtcp:port", "1"),
        ("m0:b:AS", None),
    ],
)
def test_key_of_a_description(ask, key, value):
    assert ask(f"KSR.pv.get('$sdp({key})')", invite(body=TWO)) == value
    assert ask(f"KSR.pv.get('$sdp({key})')", request()) is None


@pytest.mark.parametrize(
    ("session", "media", "value"),
    [
        ("c=IN IP4 192.0.2.5", "c=IN IP4 192.0.2.9", ("192.0.2.9", 2)),
        ("c=IN IP4 192.0.2.5", "c=IN IP6 2001:db8::1", ("2001:db8::1", 10)),
        ("c=IN IP6 2001:db8::1", "c=IN IP4 192.0.2.9", ("192.0.2.9", 2)),
        ("c=IN IP4 192.0.2.5", "", ("192.0.2.5", 2)),
        ("", "c=IN IP4 192.0.2.9", ("192.0.2.9", 2)),
    ],
)
def test_address_of_the_first_stream_goes_before_that_of_the_session(ask, session, media, value):
    lines = [
        "v=0",
        "o=- 1 2 IN IP4 192.0.2.4",
        "s=-",
        session,
        "t=0 0",
        "m=audio 4000 RTP/AVP 0",
        media,
        "m=video 4002 RTP/AVP 31",
        "c=IN IP4 192.0.2.7",
    ]
    body = "".join(f"{line}\r\n" for line in lines if line)
    assert ask("KSR.pv.get('$sdp(c:ip)'), KSR.pv.get('$sdp(c:af)')", invite(body=body)) == value


@pytest.mark.parametrize(("port", "rtcp"), [("65534", "65535"), ("65535", None), ("65536", None), ("4000/2", "4001")])
def test_port_of_rtcp_is_none_behind_the_last(ask, port, rtcp):
    body = TWO.partition("m=video")[0].replace("49172", port)
    assert ask("KSR.pv.get('$sdp(m0:rtcp:port)')", invite(body=body)) == rtcp


def test_values_of_the_last_stream(ask):
    body = TWO.partition("m=video")[0] + "b=RR:0\r\nb=RS:7\r\na=rtcp:53020 IN IP4 192.0.2.1\r\n"
    keys = ("m0:rtp:port", "m0:rtcp:port", "m0:b:AS", "m0:b:RR", "m0:b:RS")
    lua = ", ".join(f"KSR.pv.get('$sdp({key})')" for key in keys)
    assert ask(lua, invite(body=body)) == ("49172", "53020", "64", "0", "7")


@pytest.mark.parametrize(
    ("version", "value"),
    [
        ("99", 99),
        ("2147483647", 2**31 - 1),
        ("2890844526", 2890844526),
        (str(2**53), 2**53),
        (str(2**64 - 1), str(2**64 - 1)),
        ("x", None),
        ("-5", -5),
    ],
)
def test_version_is_an_int_of_64_bits_or_a_text(ask, version, value):
    assert ask("KSR.pv.get('$sdp(sess_version)')", invite(body=TWO.replace(" 12 ", f" {version} "))) == value


@pytest.mark.parametrize(("value", "version"), [("-1", "13"), ("5", "5"), ("0", "0"), ("3585301729", "3585301729")])
def test_version_is_set_or_made_one_more(left, value, version):
    assert left(f"KSR.pv.seti('$sdp(sess_version)', {value})")[1] == f"o=alice 28 {version} IN IP4 192.0.2.101"


@pytest.mark.parametrize("version", ["9", "2147483647", "2890844526", "4294967295", str(2**63 - 1), str(2**64 - 1), "9" * 30])
def test_version_of_any_length_is_made_one_more(left, version):
    """RFC 8866 5.2: NTP time stamps are recommended."""
    lines = left("KSR.pv.seti('$sdp(sess_version)', -1)", TWO.replace(" 12 ", f" {version} "))
    assert lines[1] == f"o=alice 28 {int(version) + 1} IN IP4 192.0.2.101"


@pytest.mark.parametrize("value", [3585301729, 2**40, 2**63 - 1])
def test_version_is_set_to_a_long(left, value):
    assert left(f"KSR.pv.setl('$sdp(sess_version)', {value})")[1] == f"o=alice 28 {value} IN IP4 192.0.2.101"


@pytest.mark.parametrize(
    "lua",
    ["sets('$sdp(sess_version)', '5')", "setl('$sdp(sess_version)', -5000000000)", "seti('$sdp(body)', 5)", "unset('$sdp(sess_version)')"],
)
def test_nothing_else_is_set(left, lua):
    assert left(f"KSR.pv.{lua}") == TWO.split("\r\n")[:-1]
