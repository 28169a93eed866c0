"""KSR.textopsx: single values of headers, and walks over headers and body lines.

What a call on a header value does is a table, hf_values.tsv, taken from a running Kamailio 5.6.3.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import assemble, request

MESSAGE = assemble(
    [
        "OPTIONS sip:u@127.0.0.1:5270 SIP/2.0",
        "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bKa",
        "To: <sip:t@h>",
        "From: <sip:f@h>;tag=a",
        "Call-ID: c",
        "CSeq: 1 OPTIONS",
        "X-A: a, b ,c",
        "X-A: d",
        'X-Q: "q,1";p="x,y";z=1, two;p=2;k , three',
        "X-E:",
        'Contact: <sip:a@h;x=1>;q=0.5;expires=3, "N, M" <sip:b@h>',
        'Authorization: Digest username="u", realm="r,s", nonce=abc,opaque=""',
        'Authorization: Digest username="v"',
        "Supported: timer, 100rel",
        "X-F: one",
        'X-G: v;a;b=1;c="2"',
    ],
    {},
    b"",
)


def changed(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """The lines that went, and those that came."""
    return [line for line in before if line not in after], [line for line in after if line not in before]


@pytest.mark.parametrize(("index", "result"), [("", 1), ("[0]", 1), ("[1]", 1), ("[2]", -1), ("[9]", -1), ("[-1]", -1)])
def test_value_goes_before_the_first_of_a_header_that_is_not_there(ask, index, result):
    insert = f"local r = KSR.textopsx.insert_hf_value('X-New{index}', 'v')"
    code = f"{insert} KSR.textopsx.msg_apply_changes() return r, KSR.pv.get('$hdr(X-New)')"
    assert ask(code, MESSAGE) == (result, "v" if result == 1 else None)


def head(text: str) -> list[str]:
    return text.split("\r\n\r\n")[0].split("\r\n")


def recorded():
    for line in (Path(__file__).parent / "hf_values.tsv").read_text().splitlines():
        if not line.startswith("#"):
            call, result, went, came = [*line.split("\t"), "", ""][:4]
            yield pytest.param(call, int(result), went.split(" | ") if went else [], came.split(" | ") if came else [], id=call)


@pytest.mark.parametrize(("call", "result", "went", "came"), list(recorded()))
def test_value_is_changed_as_kamailio_does_it(ask, call, result, went, came):
    lua = f"local r = KSR.textopsx.{call}; KSR.textopsx.msg_apply_changes(); return r, KSR.pv.get('$mb')"
    got, text = ask(lua, MESSAGE)
    assert (got, *changed(head(MESSAGE.decode()), head(text))) == (result, went, came)


TOGETHER = [
    ("T.append_hf_value('X-A[1]','1') T.append_hf_value('X-A[1]','2')", "X-A: a,1,2, b ,c"),
    ("T.remove_hf_value('X-A[1]') T.remove_hf_value('X-A[2]')", "X-A: c"),
    ("T.remove_hf_value('X-A[1]') T.remove_hf_value('X-A[1]')", "X-A:  b ,c"),
    ("T.remove_hf_value('X-A[1]') T.remove_hf_value('X-A[2]') T.remove_hf_value('X-A[3]')", "X-A: "),
    ("T.insert_hf_value('X-A[1]','1') T.remove_hf_value('X-A[1]')", "X-A: 1, b ,c"),
    ("T.assign_hf_value('X-A[1]','1') T.assign_hf_value('X-A[2]','2')", "X-A: 1, 2 ,c"),
    ("T.include_hf_value('X-A','n') T.include_hf_value('X-A','m')", "X-A: a, b ,c,n,m"),
]


@pytest.mark.parametrize(("calls", "line"), TOGETHER)
def test_changes_of_one_header_go_together(edited, calls, line):
    assert line in head(edited(f"local T = KSR.textopsx; {calls}", MESSAGE))


REMOVED = [
    ("Authorization.username", 'Authorization: Digest realm="r,s", nonce=abc,opaque=""'),
    ("Authorization.realm", 'Authorization: Digest username="u", nonce=abc,opaque=""'),
    ("Authorization.opaque", 'Authorization: Digest username="u", realm="r,s", nonce=abc'),
]


@pytest.mark.parametrize(("target", "line"), REMOVED)
def test_parameter_of_credentials_is_removed_with_its_comma(edited, target, line):
    assert line in head(edited(f"assert(KSR.textopsx.remove_hf_value2('{target}', '') == 1)", MESSAGE))


@pytest.mark.parametrize("target", ["Authorization.nope", "X-G.a", "X-F.x", "Nope", "Nope.x"])
def test_credentials_without_that_parameter_stay(ask, target):
    assert ask(f"KSR.textopsx.remove_hf_value2('{target}', '')", MESSAGE) == -1


def test_credentials_written_otherwise_are_not_assigned_to(ask):
    assert ask("KSR.textopsx.assign_hf_value2('X-G.a', 'x')", MESSAGE) == -1


def test_empty_value_is_never_one_of_them(ask):
    assert ask(
        "local T = KSR.textopsx return T.hf_value_exists('X-A', ''), T.include_hf_value('X-A', ''), T.exclude_hf_value('X-A', '')"
    ) == (-1, -1, -1)


# ---- walks

WALK = """local T, seen = KSR.textopsx, {}
    local function see(...) for _, v in ipairs({...}) do seen[#seen + 1] = tostring(v) end end
    %s
    return table.concat(seen, ',')"""
NAMES = ["Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "X", "Content-Length"]


@pytest.fixture
def walk(ask):
    return lambda lua, message=None: ask(WALK % lua, request(headers={"X": "1"}) if message is None else message)


def test_headers_are_walked_to_the_end(walk):
    lua = "T.hf_iterator_start('i') while T.hf_iterator_next('i') > 0 do see(T.hf_iterator_hname('i')) end see(T.hf_iterator_next('i'))"
    assert walk(lua) == ",".join([*NAMES, "-1"])


def test_walk_goes_back_to_the_start_and_stays_there(walk):
    lua = """T.hf_iterator_start('i') T.hf_iterator_next('i') T.hf_iterator_next('i') see(T.hf_iterator_hbody('i'))
        for _ = 1, 3 do see(T.hf_iterator_prev('i'), T.hf_iterator_hname('i') or 'none') end
        see(T.hf_iterator_next('i'), T.hf_iterator_hname('i'))"""
    assert walk(lua) == "70,1,Via,1,none,1,none,1,Via"


def test_walk_that_ended_starts_over_only_when_told(walk):
    lua = """T.hf_iterator_start('i') while T.hf_iterator_next('i') > 0 do end
        see(T.hf_iterator_prev('i'), T.hf_iterator_rm('i'), T.hf_iterator_end('i'), T.hf_iterator_next('i'), T.hf_iterator_hname('i'))"""
    assert walk(lua) == "-1,-1,1,1,Via"


def test_walk_nobody_started_has_nothing(walk):
    lua = """see(T.hf_iterator_next('i'), T.hf_iterator_prev('i'), T.hf_iterator_end('i'))
        see(T.hf_iterator_rm('i'), T.hf_iterator_append('i', 'x'))
        see(T.hf_iterator_hname('i') or 'none', T.bl_iterator_next('i'), T.bl_iterator_value('i') or 'none')"""
    assert walk(lua) == "-1,-1,-1,-1,-1,none,-1,none"


def test_walk_over_a_message_that_is_gone_has_ended(script, clock):
    engine = script("function ksr_request_route() N = KSR.textopsx.hf_iterator_next('i') KSR.textopsx.hf_iterator_start('i') end")
    for _ in range(2):
        engine.receive(request())
        assert engine.eval("return N") == (-1,)


def test_four_names_are_all_there_are(walk):
    lua = "for _, n in ipairs({'a', 'b', '', ('c'):rep(32), 'c', ('d'):rep(31), 'e', 'a'}) do see(T.hf_iterator_start(n)) end"
    assert walk(lua) == "1,1,-1,-1,1,1,-1,1"


def test_walk_edits_around_its_header(edited):
    lua = """local T = KSR.textopsx; T.hf_iterator_start('i'); T.hf_iterator_next('i'); T.hf_iterator_next('i')
        T.hf_iterator_append('i', 'A: 1\\r\\n'); T.hf_iterator_insert('i', 'B: 1\\r\\n'); T.hf_iterator_insert('i', 'B: 2\\r\\n')
        T.hf_iterator_next('i'); T.hf_iterator_rm('i')"""
    assert head(edited(lua))[2:6] == ["B: 1", "B: 2", "Max-Forwards: 70", "A: 1"]
    assert not any(line.startswith("From") for line in head(edited(lua)))


LINES = [("line1\r\nline2\r\nlast", "line1\r\n,line2\r\n,last"), ("\r\n\r\n", "\r\n,\r\n"), ("abc", "abc"), ("", "")]


@pytest.mark.parametrize(("body", "seen"), LINES)
def test_lines_of_the_body_are_walked(walk, body, seen):
    lua = "see(T.bl_iterator_start('i')) while T.bl_iterator_next('i') > 0 do see(T.bl_iterator_value('i')) end"
    assert walk(lua, request(body=body)) == ",".join(filter(None, ["1", seen]))


def test_walk_edits_lines_and_the_length_follows(edited):
    lua = """local T = KSR.textopsx; T.bl_iterator_start('i'); T.bl_iterator_next('i')
        T.bl_iterator_append('i', 'new1\\r\\n'); T.bl_iterator_insert('i', 'new0\\r\\n'); T.bl_iterator_next('i'); T.bl_iterator_rm('i')"""
    text = edited(lua, request(body="line1\r\nline2\r\nlast"))
    assert text.endswith("Content-Length: 23\r\n\r\nnew0\r\nline1\r\nnew1\r\nlast")


@pytest.mark.parametrize("function", ["append", "insert", "assign", "include", "exclude"])
def test_headers_that_a_malformed_one_hides_are_not_edited(ask, function):
    message = request(headers={"X-A": "1", "C%6F": "2", "Subject": "hi"})
    assert ask(f"KSR.textopsx.{function}_hf_value('X-A', '3')", message) == -1
    assert ask(f"KSR.textopsx.{function}_hf_value('X-A', '3')", message.replace(b"C%6F", b"C")) == 1
