"""Runs routing as it is in service through an extension module that counts what it does.

cmake/Profile.cmake builds that one, and optimises the next by its counts:

    python train.py _kemilua.so
"""

from __future__ import annotations

import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROUNDS = 500
HTABLES = ["users=>size=8;autoexpire=300;", "counts=>size=8;", "rate=>size=8;autoexpire=10;", "banned=>size=8;autoexpire=600;"]
SERVER, CLIENT, CALLEE = ("192.0.2.1", 5060), ("198.51.100.7", 5062), ("203.0.113.5", 5060)


def load(extension: str) -> None:
    """Make that file the extension module of this checkout's package."""
    name = "kemilua._kemilua"
    spec = spec_from_file_location(name, extension, loader=ExtensionFileLoader(name, extension))
    if spec is None or spec.loader is None:
        raise ImportError(f"{extension} is no extension module")
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    sys.path.insert(0, str(HERE.parent.parent / "python"))


def requests(kemilua: Any) -> None:
    """Send every message through the script, again and again, as a datagram and from a stream."""
    engine = kemilua.Engine(
        [HERE / "route.lua"],
        listen=["udp:192.0.2.1:5060", "tcp:192.0.2.1:5060"],
        aliases=["example.com"],
        modparams={"htable": {"htable": HTABLES}},
        log_level="ALERT",
        strict=True,
    )
    messages = [path.read_bytes() for path in sorted((HERE / "messages").glob("*.sip"))]
    stream, effects = kemilua.Stream(), 0
    for now in range(ROUNDS):
        for data in messages:
            effects += len(engine.receive_datagram(data, CLIENT, SERVER, "udp", now / 10))
        effects += len(engine.receive_stream(stream, b"".join(messages), CLIENT, SERVER, "tcp", now / 10))
    if engine.failures:
        raise engine.last_failure or RuntimeError("a message failed")
    if effects < ROUNDS * len(messages):
        raise RuntimeError(f"{ROUNDS * len(messages)} messages had only {effects} effects: the script does not do its work")


class Calls:
    """Both sides of calls through an engine that keeps transactions."""

    def __init__(self, kemilua: Any) -> None:
        self.engine = kemilua.Engine([HERE / "transactions.lua"], listen=["udp:192.0.2.1:5060"], log_level="ALERT", strict=True)
        self.send, self.now, self.number = kemilua.Send, 1.0, 0

    def give(self, text: str, source: tuple[str, int] = CLIENT) -> dict[tuple[str, int], str]:
        """A datagram in, a hundredth of a second after the last one; what goes out, the last to each place."""
        self.now += 0.01
        effects = self.engine.receive_datagram(text.encode(), source, SERVER, "udp", self.now)
        return {effect.destination: effect.data.decode() for effect in effects if isinstance(effect, self.send)}

    def request(self, method: str, host: str = CALLEE[0], *, branch: str = "a", route: str = "", tag: str = "") -> str:
        body = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
        head = [
            f"{method} sip:bob@{host} SIP/2.0",
            f"Via: SIP/2.0/UDP {CLIENT[0]}:{CLIENT[1]};branch=z9hG4bK{self.number}{branch}",
            *([f"Route: {route}"] if route else []),
            "Max-Forwards: 70",
            f"From: <sip:alice@example.org>;tag=a{self.number}",
            f"To: <sip:bob@example.com>{tag}",
            f"Call-ID: {self.number}@198.51.100.7",
            f"CSeq: {2 if method == 'BYE' else 1} {method}",
            f"Contact: <sip:alice@{CLIENT[0]}:{CLIENT[1]}>",
        ]
        if method == "INVITE":
            return "\r\n".join([*head, "Content-Type: application/sdp", f"Content-Length: {len(body)}", "", body])
        return "\r\n".join([*head, "Content-Length: 0", "", ""])

    @staticmethod
    def reply(request: str, status: str) -> str:
        kept = [line for line in request.split("\r\n") if line.startswith(("Via:", "Record-Route:", "From:", "To:", "Call-ID:", "CSeq:"))]
        tagged = [line + ";tag=b" if line.startswith("To:") and ";tag=" not in line else line for line in kept]
        return "\r\n".join([f"SIP/2.0 {status}", *tagged, f"Contact: <sip:bob@{CALLEE[0]}:{CALLEE[1]}>", "Content-Length: 0", "", ""])

    def ring(self) -> tuple[str, str]:
        """A new call that rings: the INVITE as it was sent and as it arrived."""
        self.number += 1
        invite = self.request("INVITE")
        arrived = self.give(invite)[CALLEE]
        self.give(self.reply(arrived, "180 Ringing"), CALLEE)
        return invite, arrived

    def answered(self) -> None:
        _, arrived = self.ring()
        answer = self.give(self.reply(arrived, "200 OK"), CALLEE)[CLIENT]
        route = next(line for line in answer.split("\r\n") if line.startswith("Record-Route: ")).partition(": ")[2]
        self.give(self.request("ACK", branch="b", route=route, tag=";tag=b"))
        bye = self.give(self.request("BYE", branch="c", route=route, tag=";tag=b"))[CALLEE]
        self.give(self.reply(bye, "200 OK"), CALLEE)

    def busy(self) -> None:
        _, arrived = self.ring()
        self.give(self.reply(arrived, "486 Busy Here"), CALLEE)
        self.give(self.request("ACK", tag=";tag=b"))

    def cancelled(self) -> None:
        invite, arrived = self.ring()
        self.give(invite)
        cancel = self.give(self.request("CANCEL"))[CALLEE]
        self.give(self.reply(cancel, "200 OK"), CALLEE)
        self.give(self.reply(arrived, "487 Request Terminated"), CALLEE)
        self.give(self.request("ACK", tag=";tag=b"))

    def refused(self) -> None:
        self.number += 1
        reply = self.give(self.request("INVITE", SERVER[0]))[CLIENT]
        self.give(self.request("ACK", SERVER[0], tag=";tag=" + reply.partition(";tag=")[2].partition(";tag=")[2].partition("\r\n")[0]))

    def run_timers(self) -> None:
        """All that is due within a tenth of a second."""
        self.now += 0.1
        due = self.engine.next_timer()
        if due is not None and due <= self.now:
            self.engine.handle_timer(self.now)


def transactions(kemilua: Any) -> None:
    """Calls of each kind, and their timers; some ring until their end."""
    calls = Calls(kemilua)
    for number in range(ROUNDS):
        for _ in range(3):
            calls.answered()
        calls.refused()
        (calls.busy, calls.cancelled, calls.ring)[number % 3]()
        calls.run_timers()
    if calls.engine.failures:
        raise calls.engine.last_failure or RuntimeError("a call failed")


def main(extension: str) -> None:
    """Do what is done in service."""
    load(extension)
    import kemilua

    requests(kemilua)
    transactions(kemilua)


if __name__ == "__main__":
    main(sys.argv[1])
