"""Requests that tm makes itself, and the peer that they go to."""

from __future__ import annotations

from builders import assemble, header, request

HEADERS = "From: <sip:proxy@example.com>;tag=lf\r\nTo: <sip:a@example.com>\r\n"
PEER = ("203.0.113.9", 5060)


class Sender:
    """An engine whose script sends a request for each MESSAGE, and the peer that answers."""

    def __init__(self, engine):
        self.engine = engine

    def start(self):
        self.effects = self.engine.receive(request("MESSAGE"))
        return self.effects

    def answer(self, data, code=200, reason="OK", headers=None, body="", tag="b1"):
        lines = [f"SIP/2.0 {code} {reason}", f"Via: {header(data, 'Via')[0]}"]
        lines += [f"{name}: {header(data, name)[0]}" for name in ("From", "Call-ID", "CSeq")]
        lines.append(f"To: {header(data, 'To')[0]};tag={tag}")
        return self.engine.receive(assemble(lines, headers, body), source=PEER)

    def after(self, seconds):
        return self.engine.handle_timer(self.engine.clock.advance(seconds))

    def result(self):
        return self.engine.eval("return R")[0]
