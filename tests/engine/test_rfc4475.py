"""The 49 messages of RFC 4475: the outcome it demands, from a datagram, byte by byte from a stream, and at the end of a page.

The table is rfc4475.toml. The script does what an ordinary proxy does; where Kamailio's behaviour, which scripts depend on, is
another than the RFC's, the row says so, and how the RFC's is had.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path
from typing import Any

import kemilua
import pytest
from builders import first_line
from harness import LISTEN, SOURCE, TOUCH

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it where Python has none

Row = dict[str, Any]

TABLE: dict[str, Row] = {
    row["name"]: row for row in tomllib.loads((Path(__file__).parent / "rfc4475.toml").read_text(encoding="utf-8"))["message"]
}
OTHERWISE = [name for name, row in TABLE.items() if "instead" in row]
NEXT_HOP = ("203.0.113.1", 5060)
SCRIPT = """
local function read()
    READ = {}
    for _, name in ipairs(NAMES) do READ[name] = KSR.pv.get(name) end
end
function ksr_request_route()
    ROUTED = true
    FIRST
    if KSR.maxfwd.process_maxfwd(70) < 0 then KSR.sl.send_reply(483, "Too Many Hops") return end
    read()
    if KSR.sanity.sanity_check_defaults() < 0 then return end
    KSR.forward_uri("sip:203.0.113.1")
end
function ksr_reply_route() ROUTED = true read() end
"""


def proxy(row: Row, first: str = "", checks: int = 3047) -> kemilua.Engine:
    """An engine with the ordinary script, which reads what the row wants to be readable."""
    names = ", ".join(f"[[{name}]]" for name in row.get("reads", {}))
    source = kemilua.Source(f"NAMES = {{{names}}} {SCRIPT.replace('FIRST', first)}", "proxy.lua")
    return kemilua.Engine(
        [source], listen=[LISTEN, LISTEN.replace("udp", "tcp")], modparams={"sanity": {"default_checks": checks}}, log_level="alert"
    )


def outcome(engine: kemilua.Engine, data: bytes | memoryview, transport: str = "udp") -> str:
    """What comes of it, in the words of the table."""
    sends = [
        effect for effect in engine.receive_datagram(data, source=SOURCE, transport=transport, now=1.0) if isinstance(effect, kemilua.Send)
    ]
    routed = engine.eval("local routed = ROUTED ROUTED = nil return routed")[0]
    if not sends:
        return "dropped" if not routed else "read" if bytes(data[:4]) == b"SIP/" else "unanswered"
    (send,) = sends
    if send.destination == NEXT_HOP:
        return "forwarded"
    assert send.destination[0] == SOURCE[0]
    return first_line(send.data).removeprefix("SIP/2.0 ")


def allowed(row: Row, what: str) -> bool:
    return what.split()[0] in row["rfc"]


@pytest.fixture
def row(name: str) -> Row:
    return TABLE[name]


@pytest.fixture
def message(shared: Path, name: str) -> bytes:
    return (shared / "torture" / f"{name}.dat").read_bytes()


def test_every_message_has_its_row(shared: Path) -> None:
    assert sorted(path.stem for path in (shared / "torture").glob("*.dat")) == sorted(TABLE)
    assert len({row["section"] for row in TABLE.values()}) == len(TABLE) == 49


@pytest.mark.parametrize("name", TABLE)
def test_outcome_is_the_rfcs_or_says_why_not(row: Row) -> None:
    assert allowed(row, row["outcome"]) == ("kamailio" not in row)
    if "kamailio" in row and row["outcome"] != "unanswered":
        assert allowed(row, row["instead"]["outcome"])


@pytest.mark.parametrize("name", TABLE)
def test_datagram(row: Row, message: bytes) -> None:
    with proxy(row) as engine:
        assert outcome(engine, message) == row["outcome"]


@pytest.mark.parametrize("name", TABLE)
def test_what_must_be_readable_is(row: Row, message: bytes) -> None:
    with proxy(row) as engine:
        outcome(engine, message)
        assert {name: engine.eval(f"return READ[ [[{name}]] ]")[0] for name in row.get("reads", {})} == row.get("reads", {})


@pytest.mark.parametrize("name", OTHERWISE)
def test_outcome_of_the_rfc_is_had(row: Row, message: bytes) -> None:
    instead = row["instead"]
    if "refusal" in instead:
        answer = kemilua.refusal(message)
        assert answer is not None
        assert first_line(answer) == f"SIP/2.0 {instead['outcome']}"
        return
    with proxy(row, instead.get("first", ""), instead.get("checks", 3047)) as engine:
        assert outcome(engine, message) == instead["outcome"]


@pytest.mark.parametrize("name", TABLE)
def test_stream_of_single_bytes(row: Row, message: bytes) -> None:
    stream, found = kemilua.Stream(), []
    for at in range(len(message)):
        found += [one for one in stream.feed(message[at : at + 1]) if one.strip()]
        if found or stream.error is not None:
            break
    with proxy(row) as engine:
        came = "breaks" if stream.error is not None else outcome(engine, found[0], "tcp") if found else "waits"
    assert came == row.get("stream", row["outcome"])


# ---- the end of a page


@pytest.fixture
def at_the_end(message: bytes) -> memoryview:
    """The message where the next byte may not be read."""
    room = (len(message) // mmap.PAGESIZE + 1) * mmap.PAGESIZE
    pages = mmap.mmap(-1, room + mmap.PAGESIZE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    assert protect(start + room, mmap.PAGESIZE, 0) == 0, ctypes.get_errno()
    view = memoryview(pages)[room - len(message) : room]
    view[:] = message
    return view


@pytest.mark.parametrize("name", TABLE)
def test_end_of_a_page(row: Row, message: bytes, at_the_end: memoryview, lane: str) -> None:
    with proxy(row) as engine:
        assert outcome(engine, at_the_end) == row["outcome"]
    whole, guarded = kemilua.Stream(), kemilua.Stream()
    assert guarded.feed(at_the_end) == whole.feed(message)
    assert (kemilua.refusal(at_the_end) is None) == (kemilua.refusal(message) is None)


@pytest.mark.parametrize("name", TABLE)
def test_script_that_reads_and_edits_everything_does_not_fail(message: bytes) -> None:
    with kemilua.Engine([kemilua.Source(TOUCH, "touch.lua")], listen=[LISTEN], log_level="err", errors="raise") as engine:
        assert engine.receive_datagram(message, source=SOURCE, now=1.0)
