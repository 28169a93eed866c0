"""One engine for a long time: resident memory stays flat.

As a program it takes as many messages as it is told and prints the figures:

    python tests/engine/test_steady.py 1000000
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import kemilua
from builders import invite, reply, request
from kemilua._lane import DIRECT

SCRIPT = """
local seen = {}

function ksr_request_route()
    local user = KSR.kx.gete_ruser()
    seen[user] = (seen[user] or 0) + 1
    KSR.pv.sets("$avp(user)", user)
    KSR.pv.seti("$var(count)", seen[user])
    KSR.hdr.append("X-Seen: " .. KSR.pv.get("$var(count)") .. "\\r\\n")
    if KSR.is_INVITE() then
        KSR.setdsturi("sip:192.0.2.9:5060")
        KSR.forward()
    elseif KSR.is_method("MESSAGE") then
        KSR.steady.note(user)
        pcall(KSR.steady.note, "")
        error("on purpose")
    else
        KSR.hdr.append_to_reply("X-User: " .. KSR.pv.gete("$avp(user)") .. "\\r\\n")
        KSR.sl.send_reply(404, "Not Here")
    end
end

function ksr_reply_route() KSR.pv.get("$(hdr(Via)[1])") end
"""

KINDS = 4
LANES = ("direct", "portable") if DIRECT else ("portable",)
MEGABYTE = 2**20


@kemilua.export("steady.note")
def note(msg: kemilua.Message, user: str) -> str:
    """Uses the message as an export does, and fails at times."""
    if not user:
        raise ValueError("nobody")
    msg.append("X-Note", user)
    return f"{msg.method} {msg.header('Call-ID')}"


def message(number: int) -> bytes:
    """Requests to answer, to forward, to fail on, and replies; bodies and headers of many sizes."""
    user, extra = f"user{number % 50}", {"X-Filler": "f" * (number * 37 % 1500)}
    kind = number % KINDS
    if kind == 0:
        return request(uri=f"sip:{user}@example.com", headers=extra, call_id=f"c{number % 1000}")
    if kind == 1:
        return invite(uri=f"sip:{user}@example.com", headers=extra)
    if kind == 2:
        return request("MESSAGE", uri=f"sip:{user}@example.com", headers=extra, body="text" * (number % 300))
    return reply(200, "OK", headers=extra)


def resident() -> int:
    """Bytes of this process in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def run(lane: str, count: int, steps: int = 10) -> list[int]:
    """Take `count` messages; return the resident memory after each step, the first one left out as warming up."""
    messages = [message(number) for number in range(1000)]
    figures = []
    with kemilua.Engine(
        kemilua.Source(SCRIPT, "steady.lua"), exports=[note], listen=["udp:192.0.2.1:5060"], log_level="alert", lane=lane
    ) as engine:
        for _ in range(steps + 1):
            for number in range(count // steps):
                engine.receive_datagram(messages[number % 1000], source=("198.51.100.7", 5060), now=float(number))
            gc.collect()
            figures.append(resident())
    return figures[1:]


@pytest.fixture
def proc():
    if not Path("/proc/self/statm").exists():
        pytest.skip("resident memory is read from /proc, which this system has not")


@pytest.mark.slow
def test_memory_is_flat_over_many_messages(lane, proc, capsys):
    figures = run(lane, 40_000)
    growth = figures[-1] - figures[0]
    with capsys.disabled():
        print(f"\n40,000 messages, {lane} lane: resident {figures[-1] / MEGABYTE:.1f} MiB, growth {growth / 1024:.0f} KiB")
    assert growth < MEGABYTE


def main(count: int) -> int:
    """Print what test_memory_is_flat prints, for both lanes and as many messages as wanted."""
    for lane in LANES:
        start = time.monotonic()
        figures = run(lane, count)
        growth = figures[-1] - figures[0]
        steps = " ".join(f"{figure / MEGABYTE:.1f}" for figure in figures)
        print(f"{count:,} messages, {lane} lane, {time.monotonic() - start:.0f} s: resident MiB {steps}; growth {growth / 1024:.0f} KiB")
        if growth >= MEGABYTE:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
