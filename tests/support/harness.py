"""The engine under test: one that knows where test messages come from, and what time it is."""

from __future__ import annotations

from typing import Any

import kemilua

SOURCE = ("198.51.100.7", 5060)
LISTEN = "udp:192.0.2.1:5060"
TOUCH = """
local function touch()
    for _, name in ipairs({"$ru", "$fu", "$tu", "$ct", "$(hdr(Via)[-1])", "$cs", "$ua", "$rb", "$mb", "$(ct{uri.host})", "$avp(a)"}) do
        KSR.pv.get(name)
    end
    KSR.hdr.append("X-Ours: 1\\r\\n")
    KSR.hdr.remove("Subject")
    KSR.kx.get_cturi() KSR.kx.get_au() KSR.siputils.has_totag() KSR.maxfwd.process_maxfwd(10) KSR.is_myself_ruri()
end
function ksr_request_route()
    touch()
    KSR.forward_uri("sip:203.0.113.1")
    KSR.textopsx.msg_apply_changes()
    touch()
    KSR.sl.send_reply(404, "Not Here")
end
function ksr_reply_route() touch() KSR.textopsx.msg_apply_changes() touch() end
"""
"""A script that reads and edits much of every message, for tests that send it anything."""


class Clock:
    """Time that a test moves by hand."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def advance(self, seconds: float) -> float:
        self.now += seconds
        return self.now


class Harness(kemilua.Engine):
    """An Engine with `receive(data)`, and with what tests look for in effects."""

    clock: Clock

    def receive(self, data: bytes, **more: Any) -> list[kemilua.Effect]:
        """Route what came from SOURCE just now."""
        return self.receive_datagram(data, source=more.pop("source", SOURCE), now=self.clock.now, **more)


def sent(effects: list[kemilua.Effect]) -> list[bytes]:
    """The bytes of all Send effects."""
    return [effect.data for effect in effects if isinstance(effect, kemilua.Send)]


def logged(effects: list[kemilua.Effect]) -> list[str]:
    """The texts of all Log effects."""
    return [effect.text for effect in effects if isinstance(effect, kemilua.Log)]


def only_send(effects: list[kemilua.Effect]) -> kemilua.Send:
    """The one Send there is."""
    (found,) = [effect for effect in effects if isinstance(effect, kemilua.Send)]
    return found
